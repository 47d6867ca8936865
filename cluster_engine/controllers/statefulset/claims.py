"""The claims of a stateful set: made before their pods, and owned so that they go, or stay, as the retention policy says.

Models pkg/controller/statefulset/stateful_pod_control.go.
"""

from collections.abc import Iterator
from typing import Any

from cluster_engine.controllers.statefulset.identity import claims_of, ordinal_of, pod_name
from cluster_engine.reconcile.actions import Action, Create, Event, Update
from cluster_engine.reconcile.ownership import reference_to
from cluster_engine.reconcile.view import View

Manifest = dict[str, Any]
CLAIMS = "persistentvolumeclaims"


def make_claims(owner: Manifest, ordinal: int, view: View) -> Iterator[Action]:
    for claim in claims_of(owner, ordinal):
        meta = claim["metadata"]
        if view.get(CLAIMS, meta["namespace"], meta["name"]) is None:
            yield Create(CLAIMS, claim, f"pod {pod_name(owner, ordinal)} needs the claim {meta['name']}, which keeps its data", or_exists=True)
            told = f"Create Claim {meta['name']} Pod {pod_name(owner, ordinal)} in StatefulSet {owner['metadata']['name']} success"
            yield Event(owner, "Normal", "SuccessfulCreate", told)


def keep_policy(owner: Manifest, pod: Manifest, condemned: bool, view: View) -> Iterator[Action]:
    """Make the owners of the pod's claims be those that the retention policy asks for."""
    policy = owner["spec"].get("persistentVolumeClaimRetentionPolicy") or {}
    deleted, scaled = policy.get("whenDeleted") == "Delete", policy.get("whenScaled") == "Delete"
    wanted: list[Manifest] = []
    if scaled and condemned:
        wanted = [reference_to(pod, "v1", "Pod")]
    elif deleted:
        wanted = [reference_to(owner, "apps/v1", "StatefulSet")]
    ours = {owner["metadata"]["uid"], pod["metadata"]["uid"]}
    for drafted in claims_of(owner, ordinal_of(pod, owner)):
        claim = view.get(CLAIMS, drafted["metadata"]["namespace"], drafted["metadata"]["name"])
        if claim is None:
            continue
        old = claim["metadata"].get("ownerReferences") or []
        if {r["uid"] for r in old} & ours != {r["uid"] for r in wanted}:
            kept = [r for r in old if r["uid"] not in ours] + wanted
            meta = {k: v for k, v in claim["metadata"].items() if k != "ownerReferences"} | ({"ownerReferences": kept} if kept else {})
            yield Update(CLAIMS, claim | {"metadata": meta}, "the retention policy says with whom the claim goes")
