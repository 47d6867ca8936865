"""A pod template: the pod that a workload stamps out, as it stands in ReplicaSets, Deployments, Jobs and others.

Models pkg/apis/core/v1/defaults.go (SetDefaults_PodSpec for templates) and validation.ValidatePodTemplateSpec.
"""

from cluster_engine.machinery import selectors
from cluster_engine.machinery.field import Errors, forbidden, invalid, not_supported, required
from cluster_engine.machinery.object_meta import validate_annotations, validate_labels
from cluster_engine.resources.core.pod.annotations import validate_pod_annotations
from cluster_engine.resources.core.pod.spec import default_pod_spec, validate_pod_spec
from cluster_engine.resources.kind import Manifest


def default_pod_template(owner_spec: Manifest) -> None:
    """Fill in `template` of a workload's spec."""
    template = owner_spec.get("template")
    if template is None:
        template = owner_spec["template"] = {}
    template.setdefault("metadata", {})
    default_pod_spec(template.setdefault("spec", {}))


def validate_pod_template(template: Manifest, path: str, found: Errors) -> None:
    metadata, spec = template.get("metadata") or {}, template.get("spec") or {}
    if labels := metadata.get("labels"):
        found += validate_labels(labels, f"{path}.labels")
    if annotations := metadata.get("annotations"):
        found += validate_annotations(annotations, f"{path}.annotations")
        validate_pod_annotations(annotations, spec, f"{path}.annotations", found)
    validate_pod_spec(spec, "", f"{path}.spec", found)
    if spec.get("ephemeralContainers"):
        found.append(forbidden(f"{path}.spec.ephemeralContainers", "ephemeral containers not allowed in pod template"))


def validate_owned_template(spec: Manifest, kind: str, found: Errors, selector: selectors.Selector | None, always: bool = True) -> None:
    """A workload's template: its pods must be found by the workload's own selector, and (for most) restart always.

    `selector` is None when it is too wrong to compare labels with.
    """
    template, path = spec.get("template"), "spec.template"
    if template is None:
        found.append(required(path))
        return
    labels = (template.get("metadata") or {}).get("labels")
    if selector is not None and not selector.empty and not selector.matches(labels or {}):
        found.append(invalid(f"{path}.metadata.labels", labels, "`selector` does not match template `labels`"))
    validate_pod_template(template, path, found)
    pod = template.get("spec") or {}
    if always and pod.get("restartPolicy") != "Always":
        found.append(not_supported(f"{path}.spec.restartPolicy", pod.get("restartPolicy", ""), ("Always",)))
    if pod.get("activeDeadlineSeconds") is not None:
        found.append(forbidden(f"{path}.spec.activeDeadlineSeconds", f"activeDeadlineSeconds in {kind} is not Supported"))
