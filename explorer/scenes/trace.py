"""How did this come to be? The causes of an object, followed back through the revision log to the request that began it.

Every revision knows who wrote it, why, and on which revisions it acted. Walking these links from an object's own revisions gives
the steps of a sequence diagram: a request to the API server, and before it the watch event by which its writer learned.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from explorer.scenes.cause import living, resource_of, title, what
from explorer.scenes.part import part_of

MOST_STEPS = 60
PHASES = {"user": "Ask", "controller-manager": "Expand", "scheduler": "Place", "kubelet": "Run", "proxy": "Serve", "runtime": "Run"}
METHODS = {"create": "POST", "update": "PUT", "patch": "PATCH", "apply": "PATCH", "delete": "DELETE"}


@dataclass(frozen=True, slots=True)
class Lifeline:
    """A column of the diagram. `part`: the map's id; `title` and `place` are its head."""

    key: str
    part: str
    title: str
    place: str


@dataclass(frozen=True, slots=True)
class Step:
    """One arrow from `source` to `target` (lifelines). `kind`: request, watch, cri, self."""

    time: float
    kind: str
    source: str
    target: str
    label: str
    why: str
    more: str = ""
    revision: int = 0
    phase: str = ""
    own: bool = False
    uid: str = ""


@dataclass(frozen=True, slots=True)
class Trace:
    lifelines: tuple[Lifeline, ...]
    steps: tuple[Step, ...]
    began: float = 0.0
    ended: float = 0.0
    hidden: int = 0
    parts: dict[str, int] = field(default_factory=dict)

    @property
    def revisions(self) -> int:
        return len({s.revision for s in self.steps if s.revision})


def trace_of(own: list[Any], find: Callable[[int], Any], calls: Iterable[Any] = ()) -> Trace:
    """`own`: the records of the object's key, oldest first. `find`: a record by revision, None when it is no longer kept.

    `calls`: signals about the object from runtimes and probes that are still remembered.
    """
    chain = _causes(own, find)
    steps: list[Step] = []
    own_revisions = {r.revision for r in own}
    for record in chain:
        steps += _heard(record, find, {r.revision for r in chain})
        steps.append(_wrote(record, record.revision in own_revisions))
    steps += [_call(signal) for signal in calls]
    steps.sort(key=lambda s: (s.time, s.revision or 1 << 60))
    shown = _fewer(steps)
    lines = _lifelines(shown)
    times = [s.time for s in shown]
    return Trace(tuple(lines), tuple(_phased(shown)), min(times, default=0.0), max(times, default=0.0), len(steps) - len(shown))


def _causes(own: list[Any], find: Callable[[int], Any]) -> list[Any]:
    """The object's records and all that they followed from, by revision."""
    found = {r.revision: r for r in own}
    open_ = [rev for r in own for rev in r.cause.revisions]
    while open_ and len(found) < 4 * MOST_STEPS:
        revision = open_.pop()
        if revision in found or (record := find(revision)) is None:
            continue
        found[revision] = record
        open_ += record.cause.revisions
    return [found[revision] for revision in sorted(found)]


def writer(record: Any) -> str:
    """The lifeline of who wrote a record: each loop has its own, all people share one."""
    component = record.cause.component or record.cause.user
    part = part_of(component)
    return component if part == "controller-manager" else part


def _wrote(record: Any, own: bool) -> Step:
    manifest = living(record)
    verb, _, sub = record.cause.verb.partition(" ")
    label = f"{METHODS.get(verb, verb.upper() or 'PUT')} {sub or _plural(record)}"
    why = record.cause.why or _asked(record)
    told = what(record, manifest)
    return Step(
        record.time,
        "request",
        writer(record),
        "apiserver",
        label,
        why,
        told[:1].upper() + told[1:],
        record.revision,
        own=own,
        uid=manifest.get("metadata", {}).get("uid", ""),
    )


def _asked(record: Any) -> str:
    """The reason of a write that came from outside."""
    component = record.cause.component or record.cause.user
    if part_of(component) != "user":
        return "no reason was given"
    return {"form": "You applied it by a form", "kubectl": "You asked for it with kubectl"}.get(component, f"{component} asked for it")


def _plural(record: Any) -> str:
    return resource_of(record.key)


def _heard(record: Any, find: Callable[[int], Any], known: set[int]) -> list[Step]:
    """The watch event by which the writer learned of the newest revision that it acted on."""
    acted_on = [rev for rev in record.cause.revisions if rev in known]
    if not acted_on or part_of(record.cause.component or record.cause.user) == "user":
        return []
    source = find(max(acted_on))
    if source is None:
        return []
    kind = "DELETED" if source.deleted else "ADDED" if source.version == 1 else "MODIFIED"
    about = title(living(source))
    return [
        Step(
            max(source.time, min(record.time, source.time)),
            "watch",
            "apiserver",
            writer(record),
            kind,
            f"It watches {_plural(source)}",
            f"Its cache now holds {about} at revision {source.revision}.",
        )
    ]


def _call(signal: Any) -> Step:
    return Step(
        signal.time,
        "cri" if signal.kind == "cri" else signal.kind,
        part_of(signal.source),
        part_of(signal.target),
        signal.label,
        signal.why or signal.label,
        uid=signal.subject,
    )


def _fewer(steps: list[Step]) -> list[Step]:
    """At most MOST_STEPS: repeated watch events go first, then the middle of long runs."""
    seen: set[tuple[str, str, str, str]] = set()
    kept = []
    for step in steps:
        key = (step.kind, step.source, step.target, step.more)
        if step.kind == "watch" and key in seen:
            continue
        seen.add(key)
        kept.append(step)
    if len(kept) <= MOST_STEPS:
        return kept
    return kept[: MOST_STEPS * 2 // 3] + kept[-MOST_STEPS // 3 :]


def _lifelines(steps: list[Step]) -> list[Lifeline]:
    """In order of appearance, but the user first and the API server next."""
    order = ["user", "apiserver"] if any(s.source == "user" for s in steps) else ["apiserver"]
    for key in (k for s in steps for k in (s.source, s.target)):
        if key not in order:
            order.append(key)
    return [_lifeline(key) for key in order]


NAMES = {"user": ("kubectl", "or a form"), "apiserver": ("API server", ""), "scheduler": ("Scheduler", ""), "etcd": ("etcd", "")}
LOOPS = {
    "replicaset": "ReplicaSet",
    "endpointslice": "EndpointSlice",
    "statefulset": "StatefulSet",
    "daemonset": "DaemonSet",
    "serviceaccount": "ServiceAccount",
}


def _lifeline(key: str) -> Lifeline:
    if key in NAMES:
        return Lifeline(key, key, *NAMES[key])
    kind, _, place = key.partition("/")
    if place:
        return Lifeline(key, key, {"runtime": "containerd", "proxy": "kube-proxy", "pod": "pod"}.get(kind, kind), place)
    short = kind.removesuffix("-controller").removesuffix("-collector")
    return Lifeline(key, "controller-manager", LOOPS.get(short, short.replace("-", " ").capitalize()), "loop")


def _phased(steps: list[Step]) -> list[Step]:
    """Marks the first step of each band: Ask, Expand, Place, Run."""
    marked, current = [], ""
    for i, step in enumerate(steps):
        actor = step.source if step.kind != "watch" else step.target
        phase = PHASES.get(part_of(actor).partition("/")[0], current) or current
        marked.append(step if phase == current else _with_phase(steps[i], phase))
        current = phase
    return marked


def _with_phase(step: Step, phase: str) -> Step:
    return Step(step.time, step.kind, step.source, step.target, step.label, step.why, step.more, step.revision, phase, step.own, step.uid)
