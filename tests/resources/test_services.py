"""Services: defaults, rules and rows."""

from tests.resources.samples import faults, made, row, service


def test_a_port_is_tcp_and_its_own_target() -> None:
    spec = made(service(ports=[{"port": 80}]))["spec"]
    assert spec["ports"] == [{"port": 80, "protocol": "TCP", "targetPort": 80}]
    assert (spec["type"], spec["sessionAffinity"], spec["internalTrafficPolicy"]) == ("ClusterIP", "None", "Cluster")


def test_several_ports_need_names() -> None:
    found = faults(service(ports=[{"port": 80}, {"port": 81}]))
    assert found == ["spec.ports[0].name: Required value", "spec.ports[1].name: Required value"]


def test_a_port_is_told_once() -> None:
    found = faults(service(ports=[{"name": "a", "port": 80}, {"name": "a", "port": 81}]))
    assert found == ['spec.ports[1].name: Duplicate value: "a"']


def test_an_external_name_needs_a_name() -> None:
    assert any(f.startswith("spec.externalName: Required value") for f in faults(service(type="ExternalName")))


def test_rows_show_ports_and_where_to_reach_them() -> None:
    obj = service(type="LoadBalancer", clusterIP="10.96.0.7", ports=[{"port": 80, "nodePort": 30080, "protocol": "TCP"}], selector={"app": "web"})
    cells = row(obj)
    assert (cells["Cluster-IP"], cells["External-IP"], cells["Port(s)"], cells["Selector"]) == ("10.96.0.7", "<pending>", "80:30080/TCP", "app=web")
    obj["status"] = {"loadBalancer": {"ingress": [{"ip": "1.2.3.4"}]}}
    assert row(obj)["External-IP"] == "1.2.3.4"
