"""What nodes say to each other, and the entries that they agree on."""

from dataclasses import dataclass
from enum import Enum


class Kind(Enum):
    """Requests and their answers."""

    PRE_VOTE = "PreVote"
    PRE_VOTE_ANSWER = "PreVoteAnswer"
    VOTE = "Vote"
    VOTE_ANSWER = "VoteAnswer"
    APPEND = "Append"
    APPEND_ANSWER = "AppendAnswer"
    SNAPSHOT = "Snapshot"
    HEARTBEAT = "Heartbeat"
    HEARTBEAT_ANSWER = "HeartbeatAnswer"
    TIMEOUT_NOW = "TimeoutNow"


@dataclass(frozen=True, slots=True)
class Entry:
    """A slot of the log. `data` is opaque; `members` is set when the entry changes who belongs (one at a time)."""

    index: int
    term: int
    data: object = None
    members: "Membership | None" = None


@dataclass(frozen=True, slots=True)
class Membership:
    """Who votes, and who only learns."""

    voters: frozenset[str]
    learners: frozenset[str] = frozenset()

    @property
    def everyone(self) -> frozenset[str]:
        return self.voters | self.learners

    def majority(self, agreeing: frozenset[str] | set[str]) -> bool:
        return 2 * len(self.voters & agreeing) > len(self.voters)


@dataclass(frozen=True, slots=True)
class Message:
    """One message. `index`, `log_term`: of the entry before `entries`, or the last of the candidate's log; `commit`: the
    leader's commit index; `reject` with `hint`: where to try again; `context`: joins read-index rounds."""

    kind: Kind
    source: str
    target: str
    term: int
    index: int = 0
    log_term: int = 0
    entries: tuple[Entry, ...] = ()
    commit: int = 0
    reject: bool = False
    hint: int = 0
    context: int = 0
    snapshot: "Snapshot | None" = None


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The state machine up to `index`, in place of the entries; `data` is opaque."""

    index: int
    term: int
    members: Membership
    data: object = None
