"""Authorization: the judges of a request in their order, and what they say together.

Models staging/src/k8s.io/apiserver/pkg/authorization/union and pkg/kubeapiserver/authorizer.
"""

from collections.abc import Sequence

from cluster_engine.apiserver.attributes import SYSTEM_MASTERS, Attributes, Authorizer, Decision, User

MASTERS_MAY = Decision(True)
NO = Decision(False)


class SystemMasters:
    """The group system:masters may do everything, so that nobody can lock themselves out with rules."""

    revision = 0

    def authorize(self, user: User, attributes: Attributes) -> Decision:
        return MASTERS_MAY if SYSTEM_MASTERS in user.groups else NO


class Union:
    """Asks one judge after another: the first who allows or denies decides; reasons of the others are joined."""

    def __init__(self, judges: Sequence[Authorizer]) -> None:
        self.judges = tuple(judges)

    @property
    def revision(self) -> int:
        return sum(judge.revision for judge in self.judges)

    def authorize(self, user: User, attributes: Attributes) -> Decision:
        reasons: list[str] = []
        for judge in self.judges:
            decision = judge.authorize(user, attributes)
            if decision.allowed or decision.denied:
                return decision
            if decision.reason:
                reasons.append(decision.reason)
        return Decision(False, "\n".join(reasons)) if reasons else NO
