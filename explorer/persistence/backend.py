"""The database backend of the store: one cluster's revision log as rows, appended in batches under the head row's lock.

Models etcd's server/storage/backend. The contract is cluster_engine.store.backend.Backend's; the same tests run on all backends.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import islice

import orjson

from cluster_engine.kernel.cause import NO_CAUSE, Cause
from cluster_engine.store.backend import BackendUnavailable, Batch, LeaseRow, Loaded, Stale
from cluster_engine.store.mvcc import Store
from cluster_engine.store.record import Record
from explorer.persistence.database import Cursor, Database, Row

COLUMNS = "revision, key, value, create_revision, previous_revision, version, time, lease, cause"
INSERT = f"INSERT INTO explorer_revision (cluster_id, follows, {COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
SELECT = f"SELECT {COLUMNS} FROM explorer_revision"
HEAD = "SELECT revision, compacted FROM explorer_clusterhead WHERE cluster_id = ?"
KEYS_AT_ONCE = 500


def cause_bytes(cause: Cause) -> bytes:
    if cause is NO_CAUSE:
        return b"[]"
    return orjson.dumps((cause.component, cause.user, cause.verb, cause.why, cause.revisions, cause.request))


def read_cause(data: bytes) -> Cause:
    found = orjson.loads(data)
    if not found:
        return NO_CAUSE
    component, user, verb, why, revisions, request = found
    return Cause(component, user, verb, why, tuple(revisions), request)


def _record(row: Row) -> Record:
    revision, key, value, create_revision, previous_revision, version, time, lease, cause = row
    return Record(
        revision, key, None if value is None else bytes(value), create_revision=create_revision, previous_revision=previous_revision,
        version=version, time=time, lease=lease, cause=read_cause(bytes(cause)),
    )  # fmt: skip


def _after(prefix: str) -> str:
    return prefix + "\U0010ffff"


class OrmBackend:
    """The log of the cluster whose row has the primary key `cluster_id`; its ClusterHead row must exist."""

    def __init__(self, database: Database, cluster_id: int) -> None:
        self.database, self._id = database, cluster_id
        self._insert, self._select, self._head = database.sql(INSERT), database.sql(SELECT), database.sql(HEAD)

    @property
    def quick(self) -> bool:
        """Whether `append` is short enough to run on the event loop."""
        return self.database.quick

    @contextmanager
    def _transaction(self, *, writing: bool = False) -> Iterator[Cursor]:
        try:
            with self.database.transaction(writing) as cursor:
                yield cursor
        except self.database.unavailable() as error:
            raise BackendUnavailable(str(error)) from error

    def _ask(self, cursor: Cursor, where: str, *parameters: object) -> list[Record]:
        cursor.execute(self._select + self.database.sql(where), parameters)
        return [_record(row) for row in cursor.fetchall()]

    def load(self) -> Loaded:
        with self._transaction() as cursor:
            cursor.execute(self._head, (self._id,))
            revision, compacted = cursor.fetchone() or (0, 0)
            records = self._living(cursor, "", revision)
            cursor.execute(self.database.sql("SELECT lease, ttl, expires FROM explorer_lease WHERE cluster_id = ?"), (self._id,))
            return Loaded(records, revision, compacted, tuple(LeaseRow(*row) for row in cursor.fetchall()))

    def append(self, expected_revision: int, batch: Batch) -> None:
        with self._transaction(writing=True) as cursor:
            cursor.execute(self._head + self.database.lock, (self._id,))
            head = cursor.fetchone()
            if head is None or head[0] != expected_revision:
                raise Stale(f"head is {head and head[0]}, not {expected_revision}")
            if batch.records:
                self._write(cursor, batch.records)
            self._write_leases(cursor, batch)

    def _write(self, cursor: Cursor, records: list[Record]) -> None:
        graves = self._graves(cursor, (r.key for r in records if not r.previous_revision))
        rows = []
        for record in records:
            follows = record.previous_revision or graves.get(record.key, 0)
            if record.deleted:
                graves[record.key] = record.revision
            rows.append(self._row(record, follows))
        cursor.executemany(self._insert, rows)
        cursor.execute(self.database.sql("UPDATE explorer_clusterhead SET revision = ? WHERE cluster_id = ?"), (records[-1].revision, self._id))

    def _row(self, record: Record, follows: int) -> Row:
        return (
            self._id, follows, record.revision, record.key, record.value, record.create_revision, record.previous_revision,
            record.version, record.time, record.lease, cause_bytes(record.cause),
        )  # fmt: skip

    def _graves(self, cursor: Cursor, keys: Iterable[str]) -> dict[str, int]:
        """The newest deletion of each of `keys` that were there before: what a new creation follows."""
        found: dict[str, int] = {}
        remaining = iter(keys)
        while some := list(islice(remaining, KEYS_AT_ONCE)):
            marks = ", ".join("?" * len(some))
            sql = f"SELECT key, MAX(revision) FROM explorer_revision WHERE cluster_id = ? AND key IN ({marks}) GROUP BY key"
            cursor.execute(self.database.sql(sql), (self._id, *some))
            found.update(cursor.fetchall())
        return found

    def _write_leases(self, cursor: Cursor, batch: Batch) -> None:
        gone = [(self._id, lease_id) for lease_id in {*batch.revoked, *(lease.id for lease in batch.leases)}]
        if not gone:
            return
        cursor.executemany(self.database.sql("DELETE FROM explorer_lease WHERE cluster_id = ? AND lease = ?"), gone)
        newest = {lease.id: lease for lease in batch.leases if lease.id not in set(batch.revoked)}
        sql = self.database.sql("INSERT INTO explorer_lease (cluster_id, lease, ttl, expires) VALUES (?, ?, ?, ?)")
        cursor.executemany(sql, [(self._id, lease.id, lease.ttl, lease.expires) for lease in newest.values()])

    def since(self, revision: int, limit: int = 0) -> list[Record]:
        limited = f" LIMIT {int(limit)}" if limit else ""
        with self._transaction() as cursor:
            return self._ask(cursor, f" WHERE cluster_id = ? AND revision > ? ORDER BY revision{limited}", self._id, revision)

    def at(self, prefix: str, revision: int) -> list[Record]:
        with self._transaction() as cursor:
            return self._living(cursor, prefix, revision)

    def _living(self, cursor: Cursor, prefix: str, revision: int) -> list[Record]:
        """The newest row of each key up to `revision`, without those that are deletions. SQL orders text by locale; we by bytes."""
        newest = (
            " WHERE cluster_id = ? AND value IS NOT NULL AND revision IN (SELECT MAX(revision) FROM explorer_revision"
            " WHERE cluster_id = ? AND revision <= ? GROUP BY key)"
        )
        found = self._ask(cursor, newest, self._id, self._id, revision)
        return sorted((r for r in found if r.key.startswith(prefix)), key=lambda r: r.key)

    def versions(self, key: str) -> list[Record]:
        with self._transaction() as cursor:
            return self._ask(cursor, " WHERE cluster_id = ? AND key = ? ORDER BY revision", self._id, key)

    def compact(self, revision: int) -> None:
        """Keep what stands at `revision`, and all after it."""
        old = (
            "DELETE FROM explorer_revision WHERE cluster_id = ? AND revision <= ? AND (value IS NULL OR revision NOT IN"
            " (SELECT MAX(revision) FROM explorer_revision WHERE cluster_id = ? AND revision <= ? GROUP BY key))"
        )
        with self._transaction(writing=True) as cursor:
            cursor.execute(self.database.sql(old), (self._id, revision, self._id, revision))
            head = "UPDATE explorer_clusterhead SET compacted = ? WHERE cluster_id = ? AND compacted < ?"
            cursor.execute(self.database.sql(head), (revision, self._id, revision))


def make_store(backend: OrmBackend) -> Store:
    """The store over `backend`, as it stands in the database."""
    return Store(backend)
