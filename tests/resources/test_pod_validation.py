"""What pods are refused for, at which path and in which words."""

from typing import Any

import pytest

from tests.resources.samples import Manifest, faults, made, pod, update_faults

CASES: dict[str, tuple[Manifest, str]] = {
    "no container": (pod(), "spec.containers: Required value"),
    "bad name": (pod({"name": "App", "image": "a"}), 'spec.containers[0].name: Invalid value: "App": a lowercase RFC 1123 label must consist of'),
    "two of a name": (pod({"name": "a", "image": "a"}, {"name": "a", "image": "b"}), 'spec.containers[1].name: Duplicate value: "a"'),
    "no image": (pod({"name": "a"}), "spec.containers[0].image: Required value"),
    "unknown mount": (
        pod({"name": "a", "image": "a", "volumeMounts": [{"name": "x", "mountPath": "/x"}]}),
        'spec.containers[0].volumeMounts[0].name: Not found: "x"',
    ),
    "request above limit": (
        pod({"name": "a", "image": "a", "resources": {"requests": {"cpu": "2"}, "limits": {"cpu": "1"}}}),
        'spec.containers[0].resources.requests: Invalid value: "2": must be less than or equal to cpu limit of 1',
    ),
    "port out of range": (
        pod({"name": "a", "image": "a", "ports": [{"containerPort": 70000}]}),
        "spec.containers[0].ports[0].containerPort: Invalid value: 70000: must be between 1 and 65535, inclusive",
    ),
    "two ways to probe": (
        pod({"name": "a", "image": "a", "livenessProbe": {"exec": {"command": ["x"]}, "tcpSocket": {"port": 1}}}),
        "spec.containers[0].livenessProbe.tcpSocket: Forbidden: may not specify more than 1 handler type",
    ),
    "odd restart policy": (
        pod({"name": "a", "image": "a"}, restartPolicy="Sometimes"),
        'spec.restartPolicy: Unsupported value: "Sometimes": supported values: "Always", "OnFailure", "Never"',
    ),
}
CASES["no container"][0]["spec"]["containers"] = []


@pytest.mark.parametrize("case", CASES)
def test_a_pod_is_refused_in_upstreams_words(case: str) -> None:
    obj, text = CASES[case]
    found = faults(obj)
    assert any(f.startswith(text) for f in found), found


def test_a_sensible_pod_is_not_refused() -> None:
    assert faults(pod({"name": "a", "image": "a", "ports": [{"name": "http", "containerPort": 80}]})) == []


def stored(**spec: Any) -> Manifest:
    return made(pod({"name": "app", "image": "nginx:1.25"}, **spec))


def test_the_image_of_a_running_container_may_change() -> None:
    assert update_faults(pod({"name": "app", "image": "nginx:1.26"}), stored()) == []


def test_other_changes_are_forbidden_and_shown_as_a_difference() -> None:
    found = update_faults(pod({"name": "app", "image": "nginx:1.25"}, hostname="other"), stored())
    assert len(found) == 1
    assert found[0].startswith("spec: Forbidden: pod updates may not change fields other than `spec.containers[*].image`")
    assert '- "Hostname": "",\n+ "Hostname": "other",\n' in found[0]


def test_tolerations_may_be_added_but_not_taken_away() -> None:
    mine = {"key": "a", "operator": "Exists", "effect": "NoSchedule"}
    more = {"key": "b", "operator": "Exists", "effect": "NoSchedule"}
    assert update_faults(pod(tolerations=[mine, more]), stored(tolerations=[mine])) == []
    assert update_faults(pod(tolerations=[more]), stored(tolerations=[mine])) != []


def test_gates_may_only_go() -> None:
    gate = {"name": "example.com/wait"}
    assert update_faults(pod(), stored(schedulingGates=[gate])) == []
    assert any("schedulingGates" in f for f in update_faults(pod(schedulingGates=[gate]), stored()))
