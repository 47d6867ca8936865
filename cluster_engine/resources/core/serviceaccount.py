"""ServiceAccount: who a pod is when it talks to the API server.

Models pkg/registry/core/serviceaccount/strategy.go.
"""

from typing import Any

from cluster_engine.resources.kind import Kind, Manifest, Request, Subresource
from cluster_engine.resources.table import AGE, NAME, age


def prepare_create(account: Manifest, request: Request) -> None:
    """Secrets are referred to by name only."""
    if account.get("secrets"):
        account["secrets"] = [{"name": s["name"]} if s.get("name") else {} for s in account["secrets"]]


def prepare_update(account: Manifest, old: Manifest, request: Request) -> None:
    prepare_create(account, request)


MOUNTABLE = "kubernetes.io/enforce-mountable-secrets"


def warnings(account: Manifest, old: Manifest | None) -> list[str]:
    if MOUNTABLE not in (account["metadata"].get("annotations") or {}) or (old and MOUNTABLE in (old["metadata"].get("annotations") or {})):
        return []
    return [f"metadata.annotations[{MOUNTABLE}]: deprecated in v1.32+; prefer separate namespaces to isolate access to mounted secrets"]


def row(account: Manifest, now: float) -> list[Any]:
    return [account["metadata"].get("name", ""), age(account, now)]


KIND = Kind(
    group="",
    kind="ServiceAccount",
    plural="serviceaccounts",
    returns_deleted=True,
    short_names=("sa",),
    prepare_create=prepare_create,
    prepare_update=prepare_update,
    warnings=warnings,
    columns=(NAME, AGE),
    row=row,
    subresources={"token": Subresource("token", verbs=("create",), kind="TokenRequest", group="authentication.k8s.io", version="v1")},
)
