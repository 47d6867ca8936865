"""The events.k8s.io recorder that the scheduler uses: with an action, and a series instead of a count.

Models k8s.io/client-go/tools/events. Equal events within six minutes become one with a series.
"""

from collections import OrderedDict
from typing import Any

from cluster_engine.client.client import Client, Manifest
from cluster_engine.kernel.clock import Clock, micro_timestamp
from cluster_engine.machinery.status import ApiError

SERIES_WITHIN = 360.0
CACHED = 4_096


class SeriesRecorder:
    """Records events.k8s.io/v1 events of one component. Never raises: an event that cannot be written is dropped."""

    def __init__(self, client: Client, clock: Clock, component: str, instance: str) -> None:
        self._client, self._clock, self._component, self._instance = client, clock, component, instance
        self._seen: OrderedDict[tuple[str, ...], tuple[str, str, int, float]] = OrderedDict()
        self._last_stamp = 0
        self.dropped = 0

    def record(self, about: Manifest, type: str, reason: str, action: str, note: str) -> None:
        now = self._clock.now()
        meta = about["metadata"]
        key = (meta.get("uid", ""), meta["name"], type, reason, action, note)
        try:
            self._write(key, about, type, reason, action, note, now)
        except ApiError:
            self.dropped += 1

    def _write(self, key: tuple[str, ...], about: Manifest, type: str, reason: str, action: str, note: str, now: float) -> None:
        namespace = about["metadata"].get("namespace") or "default"
        seen = self._seen.get(key)
        if seen is not None and now - seen[3] < SERIES_WITHIN:
            self._continue(key, namespace, seen, now)
            return
        event = self._event(about, namespace, type, reason, action, note, now)
        self._client.create("events", event, why=f"{self._component} tells: {reason}")
        self._seen[key] = (event["metadata"]["name"], namespace, 1, now)
        self._seen.move_to_end(key)
        if len(self._seen) > CACHED:
            self._seen.popitem(last=False)

    def _continue(self, key: tuple[str, ...], namespace: str, seen: tuple[str, str, int, float], now: float) -> None:
        name, _, count, _ = seen
        patch = {"series": {"count": count + 1, "lastObservedTime": micro_timestamp(now)}}
        try:
            self._client.patch("events", namespace, name, patch, type="strategic", why="The same happened again")
            self._seen[key] = (name, namespace, count + 1, now)
        except ApiError as error:
            self._seen.pop(key, None)
            if error.code != 404:
                raise

    def _event(self, about: Manifest, namespace: str, type: str, reason: str, action: str, note: str, now: float) -> Manifest:
        meta = about["metadata"]
        self._last_stamp = max(self._last_stamp + 1, int(now * 1e9))
        regarding: dict[str, Any] = {
            "kind": about.get("kind", "Pod"), "apiVersion": about.get("apiVersion", "v1"), "namespace": meta.get("namespace", ""), "name": meta["name"],
            "uid": meta.get("uid", ""), "resourceVersion": meta.get("resourceVersion", ""),
        }  # fmt: skip
        return {
            "apiVersion": "v1", "kind": "Event", "metadata": {"name": f"{meta['name']}.{self._last_stamp:x}", "namespace": namespace},
            "involvedObject": {k: v for k, v in regarding.items() if v}, "type": type, "reason": reason, "action": action, "message": note,
            "eventTime": micro_timestamp(now), "reportingComponent": self._component, "reportingInstance": self._instance,
            "source": {}, "firstTimestamp": None, "lastTimestamp": None,
        }  # fmt: skip
