"""Trouble as a list: what may be broken, what is, and what to look for."""

from cluster_engine.faults import FAULTS
from explorer.scenes.fault import Trouble, troubles_of


def listed(targets: dict[str, list[str]], broken: dict[str, list[str]]) -> dict[str, Trouble]:
    return {t.name: t for _, found in troubles_of(FAULTS, targets, broken) for t in found}


def test_every_fault_is_listed_once_with_its_targets() -> None:
    found = listed({"node": ["worker-1", "worker-2"]}, {})
    assert sorted(found) == sorted(FAULTS)
    assert found["power-off"].targets == ("worker-1", "worker-2")
    assert found["power-off"].expect == FAULTS["power-off"].expect


def test_what_suffers_now_can_be_mended() -> None:
    found = listed({"member": ["etcd-1"]}, {"stop-etcd": ["etcd-1"], "slow-registry": [""]})
    assert (found["stop-etcd"].holds, found["stop-etcd"].broken) == (True, ("etcd-1",))
    assert (found["slow-registry"].holds, found["slow-registry"].broken) == (True, ())
    assert not found["power-off"].holds and not found["delete-pod"].mends


def test_a_fault_without_anything_to_strike_says_so() -> None:
    assert listed({}, {})["delete-pod"].empty == "There are no pods to choose from yet."
