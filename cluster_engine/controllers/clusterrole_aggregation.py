"""ClusterRole aggregation: fills a role that is declared as the sum of others, chosen by their labels.

Models pkg/controller/clusterroleaggregation/clusterroleaggregation_controller.go.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from cluster_engine.client.client import WatchEvent
from cluster_engine.reconcile.actions import Action, Update
from cluster_engine.reconcile.controller import Controller, Watches
from cluster_engine.reconcile.selection import fits, labels_of
from cluster_engine.reconcile.view import View

Manifest = dict[str, Any]
RESOURCE = "clusterroles.rbac.authorization.k8s.io"


def reconcile(role: Manifest, view: View, now: float) -> Iterator[Action]:
    selectors = (role.get("aggregationRule") or {}).get("clusterRoleSelectors") or ()
    if not selectors:
        return
    rules: list[Manifest] = []
    parts = [r for r in view.all(RESOURCE) if r["metadata"]["name"] != role["metadata"]["name"] and any(fits(s, labels_of(r)) for s in selectors)]
    for part in sorted(parts, key=lambda r: r["metadata"]["name"]):
        rules += [rule for rule in part.get("rules") or () if rule not in rules]
    if rules != (role.get("rules") or []):
        yield Update(RESOURCE, role | {"rules": rules or None}, f"{len(parts)} roles match its selectors, their rules are its rules")


def keys_of_role(event: WatchEvent, view: View) -> Iterable[str]:
    """Every aggregated role: any role may be a part of it."""
    return [r["metadata"]["name"] for r in view.all(RESOURCE) if r.get("aggregationRule")]


CONTROLLER = Controller("clusterrole-aggregation-controller", RESOURCE, reconcile, watches=(Watches(RESOURCE, keys_of_role),))
