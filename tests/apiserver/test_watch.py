"""Watches: what happened since a revision, filtered, bounded, ended in time."""

import json
from typing import Any

import pytest

from cluster_engine.machinery.status import ApiError
from tests.apiserver.serving import MAPS, Serving


@pytest.fixture
def serving() -> Serving:
    return Serving()


def events(serving: Serving, query: str) -> list[Any]:
    """All events of a watch until its timeout."""
    stream = serving.response("GET", f"{MAPS}?watch=true&{query}").stream
    assert stream is not None
    text = b""
    while (piece := stream.poll(serving.clock.now())) is not None:
        text += piece
        serving.clock.advance(0.5)
    return [json.loads(line) for line in text.splitlines()]


def test_a_watch_replays_what_happened_since(serving: Serving) -> None:
    since = serving.configmap("a")["metadata"]["resourceVersion"]
    serving.configmap("b")
    serving.ask("PATCH", f"{MAPS}/b", {"data": {"k": "w"}}, content_type="application/merge-patch+json")
    serving.ask("DELETE", f"{MAPS}/b")
    assert [e["type"] for e in events(serving, f"resourceVersion={since}&timeoutSeconds=1")] == ["ADDED", "MODIFIED", "DELETED"]


def test_leaving_a_selector_looks_like_a_deletion(serving: Serving) -> None:
    since = serving.configmap("a", labels={"x": "1"})["metadata"]["resourceVersion"]
    serving.ask("PATCH", f"{MAPS}/a", {"metadata": {"labels": {"x": "2"}}}, content_type="application/merge-patch+json")
    found = events(serving, f"resourceVersion={since}&labelSelector=x%3D1&timeoutSeconds=1")
    assert [e["type"] for e in found] == ["DELETED"]


def test_initial_events_end_with_a_marked_bookmark(serving: Serving) -> None:
    serving.configmap("a")
    query = "sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true&timeoutSeconds=1"
    found = events(serving, query)
    assert [e["type"] for e in found] == ["ADDED", "BOOKMARK"]
    assert found[1]["object"]["metadata"]["annotations"] == {"k8s.io/initial-events-end": "true"}


def test_nothing_is_told_before_it_is_durable(serving: Serving) -> None:
    stream = serving.response("GET", f"{MAPS}?watch=true&resourceVersion={serving.store.revision}").stream
    assert stream is not None
    serving.client.create("configmaps", {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a", "namespace": "default"}}, why="test")
    assert stream.poll(serving.clock.now()) == b""
    serving.store.flush()
    assert b'"ADDED"' in (stream.poll(serving.clock.now()) or b"")


def test_a_reader_that_fell_behind_is_told_410() -> None:
    serving = Serving(window=8)
    stream = serving.response("GET", f"{MAPS}?watch=true&resourceVersion={serving.store.revision}").stream
    assert stream is not None
    for number in range(5):
        serving.configmap(f"c{number}")
    serving.store.compact(serving.store.durable_revision)
    event = json.loads(stream.poll(serving.clock.now()) or b"{}")
    assert (event["type"], event["object"]["code"]) == ("ERROR", 410)
    assert stream.poll(serving.clock.now()) is None


def test_a_component_that_fell_behind_is_told_410(serving: Serving) -> None:
    stream = serving.client.watch("configmaps", serving.store.revision)
    serving.configmap("a")
    serving.store.compact(serving.store.durable_revision)
    with pytest.raises(ApiError) as refused:
        stream.poll()
    assert refused.value.code == 410
    stream.close()


def test_a_closed_watch_is_no_longer_counted(serving: Serving) -> None:
    stream = serving.client.watch("configmaps", serving.store.revision)
    assert serving.api.watching == 1
    stream.close()
    assert serving.api.watching == 0
