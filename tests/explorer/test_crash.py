"""kill -9 at any moment: what was acknowledged is there, the log has no gap, and the cluster goes on."""

import random
import sqlite3
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.running import Api, RunningServer

pytestmark = [pytest.mark.server, pytest.mark.slow]
CRASHES = 20
WRITERS = 4


@dataclass
class Acknowledged:
    """What one writer was told: the newest value of each of its objects, and what it had asked when the line broke."""

    values: dict[str, int] = field(default_factory=dict)
    deleted: set[str] = field(default_factory=set)
    unknown: set[str] = field(default_factory=set)
    revisions: list[int] = field(default_factory=list)


def manifest(name: str, value: int) -> dict[str, object]:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": {"value": str(value)}}


def write_until_it_breaks(api: Api, writer: int, crash: int, told: Acknowledged) -> None:
    """Create, update and delete, one after another, noting each answer; ends when the server is gone."""
    chance = random.Random(writer * 1000 + crash)
    path = "/api/v1/namespaces/default/configmaps"
    try:
        for number in range(100_000):
            name = f"w{writer}-c{crash}-n{number}"
            told.unknown.add(name)
            note(told, name, 1, api.ask("POST", path, manifest(name, 1)))
            told.unknown.discard(name)
            if chance.random() < 0.5:
                told.unknown.add(name)
                note(told, name, 2, api.ask("PUT", f"{path}/{name}", manifest(name, 2)))
                told.unknown.discard(name)
            if chance.random() < 0.2:
                told.unknown.add(name)
                assert api.ask("DELETE", f"{path}/{name}").status == 200
                told.deleted.add(name)
                told.values.pop(name)
                told.unknown.discard(name)
    except OSError:
        return
    except Exception as error:  # http.client words a broken line in many ways; anything else shows in the comparison
        if "http.client" not in type(error).__module__:
            raise


def note(told: Acknowledged, name: str, value: int, answer: object) -> None:
    assert answer.status in (200, 201), answer.body  # type: ignore[attr-defined]
    told.values[name] = value
    told.revisions.append(int(answer.json["metadata"]["resourceVersion"]))  # type: ignore[attr-defined]


def crash_once(server: RunningServer, kubeconfig: Path, crash: int, told: list[Acknowledged]) -> None:
    apis = [Api(kubeconfig) for _ in range(WRITERS)]
    threads = [threading.Thread(target=write_until_it_breaks, args=(apis[w], w, crash, told[w])) for w in range(WRITERS)]
    for thread in threads:
        thread.start()
    time.sleep(random.Random(crash).uniform(0.05, 0.4))
    server.kill()
    for thread in threads:
        thread.join()
    server.start()


def found(kubeconfig: Path) -> dict[str, int]:
    items = Api(kubeconfig).get("/api/v1/namespaces/default/configmaps").json["items"]
    return {i["metadata"]["name"]: int(i["data"]["value"]) for i in items if i["metadata"]["name"].startswith("w")}


def test_nothing_acknowledged_is_lost_in_twenty_crashes(tmp_path: Path) -> None:
    told = [Acknowledged() for _ in range(WRITERS)]
    with RunningServer(tmp_path) as server:
        server.manage("cluster", "create", "plain", "--template", "bare")
        kubeconfig = server.kubeconfig("plain")
        for crash in range(CRASHES):
            crash_once(server, kubeconfig, crash, told)
            there = found(kubeconfig)
            for writer in told:
                compare(writer, there)
        assert sum(len(writer.values) for writer in told) > CRASHES * WRITERS
        revisions = [revision for writer in told for revision in writer.revisions]
        assert len(revisions) == len(set(revisions)), "two acknowledged writes share a revision"
    log_has_no_gap(tmp_path / "orrery.sqlite3")


def compare(told: Acknowledged, there: dict[str, int]) -> None:
    """What was being asked as the server died may be there or not; all else is as it was acknowledged."""
    for name, value in told.values.items():
        if name not in told.unknown:
            assert there.get(name) == value, f"{name} was acknowledged with {value}, and there is {there.get(name)}"
    for name in told.deleted - told.unknown:
        assert name not in there, f"{name} was deleted, and is there again"


def log_has_no_gap(path: Path) -> None:
    database = sqlite3.connect(path)
    for (cluster,) in database.execute("SELECT id FROM explorer_cluster").fetchall():
        count, first, last = database.execute(
            "SELECT COUNT(*), MIN(revision), MAX(revision) FROM explorer_revision WHERE cluster_id = ?", (cluster,)
        ).fetchone()
        head, compacted = database.execute("SELECT revision, compacted FROM explorer_clusterhead WHERE cluster_id = ?", (cluster,)).fetchone()
        assert last == head
        if not compacted:
            assert (first, count) == (1, last)
    assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
