"""EndpointSlice and Endpoints decisions."""

from typing import Any

from cluster_engine.controllers.endpoints import CONTROLLER as ENDPOINTS
from cluster_engine.controllers.endpointslice import CONTROLLER as SLICES
from cluster_engine.controllers.endpointslice_mirroring import CONTROLLER as MIRRORING
from cluster_engine.reconcile.actions import Create, Delete, Update
from tests.controllers.view import decide, named, of_type, pod, reference

RESOURCE = "endpointslices.discovery.k8s.io"
NODE = {"apiVersion": "v1", "kind": "Node", "metadata": named("n1", namespace="", labels={"topology.kubernetes.io/zone": "z1"}), "spec": {}}


def service(**spec: Any) -> dict[str, Any]:
    full = {"selector": {"app": "web"}, "clusterIP": "10.96.0.7", "ipFamilies": ["IPv4"], "ports": [{"port": 80, "targetPort": 8080, "protocol": "TCP"}]} | spec
    return {"apiVersion": "v1", "kind": "Service", "metadata": named("svc"), "spec": full}


def addressed(name: str, address: str, **more: Any) -> dict[str, Any]:
    made = pod(name, **more)
    made["status"]["podIP"] = address
    return made


def placed(owner: dict[str, Any], name: str, endpoints: Any, ports: Any) -> dict[str, Any]:
    labels = {"kubernetes.io/service-name": "svc", "endpointslice.kubernetes.io/managed-by": "endpointslice-controller.k8s.io"}
    meta = named(name, owner=owner, labels=labels)
    return {"apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "metadata": meta, "addressType": "IPv4", "endpoints": endpoints, "ports": ports}


def test_a_slice_names_pod_node_zone_and_port() -> None:
    owner = service()
    made = of_type(decide(SLICES, owner, {"pods": [addressed("a", "10.0.0.1")], "nodes": [NODE]}), Create)[0].manifest
    assert made["ports"] == [{"name": "", "port": 8080, "protocol": "TCP"}]
    assert made["endpoints"] == [
        {
            "addresses": ["10.0.0.1"], "conditions": {"ready": True, "serving": True, "terminating": False}, "nodeName": "n1", "zone": "z1",
            "targetRef": {"kind": "Pod", "namespace": "default", "name": "a", "uid": "uid-a"},
        }
    ]  # fmt: skip
    assert made["metadata"]["ownerReferences"] == [reference(owner)]


def test_a_service_without_pods_has_one_empty_slice() -> None:
    made = of_type(decide(SLICES, service()), Create)
    assert [(c.manifest["endpoints"], c.manifest["ports"]) for c in made] == [(None, None)]


def test_the_empty_slice_is_used_for_the_first_endpoint() -> None:
    owner = service()
    actions = decide(SLICES, owner, {"pods": [addressed("a", "10.0.0.1")], "nodes": [NODE], RESOURCE: [placed(owner, "svc-x", None, None)]})
    assert [type(a) for a in actions] == [Update]
    assert of_type(actions, Update)[0].manifest["metadata"]["name"] == "svc-x"


def test_an_unready_pod_stands_in_the_slice_as_not_ready() -> None:
    made = of_type(decide(SLICES, service(), {"pods": [addressed("a", "10.0.0.1", ready=False)], "nodes": [NODE]}), Create)[0].manifest
    assert made["endpoints"][0]["conditions"] == {"ready": False, "serving": False, "terminating": False}


def test_publish_not_ready_addresses_makes_every_endpoint_ready() -> None:
    owner = service(publishNotReadyAddresses=True)
    made = of_type(decide(SLICES, owner, {"pods": [addressed("a", "10.0.0.1", ready=False)], "nodes": [NODE]}), Create)[0].manifest
    assert made["endpoints"][0]["conditions"]["ready"] is True


def test_slices_hold_at_most_a_hundred_endpoints() -> None:
    pods = [addressed(f"p{n:03d}", f"10.0.{n // 250}.{n % 250}") for n in range(230)]
    made = of_type(decide(SLICES, service(), {"pods": pods, "nodes": [NODE]}), Create)
    assert sorted(len(c.manifest["endpoints"]) for c in made) == [30, 100, 100]


def test_a_settled_slice_is_left_alone() -> None:
    owner = service()
    around: dict[str, Any] = {"pods": [addressed("a", "10.0.0.1")], "nodes": [NODE]}
    made = of_type(decide(SLICES, owner, around), Create)[0].manifest
    standing = placed(owner, "svc-x", made["endpoints"], made["ports"])
    assert decide(SLICES, owner, around | {RESOURCE: [standing]}) == []


def test_named_ports_that_differ_between_pods_make_two_slices() -> None:
    owner, pods = service(ports=[{"port": 80, "targetPort": "web", "protocol": "TCP"}]), list[dict[str, Any]]()
    for name, number in (("a", 8080), ("b", 9090)):
        one = addressed(name, f"10.0.0.{len(pods)}")
        one["spec"]["containers"][0]["ports"] = [{"name": "web", "containerPort": number}]
        pods.append(one)
    made = of_type(decide(SLICES, owner, {"pods": pods, "nodes": [NODE]}), Create)
    assert sorted(c.manifest["ports"][0]["port"] for c in made) == [8080, 9090]


def test_external_names_and_services_without_selector_are_left_alone() -> None:
    assert decide(SLICES, service(type="ExternalName")) == []
    assert decide(SLICES, service(selector={})) == []


def test_a_slice_of_a_dropped_address_family_is_deleted() -> None:
    owner = service()
    stale = placed(owner, "svc-6", [], []) | {"addressType": "IPv6"}
    assert [d.name for d in of_type(decide(SLICES, owner, {RESOURCE: [stale]}), Delete)] == ["svc-6"]


def test_preferring_close_endpoints_adds_zone_hints() -> None:
    owner = service(trafficDistribution="PreferClose")
    made = of_type(decide(SLICES, owner, {"pods": [addressed("a", "10.0.0.1")], "nodes": [NODE]}), Create)[0].manifest
    assert made["endpoints"][0]["hints"] == {"forZones": [{"name": "z1"}]}


# -- Endpoints


def test_endpoints_list_ready_and_unready_addresses_apart() -> None:
    pods = [addressed("a", "10.0.0.2"), addressed("b", "10.0.0.1"), addressed("c", "10.0.0.3", ready=False)]
    made = of_type(decide(ENDPOINTS, service(), {"pods": pods}), Create)[0].manifest
    subset = made["subsets"][0]
    assert [a["ip"] for a in subset["addresses"]] == ["10.0.0.1", "10.0.0.2"]
    assert [a["ip"] for a in subset["notReadyAddresses"]] == ["10.0.0.3"]
    assert subset["ports"] == [{"port": 8080, "protocol": "TCP"}]
    assert made["metadata"]["labels"]["endpoints.kubernetes.io/managed-by"] == "endpoint-controller"


def test_more_than_a_thousand_addresses_are_cut_and_said_to_be() -> None:
    pods = [addressed(f"p{n}", f"10.1.{n // 250}.{n % 250}") for n in range(1200)]
    made = of_type(decide(ENDPOINTS, service(), {"pods": pods}), Create)[0].manifest
    assert len(made["subsets"][0]["addresses"]) == 1000
    assert made["metadata"]["annotations"]["endpoints.kubernetes.io/over-capacity"] == "truncated"


# -- mirroring


def test_hand_made_endpoints_are_mirrored_into_a_slice() -> None:
    subset = {"addresses": [{"ip": "192.0.2.7", "hostname": "h"}], "notReadyAddresses": [{"ip": "192.0.2.8"}], "ports": [{"name": "x", "port": 99}]}
    manual = {"apiVersion": "v1", "kind": "Endpoints", "metadata": named("svc", labels={"k": "v"}), "subsets": [subset]}
    made = of_type(decide(MIRRORING, manual, {"services": [service(selector=None)]}), Create)[0].manifest
    assert made["endpoints"] == [
        {"addresses": ["192.0.2.7"], "conditions": {"ready": True}, "hostname": "h"}, {"addresses": ["192.0.2.8"], "conditions": {"ready": False}},
    ]  # fmt: skip
    assert made["metadata"]["labels"]["k"] == "v"


def test_endpoints_of_a_service_with_selector_are_not_mirrored() -> None:
    manual = {"apiVersion": "v1", "kind": "Endpoints", "metadata": named("svc"), "subsets": [{"addresses": [{"ip": "192.0.2.7"}]}]}
    assert decide(MIRRORING, manual, {"services": [service()]}) == []
