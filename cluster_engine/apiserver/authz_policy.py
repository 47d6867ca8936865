"""Words for writing RBAC objects shortly; the bootstrap policy is written with them."""

from typing import Any

from cluster_engine.machinery.manifest import Manifest

API = "rbac.authorization.k8s.io"
READ = "get list watch"
WRITE = "create delete deletecollection patch update"
READ_WRITE = "create delete deletecollection get list patch update watch"
READ_UPDATE = "get list patch update watch"


def _meta(name: str, namespace: str = "", labels: dict[str, str] | None = None) -> Manifest:
    meta: Manifest = {
        "name": name,
        "labels": {"kubernetes.io/bootstrapping": "rbac-defaults", **(labels or {})},
        "annotations": {"rbac.authorization.kubernetes.io/autoupdate": "true"},
    }
    return meta | ({"namespace": namespace} if namespace else {})


def rule(verbs: str, groups: str, resources: str, names: str = "") -> Manifest:
    """A rule from words; the group "core" is the one without a name. Lists are sorted, as upstream keeps them."""
    made: dict[str, Any] = {
        "verbs": sorted(verbs.split()),
        "apiGroups": sorted("" if g == "core" else g for g in groups.split()),
        "resources": sorted(resources.split()),
    }
    return made | ({"resourceNames": sorted(names.split())} if names else {})


def urls(verbs: str, paths: str) -> Manifest:
    return {"verbs": sorted(verbs.split()), "nonResourceURLs": sorted(paths.split())}


EVENTS = rule("create patch update", "core events.k8s.io", "events")


def cluster_role(name: str, *rules: Manifest, aggregates: str = "", labels: dict[str, str] | None = None) -> Manifest:
    """A ClusterRole; `aggregates`: gathers the roles labelled aggregate-to-<it>, its own rules being filled by the controller."""
    made: Manifest = {"apiVersion": f"{API}/v1", "kind": "ClusterRole", "metadata": _meta(name, labels=labels), "rules": list(rules) or None}
    if aggregates:
        selector = {"matchLabels": {f"rbac.authorization.k8s.io/aggregate-to-{aggregates}": "true"}}
        made["aggregationRule"] = {"clusterRoleSelectors": [selector]}
    return made


def role(namespace: str, name: str, *rules: Manifest) -> Manifest:
    return {"apiVersion": f"{API}/v1", "kind": "Role", "metadata": _meta(name, namespace), "rules": list(rules)}


def _bound(kind: str, meta: Manifest, role_kind: str, role_name: str, subjects: tuple[Manifest, ...]) -> Manifest:
    ref = {"apiGroup": API, "kind": role_kind, "name": role_name}
    made: Manifest = {"apiVersion": f"{API}/v1", "kind": kind, "metadata": meta, "roleRef": ref}
    return made | ({"subjects": list(subjects)} if subjects else {})


def binding(name: str, *subjects: Manifest) -> Manifest:
    """The ClusterRoleBinding of the ClusterRole of the same name."""
    return _bound("ClusterRoleBinding", _meta(name), "ClusterRole", name, subjects)


def role_binding(namespace: str, name: str, role_name: str, *subjects: Manifest) -> Manifest:
    return _bound("RoleBinding", _meta(name, namespace), "Role", role_name, subjects)


def user(name: str) -> Manifest:
    return {"apiGroup": API, "kind": "User", "name": name}


def group(name: str) -> Manifest:
    return {"apiGroup": API, "kind": "Group", "name": name}


def account(name: str, namespace: str = "kube-system") -> Manifest:
    return {"kind": "ServiceAccount", "name": name, "namespace": namespace}
