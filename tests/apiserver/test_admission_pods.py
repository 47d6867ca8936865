"""What admission gives a pod, and what it refuses."""

import pytest

from cluster_engine.apiserver.admission_chain import default_plugins, mutate, validate
from cluster_engine.apiserver.attributes import AdmissionRequest, User
from cluster_engine.kernel.chance import Chance
from cluster_engine.machinery.status import ApiError
from cluster_engine.resources.kind import Kind

KINDS = {
    "pods": Kind("", "Pod", "pods"),
    "nodes": Kind("", "Node", "nodes", namespaced=False),
    "namespaces": Kind("", "Namespace", "namespaces", namespaced=False),
    "persistentvolumeclaims": Kind("", "PersistentVolumeClaim", "persistentvolumeclaims"),
}


class Objects:
    """Stored objects by resource, namespace and name."""

    def __init__(self, found):
        self.found = found

    def get(self, resource, namespace, name):
        return self.found.get((resource, namespace, name))

    def all(self, resource, namespace=""):
        return [o for (r, n, _), o in self.found.items() if r == resource and namespace in ("", n)]


def objects(*more):
    found = {
        ("namespaces", "", "shop"): {"metadata": {"name": "shop"}, "status": {"phase": "Active"}},
        ("serviceaccounts", "shop", "default"): {"metadata": {"name": "default", "namespace": "shop", "uid": "u"}},
    }
    return Objects({**found, **dict(more)})


def request(manifest, resource="pods", operation="CREATE", **more):
    meta = manifest["metadata"]
    return AdmissionRequest(
        operation, KINDS[resource], "shop" if KINDS[resource].namespaced else "", meta.get("name", ""), more.pop("subresource", ""),
        User("jane"), {}, False, 0.0, None, object=manifest, **more,
    )  # fmt: skip


def pod(**spec):
    return {"metadata": {"name": "p"}, "spec": {"containers": [{"name": "c", "image": "i"}], **spec}}


def admitted(manifest, *more, **options):
    asked = request(manifest, **options)
    plugins = default_plugins(objects(*more), Chance(1))
    mutate(plugins, asked)
    validate(plugins, asked)
    return asked.object


def refusal(manifest, *more, **options):
    with pytest.raises(ApiError) as caught:
        admitted(manifest, *more, **options)
    return caught.value.message


def test_pod_gets_account_token_volume_priority_and_tolerations():
    spec = admitted(pod())["spec"]
    assert (spec["serviceAccountName"], spec["serviceAccount"], spec["priority"], spec["preemptionPolicy"]) == ("default", "default", 0, "PreemptLowerPriority")
    assert spec["volumes"][0]["name"].startswith("kube-api-access-")
    assert spec["containers"][0]["volumeMounts"] == [
        {"name": spec["volumes"][0]["name"], "readOnly": True, "mountPath": "/var/run/secrets/kubernetes.io/serviceaccount"}
    ]
    assert [t["key"] for t in spec["tolerations"]] == ["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"]


def test_given_manifest_is_left_alone():
    given = pod()
    admitted(given)
    assert given == pod()


def test_pod_without_wish_for_a_token_gets_no_volume():
    assert "volumes" not in admitted(pod(automountServiceAccountToken=False))["spec"]


def test_pull_secrets_come_from_the_account():
    account = {"metadata": {"name": "default", "namespace": "shop", "uid": "u"}, "imagePullSecrets": [{"name": "hub"}]}
    assert admitted(pod(), (("serviceaccounts", "shop", "default"), account))["spec"]["imagePullSecrets"] == [{"name": "hub"}]


def test_missing_account_is_told_as_upstream_tells_it():
    expected = 'pods "p" is forbidden: error looking up service account shop/none: serviceaccount "none" not found'
    assert refusal(pod(serviceAccountName="none")) == expected


def test_own_toleration_of_the_eviction_taint_is_kept():
    own = {"key": "node.kubernetes.io/not-ready", "operator": "Exists", "effect": "NoExecute"}
    tolerations = admitted(pod(tolerations=[own]))["spec"]["tolerations"]
    assert tolerations[0] == own
    assert len(tolerations) == 2


HIGH = (("priorityclasses.scheduling.k8s.io", "", "high"), {"metadata": {"name": "high"}, "value": 1000, "preemptionPolicy": "Never"})


def test_priority_comes_from_the_class():
    spec = admitted(pod(priorityClassName="high"), HIGH)["spec"]
    assert (spec["priority"], spec["preemptionPolicy"]) == (1000, "Never")


def test_own_priority_must_agree_with_the_class():
    expected = (
        'pods "p" is forbidden: the integer value of priority (7) must not be provided in pod spec; '
        "priority admission controller computed 1000 from the given PriorityClass name"
    )
    assert refusal(pod(priorityClassName="high", priority=7), HIGH) == expected
    assert refusal(pod(priorityClassName="none")) == 'pods "p" is forbidden: no PriorityClass with name none was found'


def test_terminating_namespace_takes_nothing_new():
    terminating = (("namespaces", "", "shop"), {"metadata": {"name": "shop"}, "status": {"phase": "Terminating"}})
    expected = 'pods "p" is forbidden: unable to create new content in namespace shop because it is being terminated'
    assert refusal(pod(), terminating) == expected


def test_default_namespace_may_not_be_deleted():
    with pytest.raises(ApiError, match="this namespace may not be deleted"):
        mutate(default_plugins(objects(), Chance(1)), request({"metadata": {"name": "default"}}, "namespaces", "DELETE"))


def test_new_node_is_tainted_not_ready():
    node = admitted({"metadata": {"name": "n"}, "spec": {}}, resource="nodes")
    assert node["spec"]["taints"] == [{"key": "node.kubernetes.io/not-ready", "effect": "NoSchedule"}]


def storage_class(name, made, default="true"):
    meta = {"name": name, "creationTimestamp": made, "annotations": {"storageclass.kubernetes.io/is-default-class": default}}
    return (("storageclasses.storage.k8s.io", "", name), {"metadata": meta})


def test_claim_gets_newest_default_class_and_its_finalizer():
    classes = storage_class("old", "2026-01-01T00:00:00Z"), storage_class("new", "2026-01-02T00:00:00Z"), storage_class("no", "2026-01-03T00:00:00Z", "false")
    claim = admitted({"metadata": {"name": "c"}, "spec": {}}, *classes, resource="persistentvolumeclaims")
    assert claim["spec"]["storageClassName"] == "new"
    assert claim["metadata"]["finalizers"] == ["kubernetes.io/pvc-protection"]


def test_binding_takes_zone_and_region_of_its_node():
    node = (("nodes", "", "n1"), {"metadata": {"name": "n1", "labels": {"topology.kubernetes.io/zone": "z1", "other": "x"}}})
    binding = {"metadata": {"name": "p"}, "target": {"kind": "Node", "name": "n1"}}
    assert admitted(binding, node, subresource="binding")["metadata"]["labels"] == {"topology.kubernetes.io/zone": "z1"}
