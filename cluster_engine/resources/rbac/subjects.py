"""What RoleBindings and ClusterRoleBindings share: a role by reference and the subjects who get it.

Models pkg/apis/rbac/{v1/defaults.go,validation/validation.go} and pkg/printers (printRoleBinding).
"""

from typing import Any

from cluster_engine.machinery.field import Errors, invalid, not_supported, required
from cluster_engine.machinery.names import dns_subdomain_name, path_segment_name
from cluster_engine.resources.kind import Column, Manifest
from cluster_engine.resources.rbac.rules import GROUP
from cluster_engine.resources.table import AGE, NAME, age


def default_binding(binding: Manifest) -> None:
    ref = binding.setdefault("roleRef", {})
    if not ref.get("apiGroup"):
        ref["apiGroup"] = GROUP
    for subject in binding.get("subjects") or ():
        if not subject.get("apiGroup") and subject.get("kind") in ("User", "Group"):
            subject["apiGroup"] = GROUP


def validate_binding(binding: Manifest, role_kinds: tuple[str, ...], namespaced: bool) -> Errors:
    ref, found = binding.get("roleRef") or {}, list[Any]()
    if ref.get("apiGroup") != GROUP:
        found.append(not_supported("roleRef.apiGroup", ref.get("apiGroup", ""), (GROUP,)))
    if ref.get("kind") not in role_kinds:
        found.append(not_supported("roleRef.kind", ref.get("kind", ""), role_kinds))
    name = ref.get("name", "")
    if not name:
        found.append(required("roleRef.name"))
    found += [invalid("roleRef.name", name, message) for message in path_segment_name(name, False) if name]
    for i, subject in enumerate(binding.get("subjects") or ()):
        found += _validate_subject(subject, namespaced, f"subjects[{i}]")
    return found


def _validate_subject(subject: Manifest, namespaced: bool, path: str) -> Errors:
    name, kind, group = subject.get("name", ""), subject.get("kind", ""), subject.get("apiGroup", "")
    found: Errors = [] if name else [required(f"{path}.name")]
    if kind == "ServiceAccount":
        found += [invalid(f"{path}.name", name, m) for m in dns_subdomain_name(name, False) if name]
        if group:
            found.append(not_supported(f"{path}.apiGroup", group, ("",)))
        if not namespaced and not subject.get("namespace"):
            found.append(required(f"{path}.namespace"))
    elif kind in ("User", "Group"):
        if group != GROUP:
            found.append(not_supported(f"{path}.apiGroup", group, (GROUP,)))
    else:
        found.append(not_supported(f"{path}.kind", kind, ("ServiceAccount", "User", "Group")))
    return found


def validate_same_role(binding: Manifest, old: Manifest) -> Errors:
    ref = binding["roleRef"]
    if ref == old["roleRef"]:
        return []
    shown = {"APIGroup": ref.get("apiGroup", ""), "Kind": ref.get("kind", ""), "Name": ref.get("name", "")}
    return [invalid("roleRef", shown, "cannot change roleRef")]


UNRESOLVED = "If the RoleRef cannot be resolved, the Authorizer must return an error."


def columns(kind: str, role: str) -> tuple[Column, ...]:
    """The columns of a binding of `kind`; `role` says which roles it may reference."""
    noun = kind[0].lower() + kind[1:]
    wide = tuple(Column(name, f"{name} in the {noun}", priority=1) for name in ("Users", "Groups", "ServiceAccounts"))
    return (NAME, Column("Role", f"RoleRef can {role}. {UNRESOLVED}"), AGE, *wide)


def row(binding: Manifest, now: float) -> list[Any]:
    ref, subjects = binding["roleRef"], binding.get("subjects") or ()
    named = {kind: [s["name"] for s in subjects if s.get("kind") == kind] for kind in ("User", "Group")}
    accounts = [f"{s.get('namespace', '')}/{s['name']}" for s in subjects if s.get("kind") == "ServiceAccount"]
    role = f"{ref.get('kind', '')}/{ref.get('name', '')}"
    return [binding["metadata"].get("name", ""), role, age(binding, now), ", ".join(named["User"]), ", ".join(named["Group"]), ", ".join(accounts)]
