"""NodeRestriction: a kubelet changes its own node and the pods on it, nothing else, and cannot relabel itself into trust.

Models plugin/pkg/admission/noderestriction/admission.go.
"""

from collections.abc import Callable

from cluster_engine.apiserver.attributes import AdmissionRequest
from cluster_engine.apiserver.lookup import Lookup
from cluster_engine.apiserver.plugin import CONNECT, CREATE, DELETE, Plugin, denied, object_of
from cluster_engine.machinery.manifest import Manifest, at
from cluster_engine.machinery.status import not_found

PREFIX, NODES = "system:node:", "system:nodes"
MIRROR = "kubernetes.io/config.mirror"
OWN_LABELS = frozenset(
    (
        "kubernetes.io/hostname",
        "kubernetes.io/os",
        "kubernetes.io/arch",
        "topology.kubernetes.io/zone",
        "topology.kubernetes.io/region",
        "failure-domain.beta.kubernetes.io/zone",
        "failure-domain.beta.kubernetes.io/region",
        "node.kubernetes.io/instance-type",
        "beta.kubernetes.io/instance-type",
        "beta.kubernetes.io/os",
        "beta.kubernetes.io/arch",
    )
)
OWN_DOMAINS = ("kubelet.kubernetes.io", "node.kubernetes.io")
GUARDED = "node-restriction.kubernetes.io"
CLAIM_STATUS = ("capacity", "conditions", "allocatedResources", "allocatedResourceStatuses")
RECREATED = "does not match the UID in record. The object might have been deleted and then recreated"


def is_forbidden_label(label: str) -> bool:
    """Whether a kubelet may not give its node this label."""
    domain = label.partition("/")[0] if "/" in label else ""
    if domain == GUARDED or domain.endswith(f".{GUARDED}"):
        return True
    ours = any(domain == d or domain.endswith(f".{d}") for d in ("kubernetes.io", "k8s.io"))
    allowed = label in OWN_LABELS or any(domain == d or domain.endswith(f".{d}") for d in OWN_DOMAINS)
    return ours and not allowed


class NodeRestriction(Plugin):
    """Judges every write of a kubelet."""

    name = "NodeRestriction"

    def __init__(self, objects: Lookup) -> None:
        self._objects = objects
        self._judges: dict[str, Callable[[AdmissionRequest, str], None]] = {
            "pods": self._pod, "nodes": self._node, "persistentvolumeclaims": self._claim, "serviceaccounts": self._token,
            "leases.coordination.k8s.io": self._lease, "csinodes.storage.k8s.io": self._csi_node,
        }  # fmt: skip

    def handles(self, request: AdmissionRequest) -> bool:
        user = request.user
        return user.name.startswith(PREFIX) and NODES in user.groups and request.operation != CONNECT and request.kind.name in self._judges

    def admit(self, request: AdmissionRequest) -> Manifest | None:
        node = request.user.name.removeprefix(PREFIX)
        if not node:
            raise denied(request, f'could not determine node from user "{request.user.name}"')
        self._judges[request.kind.name](request, node)
        return None

    def _pod(self, request: AdmissionRequest, node: str) -> None:
        if request.subresource == "status":
            self._pod_status(request, node)
        elif request.subresource == "eviction":
            if self._bound_node(request) != node:
                raise denied(request, f"node {node} can only evict pods with spec.nodeName set to itself")
        elif request.subresource:
            raise denied(request, f"unexpected pod subresource \"{request.subresource}\", only 'status' and 'eviction' are allowed")
        elif request.operation == CREATE:
            self._mirror_pod(request, node, object_of(request))
        elif request.operation == DELETE:
            if self._bound_node(request) != node:
                raise denied(request, f'node "{node}" can only delete pods with spec.nodeName set to itself')
        else:
            raise denied(request, f'unexpected operation "{request.operation}", node "{node}" can only create and delete mirror pods')

    def _bound_node(self, request: AdmissionRequest) -> str | None:
        pod = self._objects.get("pods", request.namespace, request.name)
        if pod is None:
            raise not_found("", "pods", request.name)
        bound: str | None = pod["spec"].get("nodeName")
        return bound

    @staticmethod
    def _pod_status(request: AdmissionRequest, node: str) -> None:
        old, new = request.old or {}, object_of(request)
        if at(old, "spec.nodeName") != node:
            raise denied(request, f'node "{node}" can only update pod status for pods with spec.nodeName set to itself')
        if (at(old, "metadata.labels") or {}) != (at(new, "metadata.labels") or {}):
            raise denied(request, f'node "{node}" cannot update labels through pod status')
        if (at(old, "status.resourceClaimStatuses") or []) != (at(new, "status.resourceClaimStatuses") or []):
            raise denied(request, f'node "{node}" cannot update resource claim statues')

    def _mirror_pod(self, request: AdmissionRequest, node: str, pod: Manifest) -> None:
        if MIRROR not in (at(pod, "metadata.annotations") or {}):
            raise denied(request, f'pod does not have "{MIRROR}" annotation, node "{node}" can only create mirror pods')
        if at(pod, "spec.nodeName") != node:
            raise denied(request, f'node "{node}" can only create pods with spec.nodeName set to itself')
        self._mirror_owner(request, node, at(pod, "metadata.ownerReferences") or [])
        noun = _referenced(pod["spec"])
        if noun:
            raise denied(request, f'node "{node}" can not create pods that reference {noun}')

    def _mirror_owner(self, request: AdmissionRequest, node: str, owners: list[Manifest]) -> None:
        lead = f'node "{node}" can only create pods with'
        if len(owners) > 1:
            raise denied(request, f"{lead} a single owner reference set to itself")
        if not owners or (owners[0].get("apiVersion"), owners[0].get("kind"), owners[0].get("name")) != ("v1", "Node", node):
            raise denied(request, f"{lead} an owner reference set to itself")
        if not owners[0].get("controller"):
            raise denied(request, f"{lead} a controller owner reference set to itself")
        if owners[0].get("blockOwnerDeletion"):
            raise denied(request, f'node "{node}" must not set blockOwnerDeletion on an owner reference')
        standing = self._objects.get("nodes", "", node)
        if standing is None:
            raise not_found("", "nodes", node)
        if standing["metadata"]["uid"] != owners[0].get("uid"):
            raise denied(request, f"node {node} UID mismatch: expected {owners[0].get('uid', '')} got {standing['metadata']['uid']}")

    @staticmethod
    def _node(request: AdmissionRequest, node: str) -> None:
        name = request.name or at(request.object or {}, "metadata.name")
        if name != node:
            raise denied(request, f'node "{node}" is not allowed to modify node "{name}"')
        if request.operation == DELETE:
            return
        new, old = object_of(request), request.old or {}
        ours, theirs = at(new, "metadata.labels") or {}, at(old, "metadata.labels") or {}
        bad = sorted(k for k in ours.keys() | theirs.keys() if ours.get(k) != theirs.get(k) and is_forbidden_label(k))
        if bad and request.operation == CREATE:
            raise denied(request, f'node "{node}" is not allowed to set the following labels: {", ".join(bad)}')
        if bad:
            raise denied(request, f"is not allowed to modify labels: {', '.join(bad)}")
        if request.operation != CREATE and (at(new, "spec.taints") or []) != (at(old, "spec.taints") or []):
            raise denied(request, f'node "{node}" is not allowed to modify taints')

    @staticmethod
    def _claim(request: AdmissionRequest, node: str) -> None:
        if request.subresource != "status":
            raise denied(request, "may only update PVC status")
        new, old = (_beside_status(o or {}) for o in (request.object, request.old))
        if new != old:
            raise denied(request, f'node "{node}" is not allowed to update fields other than status.capacity and status.conditions')

    def _token(self, request: AdmissionRequest, node: str) -> None:
        if request.operation != CREATE or request.subresource != "token":
            return
        ref = at(object_of(request), "spec.boundObjectRef")
        if not ref or (ref.get("apiVersion"), ref.get("kind")) != ("v1", "Pod") or not ref.get("name"):
            raise denied(request, "node requested token not bound to a pod")
        if not ref.get("uid"):
            raise denied(request, "node requested token with a pod binding without a uid")
        pod = self._objects.get("pods", request.namespace, ref["name"])
        if pod is None:
            raise not_found("", "pods", ref["name"])
        if pod["metadata"]["uid"] != ref["uid"]:
            raise denied(request, f"the UID in the bound object reference ({ref['uid']}) {RECREATED}")
        if pod["spec"].get("nodeName") != node:
            raise denied(request, "node requested token bound to a pod scheduled on a different node")

    @staticmethod
    def _lease(request: AdmissionRequest, node: str) -> None:
        if request.namespace != "kube-node-lease":
            raise denied(request, 'can only access leases in the "kube-node-lease" system namespace')
        if (request.name or at(request.object or {}, "metadata.name")) != node:
            raise denied(request, "can only access node lease with the same name as the requesting node")

    @staticmethod
    def _csi_node(request: AdmissionRequest, node: str) -> None:
        if (request.name or at(request.object or {}, "metadata.name")) != node:
            raise denied(request, "can only access CSINode with the same name as the requesting node")


def _beside_status(claim: Manifest) -> Manifest:
    """A claim without what a kubelet may change and what changes with every write."""
    meta = {k: v for k, v in claim.get("metadata", {}).items() if k not in ("resourceVersion", "managedFields")}
    return {**claim, "metadata": meta, "status": {k: v for k, v in (claim.get("status") or {}).items() if k not in CLAIM_STATUS}}


def _referenced(spec: Manifest) -> str:
    """The kind of API object that a mirror pod refers to and must not, "" for none."""
    if spec.get("serviceAccountName"):
        return "a service account"
    volumes = spec.get("volumes") or ()
    sources = [s for v in volumes for s in at(v, "projected.sources") or ()]
    env = [e for f in ("initContainers", "containers") for c in spec.get(f) or () for e in [*(c.get("env") or ()), *(c.get("envFrom") or ())]]
    if (
        any("secret" in v for v in (*volumes, *sources))
        or any("secretRef" in e or at(e, "valueFrom.secretKeyRef") for e in env)
        or spec.get("imagePullSecrets")
    ):
        return "secrets"
    if any("configMap" in v for v in (*volumes, *sources)) or any("configMapRef" in e or at(e, "valueFrom.configMapKeyRef") for e in env):
        return "configmaps"
    if any("clusterTrustBundle" in s for s in sources):
        return "clustertrustbundles"
    return "persistentvolumeclaims" if any("persistentVolumeClaim" in v for v in volumes) else ""
