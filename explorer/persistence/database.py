"""Plain connections to the site's database for the revision log, beside Django's own.

The log is written by whole batches from the event loop, where Django's ORM may not be used and would cost more than the
database does. Connections belong to the thread that asked for them. Two dialects: SQLite and PostgreSQL.
"""

import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Protocol

from django.db import connections

Row = Sequence[Any]


class Cursor(Protocol):
    def execute(self, sql: Any, parameters: Any = ...) -> Any: ...

    def executemany(self, sql: Any, rows: Any) -> Any: ...

    def fetchall(self) -> list[Any]: ...

    def fetchone(self) -> Any: ...


class Busy(Exception):
    """Another process holds the database's write lock; nothing was written, try again in a moment."""


class Database(Protocol):
    """`quick`: a commit is short enough for the event loop itself. `lock`: what a SELECT adds to lock its row."""

    quick: bool
    lock: str

    def sql(self, text: str) -> str:
        """`text` with `?` parameters in the dialect's own style."""

    def transaction(self, writing: bool) -> Any:
        """A context manager that gives a cursor and commits, or rolls back on any exception. One that only reads never waits for a lock."""

    def unavailable(self) -> tuple[type[Exception], ...]:
        """The exceptions that say: the database does not answer."""

    def version(self) -> object:
        """Something that differs once another connection has written; None where there is no such thing."""

    def close(self) -> None: ...


class SQLite:
    """WAL: readers never wait; a commit without fsync takes 0.1 ms, so it runs on the event loop (docs/decisions/0002)."""

    quick = True
    lock = ""

    def __init__(self, path: str) -> None:
        self._path = path
        self._local = threading.local()

    def sql(self, text: str) -> str:
        return text

    def _connection(self) -> sqlite3.Connection:
        found: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if found is None:
            found = sqlite3.connect(self._path, isolation_level=None, timeout=0.05, cached_statements=64)
            found.execute("PRAGMA journal_mode=WAL")
            found.execute("PRAGMA synchronous=NORMAL")
            found.execute("PRAGMA foreign_keys=ON")
            found.execute("PRAGMA wal_autocheckpoint=0")  # Checkpointer does it in a thread of its own
            self._local.connection = found
        return found

    @contextmanager
    def transaction(self, writing: bool) -> Iterator[Cursor]:
        cursor = self._connection().cursor()
        try:
            cursor.execute("BEGIN IMMEDIATE" if writing else "BEGIN")
        except sqlite3.OperationalError as error:
            raise (Busy(str(error)) if "locked" in str(error) or "busy" in str(error) else error) from error
        try:
            yield cursor
        except BaseException:
            cursor.execute("ROLLBACK")
            raise
        cursor.execute("COMMIT")

    def unavailable(self) -> tuple[type[Exception], ...]:
        return (sqlite3.OperationalError,)

    def version(self) -> object:
        return self._connection().execute("PRAGMA data_version").fetchone()[0]

    def checkpoint(self) -> None:
        """Move the write-ahead log into the database file. Waits for the disk: call it off the event loop."""
        self._connection().execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()

    def close(self) -> None:
        found: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if found is not None:
            found.close()
            self._local.connection = None


class PostgreSQL:
    """A commit waits for the server, so it runs in a thread."""

    quick = False
    lock = " FOR UPDATE"

    def __init__(self, parameters: dict[str, Any]) -> None:
        self._parameters = parameters
        self._local = threading.local()

    def sql(self, text: str) -> str:
        return text.replace("?", "%s")

    def _connection(self) -> Any:
        import psycopg

        found = getattr(self._local, "connection", None)
        if found is None or found.closed:
            found = self._local.connection = psycopg.connect(**self._parameters, autocommit=True)
        return found

    @contextmanager
    def transaction(self, writing: bool) -> Iterator[Cursor]:
        connection = self._connection()
        try:
            with connection.transaction(), connection.cursor() as cursor:
                yield cursor
        except self.unavailable():
            self.close()
            raise

    def unavailable(self) -> tuple[type[Exception], ...]:
        import psycopg

        return (psycopg.OperationalError, psycopg.InterfaceError)

    def version(self) -> object:
        return None

    def close(self) -> None:
        found = getattr(self._local, "connection", None)
        if found is not None:
            found.close()
            self._local.connection = None


def database(alias: str = "default") -> SQLite | PostgreSQL:
    """The database of Django's settings."""
    wrapper = connections[alias]
    if wrapper.vendor == "sqlite":
        return SQLite(str(wrapper.settings_dict["NAME"]))
    settings = wrapper.settings_dict
    names = {"dbname": "NAME", "user": "USER", "password": "PASSWORD", "host": "HOST", "port": "PORT"}
    given = {key: settings[name] for key, name in names.items() if settings.get(name)}
    return PostgreSQL(given | {"connect_timeout": settings["OPTIONS"].get("connect_timeout", 5)})
