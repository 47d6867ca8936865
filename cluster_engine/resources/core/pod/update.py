"""What of a running pod may change: images, a shorter deadline, more tolerations, fewer gates; all else is for ever.

Models validation.ValidatePodUpdate.
"""

from typing import Any

from cluster_engine.machinery import names
from cluster_engine.machinery.field import Errors, forbidden, invalid
from cluster_engine.resources.checks import whole_metadata
from cluster_engine.resources.core.pod.annotations import validate_annotations_update
from cluster_engine.resources.core.pod.difference import difference
from cluster_engine.resources.core.pod.spec import MAX_INT32
from cluster_engine.resources.core.pod.tolerations import validate_only_added
from cluster_engine.resources.kind import Manifest

REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"
UPDATABLE = (
    "pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,"
    "`spec.tolerations` (only additions to existing tolerations),"
    "`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)"
)


def validate_update(pod: Manifest, old: Manifest) -> Errors:
    found: Errors = []
    whole_metadata(pod, old, found)
    annotations, old_annotations = pod["metadata"].get("annotations") or {}, old["metadata"].get("annotations") or {}
    if annotations != old_annotations:
        validate_annotations_update(annotations, old_annotations, pod["spec"], "metadata.annotations", found)
    new_spec, old_spec = pod["spec"], old["spec"]
    if new_spec == old_spec:
        return found
    for name in ("containers", "initContainers"):
        if len(new_spec.get(name) or ()) != len(old_spec.get(name) or ()):
            found.append(forbidden(f"spec.{name}", "pod updates may not add or remove containers"))
            return found
    if not _validate_deadline(new_spec.get("activeDeadlineSeconds"), old_spec.get("activeDeadlineSeconds"), found):
        return found
    validate_only_added(new_spec.get("tolerations") or [], old_spec.get("tolerations") or [], "spec.tolerations", found)
    _validate_gates(new_spec.get("schedulingGates") or [], old_spec.get("schedulingGates") or [], found)
    kept = _with_old_mutable_parts(new_spec, old_spec)
    if old_spec.get("schedulingGates"):
        kept = _with_gated_parts(kept, old_spec, found)
    if kept != old_spec:
        found.append(forbidden("spec", f"{UPDATABLE}\n{difference('PodSpec', old_spec, kept)}"))
    return found


def _validate_deadline(new: int | None, old: int | None, found: Errors) -> bool:
    """A deadline may be set or shortened. Says whether to look further."""
    path = "spec.activeDeadlineSeconds"
    if new is None:
        if old is not None:
            found.append(invalid(path, None, "must not update from a positive integer to nil value"))
        return True
    if not 0 <= new <= MAX_INT32:
        found.append(invalid(path, new, names.inclusive_range(0, MAX_INT32)))
        return False
    if old is not None and old < new:
        found.append(invalid(path, new, "must be less than or equal to previous value"))
        return False
    return True


def _validate_gates(new: list[Manifest], old: list[Manifest], found: Errors) -> None:
    known = {gate.get("name") for gate in old}
    for i, gate in enumerate(new):
        if gate.get("name") not in known:
            found.append(forbidden(f"spec.schedulingGates[{i}].name", f"only deletion is allowed, but found new scheduling gate '{gate.get('name', '')}'"))


def _with_old_mutable_parts(new: Manifest, old: Manifest) -> Manifest:
    """The new spec with the old values of all that may change, so that what differs still is what may not."""
    kept = dict(new)
    for name in ("containers", "initContainers"):
        if name in kept:
            pairs = zip(kept[name] or (), old.get(name) or (), strict=True)
            kept[name] = [_put(container, "image", before.get("image")) for container, before in pairs]
    for name in ("activeDeadlineSeconds", "schedulingGates", "tolerations"):
        kept = _put(kept, name, old.get(name))
    if old.get("terminationGracePeriodSeconds", 0) < 0 and kept.get("terminationGracePeriodSeconds") == 1:
        kept["terminationGracePeriodSeconds"] = old["terminationGracePeriodSeconds"]
    return kept


def _put(manifest: Manifest, name: str, value: Any) -> Manifest:
    """With the field set, or gone where the value is None."""
    if value is None:
        return {k: v for k, v in manifest.items() if k != name}
    return {**manifest, name: value}


def _with_gated_parts(kept: Manifest, old: Manifest, found: Errors) -> Manifest:
    """While a gate holds the pod back, its node selector and node affinity may become stricter."""
    new_selector, old_selector = kept.get("nodeSelector") or {}, old.get("nodeSelector") or {}
    if new_selector != old_selector:
        if any(new_selector.get(k) != v for k, v in old_selector.items()):
            found.append(invalid("spec.nodeSelector", new_selector, "only additions to spec.nodeSelector are allowed (no mutations or deletions)"))
        kept = _put(kept, "nodeSelector", old.get("nodeSelector"))
    new_affinity, old_affinity = kept.get("affinity") or {}, old.get("affinity") or {}
    if new_affinity.get("nodeAffinity") != old_affinity.get("nodeAffinity"):
        _validate_node_affinity(new_affinity.get("nodeAffinity") or {}, old_affinity.get("nodeAffinity") or {}, found)
        munged = _put(new_affinity, "nodeAffinity", old_affinity.get("nodeAffinity"))
        kept = _put(kept, "affinity", munged or old.get("affinity"))
    return kept


def _validate_node_affinity(new: Manifest, old: Manifest, found: Errors) -> None:
    before = (old.get(REQUIRED) or {}).get("nodeSelectorTerms")
    if not before:
        return
    path = f"spec.affinity.nodeAffinity.{REQUIRED}.nodeSelectorTerms"
    after = (new.get(REQUIRED) or {}).get("nodeSelectorTerms") or []
    if len(after) != len(before):
        found.append(invalid(path, after, "no additions/deletions to non-empty NodeSelectorTerms list are allowed"))
        return
    for i, (term, old_term) in enumerate(zip(after, before, strict=True)):
        for field in ("matchExpressions", "matchFields"):
            had, has = old_term.get(field) or [], term.get(field) or []
            if has[: len(had)] != had or (not any(old_term.get(f) for f in ("matchExpressions", "matchFields")) and has):
                found.append(invalid(f"{path}[{i}]", term, "only additions are allowed (no mutations or deletions)"))
                break
