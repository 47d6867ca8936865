"""The node's sign of life: a Lease renewed every ten seconds, and a full status when something changed or five minutes passed.

Models pkg/kubelet/kubelet_node_status.go and k8s.io/component-helpers/apimachinery/lease.
"""

from cluster_engine.client.client import Manifest
from cluster_engine.kernel.clock import micro_timestamp
from cluster_engine.kubelet.context import NodeContext
from cluster_engine.kubelet.node_status import new_node, node_status, role_labels
from cluster_engine.machinery.status import ApiError

PERIOD = 10.0
REPORT = 300.0
LEASE_SECONDS = 40
RETRY = 0.2
RETRY_MOST = 7.0
NAMESPACE = "kube-node-lease"
VOLATILE = ("lastHeartbeatTime",)


class Heartbeat:
    """`offset` spreads the nodes of a large cluster over the period; the nodes of one offset beat together."""

    def __init__(self, context: NodeContext, offset: float) -> None:
        self._context, self._offset = context, offset
        self.registered = False
        self._lease: Manifest | None = None
        self._node: Manifest | None = None
        self._due = 0.0
        self._report_due = 0.0
        self._retry = RETRY
        self.beats = 0
        self.trouble = ""

    def next_wake(self) -> float:
        return self._due

    def step(self, now: float) -> bool:
        """Register, or renew the lease and look whether the status changed."""
        if now < self._due:
            return False
        try:
            if not self.registered:
                self._register(now)
            self._renew(now)
            self._report(now)
        except ApiError as error:
            self.trouble = error.message
            self._due = now + self._retry
            self._retry = min(self._retry * 2, RETRY_MOST)
            return True
        self._retry, self.trouble = RETRY, ""
        self._due = (now - self._offset) // PERIOD * PERIOD + PERIOD + self._offset
        self.beats += 1
        return True

    def soon(self) -> None:
        """Something about the node changed: say so at once."""
        self._due = self._report_due = 0.0

    def _register(self, now: float) -> None:
        context = self._context
        fresh = new_node(context, now)
        try:
            self._node = context.client.create("nodes", fresh, why=f"the kubelet of {context.node} registers its node")
        except ApiError as error:
            if error.reason != "AlreadyExists":
                raise
            self._node = context.client.get("nodes", "", context.node)
        self._mark_roles()
        if not context.shape.hollow:
            self._make_csi_node()
        self.registered = True
        self._report_due = now + REPORT
        for reason, message in (
            ("Starting", "Starting kubelet."),
            *((f"NodeHas{what}", f"Node {context.node} status is now: NodeHas{what}") for what in ("SufficientMemory", "NoDiskPressure", "SufficientPID")),
        ):
            self._tell("Normal", reason, message)
        if not context.shape.hollow:
            self._tell("Normal", "NodeReady", f"Node {context.node} status is now: NodeReady")

    def _make_csi_node(self) -> None:
        """The CSINode says which drivers run on the node."""
        context = self._context
        drivers = [{"name": d["metadata"]["name"], "nodeID": context.node, "topologyKeys": None} for d in context.listed("csidrivers.storage.k8s.io")]
        owner = {"apiVersion": "v1", "kind": "Node", "name": context.node, "uid": (self._node or {})["metadata"]["uid"]}
        made = {
            "apiVersion": "storage.k8s.io/v1",
            "kind": "CSINode",
            "metadata": {"name": context.node, "ownerReferences": [owner]},
            "spec": {"drivers": drivers},
        }
        try:
            context.client.create("csinodes.storage.k8s.io", made, why=f"the CSI drivers of {context.node} register with its kubelet")
        except ApiError as error:
            if error.reason != "AlreadyExists":
                raise

    def _mark_roles(self) -> None:
        """kubeadm says which part the node plays."""
        context = self._context
        wanted = role_labels(context)
        if wanted and self._node is not None and not wanted.items() <= (self._node["metadata"].get("labels") or {}).items():
            self._node = context.kubeadm.patch("nodes", "", context.node, {"metadata": {"labels": wanted}}, why="kubeadm marks the node with its roles")

    def _tell(self, type: str, reason: str, message: str) -> None:
        node = self._context.node
        self._context.recorder.record_for({"kind": "Node", "name": node, "uid": node, "apiVersion": "v1"}, type, reason, message)

    def _renew(self, now: float) -> None:
        context = self._context
        if self._lease is None:
            self._lease = self._find_or_make(now)
            return
        lease = {**self._lease, "spec": {**self._lease["spec"], "renewTime": micro_timestamp(now)}}
        try:
            self._lease = context.client.update("leases.coordination.k8s.io", lease, why=f"the kubelet of {context.node} is alive")
        except ApiError:
            self._lease = None
            raise

    def _find_or_make(self, now: float) -> Manifest:
        context = self._context
        spec = {"holderIdentity": context.node, "leaseDurationSeconds": LEASE_SECONDS, "renewTime": micro_timestamp(now)}
        owner = {"apiVersion": "v1", "kind": "Node", "name": context.node, "uid": self._node["metadata"]["uid"]} if self._node is not None else None
        meta = {"name": context.node, "namespace": NAMESPACE} | ({"ownerReferences": [owner]} if owner else {})
        try:
            return context.client.get("leases.coordination.k8s.io", NAMESPACE, context.node)
        except ApiError as error:
            if error.code != 404:
                raise
        lease = {"apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": meta, "spec": spec}
        return context.client.create("leases.coordination.k8s.io", lease, why=f"the kubelet of {context.node} begins its heartbeat")

    def _report(self, now: float) -> None:
        """Write the status when it says something new, or when it was not said for long."""
        context = self._context
        node = context.client.get("nodes", "", context.node)
        status = node_status(context, node.get("status") or {}, now)
        if now < self._report_due and _steady(status) == _steady(node.get("status") or {}):
            return
        self._node = context.client.update("nodes", {**node, "status": status}, subresource="status", why=f"the kubelet of {context.node} reports its node")
        self._report_due = now + REPORT


def _steady(status: Manifest) -> Manifest:
    """The status without what changes at every heartbeat."""
    kept = {k: v for k, v in status.items() if k not in ("volumesAttached", "phase")}
    return kept | {"conditions": [{k: v for k, v in c.items() if k not in VOLATILE} for c in status.get("conditions") or ()]}
