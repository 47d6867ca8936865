"""Subresources: binding, eviction, scale, and the addresses of services."""

from typing import Any

import pytest

from cluster_engine.apiserver.housekeeping import Housekeeping
from cluster_engine.machinery.status import ApiError
from tests.apiserver.serving import Serving

PODS = "/api/v1/namespaces/default/pods"
SERVICES = "/api/v1/namespaces/default/services"


@pytest.fixture
def serving() -> Serving:
    return Serving()


def pod(name: str, **spec: Any) -> dict[str, Any]:
    body = {"containers": [{"name": "c", "image": "i"}], **spec}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "namespace": "default", "labels": {"x": "y"}}, "spec": body}


def test_a_pod_is_bound_once(serving: Serving) -> None:
    serving.client.create("pods", pod("p"), why="test")
    binding = {"apiVersion": "v1", "kind": "Binding", "metadata": {"name": "p", "namespace": "default"}, "target": {"kind": "Node", "name": "n"}}
    serving.client.create("pods", binding, subresource="binding", why="test")
    assert serving.client.get("pods", "default", "p")["spec"]["nodeName"] == "n"
    with pytest.raises(ApiError) as refused:
        serving.client.create("pods", binding, subresource="binding", why="test")
    assert refused.value.code == 409


def test_status_changes_status_only(serving: Serving) -> None:
    made = serving.client.create("pods", pod("p"), why="test")
    changed = {**made, "spec": {**made["spec"], "nodeName": "elsewhere"}, "status": {**made["status"], "phase": "Running"}}
    told = serving.client.update("pods", changed, subresource="status", why="test")
    assert told["status"]["phase"] == "Running" and "nodeName" not in told["spec"]
    assert told["metadata"]["generation"] == made["metadata"]["generation"]


def test_an_eviction_asks_the_budget(serving: Serving) -> None:
    serving.client.create("pods", pod("p", nodeName="n"), why="test")
    running = {**serving.client.get("pods", "default", "p")}
    running["status"] = {**running["status"], "phase": "Running", "conditions": [{"type": "Ready", "status": "True"}]}
    serving.client.update("pods", running, subresource="status", why="test")
    budget = {"apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": {"name": "b", "namespace": "default"}}
    made = serving.client.create("poddisruptionbudgets.policy", {**budget, "spec": {"minAvailable": 1, "selector": {"matchLabels": {"x": "y"}}}}, why="test")
    status = {"observedGeneration": 1, "currentHealthy": 1, "desiredHealthy": 1, "disruptionsAllowed": 0, "expectedPods": 1}
    made = serving.client.update("poddisruptionbudgets.policy", {**made, "status": status}, subresource="status", why="test")
    eviction = {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": "p"}}
    assert serving.ask("POST", f"{PODS}/p/eviction", eviction)[0] == 429
    serving.client.update("poddisruptionbudgets.policy", {**made, "status": {**status, "disruptionsAllowed": 1}}, subresource="status", why="test")
    assert serving.ask("POST", f"{PODS}/p/eviction", eviction)[0] == 201
    assert serving.client.get("poddisruptionbudgets.policy", "default", "b")["status"]["disruptionsAllowed"] == 0
    assert serving.client.get("pods", "default", "p")["metadata"]["deletionTimestamp"]


def test_scale_changes_replicas_and_generation(serving: Serving) -> None:
    template = {"metadata": {"labels": {"x": "y"}}, "spec": {"containers": [{"name": "c", "image": "i"}]}}
    deployment = {
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "d", "namespace": "default"},
        "spec": {"replicas": 1, "selector": {"matchLabels": {"x": "y"}}, "template": template},
    }  # fmt: skip
    serving.client.create("deployments.apps", deployment, why="test")
    path = "/apis/apps/v1/namespaces/default/deployments/d/scale"
    _, scale = serving.ask("GET", path)
    assert (scale["spec"], scale["status"]) == ({"replicas": 1}, {"replicas": 0, "selector": "x=y"})
    assert serving.ask("PUT", path, {**scale, "spec": {"replicas": 3}})[0] == 200
    now = serving.client.get("deployments.apps", "default", "d")
    assert (now["spec"]["replicas"], now["metadata"]["generation"]) == (3, 2)


def service(name: str, **spec: Any) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "Service", "metadata": {"name": name}, "spec": {"ports": [{"port": 80}], **spec}}


def test_services_get_addresses_of_their_own_and_give_them_back(serving: Serving) -> None:
    addresses = {serving.ask("POST", SERVICES, service(f"s{n}"))[1]["spec"]["clusterIP"] for n in range(20)}
    assert len(addresses) == 20
    _, first = serving.ask("GET", f"{SERVICES}/s0")
    address = first["spec"]["clusterIP"]
    assert serving.ask("POST", SERVICES, service("again", clusterIP=address))[0] == 422
    serving.ask("DELETE", f"{SERVICES}/s0")
    assert serving.ask("POST", SERVICES, service("again", clusterIP=address))[0] == 201


def test_a_node_port_is_allocated_kept_and_released(serving: Serving) -> None:
    _, made = serving.ask("POST", SERVICES, service("s", type="NodePort"))
    port = made["spec"]["ports"][0]["nodePort"]
    assert 30000 <= port <= 32767
    made["spec"]["ports"][0].pop("nodePort")
    assert serving.ask("PUT", f"{SERVICES}/s", made)[1]["spec"]["ports"][0]["nodePort"] == port
    _, plain = serving.ask("PATCH", f"{SERVICES}/s", {"spec": {"type": "ClusterIP"}}, content_type="application/merge-patch+json")
    assert "nodePort" not in plain["spec"]["ports"][0]


def test_events_go_after_an_hour(serving: Serving) -> None:
    event = {
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": {"name": "e", "namespace": "default"},
        "involvedObject": {"kind": "Pod", "name": "p", "namespace": "default"},
    }
    serving.client.create("events", {**event, "reason": "R", "message": "m", "type": "Normal"}, why="test")
    keeping = Housekeeping(serving.api)
    serving.clock.advance(3500)
    assert not keeping.step(serving.clock.now())
    serving.clock.advance(200)
    assert keeping.step(serving.clock.now())
    with pytest.raises(ApiError):
        serving.client.get("events", "default", "e")
