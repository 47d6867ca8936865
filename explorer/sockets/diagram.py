"""The diagram feed of one cluster over a websocket: the scene, then frames. Ownership is checked before anything is told.

A browser says how far it has read; beyond a window of frames it is sent nothing more, and the whole scene once it reads
again. So a client that never reads holds nothing but its own place.
"""

import asyncio
from typing import Any

import orjson
from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncWebsocketConsumer

from explorer import engine
from explorer.access import may_open
from explorer.sockets.past import scene_at
from explorer.sockets.projector import Frame, Projector, projector_of

WINDOW = 90
LARGEST_WORD = 4096
TOPICS = {"scene": ("delta",), "signals": ("signals", "merged"), "causes": ("causes",), "changed": ("changed",), "clock": ("clock",)}
NOT_ALLOWED, NOT_RUNNING, TOO_LARGE = 4403, 4404, 4413


class Diagram(AsyncWebsocketConsumer):  # type: ignore[misc]
    """One browser's feed."""

    projector: Projector | None = None

    async def connect(self) -> None:
        name = self.scope["url_route"]["kwargs"]["name"]
        self.topics: set[str] = set()
        self.sent = self.read = 0
        self.behind = False
        self.frames: asyncio.Queue[bytes] = asyncio.Queue(WINDOW)
        await self.accept()
        if not await database_sync_to_async(may_open)(self.scope["user"], name):
            await self.close(NOT_ALLOWED)
            return
        try:
            self.hosted = engine.hosted(name)
        except (KeyError, RuntimeError):
            await self.close(NOT_RUNNING)
            return
        self.projector = projector_of(self.hosted)
        self.sender = asyncio.ensure_future(self._send_frames())

    async def disconnect(self, code: int) -> None:
        if self.projector is not None:
            self.projector.unsubscribe(self._take)
            self.sender.cancel()

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        if self.projector is None:
            return
        if len(text_data or bytes_data or "") > LARGEST_WORD:
            await self.close(TOO_LARGE)
            return
        try:
            word = orjson.loads(text_data or bytes_data or b"")
        except orjson.JSONDecodeError:
            return
        if isinstance(word, dict):
            self._hear(word)

    def _hear(self, word: dict[str, Any]) -> None:
        kind = word.get("type")
        if kind == "want":
            self._want(word.get("topics"))
        elif kind == "got" and isinstance(word.get("count"), int):
            self.read = max(self.read, min(word["count"], self.sent))
            if self.behind and self.sent - self.read < WINDOW // 2:
                self.behind = False
                self._begin()
        elif kind == "again":
            self._begin()
        elif kind == "at" and isinstance(word.get("revision"), int):
            self._put({"type": "past", "past": scene_at(self.hosted, word["revision"])})

    def _want(self, topics: object) -> None:
        assert self.projector is not None
        self.topics = {t for t in topics if t in TOPICS} if isinstance(topics, list) else set()
        self.projector.unsubscribe(self._take)
        self.projector.subscribe(self._take)
        self._begin(first=True)

    def _begin(self, first: bool = False) -> None:
        """The whole scene, for a browser that has just come or lost its place."""
        assert self.projector is not None
        whole = self.projector.whole()
        if "scene" not in self.topics:
            whole.pop("scene")
        if first and "causes" in self.topics:
            whole["causes"] = self.projector.newest_causes()
        self._put(whole)

    def _take(self, frame: Frame) -> None:
        if self.behind:
            return
        wanted = {key for topic in self.topics for key in TOPICS[topic]}
        told = {key: value for key, value in frame.items() if key in ("type", "sequence", "revision") or key in wanted}
        self._put(told)

    def _put(self, message: Frame) -> None:
        if self.sent - self.read >= WINDOW or self.frames.full():
            self.behind = True
            return
        self.sent += 1
        self.frames.put_nowait(orjson.dumps(message, default=dict))

    async def _send_frames(self) -> None:
        while True:
            await self.send(text_data=(await self.frames.get()).decode())
