"""The storage add-on of a new cluster: a CSI driver, a default class, and the rights of the loops that serve it.

Models the deployment manifests of kubernetes-csi/csi-driver-host-path.
"""

from collections.abc import Iterator
from typing import Any

Manifest = dict[str, Any]
SYSTEM, ACCOUNT, DRIVER = "kube-system", "csi-hostpath", "hostpath.csi.k8s.io"
PROVISIONERS = (DRIVER, "k8s.io/minikube-hostpath", "rancher.io/local-path")
RBAC = "rbac.authorization.k8s.io"


def storage_addon() -> Iterator[tuple[str, Manifest]]:
    """(resource, manifest) of each object."""
    yield "serviceaccounts", {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": ACCOUNT, "namespace": SYSTEM}}
    yield f"clusterroles.{RBAC}", {"apiVersion": f"{RBAC}/v1", "kind": "ClusterRole", "metadata": {"name": ACCOUNT}, "rules": _rules()}
    yield f"clusterrolebindings.{RBAC}", {
        "apiVersion": f"{RBAC}/v1", "kind": "ClusterRoleBinding", "metadata": {"name": ACCOUNT},
        "roleRef": {"apiGroup": RBAC, "kind": "ClusterRole", "name": ACCOUNT},
        "subjects": [{"kind": "ServiceAccount", "name": ACCOUNT, "namespace": SYSTEM}],
    }  # fmt: skip
    spec = {"attachRequired": True, "podInfoOnMount": True, "volumeLifecycleModes": ["Persistent", "Ephemeral"]}
    yield "csidrivers.storage.k8s.io", {"apiVersion": "storage.k8s.io/v1", "kind": "CSIDriver", "metadata": {"name": DRIVER}, "spec": spec}
    yield "storageclasses.storage.k8s.io", {
        "apiVersion": "storage.k8s.io/v1", "kind": "StorageClass",
        "metadata": {"name": "standard", "annotations": {"storageclass.kubernetes.io/is-default-class": "true"}},
        "provisioner": DRIVER, "reclaimPolicy": "Delete", "volumeBindingMode": "Immediate", "allowVolumeExpansion": True,
    }  # fmt: skip


def _rules() -> list[Manifest]:
    def rule(group: str, resources: list[str], verbs: list[str]) -> Manifest:
        return {"apiGroups": [group], "resources": resources, "verbs": verbs}

    read = ["get", "list", "watch"]
    return [
        rule("", ["persistentvolumes"], [*read, "create", "delete", "patch", "update"]),
        rule("", ["persistentvolumeclaims"], [*read, "update"]),
        rule("", ["persistentvolumeclaims/status"], ["patch", "update"]),
        rule("", ["nodes", "pods"], read),
        rule("", ["events"], ["list", "watch", "create", "update", "patch"]),
        rule("storage.k8s.io", ["storageclasses", "csinodes", "csidrivers"], read),
        rule("storage.k8s.io", ["volumeattachments"], [*read, "patch"]),
        rule("storage.k8s.io", ["volumeattachments/status"], ["patch", "update"]),
    ]
