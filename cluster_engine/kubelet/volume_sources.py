"""What the volumes of a pod may look at, on behalf of its kubelet.

Models pkg/kubelet/volume_host.go and pkg/kubelet/token.
"""

from functools import partial
from typing import TYPE_CHECKING

from cluster_engine.client.client import Manifest
from cluster_engine.kubelet.env import field_value, resource_value
from cluster_engine.volumes.plugin import Sources

if TYPE_CHECKING:
    from cluster_engine.kubelet.context import NodeContext
    from cluster_engine.kubelet.pod_worker import PodWorker

RENEW_AT = 0.8


class Tokens:
    """Service account tokens of one pod: asked for when first read, renewed after four fifths of their life."""

    def __init__(self, context: "NodeContext", worker: "PodWorker") -> None:
        self._context, self._worker = context, worker
        self._held: dict[tuple[str, int], tuple[str, float]] = {}

    def get(self, audience: str, seconds: int) -> str:
        now = self._context.clock.now()
        token, renew = self._held.get((audience, seconds), ("", 0.0))
        if now >= renew:
            token = self._ask(audience, seconds)
            self._held[(audience, seconds)] = (token, now + RENEW_AT * seconds)
        return token

    def _ask(self, audience: str, seconds: int) -> str:
        meta, spec = self._worker.pod["metadata"], self._worker.pod["spec"]
        reference = {"apiVersion": "v1", "kind": "Pod", "name": meta["name"], "uid": meta["uid"]}
        wanted = {"expirationSeconds": seconds, "boundObjectRef": reference} | ({"audiences": [audience]} if audience else {})
        manifest = {
            "apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": wanted,
            "metadata": {"name": spec.get("serviceAccountName") or "default", "namespace": meta["namespace"]},
        }  # fmt: skip
        made = self._context.client.create("serviceaccounts", manifest, subresource="token", why=f"pod {meta['name']} needs a token of its service account")
        return str((made.get("status") or {}).get("token", ""))


def sources_of(context: "NodeContext", pod: Manifest, worker: "PodWorker") -> Sources:
    def lookup(resource: str, namespace: str, name: str) -> Manifest | None:
        informer = context.informers.of(resource)
        if not informer.synced:
            informer.pump()
        return informer.get(namespace, name)

    return Sources(
        config_map=context.config_map,
        secret=context.secret,
        claim=partial(lookup, "persistentvolumeclaims"),
        volume=lambda name: lookup("persistentvolumes", "", name),
        field=lambda path: field_value(worker.pod, path, context.node, (worker.address, context.address)),
        resource=lambda ref: resource_value(context, worker.pod, worker.pod["spec"]["containers"][0], ref),
        token=Tokens(context, worker).get,
        attached=lambda volume: _waits_for_attachment(context, volume, lookup),
    )


def _waits_for_attachment(context: "NodeContext", volume: Manifest, lookup: "partial[Manifest | None] | object") -> str:
    """ "" when a CSI volume is attached to this node or needs no attachment; else what is waited for."""
    csi = volume["spec"].get("csi")
    if not csi:
        return ""
    driver = context.informers.of("csidrivers.storage.k8s.io")
    if not driver.synced:
        driver.pump()
    found = driver.get("", csi["driver"])
    if found is not None and found["spec"].get("attachRequired") is False:
        return ""
    attachments = context.informers.of("volumeattachments.storage.k8s.io")
    if not attachments.synced:
        attachments.pump()
    name = volume["metadata"]["name"]
    for attachment in attachments.all():
        spec = attachment["spec"]
        if spec["nodeName"] == context.node and (spec.get("source") or {}).get("persistentVolumeName") == name:
            return "" if (attachment.get("status") or {}).get("attached") else f'volume "{name}" is not attached yet'
    return f'volume "{name}" has no VolumeAttachment for node "{context.node}"'
