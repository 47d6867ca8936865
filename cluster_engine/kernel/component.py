"""A component: a part of the cluster that works in steps and can say when it wants to work again."""

from typing import Any, Protocol


class Component(Protocol):
    """`step` does one unit of work (one key decided, one pod placed, one CRI call) and says whether it did any.

    A component never blocks, sleeps or starts threads. It may be stopped and started again at any moment (`stop` drops all
    that lives in memory, as the death of a process does); everything that matters is in the store.
    """

    name: str

    def step(self, now: float) -> bool: ...

    def next_wake(self, now: float) -> float | None:
        """The moment of the next timed work; None when only a change in the store can give it work."""

    def stop(self) -> None: ...

    def inspect(self) -> dict[str, Any]:
        """What it does now, for pages: JSON data with at least `queue`, `last` (newest decisions with why) and `metrics`."""
