"""Raft's rules, alone and under a hostile network."""

import os

import pytest

from cluster_engine.raft.messages import Membership
from cluster_engine.raft.node import NotLeader, Role
from tests.raft.world import World

SEEDS = int(os.environ.get("ORRERY_RAFT_SEEDS", "300"))


def led(seed: int = 1, names: tuple[str, ...] = ("a", "b", "c")) -> World:
    world = World(seed, names)
    world.heal(60)
    return world


def test_elects_exactly_one_leader() -> None:
    world = led()
    assert [n.role for n in world.nodes.values()].count(Role.LEADER) == 1


def test_a_single_member_leads_itself_and_commits_at_once() -> None:
    world = led(names=("a",))
    leader = world.leader
    assert leader is not None
    index = leader.propose("x")
    assert leader.commit == index


def test_commits_what_a_majority_has() -> None:
    world = led()
    leader = world.leader
    assert leader is not None
    follower = next(n for n in world.nodes if n != leader.name)
    world.crash(follower)
    index = leader.propose("x")
    world.flush(leader.name)
    while world.wire:
        world.deliver(0, 0.0)
    assert leader.commit >= index


def test_commits_nothing_without_a_majority_and_steps_down() -> None:
    world = led()
    leader = world.leader
    assert leader is not None
    before = leader.commit
    for name in [n for n in world.nodes if n != leader.name]:
        world.crash(name)
    leader.propose("x")
    for _ in range(40):
        leader.tick()
        world.flush(leader.name)
    assert leader.commit == before
    assert leader.role is not Role.LEADER


def test_a_follower_refuses_proposals_and_names_the_leader() -> None:
    world = led()
    leader = world.leader
    assert leader is not None
    follower = next(n for n in world.nodes.values() if n is not leader)
    with pytest.raises(NotLeader) as refused:
        follower.propose("x")
    assert refused.value.leader == leader.name


def test_a_member_that_returns_from_a_cut_does_not_depose_the_leader() -> None:
    world = led()
    leader = world.leader
    assert leader is not None
    term = leader.term
    lost = next(n for n in sorted(world.nodes) if n != leader.name)
    world.cut = {frozenset({lost, other}) for other in world.nodes if other != lost}
    for _ in range(100):
        for name in sorted(world.nodes):
            world.nodes[name].tick()
            world.flush(name)
        while world.wire:
            world.deliver(0, 0.0)
    world.heal(30)
    assert world.leader is leader
    assert leader.term == term


def test_hands_the_lead_over_when_asked() -> None:
    world = led()
    leader = world.leader
    assert leader is not None
    target = next(n for n in sorted(world.nodes) if n != leader.name)
    leader.transfer_to(target)
    world.flush(leader.name)
    while world.wire:
        world.deliver(0, 0.0)
    assert world.leader is not None
    assert world.leader.name == target


def test_a_read_is_answered_only_after_a_majority_confirms_the_leader() -> None:
    world = led()
    leader = world.leader
    assert leader is not None
    world.wire.clear()
    number = leader.read_index()
    ready = leader.ready()
    assert not ready.reads
    for message in ready.messages:
        world.nodes[message.target].step(message)
        world.flush(message.target)
    while world.wire:
        leader.step(world.wire.pop(0))
    assert (number, leader.commit) in leader.ready().reads


def test_a_lagging_member_catches_up_by_snapshot() -> None:
    world = led()
    leader = world.leader
    assert leader is not None
    lost = next(n for n in sorted(world.nodes) if n != leader.name)
    world.crash(lost)
    for value in range(20):
        leader.propose(value)
        world.flush(leader.name)
        while world.wire:
            world.deliver(0, 0.0)
    leader.compact(leader.applied, "state")
    world.heal(60)
    assert world.nodes[lost].commit == world.leader.commit  # type: ignore[union-attr]
    assert world.nodes[lost].log.snapshot.index > 0


def test_a_learner_becomes_a_voter_one_change_at_a_time() -> None:
    world = led()
    leader = world.leader
    assert leader is not None
    leader.propose(None, Membership(leader.members.voters, frozenset({"d"})))
    with pytest.raises(ValueError):
        leader.propose(None, Membership(leader.members.voters | {"d"}))
    world.flush(leader.name)
    while world.wire:
        world.deliver(0, 0.0)
    leader.propose(None, Membership(leader.members.voters | {"d"}))
    assert leader.members.voters == {"a", "b", "c", "d"}


@pytest.mark.parametrize("batch", range(10))
def test_keeps_the_papers_invariants_under_crash_loss_reorder_and_partition(batch: int) -> None:
    for seed in range(batch, SEEDS, 10):
        world = World(seed, ("a", "b", "c") if seed % 3 else ("a", "b", "c", "d", "e"))
        try:
            for step in range(400):
                world.act()
                if step % 10 == 0:
                    world.check()
            world.heal(80)
            assert world.leader is not None, "no leader after healing"
            assert all(n.commit == world.leader.commit for n in world.nodes.values()), "not all caught up after healing"
        except AssertionError as broken:
            raise AssertionError(f"seed {seed}: {broken}") from broken
