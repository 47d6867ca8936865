"""The flow schemas and priority levels that a cluster cannot do without, and those that it is born with.

Models staging/src/k8s.io/apiserver/pkg/apis/flowcontrol/bootstrap/default.go.
"""

from typing import Any

from cluster_engine.resources.kind import Manifest

ALL_RESOURCES = {"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"], "clusterScope": True, "namespaces": ["*"]}
ALL_PATHS = {"verbs": ["*"], "nonResourceURLs": ["*"]}


def _group(name: str) -> Manifest:
    return {"kind": "Group", "group": {"name": name}}


def _user(name: str) -> Manifest:
    return {"kind": "User", "user": {"name": name}}


def _accounts(namespace: str) -> Manifest:
    return {"kind": "ServiceAccount", "serviceAccount": {"namespace": namespace, "name": "*"}}


EVERYBODY = [_group("system:unauthenticated"), _group("system:authenticated")]
MANAGER, SCHEDULER = _user("system:kube-controller-manager"), _user("system:kube-scheduler")


def _schema(level: str, precedence: int, by: str, subjects: list[Manifest], resources: list[Manifest], paths: list[Manifest] | None = None) -> Manifest:
    rule: dict[str, Any] = {"subjects": subjects}
    if resources:
        rule["resourceRules"] = resources
    if paths:
        rule["nonResourceRules"] = paths
    spec: Manifest = {"priorityLevelConfiguration": {"name": level}, "matchingPrecedence": precedence, "rules": [rule]}
    return spec | ({"distinguisherMethod": {"type": by}} if by else {})


def _all(level: str, precedence: int, by: str, *subjects: Manifest) -> Manifest:
    return _schema(level, precedence, by, list(subjects), [ALL_RESOURCES], [ALL_PATHS])


def _some(groups: str, resources: list[str], verbs: list[str], cluster: bool = False) -> Manifest:
    return {"verbs": verbs, "apiGroups": [groups], "resources": resources, "namespaces": ["*"]} | ({"clusterScope": True} if cluster else {})


LEASES = "coordination.k8s.io"
MANDATORY_SCHEMAS: dict[str, Manifest] = {
    "exempt": _all("exempt", 1, "", _group("system:masters")),
    "catch-all": _all("catch-all", 10_000, "ByUser", *EVERYBODY),
}
SCHEMAS: dict[str, Manifest] = {
    **MANDATORY_SCHEMAS,
    "system-nodes": _all("system", 500, "ByUser", _group("system:nodes")),
    "system-node-high": _schema(
        "node-high", 400, "ByUser", [_group("system:nodes")],
        [_some("", ["nodes", "nodes/status"], ["*"], cluster=True), _some(LEASES, ["leases"], ["*"])],
    ),
    "system-leader-election": _schema(
        "leader-election", 100, "ByUser", [MANAGER, SCHEDULER, _accounts("kube-system")], [_some(LEASES, ["leases"], ["get", "create", "update"])],
    ),
    "kube-controller-manager": _all("workload-high", 800, "ByNamespace", MANAGER),
    "kube-scheduler": _all("workload-high", 800, "ByNamespace", SCHEDULER),
    "kube-system-service-accounts": _all("workload-high", 900, "ByNamespace", _accounts("kube-system")),
    "service-accounts": _all("workload-low", 9_000, "ByUser", _group("system:serviceaccounts")),
    "global-default": _all("global-default", 9_900, "ByUser", *EVERYBODY),
    "probes": _schema("exempt", 2, "", EVERYBODY, [], [{"verbs": ["get"], "nonResourceURLs": ["/healthz", "/readyz", "/livez"]}]),
}  # fmt: skip


def _limited(shares: int, lendable: int, queues: int = 0, hand: int = 0) -> Manifest:
    response: Manifest = {"type": "Reject"}
    if queues:
        response = {"type": "Queue", "queuing": {"queues": queues, "handSize": hand, "queueLengthLimit": 50}}
    return {"type": "Limited", "limited": {"nominalConcurrencyShares": shares, "lendablePercent": lendable, "limitResponse": response}}


MANDATORY_LEVELS: dict[str, Manifest] = {
    "exempt": {"type": "Exempt", "exempt": {"nominalConcurrencyShares": 0, "lendablePercent": 0}},
    "catch-all": _limited(5, 0),
}
LEVELS: dict[str, Manifest] = {
    **MANDATORY_LEVELS,
    "system": _limited(30, 33, 64, 6),
    "node-high": _limited(40, 25, 64, 6),
    "leader-election": _limited(10, 0, 16, 4),
    "workload-high": _limited(40, 50, 128, 6),
    "workload-low": _limited(100, 90, 128, 6),
    "global-default": _limited(20, 50, 128, 6),
}
