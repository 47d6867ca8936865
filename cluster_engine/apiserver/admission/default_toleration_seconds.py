"""DefaultTolerationSeconds: pods stay five minutes on a node that went away, unless they say otherwise.

Models plugin/pkg/admission/defaulttolerationseconds/admission.go.
"""

from cluster_engine.apiserver.attributes import AdmissionRequest
from cluster_engine.apiserver.plugin import CREATE, UPDATE, Plugin, is_main, object_of
from cluster_engine.machinery.manifest import Manifest, changed

SECONDS = 300
TAINTS = ("node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable")


def tolerates(toleration: Manifest, key: str) -> bool:
    """Whether a toleration speaks about the eviction taint `key` in any way."""
    return toleration.get("key", "") in (key, "") and toleration.get("effect", "") in ("NoExecute", "")


class DefaultTolerationSeconds(Plugin):
    """Adds the two tolerations that a pod lacks."""

    name = "DefaultTolerationSeconds"

    def handles(self, request: AdmissionRequest) -> bool:
        return is_main(request, "pods", CREATE, UPDATE)

    def admit(self, request: AdmissionRequest) -> Manifest | None:
        pod = object_of(request)
        own = pod["spec"].get("tolerations") or []
        added = [
            {"key": key, "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": SECONDS} for key in TAINTS if not any(tolerates(t, key) for t in own)
        ]
        return changed(pod, "spec.tolerations", [*own, *added]) if added else None
