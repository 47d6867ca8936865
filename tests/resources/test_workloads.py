"""Workloads: defaults, rules and rows."""

import pytest

from tests.resources.samples import faults, kind_of, made, row, update_faults, workload


def test_a_deployment_rolls_by_quarters() -> None:
    spec = made(workload("Deployment"))["spec"]
    assert spec["strategy"] == {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": "25%", "maxSurge": "25%"}}
    assert (spec["replicas"], spec["revisionHistoryLimit"], spec["progressDeadlineSeconds"]) == (1, 10, 600)


@pytest.mark.parametrize("kind", ["Deployment", "ReplicaSet", "DaemonSet", "StatefulSet"])
def test_the_selector_must_find_the_templates_pods(kind: str) -> None:
    found = faults(workload(kind, selector={"matchLabels": {"app": "other"}}))
    assert found == ['spec.template.metadata.labels: Invalid value: {"app":"web"}: `selector` does not match template `labels`']


@pytest.mark.parametrize("kind", ["Deployment", "ReplicaSet", "DaemonSet"])
def test_a_selector_never_changes(kind: str) -> None:
    obj = workload(kind, selector={"matchLabels": {"app": "web", "more": "x"}})
    obj["spec"]["template"]["metadata"]["labels"]["more"] = "x"
    assert any(f.startswith("spec.selector: Invalid value:") and f.endswith("field is immutable") for f in update_faults(obj, made(workload(kind))))


def test_a_deployment_that_could_not_roll_is_refused() -> None:
    found = faults(workload("Deployment", strategy={"rollingUpdate": {"maxUnavailable": 0, "maxSurge": "0%"}}))
    assert found == ["spec.strategy.rollingUpdate.maxUnavailable: Invalid value: 0: may not be 0 when `maxSurge` is 0"]


def test_a_stateful_set_mounts_the_volumes_of_its_claims() -> None:
    claim = {"metadata": {"name": "data"}, "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}}
    obj = workload("StatefulSet", serviceName="web", volumeClaimTemplates=[claim])
    obj["spec"]["template"]["spec"]["containers"][0]["volumeMounts"] = [{"name": "data", "mountPath": "/data"}]
    assert faults(obj) == []
    del obj["spec"]["volumeClaimTemplates"]
    assert faults(obj) == ['spec.template.spec.containers[0].volumeMounts[0].name: Not found: "data"']


def test_a_claim_template_needs_an_access_mode() -> None:
    claim = {"metadata": {"name": "data"}, "spec": {"resources": {"requests": {"storage": "1Gi"}}}}
    assert faults(workload("StatefulSet", volumeClaimTemplates=[claim])) == [
        "spec.volumeClaimTemplates[0].spec.accessModes: Required value: at least 1 access mode is required"
    ]


def test_of_a_stateful_set_only_some_fields_change() -> None:
    old = made(workload("StatefulSet", serviceName="web"))
    assert update_faults(workload("StatefulSet", serviceName="web", replicas=3), old) == []
    assert update_faults(workload("StatefulSet", serviceName="other"), old)[0].startswith(
        "spec: Forbidden: updates to statefulset spec for fields other than 'replicas'"
    )


def test_a_daemon_set_counts_its_templates() -> None:
    first = made(workload("DaemonSet"))
    name = "deprecated.daemonset.template.generation"
    assert first["metadata"]["annotations"][name] == "1"
    changed = workload("DaemonSet")
    changed["spec"]["template"]["spec"]["containers"][0]["image"] = "other"
    assert update_faults(changed, first) == []
    assert changed["metadata"]["annotations"][name] == "2"


def test_rows_say_how_many_pods_are_ready() -> None:
    obj = made(workload("Deployment", replicas=3))
    obj["status"] = {"replicas": 3, "readyReplicas": 2, "updatedReplicas": 3, "availableReplicas": 2}
    cells = row(obj)
    assert (cells["Ready"], cells["Up-to-date"], cells["Available"], cells["Containers"], cells["Selector"]) == ("2/3", 3, 2, "app", "app=web")


def test_a_stateful_set_is_warned_about_what_its_claims_would_be_warned_about() -> None:
    claim = {"metadata": {"name": "data"}, "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1500m"}}}}
    obj = made(workload("StatefulSet", volumeClaimTemplates=[claim], revisionHistoryLimit=-1))
    assert list(kind_of(obj).warnings(obj, None)) == [
        'spec.volumeClaimTemplates[0].Spec.resources.requests[storage]: fractional byte value "1500m" is invalid, must be an integer',
        "spec.revisionHistoryLimit: a negative value retains all historical revisions; a value >= 0 is recommended",
    ]
