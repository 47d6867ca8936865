"""A small world for Raft: nodes, a network that loses, delays, reorders and cuts, crashes that forget what was not kept."""

from dataclasses import dataclass, field

from cluster_engine.kernel.chance import Chance
from cluster_engine.raft.log import Log
from cluster_engine.raft.messages import Entry, Membership, Message, Snapshot
from cluster_engine.raft.node import HardState, Node, NotLeader, Role


@dataclass
class Disk:
    """What survives a crash."""

    hard: HardState
    snapshot: Snapshot
    entries: list[Entry] = field(default_factory=list)


class World:
    """Runs nodes by chance and checks the paper's invariants after every step."""

    def __init__(self, seed: int, names: tuple[str, ...] = ("a", "b", "c")) -> None:
        self.chance = Chance(seed)
        self.members = Membership(frozenset(names))
        self.disks = {n: Disk(HardState(), Snapshot(0, 0, self.members)) for n in names}
        self.nodes: dict[str, Node] = {}
        self.wire: list[Message] = []
        self.cut: set[frozenset[str]] = set()
        self.leaders: dict[int, str] = {}
        self.applied: dict[int, object] = {}
        self.acknowledged: list[int] = []
        self.proposed = 0
        for name in names:
            self.restart(name)

    def restart(self, name: str) -> None:
        disk = self.disks[name]
        log = Log(disk.snapshot, list(disk.entries))
        self.nodes[name] = Node(name, self.members, self.chance.fork(f"{name}{self.chance.below(10**9)}"), hard=disk.hard, log=log)

    def crash(self, name: str) -> None:
        self.nodes.pop(name, None)

    def flush(self, name: str) -> None:
        """Do what the node wants done, in its order: keep, send, apply."""
        node, disk = self.nodes[name], self.disks[name]
        ready = node.ready()
        if ready.hard:
            disk.hard = ready.hard
        disk.snapshot, disk.entries = node.log.snapshot, list(node.log.entries)
        self.wire.extend(ready.messages)
        for entry in ready.committed:
            self.check_applied(entry)

    def check_applied(self, entry: Entry) -> None:
        """State-machine safety: no two nodes apply different entries at one index."""
        known = self.applied.setdefault(entry.index, (entry.term, entry.data))
        assert known == (entry.term, entry.data), f"index {entry.index}: {known} and {(entry.term, entry.data)}"

    def check(self) -> None:
        for name, node in self.nodes.items():
            if node.role is Role.LEADER:
                assert self.leaders.setdefault(node.term, name) == name, f"two leaders in term {node.term}"
                for index, known in self.applied.items():
                    if index > node.log.snapshot.index and index <= node.log.last and node.term > known[0]:  # type: ignore[index]
                        assert node.log.term(index) == known[0], "leader completeness"  # type: ignore[index]
        self.check_log_matching()

    def check_log_matching(self) -> None:
        nodes = list(self.nodes.values())
        for i, one in enumerate(nodes):
            for other in nodes[i + 1 :]:
                last = min(one.log.last, other.log.last)
                first = max(one.log.first, other.log.first)
                for index in range(last, first - 1, -1):
                    if one.log.term(index) == other.log.term(index):
                        for below in range(first, index + 1):
                            assert one.log.term(below) == other.log.term(below), "log matching"
                        break

    def act(self, loss: float = 0.1) -> None:
        """One random happening."""
        dice = self.chance.below(100)
        names = sorted(self.disks)
        name = self.chance.choice(names)
        if dice < 55 and self.wire:
            self.deliver(self.chance.below(len(self.wire)), loss)
        elif dice < 85:
            if name in self.nodes:
                self.nodes[name].tick()
                self.flush(name)
        elif dice < 92:
            self.propose(name)
        elif dice < 94:
            self.crash(name)
        elif dice < 97:
            if name not in self.nodes:
                self.restart(name)
        elif dice < 98 and name in self.nodes:
            node = self.nodes[name]
            node.compact(node.applied, "state")
            self.flush(name)
        else:
            other = self.chance.choice(names)
            self.cut ^= {frozenset({name, other})}

    def deliver(self, position: int, loss: float) -> None:
        message = self.wire.pop(position)
        severed = frozenset({message.source, message.target}) in self.cut
        if message.target not in self.nodes or severed or self.chance.chance(loss):
            return
        if self.chance.chance(0.05):
            self.wire.append(message)
        self.nodes[message.target].step(message)
        self.flush(message.target)

    def propose(self, name: str) -> None:
        if name not in self.nodes:
            return
        try:
            self.proposed += 1
            self.nodes[name].propose(self.proposed)
        except NotLeader:
            return
        self.flush(name)

    def heal(self, rounds: int = 400) -> None:
        """Everything up and connected, nothing lost: let it run."""
        self.cut.clear()
        for name in sorted(self.disks):
            if name not in self.nodes:
                self.restart(name)
        for _ in range(rounds):
            for name in sorted(self.nodes):
                self.nodes[name].tick()
                self.flush(name)
            while self.wire:
                self.deliver(0, 0.0)
            self.check()

    @property
    def leader(self) -> Node | None:
        leaders = [n for n in self.nodes.values() if n.role is Role.LEADER]
        return max(leaders, key=lambda n: n.term, default=None)
