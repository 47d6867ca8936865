"""TTL: tells kubelets, by an annotation on their node, how long they may trust cached secrets; longer in larger clusters.

Models pkg/controller/ttl/ttl_controller.go.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from cluster_engine.client.client import WatchEvent
from cluster_engine.client.informer import key_of
from cluster_engine.reconcile.actions import Action, Patch
from cluster_engine.reconcile.controller import Controller, Watches
from cluster_engine.reconcile.selection import annotations_of
from cluster_engine.reconcile.view import View

Manifest = dict[str, Any]
ANNOTATION = "node.alpha.kubernetes.io/ttl"
STEPS = ((0, 100, 0), (90, 500, 15), (450, 1000, 30), (900, 2000, 60), (1800, 10**9, 300))


def step_for(nodes: int, step: int) -> int:
    """The step (index of STEPS) for this many nodes, coming from `step`: bounds overlap, so that it does not flap."""
    while nodes > STEPS[step][1]:
        step += 1
    while nodes < STEPS[step][0]:
        step -= 1
    return step


def reconcile(node: Manifest, view: View, now: float) -> Iterator[Action]:
    count = view.count("nodes")
    step = view.memory["step"] = step_for(count, view.memory.get("step", 0))
    seconds = str(STEPS[step][2])
    if annotations_of(node).get(ANNOTATION) != seconds:
        patch = {"metadata": {"annotations": {ANNOTATION: seconds}}}
        yield Patch("nodes", "", node["metadata"]["name"], patch, f"in a cluster of {count} nodes secrets are cached {seconds} s", type="strategic")


def keys_of_all(event: WatchEvent, view: View) -> Iterable[str]:
    """All nodes, when the number of nodes crosses a bound."""
    count, step = view.count("nodes"), view.memory.get("step", 0)
    return [key_of(n) for n in view.all("nodes")] if event.type != "MODIFIED" and step_for(count, step) != step else ()


CONTROLLER = Controller("ttl-controller", "nodes", reconcile, watches=(Watches("nodes", keys_of_all),))
