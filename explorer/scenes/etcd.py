"""etcd as a picture: members as dials, the links between them, the newest slots of every log, and in words who can decide."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import combinations
from math import cos, pi, sin
from typing import Any

Report = dict[str, Any]

WIDTH, HEIGHT, RADIUS = 640, 330, 62
COLUMNS = 8
MOST_NAMESPACES = 6
SOLID, DASHED, MISSING = "solid", "dashed", "missing"
WORDS = {"Append": "entries or the commit index", "AppendAnswer": "what it has now", "PreVote": "could I win?", "PreVoteAnswer": "whether it could",
         "Vote": "vote for me", "VoteAnswer": "the vote", "Snapshot": "everything at once", "TimeoutNow": "take the lead"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Dial:
    """One member. `ring`: 0..100, what is left of its election timeout, full for a leader; `votes`: one dot for each voter;
    `behind`: entries that the leader has and it has not."""

    name: str
    role: str
    tone: str
    up: bool
    leads: bool
    term: int
    vote: str
    votes: tuple[bool, ...]
    ring: int
    last: int
    commit: int
    applied: int | None
    revision: int
    match: int | None
    next: int | None
    behind: int
    alone: bool
    said: str
    x: int
    y: int


@dataclass(frozen=True, slots=True)
class Link:
    """A way between two members: whole, cut, lossy (`loss` in percent) or idle because one end is down."""

    one: str
    other: str
    state: str
    loss: int
    x1: int
    y1: int
    x2: int
    y2: int

    @property
    def middle(self) -> tuple[int, int]:
        return (self.x1 + self.x2) // 2, (self.y1 + self.y2) // 2


@dataclass(frozen=True, slots=True)
class Slot:
    """A place in a member's log: solid = committed, dashed = not yet, missing = not there."""

    index: int
    state: str
    term: int = 0
    revision: int = 0


@dataclass(frozen=True, slots=True)
class Sent:
    """One Raft message, and what it says in a few words."""

    time: float
    kind: str
    means: str
    source: str
    target: str
    term: int
    lost: bool


@dataclass(frozen=True, slots=True)
class Branch:
    """One kind below /registry: how many keys, how many in which namespace, how many watchers."""

    prefix: str
    count: int
    namespaces: tuple[tuple[str, int], ...]
    hidden: int
    watchers: int


@dataclass(frozen=True, slots=True)
class Group:
    """The whole picture. `refusal`: etcd's own words when nothing can be written."""

    title: str
    said: str
    refusal: str
    tone: str
    leader: str
    term: int
    elections: int
    need: int
    dials: tuple[Dial, ...]
    links: tuple[Link, ...]
    columns: tuple[int, ...]
    log: tuple[tuple[Dial, tuple[Slot, ...]], ...]
    sent: tuple[Sent, ...]
    broken: bool


def group_of(report: Report, most: int = 14) -> Group:
    """The picture of what `EtcdGroup.inspect()` tells."""
    members, cut = report["members"], {frozenset(link) for link in report["cut"]}
    places = _places([m["name"] for m in members])
    dials = tuple(_dial(m, report, cut, places[m["name"]]) for m in members)
    title, said, tone = _told(report, dials, cut)
    newest = max((d.last for d in dials), default=0)
    columns = tuple(range(max(1, newest - COLUMNS + 1), newest + 1))
    log = tuple((d, _slots(m, columns)) for d, m in zip(dials, members, strict=True))
    sent = tuple(
        Sent(m["time"], m["kind"], WORDS.get(m["kind"], ""), m["source"], m["target"], m["term"], m["lost"]) for m in report["last"][:most]
    )  # fmt: skip
    return Group(
        title, said, report["refusal"], tone, report["leader"], report["term"], report["metrics"]["elections"], len(members) // 2 + 1,
        dials, tuple(_links(report, cut, places)), columns, log, sent, bool(cut or report["loss"]),
    )  # fmt: skip


def _places(names: list[str]) -> dict[str, tuple[int, int]]:
    """The first on top, the others around; one alone in the middle."""
    if len(names) == 1:
        return {names[0]: (WIDTH // 2, HEIGHT // 2)}
    wide, high = WIDTH / 2 - RADIUS - 60, HEIGHT / 2 - RADIUS - 14
    turns = [2 * pi * i / len(names) - pi / 2 for i in range(len(names))]
    return {n: (round(WIDTH / 2 + wide * cos(t)), round(HEIGHT / 2 + high * sin(t))) for n, t in zip(names, turns, strict=True)}


def _dial(member: Report, report: Report, cut: set[frozenset[str]], place: tuple[int, int]) -> Dial:
    name, role = member["name"], member["role"]
    names = [m["name"] for m in report["members"]]
    leads = name == report["leader"]
    alone = len(names) > 1 and all(frozenset({name, other}) in cut for other in names if other != name)
    lead_last = next((m["last"] for m in report["members"] if m["name"] == report["leader"]), member["last"])
    behind = max(0, lead_last - member["last"])
    tone = "bad" if not member["up"] else "wait" if alone or behind or (role == "leader") != leads or "candidate" in role else "good"
    return Dial(
        name, role, tone, member["up"], leads, member["term"], member.get("vote") or "", _votes(member, report["members"]), _ring(member),
        member["last"], member["commit"], member.get("applied"), member["revision"], member.get("match"), member.get("next"), behind, alone,
        _doing(member, leads, alone, behind, report), *place,
    )  # fmt: skip


def _votes(member: Report, members: list[Report]) -> tuple[bool, ...]:
    """Who votes for this member in its term: as counted while it asks, as kept on the voters' disks afterwards."""
    if "candidate" in member["role"]:
        return tuple(bool(member["votes"].get(m["name"])) for m in members)
    return tuple(m["term"] == member["term"] and m.get("vote") == member["name"] for m in members)


def _ring(member: Report) -> int:
    if member["role"] == "leader":
        return 100
    timeout = member.get("timeout") or 0
    return round(100 * max(0, timeout - member["elapsed"]) / timeout) if timeout else 0


def _doing(member: Report, leads: bool, alone: bool, behind: int, report: Report) -> str:
    """One sentence: what it does now."""
    role, single = member["role"], len(report["members"]) == 1
    if not member["up"]:
        return "Its process is stopped; its disk keeps the log for when it starts again."
    if role == "leader" and not leads:
        return "It takes itself for the leader but reaches no majority, so what it proposes is never committed."
    if role == "pre-candidate":
        return "It hears no leader. It asks whether it could win a vote, so its term stays until enough say yes."
    if role == "candidate":
        return "It asks for votes in a new term."
    if leads:
        return "It decides alone: it is the majority." if single else "It takes every write and sends it to the others."
    if alone:
        return "It hears nobody. When its timeout runs out, it asks for votes in vain."
    if behind:
        return f"It is {behind} {'entry' if behind == 1 else 'entries'} behind; the leader sends what is missing."
    return f"It follows {report['leader']} and has all that it has." if report["leader"] else "It waits for a leader."


def _told(report: Report, dials: tuple[Dial, ...], cut: set[frozenset[str]]) -> tuple[str, str, str]:
    """Title, sentence and tone: who can decide now, and why or why not."""
    total, need = len(dials), len(dials) // 2 + 1
    up = [d.name for d in dials if d.up]
    if not report["refusal"]:
        return _deciding(report, dials, cut, need)
    loss = "The API server can neither write nor give an answer that is surely current, so no loop, kubelet or person gets anything done."
    if len(up) < need:
        return (
            f"Nothing can be written: {len(up)} of {total} members {'is' if len(up) == 1 else 'are'} up, {need} {'is' if need == 1 else 'are'} needed",
            f"A write counts only when a majority has it on disk. {loss} Start a member, and an election follows within two seconds.", "bad",
        )  # fmt: skip
    reach = max(1 + sum(frozenset({hub, other}) not in cut for other in up if other != hub) for hub in up)
    if reach < need:
        return (
            f"Nothing can be written: no member reaches {need} of {total}",
            f"All that run are cut into groups too small to decide; that is how two leaders are ruled out. {loss} Heal the links to go on.", "bad",
        )  # fmt: skip
    return "The members elect a leader", f"No leader is known now; whoever's timeout runs out first asks for votes and needs {need} of {total}.", "wait"


def _deciding(report: Report, dials: tuple[Dial, ...], cut: set[frozenset[str]], need: int) -> tuple[str, str, str]:
    leader, total = report["leader"], len(dials)
    if total == 1:
        return "One member decides alone", "Nobody else has to agree, so writes are quick; when this member stops, nothing can be written.", "good"
    part = [d for d in dials if d.up and frozenset({d.name, leader}) not in cut]
    out = [d for d in dials if d not in part]
    if not out:
        return f"All {total} members agree", f"{leader} leads in term {report['term']}. A write counts once {need} of {total} have it on disk.", "good"
    spare = len(part) - need
    more = f"{spare} more may fail" if spare else "One more failure would stop all writes"
    return f"{len(part)} of {total} members agree, so writes go on", f"{', '.join(_absent(d) for d in out)}. {more}.", "wait"


def _absent(dial: Dial) -> str:
    return f"{dial.name} {'hears no leader' if dial.up else 'is stopped'}"


def _links(report: Report, cut: set[frozenset[str]], places: dict[str, tuple[int, int]]) -> Iterable[Link]:
    up = {m["name"] for m in report["members"] if m["up"]}
    lossy = {frozenset({one, other}): share for one, other, share in report["loss"]}
    for one, other in combinations(places, 2):
        pair = frozenset({one, other})
        state = "cut" if pair in cut else "idle" if not pair <= up else "lossy" if pair in lossy else "whole"
        yield Link(one, other, state, round(100 * lossy.get(pair, 0)), *places[one], *places[other])


def _slots(member: Report, columns: tuple[int, ...]) -> tuple[Slot, ...]:
    kept = {s["index"]: s for s in member.get("slots") or ()}
    return tuple(_slot(index, kept.get(index), member) for index in columns)


def _slot(index: int, kept: Report | None, member: Report) -> Slot:
    """Slots that a report leaves out are there nevertheless when the log reaches beyond them."""
    if kept is not None:
        return Slot(index, SOLID if kept["committed"] else DASHED, kept["term"], kept["revision"])
    if index > member["last"]:
        return Slot(index, MISSING)
    return Slot(index, SOLID if index <= member["commit"] else DASHED)


def tree_of(count: Callable[[str], int], kinds: Iterable[tuple[str, bool]], namespaces: list[str], watched: Iterable[str]) -> tuple[Branch, ...]:
    """/registry by kinds, fullest first. `kinds`: (path below /registry, whether in namespaces); `watched`: the prefixes that watchers follow."""
    watching = list(watched)
    found = []
    for prefix, spread in dict(kinds).items():
        base = f"/registry/{prefix}/"
        if total := count(base):
            parts = [(n, c) for n in namespaces if (c := count(f"{base}{n}/"))] if spread else []
            parts.sort(key=lambda p: (-p[1], p[0]))
            watchers = sum(base.startswith(w) or w.startswith(base) for w in watching)
            found.append(Branch(prefix, total, tuple(parts[:MOST_NAMESPACES]), max(0, len(parts) - MOST_NAMESPACES), watchers))
    return tuple(sorted(found, key=lambda b: (-b.count, b.prefix)))
