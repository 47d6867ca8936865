"""Certificate signing requests: approves those of kubelets for themselves, signs what is approved, clears away what is old.

Models pkg/controller/certificates/{approver,signer,cleaner}.
"""

import base64
from collections.abc import Iterator
from typing import Any

from cluster_engine.kernel.clock import parse_time, timestamp
from cluster_engine.machinery.manifest import changed
from cluster_engine.reconcile.actions import Action, Delete, Update, UpdateStatus, WakeAt
from cluster_engine.reconcile.controller import Controller
from cluster_engine.reconcile.pods import created
from cluster_engine.reconcile.settings import Settings
from cluster_engine.reconcile.view import View

Manifest = dict[str, Any]
RESOURCE, ACCOUNT = "certificatesigningrequests.certificates.k8s.io", "certificate-controller"
KUBELET_CLIENT = "kubernetes.io/kube-apiserver-client-kubelet"
SIGNED_HERE = {KUBELET_CLIENT, "kubernetes.io/kube-apiserver-client", "kubernetes.io/kubelet-serving", "kubernetes.io/legacy-unknown"}
DECIDED_KEPT, PENDING_KEPT = 3600.0, 86_400.0


def controllers(settings: Settings) -> tuple[Controller, ...]:
    def sign(request: Manifest, view: View, now: float) -> Iterator[Action]:
        done = (request.get("status") or {}).get("certificate")
        if done or request["spec"]["signerName"] not in SIGNED_HERE or not _has(request, "Approved") or _has(request, "Failed"):
            return
        try:
            certificate = settings.sign(request, now)
        except ValueError as error:
            yield _failed(request, str(error), now)
            return
        if certificate:
            signed = changed(request, "status.certificate", base64.b64encode(certificate.encode()).decode())
            yield UpdateStatus(RESOURCE, signed, "the request is approved, so the cluster's authority signs it")

    return (
        Controller("csrsigning-controller", RESOURCE, sign, account=ACCOUNT),
        Controller("csrapproving-controller", RESOURCE, approve, account=ACCOUNT),
        Controller("csrcleaner-controller", RESOURCE, clean, account=ACCOUNT),
    )


def _failed(request: Manifest, why: str, now: float) -> Action:
    """Say that the signer will never sign this, so that nobody waits for it."""
    times = {"lastUpdateTime": timestamp(now), "lastTransitionTime": timestamp(now)}
    entry = {"type": "Failed", "status": "True", "reason": "SignerValidationFailure", "message": why} | times
    conditions = [*((request.get("status") or {}).get("conditions") or ()), entry]
    return UpdateStatus(RESOURCE, changed(request, "status.conditions", conditions), f"the signer refuses: {why}")


def _has(request: Manifest, type_: str) -> bool:
    return any(c["type"] == type_ for c in (request.get("status") or {}).get("conditions") or ())


def approve(request: Manifest, view: View, now: float) -> Iterator[Action]:
    """Approve a node's request for its own client certificate."""
    spec = request["spec"]
    if spec["signerName"] != KUBELET_CLIENT or _has(request, "Approved") or _has(request, "Denied"):
        return
    user, groups = spec.get("username", ""), spec.get("groups") or ()
    own = user.startswith("system:node:") and "system:nodes" in groups
    if not own and "system:bootstrappers" not in groups:
        return
    message = f"Auto approving {'self ' if own else ''}kubelet client certificate after SubjectAccessReview."
    times = {"lastUpdateTime": timestamp(now), "lastTransitionTime": timestamp(now)}
    entry = {"type": "Approved", "status": "True", "reason": "AutoApproved", "message": message} | times
    conditions = [*((request.get("status") or {}).get("conditions") or ()), entry]
    yield Update(RESOURCE, changed(request, "status.conditions", conditions), "a node asks for its own certificate", subresource="approval")


def clean(request: Manifest, view: View, now: float) -> Iterator[Action]:
    """Delete requests an hour after they were decided, or a day after nobody decided them."""
    decided = [c for c in (request.get("status") or {}).get("conditions") or () if c["type"] in ("Approved", "Denied", "Failed")]
    moments = [parse_time(c["lastUpdateTime"]) for c in decided if c.get("lastUpdateTime")]
    due = min(moments) + DECIDED_KEPT if moments else created(request) + PENDING_KEPT
    if due > now:
        yield WakeAt(due, "old requests are cleared away")
        return
    meta = request["metadata"]
    yield Delete(RESOURCE, "", meta["name"], "the request is old and " + ("decided" if decided else "was never decided"), meta["uid"])
