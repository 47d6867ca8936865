"""How pods look in `kubectl get pods`."""

from typing import Any

import pytest

from tests.resources.samples import Manifest, pod, row

READY = {"type": "Ready", "status": "True"}


def container(name: str = "app", ready: bool = False, restarts: int = 0, last: Manifest | None = None, **state: Manifest) -> Manifest:
    return {"name": name, "ready": ready, "restartCount": restarts, "state": state, "lastState": {"terminated": last} if last else {}}


def of(*containers: Manifest, phase: str = "Running", **more: Any) -> Manifest:
    return {"phase": phase, "containerStatuses": list(containers), **more}


CASES: dict[str, tuple[Manifest, str, str, str]] = {
    "not yet looked at": (pod(status={"phase": "Pending"}), "0/1", "Pending", "0"),
    "being made": (pod(status=of(container(waiting={"reason": "ContainerCreating"}), phase="Pending")), "0/1", "ContainerCreating", "0"),
    "running": (pod(status=of(container(ready=True, running={}), conditions=[READY])), "1/1", "Running", "0"),
    "crashed again and again": (
        pod(status=of(container(restarts=5, last={"finishedAt": "2025-12-31T23:58:00Z", "exitCode": 1}, waiting={"reason": "CrashLoopBackOff"}))),
        "0/1",
        "CrashLoopBackOff",
        "5 (2m ago)",
    ),
    "done": (pod(status=of(container(terminated={"reason": "Completed", "exitCode": 0}), phase="Succeeded")), "0/1", "Completed", "0"),
    "failed without a reason": (pod(status=of(container(terminated={"exitCode": 3}), phase="Failed")), "0/1", "ExitCode:3", "0"),
    "killed": (pod(status=of(container(terminated={"signal": 9}), phase="Failed")), "0/1", "Signal:9", "0"),
    "evicted": (pod(status={"phase": "Failed", "reason": "Evicted"}), "0/1", "Evicted", "0"),
}


@pytest.mark.parametrize("case", CASES)
def test_status_says_what_a_pod_is_doing(case: str) -> None:
    obj, ready, status, restarts = CASES[case]
    cells = row(obj)
    assert (cells["Ready"], cells["Status"], cells["Restarts"]) == (ready, status, restarts)


def test_init_containers_are_counted_while_they_run() -> None:
    done, running = container("a", terminated={"exitCode": 0}), container("b", running={})
    obj = pod(
        {"name": "app", "image": "x"}, initContainers=[{"name": "a"}, {"name": "b"}], status={"phase": "Pending", "initContainerStatuses": [done, running]}
    )
    assert row(obj)["Status"] == "Init:1/2"


def test_a_pod_that_was_told_to_end_is_terminating() -> None:
    obj = pod(status=of(container(ready=True, running={}), conditions=[READY]))
    obj["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:30Z"
    assert row(obj)["Status"] == "Terminating"


def test_age_and_addresses_are_shown() -> None:
    cells = row(pod(status={"phase": "Running", "podIP": "10.0.0.5", "podIPs": [{"ip": "10.0.0.5"}]}, nodeName="n1"))
    assert (cells["Age"], cells["IP"], cells["Node"], cells["Nominated Node"]) == ("60m", "10.0.0.5", "n1", "<none>")
