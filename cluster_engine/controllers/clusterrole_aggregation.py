"""ClusterRole aggregation: a role with an aggregation rule holds the rules of all roles whose labels it selects.

Models pkg/controller/clusterroleaggregation/clusterroleaggregation_controller.go.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from cluster_engine.client.client import WatchEvent
from cluster_engine.machinery import selectors
from cluster_engine.reconcile.actions import Action, Patch
from cluster_engine.reconcile.controller import Controller, Watches
from cluster_engine.reconcile.view import View

Manifest = dict[str, Any]
ROLES = "clusterroles.rbac.authorization.k8s.io"


def reconcile(role: Manifest, view: View, now: float) -> Iterator[Action]:
    name, rule = role["metadata"]["name"], role.get("aggregationRule")
    if rule is None:
        return
    rules, parts = gathered(name, rule, view.all(ROLES))
    if rules == (role.get("rules") or []):
        return
    applied = {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "metadata": {"name": name}, "rules": rules}
    why = f"{name} gathers the rules of {', '.join(parts)}" if parts else f"no role is left whose rules {name} could gather"
    yield Patch(ROLES, "", name, applied, why, type="apply")


def gathered(name: str, rule: Manifest, roles: Iterable[Manifest]) -> tuple[list[Manifest], list[str]]:
    """The rules of all selected roles without repetition, by selector and then by name, and the names of those roles."""
    rules: list[Manifest] = []
    parts: list[str] = []
    ordered = sorted(roles, key=lambda r: str(r["metadata"]["name"]))
    for selector in rule.get("clusterRoleSelectors") or ():
        wanted = selectors.from_object(selector)
        for part in ordered:
            if part["metadata"]["name"] == name or not wanted.matches(part["metadata"].get("labels")):
                continue
            parts.append(part["metadata"]["name"])
            rules += [r for r in part.get("rules") or () if r not in rules]
    return rules, list(dict.fromkeys(parts))


def aggregating(event: WatchEvent, view: View) -> Iterable[str]:
    """Any change of a role may concern every role that gathers."""
    return (r["metadata"]["name"] for r in view.all(ROLES) if r.get("aggregationRule") is not None)


CONTROLLER = Controller("clusterrole-aggregation-controller", ROLES, reconcile, watches=(Watches(ROLES, aggregating),))
