"""Who may do what: rules, bindings, nodes, bootstrap policy."""

import json
from pathlib import Path

import pytest

from cluster_engine.apiserver.attributes import Attributes, User
from cluster_engine.apiserver.authz import SystemMasters, Union
from cluster_engine.apiserver.authz_bootstrap import bootstrap_policy
from cluster_engine.apiserver.authz_node import NodeAuthorizer
from cluster_engine.apiserver.authz_rbac import Rbac
from cluster_engine.apiserver.authz_rules import compact, covers_url, shown, uncovered
from cluster_engine.apiserver.lookup import Lookup
from cluster_engine.resources.kind import Kind
from cluster_engine.resources.registry import Registry
from cluster_engine.store.backend import MemoryBackend
from cluster_engine.store.mvcc import Store

RBAC = "rbac.authorization.k8s.io"
KINDS = [
    Kind(RBAC, "Role", "roles"),
    Kind(RBAC, "RoleBinding", "rolebindings"),
    Kind(RBAC, "ClusterRole", "clusterroles", namespaced=False),
    Kind(RBAC, "ClusterRoleBinding", "clusterrolebindings", namespaced=False),
    Kind("", "Pod", "pods"),
]
RECORDING = Path(__file__).parents[3] / "shared/parity/recordings/machinery/bootstrap/roles.json"


class World:
    """A store with rules, and its authorizer."""

    def __init__(self, *manifests):
        self.store = Store(MemoryBackend())
        self.lookup = Lookup(self.store, Registry(KINDS))
        for manifest in manifests:
            self.put(manifest)
        self.rbac = Rbac(self.lookup)

    def put(self, manifest):
        kind = next(k for k in KINDS if k.kind == manifest["kind"])
        meta = manifest["metadata"]
        self.store.put(kind.key(meta.get("namespace", ""), meta["name"]), json.dumps(manifest).encode(), object=manifest)
        self.store.flush()

    def decide(self, user, verb, resource, **more):
        return self.rbac.authorize(user, Attributes(verb, resource=resource, **more))


def role(*rules):
    return {"kind": "Role", "metadata": {"name": "r", "namespace": "shop"}, "rules": list(rules)}


def bound(*subjects):
    return {"kind": "RoleBinding", "metadata": {"name": "b", "namespace": "shop"}, "roleRef": {"kind": "Role", "name": "r"}, "subjects": list(subjects)}


READ_PODS = {"apiGroups": [""], "resources": ["pods"], "verbs": ["get", "list"]}
ALICE = User("alice", ("devs", "system:authenticated"))
ALICE_SUBJECT = {"kind": "User", "name": "alice"}


def test_binding_allows_with_its_reason():
    world = World(role(READ_PODS), bound(ALICE_SUBJECT))
    decision = world.decide(ALICE, "get", "pods", namespace="shop")
    assert decision.reason == 'RBAC: allowed by RoleBinding "b/shop" of Role "r" to User "alice"'
    assert not world.decide(ALICE, "get", "pods", namespace="other").allowed
    assert not world.decide(ALICE, "delete", "pods", namespace="shop").allowed


def test_account_of_the_bindings_namespace_is_meant():
    world = World(role(READ_PODS), bound({"kind": "ServiceAccount", "name": "default"}))
    decision = world.decide(User("system:serviceaccount:shop:default"), "get", "pods", namespace="shop")
    assert decision.reason.endswith('to ServiceAccount "default/shop"')


def test_resource_names_subresources_and_stars():
    rules = (
        {"apiGroups": [""], "resources": ["configmaps"], "verbs": ["get"], "resourceNames": ["mine"]},
        {"apiGroups": [""], "resources": ["pods/log"], "verbs": ["*"]},
        {"apiGroups": ["apps"], "resources": ["*/scale"], "verbs": ["get"]},
    )
    world = World(role(*rules), bound({"kind": "Group", "name": "devs"}))
    assert world.decide(ALICE, "get", "configmaps", namespace="shop", name="mine").allowed
    assert not world.decide(ALICE, "get", "configmaps", namespace="shop", name="other").allowed
    assert not world.decide(ALICE, "list", "configmaps", namespace="shop").allowed
    assert world.decide(ALICE, "get", "pods", namespace="shop", subresource="log").allowed
    assert not world.decide(ALICE, "get", "pods", namespace="shop").allowed
    assert world.decide(ALICE, "get", "deployments", group="apps", namespace="shop", subresource="scale").allowed


def test_change_of_a_rule_is_seen_at_once():
    world = World(role(READ_PODS), bound(ALICE_SUBJECT))
    assert world.decide(ALICE, "get", "pods", namespace="shop").allowed
    before = world.rbac.revision
    world.put(role())
    assert not world.decide(ALICE, "get", "pods", namespace="shop").allowed
    assert world.rbac.revision > before


def test_other_writes_keep_the_answers():
    world = World(role(READ_PODS), bound(ALICE_SUBJECT))
    before = world.rbac.revision
    world.put({"kind": "Pod", "metadata": {"name": "p", "namespace": "shop"}})
    assert world.rbac.revision == before


def test_masters_need_no_rules():
    union = Union((SystemMasters(), World().rbac))
    assert union.authorize(User("root", ("system:masters",)), Attributes("delete", resource="nodes")).allowed


def test_bootstrap_lets_everybody_discover_and_anonymous_see_health():
    world = World(*bootstrap_policy())
    decision = world.rbac.authorize(ALICE, Attributes("get", path="/healthz"))
    assert decision.reason == 'RBAC: allowed by ClusterRoleBinding "system:discovery" of ClusterRole "system:discovery" to Group "system:authenticated"'
    anonymous = User("system:anonymous", ("system:unauthenticated",))
    assert world.rbac.authorize(anonymous, Attributes("get", path="/version")).allowed
    assert not world.rbac.authorize(anonymous, Attributes("get", path="/apis")).allowed
    assert not world.rbac.authorize(ALICE, Attributes("get", path="/metrics")).allowed


def test_components_may_do_their_work():
    world = World(*bootstrap_policy())
    assert world.decide(User("system:kube-scheduler"), "create", "pods", subresource="binding", namespace="a").allowed
    assert world.decide(User("system:serviceaccount:kube-system:replicaset-controller"), "create", "pods", namespace="a").allowed
    assert not world.decide(User("system:serviceaccount:kube-system:replicaset-controller"), "create", "secrets", namespace="a").allowed


@pytest.mark.skipif(not RECORDING.exists(), reason="needs the recordings beside the project")
def test_roles_of_the_system_namespaces_are_as_recorded():
    recorded = {}
    for step in json.loads(RECORDING.read_text()):
        for item in step["body"]["items"]:
            recorded[(item["metadata"]["namespace"], "roleRef" in item, item["metadata"]["name"])] = item
    for manifest in bootstrap_policy():
        namespace = manifest["metadata"].get("namespace")
        if namespace:
            item = recorded.pop((namespace, "roleRef" in manifest, manifest["metadata"]["name"]))
            for field in ("rules", "roleRef", "subjects"):
                assert manifest.get(field) == item.get(field)
    assert not recorded


def pod(node, **spec):
    return {"kind": "Pod", "metadata": {"name": "p", "namespace": "shop"}, "spec": {"nodeName": node, "containers": [], **spec}}


def test_kubelet_reads_only_what_its_pods_use():
    world = World()
    nodes = NodeAuthorizer(world.lookup)
    kubelet = User("system:node:n1", ("system:nodes",))
    secret = Attributes("get", resource="secrets", namespace="shop", name="s")
    refused = nodes.authorize(kubelet, secret)
    assert refused.reason == "no relationship found between node 'n1' and this object"
    world.put(pod("n1", volumes=[{"name": "v", "secret": {"secretName": "s"}}]))
    assert nodes.authorize(kubelet, secret).allowed
    assert not nodes.authorize(User("system:node:n2", ("system:nodes",)), secret).allowed
    world.put(pod("n1"))
    assert not nodes.authorize(kubelet, secret).allowed


def test_kubelet_touches_its_own_lease_and_node_only():
    nodes = NodeAuthorizer(World().lookup)
    kubelet = User("system:node:n1", ("system:nodes",))
    lease = {"resource": "leases", "group": "coordination.k8s.io", "namespace": "kube-node-lease"}
    assert nodes.authorize(kubelet, Attributes("update", name="n1", **lease)).allowed
    assert not nodes.authorize(kubelet, Attributes("update", name="n2", **lease)).allowed
    assert not nodes.authorize(kubelet, Attributes("get", resource="nodes", name="n2")).allowed
    assert nodes.authorize(kubelet, Attributes("patch", resource="nodes", subresource="status", name="n1")).allowed


def test_rules_beyond_ones_own_are_found():
    wanted = [{"apiGroups": [""], "resources": ["pods", "secrets"], "verbs": ["get", "delete"]}]
    missing = compact(uncovered([{"apiGroups": [""], "resources": ["pods"], "verbs": ["*"]}], wanted))
    assert missing == [{"apiGroups": [""], "resources": ["secrets"], "verbs": ["get", "delete"]}]
    assert shown(missing[0]) == '{APIGroups:[""], Resources:["secrets"], Verbs:["get" "delete"]}'
    assert uncovered([{"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]}], wanted) == []


def test_url_patterns():
    assert covers_url("*", "/x")
    assert covers_url("/apis/*", "/apis/apps/v1")
    assert not covers_url("/apis/*", "/apis")
