"""A cluster's clock over the host's."""

import pytest

from explorer import clock
from explorer.clock import RateClock, Setting


class Host:
    """The host's clock, set by hand."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def time(self) -> float:
        return self.seconds


@pytest.fixture
def host(monkeypatch: pytest.MonkeyPatch) -> Host:
    found = Host()
    monkeypatch.setattr(clock, "time", found)
    return found


def test_runs_with_the_host_by_default(host: Host) -> None:
    made = RateClock(Setting(500.0, 1000.0))
    host.seconds = 1012.5
    assert made.now() == 512.5


def test_runs_faster_and_slower_from_where_it_is(host: Host) -> None:
    made = RateClock(Setting(500.0, 1000.0))
    host.seconds = 1010.0
    made.run_at(100)
    host.seconds = 1011.0
    assert made.now() == 610.0
    made.run_at(0.01)
    host.seconds = 1111.0
    assert made.now() == 611.0


def test_stands_while_paused_and_goes_on_from_there(host: Host) -> None:
    made = RateClock(Setting(500.0, 1000.0))
    made.pause()
    host.seconds = 2000.0
    assert (made.now(), made.seconds_until(501.0)) == (500.0, None)
    made.resume()
    host.seconds = 2001.0
    assert made.now() == 501.0


def test_never_runs_backwards_when_the_host_does(host: Host) -> None:
    made = RateClock(Setting(500.0, 1000.0))
    host.seconds = 1010.0
    assert made.now() == 510.0
    host.seconds = 900.0
    assert made.now() == 510.0


def test_jumps_forward_only(host: Host) -> None:
    made = RateClock(Setting(500.0, 1000.0, paused=True))
    made.jump_to(600.0)
    made.jump_to(550.0)
    assert made.now() == 600.0


def test_tells_how_long_the_host_must_wait(host: Host) -> None:
    made = RateClock(Setting(500.0, 1000.0, rate=10.0))
    assert made.seconds_until(520.0) == 2.0
    assert made.seconds_until(400.0) == 0.0


@pytest.mark.parametrize("rate", [0, -1, 0.0001, 1001, float("nan")])
def test_refuses_rates_that_make_no_sense(host: Host, rate: float) -> None:
    with pytest.raises(ValueError, match=r"0\.001"):
        RateClock(Setting(500.0, 1000.0)).run_at(rate)
