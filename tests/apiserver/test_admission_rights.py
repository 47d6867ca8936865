"""Who may do what beyond RBAC's own check: roles, certificates, nodes, and the Pod Security levels of namespaces."""

import json

import pytest

from cluster_engine.apiserver.http import HttpRequest
from cluster_engine.cluster import Cluster
from cluster_engine.kernel.clock import VirtualClock
from cluster_engine.store.backend import MemoryBackend
from cluster_engine.store.mvcc import Store

RBAC, CERTIFICATES = "/apis/rbac.authorization.k8s.io/v1", "/apis/certificates.k8s.io/v1/certificatesigningrequests"
MASTER = ("admin", ("system:masters",))


class Server:
    """A cluster that is asked over HTTP by named users."""

    def __init__(self):
        self.cluster = Cluster("test", Store(MemoryBackend()), VirtualClock(1_700_000_000.0), 7, "hollow", components=())

    def ask(self, method, path, body=None, user=MASTER, **headers):
        path, _, query = path.partition("?")
        data = json.dumps(body).encode() if body is not None else b""
        answer = self.cluster.api.handle(HttpRequest(method, path, query, {"content-type": "application/json", **headers}, data, certificate=user))
        self.cluster.store.flush()
        return answer.status, json.loads(answer.body), answer.headers

    def may(self, user, rules):
        """Give a user a cluster role of these rules."""
        meta = {"name": f"may-{user[0].replace(':', '-')}"}
        self.ask("POST", f"{RBAC}/clusterroles", {"metadata": meta, "rules": rules})
        subject = {"kind": "User", "name": user[0], "apiGroup": "rbac.authorization.k8s.io"}
        ref = {"kind": "ClusterRole", "name": meta["name"], "apiGroup": "rbac.authorization.k8s.io"}
        assert self.ask("POST", f"{RBAC}/clusterrolebindings", {"metadata": meta, "subjects": [subject], "roleRef": ref})[0] == 201


@pytest.fixture
def server():
    return Server()


JANE = ("jane", ())


def rule(verbs, group, *resources):
    return {"verbs": verbs.split(), "apiGroups": [group], "resources": list(resources)}


def test_nobody_grants_more_than_they_have(server):
    server.may(JANE, [rule("create get", "rbac.authorization.k8s.io", "clusterroles"), rule("get", "", "pods")])
    more = {"metadata": {"name": "more"}, "rules": [rule("get delete", "", "pods")]}
    status, answer, _ = server.ask("POST", f"{RBAC}/clusterroles", more, JANE)
    assert status == 403
    assert "is attempting to grant RBAC permissions not currently held:" in answer["message"]
    assert '{APIGroups:[""], Resources:["pods"], Verbs:["delete"]}' in answer["message"]
    assert server.ask("POST", f"{RBAC}/clusterroles", more | {"rules": [rule("get", "", "pods")]}, JANE)[0] == 201


def test_escalate_and_bind_lift_the_check(server):
    server.may(JANE, [rule("create get escalate", "rbac.authorization.k8s.io", "clusterroles")])
    assert server.ask("POST", f"{RBAC}/clusterroles", {"metadata": {"name": "more"}, "rules": [rule("*", "*", "*")]}, JANE)[0] == 201


def test_who_may_not_bind_a_role_cannot_hand_it_out(server):
    server.may(JANE, [rule("create", "rbac.authorization.k8s.io", "clusterrolebindings")])
    ref = {"kind": "ClusterRole", "name": "cluster-admin", "apiGroup": "rbac.authorization.k8s.io"}
    subject = {"kind": "User", "name": "jane", "apiGroup": "rbac.authorization.k8s.io"}
    binding = {"metadata": {"name": "mine"}, "roleRef": ref, "subjects": [subject]}
    assert server.ask("POST", f"{RBAC}/clusterrolebindings", binding, JANE)[0] == 403


def node_request(server):
    from tests.apiserver.test_signers import CLIENT, request

    spec = request(CLIENT)["spec"]
    return {"apiVersion": "certificates.k8s.io/v1", "kind": "CertificateSigningRequest", "metadata": {"name": "csr"}, "spec": spec}


def test_approving_needs_a_right_on_the_signer(server):
    server.may(JANE, [rule("update get", "certificates.k8s.io", "certificatesigningrequests/approval", "certificatesigningrequests")])
    _, made, _ = server.ask("POST", CERTIFICATES, node_request(server))
    assert made["spec"]["username"] == "admin"
    made["status"] = {"conditions": [{"type": "Approved", "status": "True", "reason": "a", "message": "b"}]}
    status, answer, _ = server.ask("PUT", f"{CERTIFICATES}/csr/approval", made, JANE)
    assert status == 403
    assert 'user not permitted to approve requests with signerName "kubernetes.io/kube-apiserver-client"' in answer["message"]
    assert server.ask("PUT", f"{CERTIFICATES}/csr/approval", made)[0] == 200


def pod(**spec):
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"}, "spec": {"containers": [{"name": "c", "image": "i"} | spec]}}


def namespace(server, **levels):
    labels = {f"pod-security.kubernetes.io/{mode}": level for mode, level in levels.items()}
    assert server.ask("POST", "/api/v1/namespaces", {"metadata": {"name": "shop", "labels": labels}})[0] == 201
    server.ask("POST", "/api/v1/namespaces/shop/serviceaccounts", {"metadata": {"name": "default"}})


def test_baseline_refuses_privileged_pods(server):
    namespace(server, enforce="baseline")
    status, answer, _ = server.ask("POST", "/api/v1/namespaces/shop/pods", pod(securityContext={"privileged": True}))
    assert status == 403
    assert 'violates PodSecurity "baseline:latest": privileged (container "c" must not set securityContext.privileged=true)' in answer["message"]
    assert server.ask("POST", "/api/v1/namespaces/shop/pods", pod())[0] == 201


def test_restricted_warns_where_it_does_not_enforce(server):
    namespace(server, warn="restricted")
    status, _, headers = server.ask("POST", "/api/v1/namespaces/shop/pods", pod())
    (warning,) = [value for name, value in headers if name == "Warning"]
    assert status == 201 and "runAsNonRoot != true" in warning and "seccompProfile" in warning


NODE = ("system:node:n1", ("system:nodes",))


def test_a_node_may_write_its_own_status_only(server):
    for name in ("n1", "n2"):
        server.ask("POST", "/api/v1/nodes", {"metadata": {"name": name}})
    patch, kind = {"metadata": {"labels": {"kubernetes.io/os": "linux"}}}, {"content-type": "application/merge-patch+json"}
    assert server.ask("PATCH", "/api/v1/nodes/n1", patch, NODE, **kind)[0] == 200
    assert server.ask("PATCH", "/api/v1/nodes/n2", patch, NODE, **kind)[0] == 403
    guarded = {"metadata": {"labels": {"node-restriction.kubernetes.io/tier": "gold"}}}
    assert server.ask("PATCH", "/api/v1/nodes/n1", guarded, NODE, **kind)[0] == 403


def test_a_node_reads_only_the_secrets_of_its_pods(server):
    server.ask("POST", "/api/v1/namespaces", {"metadata": {"name": "shop"}})
    server.ask("POST", "/api/v1/namespaces/shop/serviceaccounts", {"metadata": {"name": "default"}})
    for name in ("used", "other"):
        server.ask("POST", "/api/v1/namespaces/shop/secrets", {"metadata": {"name": name}})
    mounted = pod()
    mounted["spec"] |= {"nodeName": "n1", "volumes": [{"name": "v", "secret": {"secretName": "used"}}]}
    assert server.ask("POST", "/api/v1/namespaces/shop/pods", mounted)[0] == 201
    assert [server.ask("GET", f"/api/v1/namespaces/shop/secrets/{name}", user=NODE)[0] for name in ("used", "other")] == [200, 403]


def test_reviews_answer_who_may(server):
    server.may(JANE, [rule("get", "", "pods")])
    path = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"

    def allowed(verb):
        attributes = {"verb": verb, "resource": "pods", "namespace": "default"}
        status, answer, _ = server.ask("POST", path, {"spec": {"resourceAttributes": attributes}}, JANE)
        assert status == 201
        return answer["status"]["allowed"]

    assert [allowed("get"), allowed("delete")] == [True, False]


def test_a_token_is_issued_for_a_pod_and_dies_with_it(server):
    server.ask("POST", "/api/v1/namespaces", {"metadata": {"name": "shop"}})
    server.ask("POST", "/api/v1/namespaces/shop/serviceaccounts", {"metadata": {"name": "default"}})
    _, made, _ = server.ask("POST", "/api/v1/namespaces/shop/pods", pod())
    bound = {"kind": "Pod", "apiVersion": "v1", "name": "p", "uid": made["metadata"]["uid"]}
    _, issued, _ = server.ask("POST", "/api/v1/namespaces/shop/serviceaccounts/default/token", {"spec": {"boundObjectRef": bound}})
    headers = {"authorization": f"Bearer {issued['status']['token']}"}
    review = "/apis/authentication.k8s.io/v1/selfsubjectreviews"
    status, answer, _ = server.ask("POST", review, {}, None, **headers)
    assert (status, answer["status"]["userInfo"]["username"]) == (201, "system:serviceaccount:shop:default")
    server.ask("DELETE", "/api/v1/namespaces/shop/pods/p", {"gracePeriodSeconds": 0})
    assert server.ask("POST", review, {}, None, **headers)[0] == 401
