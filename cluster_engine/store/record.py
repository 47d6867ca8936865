"""One row of the revision log: a key's value at a revision, with the cause that made it."""

from typing import Any

import orjson

from cluster_engine.kernel.cause import NO_CAUSE, Cause


class Record:
    """A key at a revision. Immutable by convention; `object` is parsed on first use and shared: never change it.

    `value` is None for a deletion; then `previous` holds the last living record where it is still in memory.
    `create_revision`, `previous_revision`: revisions of the same key (previous 0 when just created); `version` counts
    writes since creation; `time` in cluster seconds since the epoch; `lease` 0 for none.
    """

    __slots__ = ("_object", "cause", "create_revision", "key", "lease", "previous", "previous_revision", "revision", "time", "value", "version")

    def __init__(
        self, revision: int, key: str, value: bytes | None, *, create_revision: int, previous_revision: int = 0, version: int = 1,
        time: float = 0.0, cause: Cause = NO_CAUSE, lease: int = 0, previous: "Record | None" = None, object: Any = None,
    ) -> None:  # fmt: skip
        self.revision, self.key, self.value = revision, key, value
        self.create_revision, self.previous_revision, self.version = create_revision, previous_revision, version
        self.time, self.cause, self.lease, self.previous, self._object = time, cause, lease, previous, object

    @property
    def deleted(self) -> bool:
        return self.value is None

    @property
    def object(self) -> Any:
        """The parsed value; shared by all readers."""
        if self._object is None and self.value is not None:
            self._object = orjson.loads(self.value)
        return self._object

    def drop_object(self) -> None:
        """Forget the parsed form of a record that is no longer the newest, to save memory; `object` parses again."""
        self._object = None

    def __repr__(self) -> str:
        size = "deleted" if self.value is None else f"{len(self.value)} bytes"
        return f"Record({self.revision}, {self.key!r}, {size})"
