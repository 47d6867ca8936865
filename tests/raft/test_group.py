"""What a cluster's writers feel of its etcd members."""

from cluster_engine.kernel.chance import Chance
from cluster_engine.kernel.clock import VirtualClock
from cluster_engine.kernel.signals import Signals
from cluster_engine.raft.group import NO_LEADER, EtcdGroup


class Bench:
    """A group with its clock."""

    def __init__(self, count: int = 3) -> None:
        self.clock = VirtualClock()
        self.group = EtcdGroup(count, Chance(7), Signals(), self.clock.now)
        self.revision = 0

    def write(self) -> str:
        self.revision += 1
        return self.group.agree(self.revision, self.revision)

    def run(self, seconds: float) -> None:
        end = self.clock.now() + seconds
        while self.clock.now() < end:
            if not self.group.step(self.clock.now()):
                self.clock.advance(0.05)

    @property
    def leader(self) -> str:
        return self.group.leader.name if self.group.leader else ""


def test_a_new_group_has_a_leader_and_takes_writes() -> None:
    for count in (1, 3, 5):
        bench = Bench(count)
        assert bench.write() == ""
        assert len({m["revision"] for m in bench.group.inspect()["members"] if m["name"] == bench.leader}) == 1


def test_every_member_has_every_write() -> None:
    bench = Bench()
    for _ in range(5):
        assert bench.write() == ""
    bench.group._wake()
    bench.run(1)
    assert {m["commit"] for m in bench.group.inspect()["members"]} == {bench.group.nodes[bench.leader].commit}


def test_losing_a_minority_changes_nothing() -> None:
    bench = Bench()
    bench.group.stop_member(next(m for m in sorted(bench.group.disks) if m != bench.leader))
    assert bench.write() == ""


def test_losing_the_leader_costs_an_election_and_nothing_that_was_acknowledged() -> None:
    bench = Bench()
    bench.write()
    before = bench.group.nodes[bench.leader].commit
    bench.group.stop_member(bench.leader)
    assert bench.write() == NO_LEADER
    bench.run(5)
    assert bench.write() == ""
    assert bench.group.nodes[bench.leader].commit > before


def test_losing_the_majority_refuses_writes_until_it_is_back() -> None:
    bench = Bench()
    names = sorted(bench.group.disks)
    for name in names[:2]:
        bench.group.stop_member(name)
    bench.run(5)
    assert bench.write() == NO_LEADER
    bench.group.start_member(names[0])
    bench.run(5)
    assert bench.write() == ""


def test_a_leader_that_is_cut_off_stops_taking_writes_and_the_others_elect_a_new_one() -> None:
    bench = Bench()
    old = bench.leader
    bench.group.isolate(old)
    bench.run(6)
    assert bench.leader not in ("", old)
    assert bench.write() == ""
    bench.group.heal()
    bench.run(6)
    commits = {m["commit"] for m in bench.group.inspect()["members"]}
    assert len(commits) == 1


def test_a_member_that_was_long_away_catches_up() -> None:
    bench = Bench()
    away = next(m for m in sorted(bench.group.disks) if m != bench.leader)
    bench.group.stop_member(away)
    for _ in range(300):
        assert bench.write() == ""
    bench.group.start_member(away)
    bench.run(5)
    members = {m["name"]: m for m in bench.group.inspect()["members"]}
    assert members[away]["revision"] == bench.revision


def test_lossy_links_slow_nothing_acknowledged_down() -> None:
    bench = Bench()
    names = sorted(bench.group.disks)
    bench.group.lose(names[0], names[1], 0.4)
    bench.group.lose(names[0], names[2], 0.4)
    assert [bench.write() for _ in range(20)] == [""] * 20


def test_a_healthy_group_costs_no_time() -> None:
    bench = Bench()
    bench.run(3)
    assert bench.group.next_wake(bench.clock.now()) is None


def test_hands_the_lead_over_on_request() -> None:
    bench = Bench()
    target = next(m for m in sorted(bench.group.disks) if m != bench.leader)
    bench.group.move_leader(target)
    assert bench.leader == target
