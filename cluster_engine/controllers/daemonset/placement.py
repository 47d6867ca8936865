"""Which nodes should run a pod of a daemon set: by name, selector, affinity and taints, as the scheduler will judge later.

Models pkg/controller/daemon/daemon_controller.go (NodeShouldRunDaemonPod) and util/daemonset_util.go.
"""

from typing import Any

from cluster_engine.reconcile.selection import fits_map, labels_of
from cluster_engine.reconcile.taints import NOT_READY, UNREACHABLE, UNSCHEDULABLE, taints_of, untolerated

Manifest = dict[str, Any]
BORNE = (
    (NOT_READY, "NoExecute"),
    (UNREACHABLE, "NoExecute"),
    ("node.kubernetes.io/disk-pressure", "NoSchedule"),
    ("node.kubernetes.io/memory-pressure", "NoSchedule"),
    ("node.kubernetes.io/pid-pressure", "NoSchedule"),
    (UNSCHEDULABLE, "NoSchedule"),
)


def tolerations_for(spec: Manifest) -> list[Manifest]:
    """The template's tolerations and those that every daemon pod has: it stays where others must leave."""
    given = list(spec.get("tolerations") or ())
    borne = BORNE + ((("node.kubernetes.io/network-unavailable", "NoSchedule"),) if spec.get("hostNetwork") else ())
    for key, effect in borne:
        entry = {"key": key, "operator": "Exists", "effect": effect}
        same = [t for t in given if t.get("key") == key and t.get("effect") == effect]
        if same:
            given[given.index(same[0])] = entry
        else:
            given.append(entry)
    return given


def should_run(spec: Manifest, node: Manifest) -> tuple[bool, bool]:
    """Whether the node should get a pod, and whether a pod that is there may stay."""
    if spec.get("nodeName") not in (None, "", node["metadata"]["name"]) or not _fits_affinity(spec, node):
        return False, False
    tolerations, taints = tolerations_for(spec), taints_of(node)
    if untolerated(taints, tolerations, ("NoSchedule", "NoExecute")) is not None:
        return False, untolerated(taints, tolerations, ("NoExecute",)) is None
    return True, True


def _fits_affinity(spec: Manifest, node: Manifest) -> bool:
    if not fits_map(spec.get("nodeSelector") or {}, labels_of(node)):
        return False
    required = ((spec.get("affinity") or {}).get("nodeAffinity") or {}).get("requiredDuringSchedulingIgnoredDuringExecution")
    return required is None or any(_fits_term(term, node) for term in required.get("nodeSelectorTerms") or ())


def _fits_term(term: Manifest, node: Manifest) -> bool:
    expressions, fields = term.get("matchExpressions") or (), term.get("matchFields") or ()
    if not expressions and not fields:
        return False
    names = {"metadata.name": node["metadata"]["name"]}
    return all(_holds(e, labels_of(node)) for e in expressions) and all(_holds(f, names) for f in fields)


def _holds(requirement: Manifest, labels: Any) -> bool:
    value, wanted = labels.get(requirement["key"]), list(requirement.get("values") or ())
    match requirement["operator"]:
        case "In":
            return value in wanted
        case "NotIn":
            return value not in wanted
        case "Exists":
            return value is not None
        case "DoesNotExist":
            return value is None
    try:
        number, bound = int(value), int(wanted[0])
    except (TypeError, ValueError, IndexError):
        return False
    return number > bound if requirement["operator"] == "Gt" else number < bound


def placed_on(spec: Manifest, node: str) -> Manifest:
    """The pod spec for one node: the scheduler binds it, but can choose that node only."""
    here = {"nodeSelectorTerms": [{"matchFields": [{"key": "metadata.name", "operator": "In", "values": [node]}]}]}
    affinity = spec.get("affinity") or {}
    node_affinity = (affinity.get("nodeAffinity") or {}) | {"requiredDuringSchedulingIgnoredDuringExecution": here}
    return spec | {"affinity": affinity | {"nodeAffinity": node_affinity}, "tolerations": tolerations_for(spec)}
