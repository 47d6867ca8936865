"""The etcd members of one cluster: Raft nodes and the links between them, ticking on the cluster's clock.

Every batch of writes is proposed to the leader and becomes durable only when a majority has it. Messages over healthy links
arrive within the same moment; a cut link loses them, a lossy one loses some. While all living members follow one leader and
nothing is cut, no timer runs: heartbeats that always arrive change nothing. Models etcd-io/etcd server/etcdserver/raft.go.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from cluster_engine.kernel.chance import Chance
from cluster_engine.kernel.signals import Signal, Signals
from cluster_engine.raft.log import Log
from cluster_engine.raft.messages import Kind, Membership, Message, Snapshot
from cluster_engine.raft.node import HardState, Node, NotLeader, Role

TICK = 0.1
KEPT_ENTRIES = 64
KEPT_MESSAGES = 60
MOST_ROUNDS = 2_000
NO_LEADER = "etcdserver: no leader"
TIMED_OUT = "etcdserver: request timed out"
HEARTBEATS = (Kind.HEARTBEAT, Kind.HEARTBEAT_ANSWER)


@dataclass(frozen=True, slots=True)
class Proposal:
    """What an entry of the log carries: the revisions of one batch."""

    first: int
    last: int


@dataclass(slots=True)
class Disk:
    """What a member finds again after a crash."""

    hard: HardState
    snapshot: Snapshot
    entries: tuple[Any, ...] = ()


class EtcdGroup:
    """A Component. `members` by name; `down` have crashed; `cut` are pairs that cannot hear each other."""

    name = "etcd"

    def __init__(self, count: int, chance: Chance, signals: Signals, now: Callable[[], float]) -> None:
        self._chance, self._signals, self._now = chance, signals, now
        names = [f"etcd-{n}" for n in range(1, count + 1)]
        self.membership = Membership(frozenset(names))
        self.disks = {n: Disk(HardState(), Snapshot(0, 0, self.membership)) for n in names}
        self.nodes: dict[str, Node] = {}
        self.down: set[str] = set()
        self.cut: set[frozenset[str]] = set()
        self.loss: dict[frozenset[str], float] = {}
        self.messages: deque[tuple[float, Message, bool]] = deque(maxlen=KEPT_MESSAGES)
        self.elections = 0
        self.woken: Callable[[], None] = lambda: None
        self._wire: deque[Message] = deque()
        self._revisions: dict[str, int] = dict.fromkeys(names, 0)
        self._next_tick: float | None = None
        for member in names:
            self._boot(member)
        self._elect_first()

    def _boot(self, member: str) -> None:
        disk = self.disks[member]
        log = Log(disk.snapshot, list(disk.entries))
        self.nodes[member] = Node(member, self.membership, self._chance.fork(f"{member} {self._chance.below(2**31)}"), hard=disk.hard, log=log)

    def _elect_first(self) -> None:
        """A new group elects at once, as it would within the first second."""
        first = min(self.nodes)
        self.nodes[first].campaign()
        self._flush(first)
        self._settle()

    # -- what writers ask

    @property
    def leader(self) -> Node | None:
        """The leader that a majority follows, as far as messages get through now."""
        leaders = [n for n in self.nodes.values() if n.role is Role.LEADER]
        for node in sorted(leaders, key=lambda n: -n.term):
            reached = {node.name} | {peer for peer in self.nodes if not self._severed(node.name, peer)}
            if node.members.majority(reached):
                return node
        return None

    def refusal(self) -> str:
        """Why nothing can be written now; "" when it can."""
        return "" if self.leader is not None else NO_LEADER

    def agree(self, first: int, last: int) -> str:
        """Propose the revisions `first`..`last` and let them be replicated; "" once a majority has them, else why not."""
        leader = self.leader
        if leader is None:
            return NO_LEADER
        try:
            index = leader.propose(Proposal(first, last))
        except NotLeader:
            return NO_LEADER
        self._flush(leader.name)
        self._settle()
        if leader.commit < index and self.loss:
            self._insist(leader, index)
        self._compact()
        return "" if leader.commit >= index else TIMED_OUT

    def _insist(self, leader: Node, index: int) -> None:
        """Over lossy links the leader sends again with its heartbeats."""
        for _ in range(50):
            if leader.commit >= index:
                return
            leader.tick()
            self._flush(leader.name)
            self._settle()

    # -- faults and operation

    def stop_member(self, member: str) -> None:
        """The member's process dies; its disk stays. Raises KeyError."""
        del self.nodes[member]
        self.down.add(member)
        self._wake()

    def start_member(self, member: str) -> None:
        """Start a dead member from its disk."""
        if member in self.down:
            self.down.discard(member)
            self._boot(member)
            self._wake()

    def cut_link(self, one: str, other: str) -> None:
        """Nothing gets through between two members any more."""
        self.cut.add(frozenset({one, other}))
        self._wake()

    def isolate(self, member: str) -> None:
        """Cut a member off from all others."""
        for other in self.disks:
            if other != member:
                self.cut.add(frozenset({member, other}))
        self._wake()

    def heal(self) -> None:
        """Mend every link."""
        self.cut.clear()
        self.loss.clear()
        self._wake()

    def lose(self, one: str, other: str, share: float) -> None:
        """Let a share (0..1) of the messages between two members get lost."""
        self.loss[frozenset({one, other})] = share
        self._wake()

    def move_leader(self, target: str) -> None:
        """Hand the lead to `target`. Raises NotLeader when there is no leader to ask."""
        leader = self.leader
        if leader is None:
            raise NotLeader("")
        leader.transfer_to(target)
        self._flush(leader.name)
        self._settle()

    def _wake(self) -> None:
        self._next_tick = self._now()
        self.woken()

    # -- working

    def step(self, now: float) -> bool:
        """One tick of every living member, when it is due."""
        if self._next_tick is None or now < self._next_tick:
            return False
        self._next_tick = now + TICK
        before = self.leader
        for member in sorted(self.nodes):
            self.nodes[member].tick()
            self._flush(member)
        self._settle()
        if self.leader is not before and self.leader is not None:
            self.elections += 1
        if self._calm():
            self._next_tick = None
        return True

    def next_wake(self, now: float) -> float | None:
        return self._next_tick

    def stop(self) -> None:
        """The members are processes of their own: they do not die with those who use them."""

    def _calm(self) -> bool:
        """All living members follow one leader, hear it, and have what it has."""
        leader = self.leader
        if leader is None or self.loss:
            return False
        return all(n.leader == leader.name and not self._severed(n.name, leader.name) and n.commit == leader.commit for n in self.nodes.values())

    def _severed(self, one: str, other: str) -> bool:
        return frozenset({one, other}) in self.cut

    def _flush(self, member: str) -> None:
        """Keep, then send, then apply: the order that makes crashes harmless."""
        node, disk = self.nodes[member], self.disks[member]
        ready = node.ready()
        if ready.hard is not None:
            disk.hard = ready.hard
        disk.snapshot, disk.entries = node.log.snapshot, tuple(node.log.entries)
        if ready.snapshot is not None and isinstance(ready.snapshot.data, int):
            self._revisions[member] = ready.snapshot.data
        for entry in ready.committed:
            if isinstance(entry.data, Proposal):
                self._revisions[member] = entry.data.last
        self._wire.extend(ready.messages)

    def _settle(self) -> None:
        """Carry messages until none is under way."""
        for _ in range(MOST_ROUNDS):
            if not self._wire:
                return
            self._deliver(self._wire.popleft())

    def _deliver(self, message: Message) -> None:
        link = frozenset({message.source, message.target})
        lost = message.target not in self.nodes or link in self.cut or (link in self.loss and self._chance.chance(self.loss[link]))
        if message.kind not in HEARTBEATS:
            self.messages.append((self._now(), message, lost))
            self._show(message, lost)
        if lost:
            return
        self.nodes[message.target].step(message)
        self._flush(message.target)

    def _show(self, message: Message, lost: bool) -> None:
        if not self._signals.watched:
            return
        why = f"term {message.term}" + (f", {len(message.entries)} entries" if message.entries else "")
        self._signals.emit(Signal(self._now(), "raft", message.source, message.target, message.kind.value, ok=not lost and not message.reject, why=why))

    def _compact(self) -> None:
        """Keep the newest entries; what is older stands in the store."""
        for member, node in self.nodes.items():
            if len(node.log.entries) > 2 * KEPT_ENTRIES:
                node.compact(node.applied - KEPT_ENTRIES, self._revisions[member])

    # -- for pages

    def inspect(self) -> dict[str, Any]:
        """Every member with its role, term and log, the links that fail, and the newest messages."""
        leader = self.leader
        return {
            "queue": 0,
            "last": [
                {"time": t, "kind": m.kind.value, "source": m.source, "target": m.target, "term": m.term, "lost": lost}
                for t, m, lost in reversed(self.messages)
            ],
            "metrics": {"members": len(self.disks), "up": len(self.nodes), "elections": self.elections},
            "leader": leader.name if leader is not None else "",
            "term": max((n.term for n in self.nodes.values()), default=0),
            "refusal": self.refusal(),
            "members": [self._member(name, leader) for name in sorted(self.disks)],
            "cut": sorted(sorted(link) for link in self.cut),
            "loss": [[*sorted(link), share] for link, share in sorted(self.loss.items(), key=lambda e: sorted(e[0]))],
        }

    def _member(self, name: str, leader: Node | None) -> dict[str, Any]:
        node = self.nodes.get(name)
        if node is None:
            disk = self.disks[name]
            last = disk.entries[-1].index if disk.entries else disk.snapshot.index
            return {
                "name": name,
                "up": False,
                "role": "down",
                "term": disk.hard.term,
                "last": last,
                "commit": disk.hard.commit,
                "revision": self._revisions[name],
            }
        progress = leader.progress.get(name) if leader is not None and leader is not node else None
        slots = [{"index": e.index, "term": e.term, "committed": e.index <= node.commit, "revision": _revision(e.data)} for e in node.log.entries[-8:]]
        return {
            "name": name, "up": True, "role": node.role.value, "term": node.term, "vote": node.vote, "last": node.log.last, "commit": node.commit,
            "applied": node.applied, "revision": self._revisions[name], "elapsed": node.elapsed, "timeout": node.timeout, "votes": dict(node.votes),
            "match": progress.match if progress else None, "next": progress.next if progress else None, "slots": slots,
        }  # fmt: skip


def _revision(data: object) -> int:
    return data.last if isinstance(data, Proposal) else 0
