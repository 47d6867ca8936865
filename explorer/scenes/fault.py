"""Trouble as a list: each fault with what it may be done to, what of that is broken already, and what to look for."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from cluster_engine.faults import Fault

ASKS = {"pod": "Which pod", "container": "Which container", "node": "Which node", "component": "Which component", "member": "Which member",
        "registry": "Which registry"}  # fmt: skip
NOBODY = {"pod": "There are no pods to choose from yet.", "container": "No pods with containers exist yet.", "node": "There are no nodes yet.",
          "component": "No component runs in this process.", "member": "This cluster has no etcd members.", "registry": "There is no registry."}  # fmt: skip
GROUPS = (("Workloads", ("pod", "container")), ("Machines", ("node",)), ("Control plane", ("component", "member")), ("Around the cluster", ("registry",)))
OF_ETCD = ("lossy-etcd",)


@dataclass(frozen=True, slots=True)
class Trouble:
    """One fault, ready to be caused. `targets`: what exists; `broken`: those that suffer from it now; `holds`: whether it holds at all."""

    name: str
    about: str
    expect: str
    asks: str
    targets: tuple[str, ...]
    broken: tuple[str, ...]
    holds: bool
    mends: bool
    empty: str


def troubles_of(faults: Mapping[str, Fault], targets: Mapping[str, Iterable[str]], broken: Mapping[str, Iterable[str]]) -> list[tuple[str, list[Trouble]]]:
    """All faults, grouped by what they strike."""
    made = {name: _trouble(fault, tuple(targets.get(fault.target, ())), tuple(broken.get(name, ()))) for name, fault in faults.items()}
    grouped = [(title, [made[n] for n, f in faults.items() if _group(f) == title]) for title, _ in GROUPS]
    return [(title, found) for title, found in grouped if found]


def _group(fault: Fault) -> str:
    if fault.name in OF_ETCD:
        return "Control plane"
    return next((title for title, kinds in GROUPS if fault.target in kinds), GROUPS[-1][0])


def _trouble(fault: Fault, targets: tuple[str, ...], broken: tuple[str, ...]) -> Trouble:
    empty = NOBODY.get(fault.target, "") if fault.target and not targets else ""
    return Trouble(
        fault.name, fault.about, fault.expect, ASKS.get(fault.target, ""), targets, tuple(b for b in broken if b), bool(broken), fault.mend is not None, empty
    )  # fmt: skip
