from typing import Any

from explorer.scenes.instrument import controller_manager, etcd, scheduler


def loop(name: str, time: float, why: str, depth: int = 0) -> dict[str, Any]:
    return {"name": f"{name}-controller", "depth": depth, "last": [{"time": time, "why": [why]}]}


def test_the_loops_that_acted_last_are_shown_and_the_newest_is_marked() -> None:
    loops = [loop("deployment", 1, "a"), loop("replicaset", 4, "2 of 3 pods exist", depth=1), loop("endpointslice", 3, "c"), loop("job", 2, "d")]
    lines = controller_manager(loops)["lines"]
    assert [line["name"] for line in lines] == ["ReplicaSet", "EndpointSlice", "Job"] or {line["name"] for line in lines} == {
        "ReplicaSet",
        "EndpointSlice",
        "Job",
    }
    assert [line["text"] for line in lines if line["on"]] == ["2 of 3 pods exist"]


def test_the_scheduler_shows_scores_best_first_and_who_is_out() -> None:
    newest = {"node": "worker-2", "uid": "p", "why": "w", "nodes": [
        {"node": "master-1", "refused_by": "TaintToleration", "reasons": ["node(s) had untolerated taint(s)"]},
        {"node": "worker-1", "refused_by": "", "mean": 71}, {"node": "worker-2", "refused_by": "", "mean": 84},
    ]}  # fmt: skip
    lines = scheduler({"newest": newest, "queue": 0})["lines"]
    assert [(line["name"], line["score"]) for line in lines] == [("worker-2", 84), ("worker-1", 71), ("master-1", None)]
    assert lines[0]["on"] and lines[2]["text"] == "tainted"


def test_etcd_shows_what_is_being_written_as_not_committed() -> None:
    slots = etcd(1187, 1186)["slots"]
    assert [slot["committed"] for slot in slots] == [True] * 7 + [False]


def test_etcd_says_how_many_members_are_up_and_in_which_term() -> None:
    members = [{"name": f"etcd-{n}", "up": n != 3} for n in (1, 2, 3)]
    assert etcd(5, 5, {"members": members, "term": 4, "refusal": ""})["note"] == "2 of 3 members, term 4"
    assert etcd(5, 5, {"members": members[:1], "term": 1, "refusal": ""})["note"] == "1 member, term 1"
    lost = etcd(5, 5, {"members": members, "term": 4, "refusal": "etcdserver: no leader"})
    assert (lost["note"], lost["leads"]) == ("2 of 3 up, no leader", False)
