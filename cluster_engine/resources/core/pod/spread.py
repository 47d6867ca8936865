"""Topology spread constraints: how evenly pods must lie over zones, nodes or other domains.

Models validation.validateTopologySpreadConstraints.
"""

from cluster_engine.machinery.field import Errors, duplicate, forbidden, invalid, not_supported, required
from cluster_engine.resources.checks import NOT_POSITIVE, label_selector, qualified_name
from cluster_engine.resources.kind import Manifest

ACTIONS = frozenset({"DoNotSchedule", "ScheduleAnyway"})
POLICIES = frozenset({"Honor", "Ignore"})


def validate_spread(constraints: list[Manifest], path: str, found: Errors) -> None:
    for i, constraint in enumerate(constraints):
        _validate_constraint(constraint, constraints[i + 1 :], f"{path}[{i}]", found)


def _validate_constraint(constraint: Manifest, later: list[Manifest], path: str, found: Errors) -> None:
    skew, key, action = constraint.get("maxSkew", 0), constraint.get("topologyKey", ""), constraint.get("whenUnsatisfiable", "")
    if skew <= 0:
        found.append(invalid(f"{path}.maxSkew", skew, NOT_POSITIVE))
    if not key:
        found.append(required(f"{path}.topologyKey", "can not be empty"))
    if action not in ACTIONS:
        found.append(not_supported(f"{path}.whenUnsatisfiable", action, ACTIONS))
    if any(c.get("topologyKey", "") == key and c.get("whenUnsatisfiable", "") == action for c in later):
        found.append(duplicate(f"{path}.{{topologyKey, whenUnsatisfiable}}", f"{{{key}, {action}}}"))
    _validate_domains(constraint.get("minDomains"), action, f"{path}.minDomains", found)
    for name in ("nodeAffinityPolicy", "nodeTaintsPolicy"):
        if (policy := constraint.get(name)) is not None and policy not in POLICIES:
            found.append(not_supported(f"{path}.{name}", policy, POLICIES))
    _validate_keys(constraint.get("matchLabelKeys") or [], constraint.get("labelSelector"), f"{path}.matchLabelKeys", found)
    label_selector(f"{path}.labelSelector", constraint.get("labelSelector"), found)


def _validate_domains(domains: int | None, action: str, path: str, found: Errors) -> None:
    if domains is None:
        return
    if domains <= 0:
        found.append(invalid(path, domains, NOT_POSITIVE))
    if action != "DoNotSchedule":
        found.append(invalid(path, domains, f"can only use minDomains if whenUnsatisfiable=DoNotSchedule, not {action}"))


def _validate_keys(keys: list[str], selector: Manifest | None, path: str, found: Errors) -> None:
    if not keys:
        return
    if selector is None:
        found.append(forbidden(path, "must not be specified when labelSelector is not set"))
    for i, key in enumerate(keys):
        qualified_name(f"{path}[{i}]", key, found)
    # The keys have already become requirements of the selector, so only a key that stands there twice is one too many.
    seen = set((selector or {}).get("matchLabels") or ())
    for expression in (selector or {}).get("matchExpressions") or ():
        key = expression.get("key", "")
        if key in keys and key in seen:
            found.append(invalid(f"{path}[{keys.index(key)}]", key, "exists in both matchLabelKeys and labelSelector"))
        seen.add(key)
