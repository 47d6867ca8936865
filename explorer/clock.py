"""A cluster's clock in real time: at `real_base` it showed `virtual_base`, and it runs `rate` times as fast, or is paused.

The three numbers stand in the cluster's row, so all processes agree on what time it is.
"""

import time
from dataclasses import dataclass

SLOWEST, FASTEST = 0.001, 1000.0


@dataclass(frozen=True, slots=True)
class Setting:
    """How a clock runs from a moment on."""

    virtual_base: float
    real_base: float
    rate: float = 1.0
    paused: bool = False


class RateClock:
    """A kernel.clock.Clock over the host's time. Never runs backwards, whatever the host does."""

    def __init__(self, setting: Setting) -> None:
        self._last = setting.virtual_base
        self.setting = setting

    def now(self) -> float:
        setting = self.setting
        if not setting.paused:
            moment = setting.virtual_base + (time.time() - setting.real_base) * setting.rate
            if moment > self._last:
                self._last = moment
        return self._last

    def seconds_until(self, moment: float) -> float | None:
        """Host seconds until the clock shows `moment`; None while it is paused."""
        if self.setting.paused:
            return None
        return max(0.0, (moment - self.now()) / self.setting.rate)

    def run_at(self, rate: float) -> None:
        """Go on from here, `rate` times as fast as the host's clock. Raises ValueError outside 1/1000 to 1000."""
        if not SLOWEST <= rate <= FASTEST:  # also refuses NaN
            raise ValueError("the rate lies between 0.001 and 1000")
        self.setting = Setting(self.now(), time.time(), rate)

    def pause(self) -> None:
        self.setting = Setting(self.now(), time.time(), self.setting.rate, paused=True)

    def resume(self) -> None:
        self.run_at(self.setting.rate)

    def jump_to(self, moment: float) -> None:
        """Show `moment` at once; an earlier moment changes nothing."""
        self._last = max(self._last, moment)
        self.setting = Setting(self._last, time.time(), self.setting.rate, self.setting.paused)
