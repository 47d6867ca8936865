"""A revision in a record's words: who did what to which object, and why."""

from typing import Any

from explorer.scenes.node import node_sign
from explorer.scenes.part import part_of
from explorer.scenes.pod import pod_item, short_name

Manifest = dict[str, Any]
Item = dict[str, Any]
PREFIXES = {"minions": "nodes", "services/specs": "services", "services/endpoints": "endpoints"}


def resource_of(key: str) -> str:
    """ "pods" for /registry/pods/default/web: the plural that stands in the key."""
    path = key.removeprefix("/registry/")
    for prefix, plural in PREFIXES.items():
        if path.startswith(f"{prefix}/"):
            return plural
    first, _, rest = path.partition("/")
    return rest.partition("/")[0] if "." in first and "/" in rest else first


def told(record: Any) -> Item:
    """One row of the record. `record`: a store.record.Record."""
    manifest = living(record)
    meta = manifest.get("metadata") or {}
    cause = record.cause
    who = cause.component or cause.user
    row: Item = {
        "revision": record.revision, "time": record.time, "component": who or "unknown", "part": part_of(who), "user": cause.user, "verb": cause.verb,
        "why": cause.why, "what": what(record, manifest), "resource": resource_of(record.key), "kind": manifest.get("kind", ""),
        "uid": meta.get("uid", ""), "name": meta.get("name", record.key.rpartition("/")[2]), "namespace": meta.get("namespace", ""),
    }  # fmt: skip
    return row | ({"request": cause.request} if cause.request else {})


def living(record: Any) -> Manifest:
    """The object of a record; for a deletion, as it last was."""
    found: Manifest | None = record.object
    if found is None and record.previous is not None:
        found = record.previous.object
    return found or {}


def title(manifest: Manifest) -> str:
    """ "pod frontend q2d6j", "Deployment frontend"."""
    kind = manifest.get("kind", "")
    if kind == "Pod":
        return " ".join(part for part in short_name(manifest) if part)
    return f"{kind} {manifest.get('metadata', {}).get('name', '')}".strip()


def what(record: Any, manifest: Manifest) -> str:
    """ "bind redis-replica z5kvm to worker-2", "status of frontend q2d6j: ready"."""
    verb = record.cause.verb
    name = title(manifest) or record.key
    if record.deleted:
        return f"delete {name}"
    if verb == "create binding":
        return f"bind {name} to {manifest.get('spec', {}).get('nodeName', '')}"
    if verb.startswith("create") or record.version == 1:
        return f"make {name}"
    if verb.endswith(" status"):
        return f"status of {name}{_state(manifest)}"
    if verb.startswith("delete"):
        return f"begin to delete {name}"
    return f"change {name}"


def _state(manifest: Manifest) -> str:
    kind, status = manifest.get("kind"), manifest.get("status") or {}
    if kind == "Pod":
        return f": {pod_item(manifest)['words']}"
    if kind == "Node":
        return f": {node_sign(manifest)[1]}"
    if kind in ("Deployment", "ReplicaSet", "StatefulSet"):
        return f": {status.get('readyReplicas', 0)} of {manifest.get('spec', {}).get('replicas', 1)} ready"
    return ""
