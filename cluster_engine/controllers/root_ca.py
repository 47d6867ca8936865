"""Root CA publisher: puts the certificate authority of the API server into every namespace, for pods to check it against.

Models pkg/controller/certificates/rootcacertpublisher.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from cluster_engine.client.client import WatchEvent
from cluster_engine.reconcile.actions import Action, Create, Update
from cluster_engine.reconcile.controller import Controller, Watches
from cluster_engine.reconcile.ownership import deleting
from cluster_engine.reconcile.selection import annotations_of
from cluster_engine.reconcile.settings import Settings
from cluster_engine.reconcile.view import View

Manifest = dict[str, Any]
NAME = "kube-root-ca.crt"
NOTES = {
    "kubernetes.io/description": (
        "Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the internal service IP or "
        "kubernetes.default.svc. No other usage is guaranteed across distributions of Kubernetes clusters."
    )
}


def controllers(settings: Settings) -> tuple[Controller, ...]:
    data = {"ca.crt": settings.root_ca}

    def reconcile(namespace: Manifest, view: View, now: float) -> Iterator[Action]:
        name = namespace["metadata"]["name"]
        if deleting(namespace) or (namespace.get("status") or {}).get("phase") == "Terminating":
            return
        standing = view.get("configmaps", name, NAME)
        if standing is None:
            meta = {"name": NAME, "namespace": name, "annotations": NOTES}
            made = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": meta, "data": data}
            yield Create("configmaps", made, f"namespace {name} lacks the cluster's CA certificate", or_exists=True)
        elif standing.get("data") != data or NOTES.items() - annotations_of(standing).items():
            meta = standing["metadata"] | {"annotations": {**annotations_of(standing), **NOTES}}
            yield Update("configmaps", standing | {"data": data, "metadata": meta}, "the published CA certificate was changed by somebody")

    watches = (Watches("configmaps", keys_of_map),)
    return (Controller("root-ca-cert-publisher", "namespaces", reconcile, watches=watches),)


def keys_of_map(event: WatchEvent, view: View) -> Iterable[str]:
    meta = event.object["metadata"]
    return (meta["namespace"],) if meta["name"] == NAME else ()
