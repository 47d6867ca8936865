"""Seats: how many requests each priority level may serve at once, who waits in which queue, and who is turned away.

A request holds a seat for as long as a real server would take for it; one that finds none waits in a queue of its level, chosen
by dealing its flow a hand of queues, so that a flow that floods fills its own hand and no other. Models
k8s.io/apiserver/pkg/util/flowcontrol/{apf_controller.go,fairqueuing/queueset,shufflesharding}.
"""

import hashlib
import heapq
from dataclasses import dataclass, field

from cluster_engine.apiserver.attributes import Attributes
from cluster_engine.machinery.manifest import Manifest

SERVER_SEATS = 600
LONGEST_WAIT = 15.0
SECONDS = {"get": 0.002, "list": 0.02, "watch": 0.02}
WRITE_SECONDS = 0.015


class TurnedAway(Exception):
    """No seat, and no place in a queue. The text is upstream's reason: queue-full, concurrency-limit or time-out."""


@dataclass
class Level:
    """One limited priority level. `busy`: when each held seat falls free; `waiting`: by queue, when each request there starts."""

    seats: int
    lendable: int
    borrowable: int
    queues: int = 0
    hand: int = 0
    longest: int = 0
    busy: list[float] = field(default_factory=list)
    waiting: dict[int, list[float]] = field(default_factory=dict)

    def pass_to(self, now: float) -> None:
        """Forget what is over."""
        while self.busy and self.busy[0] <= now:
            heapq.heappop(self.busy)
        for starts in self.waiting.values():
            while starts and starts[0] <= now:
                heapq.heappop(starts)


class Seats:
    """The seats of one server by priority level."""

    def __init__(self) -> None:
        self._levels: dict[str, Level] = {}
        self.rejected: dict[tuple[str, str, str], int] = {}

    def arrange(self, configurations: list[Manifest]) -> None:
        """Take on the levels as they are configured now. What is being served goes on."""
        before, self._levels = self._levels, {}
        limited = {c["metadata"]["name"]: c["spec"]["limited"] for c in configurations if c["spec"].get("type") == "Limited"}
        shares = sum(_shares(c["spec"].get("limited") or c["spec"].get("exempt") or {}) for c in configurations)
        for name, limits in limited.items():
            level = self._levels[name] = _level(limits, shares)
            if name in before:
                level.busy, level.waiting = before[name].busy, before[name].waiting

    def take(self, level_name: str, flow: tuple[str, str], seconds: float, now: float) -> float:
        """Hold a seat of a level for `seconds`; gives how long the request has to wait for it. Raises TurnedAway.

        `flow`: the flow schema and what tells its flows apart.
        """
        level = self._levels.get(level_name)
        if level is None:
            return 0.0
        level.pass_to(now)
        try:
            start = now if len(level.busy) < level.seats else self._start(level, flow, now)
        except TurnedAway as error:
            key = (level_name, flow[0], str(error))
            self.rejected[key] = self.rejected.get(key, 0) + 1
            raise
        heapq.heappush(level.busy, start + seconds)
        return start - now

    def _start(self, level: Level, flow: tuple[str, str], now: float) -> float:
        capacity = level.seats + min(level.borrowable, self._lent_by_others(level, now))
        return now if len(level.busy) < capacity else _queued(level, capacity, flow, now)

    def _lent_by_others(self, mine: Level, now: float) -> int:
        free = 0
        for level in self._levels.values():
            if level is not mine:
                level.pass_to(now)
                free += min(level.lendable, max(0, level.seats - len(level.busy)))
        return free


def _shares(limits: Manifest) -> int:
    return int(limits.get("nominalConcurrencyShares") or 0)


def _level(limits: Manifest, shares: int) -> Level:
    seats = -(-SERVER_SEATS * _shares(limits) // shares) if shares else 0
    lendable = round(seats * (limits.get("lendablePercent") or 0) / 100)
    percent = limits.get("borrowingLimitPercent")
    borrowable = SERVER_SEATS if percent is None else round(seats * percent / 100)
    response = limits.get("limitResponse") or {}
    if response.get("type") != "Queue":
        return Level(seats, lendable, borrowable)
    queuing = response.get("queuing") or {}
    return Level(seats, lendable, borrowable, queuing.get("queues", 64), queuing.get("handSize", 8), queuing.get("queueLengthLimit", 50))


def _queued(level: Level, capacity: int, flow: tuple[str, str], now: float) -> float:
    """Join the shortest queue of the flow's hand; gives the moment when a seat will be free."""
    if not level.queues:
        raise TurnedAway("concurrency-limit")
    queue = min(dealt(flow, level.queues, level.hand), key=lambda q: len(level.waiting.get(q, ())))
    line = level.waiting.setdefault(queue, [])
    if len(line) >= level.longest:
        raise TurnedAway("queue-full")
    if capacity < 1:
        raise TurnedAway("time-out")
    start = heapq.nsmallest(len(level.busy) - capacity + 1, level.busy)[-1]
    if start - now > LONGEST_WAIT:
        raise TurnedAway("time-out")
    heapq.heappush(line, start)
    return start


def dealt(flow: tuple[str, str], queues: int, hand: int) -> list[int]:
    """The hand of queues that a flow is dealt: always the same for the same flow, without a queue twice."""
    value = int.from_bytes(hashlib.sha256("\0".join(flow).encode()).digest()[:16], "big")
    cards: list[int] = []
    for left in range(queues, queues - min(hand, queues), -1):
        value, card = divmod(value, left)
        for earlier in sorted(cards):
            card += card >= earlier
        cards.append(card)
    return cards


def seconds_of(attributes: Attributes) -> float:
    """How long such a request keeps a real server busy."""
    return SECONDS.get(attributes.verb, WRITE_SECONDS)
