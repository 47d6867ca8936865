"""Discovery: which groups, versions and resources there are, one document each or all in one.

Models k8s.io/apiserver/pkg/endpoints/discovery and its aggregated form. The documents are made anew only when the registry
of kinds has changed.
"""

import base64
from collections.abc import Iterable
from hashlib import sha256, sha512
from typing import Any

import orjson

from cluster_engine.machinery.manifest import Manifest
from cluster_engine.resources.kind import Kind, Subresource
from cluster_engine.resources.registry import Registry

GROUP_ORDER = (
    "apiregistration.k8s.io", "apps", "events.k8s.io", "authentication.k8s.io", "authorization.k8s.io", "autoscaling", "batch",
    "certificates.k8s.io", "networking.k8s.io", "policy", "rbac.authorization.k8s.io", "storage.k8s.io", "admissionregistration.k8s.io",
    "apiextensions.k8s.io", "scheduling.k8s.io", "coordination.k8s.io", "node.k8s.io", "discovery.k8s.io", "resource.k8s.io",
    "flowcontrol.apiserver.k8s.io",
)  # fmt: skip
SCALE = Subresource("scale", verbs=("get", "patch", "update"), kind="Scale", group="autoscaling", version="v1")


class Discovery:
    """The discovery documents of one server, remembered as long as the registry stays the same."""

    def __init__(self, registry: Registry) -> None:
        self._registry, self._revision = registry, -1
        self._documents: dict[str, Any] = {}

    def document(self, name: str) -> Any:
        """A document by its path, or "aggregated /api" and "aggregated /apis" with the ETag; None when there is none."""
        if self._revision != self._registry.revision:
            self._revision = self._registry.revision
            self._documents = _documents(self._registry)
        return self._documents.get(name)


def groups(registry: Registry) -> dict[str, list[str]]:
    """Every group with its versions, preferred first; groups in upstream's order of priority."""
    found: dict[str, list[str]] = {}
    for kind in registry:
        versions = found.setdefault(kind.group, [])
        versions.extend(v for v in kind.versions if v not in versions)
    rank = {name: i for i, name in enumerate(GROUP_ORDER)}
    ordered = sorted(found, key=lambda g: (rank.get(g, len(rank)), g))
    return {g: sorted(found[g], key=version_rank) for g in ordered}


def version_rank(version: str) -> tuple[int, int, int, str]:
    """Sorts GA before beta before alpha, newer before older. Models pkg/version/helpers.go."""
    digits = version[1:].replace("beta", " 1 ").replace("alpha", " 0 ").split()
    if version[:1] != "v" or not all(d.isdigit() for d in digits) or not digits:
        return (3, 0, 0, version)
    if len(digits) == 1:
        return (0, -int(digits[0]), 0, version)
    return (1 if digits[1] == "1" else 2, -int(digits[0]), -int(digits[2]) if len(digits) > 2 else 0, version)


def _documents(registry: Registry) -> dict[str, Any]:
    by_group = groups(registry)
    found: dict[str, Any] = {"/apis": {"kind": "APIGroupList", "apiVersion": "v1", "groups": [_group(g, v) for g, v in by_group.items() if g]}}
    for group, versions in by_group.items():
        if group:
            found[f"/apis/{group}"] = {"kind": "APIGroup", "apiVersion": "v1", **_group(group, versions)}
        for version in versions:
            found[f"/apis/{group}/{version}" if group else f"/api/{version}"] = _resource_list(registry, group, version)
    found["aggregated /api"] = _aggregated(registry, {"": by_group.get("", [])})
    found["aggregated /apis"] = _aggregated(registry, {g: v for g, v in by_group.items() if g})
    return found


def _group(name: str, versions: list[str]) -> Manifest:
    described = [{"groupVersion": f"{name}/{v}", "version": v} for v in versions]
    return {"name": name, "versions": described, "preferredVersion": described[0]}


def _kinds(registry: Registry, group: str, version: str) -> list[Kind]:
    return sorted((k for k in registry if k.group == group and version in k.versions), key=lambda k: k.plural)


def subresources(kind: Kind) -> list[Subresource]:
    """All subresources of a kind by name, scale included."""
    found = [*kind.subresources.values()] + ([SCALE] if kind.scale is not None and "scale" not in kind.subresources else [])
    return found if kind.custom else sorted(found, key=lambda s: s.name)


def _resource_list(registry: Registry, group: str, version: str) -> Manifest:
    head: Manifest = {"kind": "APIResourceList"} | ({"apiVersion": "v1"} if group else {})
    resources = [r for kind in _kinds(registry, group, version) for r in _resources(kind)]
    return head | {"groupVersion": f"{group}/{version}" if group else version, "resources": resources}


def _resources(kind: Kind) -> Iterable[Manifest]:
    resource: Manifest = {"name": kind.plural, "singularName": kind.singular, "namespaced": kind.namespaced, "kind": kind.kind, "verbs": list(kind.verbs)}
    if kind.short_names:
        resource["shortNames"] = list(kind.short_names)
    if kind.categories:
        resource["categories"] = list(kind.categories)
    if "watch" in kind.verbs:
        resource["storageVersionHash"] = storage_version_hash(kind)
    yield resource
    for sub in subresources(kind):
        entry: Manifest = {"name": f"{kind.plural}/{sub.name}", "singularName": "", "namespaced": kind.namespaced, "kind": sub.kind or kind.kind}
        if sub.group:
            entry |= {"group": sub.group, "version": sub.version}
        yield entry | {"verbs": list(sub.verbs)}


def storage_version_hash(kind: Kind) -> str:
    """Tells clients whether the stored version has changed. Models discovery/storageversionhash.go."""
    group, _, version = kind.api_version.rpartition("/")
    version = kind.hashed_version or version
    digest = sha256(f"{group}/{version}/{kind.kind}".encode()).digest()
    return base64.b64encode(digest[:8]).decode()


def _aggregated(registry: Registry, by_group: dict[str, list[str]]) -> tuple[Manifest, str]:
    items = [
        {
            "metadata": {"name": group} if group else {},
            "versions": [
                {"version": v, "resources": [_described(k) for k in _kinds(registry, group, v)], "freshness": "Current"} for v in versions
            ],
        }
        for group, versions in by_group.items()
    ]  # fmt: skip
    document: Manifest = {"kind": "APIGroupDiscoveryList", "apiVersion": "apidiscovery.k8s.io/v2", "metadata": {}, "items": items}
    return document, sha512(orjson.dumps(document)).hexdigest().upper()


def _described(kind: Kind) -> Manifest:
    resource: Manifest = {
        "resource": kind.plural, "responseKind": {"group": "", "version": "", "kind": kind.kind},
        "scope": "Namespaced" if kind.namespaced else "Cluster", "singularResource": kind.singular, "verbs": list(kind.verbs),
    }  # fmt: skip
    if kind.short_names:
        resource["shortNames"] = list(kind.short_names)
    if kind.categories:
        resource["categories"] = list(kind.categories)
    described = [_described_part(kind, s) for s in subresources(kind)]
    return resource | ({"subresources": described} if described else {})


def _described_part(kind: Kind, sub: Subresource) -> Manifest:
    version = sub.version if sub.group else ""
    return {"subresource": sub.name, "responseKind": {"group": sub.group, "version": version, "kind": sub.kind or kind.kind}, "verbs": list(sub.verbs)}


def root_paths(registry: Registry) -> list[str]:
    """What GET / lists: every path that the server answers, in the order of Go's strings."""
    found = {
        "/.well-known/openid-configuration", "/api", "/api/v1", "/apis", "/apis/", "/healthz", "/livez", "/metrics", "/openapi/v2",
        "/openapi/v3", "/openapi/v3/", "/openid/v1/jwks", "/readyz", "/version",
    }  # fmt: skip
    for group, versions in groups(registry).items():
        if group:
            found |= {f"/apis/{group}", *(f"/apis/{group}/{v}" for v in versions)}
    return sorted(found)
