"""The recordings of a real control plane, replayed: the areas that are complete must stay so."""

import pytest

from tests.parity import replay

AREAS = {
    "basics": 1.0,
    "machinery/list": 0.97,
    "machinery/watch": 1.0,
    "machinery/objects": 0.97,
    "machinery/patch": 1.0,
    "machinery/apply": 1.0,
    "machinery/subresources": 0.97,
    "kinds-core": 0.98,
    "kinds-groups": 0.97,
}

pytestmark = pytest.mark.skipif(not replay.RECORDINGS.exists(), reason="the recordings are not beside the project")


@pytest.fixture(scope="module")
def server() -> replay.InProcess:
    return replay.InProcess("bare")


@pytest.mark.parametrize("area", AREAS)
def test_answers_as_the_real_server_did(area: str, server: replay.InProcess) -> None:
    parity = replay.load_parity()
    replay.quick(parity, server)
    equal = total = 0
    for file in parity.chosen([area + "/"]):
        want, got, _ = replay.check(parity, file, server)
        total += len(want)
        equal += sum(1 for i, w in enumerate(want) if i < len(got) and not any(True for _ in parity.differences(w, got[i])))
    assert equal >= AREAS[area] * total, f"{equal} of {total} steps equal"
