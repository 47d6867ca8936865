"""The cluster-wide roles and bindings that a new cluster is born with, and what every kubelet may do.

Models plugin/pkg/auth/authorizer/rbac/bootstrappolicy/policy.go at v1.36.
"""

from collections.abc import Iterable

from cluster_engine.apiserver.authz_bootstrap_controllers import CONTROLLER_ROLES
from cluster_engine.apiserver.authz_bootstrap_namespaces import namespaced_policy
from cluster_engine.apiserver.authz_policy import EVENTS, READ, READ_UPDATE, READ_WRITE, WRITE, account, binding, cluster_role, group, rule, urls, user
from cluster_engine.machinery.manifest import Manifest

AUTHENTICATION, AUTHORIZATION, RBAC = "authentication.k8s.io", "authorization.k8s.io", "rbac.authorization.k8s.io"
CERTIFICATES, COORDINATION, STORAGE, RESOURCE = "certificates.k8s.io", "coordination.k8s.io", "storage.k8s.io", "resource.k8s.io"
NETWORKING, DISCOVERY = "networking.k8s.io", "discovery.k8s.io"
AGGREGATE = "rbac.authorization.k8s.io/aggregate-to-"
HEALTH = "/healthz /livez /readyz"

REVIEWS = (rule("create", AUTHENTICATION, "tokenreviews"), rule("create", AUTHORIZATION, "subjectaccessreviews"))

NODE_RULES: tuple[Manifest, ...] = (
    rule("create", AUTHENTICATION, "tokenreviews"),
    rule("create", AUTHORIZATION, "localsubjectaccessreviews subjectaccessreviews"),
    rule(READ, "core", "services"),
    rule("create get list watch", "core", "nodes"),
    rule("patch update", "core", "nodes/status"),
    rule("patch update", "core", "nodes"),
    rule("create patch update", "core", "events"),
    rule(READ, "core", "pods"),
    rule("create delete", "core", "pods"),
    rule("patch update", "core", "pods/status"),
    rule("create", "core", "pods/eviction"),
    rule(READ, "core", "configmaps secrets"),
    rule("get", "core", "persistentvolumeclaims persistentvolumes"),
    rule("get", "core", "endpoints"),
    rule("create get list watch", CERTIFICATES, "certificatesigningrequests"),
    rule("create delete get patch update", COORDINATION, "leases"),
    rule("get", STORAGE, "volumeattachments"),
    rule("create", "core", "serviceaccounts/token"),
    rule("get patch update", "core", "persistentvolumeclaims/status"),
    rule(READ, STORAGE, "csidrivers"),
    rule("create delete get patch update", STORAGE, "csinodes"),
    rule(READ, "node.k8s.io", "runtimeclasses"),
    rule("get", RESOURCE, "resourceclaims"),
    rule("deletecollection", RESOURCE, "resourceslices"),
    rule("get", "core", "serviceaccounts"),
)

PODS_ACCESS = "pods/attach pods/exec pods/portforward pods/proxy"
APPS_SCALED = "deployments deployments/scale replicasets replicasets/scale"
APPS_READ = f"daemonsets daemonsets/status {APPS_SCALED} deployments/status replicasets/status"

EDIT_RULES = (
    rule(READ, "core", f"{PODS_ACCESS} secrets services/proxy"),
    rule("impersonate", "core", "serviceaccounts"),
    rule(WRITE, "core", f"pods {PODS_ACCESS}"),
    rule("create", "core", "pods/eviction"),
    rule(
        WRITE, "core",
        "configmaps events persistentvolumeclaims replicationcontrollers replicationcontrollers/scale secrets serviceaccounts services services/proxy",
    ),
    rule("create", "core", "serviceaccounts/token"),
    rule(WRITE, "apps", f"daemonsets deployments/rollback {APPS_SCALED} statefulsets statefulsets/scale"),
    rule(WRITE, "autoscaling", "horizontalpodautoscalers"),
    rule(WRITE, "batch", "cronjobs jobs"),
    rule(WRITE, "extensions", f"daemonsets deployments/rollback {APPS_SCALED} ingresses networkpolicies replicationcontrollers/scale"),
    rule(WRITE, "policy", "poddisruptionbudgets"),
    rule(WRITE, NETWORKING, "ingresses networkpolicies"),
    rule(READ_WRITE, COORDINATION, "leases"),
    rule(WRITE, RESOURCE, "resourceclaims resourceclaimtemplates"),
)  # fmt: skip

VIEW_RULES = (
    rule(
        READ, "core",
        "configmaps endpoints persistentvolumeclaims persistentvolumeclaims/status pods replicationcontrollers replicationcontrollers/scale "
        "serviceaccounts services services/status",
    ),
    rule(
        READ, "core",
        "bindings events limitranges namespaces/status pods/log pods/status replicationcontrollers/status resourcequotas resourcequotas/status",
    ),
    rule(READ, "core", "namespaces"),
    rule(READ, DISCOVERY, "endpointslices"),
    rule(
        READ, "apps",
        f"controllerrevisions {APPS_READ} statefulsets statefulsets/scale statefulsets/status",
    ),
    rule(READ, "autoscaling", "horizontalpodautoscalers horizontalpodautoscalers/status"),
    rule(READ, "batch", "cronjobs cronjobs/status jobs jobs/status"),
    rule(
        READ, "extensions",
        f"{APPS_READ} ingresses ingresses/status networkpolicies replicationcontrollers/scale",
    ),
    rule(READ, "policy", "poddisruptionbudgets poddisruptionbudgets/status"),
    rule(READ, NETWORKING, "ingresses ingresses/status networkpolicies"),
    rule(READ, RESOURCE, "resourceclaims resourceclaims/status resourceclaimtemplates"),
)  # fmt: skip

CONTROLLER_MANAGER_RULES = (
    EVENTS,
    rule("create", COORDINATION, "leases"),
    rule("get update", COORDINATION, "leases", "kube-controller-manager"),
    rule("create", "core", "secrets serviceaccounts"),
    rule("delete", "core", "secrets"),
    rule("get", "core", "configmaps namespaces secrets serviceaccounts"),
    rule("update", "core", "secrets serviceaccounts"),
    *REVIEWS,
    rule("list watch", "*", "*"),
    rule("create", "core", "serviceaccounts/token"),
)

SCHEDULER_RULES = (
    EVENTS,
    rule("create", COORDINATION, "leases"),
    rule("get list update watch", COORDINATION, "leases", "kube-scheduler"),
    rule(READ, "core", "nodes"),
    rule("delete get list watch", "core", "pods"),
    rule("create", "core", "bindings pods/binding"),
    rule("patch update", "core", "pods/status"),
    rule(READ, "core", "replicationcontrollers services"),
    rule(READ, "apps extensions", "replicasets"),
    rule(READ, "apps", "statefulsets"),
    rule(READ, "policy", "poddisruptionbudgets"),
    rule(READ, "core", "persistentvolumeclaims persistentvolumes"),
    *REVIEWS,
    rule(READ, STORAGE, "csinodes"),
    rule(READ, STORAGE, "volumeattachments"),
    rule(READ, "core", "namespaces"),
    rule(READ, STORAGE, "csidrivers"),
    rule(READ, STORAGE, "csistoragecapacities"),
    rule(READ, RESOURCE, "deviceclasses"),
    rule(READ_UPDATE, RESOURCE, "resourceclaims"),
    rule(READ_UPDATE, RESOURCE, "resourceclaims/status"),
    rule("patch update", RESOURCE, "resourceclaims/binding"),
    rule(READ_UPDATE, "core", "pods/finalizers"),
    rule(READ, RESOURCE, "resourceslices"),
)


def _approver(signer: str) -> Manifest:
    return cluster_role(f"system:certificates.k8s.io:{signer}-approver", rule("approve", CERTIFICATES, "signers", f"kubernetes.io/{signer}"))


def _csr_role(kind: str) -> Manifest:
    return cluster_role(f"system:certificates.k8s.io:certificatesigningrequests:{kind}", rule("create", CERTIFICATES, f"certificatesigningrequests/{kind}"))


def cluster_roles() -> list[Manifest]:
    """Every ClusterRole but the controllers'."""
    return [
        cluster_role("cluster-admin", rule("*", "*", "*"), urls("*", "*")),
        cluster_role("system:discovery", urls("get", f"/api /api/* /apis /apis/* {HEALTH} /openapi /openapi/* /version /version/")),
        cluster_role(
            "system:monitoring",
            urls("get", "/healthz /healthz/* /livez /livez/* /metrics /metrics/slis /readyz /readyz/*"), urls("get", "/flagz"), urls("get", "/statusz"),
        ),
        cluster_role(
            "system:basic-user",
            rule("create", AUTHORIZATION, "selfsubjectaccessreviews selfsubjectrulesreviews"), rule("create", AUTHENTICATION, "selfsubjectreviews"),
        ),
        cluster_role("system:public-info-viewer", urls("get", f"{HEALTH} /version /version/")),
        cluster_role("admin", aggregates="admin"),
        cluster_role("edit", aggregates="edit", labels={f"{AGGREGATE}admin": "true"}),
        cluster_role("view", aggregates="view", labels={f"{AGGREGATE}edit": "true"}),
        cluster_role(
            "system:aggregate-to-admin",
            rule("create", AUTHORIZATION, "localsubjectaccessreviews"), rule(READ_WRITE, RBAC, "rolebindings roles"), labels={f"{AGGREGATE}admin": "true"},
        ),
        cluster_role("system:aggregate-to-edit", *EDIT_RULES, labels={f"{AGGREGATE}edit": "true"}),
        cluster_role("system:aggregate-to-view", *VIEW_RULES, labels={f"{AGGREGATE}view": "true"}),
        cluster_role("system:heapster", rule(READ, "core", "events namespaces nodes pods"), rule(READ, "extensions", "deployments")),
        cluster_role("system:node", *NODE_RULES),
        cluster_role("system:node-problem-detector", rule("get", "core", "nodes"), rule("patch", "core", "nodes/status"), EVENTS),
        cluster_role(
            "system:kubelet-api-admin",
            rule(READ, "core", "nodes"), rule("proxy", "core", "nodes"), rule("*", "core", "nodes/log nodes/metrics nodes/proxy nodes/stats"),
            rule("*", "core", "nodes/configz nodes/healthz nodes/pods"),
        ),
        cluster_role("system:node-bootstrapper", rule("create get list watch", CERTIFICATES, "certificatesigningrequests")),
        cluster_role("system:auth-delegator", *REVIEWS),
        cluster_role("system:kube-aggregator", rule(READ, "core", "endpoints services")),
        cluster_role("system:kube-controller-manager", *CONTROLLER_MANAGER_RULES),
        cluster_role("system:kube-dns", rule("list watch", "core", "endpoints services")),
        cluster_role(
            "system:persistent-volume-provisioner",
            rule("create delete get list watch", "core", "persistentvolumes"), rule("get list update watch", "core", "persistentvolumeclaims"),
            rule(READ, STORAGE, "storageclasses"), rule("watch", "core", "events"), EVENTS,
        ),
        _csr_role("nodeclient"),
        _csr_role("selfnodeclient"),
        cluster_role(
            "system:volume-scheduler",
            rule(READ_UPDATE, "core", "persistentvolumes"), rule(READ, STORAGE, "storageclasses"), rule(READ_UPDATE, "core", "persistentvolumeclaims"),
        ),
        *(_approver(s) for s in ("legacy-unknown", "kubelet-serving", "kube-apiserver-client", "kube-apiserver-client-kubelet")),
        cluster_role(
            "system:service-account-issuer-discovery",
            urls("get", "/.well-known/openid-configuration /.well-known/openid-configuration/ /openid/v1/jwks /openid/v1/jwks/"),
        ),
        cluster_role(
            "system:node-proxier",
            rule("list watch", "core", "endpoints services"), rule(READ, "core", "nodes"), EVENTS, rule("list watch", NETWORKING, "servicecidrs"),
            rule("list watch", DISCOVERY, "endpointslices"),
        ),
        cluster_role("system:kube-scheduler", *SCHEDULER_RULES),
    ]  # fmt: skip


def cluster_role_bindings() -> list[Manifest]:
    """Every ClusterRoleBinding but the controllers'."""
    return [
        binding("cluster-admin", group("system:masters")),
        binding("system:monitoring", group("system:monitoring")),
        binding("system:discovery", group("system:authenticated")),
        binding("system:basic-user", group("system:authenticated")),
        binding("system:public-info-viewer", group("system:authenticated"), group("system:unauthenticated")),
        binding("system:node-proxier", user("system:kube-proxy")),
        binding("system:kube-controller-manager", user("system:kube-controller-manager")),
        binding("system:kube-dns", account("kube-dns")),
        binding("system:kube-scheduler", user("system:kube-scheduler")),
        binding("system:volume-scheduler", user("system:kube-scheduler")),
        binding("system:node"),
        binding("system:service-account-issuer-discovery", group("system:serviceaccounts")),
    ]


def bootstrap_policy() -> Iterable[Manifest]:
    """Every RBAC object of a new cluster, roles before the bindings that name them."""
    yield from cluster_roles()
    yield from (cluster_role(f"system:controller:{name}", *rules) for name, rules in CONTROLLER_ROLES.items())
    yield from cluster_role_bindings()
    yield from (binding(f"system:controller:{name}", account(name)) for name in CONTROLLER_ROLES)
    yield from namespaced_policy()
