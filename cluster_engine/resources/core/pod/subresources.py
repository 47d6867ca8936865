"""The doors through which parts of a running pod may be changed: resize, ephemeralcontainers.

Models validation.ValidatePodResize, ValidatePodEphemeralContainersUpdate and pkg/registry/core/pod/strategy.go.
"""

from cluster_engine.machinery.field import Errors, forbidden, invalid
from cluster_engine.machinery.quantity import parse
from cluster_engine.resources.core.pod.annotations import MIRROR, validate_annotations_update
from cluster_engine.resources.core.pod.difference import difference
from cluster_engine.resources.core.pod.qos import qos_class
from cluster_engine.resources.kind import Manifest, Request

COMPUTE = ("cpu", "memory")


def prepare_ephemeral(pod: Manifest, old: Manifest, request: Request) -> None:
    """Only ephemeral containers may differ."""
    _keep_metadata(pod, old)
    added = pod["spec"].get("ephemeralContainers")
    pod["spec"] = {**old["spec"], "ephemeralContainers": added} if added else {k: v for k, v in old["spec"].items() if k != "ephemeralContainers"}
    pod["status"] = old.get("status", {})


def _keep_metadata(pod: Manifest, old: Manifest) -> None:
    """Through these doors nobody labels or owns."""
    for name in ("labels", "annotations", "ownerReferences", "finalizers"):
        if name in old["metadata"]:
            pod["metadata"][name] = old["metadata"][name]
        else:
            pod["metadata"].pop(name, None)


def validate_ephemeral(pod: Manifest, old: Manifest) -> Errors:
    found: Errors = []
    annotations, old_annotations = pod["metadata"].get("annotations") or {}, old["metadata"].get("annotations") or {}
    validate_annotations_update(annotations, old_annotations, pod["spec"], "metadata.annotations", found)
    if MIRROR in old_annotations:
        return [forbidden("[]", "static pods do not support ephemeral containers")]
    new = {c.get("name", ""): c for c in pod["spec"].get("ephemeralContainers") or ()}
    path = "spec.ephemeralContainers"
    for before in old["spec"].get("ephemeralContainers") or ():
        name = before.get("name", "")
        if name not in new:
            found.append(forbidden(path, f'existing ephemeral containers "{name}" may not be removed\n'))
        elif new[name] != before:
            text = difference("EphemeralContainer", before, new[name])
            found.append(forbidden(path, f'existing ephemeral containers "{name}" may not be changed\n{text}'))
    return found


def prepare_resize(pod: Manifest, old: Manifest, request: Request) -> None:
    """Only the resources and resize policies of containers may differ."""
    _keep_metadata(pod, old)
    spec = {**old["spec"]}
    for name in ("containers", "initContainers"):
        if spec.get(name):
            after = {c.get("name"): c for c in pod["spec"].get(name) or ()}
            spec[name] = [_resized(c, after.get(c.get("name"))) for c in spec[name]]
    if "resources" in pod["spec"]:
        spec["resources"] = pod["spec"]["resources"]
    pod["spec"] = spec
    pod["status"] = old.get("status", {})


def _resized(container: Manifest, wished: Manifest | None) -> Manifest:
    if wished is None:
        return container
    changed = {**container, "resources": wished.get("resources", {})}
    if wished.get("resizePolicy"):
        changed["resizePolicy"] = wished["resizePolicy"]
    else:
        changed.pop("resizePolicy", None)
    return changed


def validate_resize(pod: Manifest, old: Manifest) -> Errors:
    new_spec, old_spec = pod["spec"], old["spec"]
    if MIRROR in (old["metadata"].get("annotations") or {}):
        return [forbidden("[]", "static pods cannot be resized")]
    if (old_spec.get("os") or {}).get("name") == "windows":
        return [forbidden("[]", "windows pods cannot be resized")]
    found: Errors = []
    status = old.get("status") or {}
    if (status.get("qosClass") or qos_class(old_spec)) != qos_class(new_spec):
        found.append(invalid("spec", status.get("qosClass", ""), "Pod QOS Class may not change as a result of resizing"))
    running = next((c for c in status.get("containerStatuses") or () if (c.get("state") or {}).get("running") is not None), None)
    if running is not None and running.get("resources") is None:
        found.append(forbidden("spec", "Pod running on node without support for resize"))
    _validate_lists(new_spec, old_spec, found)
    return found


def _validate_lists(new_spec: Manifest, old_spec: Manifest, found: Errors) -> None:
    init = list(zip(new_spec.get("initContainers") or (), old_spec.get("initContainers") or (), strict=True))
    main = list(zip(new_spec.get("containers") or (), old_spec.get("containers") or (), strict=True))
    for i, (new, old) in enumerate(init):
        if old.get("restartPolicy") == "Always":
            _validate_container(new, old, f"spec.initContainers[{i}].resources", found)
    for i, (new, old) in enumerate(main):
        _validate_container(new, old, f"spec.containers[{i}].resources", found)
    for new, old in main:
        if _without_compute_changes(new, old) != old:
            found.append(forbidden("spec", "only cpu and memory resources are mutable"))
    for new, old in init:
        if old.get("restartPolicy") == "Always":
            if _without_compute_changes(new, old) != old:
                found.append(forbidden("spec", "only cpu and memory resources for sidecar containers are mutable"))
        elif new != old:
            found.append(forbidden("spec", "resources for non-sidecar init containers are immutable"))


def _validate_container(new: Manifest, old: Manifest, path: str, found: Errors) -> None:
    after, before = new.get("resources") or {}, old.get("resources") or {}
    for part in ("requests", "limits"):
        if any(name not in (after.get(part) or {}) for name in before.get(part) or {}):
            found.append(forbidden(f"{path}.{part}", f"resource {part} cannot be removed"))


def _without_compute_changes(new: Manifest, old: Manifest) -> Manifest:
    """The new container with the old cpu and memory."""
    resources: Manifest = {}
    for part in ("limits", "requests"):
        before = (old.get("resources") or {}).get(part)
        if before is None:
            continue
        after = {k: v for k, v in ((new.get("resources") or {}).get(part) or {}).items() if k not in COMPUTE}
        resources[part] = after | {k: before[k] for k in COMPUTE if k in before}
    same = {part: _canonical(amounts) for part, amounts in resources.items()}
    old_same = {part: _canonical(amounts) for part, amounts in (old.get("resources") or {}).items() if part in resources}
    kept = {**new, "resources": old.get("resources", {}) if same == old_same else resources}
    if old.get("resizePolicy") is not None:
        kept["resizePolicy"] = old["resizePolicy"]
    else:
        kept.pop("resizePolicy", None)
    return kept


def _canonical(amounts: Manifest) -> dict[str, object]:
    return {name: parse(text) for name, text in amounts.items()} if isinstance(amounts, dict) else {}
