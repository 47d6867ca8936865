"""Budgets, quotas, autoscaling, and the small loops that keep order."""

import base64
from typing import Any

import pytest

from cluster_engine.controllers import all_controllers
from cluster_engine.controllers.attributes_class_protection import CONTROLLER as ATTRIBUTES
from cluster_engine.controllers.certificates import controllers as certificate_loops
from cluster_engine.controllers.cloud_service import controllers as cloud_loops
from cluster_engine.controllers.clusterrole_aggregation import CONTROLLER as AGGREGATION
from cluster_engine.controllers.disruption import CONTROLLER as DISRUPTION
from cluster_engine.controllers.horizontalpodautoscaler import controllers as autoscalers
from cluster_engine.controllers.horizontalpodautoscaler.limits import Past, limit
from cluster_engine.controllers.legacy_token_cleaner import CONTROLLER as OLD_TOKENS
from cluster_engine.controllers.resource_claim import CONTROLLERS as DEVICE_CLAIMS
from cluster_engine.controllers.resource_quota import CONTROLLER as QUOTA
from cluster_engine.controllers.root_ca import controllers as root_ca
from cluster_engine.controllers.service_cidr import CONTROLLER as RANGES
from cluster_engine.controllers.serviceaccount import CONTROLLER as ACCOUNTS
from cluster_engine.controllers.tokens import controllers as token_loops
from cluster_engine.reconcile.actions import Create, Delete, Event, Patch, Update, UpdateStatus, WakeAt
from cluster_engine.reconcile.settings import Settings
from tests.controllers.view import NOW, THEN, decide, named, of_type, pod, template

BUDGETS, DEPLOYMENTS = "poddisruptionbudgets.policy", "deployments.apps"


def owned_pods(count: int, ready: int) -> dict[str, list[dict[str, Any]]]:
    web = {"apiVersion": "apps/v1", "kind": "ReplicaSet", "metadata": named("web"), "spec": {"replicas": count, "template": template()}}
    return {"replicasets.apps": [web], "pods": [pod(f"p{n}", web, ready=n < ready) for n in range(count)]}


def budget(**spec: Any) -> dict[str, Any]:
    full = {"selector": {"matchLabels": {"app": "web"}}} | spec
    return {"apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": named("budget"), "spec": full, "status": {}}


@pytest.mark.parametrize(
    ("spec", "ready", "allowed", "desired"),
    [
        ({"minAvailable": 2}, 4, 2, 2), ({"minAvailable": "50%"}, 3, 1, 2), ({"maxUnavailable": 1}, 4, 1, 3),
        ({"maxUnavailable": "34%"}, 4, 2, 2), ({"maxUnavailable": 0}, 4, 0, 4),
    ],
)  # fmt: skip
def test_a_budget_says_how_many_pods_may_be_disturbed(spec: dict[str, Any], ready: int, allowed: int, desired: int) -> None:
    status = of_type(decide(DISRUPTION, budget(**spec), owned_pods(4, ready)), UpdateStatus)[0].manifest["status"]
    assert (status["disruptionsAllowed"], status["desiredHealthy"], status["currentHealthy"]) == (allowed, desired, ready)


def test_an_eviction_under_way_is_remembered_for_two_minutes() -> None:
    one = budget(minAvailable=1)
    one["status"] = {"disruptedPods": {"p0": THEN}}
    assert of_type(decide(DISRUPTION, one, owned_pods(2, 2)), UpdateStatus)[0].manifest["status"]["currentHealthy"] == 1
    later = of_type(decide(DISRUPTION, one, owned_pods(2, 2), NOW + 120), UpdateStatus)[0].manifest["status"]
    assert "disruptedPods" not in later


def test_a_quota_counts_what_is_there() -> None:
    quota = {"apiVersion": "v1", "kind": "ResourceQuota", "metadata": named("q"), "spec": {"hard": {"pods": "5", "requests.cpu": "2", "configmaps": "3"}}}
    busy = pod("a")
    busy["spec"]["containers"][0]["resources"] = {"requests": {"cpu": "500m"}}
    maps = [{"apiVersion": "v1", "kind": "ConfigMap", "metadata": named("c")}]
    around = {"pods": [busy, pod("done", phase="Succeeded")], "configmaps": maps}
    assert of_type(decide(QUOTA, quota, around), UpdateStatus)[0].manifest["status"]["used"] == {"pods": "1", "requests.cpu": "500m", "configmaps": "1"}


# -- autoscaling


def autoscaler(low: int = 1, high: int = 10, target: int = 50, **spec: Any) -> dict[str, Any]:
    metric = {"type": "Resource", "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": target}}}
    full = {
        "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"},
        "minReplicas": low,
        "maxReplicas": high,
        "metrics": [metric],
    } | spec
    return {"apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler", "metadata": named("web"), "spec": full, "status": {}}


def scaled_world(replicas: int, used: str) -> tuple[Any, dict[str, Any]]:
    """A deployment whose pods ask for 100m and use `used` each."""
    deployment = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": named("web")}
    deployment["spec"] = {"replicas": replicas, "selector": {"matchLabels": {"app": "web"}}}
    pods = [pod(f"p{n}") for n in range(replicas)]
    for one in pods:
        one["status"]["startTime"] = "2025-12-31T00:00:00Z"
        one["spec"]["containers"][0]["resources"] = {"requests": {"cpu": "100m"}}
    metrics = [{"metadata": {"name": p["metadata"]["name"]}, "containers": [{"name": "c", "usage": {"cpu": used}}]} for p in pods]
    loop = autoscalers(Settings(pod_metrics=lambda namespace, selector: metrics))[0]
    return loop, {DEPLOYMENTS: [deployment], "pods": pods}


def wanted(actions: list[Any]) -> list[int]:
    return [u.manifest["spec"]["replicas"] for u in of_type(actions, Update)]


@pytest.mark.parametrize(("used", "size"), [("100m", [4]), ("52m", []), ("200m", [4]), ("75m", [3])])
def test_more_pods_come_as_usage_rises(used: str, size: list[int]) -> None:
    loop, around = scaled_world(2, used)
    assert wanted(decide(loop, autoscaler(), around)) == size


def test_a_fall_is_followed_only_after_the_window() -> None:
    past = Past()
    assert limit(autoscaler(), 4, 4, past, NOW).replicas == 4
    assert limit(autoscaler(), 4, 1, past, NOW + 100).able[0] == "ScaleDownStabilized"
    assert limit(autoscaler(), 4, 1, past, NOW + 400).replicas == 1


def test_bounds_are_enforced_without_metrics() -> None:
    loop, around = scaled_world(1, "1m")
    actions = decide(loop, autoscaler(low=3), around)
    assert wanted(actions) == [3]
    assert of_type(actions, Event)[-1].message == "New size: 3; reason: Current number of replicas below Spec.MinReplicas"


def test_a_policy_limits_how_fast_pods_come() -> None:
    loop, around = scaled_world(2, "500m")
    slow = autoscaler(behavior={"scaleUp": {"policies": [{"type": "Pods", "value": 1, "periodSeconds": 60}]}})
    assert wanted(decide(loop, slow, around)) == [3]


def test_without_metrics_the_size_stays_and_the_reason_is_told() -> None:
    _, around = scaled_world(2, "1m")
    actions = decide(autoscalers(Settings())[0], autoscaler(), around)
    assert wanted(actions) == []
    assert [e.reason for e in of_type(actions, Event)] == ["FailedGetResourceMetric", "FailedComputeMetricsReplicas"]


def test_a_missing_target_is_told() -> None:
    loop, _ = scaled_world(1, "1m")
    actions = decide(loop, autoscaler())
    assert of_type(actions, Event)[0].message == 'deployments.apps "web" not found'
    assert of_type(actions, UpdateStatus)[0].manifest["status"]["conditions"][0]["reason"] == "FailedGetScale"


# -- small loops


def test_every_namespace_has_a_default_account_and_the_root_certificate() -> None:
    namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": named("shop", namespace=""), "status": {"phase": "Active"}}
    assert of_type(decide(ACCOUNTS, namespace), Create)[0].manifest["metadata"]["name"] == "default"
    publisher = root_ca(Settings(root_ca="PEM"))[0]
    assert of_type(decide(publisher, namespace), Create)[0].manifest["data"] == {"ca.crt": "PEM"}
    changed = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": named("kube-root-ca.crt", namespace="shop"), "data": {"ca.crt": "other"}}
    assert of_type(decide(publisher, namespace, {"configmaps": [changed]}), Update)[0].manifest["data"] == {"ca.crt": "PEM"}


def token_secret(**notes: str) -> dict[str, Any]:
    meta = named("tok", annotations={"kubernetes.io/service-account.name": "default"} | notes)
    return {"apiVersion": "v1", "kind": "Secret", "type": "kubernetes.io/service-account-token", "metadata": meta}


def test_a_token_secret_is_filled_and_goes_with_its_account() -> None:
    loop = token_loops(Settings(token=lambda secret, account: "signed"))[0]
    account = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": named("default")}
    filled = of_type(decide(loop, token_secret(), {"serviceaccounts": [account]}), Update)[0].manifest
    assert base64.b64decode(filled["data"]["token"]) == b"signed"
    assert filled["metadata"]["annotations"]["kubernetes.io/service-account.uid"] == "uid-default"
    assert len(of_type(decide(loop, token_secret()), Delete)) == 1


def test_an_expired_bootstrap_token_is_deleted() -> None:
    cleaner = token_loops(Settings())[1]
    expiration = base64.b64encode(b"2026-01-01T00:01:00Z").decode()
    secret = {"apiVersion": "v1", "kind": "Secret", "type": "bootstrap.kubernetes.io/token", "metadata": named("b"), "data": {"expiration": expiration}}
    assert of_type(decide(cleaner, secret), WakeAt)[0].moment == NOW + 60
    assert len(of_type(decide(cleaner, secret, now=NOW + 60), Delete)) == 1


def test_an_aggregated_role_is_the_sum_of_its_parts() -> None:
    rule = {"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}
    part = {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "ClusterRole",
        "metadata": named("part", namespace="", labels={"to": "view"}),
        "rules": [rule],
    }
    whole = {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "metadata": named("whole", namespace="")}
    whole["aggregationRule"] = {"clusterRoleSelectors": [{"matchLabels": {"to": "view"}}]}
    actions = decide(AGGREGATION, whole, {"clusterroles.rbac.authorization.k8s.io": [whole, part]})
    assert of_type(actions, Update)[0].manifest["rules"] == [rule]


def request(**spec: Any) -> dict[str, Any]:
    full = {"signerName": "kubernetes.io/kube-apiserver-client-kubelet", "username": "system:node:n1", "groups": ["system:nodes"]} | spec
    return {"apiVersion": "certificates.k8s.io/v1", "kind": "CertificateSigningRequest", "metadata": named("csr", namespace=""), "spec": full}


def test_a_node_gets_the_certificate_it_asks_for_itself() -> None:
    sign, approve, clean = certificate_loops(Settings(sign=lambda request, now: "CERT"))
    approved = of_type(decide(approve, request()), Update)[0]
    assert (approved.subresource, approved.manifest["status"]["conditions"][0]["reason"]) == ("approval", "AutoApproved")
    signed = of_type(decide(sign, approved.manifest), UpdateStatus)[0].manifest
    assert base64.b64decode(signed["status"]["certificate"]) == b"CERT"
    assert len(of_type(decide(clean, approved.manifest, now=NOW + 3600), Delete)) == 1
    assert decide(approve, request(username="mallory", groups=[])) == []


def test_a_balancer_gets_an_address_and_is_taken_down() -> None:
    loop = cloud_loops(Settings(load_balancer_cidr="203.0.113.0/24"))[0]
    service = {"apiVersion": "v1", "kind": "Service", "metadata": named("web"), "spec": {"type": "LoadBalancer"}, "status": {"loadBalancer": {}}}
    patches = of_type(decide(loop, service), Patch)
    assert patches[1].patch["status"]["loadBalancer"]["ingress"] == [{"ip": "203.0.113.1", "ipMode": "VIP"}]
    gone = service | {"metadata": named("web", deletionTimestamp=THEN, finalizers=["service.kubernetes.io/load-balancer-cleanup"])}
    assert of_type(decide(loop, gone), Patch)[0].patch["metadata"]["finalizers"] is None


def test_every_loop_has_a_name_of_its_own() -> None:
    names = [c.name for c in all_controllers(Settings(load_balancer_cidr="203.0.113.0/24", storage_provisioners=("x",), configure_cloud_routes=True))]
    assert len(names) == len(set(names)) > 40


# -- ranges, claims of devices, old tokens


def test_a_service_range_is_ready_and_stays_while_its_addresses_are_used() -> None:
    span = {"apiVersion": "networking.k8s.io/v1", "kind": "ServiceCIDR", "metadata": named("more", namespace=""), "spec": {"cidrs": ["10.97.0.0/24"]}}
    first = of_type(decide(RANGES, span), Patch)
    assert first[0].patch["metadata"]["finalizers"] == ["networking.k8s.io/service-cidr-finalizer"]
    assert first[1].patch["status"]["conditions"][0]["status"] == "True"
    going = span | {"metadata": named("more", namespace="", deletionTimestamp=THEN, finalizers=["networking.k8s.io/service-cidr-finalizer"])}
    held = {"apiVersion": "networking.k8s.io/v1", "kind": "IPAddress", "metadata": named("10.97.0.9", namespace=""), "spec": {}}
    kept = of_type(decide(RANGES, going, {"ipaddresses.networking.k8s.io": [held]}), Patch)
    assert kept[0].patch["status"]["conditions"][0]["reason"] == "Terminating"
    assert of_type(decide(RANGES, going), Patch)[0].patch["metadata"]["finalizers"] is None


def test_a_pod_gets_the_device_claims_of_its_templates() -> None:
    asking = pod("a")
    asking["spec"]["resourceClaims"] = [{"name": "gpu", "resourceClaimTemplateName": "one-gpu"}]
    form = {"apiVersion": "resource.k8s.io/v1", "kind": "ResourceClaimTemplate", "metadata": named("one-gpu"), "spec": {"spec": {"devices": {}}}}
    make, free = DEVICE_CLAIMS
    claim = of_type(decide(make, asking, {"resourceclaimtemplates.resource.k8s.io": [form]}), Create)[0].manifest
    assert claim["metadata"]["generateName"] == "a-gpu-"
    standing = claim | {"metadata": claim["metadata"] | {"name": "a-gpu-x", "uid": "u", "resourceVersion": "1"}}
    claims = {"resourceclaimtemplates.resource.k8s.io": [form], "resourceclaims.resource.k8s.io": [standing]}
    assert of_type(decide(make, asking, claims), Patch)[0].patch["status"]["resourceClaimStatuses"] == [{"name": "gpu", "resourceClaimName": "a-gpu-x"}]
    used = standing | {"status": {"reservedFor": [{"resource": "pods", "name": "gone", "uid": "x"}], "allocation": {}}}
    assert of_type(decide(free, used), UpdateStatus)[0].manifest["status"] == {}


def test_a_token_that_nobody_used_for_a_year_is_marked_and_then_deleted() -> None:
    old = token_secret()
    old["metadata"] |= {"labels": {"kubernetes.io/legacy-token-last-used": "2024-06-01"}}
    account: dict[str, Any] = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": named("default"), "secrets": [{"name": "tok"}]}
    tracking: dict[str, Any] = {"apiVersion": "v1", "kind": "ConfigMap", "data": {"since": "2024-01-01"}}
    tracking["metadata"] = named("kube-apiserver-legacy-service-account-token-tracking", namespace="kube-system")
    around = {"serviceaccounts": [account], "configmaps": [tracking]}
    assert of_type(decide(OLD_TOKENS, old, around), Patch)[0].patch["metadata"]["labels"] == {"kubernetes.io/legacy-token-invalid-since": "2026-01-01"}
    old["metadata"]["labels"]["kubernetes.io/legacy-token-invalid-since"] = "2025-01-01"
    assert len(of_type(decide(OLD_TOKENS, old, around), Delete)) == 1


def test_an_attributes_class_stays_while_a_claim_has_it() -> None:
    held: dict[str, Any] = {"apiVersion": "storage.k8s.io/v1", "kind": "VolumeAttributesClass"}
    held["metadata"] = named("gold", namespace="", deletionTimestamp=THEN, finalizers=["kubernetes.io/vac-protection"])
    claim = {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": named("c"), "spec": {"volumeAttributesClassName": "gold"}}
    assert decide(ATTRIBUTES, held, {"persistentvolumeclaims": [claim]}) == []
    assert "finalizers" not in of_type(decide(ATTRIBUTES, held), Update)[0].manifest["metadata"]
