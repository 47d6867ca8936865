"""ValidatingAdmissionPolicy status: says up to which generation a policy's expressions have been checked.

The expressions themselves are compiled when the policy is written; what is left to say here is that it happened. Models
pkg/controller/validatingadmissionpolicystatus/controller.go.
"""

from collections.abc import Iterator
from typing import Any

from cluster_engine.reconcile.actions import Action, Patch
from cluster_engine.reconcile.controller import Controller
from cluster_engine.reconcile.view import View

Manifest = dict[str, Any]
RESOURCE = "validatingadmissionpolicies.admissionregistration.k8s.io"
API = "admissionregistration.k8s.io/v1"


def reconcile(policy: Manifest, view: View, now: float) -> Iterator[Action]:
    meta, status = policy["metadata"], policy.get("status") or {}
    generation = meta.get("generation", 0)
    if status.get("observedGeneration", 0) >= generation and status.get("typeChecking") is not None:
        return
    checked = {"observedGeneration": generation, "typeChecking": {}}
    body = {"apiVersion": API, "kind": "ValidatingAdmissionPolicy", "metadata": {"name": meta["name"]}, "status": checked}
    yield Patch(RESOURCE, "", meta["name"], body, f"the expressions of generation {generation} are checked", type="apply", subresource="status")


CONTROLLER = Controller("validatingadmissionpolicy-status-controller", RESOURCE, reconcile)
