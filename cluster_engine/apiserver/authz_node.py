"""The Node authorizer: a kubelet may read what the pods on its node use, and nothing else of that kind.

Models plugin/pkg/auth/authorizer/node/{node_authorizer,graph,graph_populator}.go. The graph is kept up from the store's log.
"""

from collections.abc import Iterator

from cluster_engine.apiserver.attributes import Attributes, Decision, User
from cluster_engine.apiserver.authz_bootstrap import NODE_RULES
from cluster_engine.apiserver.authz_rules import compiled
from cluster_engine.apiserver.lookup import Lookup
from cluster_engine.machinery.manifest import Manifest, at

ALLOWED = Decision(True)
NO = Decision(False)
NODE_PREFIX = "system:node:"
NODES = "system:nodes"
PODS = "/registry/pods/"

Use = tuple[str, str, str]


def node_of(user: User) -> str | None:
    """The node of a kubelet's user; None for anybody else."""
    return user.name.removeprefix(NODE_PREFIX) if user.name.startswith(NODE_PREFIX) and NODES in user.groups else None


def uses(pod: Manifest) -> Iterator[Use]:
    """What a pod needs to read, as (resource, namespace, name)."""
    namespace, spec = pod["metadata"]["namespace"], pod["spec"]
    yield "serviceaccounts", namespace, spec.get("serviceAccountName") or "default"
    for pull in spec.get("imagePullSecrets") or ():
        yield "secrets", namespace, pull.get("name", "")
    for volume in spec.get("volumes") or ():
        yield from _volume_uses(namespace, pod["metadata"]["name"], volume)
    for field in ("initContainers", "containers", "ephemeralContainers"):
        for container in spec.get(field) or ():
            yield from _env_uses(namespace, container)
    for claim in at(pod, "status.resourceClaimStatuses") or ():
        yield "resourceclaims", namespace, claim.get("resourceClaimName", "")
    for claim in spec.get("resourceClaims") or ():
        yield "resourceclaims", namespace, claim.get("resourceClaimName", "")


def _volume_uses(namespace: str, pod_name: str, volume: Manifest) -> Iterator[Use]:
    if "secret" in volume:
        yield "secrets", namespace, volume["secret"].get("secretName", "")
    if "configMap" in volume:
        yield "configmaps", namespace, volume["configMap"].get("name", "")
    if "persistentVolumeClaim" in volume:
        yield "persistentvolumeclaims", namespace, volume["persistentVolumeClaim"]["claimName"]
    if "ephemeral" in volume:
        yield "persistentvolumeclaims", namespace, f"{pod_name}-{volume['name']}"
    if ref := at(volume, "csi.nodePublishSecretRef.name"):
        yield "secrets", namespace, ref
    for source in at(volume, "projected.sources") or ():
        if "secret" in source:
            yield "secrets", namespace, source["secret"].get("name", "")
        if "configMap" in source:
            yield "configmaps", namespace, source["configMap"].get("name", "")


def _env_uses(namespace: str, container: Manifest) -> Iterator[Use]:
    for source in container.get("envFrom") or ():
        for field, resource in (("secretRef", "secrets"), ("configMapRef", "configmaps")):
            if ref := source.get(field):
                yield resource, namespace, ref.get("name", "")
    for env in container.get("env") or ():
        for field, resource in (("secretKeyRef", "secrets"), ("configMapKeyRef", "configmaps")):
            if ref := at(env, f"valueFrom.{field}"):
                yield resource, namespace, ref.get("name", "")


class PodGraph:
    """Which objects the pods of each node use, kept up with the store."""

    def __init__(self, objects: Lookup) -> None:
        self._objects = objects
        self._pods: dict[str, tuple[str, frozenset[Use]]] = {}
        self._counts: dict[tuple[str, Use], int] = {}
        self.changes = 0
        self._watch = objects.store.watch(PODS, objects.store.durable_revision + 1)
        self._seen = objects.store.durable_revision
        for pod in objects.all("pods"):
            self._put(f"{pod['metadata']['namespace']}/{pod['metadata']['name']}", pod)

    def catch_up(self) -> None:
        durable = self._objects.store.durable_revision
        if durable == self._seen:
            return
        for record in self._watch.poll():
            key = record.key[len(PODS) :]
            if record.deleted:
                self._drop(key)
            else:
                self._put(key, record.object)
        self._seen = durable

    def _put(self, key: str, pod: Manifest) -> None:
        node = pod["spec"].get("nodeName")
        if not node:
            return
        used = frozenset(uses(pod))
        if self._pods.get(key) == (node, used):
            return
        self._drop(key)
        self.changes += 1
        self._pods[key] = (node, used)
        for use in used:
            self._counts[(node, use)] = self._counts.get((node, use), 0) + 1

    def _drop(self, key: str) -> None:
        node, used = self._pods.pop(key, ("", frozenset[Use]()))
        self.changes += 1 if node else 0
        for use in used:
            left = self._counts[(node, use)] - 1
            if left:
                self._counts[(node, use)] = left
            else:
                del self._counts[(node, use)]

    def uses(self, node: str, use: Use) -> bool:
        return (node, use) in self._counts

    def claims(self, node: str) -> Iterator[tuple[str, str]]:
        """Namespace and name of every claim that pods of a node use."""
        return ((use[1], use[2]) for owner, use in self._counts if owner == node and use[0] == "persistentvolumeclaims")

    def has_pod(self, node: str, namespace: str, name: str) -> bool:
        return self._pods.get(f"{namespace}/{name}", ("", None))[0] == node


class NodeAuthorizer:
    """Judges kubelets only. What they may do is fixed; what they may read follows their pods."""

    def __init__(self, objects: Lookup) -> None:
        self._objects = objects
        self._graph = PodGraph(objects)
        self._rules = tuple(compiled(rule) for rule in NODE_RULES)
        self._judges = {
            "secrets": self._read, "configmaps": self._read, "persistentvolumeclaims": self._claim, "persistentvolumes": self._volume,
            "volumeattachments": self._attachment, "serviceaccounts": self._account, "leases": self._lease, "csinodes": self._csi_node,
            "resourceclaims": self._get, "resourceslices": self._slice, "nodes": self._node,
        }  # fmt: skip

    @property
    def revision(self) -> int:
        """Rises with every pod that comes to a node or leaves it."""
        self._graph.catch_up()
        return self._graph.changes

    def authorize(self, user: User, attributes: Attributes) -> Decision:
        node = node_of(user)
        if node is None:
            return NO
        if not node:
            return Decision(False, f'unknown node for user "{user.name}"')
        judge = self._judges.get(attributes.resource)
        if judge is not None:
            self._graph.catch_up()
            return judge(node, attributes)
        return ALLOWED if any(rule.allows(attributes) for rule in self._rules) else NO

    def _related(self, node: str, found: bool) -> Decision:
        return ALLOWED if found else Decision(False, f"no relationship found between node '{node}' and this object")

    def _uses(self, node: str, a: Attributes) -> Decision:
        if not a.name:
            return Decision(False, "No Object name found")
        return self._related(node, self._graph.uses(node, (a.resource, a.namespace, a.name)))

    def _read(self, node: str, a: Attributes) -> Decision:
        if a.verb not in ("get", "list", "watch"):
            return Decision(False, "can only read resources of this type")
        if a.subresource:
            return Decision(False, "cannot read subresource")
        if not a.namespace:
            return Decision(False, "can only read namespaced object of this type")
        return self._uses(node, a)

    def _get(self, node: str, a: Attributes) -> Decision:
        return self._only_get(a) or self._uses(node, a)

    @staticmethod
    def _only_get(a: Attributes) -> Decision | None:
        if a.verb != "get":
            return Decision(False, "can only get individual resources of this type")
        return Decision(False, "cannot get subresource") if a.subresource else None

    def _claim(self, node: str, a: Attributes) -> Decision:
        if a.subresource != "status":
            return self._get(node, a)
        if a.verb not in ("update", "patch"):
            return Decision(False, "can only update status for this resource")
        return self._uses(node, a)

    def _volume(self, node: str, a: Attributes) -> Decision:
        if (no := self._only_get(a)) is not None:
            return no
        volume = self._objects.get("persistentvolumes", "", a.name)
        ref = at(volume or {}, "spec.claimRef") or {}
        return self._related(node, self._graph.uses(node, ("persistentvolumeclaims", ref.get("namespace", ""), ref.get("name", ""))))

    def _attachment(self, node: str, a: Attributes) -> Decision:
        if (no := self._only_get(a)) is not None:
            return no
        attachment = self._objects.get("volumeattachments.storage.k8s.io", "", a.name)
        return self._related(node, at(attachment or {}, "spec.nodeName") == node)

    def _account(self, node: str, a: Attributes) -> Decision:
        if (a.verb, a.subresource) not in (("get", ""), ("create", "token")):
            return Decision(False, "can only get, or create tokens for, service accounts")
        return self._uses(node, a)

    @staticmethod
    def _own(node: str, a: Attributes, noun: str, verbs: tuple[str, ...]) -> Decision:
        """An object that bears the node's own name."""
        if a.verb not in verbs:
            return Decision(False, f"can only {', '.join(verbs[:-1])}, or {verbs[-1]} a {noun}")
        return ALLOWED if a.verb == "create" or a.name == node else Decision(False, f"can only access {noun} with the same name as the requesting node")

    def _lease(self, node: str, a: Attributes) -> Decision:
        if a.namespace != "kube-node-lease":
            return Decision(False, 'can only access leases in the "kube-node-lease" system namespace')
        return self._own(node, a, "node lease", ("get", "create", "update", "patch", "delete"))

    def _csi_node(self, node: str, a: Attributes) -> Decision:
        return (
            Decision(False, "cannot authorize CSINode subresources")
            if a.subresource
            else self._own(node, a, "CSINode", ("get", "create", "update", "patch", "delete"))
        )

    @staticmethod
    def _slice(node: str, a: Attributes) -> Decision:
        if a.verb in ("create", "get", "update", "patch", "delete", "list", "watch", "deletecollection") and not a.subresource:
            return ALLOWED
        return Decision(False, "cannot authorize ResourceSlice subresources")

    def _node(self, node: str, a: Attributes) -> Decision:
        if a.verb == "get" and a.name and a.name != node:
            return Decision(False, f"node '{node}' cannot read '{a.name}', only its own Node object")
        return ALLOWED if any(rule.allows(a) for rule in self._rules) else NO
