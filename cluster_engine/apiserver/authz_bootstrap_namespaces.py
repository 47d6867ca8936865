"""The Roles and RoleBindings that a new cluster is born with in kube-system and kube-public.

Models plugin/pkg/auth/authorizer/rbac/bootstrappolicy/namespace_policy.go at v1.36.
"""

from collections.abc import Iterable

from cluster_engine.apiserver.authz_policy import EVENTS, READ, account, role, role_binding, rule, user
from cluster_engine.machinery.manifest import Manifest

SYSTEM, PUBLIC, COORDINATION = "kube-system", "kube-public", "coordination.k8s.io"
LEADING = "create get list update watch"
READER = "extension-apiserver-authentication-reader"


def _leader(name: str) -> Manifest:
    return role(SYSTEM, f"system::leader-locking-{name}", rule(LEADING, COORDINATION, "leases"), rule(LEADING, COORDINATION, "leasecandidates"))


def _own_binding(namespace: str, controller: str) -> Manifest:
    name = f"system:controller:{controller}"
    return role_binding(namespace, name, name, account(controller))


def namespaced_policy() -> Iterable[Manifest]:
    """Roles before the bindings that name them."""
    manager, scheduler = user("system:kube-controller-manager"), user("system:kube-scheduler")
    locking = "system::leader-locking-"
    return (
        role(SYSTEM, READER, rule(READ, "core", "configmaps", "extension-apiserver-authentication")),
        role(SYSTEM, "system:controller:bootstrap-signer", rule(READ, "core", "secrets")),
        role(SYSTEM, "system:controller:cloud-provider", rule("create get list watch", "core", "configmaps")),
        role(SYSTEM, "system:controller:token-cleaner", rule("delete get list watch", "core", "secrets"), EVENTS),
        _leader("kube-controller-manager"),
        _leader("kube-scheduler"),
        role(
            PUBLIC, "system:controller:bootstrap-signer",
            rule(READ, "core", "configmaps"), rule("update", "core", "configmaps", "cluster-info"), EVENTS,
        ),
        role_binding(
            SYSTEM, f"{locking}kube-controller-manager", f"{locking}kube-controller-manager",
            manager, account("kube-controller-manager"), account("leader-election-controller"),
        ),
        role_binding(SYSTEM, f"{locking}kube-scheduler", f"{locking}kube-scheduler", scheduler, account("kube-scheduler")),
        role_binding(SYSTEM, f"system::{READER}", READER, manager, scheduler),
        *(_own_binding(SYSTEM, name) for name in ("bootstrap-signer", "cloud-provider", "token-cleaner")),
        _own_binding(PUBLIC, "bootstrap-signer"),
    )  # fmt: skip
