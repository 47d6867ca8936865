"""The rules of the iptables mode: chain names and chances as kube-proxy makes them, text that iptables takes."""

import re
import shutil
import subprocess
from typing import Any

import pytest

from cluster_engine.network.kube_proxy import ipvs
from cluster_engine.network.kube_proxy.iptables import rules
from cluster_engine.network.kube_proxy.service_ports import ServicePort, service_ports

CIDR = "10.244.0.0/16"


def service(name: str = "web", **spec: Any) -> dict[str, Any]:
    ports = spec.pop("ports", [{"port": 80, "protocol": "TCP", "targetPort": 8080}])
    return {"metadata": {"namespace": "default", "name": name}, "spec": {"clusterIP": "10.96.0.7", "type": "ClusterIP", "ports": ports, **spec}, "status": {}}


def slice_of(*addresses: tuple[str, str], port: int = 8080, name: str = "", **conditions: bool) -> dict[str, Any]:
    endpoints = [{"addresses": [a], "nodeName": node, "conditions": {"ready": True, **conditions}} for a, node in addresses]
    return {"addressType": "IPv4", "ports": [{"port": port, "name": name, "protocol": "TCP"}], "endpoints": endpoints}


def text(*ports: ServicePort, node: str = "n1") -> str:
    return rules(ports, node, CIDR)


def test_chains_are_named_as_kube_proxy_names_them() -> None:
    api = service("kubernetes", ports=[{"name": "https", "port": 443, "protocol": "TCP"}])
    made = text(*service_ports(api, [slice_of(("172.18.0.2", ""), port=6443, name="https")]))
    assert "-j KUBE-SVC-NPX46M4PTMTKRN6Y" in made


def test_a_connection_is_spread_evenly_by_chance() -> None:
    made = text(*service_ports(service(), [slice_of(("10.244.0.1", "n1"), ("10.244.0.2", "n2"), ("10.244.0.3", "n3"))]))
    assert re.findall(r"--probability (\S+)", made) == ["0.33333333333", "0.50000000000"]
    assert made.count("-j DNAT --to-destination") == 3


def test_a_service_without_endpoints_is_refused() -> None:
    made = text(*service_ports(service(), []))
    assert '"default/web has no endpoints"' in made
    assert "-j REJECT --reject-with icmp-port-unreachable" in made


def test_an_endpoint_that_is_not_ready_gets_nothing() -> None:
    made = text(*service_ports(service(), [slice_of(("10.244.0.1", "n1")), slice_of(("10.244.0.2", "n2"), ready=False)]))
    assert "10.244.0.1:8080" in made
    assert "10.244.0.2" not in made


def test_the_local_policy_keeps_outside_traffic_on_its_node() -> None:
    outside = service(type="NodePort", externalTrafficPolicy="Local", ports=[{"port": 80, "protocol": "TCP", "nodePort": 30080}])
    ports = service_ports(outside, [slice_of(("10.244.0.1", "n1"))])
    assert "-j KUBE-SVL-" in text(*ports, node="n1")
    elsewhere = text(*ports, node="n2")
    assert "-j KUBE-SVL-" not in elsewhere
    assert '"default/web has no local endpoints" -m addrtype --dst-type LOCAL -m tcp --dport 30080 -j DROP' in elsewhere


def test_session_affinity_remembers_the_client() -> None:
    made = text(*service_ports(service(sessionAffinity="ClientIP"), [slice_of(("10.244.0.1", "n1"))]))
    assert "-m recent --rcheck --seconds 10800 --reap" in made
    assert "-m recent --set" in made


def test_headless_services_have_no_rules() -> None:
    assert service_ports(service(clusterIP="None"), []) == []


def test_ipvs_has_a_virtual_server_per_address() -> None:
    ports = service_ports(service(ports=[{"port": 80, "protocol": "TCP", "nodePort": 30080}]), [slice_of(("10.244.0.1", "n1"))])
    assert ipvs.rules(ports, "n1", "172.18.0.2").splitlines() == [
        "-A -t 10.96.0.7:80 -s rr",
        "-a -t 10.96.0.7:80 -r 10.244.0.1:8080 -m -w 1",
        "-A -t 172.18.0.2:30080 -s rr",
        "-a -t 172.18.0.2:30080 -r 10.244.0.1:8080 -m -w 1",
    ]


@pytest.mark.skipif(shutil.which("iptables-restore") is None, reason="there is no iptables-restore here")
def test_the_kernel_tools_take_the_text() -> None:
    spec = {
        "type": "LoadBalancer",
        "externalTrafficPolicy": "Local",
        "sessionAffinity": "ClientIP",
        "externalIPs": ["192.0.2.1"],
        "loadBalancerSourceRanges": ["10.0.0.0/8"],
        "ports": [{"port": 80, "protocol": "TCP", "nodePort": 30080}],
    }
    full = service("all", **spec) | {"status": {"loadBalancer": {"ingress": [{"ip": "192.0.2.9"}]}}}
    ports = service_ports(full, [slice_of(("10.244.0.1", "n1"), ("10.244.0.2", "n2"))]) + service_ports(service("none"), [])
    done = subprocess.run(["iptables-restore", "--test"], input=text(*ports), text=True, capture_output=True, check=False)
    if "Permission denied" in done.stderr or "must be root" in done.stderr:
        pytest.skip("iptables-restore wants root")
    assert done.returncode == 0, done.stderr
