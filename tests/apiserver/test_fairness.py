"""Priority and fairness: seats, queues, and who is turned away."""

import json

import pytest

from cluster_engine.apiserver.bootstrap_flows import priority_levels
from cluster_engine.apiserver.fairness_seats import Seats, TurnedAway, dealt
from cluster_engine.apiserver.http import HttpRequest
from cluster_engine.cluster import Cluster
from cluster_engine.kernel.clock import VirtualClock
from cluster_engine.store.backend import MemoryBackend
from cluster_engine.store.mvcc import Store


def level(name, shares, queues=0, longest=1, borrowing=0):
    response = {"type": "Queue", "queuing": {"queues": queues, "handSize": 1, "queueLengthLimit": longest}} if queues else {"type": "Reject"}
    limited = {"nominalConcurrencyShares": shares, "borrowingLimitPercent": borrowing, "limitResponse": response}
    return {"metadata": {"name": name}, "spec": {"type": "Limited", "limited": limited}}


def seats(*levels):
    made = Seats()
    made.arrange(list(levels))
    return made


def why(made, name, flow, now=0.0):
    with pytest.raises(TurnedAway) as caught:
        made.take(name, flow, 1.0, now)
    return str(caught.value)


def test_a_level_serves_its_share_and_turns_the_rest_away():
    made = seats(level("small", 1), level("large", 599))
    assert made.take("small", ("s", "jane"), 1.0, 0.0) == 0.0
    assert why(made, "small", ("s", "jane")) == "concurrency-limit"
    assert made.take("large", ("s", "jane"), 1.0, 0.0) == 0.0
    assert made.take("small", ("s", "jane"), 1.0, 1.0) == 0.0
    assert made.rejected == {("small", "s", "concurrency-limit"): 1}


def test_who_finds_no_seat_waits_in_a_queue_until_it_is_full():
    made = seats(level("small", 1, queues=1, longest=2), level("large", 599))
    assert [made.take("small", ("s", "jane"), 1.0, 0.0) for _ in range(3)] == [0.0, 1.0, 2.0]
    assert why(made, "small", ("s", "jane")) == "queue-full"


def test_a_flow_that_floods_fills_its_own_queue_only():
    made = seats(level("small", 1, queues=64, longest=1), level("large", 599))
    flood, other = ("s", "flood"), next(("s", f"u{i}") for i in range(9) if dealt(("s", f"u{i}"), 64, 1) != dealt(("s", "flood"), 64, 1))
    made.take("small", flood, 1.0, 0.0)
    made.take("small", flood, 1.0, 0.0)
    assert why(made, "small", flood) == "queue-full"
    assert made.take("small", other, 1.0, 0.0) == 2.0


def test_seats_that_nobody_uses_are_lent():
    lender = level("large", 599)
    lender["spec"]["limited"]["lendablePercent"] = 50
    borrower = level("small", 1)
    del borrower["spec"]["limited"]["borrowingLimitPercent"]
    made = seats(borrower, lender)
    assert [made.take("small", ("s", ""), 1.0, 0.0) for _ in range(301)] == [0.0] * 301
    assert why(made, "small", ("s", "")) == "concurrency-limit"


def test_the_levels_of_a_new_cluster_share_all_seats():
    made = seats(*priority_levels())
    assert sum(found.seats for found in made._levels.values()) >= 600
    assert made.take("exempt", ("exempt", ""), 1.0, 0.0) == 0.0


def test_a_hand_has_no_queue_twice_and_is_always_the_same():
    hand = dealt(("s", "jane"), 64, 6)
    assert len(set(hand)) == 6 and all(0 <= q < 64 for q in hand) and hand == dealt(("s", "jane"), 64, 6)


def test_a_level_without_seats_answers_429():
    cluster = Cluster("test", Store(MemoryBackend()), VirtualClock(1_700_000_000.0), 7, "hollow", components=())
    api, group = cluster.api.loopback, "flowcontrol.apiserver.k8s.io"
    shut = level("shut", 0) | {"apiVersion": f"{group}/v1", "kind": "PriorityLevelConfiguration"}
    api.create(f"prioritylevelconfigurations.{group}", shut, why="test")
    rule = {
        "subjects": [{"kind": "User", "user": {"name": "jane"}}],
        "resourceRules": [{"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"], "namespaces": ["*"], "clusterScope": True}],
    }
    spec = {"matchingPrecedence": 50, "priorityLevelConfiguration": {"name": "shut"}, "rules": [rule]}
    api.create(f"flowschemas.{group}", {"apiVersion": f"{group}/v1", "kind": "FlowSchema", "metadata": {"name": "jane"}, "spec": spec}, why="test")
    review = {"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"}
    body, headers = json.dumps(review).encode(), {"content-type": "application/json"}
    path = "/apis/authentication.k8s.io/v1/selfsubjectreviews"
    cluster.store.flush()
    answers = [cluster.api.handle(HttpRequest("POST", path, "", headers, body, certificate=(who, ()))) for who in ("jane", "joe")]
    assert [a.status for a in answers] == [429, 201]
    assert ("Retry-After", "1") in answers[0].headers and b"Too many requests" in answers[0].body
