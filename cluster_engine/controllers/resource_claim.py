"""Resource claims: makes the claims that pods ask for by template, and frees claims whose pods have ended.

Models pkg/controller/resourceclaim/controller.go.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from cluster_engine.client.client import WatchEvent
from cluster_engine.client.informer import key_of
from cluster_engine.machinery.manifest import at, changed
from cluster_engine.reconcile.actions import Action, Create, Delete, Patch, UpdateStatus
from cluster_engine.reconcile.controller import Controller, Watches, controller_key
from cluster_engine.reconcile.ownership import controller_of, deleting, reference_to
from cluster_engine.reconcile.pods import finished
from cluster_engine.reconcile.selection import annotations_of
from cluster_engine.reconcile.view import View

Manifest = dict[str, Any]
CLAIMS, TEMPLATES = "resourceclaims.resource.k8s.io", "resourceclaimtemplates.resource.k8s.io"
POD_CLAIM = "resource.kubernetes.io/pod-claim-name"
ACCOUNT = "resource-claim-controller"


def make_claims(pod: Manifest, view: View, now: float) -> Iterator[Action]:
    """One claim for each template that the pod names, then their names into the pod's status."""
    if deleting(pod) or finished(pod):
        return
    meta, known = pod["metadata"], list(at(pod, "status.resourceClaimStatuses") or ())
    own = {annotations_of(c).get(POD_CLAIM): c for c in view.controlled_by(CLAIMS, meta["uid"])}
    missing = False
    for asked in pod["spec"].get("resourceClaims") or ():
        template_name, name = asked.get("resourceClaimTemplateName"), asked["name"]
        if not template_name or any(s["name"] == name for s in known):
            continue
        template = view.get(TEMPLATES, meta["namespace"], template_name)
        if name in own:
            known.append({"name": name, "resourceClaimName": own[name]["metadata"]["name"]})
            missing = True
        elif template is not None:
            yield Create(CLAIMS, _claim(pod, name, template), f"pod {meta['name']} asks for {name} by template {template_name}")
    if missing:
        patch = {"metadata": {"uid": meta["uid"]}, "status": {"resourceClaimStatuses": known}}
        yield Patch("pods", meta["namespace"], meta["name"], patch, "the pod's claims have names now", type="strategic", subresource="status", or_gone=True)


def _claim(pod: Manifest, name: str, template: Manifest) -> Manifest:
    given, meta = at(template, "spec.metadata") or {}, pod["metadata"]
    body: Manifest = {"generateName": f"{meta['name']}-{name}-", "namespace": meta["namespace"], "ownerReferences": [reference_to(pod, "v1", "Pod")]}
    body["annotations"] = {**(given.get("annotations") or {}), POD_CLAIM: name}
    if given.get("labels"):
        body["labels"] = given["labels"]
    return {"apiVersion": "resource.k8s.io/v1", "kind": "ResourceClaim", "metadata": body, "spec": template["spec"]["spec"]}


def free(claim: Manifest, view: View, now: float) -> Iterator[Action]:
    """Strike out pods that have ended; what nobody uses loses its devices, and goes if it belonged to such a pod."""
    status, meta = claim.get("status") or {}, claim["metadata"]
    users = status.get("reservedFor") or []
    staying = [u for u in users if u.get("resource") != "pods" or _needs(u, meta["namespace"], view)]
    if staying != users:
        rest = {k: v for k, v in status.items() if k not in ("reservedFor", "allocation")}
        kept = {"reservedFor": staying, "allocation": status.get("allocation")} if staying else {}
        yield UpdateStatus(CLAIMS, changed(claim, "status", rest | kept), f"{len(users) - len(staying)} of its pods have ended")
    owner = controller_of(claim)
    if owner is not None and owner["kind"] == "Pod" and not staying and not deleting(claim):
        pod = view.get("pods", meta["namespace"], owner["name"])
        if pod is not None and pod["metadata"]["uid"] == owner["uid"] and finished(pod):
            yield Delete(CLAIMS, meta["namespace"], meta["name"], f"its pod {owner['name']} has ended", meta["uid"])


def _needs(user: Manifest, namespace: str, view: View) -> bool:
    pod = view.get("pods", namespace, user["name"])
    return pod is not None and pod["metadata"]["uid"] == user["uid"] and not finished(pod)


def claims_of_pod(event: WatchEvent, view: View) -> Iterable[str]:
    """The claims of a pod that has ended."""
    pod = event.object
    if event.type != "DELETED" and not finished(pod):
        return
    namespace = pod["metadata"]["namespace"]
    names = [s["resourceClaimName"] for s in at(pod, "status.resourceClaimStatuses") or () if s.get("resourceClaimName")]
    names += [c["resourceClaimName"] for c in pod["spec"].get("resourceClaims") or () if c.get("resourceClaimName")]
    yield from (f"{namespace}/{name}" for name in names)


def pods_of_template(event: WatchEvent, view: View) -> Iterable[str]:
    name = event.object["metadata"]["name"]
    for pod in view.all("pods", event.object["metadata"]["namespace"]):
        if any(c.get("resourceClaimTemplateName") == name for c in pod["spec"].get("resourceClaims") or ()):
            yield key_of(pod)


CONTROLLERS = (
    Controller(ACCOUNT, "pods", make_claims, watches=(Watches(CLAIMS, controller_key("Pod")), Watches(TEMPLATES, pods_of_template)), source="resource_claim"),
    Controller("resource-claim-releaser", CLAIMS, free, watches=(Watches("pods", claims_of_pod),), account=ACCOUNT, source="resource_claim"),
)
