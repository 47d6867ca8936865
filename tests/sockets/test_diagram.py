"""The feed's bounds: what happens when a browser does not read, jumps, or says nonsense."""

import asyncio
from typing import Any

import orjson

from explorer.sockets.diagram import WINDOW, Diagram


class StillProjector:
    """A projector of a cluster in which nothing happens."""

    def __init__(self) -> None:
        self.told = 0

    def whole(self) -> dict[str, Any]:
        self.told += 1
        return {"type": "scene", "sequence": 1, "scene": {"revision": 1, "nodes": [], "edges": []}, "clock": {}}

    def newest_causes(self) -> list[Any]:
        return []

    def subscribe(self, listener: Any) -> None:
        self.listener = listener

    def unsubscribe(self, listener: Any) -> None:
        self.listener = None


def feed(topics: tuple[str, ...] = ("scene", "signals", "clock")) -> Diagram:
    diagram = Diagram()
    diagram.projector = StillProjector()  # type: ignore[assignment]
    diagram.topics, diagram.sent, diagram.read, diagram.behind = set(), 0, 0, False
    diagram.frames = asyncio.Queue(WINDOW)
    diagram._hear({"type": "want", "topics": list(topics)})
    return diagram


def frame(number: int) -> dict[str, Any]:
    return {"type": "frame", "sequence": number, "revision": number, "signals": [{"kind": "request"}], "causes": [{"revision": number}]}


def test_a_browser_that_never_reads_is_sent_a_window_and_no_more() -> None:
    diagram = feed()
    for number in range(10 * WINDOW):
        diagram._take(frame(number))
    assert diagram.sent == WINDOW and diagram.frames.qsize() <= WINDOW and diagram.behind


def test_a_browser_that_reads_again_gets_the_whole_scene() -> None:
    diagram = feed()
    for number in range(WINDOW + 5):
        diagram._take(frame(number))
    while not diagram.frames.empty():
        diagram.frames.get_nowait()
    diagram._hear({"type": "got", "count": WINDOW})
    assert orjson.loads(diagram.frames.get_nowait())["type"] == "scene" and not diagram.behind


def test_a_page_is_told_only_of_the_topics_that_it_wants() -> None:
    diagram = feed(("clock", "causes"))
    diagram.frames.get_nowait()
    diagram._take(frame(2))
    assert set(orjson.loads(diagram.frames.get_nowait())) == {"type", "sequence", "revision", "causes"}


def test_a_browser_with_a_gap_asks_and_gets_everything_anew() -> None:
    diagram = feed()
    diagram._hear({"type": "again"})
    assert diagram.projector.told == 2  # type: ignore[union-attr]


def test_more_acknowledgements_than_frames_change_nothing() -> None:
    diagram = feed()
    diagram._hear({"type": "got", "count": 10**9})
    assert diagram.read == diagram.sent


def test_nonsense_is_passed_over() -> None:
    diagram = feed()
    for word in ({}, {"type": "want", "topics": 7}, {"type": "got", "count": "x"}, {"type": "at", "revision": None}, {"type": 3}):
        diagram._hear(word)
    assert diagram.topics == set()
