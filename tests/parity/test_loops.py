"""What the control loops of a real cluster did, replayed on three instant nodes."""

import pytest

from tests.parity import replay

pytestmark = pytest.mark.skipif(not replay.RECORDINGS.exists(), reason="the recordings are not beside the project")


def test_the_loops_settle_where_the_real_ones_did() -> None:
    server, parity = replay.InProcess("hollow"), replay.load_parity()
    replay.quick(parity, server)
    equal, total, different = 0, 0, []
    for file in parity.chosen(["loops/"]):
        want, got, _ = replay.check(parity, file, server)
        same = sum(1 for i, w in enumerate(want) if i < len(got) and not any(True for _ in parity.differences(w, got[i])))
        total, equal = total + len(want), equal + same
        if same < len(want):
            different.append(file.stem)
    assert equal >= 0.985 * total, f"{equal} of {total} steps equal; not wholly: {different}"
