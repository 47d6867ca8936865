"""Kinds in the groups that people think in, each with how many objects there are."""

from collections.abc import Callable, Iterable
from typing import Any

GROUPS = (
    ("Workloads", ("pods", "deployments.apps", "replicasets.apps", "statefulsets.apps", "daemonsets.apps", "jobs.batch", "cronjobs.batch",
                   "horizontalpodautoscalers.autoscaling", "replicationcontrollers")),
    ("Network", ("services", "endpointslices.discovery.k8s.io", "endpoints", "ingresses.networking.k8s.io", "networkpolicies.networking.k8s.io")),
    ("Configuration", ("configmaps", "secrets", "serviceaccounts", "resourcequotas", "limitranges")),
    ("Storage", ("persistentvolumeclaims", "persistentvolumes", "storageclasses.storage.k8s.io")),
    ("Cluster", ("nodes", "namespaces", "events", "leases.coordination.k8s.io", "priorityclasses.scheduling.k8s.io",
                 "customresourcedefinitions.apiextensions.k8s.io")),
    ("Access", ("roles.rbac.authorization.k8s.io", "rolebindings.rbac.authorization.k8s.io", "clusterroles.rbac.authorization.k8s.io",
                "clusterrolebindings.rbac.authorization.k8s.io", "certificatesigningrequests.certificates.k8s.io")),
)  # fmt: skip


def grouped(kinds: Iterable[Any], count: Callable[[Any], int]) -> list[dict[str, Any]]:
    """[{title, kinds: [{name, kind, count}]}]; what is in no known group stands under its API group at the end."""
    known = {kind.name: kind for kind in kinds}
    found = []
    for title, names in GROUPS:
        listed = [_entry(known.pop(name), count) for name in names if name in known]
        if listed:
            found.append({"title": title, "kinds": listed})
    rest = sorted(known.values(), key=lambda kind: (kind.group, kind.kind))
    return [*found, {"title": "Others", "kinds": [_entry(kind, count) for kind in rest]}] if rest else found


def _entry(kind: Any, count: Callable[[Any], int]) -> dict[str, Any]:
    return {"name": kind.name, "kind": kind.kind, "plural": kind.plural, "count": count(kind)}
