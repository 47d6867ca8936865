"""ServiceAccount: every living namespace has the account `default`, under which pods run that name no other.

Models pkg/controller/serviceaccount/serviceaccounts_controller.go.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from cluster_engine.client.client import WatchEvent
from cluster_engine.reconcile.actions import Action, Create
from cluster_engine.reconcile.controller import Controller, Watches
from cluster_engine.reconcile.ownership import deleting
from cluster_engine.reconcile.view import View

Manifest = dict[str, Any]


def reconcile(namespace: Manifest, view: View, now: float) -> Iterator[Action]:
    name = namespace["metadata"]["name"]
    if deleting(namespace) or (namespace.get("status") or {}).get("phase") == "Terminating":
        return
    if view.get("serviceaccounts", name, "default") is None:
        account = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "default", "namespace": name}}
        yield Create("serviceaccounts", account, f"namespace {name} has no default service account", or_exists=True)


def keys_of_account(event: WatchEvent, view: View) -> Iterable[str]:
    return (event.object["metadata"]["namespace"],) if event.type == "DELETED" else ()


CONTROLLER = Controller("service-account-controller", "namespaces", reconcile, watches=(Watches("serviceaccounts", keys_of_account),))
