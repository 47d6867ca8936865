"""The add-ons that kubeadm installs into a new cluster: CoreDNS with its service, and kube-proxy on every node.

Models cmd/kubeadm/app/phases/addons/{dns,proxy}/manifests.go.
"""

from collections.abc import Iterator
from typing import Any

Manifest = dict[str, Any]
SYSTEM = "kube-system"
DNS_ADDRESS = "10.96.0.10"
COREDNS = "registry.k8s.io/coredns/coredns:v1.14.2"
KUBE_PROXY = "registry.k8s.io/kube-proxy:v1.36.2"
COREFILE = """.:53 {
    errors
    health {
       lameduck 5s
    }
    ready
    kubernetes cluster.local in-addr.arpa ip6.arpa {
       pods insecure
       fallthrough in-addr.arpa ip6.arpa
       ttl 30
    }
    prometheus :9153
    forward . /etc/resolv.conf {
       max_concurrent 1000
    }
    cache 30
    loop
    reload
    loadbalance
}
"""


def addons() -> Iterator[tuple[str, Manifest]]:
    """(resource, manifest) of each object, in the order in which they are made."""
    for name in ("coredns", "kube-proxy"):
        yield "serviceaccounts", {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": name, "namespace": SYSTEM}}
    yield "clusterroles.rbac.authorization.k8s.io", _dns_role()
    yield "clusterrolebindings.rbac.authorization.k8s.io", _binding("system:coredns", "system:coredns", "coredns")
    yield "clusterrolebindings.rbac.authorization.k8s.io", _binding("kubeadm:node-proxier", "system:node-proxier", "kube-proxy")
    yield "configmaps", {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "coredns", "namespace": SYSTEM}, "data": {"Corefile": COREFILE}}
    yield "services", _dns_service()
    yield "deployments.apps", _dns_deployment()
    yield "daemonsets.apps", _proxy_daemon_set()


def _binding(name: str, role: str, account: str) -> Manifest:
    return {
        "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRoleBinding", "metadata": {"name": name},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": role},
        "subjects": [{"kind": "ServiceAccount", "name": account, "namespace": SYSTEM}],
    }  # fmt: skip


def _dns_role() -> Manifest:
    return {
        "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "metadata": {"name": "system:coredns"},
        "rules": [
            {"apiGroups": [""], "resources": ["endpoints", "services", "pods", "namespaces"], "verbs": ["list", "watch"]},
            {"apiGroups": ["discovery.k8s.io"], "resources": ["endpointslices"], "verbs": ["list", "watch"]},
        ],
    }  # fmt: skip


def _dns_service() -> Manifest:
    ports = [
        {"name": "dns", "port": 53, "protocol": "UDP", "targetPort": "dns"},
        {"name": "dns-tcp", "port": 53, "protocol": "TCP", "targetPort": "dns-tcp"},
        {"name": "metrics", "port": 9153, "protocol": "TCP", "targetPort": "metrics"},
    ]
    labels = {"k8s-app": "kube-dns", "kubernetes.io/cluster-service": "true", "kubernetes.io/name": "CoreDNS"}
    meta = {"name": "kube-dns", "namespace": SYSTEM, "labels": labels, "annotations": {"prometheus.io/port": "9153", "prometheus.io/scrape": "true"}}
    return {"apiVersion": "v1", "kind": "Service", "metadata": meta, "spec": {"clusterIP": DNS_ADDRESS, "selector": {"k8s-app": "kube-dns"}, "ports": ports}}


def _dns_deployment() -> Manifest:
    labels = {"k8s-app": "kube-dns"}
    container = {
        "name": "coredns", "image": COREDNS, "args": ["-conf", "/etc/coredns/Corefile"],
        "resources": {"limits": {"memory": "170Mi"}, "requests": {"cpu": "100m", "memory": "70Mi"}},
        "ports": [
            {"name": "dns", "containerPort": 53, "protocol": "UDP"}, {"name": "dns-tcp", "containerPort": 53, "protocol": "TCP"},
            {"name": "metrics", "containerPort": 9153, "protocol": "TCP"}, {"name": "liveness-probe", "containerPort": 8080, "protocol": "TCP"},
            {"name": "readiness-probe", "containerPort": 8181, "protocol": "TCP"},
        ],
        "livenessProbe": {"httpGet": {"path": "/health", "port": "liveness-probe"}, "initialDelaySeconds": 60, "timeoutSeconds": 5, "failureThreshold": 5},
        "readinessProbe": {"httpGet": {"path": "/ready", "port": "readiness-probe"}},
        "volumeMounts": [{"name": "config-volume", "mountPath": "/etc/coredns", "readOnly": True}],
        "securityContext": {"allowPrivilegeEscalation": False, "capabilities": {"add": ["NET_BIND_SERVICE"], "drop": ["ALL"]}, "readOnlyRootFilesystem": True},
    }  # fmt: skip
    spec = {
        "priorityClassName": "system-cluster-critical", "serviceAccountName": "coredns", "dnsPolicy": "Default", "containers": [container],
        "nodeSelector": {"kubernetes.io/os": "linux"},
        "tolerations": [{"key": "CriticalAddonsOnly", "operator": "Exists"}, {"key": "node-role.kubernetes.io/control-plane", "effect": "NoSchedule"}],
        "affinity": {"podAntiAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": [
            {"weight": 100, "podAffinityTerm": {"topologyKey": "kubernetes.io/hostname", "labelSelector": {"matchExpressions": [
                {"key": "k8s-app", "operator": "In", "values": ["kube-dns"]}]}}}]}},
        "volumes": [{"name": "config-volume", "configMap": {"name": "coredns", "items": [{"key": "Corefile", "path": "Corefile"}]}}],
    }  # fmt: skip
    return {
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "coredns", "namespace": SYSTEM, "labels": labels},
        "spec": {
            "replicas": 2, "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 1}}, "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": spec},
        },
    }  # fmt: skip


def _proxy_daemon_set() -> Manifest:
    labels = {"k8s-app": "kube-proxy"}
    container = {
        "name": "kube-proxy", "image": KUBE_PROXY, "command": ["/usr/local/bin/kube-proxy"], "args": ["--hostname-override=$(NODE_NAME)"],
        "securityContext": {"privileged": True},
        "env": [{"name": "NODE_NAME", "valueFrom": {"fieldRef": {"fieldPath": "spec.nodeName"}}}],
    }  # fmt: skip
    spec = {
        "priorityClassName": "system-node-critical", "serviceAccountName": "kube-proxy", "hostNetwork": True, "containers": [container],
        "tolerations": [{"operator": "Exists"}], "nodeSelector": {"kubernetes.io/os": "linux"},
    }  # fmt: skip
    return {
        "apiVersion": "apps/v1", "kind": "DaemonSet", "metadata": {"name": "kube-proxy", "namespace": SYSTEM, "labels": labels},
        "spec": {"selector": {"matchLabels": labels}, "template": {"metadata": {"labels": labels}, "spec": spec}, "updateStrategy": {"type": "RollingUpdate"}},
    }  # fmt: skip
