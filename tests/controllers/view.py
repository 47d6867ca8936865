"""A view made of manifests, for giving to a decision and reading the actions that it yields."""

from collections.abc import Iterable
from typing import Any

from cluster_engine.client.client import Listed
from cluster_engine.reconcile.actions import Action
from cluster_engine.reconcile.controller import Controller
from cluster_engine.reconcile.view import Informers, View

Manifest = dict[str, Any]
NOW = 1_767_225_600.0
THEN = "2026-01-01T00:00:00Z"


class StillStream:
    """A watch in which nothing happens."""

    def poll(self) -> list[Any]:
        return []

    def close(self) -> None:
        return None


class Shelf:
    """As much of a client as informers need: lists of given manifests."""

    def __init__(self, objects: dict[str, list[Manifest]]) -> None:
        self.objects = objects

    def list(self, resource: str, namespace: str = "", *, labels: str = "", fields: str = "") -> Listed:
        return Listed(self.objects.get(resource, []), 1)

    def watch(self, resource: str, since: int, namespace: str = "", on_ready: Any = None) -> StillStream:
        return StillStream()


def view_of(controller: Controller, objects: dict[str, list[Manifest]]) -> View:
    """The view of `controller` on `objects`, by resource name."""
    informers = Informers(Shelf(objects))  # type: ignore[arg-type]
    for resource in (controller.resource, *(w.resource for w in controller.watches), *controller.reads, *objects):
        if resource:
            informers.of(resource)
    for resource, name, index in controller.indices:
        informers.of(resource).add_index(name, index)
    informers.pump()
    return View(informers)


def decide(controller: Controller, subject: Manifest, objects: dict[str, list[Manifest]] | None = None, now: float = NOW) -> list[Action]:
    """What `controller` wants done about `subject`, beside which stand `objects`."""
    around = dict(objects or {})
    around.setdefault(controller.resource, [subject])
    return list(controller.reconcile(subject, view_of(controller, around), now))


def of_type(actions: Iterable[Action], type_: type) -> list[Any]:
    return [a for a in actions if isinstance(a, type_)]


def named(name: str, uid: str = "", namespace: str = "default", owner: Manifest | None = None, **meta: Any) -> Manifest:
    """Metadata; `owner` becomes the controlling owner."""
    made: Manifest = {"name": name, "uid": uid or f"uid-{name}", "resourceVersion": "1", "creationTimestamp": THEN, "generation": 1}
    if namespace:
        made["namespace"] = namespace
    if owner is not None:
        made["ownerReferences"] = [reference(owner)]
    return made | meta


def reference(owner: Manifest) -> Manifest:
    meta = owner["metadata"]
    return {"apiVersion": owner["apiVersion"], "kind": owner["kind"], "name": meta["name"], "uid": meta["uid"], "controller": True, "blockOwnerDeletion": True}


def pod(name: str, owner: Manifest | None = None, ready: bool = True, node: str = "n1", phase: str = "Running", since: str = THEN, **meta: Any) -> Manifest:
    meta.setdefault("labels", {"app": "web"})
    conditions = [{"type": "Ready", "status": "True" if ready else "False", "lastTransitionTime": since}]
    spec: Manifest = {"containers": [{"name": "c", "image": "nginx"}]} | ({"nodeName": node} if node else {})
    return {"apiVersion": "v1", "kind": "Pod", "metadata": named(name, owner=owner, **meta), "spec": spec, "status": {"phase": phase, "conditions": conditions}}


def template(image: str = "nginx", **labels: str) -> Manifest:
    return {"metadata": {"labels": labels or {"app": "web"}}, "spec": {"containers": [{"name": "c", "image": image}]}}
