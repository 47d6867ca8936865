"""The map's scene: items keyed by uid, edges between them, and the difference of two scenes.

A scene is kept up change by change: each informer's event marks what it touches, `refresh` works out those items anew, and
what came out different is the delta that a browser gets. Nothing else than objects and components' reports goes in.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from explorer.scenes.node import is_silent, node_item
from explorer.scenes.pod import pod_item
from explorer.scenes.service import selects, service_item
from explorer.scenes.workload import KINDS, controller_of, workload_item

Manifest = dict[str, Any]
Item = dict[str, Any]

RESOURCES = ("nodes", "pods", "services", "endpointslices.discovery.k8s.io", *KINDS)
SERVICE_LABEL = "kubernetes.io/service-name"


@dataclass(frozen=True, slots=True)
class Delta:
    """What changed from one revision to another: items to set by id, ids that are gone, and the same for edges."""

    since: int
    revision: int
    nodes: list[Item] = field(default_factory=list)
    nodes_gone: list[str] = field(default_factory=list)
    edges: list[Item] = field(default_factory=list)
    edges_gone: list[str] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.nodes or self.nodes_gone or self.edges or self.edges_gone)

    def message(self) -> Item:
        return {
            "since": self.since, "revision": self.revision,
            "nodes": {"set": self.nodes, "gone": self.nodes_gone}, "edges": {"set": self.edges, "gone": self.edges_gone},
        }  # fmt: skip


def difference(old: dict[str, Item], new: dict[str, Item]) -> tuple[list[Item], list[str]]:
    """(items to set, ids gone) that lead from `old` to `new`."""
    return [item for key, item in new.items() if old.get(key) != item], [key for key in old if key not in new]


class Scene:
    """The scene of one cluster. `take` objects, then `refresh` for what changed since the last time."""

    def __init__(self) -> None:
        self.revision = 0
        self.items: dict[str, Item] = {}
        self.edges: dict[str, Item] = {}
        self.pulls: dict[str, dict[str, float]] = {}
        self._objects: dict[str, dict[str, Manifest]] = {resource: {} for resource in RESOURCES}
        self._on_node: dict[str, dict[str, Manifest]] = {}
        self._dirty: set[tuple[str, str]] = set()

    # -- taking in

    def take(self, resource: str, manifest: Manifest, gone: bool = False, revision: int = 0) -> None:
        """One object as it is now, or as it last was when `gone`."""
        self.revision = max(self.revision, revision)
        key = manifest["metadata"]["uid"]
        old = self._objects[resource].pop(key, None)
        if not gone:
            self._objects[resource][key] = manifest
        self._dirty.add((resource, key))
        if resource == "pods":
            self._take_pod(key, old, None if gone else manifest)
        elif resource == "nodes":
            self._touch_pods_of(manifest["metadata"]["name"])
        elif resource.startswith("endpointslices"):
            self._touch_service_of(manifest)

    def _take_pod(self, uid: str, old: Manifest | None, new: Manifest | None) -> None:
        for manifest in (old, new):
            if manifest is None:
                continue
            node = manifest.get("spec", {}).get("nodeName", "")
            if manifest is old:
                self._on_node.get(node, {}).pop(uid, None)
            else:
                self._on_node.setdefault(node, {})[uid] = manifest
            self._dirty |= {("nodes", k) for k, n in self._objects["nodes"].items() if n["metadata"]["name"] == node} if node else set()
            self._dirty |= {("services", k) for k, s in self._objects["services"].items() if selects(s, manifest)}

    def _touch_pods_of(self, node: str) -> None:
        self._dirty |= {("pods", uid) for uid in self._on_node.get(node, ())}

    def _touch_service_of(self, slice_: Manifest) -> None:
        meta = slice_["metadata"]
        name = (meta.get("labels") or {}).get(SERVICE_LABEL)
        for key, service in self._objects["services"].items():
            if service["metadata"]["name"] == name and service["metadata"].get("namespace") == meta.get("namespace"):
                self._dirty.add(("services", key))

    def pulling(self, pulls: dict[str, dict[str, float]]) -> None:
        """Shares of images under way: pod uid -> container -> 0..1."""
        self._dirty |= {("pods", uid) for uid in {*pulls, *self.pulls} if pulls.get(uid) != self.pulls.get(uid)}
        self.pulls = pulls

    def pods_on(self, node: str) -> dict[str, Manifest]:
        """The pods bound to a node, by uid."""
        return self._on_node.get(node, {})

    def node_of(self, uid: str) -> str:
        """The node that an object is on or is; "" for none."""
        if (pod := self._objects["pods"].get(uid)) is not None:
            return str(pod.get("spec", {}).get("nodeName", ""))
        node = self._objects["nodes"].get(uid)
        return node["metadata"]["name"] if node is not None else ""

    def node_names(self) -> list[str]:
        return [node["metadata"]["name"] for node in self._objects["nodes"].values()]

    def nodes_starting_pods(self) -> set[str]:
        """Nodes with a bound pod that waits for its containers."""
        return {item["node"] for item in self.items.values() if item["kind"] == "pod" and item["node"] and item["sign"] in ("pending", "pulling", "notready")}

    def object(self, uid: str) -> tuple[str, Manifest] | None:
        """The resource and the manifest of what has this uid."""
        return next(((resource, found[uid]) for resource, found in self._objects.items() if uid in found), None)

    # -- working out

    def refresh(self, parts: Iterable[Item] = ()) -> Delta:
        """Work out everything that was touched. `parts`: the control plane's instruments as they are now."""
        since, items, edges = self.revision, self._work_out(), self._owner_edges()
        items |= {part["id"]: part for part in parts}
        self._dirty.clear()
        set_items = [item for key, item in items.items() if item is not None and self.items.get(key) != item]
        gone = [key for key, item in items.items() if item is None and key in self.items]
        set_edges = [edge for key, edge in edges.items() if edge is not None and self.edges.get(key) != edge]
        edges_gone = [key for key, edge in edges.items() if edge is None and key in self.edges]
        self.items |= {item["id"]: item for item in set_items}
        self.edges |= {edge["id"]: edge for edge in set_edges}
        for key in gone:
            del self.items[key]
        for key in edges_gone:
            del self.edges[key]
        return Delta(since, self.revision, set_items, gone, set_edges, edges_gone)

    def message(self) -> Item:
        """The whole scene, for a browser that has just come or has lost its place."""
        return {"revision": self.revision, "nodes": list(self.items.values()), "edges": list(self.edges.values())}

    def _work_out(self) -> dict[str, Item | None]:
        found: dict[str, Item | None] = {}
        for resource, key in self._dirty:
            manifest = self._objects[resource].get(key)
            if not resource.startswith("endpointslices"):
                found[key] = None if manifest is None else self._item(resource, manifest)
        return found

    def _item(self, resource: str, manifest: Manifest) -> Item:
        if resource == "pods":
            node = manifest.get("spec", {}).get("nodeName", "")
            return pod_item(manifest, self.pulls.get(manifest["metadata"]["uid"]), silent=self._is_silent(node))
        if resource == "nodes":
            return node_item(manifest, list(self._on_node.get(manifest["metadata"]["name"], {}).values()))
        if resource == "services":
            return service_item(manifest, self._slices_of(manifest), self._selected_by(manifest))
        return workload_item(KINDS[resource], manifest)

    def _is_silent(self, node: str) -> bool:
        return bool(node) and any(n["metadata"]["name"] == node and is_silent(n) for n in self._objects["nodes"].values())

    def _slices_of(self, service: Manifest) -> list[Manifest]:
        meta = service["metadata"]
        return [
            s
            for s in self._objects["endpointslices.discovery.k8s.io"].values()
            if (s["metadata"].get("labels") or {}).get(SERVICE_LABEL) == meta["name"] and s["metadata"].get("namespace") == meta.get("namespace")
        ]

    def _selected_by(self, service: Manifest) -> list[Manifest]:
        ended = ("Succeeded", "Failed")
        return [p for p in self._objects["pods"].values() if p.get("status", {}).get("phase") not in ended and selects(service, p)]

    def _owner_edges(self) -> dict[str, Item | None]:
        """Owner lines: one from each owned pod or workload that was touched to the one that made it."""
        found: dict[str, Item | None] = {}
        for resource, key in self._dirty:
            if resource != "pods" and resource not in KINDS:
                continue
            manifest = self._objects[resource].get(key)
            owner = controller_of(manifest) if manifest else ""
            found[f"owner:{key}"] = {"id": f"owner:{key}", "kind": "owner", "source": owner, "target": key} if owner else None
        return found
