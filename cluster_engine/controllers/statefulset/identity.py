"""Who a pod of a stateful set is: its ordinal, name, labels and the claims that stay with that name.

Models pkg/controller/statefulset/stateful_set_utils.go.
"""

import re
from typing import Any

from cluster_engine.reconcile.ownership import reference_to
from cluster_engine.reconcile.pods import pod_from
from cluster_engine.reconcile.selection import labels_of

Manifest = dict[str, Any]
POD_NAME, POD_INDEX = "statefulset.kubernetes.io/pod-name", "apps.kubernetes.io/pod-index"
REVISION = "controller-revision-hash"
NAMED = re.compile(r"(.*)-([0-9]+)$")


def first_ordinal(owner: Manifest) -> int:
    return int((owner["spec"].get("ordinals") or {}).get("start", 0))


def ordinal_of(pod: Manifest, owner: Manifest) -> int:
    """The ordinal in a pod's name; -1 if the name is not one of the set's."""
    found = NAMED.match(pod["metadata"]["name"])
    return int(found[2]) if found and found[1] == owner["metadata"]["name"] else -1


def pod_name(owner: Manifest, ordinal: int) -> str:
    return f"{owner['metadata']['name']}-{ordinal}"


def claim_name(template: Manifest, owner: Manifest, ordinal: int) -> str:
    return f"{template['metadata']['name']}-{owner['metadata']['name']}-{ordinal}"


def revision_of(pod: Manifest) -> str:
    return labels_of(pod).get(REVISION, "")


def claim_templates(owner: Manifest) -> list[Manifest]:
    return owner["spec"].get("volumeClaimTemplates") or []


def pod_of(owner: Manifest, template: Manifest, revision: str, ordinal: int) -> Manifest:
    """The pod of this ordinal, with the identity that it keeps through all restarts."""
    pod = pod_from(template, owner, reference_to(owner, "apps/v1", "StatefulSet"))
    name, spec = pod_name(owner, ordinal), owner["spec"]
    labels = {**(pod["metadata"].get("labels") or {}), POD_NAME: name, POD_INDEX: str(ordinal), REVISION: revision}
    claims = [{"name": t["metadata"]["name"], "persistentVolumeClaim": {"claimName": claim_name(t, owner, ordinal)}} for t in claim_templates(owner)]
    claimed = {c["name"] for c in claims}
    volumes = claims + [v for v in pod["spec"].get("volumes") or () if v["name"] not in claimed]
    body = pod["spec"] | {"hostname": name} | ({"subdomain": spec["serviceName"]} if spec.get("serviceName") else {})
    return pod | {"metadata": pod["metadata"] | {"name": name, "labels": labels}, "spec": body | ({"volumes": volumes} if volumes else {})}


def identity_labels(owner: Manifest, pod: Manifest) -> dict[str, str]:
    ordinal = ordinal_of(pod, owner)
    return {POD_NAME: pod_name(owner, ordinal), POD_INDEX: str(ordinal)}


def claims_of(owner: Manifest, ordinal: int) -> list[Manifest]:
    """The claims that the pod of this ordinal needs."""
    made = []
    for template in claim_templates(owner):
        meta = template["metadata"]
        labels = {**(meta.get("labels") or {}), **(owner["spec"]["selector"].get("matchLabels") or {})}
        body = {"name": claim_name(template, owner, ordinal), "namespace": owner["metadata"]["namespace"], "labels": labels}
        if meta.get("annotations"):
            body["annotations"] = meta["annotations"]
        made.append({"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": body, "spec": template["spec"]})
    return made
