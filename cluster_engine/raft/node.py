"""One Raft node: a pure state machine. Feed it messages, ticks and proposals; take what it wants done from `ready`.

Models etcd-io/raft raft.go. The law of persistence: `Ready.hard` and `Ready.unstable` must be kept before `Ready.messages` go
out. Time is counted in ticks: a follower calls an election after `election_ticks` to twice as many without a leader.
"""

from dataclasses import dataclass, field
from enum import Enum

from cluster_engine.kernel.chance import Chance
from cluster_engine.raft.log import Log
from cluster_engine.raft.messages import Entry, Kind, Membership, Message, Snapshot

MOST_ENTRIES = 64


class Role(Enum):
    FOLLOWER = "follower"
    PRE_CANDIDATE = "pre-candidate"
    CANDIDATE = "candidate"
    LEADER = "leader"
    LEARNER = "learner"


@dataclass(frozen=True, slots=True)
class HardState:
    """What must survive a crash beside the log."""

    term: int = 0
    vote: str = ""
    commit: int = 0


@dataclass(slots=True)
class Progress:
    """What a leader knows of a follower: `match` is known to be replicated, `next` is sent next."""

    next: int
    match: int = 0
    active: bool = True
    snapshot: int = 0


@dataclass(slots=True)
class Ready:
    """Effects, in the order in which they must happen: persist, send, apply, answer reads."""

    hard: HardState | None = None
    unstable: tuple[Entry, ...] = ()
    truncated_from: int = 0
    snapshot: Snapshot | None = None
    messages: list[Message] = field(default_factory=list)
    committed: tuple[Entry, ...] = ()
    reads: list[tuple[int, int]] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.hard or self.unstable or self.snapshot or self.messages or self.committed or self.reads)


class NotLeader(Exception):
    """Only a leader takes proposals; `leader` names it where it is known."""

    def __init__(self, leader: str) -> None:
        super().__init__(f"not the leader; {leader or 'nobody'} is")
        self.leader = leader


class Node:
    """A member. `members` comes from the newest membership entry in the log, committed or not."""

    def __init__(
        self, name: str, members: Membership, chance: Chance, *, election_ticks: int = 10, heartbeat_ticks: int = 1,
        hard: HardState | None = None, log: Log | None = None,
    ) -> None:  # fmt: skip
        self.name = name
        self.log = log or Log(Snapshot(0, 0, members))
        hard = hard or HardState()
        self.term, self.vote = hard.term, hard.vote
        self.commit = max(hard.commit, self.log.snapshot.index)
        self.applied = self.log.snapshot.index
        self.members = self._newest_members()
        self.leader = ""
        self.role = Role.FOLLOWER if name in self.members.voters else Role.LEARNER
        self.election_ticks, self.heartbeat_ticks = election_ticks, heartbeat_ticks
        self.elapsed = 0
        self.timeout = 0
        self.votes: dict[str, bool] = {}
        self.progress: dict[str, Progress] = {}
        self.transferee = ""
        self._chance = chance
        self._messages: list[Message] = []
        self._hard = hard
        self._stable = self.log.last
        self._truncated = 0
        self._new_snapshot: Snapshot | None = None
        self._reads: dict[int, tuple[int, set[str]]] = {}
        self._answered: list[tuple[int, int]] = []
        self._read_round = 0
        self._reset_timeout()

    # -- outside

    def tick(self) -> None:
        """Let one unit of time pass."""
        self.elapsed += 1
        if self.role is Role.LEADER:
            self._tick_leader()
        elif self.elapsed >= self.timeout and self.name in self.members.voters:
            self._campaign(Role.PRE_CANDIDATE)

    def propose(self, data: object, members: Membership | None = None) -> int:
        """Append an entry as leader; returns its index. Raises NotLeader, or ValueError for a second change of members."""
        if self.role is not Role.LEADER or self.transferee:
            raise NotLeader(self.leader)
        if members is not None and any(e.members for e in self.log.after(self.commit)):
            raise ValueError("a change of members is under way")
        entry = Entry(self.log.last + 1, self.term, data, members)
        self.log.entries.append(entry)
        if members is not None:
            self._take_members(members)
        self._advance_commit()
        self._broadcast()
        return entry.index

    def read_index(self) -> int:
        """Begin a linearizable read; `Ready.reads` will carry (this number, index) once a majority confirms the leader."""
        if self.role is not Role.LEADER or self.log.term(self.commit) != self.term:
            raise NotLeader(self.leader)
        self._read_round += 1
        self._reads[self._read_round] = (self.commit, {self.name})
        self._send_heartbeats(self._read_round)
        self._confirm_reads(self._read_round, self.name)
        return self._read_round

    def transfer_to(self, target: str) -> None:
        """Hand the lead to `target` as soon as its log is complete."""
        if self.role is not Role.LEADER or target not in self.members.voters or target == self.name:
            raise NotLeader(self.leader)
        self.transferee, self.elapsed = target, 0
        if self.progress[target].match == self.log.last:
            self._send(Kind.TIMEOUT_NOW, target)
        else:
            self._send_append(target)

    def campaign(self) -> None:
        """Call an election now."""
        self._campaign(Role.PRE_CANDIDATE)

    def compact(self, index: int, data: object) -> None:
        """Replace the applied log up to `index` by a snapshot with `data`."""
        term = self.log.term(index)
        if term is None or index > self.applied or index <= self.log.snapshot.index:
            return
        members = next((e.members for e in reversed(self.log.between(self.log.snapshot.index, index)) if e.members), self.log.snapshot.members)
        self.log.compact(Snapshot(index, term, members, data))

    def step(self, message: Message) -> None:
        """Take in one message."""
        if message.term > self.term and not self._newer_term(message):
            return
        if message.term < self.term:
            self._answer_stale(message)
            return
        HANDLERS[message.kind](self, message)

    def ready(self) -> Ready:
        """Everything to be done since the last call."""
        hard = HardState(self.term, self.vote, self.commit)
        unstable = self.log.after(self._stable)
        committed = self.log.between(self.applied, self.commit)
        found = Ready(hard if hard != self._hard else None, unstable, self._truncated, self._new_snapshot, self._messages, committed, self._answered)
        self._hard, self._stable, self._truncated, self._new_snapshot = hard, self.log.last, 0, None
        self._messages, self._answered = [], []
        self.applied = max(self.applied, self.commit)
        return found

    # -- terms and roles

    def _newer_term(self, message: Message) -> bool:
        """A message from a later term: usually step down. False when the message is to be ignored."""
        if message.kind in (Kind.PRE_VOTE, Kind.VOTE):
            leased = self.leader and self.elapsed < self.election_ticks and self.role is not Role.LEADER
            if (leased or self.role is Role.LEADER) and not message.context:
                return False  # a live leader is not deposed by somebody who merely lost contact
            if message.kind is Kind.PRE_VOTE:
                return True
        if message.kind is Kind.PRE_VOTE_ANSWER and not message.reject:
            return True
        leads = message.kind in (Kind.APPEND, Kind.HEARTBEAT, Kind.SNAPSHOT)
        self._become_follower(message.term, message.source if leads else "")
        return True

    def _answer_stale(self, message: Message) -> None:
        """Tell a deposed leader, or a candidate of the past, which term it is."""
        if message.kind in (Kind.APPEND, Kind.HEARTBEAT, Kind.SNAPSHOT):
            self._send(Kind.APPEND_ANSWER, message.source)
        elif message.kind is Kind.PRE_VOTE:
            self._send(Kind.PRE_VOTE_ANSWER, message.source, reject=True)

    def _become_follower(self, term: int, leader: str) -> None:
        if term > self.term:
            self.term, self.vote = term, ""
        self.leader = leader
        self.role = Role.FOLLOWER if self.name in self.members.voters else Role.LEARNER
        self.transferee = ""
        self._reads.clear()
        self._reset_timeout()

    def _reset_timeout(self) -> None:
        self.elapsed = 0
        self.timeout = self.election_ticks + self._chance.below(self.election_ticks)

    def _campaign(self, role: Role, forced: bool = False) -> None:
        """Ask for votes. A pre-candidate asks whether it could win, without disturbing anybody's term."""
        if self.name not in self.members.voters:
            return
        self.role, self.leader, self.votes = role, "", {self.name: True}
        self._reset_timeout()
        if role is Role.CANDIDATE:
            self.term, self.vote = self.term + 1, self.name
        if self.members.majority({self.name}):
            self._won()
            return
        kind = Kind.VOTE if role is Role.CANDIDATE else Kind.PRE_VOTE
        term = self.term if role is Role.CANDIDATE else self.term + 1
        for peer in sorted(self.members.voters - {self.name}):
            self._messages.append(Message(kind, self.name, peer, term, index=self.log.last, log_term=self.log.last_term, context=int(forced)))

    def _won(self) -> None:
        if self.role is Role.PRE_CANDIDATE:
            self._campaign(Role.CANDIDATE)
            return
        self.role, self.leader, self.elapsed = Role.LEADER, self.name, 0
        self._reads.clear()
        self.progress = {peer: Progress(self.log.last + 1) for peer in self.members.everyone}
        self.log.entries.append(Entry(self.log.last + 1, self.term))
        self._advance_commit()
        self._broadcast()

    def _tick_leader(self) -> None:
        if self.elapsed >= self.election_ticks:
            self.elapsed, self.transferee = 0, ""
            heard = {self.name} | {p for p, progress in self.progress.items() if progress.active}
            if not self.members.majority(heard):
                self._become_follower(self.term, "")
                return
            for progress in self.progress.values():
                progress.active = False
        if self.elapsed % self.heartbeat_ticks == 0:
            self._send_heartbeats(0)

    # -- sending

    def _send(self, kind: Kind, target: str, **more: object) -> None:
        self._messages.append(Message(kind, self.name, target, self.term, **more))  # type: ignore[arg-type]

    def _broadcast(self) -> None:
        for peer in sorted(self.members.everyone - {self.name}):
            self._send_append(peer)

    def _send_append(self, peer: str) -> None:
        progress = self.progress[peer]
        before = progress.next - 1
        term = self.log.term(before)
        if term is None:
            self._send_snapshot(peer, progress)
            return
        entries = self.log.after(before, MOST_ENTRIES)
        self._send(Kind.APPEND, peer, index=before, log_term=term, entries=entries, commit=self.commit)
        progress.next = before + len(entries) + 1  # optimistic: the next send continues here

    def _send_snapshot(self, peer: str, progress: Progress) -> None:
        self._send(Kind.SNAPSHOT, peer, snapshot=self.log.snapshot, commit=self.commit)
        progress.snapshot, progress.next = self.log.snapshot.index, self.log.snapshot.index + 1

    def _send_heartbeats(self, context: int) -> None:
        for peer in sorted(self.members.everyone - {self.name}):
            self._send(Kind.HEARTBEAT, peer, commit=min(self.commit, self.progress[peer].match), context=context)

    # -- receiving

    def _on_vote(self, message: Message) -> None:
        pre = message.kind is Kind.PRE_VOTE
        free = (self.vote in ("", message.source) and (not self.leader or message.context)) or (pre and message.term > self.term)
        granted = bool(free) and not self.log.is_newer_than(message.index, message.log_term)
        if granted and not pre:
            self.vote = message.source
            self._reset_timeout()
        answer = Kind.PRE_VOTE_ANSWER if pre else Kind.VOTE_ANSWER
        term = message.term if pre and granted else self.term
        self._messages.append(Message(answer, self.name, message.source, term, reject=not granted))

    def _on_vote_answer(self, message: Message) -> None:
        expected = Role.PRE_CANDIDATE if message.kind is Kind.PRE_VOTE_ANSWER else Role.CANDIDATE
        if self.role is not expected:
            return
        self.votes.setdefault(message.source, not message.reject)
        if self.members.majority({n for n, yes in self.votes.items() if yes}):
            self._won()
        elif self.members.majority({n for n, yes in self.votes.items() if not yes}):
            self._become_follower(self.term, "")

    def _follow(self, message: Message) -> None:
        """A leader of this term speaks."""
        if self.role is not Role.LEADER:
            self.role = Role.FOLLOWER if self.name in self.members.voters else Role.LEARNER
            self.leader = message.source
            self._reset_timeout()

    def _on_append(self, message: Message) -> None:
        self._follow(message)
        if message.index < self.commit:
            self._send(Kind.APPEND_ANSWER, message.source, index=self.commit)
            return
        if self.log.term(message.index) != message.log_term:
            hint = min(message.index, self.log.last)
            while hint > self.commit and (self.log.term(hint) or 0) > message.log_term:
                hint -= 1
            self._send(Kind.APPEND_ANSWER, message.source, index=message.index, reject=True, hint=hint)
            return
        changed = self.log.append(message.entries)
        if changed:
            self._stable = min(self._stable, changed - 1)
            self._truncated = min(self._truncated, changed) if self._truncated else changed
            self.members = self._newest_members()
        last_new = message.index + len(message.entries)
        self.commit = max(self.commit, min(message.commit, last_new))
        self._send(Kind.APPEND_ANSWER, message.source, index=last_new)

    def _on_append_answer(self, message: Message) -> None:
        progress = self.progress.get(message.source)
        if self.role is not Role.LEADER or progress is None:
            return
        progress.active = True
        if message.reject:
            if message.index > progress.match:
                progress.next = max(progress.match + 1, min(message.index, message.hint + 1))
                self._send_append(message.source)
            return
        if message.index > progress.match:
            progress.match, progress.snapshot = message.index, 0
            progress.next = max(progress.next, message.index + 1)
            if self._advance_commit():
                self._broadcast()
            elif progress.next <= self.log.last:
                self._send_append(message.source)
        if self.transferee == message.source and progress.match == self.log.last:
            self._send(Kind.TIMEOUT_NOW, message.source)

    def _on_heartbeat(self, message: Message) -> None:
        self._follow(message)
        self.commit = max(self.commit, min(message.commit, self.log.last))
        self._send(Kind.HEARTBEAT_ANSWER, message.source, context=message.context, index=self.log.last)

    def _on_heartbeat_answer(self, message: Message) -> None:
        progress = self.progress.get(message.source)
        if self.role is not Role.LEADER or progress is None:
            return
        progress.active = True
        if progress.match < self.log.last:
            progress.next = progress.match + 1  # what was sent may have been lost
            self._send_append(message.source)
        if message.context:
            self._confirm_reads(message.context, message.source)

    def _on_snapshot(self, message: Message) -> None:
        self._follow(message)
        snapshot = message.snapshot
        if snapshot is None or snapshot.index <= self.commit:
            self._send(Kind.APPEND_ANSWER, message.source, index=self.commit)
            return
        self.log.compact(snapshot)
        self.commit = self.applied = snapshot.index
        self._stable = self.log.last
        self._new_snapshot = snapshot
        self.members = self._newest_members()
        self._send(Kind.APPEND_ANSWER, message.source, index=self.log.last)

    def _on_timeout_now(self, message: Message) -> None:
        if self.name in self.members.voters:
            self._campaign(Role.CANDIDATE, forced=True)

    # -- committing

    def _advance_commit(self) -> bool:
        """Commit what a majority has, if it is of this term (Raft §5.4.2). Says whether the commit index rose."""
        matches = sorted((self.log.last if v == self.name else self.progress[v].match for v in self.members.voters), reverse=True)
        agreed = matches[len(matches) // 2] if matches else 0
        if agreed <= self.commit or self.log.term(agreed) != self.term:
            return False
        self.commit = agreed
        if self.name not in self.members.voters and not any(e.members for e in self.log.after(self.commit)):
            self._become_follower(self.term, "")  # it has removed itself
        return True

    def _confirm_reads(self, context: int, source: str) -> None:
        for number in [n for n in self._reads if n <= context]:
            index, heard = self._reads[number]
            heard.add(source)
            if self.members.majority(heard):
                del self._reads[number]
                self._answered.append((number, index))

    def _newest_members(self) -> Membership:
        return next((e.members for e in reversed(self.log.entries) if e.members), self.log.snapshot.members)

    def _take_members(self, members: Membership) -> None:
        self.members = members
        for peer in members.everyone:
            self.progress.setdefault(peer, Progress(self.log.last))
        for peer in [p for p in self.progress if p not in members.everyone]:
            del self.progress[peer]


HANDLERS = {
    Kind.PRE_VOTE: Node._on_vote,
    Kind.VOTE: Node._on_vote,
    Kind.PRE_VOTE_ANSWER: Node._on_vote_answer,
    Kind.VOTE_ANSWER: Node._on_vote_answer,
    Kind.APPEND: Node._on_append,
    Kind.APPEND_ANSWER: Node._on_append_answer,
    Kind.HEARTBEAT: Node._on_heartbeat,
    Kind.HEARTBEAT_ANSWER: Node._on_heartbeat_answer,
    Kind.SNAPSHOT: Node._on_snapshot,
    Kind.TIMEOUT_NOW: Node._on_timeout_now,
}
