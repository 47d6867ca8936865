"""Housekeeping: what the API server does by itself: it lets events go when their hour is over.

Models the event TTL of pkg/registry/core/event and etcd's lease revocation.
"""

from typing import TYPE_CHECKING, Any

from cluster_engine.kernel.cause import Cause

if TYPE_CHECKING:
    from cluster_engine.apiserver.server import APIServer

EXPIRED = Cause("etcd", "", "delete", "events are kept for an hour")


class Housekeeping:
    """A Component: steps when a lease of the store has run out."""

    name = "kube-apiserver"

    def __init__(self, server: "APIServer") -> None:
        self._server = server
        self._expired = 0

    def step(self, now: float) -> bool:
        store = self._server.store
        due = store.next_expiry()
        if due is None or due > now:
            return False
        self._expired += len(store.expire_leases(now, EXPIRED))
        return True

    def next_wake(self, now: float) -> float | None:
        return self._server.store.next_expiry()

    def stop(self) -> None:
        """Nothing is kept in memory that the store does not hold."""

    def inspect(self) -> dict[str, Any]:
        server = self._server
        recent = [
            {"time": t.time, "request": t.id, "method": t.method, "target": t.target, "by": t.component, "user": t.user, "code": t.code, "why": t.message}
            for t in list(server.audit.people)[-20:]
        ]
        counts = {"requests": sum(server.audit.counts.values()), "watches": server.watching, "revision": server.store.revision, "expired": self._expired}
        return {"queue": 0, "last": recent[::-1], "metrics": counts}
