"""A decision as a matrix: what passed, who refused, what was not asked, and how totals add up."""

from cluster_engine.scheduler.decision import Attempt
from cluster_engine.scheduler.pod_info import PodInfo
from cluster_engine.scheduler.profile import Profile
from cluster_engine.scheduler.snapshot import Snapshot
from explorer.scenes.decision import NOT_ASKED, PASSED, REFUSED, Matrix, matrix_of
from tests.scheduler.world import cycle, node, pod, snapshot


def decided(state: Snapshot) -> Matrix:
    verdicts = cycle().decide(PodInfo(pod("web", cpu="100m", memory="100Mi")), state)[0]
    result = "bound" if verdicts.chosen else "unschedulable"
    return matrix_of(Attempt(0.0, "default/web", "uid", 1, result, "0/1 nodes are available.", "", verdicts, Profile()))


def test_the_chosen_node_stands_first_with_its_sum() -> None:
    matrix = decided(snapshot([node("a"), node("b")], [pod("old", cpu="3", memory="6Gi", node_name="a")]))
    first = matrix.rows[0]
    assert (first.node, first.place) == ("b", "chosen")
    assert first.total == sum(s.weighted for s in first.scores)
    assert first.mean == round(first.total / matrix.weights)
    assert [s.start for s in first.scores] == [sum(x.weighted for x in first.scores[:i]) for i in range(len(first.scores))]
    assert matrix.said == "The scheduler looked at 2 nodes, kept 2 and chose b."


def test_plugins_after_a_refusal_were_not_asked() -> None:
    tainted = node("a", taints=[{"key": "k", "value": "v", "effect": "NoSchedule"}])
    matrix = decided(snapshot([tainted, node("b")]))
    out = next(row for row in matrix.rows if row.node == "a")
    states = [mark.state for mark in out.marks]
    at = states.index(REFUSED)
    assert matrix.filters[at].plugin == "TaintToleration"
    assert set(states[:at]) == {PASSED}
    assert set(states[at + 1 :]) == {NOT_ASKED}
    assert out.reasons == ("node(s) had untolerated taint(s)",)


def test_volume_plugins_share_a_column() -> None:
    titles = [head.title for head in decided(snapshot([node("a")])).filters]
    assert titles.count("Volumes") == 1
    assert len(titles) == len(set(titles))
