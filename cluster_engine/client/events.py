"""The event recorder: tells what a component did as Event objects, without flooding the cluster with repetitions.

Models k8s.io/client-go/tools/record (EventRecorder, EventCorrelator). Three gates in a row: a token bucket per object (spam),
events that differ only in their message become one "combined" event after ten, and equal events raise a count.
"""

import zlib
from collections import OrderedDict, deque
from dataclasses import dataclass, field
from typing import Any

from cluster_engine.client.client import Client, Manifest
from cluster_engine.kernel.clock import Clock, timestamp
from cluster_engine.machinery.status import ApiError

MOST_SIMILAR = 10
SIMILAR_WITHIN = 600.0
SPAM_BURST = 25
SPAM_REFILL_SECONDS = 300.0
CACHED = 4_096
COMBINED = "(combined from similar events): "

Reference = dict[str, str]


def reference_to(about: Manifest, field_path: str = "") -> Reference:
    """The ObjectReference of an object, or of a part of it such as `spec.containers{web}`."""
    meta = about["metadata"]
    found = {
        "kind": about.get("kind", ""),
        "namespace": meta.get("namespace", ""),
        "name": meta["name"],
        "uid": meta.get("uid", ""),
        "apiVersion": about.get("apiVersion", ""),
        "resourceVersion": meta.get("resourceVersion", ""),
        "fieldPath": field_path,
    }
    return {k: v for k, v in found.items() if v}


@dataclass(slots=True)
class _Bucket:
    tokens: float = SPAM_BURST
    at: float = 0.0

    def take(self, now: float) -> bool:
        self.tokens = min(SPAM_BURST, self.tokens + (now - self.at) / SPAM_REFILL_SECONDS) if self.at else SPAM_BURST
        self.at = now
        if self.tokens < 1:
            return False
        self.tokens -= 1
        return True


@dataclass(slots=True)
class _Similar:
    messages: set[str] = field(default_factory=set)
    last: float = 0.0


@dataclass(slots=True)
class _Seen:
    name: str
    count: int


@dataclass(frozen=True, slots=True)
class _Told:
    """An event as it was told, before anything was written."""

    about: Reference
    type: str
    reason: str
    message: str
    time: float
    revision: str


class EventRecorder:
    """Records events of one component. With `at_once` each is written when told; else `step` writes them one by one, later."""

    def __init__(self, client: Client, clock: Clock, component: str, host: str = "", *, at_once: bool = True) -> None:
        self._client, self._clock, self._component, self._host, self._at_once = client, clock, component, host, at_once
        self._waiting: deque[_Told] = deque()
        self._buckets: OrderedDict[str, _Bucket] = OrderedDict()
        self._similar: OrderedDict[tuple[str, ...], _Similar] = OrderedDict()
        self._seen: OrderedDict[tuple[str, ...], _Seen] = OrderedDict()
        # Two recorders that tell of one object at one moment of a virtual clock must not give their events the same name.
        self._offset = zlib.crc32(f"{component}/{host}".encode()) % 1_000_000
        self._last_stamp = 0
        self.written = 0
        self.dropped = 0

    def record(self, about: Manifest, type: str, reason: str, message: str) -> None:
        """Tell of something that happened to `about`."""
        self.record_for(reference_to(about), type, reason, message)

    def record_for(self, about: Reference, type: str, reason: str, message: str) -> None:
        """Tell of something that happened to what a reference names."""
        told = _Told(about, type, reason, message, self._clock.now(), about.get("resourceVersion", ""))
        if self._at_once:
            self._write(told)
        else:
            self._waiting.append(told)

    @property
    def waiting(self) -> int:
        return len(self._waiting)

    def step(self) -> bool:
        """Write one event that waits; says whether there was one."""
        if not self._waiting:
            return False
        self._write(self._waiting.popleft())
        return True

    # -- the three gates

    def _write(self, told: _Told) -> None:
        about = told.about
        where = (about.get("kind", ""), about.get("namespace", ""), about.get("name", ""), about.get("uid", ""), about.get("apiVersion", ""))
        bucket = _cached(self._buckets, "/".join(where), _Bucket)
        if not bucket.take(told.time):
            self.dropped += 1
            return
        key: tuple[str, ...] = (*where, about.get("fieldPath", ""), told.type, told.reason)
        message, key = self._aggregated(told, key)
        try:
            self._count_or_create(told, message, key)
        except ApiError:
            self.dropped += 1

    def _aggregated(self, told: _Told, key: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
        similar = _cached(self._similar, key, _Similar)
        if told.time - similar.last > SIMILAR_WITHIN:
            similar.messages.clear()
        similar.last = told.time
        similar.messages.add(told.message)
        if len(similar.messages) < MOST_SIMILAR:
            return told.message, (*key, told.message)
        similar.messages.discard(next(iter(similar.messages - {told.message}), told.message))
        return COMBINED + told.message, key

    def _count_or_create(self, told: _Told, message: str, key: tuple[str, ...]) -> None:
        seen = self._seen.get(key)
        namespace = told.about.get("namespace", "") or "default"
        if seen is not None:
            patch = {"count": seen.count + 1, "lastTimestamp": timestamp(told.time), "message": message}
            try:
                self._client.patch("events", namespace, seen.name, patch, type="strategic", why=f"The same happened again: {told.reason}")
                seen.count += 1
                self.written += 1
                return
            except ApiError as error:
                if error.code != 404:
                    raise
        event = self._event(told, message, namespace)
        self._client.create("events", event, why=f"{self._component} tells: {told.reason}")
        self.written += 1
        self._seen[key] = _Seen(event["metadata"]["name"], 1)
        self._seen.move_to_end(key)
        if len(self._seen) > CACHED:
            self._seen.popitem(last=False)

    def _event(self, told: _Told, message: str, namespace: str) -> Manifest:
        self._last_stamp = max(self._last_stamp + 1, int(told.time * 1e9) + self._offset)
        moment = timestamp(told.time)
        source = {"component": self._component} | ({"host": self._host} if self._host else {})
        return {
            "apiVersion": "v1",
            "kind": "Event",
            "metadata": {"name": f"{told.about['name']}.{self._last_stamp:x}", "namespace": namespace},
            "involvedObject": told.about,
            "reason": told.reason,
            "message": message,
            "source": source,
            "firstTimestamp": moment,
            "lastTimestamp": moment,
            "count": 1,
            "type": told.type,
            "eventTime": None,
            "reportingComponent": self._component,
            "reportingInstance": self._host,
        }


def _cached(cache: OrderedDict[Any, Any], key: Any, make: Any) -> Any:
    found = cache.get(key)
    if found is None:
        found = cache[key] = make()
        if len(cache) > CACHED:
            cache.popitem(last=False)
    return found
