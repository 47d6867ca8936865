"""Signals: everything that moves on a diagram, as it happens. Nothing is drawn that was not signalled here by what did it.

A signal is a fact about a message between two parts of the cluster; it is for eyes only, no component reads it. When nobody
looks, emitting costs one attribute test (`if signals.watched`).
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Signal:
    """One message. `kind`: request, response, watch, cri, probe, packet, raft.

    `source`, `target`: names of parts ("kubectl", "apiserver", "etcd", "scheduler", "controller-manager",
    "kubelet/worker-1", "runtime/worker-1", "proxy/worker-1", "pod/<uid>"). `label`: what a pill on the map says ("POST binding",
    "PullImage"). `subject`: uid of the object it is about. `revision`: the revision written or told, 0 for none.
    `code`: HTTP status where there is one. `why`: one sentence. `request`: joins request, response and revision.
    `stage`: where in the API server a refused request stopped (authn, authz, fairness, mutate, schema, validate, store).
    """

    time: float
    kind: str
    source: str
    target: str
    label: str
    subject: str = ""
    subject_name: str = ""
    revision: int = 0
    code: int = 0
    ok: bool = True
    why: str = ""
    request: str = ""
    stage: str = ""


@dataclass
class Signals:
    """The newest signals of one cluster, and who is told of each."""

    keep: int = 2_000
    listeners: list[Callable[[Signal], None]] = field(default_factory=list)
    recent: deque[Signal] = field(default_factory=deque)

    @property
    def watched(self) -> bool:
        return bool(self.listeners)

    def emit(self, signal: Signal) -> None:
        self.recent.append(signal)
        if len(self.recent) > self.keep:
            self.recent.popleft()
        for listener in self.listeners:
            listener(signal)
