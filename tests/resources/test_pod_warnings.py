"""What is allowed for pods but hardly meant, and therefore warned about."""

import pytest

from tests.resources.samples import Manifest, kind_of, made, pod, workload

CASES: dict[str, tuple[Manifest, str]] = {
    "old node label": (
        pod(nodeSelector={"beta.kubernetes.io/os": "linux"}),
        'spec.nodeSelector[beta.kubernetes.io/os]: deprecated since v1.14; use "kubernetes.io/os" instead',
    ),
    "variable twice": (
        pod({"name": "a", "image": "a", "env": [{"name": "X", "value": "1"}, {"name": "X", "value": "2"}]}),
        'spec.containers[0].env[1]: hides previous definition of "X", which may be dropped when using apply',
    ),
    "files on each other": (
        pod(volumes=[{"name": "v", "configMap": {"name": "m", "items": [{"key": "a", "path": "x"}, {"key": "b", "path": "x/y"}]}}]),
        'volume "v" (ConfigMap "m"): overlapping paths: "x/y" with "x"',
    ),
    "port name twice": (
        pod(
            {"name": "a", "image": "a", "ports": [{"name": "http", "containerPort": 80}]},
            {"name": "b", "image": "b", "ports": [{"name": "http", "containerPort": 81}]},
        ),
        'spec.containers[1].ports[0]: duplicate port name "http" with spec.containers[0].ports[0], '
        "services and probes that select ports by name will use spec.containers[0].ports[0]",
    ),
    "spread of nothing": (
        pod(topologySpreadConstraints=[{"maxSkew": 1, "topologyKey": "zone", "whenUnsatisfiable": "DoNotSchedule"}]),
        "spec.topologySpreadConstraints[0].labelSelector: a null labelSelector results in matching no pod",
    ),
    "odd address": (
        pod(hostAliases=[{"ip": "010.0.0.1", "hostnames": ["a"]}]),
        'spec.hostAliases[0].ip: non-standard IP address "010.0.0.1" will be considered invalid in a future Kubernetes release: use "10.0.0.1"',
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_a_pod_that_is_hardly_meant_so_is_warned_about(case: str) -> None:
    obj, text = CASES[case]
    assert list(kind_of(obj).warnings(made(obj), None)) == [text]


def test_templates_are_warned_about_at_their_own_path() -> None:
    obj = workload("Deployment")
    obj["spec"]["template"]["spec"]["nodeSelector"] = {"beta.kubernetes.io/os": "linux"}
    assert next(iter(kind_of(obj).warnings(made(obj), None))).startswith("spec.template.spec.nodeSelector[beta.kubernetes.io/os]: deprecated")


def test_nobody_is_warned_about_a_template_that_stayed_the_same() -> None:
    obj = workload("Deployment")
    obj["spec"]["template"]["spec"]["nodeSelector"] = {"beta.kubernetes.io/os": "linux"}
    made(obj)
    assert list(kind_of(obj).warnings(obj, obj)) == []
