"""What holds for every object whatever its kind: metadata's rules, who owns which part of it, owner references.

Models k8s.io/apimachinery/pkg/api/validation/objectmeta.go and k8s.io/apiserver/pkg/registry/rest/meta.go.
"""

from collections.abc import Iterable

from cluster_engine.apiserver.call import Call
from cluster_engine.machinery import object_meta
from cluster_engine.machinery.field import Errors
from cluster_engine.machinery.manifest import Manifest
from cluster_engine.machinery.names import path_segment_name
from cluster_engine.machinery.status import bad_request
from cluster_engine.resources.kind import Kind

OTHER_NAMESPACE = "the namespace of the provided object does not match the namespace sent on the request"
DUPLICATE_OWNERS = (
    ".metadata.ownerReferences contains duplicate entries; API server dedups owner references in 1.20+, and may reject such requests as early as 1.24; "
    "please fix your requests; duplicate UID(s) observed: "
)
CHANGEABLE = (
    "labels", "annotations", "finalizers", "ownerReferences", "name", "namespace", "uid", "deletionTimestamp", "deletionGracePeriodSeconds", "generation",
)  # fmt: skip


def checked_namespace(call: Call, meta: Manifest) -> None:
    """The body's namespace is the URL's, or absent. Raises 400."""
    namespace = meta.get("namespace") or ""
    if not call.kind.namespaced:
        meta.pop("namespace", None)
        return
    if namespace and namespace != call.namespace:
        raise bad_request(OTHER_NAMESPACE)
    meta["namespace"] = call.namespace


def keep_system_fields(meta: Manifest, before: Manifest) -> None:
    """What the server gave the object stays where the update says nothing; what it may never change stays in any case."""
    for key in ("creationTimestamp", "resourceVersion"):
        meta[key] = before[key]
    for key in ("uid", "generation", "deletionGracePeriodSeconds"):
        if key in before:
            meta.setdefault(key, before[key])
    if "deletionTimestamp" in before:
        meta["deletionTimestamp"] = before["deletionTimestamp"]
    meta.pop("selfLink", None)


def dedup_owners(obj: Manifest, warnings: list[str]) -> None:
    """Keep the first of equal owner references, with a warning."""
    owners = obj["metadata"].get("ownerReferences")
    if not owners or len(owners) < 2:
        return
    unique: list[Manifest] = []
    repeated: list[str] = []
    for owner in owners:
        if owner in unique:
            repeated.append(str(owner.get("uid", "")))
        else:
            unique.append(owner)
    if repeated:
        obj["metadata"]["ownerReferences"] = unique
        warnings.append(DUPLICATE_OWNERS + ", ".join(dict.fromkeys(repeated)))


def warn(call: Call, found: Iterable[str]) -> None:
    """Add warnings that are not there yet."""
    for text in found:
        if text not in call.warnings:
            call.warnings.append(text)


def check_metadata(kind: Kind, meta: Manifest) -> Errors:
    """What is wrong with the metadata of a new object."""
    return object_meta.validate(meta, kind.namespaced, kind.validate_name, builtin=not kind.free_finalizers)


def check_metadata_update(kind: Kind, meta: Manifest, before: Manifest) -> Errors:
    """What is wrong with a change of metadata; nothing is looked at again that has not changed.

    Upstream finds the same fault several times: the generic registry looks at the whole and at the change, the strategy once more.
    """
    if all(meta.get(k) == before.get(k) for k in CHANGEABLE):
        return []
    whole = object_meta.validate(meta, kind.namespaced, path_segment_name, builtin=False)
    return whole + object_meta.validate_update(meta, before, builtin=False) + object_meta.validate_update(meta, before, builtin=not kind.free_finalizers)
