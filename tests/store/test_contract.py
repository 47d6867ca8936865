"""One contract, three backends: whatever holds for the memory backend holds for SQLite and PostgreSQL."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from cluster_engine.kernel.cause import Cause
from cluster_engine.store.backend import Backend, BackendUnavailable, MemoryBackend, Stale
from cluster_engine.store.mvcc import Compacted, CompareFailed, FutureRevision, Store
from explorer.persistence import OrmBackend, PostgreSQL, SQLite

ROOT = Path(__file__).resolve().parents[2]
TABLES = "INSERT INTO auth_user (id, password, is_superuser, username, first_name, last_name, email, is_staff, is_active, date_joined)"
OWNER = TABLES + " VALUES (1, '', {true}, 'owner', '', '', '', {true}, {true}, '2026-01-01')"
CLUSTER = (
    "INSERT INTO explorer_cluster (id, name, template, seed, running, virtual_base, real_base, rate, paused, created, owner_id)"
    " VALUES ({id}, 'c{id}', 'bare', 1, {true}, 0, 0, 1, {false}, '2026-01-01', 1)"
)
HEAD = "INSERT INTO explorer_clusterhead (cluster_id, revision, compacted, epoch) VALUES ({id}, 0, 0, 0)"


def _migrate(url: str, folder: Path) -> None:
    environment = {**os.environ, "DATABASE_URL": url, "DATA_DIR": str(folder)}
    subprocess.run([sys.executable, "manage.py", "migrate", "-v0", "--skip-checks"], cwd=ROOT, env=environment, check=True)


@pytest.fixture(scope="session")
def sqlite_database(tmp_path_factory: pytest.TempPathFactory) -> SQLite:
    folder = tmp_path_factory.mktemp("sqlite")
    _migrate("", folder)
    place = SQLite(str(folder / "orrery.sqlite3"))
    with place.transaction(writing=True) as cursor:
        cursor.execute(OWNER.format(true=1))
    return place


@pytest.fixture(scope="session")
def postgresql_database(postgresql: str, tmp_path_factory: pytest.TempPathFactory) -> PostgreSQL:
    _migrate(postgresql, tmp_path_factory.mktemp("pg"))
    parts = urlsplit(postgresql)
    place = PostgreSQL({"host": parts.hostname, "port": parts.port, "user": parts.username, "dbname": parts.path.lstrip("/")})
    with place.transaction(writing=True) as cursor:
        cursor.execute(OWNER.format(true="true"))
    return place


_ids = iter(range(10, 1_000_000))


def _log(place: SQLite | PostgreSQL) -> Callable[[], Backend]:
    """A new cluster's log; each call opens it once more, as another process would."""
    cluster = next(_ids)
    true, false = ("1", "0") if isinstance(place, SQLite) else ("true", "false")
    with place.transaction(writing=True) as cursor:
        cursor.execute(CLUSTER.format(id=cluster, true=true, false=false))
        cursor.execute(HEAD.format(id=cluster))
    return lambda: OrmBackend(place, cluster)


@pytest.fixture(params=["memory", "sqlite", pytest.param("postgresql", marks=pytest.mark.services)])
def log(request: pytest.FixtureRequest) -> Iterator[Callable[[], Backend]]:
    if request.param == "memory":
        one = MemoryBackend()
        yield lambda: one
    else:
        yield _log(request.getfixturevalue(f"{request.param}_database"))


@pytest.fixture
def store(log: Callable[[], Backend]) -> Store:
    return Store(log())


Log = Callable[[], Backend]


def test_revisions_are_gapless_and_ordered(store: Store, log: Log) -> None:
    for number in range(1, 6):
        store.put(f"/registry/configmaps/default/c{number}", b"{}")
        store.flush()
    assert [r.revision for r in log().since(0)] == [1, 2, 3, 4, 5]
    assert log().load().revision == 5


def test_a_record_comes_back_as_it_was_written(store: Store, log: Log) -> None:
    cause = Cause("deployment-controller", "system:serviceaccount:kube-system:deployment-controller", "create", "2 of 3 pods exist — ☸", (1, 2), "demo-7")
    store.put("/registry/pods/default/ü-1", b'{"a":"\xc3\xbc"}', cause=cause, now=1767225600.123456, lease=7)
    store.flush()
    (record,) = log().since(0)
    assert (record.key, record.value, record.create_revision, record.version) == ("/registry/pods/default/ü-1", b'{"a":"\xc3\xbc"}', 1, 1)
    assert (record.cause, record.time, record.lease) == (cause, 1767225600.123456, 7)


def test_a_batch_becomes_durable_as_a_whole(store: Store, log: Log) -> None:
    for number in range(1200):
        store.put(f"/registry/pods/default/web-{number}", b"{}")
    store.flush()
    loaded = log().load()
    assert (loaded.revision, len(loaded.records)) == (1200, 1200)


def test_appending_to_a_log_that_has_moved_on_is_refused_and_writes_nothing(log: Log) -> None:
    ours, theirs = Store(log()), Store(log())
    theirs.put("/registry/a", b"theirs")
    theirs.flush()
    ours.put("/registry/a", b"ours")
    with pytest.raises(Stale):
        ours.flush()
    assert [r.value for r in log().since(0)] == [b"theirs"]


def test_after_a_refusal_the_store_catches_up_and_goes_on(log: Log) -> None:
    ours, theirs = Store(log()), Store(log())
    theirs.put("/registry/a", b"theirs")
    theirs.flush()
    ours.put("/registry/b", b"ours")
    with pytest.raises(Stale):
        ours.flush()
    assert [r.key for r in ours.catch_up()] == ["/registry/a"]
    ours.put("/registry/b", b"ours")
    ours.flush()
    assert [(r.revision, r.key) for r in log().since(0)] == [(1, "/registry/a"), (2, "/registry/b")]


def test_compare_and_swap_works_on_the_revision_of_the_key(store: Store) -> None:
    first = store.put("/registry/a", b"1", expected=0)
    with pytest.raises(CompareFailed):
        store.put("/registry/a", b"2", expected=0)
    store.put("/registry/a", b"2", expected=first.revision)
    with pytest.raises(CompareFailed):
        store.delete("/registry/a", expected=first.revision)
    store.flush()
    record = store.get("/registry/a")
    assert record is not None and (record.value, record.version, record.create_revision) == (b"2", 2, 1)


def test_a_key_can_be_made_deleted_and_made_anew_within_one_batch_and_across_batches(store: Store, log: Log) -> None:
    for _ in range(3):
        store.put("/registry/a", b"x", expected=0)
        store.delete("/registry/a")
    store.flush()
    store.put("/registry/a", b"y", expected=0)
    store.flush()
    store.delete("/registry/a")
    store.flush()
    store.put("/registry/a", b"z", expected=0)
    store.flush()
    versions = log().versions("/registry/a")
    assert [r.value for r in versions] == [b"x", None, b"x", None, b"x", None, b"y", None, b"z"]
    assert [r.previous_revision for r in versions] == [0, 1, 0, 3, 0, 5, 0, 7, 0]


def test_a_range_at_a_past_revision_shows_what_stood_then(store: Store, log: Log) -> None:
    store.put("/registry/pods/a", b"1")
    store.put("/registry/pods/b", b"1")
    store.put("/registry/services/a", b"1")
    store.delete("/registry/pods/a")
    store.put("/registry/pods/c", b"1")
    store.flush()
    for reader in (log().at, lambda prefix, revision: Store(log()).range(prefix, revision=revision).records):
        assert [r.key for r in reader("/registry/pods/", 3)] == ["/registry/pods/a", "/registry/pods/b"]
        assert [r.key for r in reader("/registry/pods/", 5)] == ["/registry/pods/b", "/registry/pods/c"]
    with pytest.raises(FutureRevision):
        store.range("/registry/", revision=6)


def test_keys_come_in_the_order_of_their_bytes_whatever_the_database_thinks(store: Store, log: Log) -> None:
    keys = ["/registry/pods/A", "/registry/pods/a", "/registry/pods/B", "/registry/pods/a-b", "/registry/pods/ab", "/registry/pods/ä"]
    for key in keys:
        store.put(key, b"x")
    store.flush()
    assert [r.key for r in Store(log()).range("/registry/pods/").records] == sorted(keys)


def test_a_store_that_opens_later_sees_the_same(store: Store, log: Log) -> None:
    store.put("/registry/a", b"1")
    store.put("/registry/a", b"2")
    store.put("/registry/b", b"1")
    store.delete("/registry/b")
    store.grant(9, 10.0, now=100.0)
    store.flush()
    opened = Store(log())
    assert opened.revision == opened.durable_revision == 4
    assert [(r.key, r.value, r.version) for r in opened.range("/registry/").records] == [("/registry/a", b"2", 2)]
    assert opened.leases[9].expires == 110.0


def test_a_watch_from_a_past_revision_tells_everything_since_in_order(store: Store, log: Log) -> None:
    for number in range(1, 6):
        store.put(f"/registry/pods/p{number}", b"x")
        store.put(f"/registry/nodes/n{number}", b"x")
        store.flush()
    watch = Store(log()).watch("/registry/pods/", 4)
    assert [(r.revision, r.key) for r in watch.poll()] == [(5, "/registry/pods/p3"), (7, "/registry/pods/p4"), (9, "/registry/pods/p5")]
    assert watch.poll() == []


def test_a_watch_misses_nothing_however_short_the_log_in_memory(log: Log) -> None:
    store = Store(log(), window=10)
    quick, slow, limited = (store.watch("/registry/pods/", 1) for _ in range(3))
    seen: list[str] = []
    for number in range(100):
        store.put(f"/registry/{'pods' if number % 3 else 'nodes'}/{number}", b"x")
        store.flush()
        seen += [r.key for r in quick.poll()]
        limited.poll(limit=1)
    expected = [f"/registry/pods/{number}" for number in range(100) if number % 3]
    assert seen == expected
    assert [r.key for r in slow.poll()] == expected


def test_a_watch_that_takes_a_few_at_a_time_misses_nothing(log: Log) -> None:
    store = Store(log(), window=10)
    watch = store.watch("/registry/pods/", 1)
    for number in range(30):
        store.put(f"/registry/pods/{number:02}", b"x")
    store.flush()
    seen = [r.key for r in watch.poll(limit=3)]
    for number in range(30, 60):
        store.put(f"/registry/nodes/{number}", b"x")
        store.flush()
    while found := watch.poll(limit=3):
        seen += [r.key for r in found]
    assert seen == [f"/registry/pods/{number:02}" for number in range(30)]


def test_compaction_keeps_what_lives_and_what_came_later(store: Store, log: Log) -> None:
    store.put("/registry/a", b"1")
    store.put("/registry/a", b"2")
    store.put("/registry/b", b"1")
    store.delete("/registry/b")
    store.put("/registry/a", b"3")
    store.flush()
    store.compact(4)
    assert [r.revision for r in log().since(0)] == [2, 5]
    opened = Store(log())
    assert (opened.revision, opened.compacted) == (5, 4)
    assert [r.value for r in opened.range("/registry/", revision=4).records] == [b"2"]
    with pytest.raises(Compacted):
        opened.watch("/registry/", 4)
    with pytest.raises(Compacted):
        opened.range("/registry/", revision=3)


def test_a_key_whose_deletion_was_compacted_can_be_made_anew(store: Store, log: Log) -> None:
    store.put("/registry/a", b"1")
    store.delete("/registry/a")
    store.put("/registry/b", b"1")
    store.flush()
    store.compact(2)
    store.put("/registry/a", b"2", expected=0)
    store.flush()
    assert [r.key for r in Store(log()).range("/registry/").records] == ["/registry/a", "/registry/b"]


def test_keys_of_a_lease_go_when_it_expires(store: Store, log: Log) -> None:
    store.grant(1, 15.0, now=100.0)
    store.put("/registry/masterleases/a", b"x", lease=1)
    store.flush()
    opened = Store(log())
    assert opened.next_expiry() == 115.0
    assert [r.key for r in opened.expire_leases(now=115.0)] == ["/registry/masterleases/a"]
    opened.flush()
    assert Store(log()).leases == {}


def test_a_lease_that_is_kept_alive_has_one_row(store: Store, log: Log) -> None:
    for moment in (100.0, 105.0, 110.0):
        store.grant(1, 15.0, now=moment)
    store.flush()
    store.grant(1, 15.0, now=120.0)
    store.flush()
    assert [lease.expires for lease in log().load().leases] == [135.0]


def test_a_database_that_is_gone_is_unavailable_not_broken(tmp_path: Path) -> None:
    nowhere = OrmBackend(SQLite(str(tmp_path / "no" / "such" / "place")), 1)
    with pytest.raises(BackendUnavailable):
        nowhere.load()


@pytest.mark.services
def test_a_postgresql_that_dies_and_returns_is_used_again(postgresql_database: PostgreSQL) -> None:
    store = Store(_log(postgresql_database)())
    store.put("/registry/a", b"1")
    with postgresql_database.transaction(writing=False) as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        ours = cursor.fetchone()[0]
    other = PostgreSQL(postgresql_database._parameters)
    with other.transaction(writing=False) as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s)", (ours,))
    with pytest.raises(BackendUnavailable):
        store.flush()
    store.put("/registry/a", b"1")
    assert [r.revision for r in store.flush()] == [1]
