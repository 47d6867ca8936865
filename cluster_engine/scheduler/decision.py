"""The record of one attempt to place a pod, kept for the pages: every node's verdict and score, the choice and why."""

from dataclasses import dataclass, field
from typing import Any

from cluster_engine.scheduler.cycle import Verdicts
from cluster_engine.scheduler.profile import Profile

SHOWN_NODES = 200


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt. `result`: bound, unschedulable, preempting, error. `message`: the event's text."""

    time: float
    pod: str
    uid: str
    attempt: int
    result: str
    message: str
    why: str
    verdicts: Verdicts
    profile: Profile
    victims: tuple[str, ...] = field(default=())

    def summary(self) -> dict[str, Any]:
        """For lists: who, where, how well."""
        total = self.verdicts.totals.get(self.verdicts.chosen)
        return {
            "time": self.time, "pod": self.pod, "uid": self.uid, "attempt": self.attempt, "result": self.result,
            "node": self.verdicts.chosen, "score": mean_score(total, self.verdicts, self.profile), "message": self.message, "why": self.why,
        }  # fmt: skip

    def matrix(self) -> dict[str, Any]:
        """Nodes by plugins: who refused and why, and what each feasible node scored. At most SHOWN_NODES nodes, best first."""
        verdicts = self.verdicts
        feasible = sorted(verdicts.feasible, key=lambda n: -verdicts.totals.get(n, 0))
        nodes = [self._feasible_row(name) for name in feasible[:SHOWN_NODES]]
        for name, verdict in sorted(verdicts.failed.items())[: SHOWN_NODES - len(nodes)]:
            nodes.append({"node": name, "refused_by": verdict.plugin, "reasons": list(verdict.reasons), "resolvable": verdict.code.value})
        return self.summary() | {
            "scheduler": self.profile.name, "plugins": list(self.profile.weights), "weights": dict(self.profile.weights), "nodes": nodes,
            "hidden": len(verdicts.feasible) + len(verdicts.failed) - len(nodes), "looked_at": verdicts.looked_at,
            "refusal": list(verdicts.pre_filter.reasons) if verdicts.pre_filter else [], "victims": list(self.victims),
        }  # fmt: skip

    def _feasible_row(self, name: str) -> dict[str, Any]:
        verdicts = self.verdicts
        total = verdicts.totals.get(name, 0)
        scores = {plugin: scores.get(name, 0) for plugin, scores in verdicts.scores.items()}
        return {"node": name, "refused_by": "", "scores": scores, "total": total, "mean": mean_score(total, verdicts, self.profile)}


def mean_score(total: int | None, verdicts: Verdicts, profile: Profile) -> int | None:
    """The weighted mean, 0..100, of the plugins that scored."""
    weights = sum(profile.weights[name] for name in verdicts.scores)
    return round(total / weights) if total is not None and weights else None
