"""The flow schemas and priority levels of a new cluster: who waits behind whom when the server is busy.

Models k8s.io/apiserver/pkg/apis/flowcontrol/bootstrap/default.go.
"""

from typing import Any

from cluster_engine.machinery.manifest import Manifest

API = "flowcontrol.apiserver.k8s.io/v1"
AUTOUPDATE = {"apf.kubernetes.io/autoupdate-spec": "true"}
ANY_RESOURCE = {"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"], "clusterScope": True, "namespaces": ["*"]}
ANY_PATH = {"verbs": ["*"], "nonResourceURLs": ["*"]}
LEASES = {"apiGroups": ["coordination.k8s.io"], "resources": ["leases"], "namespaces": ["*"]}
NODES = {"verbs": ["*"], "apiGroups": [""], "resources": ["nodes", "nodes/status"], "clusterScope": True, "namespaces": ["*"]}
ELECTION = {"verbs": ["get", "create", "update"], **LEASES}
HEALTH = {"verbs": ["get"], "nonResourceURLs": ["/healthz", "/readyz", "/livez"]}


def group(name: str) -> Manifest:
    return {"kind": "Group", "group": {"name": name}}


def user(name: str) -> Manifest:
    return {"kind": "User", "user": {"name": name}}


SYSTEM_ACCOUNTS = {"kind": "ServiceAccount", "serviceAccount": {"namespace": "kube-system", "name": "*"}}
EVERYBODY = [group("system:unauthenticated"), group("system:authenticated")]
MANAGER, SCHEDULER = user("system:kube-controller-manager"), user("system:kube-scheduler")
ALL: tuple[list[Any], list[Any]] = ([ANY_RESOURCE], [ANY_PATH])

# name, precedence, level, what tells flows apart, subjects, (resource rules, other rules)
SCHEMAS: tuple[tuple[str, int, str, str, list[Manifest], tuple[list[Any], list[Any]]], ...] = (
    ("exempt", 1, "exempt", "", [group("system:masters")], ALL),
    ("probes", 2, "exempt", "", EVERYBODY, ([], [HEALTH])),
    ("system-leader-election", 100, "leader-election", "ByUser", [MANAGER, SCHEDULER, SYSTEM_ACCOUNTS], ([ELECTION], [])),
    ("system-node-high", 400, "node-high", "ByUser", [group("system:nodes")], ([NODES, {"verbs": ["*"], **LEASES}], [])),
    ("system-nodes", 500, "system", "ByUser", [group("system:nodes")], ALL),
    ("kube-controller-manager", 800, "workload-high", "ByNamespace", [MANAGER], ALL),
    ("kube-scheduler", 800, "workload-high", "ByNamespace", [SCHEDULER], ALL),
    ("kube-system-service-accounts", 900, "workload-high", "ByNamespace", [SYSTEM_ACCOUNTS], ALL),
    ("service-accounts", 9000, "workload-low", "ByUser", [group("system:serviceaccounts")], ALL),
    ("global-default", 9900, "global-default", "ByUser", EVERYBODY, ALL),
    ("catch-all", 10000, "catch-all", "ByUser", EVERYBODY, ALL),
)

# name, shares, lendable percent, (queues, hand size); None: more than it can serve is refused
LEVELS: tuple[tuple[str, int, int, tuple[int, int] | None], ...] = (
    ("catch-all", 5, 0, None),
    ("global-default", 20, 50, (128, 6)),
    ("leader-election", 10, 0, (16, 4)),
    ("node-high", 40, 25, (64, 6)),
    ("system", 30, 33, (64, 6)),
    ("workload-high", 40, 50, (128, 6)),
    ("workload-low", 100, 90, (128, 6)),
)


def flow_schemas() -> list[Manifest]:
    return [_schema(*row) for row in SCHEMAS]


def _schema(name: str, precedence: int, level: str, by: str, subjects: list[Manifest], rules: tuple[list[Any], list[Any]]) -> Manifest:
    resources, paths = rules
    rule: Manifest = {"subjects": subjects}
    if resources:
        rule["resourceRules"] = resources
    if paths:
        rule["nonResourceRules"] = paths
    spec: Manifest = {"priorityLevelConfiguration": {"name": level}, "matchingPrecedence": precedence, "rules": [rule]}
    if by:
        spec["distinguisherMethod"] = {"type": by}
    return {"apiVersion": API, "kind": "FlowSchema", "metadata": {"name": name, "annotations": dict(AUTOUPDATE)}, "spec": spec}


def dangling_status(schema: Manifest, now: str, *, found: bool) -> Manifest:
    """The condition that says whether the schema's level is there."""
    level = schema["spec"]["priorityLevelConfiguration"]["name"]
    fate = "and it exists" if found else "but there is no such object"
    message = f'This FlowSchema references the PriorityLevelConfiguration object named "{level}" {fate}'
    condition = {
        "type": "Dangling", "status": "False" if found else "True", "lastTransitionTime": now, "reason": "Found" if found else "NotFound",
        "message": message,
    }  # fmt: skip
    return {"apiVersion": API, "kind": "FlowSchema", "metadata": {"name": schema["metadata"]["name"]}, "status": {"conditions": [condition]}}


def priority_levels() -> list[Manifest]:
    exempt = {"type": "Exempt", "exempt": {"nominalConcurrencyShares": 0, "lendablePercent": 0}}
    return [_level("exempt", exempt), *(_level(name, _limited(shares, percent, queues)) for name, shares, percent, queues in LEVELS)]


def _limited(shares: int, percent: int, queues: tuple[int, int] | None) -> Manifest:
    response: Manifest = {"type": "Reject"}
    if queues is not None:
        response = {"type": "Queue", "queuing": {"queues": queues[0], "handSize": queues[1], "queueLengthLimit": 50}}
    return {"type": "Limited", "limited": {"nominalConcurrencyShares": shares, "limitResponse": response, "lendablePercent": percent}}


def _level(name: str, spec: Manifest) -> Manifest:
    return {"apiVersion": API, "kind": "PriorityLevelConfiguration", "metadata": {"name": name, "annotations": dict(AUTOUPDATE)}, "spec": spec}
