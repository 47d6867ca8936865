"""etcd as a picture: who can decide, what each member does, which slots are safe."""

import pytest

from cluster_engine.kernel.chance import Chance
from cluster_engine.kernel.signals import Signals
from cluster_engine.raft.group import EtcdGroup
from explorer.scenes.etcd import DASHED, MISSING, SOLID, Group, group_of, tree_of


class World:
    """A group of members on a clock that is turned by hand."""

    def __init__(self, count: int) -> None:
        self.now = 0.0
        self.group = EtcdGroup(count, Chance(7), Signals(), lambda: self.now)

    def run(self, seconds: float) -> None:
        for _ in range(round(seconds * 10)):
            self.now = round(self.now + 0.1, 1)
            self.group.step(self.now)

    def seen(self) -> Group:
        return group_of(self.group.inspect())


@pytest.fixture
def three() -> World:
    world = World(3)
    assert world.group.agree(1, 4) == ""
    return world


def test_members_that_agree_are_all_well_and_the_leader_has_every_vote(three: World) -> None:
    seen = three.seen()
    leader = next(d for d in seen.dials if d.leads)
    assert (seen.title, seen.tone, seen.need) == ("All 3 members agree", "good", 2)
    assert (leader.ring, leader.votes, leader.match) == (100, (True, True, True), None)
    assert {d.match for d in seen.dials if not d.leads} == {leader.last}
    assert [link.state for link in seen.links] == ["whole"] * 3


def test_one_member_alone_decides() -> None:
    seen = World(1).seen()
    assert (seen.title, seen.links, seen.need) == ("One member decides alone", (), 1)


def test_writes_go_on_while_one_of_three_is_stopped(three: World) -> None:
    three.group.stop_member("etcd-3")
    three.group.agree(5, 6)
    seen = three.seen()
    assert seen.title == "2 of 3 members agree, so writes go on"
    assert "etcd-3 is stopped" in seen.said
    assert {link.state for link in seen.links if "etcd-3" in (link.one, link.other)} == {"idle"}
    states = {d.name: [s.state for s in slots] for d, slots in seen.log}
    assert (states["etcd-1"][-1], states["etcd-3"][-1]) == (SOLID, MISSING)
    assert seen.dials[2].behind == 1


def test_too_few_members_up_is_told_as_the_reason_why_nothing_is_written(three: World) -> None:
    three.group.stop_member("etcd-1")
    three.group.stop_member("etcd-2")
    three.run(3)
    seen = three.seen()
    assert seen.title == "Nothing can be written: 1 of 3 members is up, 2 are needed"
    assert (seen.tone, seen.refusal) == ("bad", "etcdserver: no leader")


def test_cuts_that_leave_no_majority_are_told_apart_from_stopped_members(three: World) -> None:
    for member in ("etcd-1", "etcd-2"):
        three.group.isolate(member)
    three.run(3)
    seen = three.seen()
    assert seen.title == "Nothing can be written: no member reaches 2 of 3"
    assert seen.broken and {link.state for link in seen.links} == {"cut"}


def test_a_leader_that_is_cut_off_does_not_count_as_one(three: World) -> None:
    first = three.seen().leader
    three.group.isolate(first)
    three.run(4)
    seen = three.seen()
    old = next(d for d in seen.dials if d.name == first)
    assert seen.leader not in ("", first)
    assert old.alone and not old.leads and old.tone == "wait"
    assert f"{first} hears no leader" in seen.said


def test_a_slot_that_no_majority_has_is_dashed() -> None:
    world = World(3)
    report = world.group.inspect()
    report["members"][0] |= {"last": 9, "commit": 8, "slots": [{"index": 9, "term": 1, "committed": False, "revision": 12}]}
    slots = group_of(report).log[0][1]
    assert [(s.index, s.state) for s in slots][-2:] == [(8, SOLID), (9, DASHED)]


def test_the_tree_counts_by_kind_and_namespace() -> None:
    keys = ["/registry/pods/default/a", "/registry/pods/default/b", "/registry/pods/shop/c", "/registry/minions/n"]
    tree = tree_of(lambda p: sum(k.startswith(p) for k in keys), [("pods", True), ("minions", False), ("jobs", True)], ["default", "shop"], ["/registry/pods/"])
    assert [(b.prefix, b.count, b.namespaces, b.watchers) for b in tree] == [("pods", 3, (("default", 2), ("shop", 1)), 1), ("minions", 1, (), 0)]
