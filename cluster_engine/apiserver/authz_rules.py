"""One RBAC rule, compiled so that asking it is a few set lookups.

Models pkg/registry/rbac/validation/rule.go and plugin/pkg/auth/authorizer/rbac/rbac.go.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from cluster_engine.apiserver.attributes import Attributes
from cluster_engine.machinery.manifest import Manifest

ALL = "*"


@dataclass(frozen=True, slots=True)
class Rule:
    """A PolicyRule as sets; `names` and `urls` are empty where the rule has none."""

    verbs: frozenset[str]
    groups: frozenset[str]
    resources: frozenset[str]
    names: frozenset[str]
    urls: tuple[str, ...]

    def allows(self, attributes: Attributes) -> bool:
        if attributes.is_resource:
            return self.allows_kind(attributes) and (not self.names or attributes.name in self.names)
        return bool(self.verbs & {attributes.verb, ALL}) and any(covers_url(url, attributes.path) for url in self.urls)

    def allows_kind(self, attributes: Attributes) -> bool:
        """Whether it allows a resource request, names left aside."""
        if ALL not in self.verbs and attributes.verb not in self.verbs:
            return False
        if ALL not in self.groups and attributes.group not in self.groups:
            return False
        if ALL in self.resources:
            return True
        if not attributes.subresource:
            return attributes.resource in self.resources
        return f"{attributes.resource}/{attributes.subresource}" in self.resources or f"*/{attributes.subresource}" in self.resources


def compiled(rule: Manifest) -> Rule:
    return Rule(
        frozenset(rule.get("verbs") or ()), frozenset(rule.get("apiGroups") or ()), frozenset(rule.get("resources") or ()),
        frozenset(rule.get("resourceNames") or ()), tuple(rule.get("nonResourceURLs") or ()),
    )  # fmt: skip


def covers_url(pattern: str, path: str) -> bool:
    """Whether a rule's URL means this path: `*`, the same, or a prefix before `*`."""
    return pattern in (ALL, path) or (pattern.endswith(ALL) and path.startswith(pattern[:-1].rstrip("*")))


def _parts(rule: Manifest) -> Iterable[Manifest]:
    """A rule as rules of one verb, group, resource, name or URL each."""
    for verb in rule.get("verbs") or ():
        for url in rule.get("nonResourceURLs") or ():
            yield {"verbs": [verb], "nonResourceURLs": [url]}
        for group in rule.get("apiGroups") or ():
            for resource in rule.get("resources") or ():
                names = rule.get("resourceNames") or ()
                for name in names:
                    yield {"verbs": [verb], "apiGroups": [group], "resources": [resource], "resourceNames": [name]}
                if not names:
                    yield {"verbs": [verb], "apiGroups": [group], "resources": [resource]}


def _covers(owned: Rule, part: Manifest) -> bool:
    """Whether an owned rule grants all of a part."""
    if ALL not in owned.verbs and part["verbs"][0] not in owned.verbs:
        return False
    if "nonResourceURLs" in part:
        return any(covers_url(url, part["nonResourceURLs"][0]) for url in owned.urls)
    if ALL not in owned.groups and part["apiGroups"][0] not in owned.groups:
        return False
    return _covers_resource(owned, part["resources"][0]) and (not owned.names or owned.names >= set(part.get("resourceNames", (ALL,))))


def _covers_resource(owned: Rule, resource: str) -> bool:
    if ALL in owned.resources or resource in owned.resources:
        return True
    _, _, subresource = resource.partition("/")
    return bool(subresource) and f"*/{subresource}" in owned.resources


def uncovered(owned: Iterable[Manifest], wanted: Iterable[Manifest]) -> list[Manifest]:
    """The parts of `wanted` rules that `owned` rules do not grant."""
    have = [compiled(rule) for rule in owned]
    return [part for rule in wanted for part in _parts(rule) if not any(_covers(rule_, part) for rule_ in have)]


def compact(parts: Iterable[Manifest]) -> list[Manifest]:
    """Parts that differ only by verb, joined; as upstream compacts rules before it shows them."""
    joined: dict[tuple[str, ...], Manifest] = {}
    for part in parts:
        if "nonResourceURLs" in part:
            key = ("url", *part["nonResourceURLs"])
        else:
            key = ("resource", part["apiGroups"][0], part["resources"][0], *part.get("resourceNames", ()))
        if key in joined:
            joined[key]["verbs"] = [*joined[key]["verbs"], *part["verbs"]]
        else:
            joined[key] = dict(part)
    return list(joined.values())


def shown(rule: Manifest) -> str:
    """A rule as the escalation refusal prints it: {APIGroups:[""], Resources:["pods"], Verbs:["get"]}."""
    fields = (("APIGroups", "apiGroups"), ("Resources", "resources"), ("ResourceNames", "resourceNames"), ("NonResourceURLs", "nonResourceURLs"))
    shown_fields = [(label, rule[field]) for label, field in fields if rule.get(field)] + [("Verbs", rule["verbs"])]
    return "{" + ", ".join(f"{label}:[" + " ".join(f'"{v}"' for v in values) + "]" for label, values in shown_fields) + "}"
