"""Who works next."""

from typing import Any

import pytest

from cluster_engine.kernel.turns import Turns


class Worker:
    """A component with a number of units to do, and an alarm."""

    def __init__(self, name: str, units: int, alarm: float | None = None, error: Exception | None = None) -> None:
        self.name, self.units, self.alarm, self.error = name, units, alarm, error
        self.stopped = 0

    def step(self, now: float) -> bool:
        if self.error is not None:
            raise self.error
        if self.alarm is not None and now >= self.alarm:
            self.alarm, self.units = None, self.units + 1
        if not self.units:
            return False
        self.units -= 1
        return True

    def next_wake(self, now: float) -> float | None:
        return self.alarm

    def stop(self) -> None:
        self.stopped += 1

    def inspect(self) -> dict[str, Any]:
        return {}


def order(turns: Turns, now: float = 0.0) -> list[str]:
    found = []
    while turns.step(now):
        found.append(turns.last)
    return found


def test_ready_components_take_turns() -> None:
    turns = Turns()
    turns.add(Worker("a", 2))
    turns.add(Worker("b", 2))
    assert order(turns) == ["a", "b", "a", "b"]


def test_an_idle_component_sleeps_until_its_alarm() -> None:
    turns = Turns()
    turns.add(Worker("a", 0, alarm=5.0))
    assert order(turns) == []
    assert turns.next_wake(0.0) == 5.0
    assert order(turns, 5.0) == ["a"]
    assert turns.next_wake(5.0) is None


def test_a_held_component_gets_no_turn_until_it_is_released() -> None:
    turns = Turns()
    turns.add(Worker("a", 1))
    turns.hold("a")
    turns.wake("a")
    assert order(turns) == []
    turns.release("a")
    assert order(turns) == ["a"]


def test_a_crash_is_raised_where_nobody_listens() -> None:
    turns = Turns()
    turns.add(Worker("a", 1, error=ValueError("broken")))
    with pytest.raises(ValueError):
        turns.step(0.0)


def test_a_crashed_component_begins_anew_after_a_back_off_and_the_others_go_on() -> None:
    heard = []
    turns = Turns(lambda name, error: heard.append((name, str(error))))
    broken = Worker("a", 1, error=ValueError("broken"))
    turns.add(broken)
    turns.add(Worker("b", 1))
    turns.step(0.0)
    turns.wake("a")
    assert order(turns) == ["b"]
    assert heard == [("a", "broken")]
    assert broken.stopped == 1
    broken.error = None
    assert turns.next_wake(0.0) == 1.0
    assert order(turns, 1.0) == ["a"]
