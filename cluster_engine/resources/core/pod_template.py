"""A pod template: the pod that a workload stamps out, as it stands in ReplicaSets, Deployments, Jobs and others.

Models pkg/apis/core/v1/defaults.go (SetDefaults_PodSpec for templates) and validation.ValidatePodTemplateSpec.
"""

from cluster_engine.resources.core.pod.spec import default_pod_spec
from cluster_engine.resources.kind import Manifest


def default_pod_template(owner_spec: Manifest) -> None:
    """Fill in `template` of a workload's spec."""
    template = owner_spec.get("template")
    if template is None:
        template = owner_spec["template"] = {}
    template.setdefault("metadata", {})
    default_pod_spec(template.setdefault("spec", {}))
