"""What a pod is filled up with."""

import pytest

from tests.resources.samples import Manifest, made, pod

SMALL = {"cpu": "100m", "memory": "64Mi"}


def test_a_minimal_pod_gets_upstreams_defaults() -> None:
    found = made(pod({"name": "app", "image": "nginx"}))
    assert found["spec"] == {
        "containers": [
            {
                "name": "app",
                "image": "nginx",
                "resources": {},
                "terminationMessagePath": "/dev/termination-log",
                "terminationMessagePolicy": "File",
                "imagePullPolicy": "Always",
            }
        ],
        "enableServiceLinks": True,
        "dnsPolicy": "ClusterFirst",
        "restartPolicy": "Always",
        "terminationGracePeriodSeconds": 30,
        "securityContext": {},
        "schedulerName": "default-scheduler",
    }
    assert found["status"] == {"phase": "Pending", "qosClass": "BestEffort"}


@pytest.mark.parametrize(
    ("image", "policy"),
    [
        ("nginx", "Always"),
        ("nginx:latest", "Always"),
        ("nginx:1.25", "IfNotPresent"),
        ("registry:5000/nginx", "Always"),
        ("nginx@sha256:" + "a" * 64, "IfNotPresent"),
    ],
)
def test_only_images_that_may_change_are_always_pulled(image: str, policy: str) -> None:
    assert made(pod({"name": "app", "image": image}))["spec"]["containers"][0]["imagePullPolicy"] == policy


def test_a_limit_is_also_the_request_unless_one_is_given() -> None:
    found = made(pod({"name": "app", "image": "a:1", "resources": {"limits": SMALL, "requests": {"cpu": "50m"}}}))
    assert found["spec"]["containers"][0]["resources"]["requests"] == {"cpu": "50m", "memory": "64Mi"}


def test_on_the_hosts_network_container_ports_are_host_ports() -> None:
    found = made(pod({"name": "app", "image": "a:1", "ports": [{"containerPort": 80}]}, hostNetwork=True))
    assert found["spec"]["containers"][0]["ports"] == [{"containerPort": 80, "hostPort": 80, "protocol": "TCP"}]


def test_probes_get_their_times_and_http_its_path() -> None:
    found = made(pod({"name": "app", "image": "a:1", "readinessProbe": {"httpGet": {"port": 80}}}))
    assert found["spec"]["containers"][0]["readinessProbe"] == {
        "httpGet": {"path": "/", "port": 80, "scheme": "HTTP"},
        "timeoutSeconds": 1,
        "periodSeconds": 10,
        "successThreshold": 1,
        "failureThreshold": 3,
    }


@pytest.mark.parametrize(
    ("resources", "qos"),
    [
        ([{}], "BestEffort"),
        ([{"requests": SMALL}], "Burstable"),
        ([{"limits": SMALL}], "Guaranteed"),
        ([{"limits": SMALL}, {}], "Burstable"),
        ([{"limits": {"cpu": "1"}}], "Burstable"),
    ],
)
def test_quality_of_service_follows_from_requests_and_limits(resources: list[Manifest], qos: str) -> None:
    found = made(pod(*({"name": f"c{i}", "image": "a:1", "resources": r} for i, r in enumerate(resources))))
    assert found["status"]["qosClass"] == qos


def test_scheduling_gates_are_told_from_the_start() -> None:
    found = made(pod(schedulingGates=[{"name": "example.com/wait"}]))
    assert found["status"]["conditions"][0]["reason"] == "SchedulingGated"


def test_an_annotated_profile_becomes_the_field() -> None:
    obj = pod()
    obj["metadata"]["annotations"] = {"container.apparmor.security.beta.kubernetes.io/app": "localhost/strict"}
    assert made(obj)["spec"]["containers"][0]["securityContext"] == {"appArmorProfile": {"type": "Localhost", "localhostProfile": "strict"}}
