"""The recorder's three gates: count equal events, combine similar ones, stop a flood."""

from typing import Any

from cluster_engine.client.events import EventRecorder
from cluster_engine.kernel.clock import VirtualClock
from cluster_engine.machinery.status import not_found

POD = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web", "namespace": "shop", "uid": "u1", "resourceVersion": "7"}}


class Events:
    """A server that keeps events only."""

    def __init__(self) -> None:
        self.events: dict[str, dict[str, Any]] = {}

    def create(self, resource: str, manifest: dict[str, Any], **_: Any) -> dict[str, Any]:
        assert resource == "events"
        self.events[manifest["metadata"]["name"]] = manifest
        return manifest

    def patch(self, resource: str, namespace: str, name: str, patch: dict[str, Any], **_: Any) -> dict[str, Any]:
        if name not in self.events:
            raise not_found("", "events", name)
        self.events[name] = self.events[name] | patch
        return self.events[name]


def recorder(server: Events, clock: VirtualClock, **more: Any) -> EventRecorder:
    return EventRecorder(server, clock, "kubelet", "worker-1", **more)  # type: ignore[arg-type]


def test_equal_events_raise_a_count() -> None:
    server, clock = Events(), VirtualClock()
    tell = recorder(server, clock)
    for _ in range(3):
        tell.record(POD, "Warning", "BackOff", "Back-off restarting")
        clock.advance(10)
    (event,) = server.events.values()
    assert event["count"] == 3
    assert event["lastTimestamp"] == "2026-01-01T00:00:20Z"
    assert event["firstTimestamp"] == "2026-01-01T00:00:00Z"


def test_an_event_names_what_it_is_about_and_who_told() -> None:
    server, clock = Events(), VirtualClock()
    recorder(server, clock).record(POD, "Normal", "Started", "Container started")
    (event,) = server.events.values()
    assert event["involvedObject"] == {"kind": "Pod", "namespace": "shop", "name": "web", "uid": "u1", "apiVersion": "v1", "resourceVersion": "7"}
    assert event["source"] == {"component": "kubelet", "host": "worker-1"}
    assert event["metadata"]["name"].startswith("web.")


def test_similar_events_are_combined_after_ten() -> None:
    server, clock = Events(), VirtualClock()
    tell = recorder(server, clock)
    for n in range(12):
        tell.record(POD, "Warning", "Unhealthy", f"probe failed: {n}")
    messages = [e["message"] for e in server.events.values()]
    assert len(messages) == 10
    assert messages[-1] == "(combined from similar events): probe failed: 11"


def test_a_flood_about_one_object_is_cut_off() -> None:
    server, clock = Events(), VirtualClock()
    tell = recorder(server, clock)
    for n in range(40):
        tell.record(POD, "Normal", f"Reason{n}", "x")
    assert len(server.events) == 25
    assert tell.dropped == 15


def test_a_deleted_event_is_told_anew() -> None:
    server, clock = Events(), VirtualClock()
    tell = recorder(server, clock)
    tell.record(POD, "Normal", "Pulled", "x")
    server.events.clear()
    tell.record(POD, "Normal", "Pulled", "x")
    assert [e["count"] for e in server.events.values()] == [1]


def test_events_can_wait_for_a_quiet_moment() -> None:
    server, clock = Events(), VirtualClock()
    tell = recorder(server, clock, at_once=False)
    tell.record(POD, "Normal", "Pulled", "x")
    assert not server.events
    assert tell.step()
    assert not tell.step()
    assert len(server.events) == 1
