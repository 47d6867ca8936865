"""Signs: the ten states that a diagram can show, ordered by how bad they are, so that a group shows its worst."""

from collections.abc import Iterable
from typing import Literal

Sign = Literal["failed", "crash", "unknown", "unsched", "notready", "term", "pulling", "pending", "done", "ready"]

WORST_FIRST: tuple[Sign, ...] = ("failed", "crash", "unknown", "unsched", "notready", "term", "pulling", "pending", "done", "ready")
BADNESS: dict[Sign, int] = {sign: len(WORST_FIRST) - place for place, sign in enumerate(WORST_FIRST)}


def worst(signs: Iterable[Sign]) -> Sign:
    """The worst of `signs`; "ready" for none."""
    return max(signs, key=BADNESS.__getitem__, default="ready")
