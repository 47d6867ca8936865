"""FlowSchema: sorts requests into flows and sends each to a priority level.

Models pkg/registry/flowcontrol/flowschema/strategy.go and pkg/apis/flowcontrol/validation/validation.go.
"""

from typing import Any

from cluster_engine.machinery import names
from cluster_engine.machinery.field import Errors, forbidden, invalid, not_supported, required
from cluster_engine.resources.flowcontrol.mandatory import MANDATORY_SCHEMAS
from cluster_engine.resources.kind import Column, Kind, Manifest, Request, status_subresource
from cluster_engine.resources.table import AGE, NAME, NONE, age

VERBS = ("create", "delete", "deletecollection", "get", "list", "patch", "proxy", "update", "watch")
NON_RESOURCE_VERBS = ("connect", "delete", "get", "head", "options", "patch", "post", "put", "trace")
SUBJECTS = {"User": "user", "Group": "group", "ServiceAccount": "serviceAccount"}
FLOW = "io.k8s.api.flowcontrol.v1.FlowSchemaSpec."
REFERENCE = "io.k8s.api.flowcontrol.v1.PriorityLevelConfigurationReference.name"


def default(schema: Manifest) -> None:
    spec = schema.setdefault("spec", {})
    spec.setdefault("priorityLevelConfiguration", {"name": ""})
    if not spec.get("matchingPrecedence"):
        spec["matchingPrecedence"] = 1000
    schema.setdefault("status", {})
    for rule in spec.get("rules") or ():
        for each in rule.get("resourceRules") or ():
            each.setdefault("namespaces", None)


def prepare_create(schema: Manifest, request: Request) -> None:
    schema["status"] = {}


def validate(schema: Manifest) -> Errors:
    spec, name = schema["spec"], schema["metadata"].get("name", "")
    found: Errors = []
    if name in MANDATORY_SCHEMAS and _plain(spec) != _plain(MANDATORY_SCHEMAS[name]):
        found.append(invalid("spec", _as_go(spec), f"spec of '{name}' must equal the fixed value"))
        return found
    found += _validate_precedence(spec.get("matchingPrecedence", 0), name)
    kind = (spec.get("distinguisherMethod") or {}).get("type")
    if spec.get("distinguisherMethod") is not None and kind not in ("ByNamespace", "ByUser"):
        found.append(not_supported("spec.distinguisherMethod.type", {"Type": kind or ""}, ("ByNamespace", "ByUser")))
    level = (spec.get("priorityLevelConfiguration") or {}).get("name", "")
    if not level:
        found.append(required("spec.priorityLevelConfiguration.name", "must reference a priority level"))
    found += [invalid("spec.priorityLevelConfiguration.name", level, m) for m in names.dns_subdomain_name(level, False) if level]
    for i, rule in enumerate(spec.get("rules") or ()):
        found += _validate_rule(rule, f"spec.rules[{i}]")
    return found


def _validate_precedence(precedence: int, name: str) -> Errors:
    path = "spec.matchingPrecedence"
    if precedence <= 0:
        return [invalid(path, precedence, "must be a positive value")]
    if precedence > 10_000:
        return [invalid(path, precedence, "must not be greater than 10000")]
    if precedence == 1 and name != "exempt":
        return [invalid(path, precedence, "only the schema named 'exempt' may have matchingPrecedence 1")]
    return []


def _validate_rule(rule: Manifest, path: str) -> Errors:
    subjects, resources, urls = rule.get("subjects") or (), rule.get("resourceRules") or (), rule.get("nonResourceRules") or ()
    found: Errors = [] if subjects else [required(f"{path}.subjects", "subjects must contain at least one value")]
    for i, subject in enumerate(subjects):
        found += _validate_subject(subject, f"{path}.subjects[{i}]")
    if not resources and not urls:
        found.append(required(path, "at least one of resourceRules and nonResourceRules has to be non-empty"))
    for i, each in enumerate(resources):
        found += _validate_resource_rule(each, f"{path}.resourceRules[{i}]")
    for i, each in enumerate(urls):
        found += _validate_url_rule(each, f"{path}.nonResourceRules[{i}]")
    return found


def _validate_subject(subject: Manifest, path: str) -> Errors:
    kind = subject.get("kind", "")
    if kind not in SUBJECTS:
        return [not_supported(f"{path}.kind", kind, sorted(SUBJECTS))]
    own = SUBJECTS[kind]
    found: Errors = []
    if subject.get(own) is None:
        found.append(required(f"{path}.{own}", f"{own} is required when subject kind is '{kind}'"))
    else:
        found += _validate_named(subject[own], kind, f"{path}.{own}")
    for other, field in SUBJECTS.items():
        if other != kind and subject.get(field) is not None:
            found.append(forbidden(f"{path}.{field}", f"{field} is forbidden when subject kind is not '{other}'"))
    return found


def _validate_named(named: Manifest, kind: str, path: str) -> Errors:
    name = named.get("name", "")
    if kind != "ServiceAccount":
        return [] if name else [required(f"{path}.name")]
    found: Errors = []
    if not name:
        found.append(required(f"{path}.name"))
    elif name != "*":
        found += [invalid(f"{path}.name", name, m) for m in names.dns_subdomain_name(name, False)]
    namespace = named.get("namespace", "")
    if not namespace:
        return [*found, required(f"{path}.namespace", "must specify namespace for service account")]
    return found + [invalid(f"{path}.namespace", namespace, m) for m in names.dns_label_name(namespace, False)]


def _validate_verbs(verbs: list[str], known: tuple[str, ...], path: str) -> Errors:
    if not verbs:
        return [required(path, "verbs must contain at least one value")]
    if "*" in verbs:
        return [invalid(path, verbs, "if '*' is present, must not specify other verbs")] if len(verbs) > 1 else []
    return [] if set(verbs) <= set(known) else [not_supported(path, verbs, known)]


def _validate_resource_rule(rule: Manifest, path: str) -> Errors:
    found = _validate_verbs(rule.get("verbs") or [], VERBS, f"{path}.verbs")
    for field, noun in (("apiGroups", "api groups"), ("resources", "resources")):
        values = rule.get(field) or []
        if not values:
            found.append(required(f"{path}.{field}", f"resource rules must supply at least one {noun[:-1]}"))
        elif len(values) > 1 and "*" in values:
            found.append(invalid(f"{path}.{field}", values, f"if '*' is present, must not specify other {noun}"))
    return found + _validate_namespaces(rule, path)


def _validate_namespaces(rule: Manifest, path: str) -> Errors:
    namespaces = rule.get("namespaces") or []
    if not namespaces and not rule.get("clusterScope"):
        return [required(f"{path}.namespaces", "resource rules that are not cluster scoped must supply at least one namespace")]
    if "*" in namespaces:
        return [invalid(f"{path}.namespaces", namespaces, "if '*' is present, must not specify other namespaces")] if len(namespaces) > 1 else []
    lead = "each member of this list must be '*' or a DNS-1123 label; "
    return [invalid(f"{path}.namespaces[{i}]", n, lead + m) for i, n in enumerate(namespaces) for m in names.is_dns1123_label(n)]


def _validate_url_rule(rule: Manifest, path: str) -> Errors:
    found = _validate_verbs(rule.get("verbs") or [], NON_RESOURCE_VERBS, f"{path}.verbs")
    urls = rule.get("nonResourceURLs") or []
    if not urls:
        found.append(required(f"{path}.nonResourceURLs", "nonResourceURLs must contain at least one value"))
    elif len(urls) > 1 and "*" in urls:
        found.append(invalid(f"{path}.nonResourceURLs", urls, "if '*' is present, must not specify other non-resource URLs"))
    for i, url in enumerate(urls):
        if problem := _url_problem(url):
            found.append(invalid(f"{path}.nonResourceURLs[{i}]", url, problem))
    return found


def _url_problem(url: str) -> str:
    if not url:
        return "nonResourceURL must not be empty"
    if url in ("/", "*"):
        return ""
    if not url.startswith("/"):
        return "must start with slash"
    if " " in url:
        return "must not contain white-space"
    if "//" in url:
        return "must not contain double slash"
    if "*" in url[:-1]:
        return "wildcard can only do suffix matching"
    return "wildcard can only do suffix matching" if url.endswith("*") and not url.endswith("/*") else ""


def _plain(value: Any) -> Any:
    """A spec without absent and empty fields, for comparison."""
    if isinstance(value, dict):
        return {k: p for k, v in value.items() if (p := _plain(v)) not in (None, [], {}, False, "")}
    return [_plain(v) for v in value] if isinstance(value, list) else value


def _as_go(spec: Manifest) -> Manifest:
    """The spec as upstream prints its internal form."""
    method = spec.get("distinguisherMethod")
    return {
        "PriorityLevelConfiguration": {"Name": (spec.get("priorityLevelConfiguration") or {}).get("name", "")},
        "MatchingPrecedence": spec.get("matchingPrecedence", 0),
        "DistinguisherMethod": {"Type": method.get("type", "")} if method is not None else None,
        "Rules": [_rule_as_go(rule) for rule in spec.get("rules") or ()],
    }


def _rule_as_go(rule: Manifest) -> Manifest:
    resources = [
        {
            "Verbs": r.get("verbs"),
            "APIGroups": r.get("apiGroups"),
            "Resources": r.get("resources"),
            "ClusterScope": bool(r.get("clusterScope")),
            "Namespaces": r.get("namespaces"),
        }
        for r in rule.get("resourceRules") or ()
    ]
    urls = [{"Verbs": r.get("verbs"), "NonResourceURLs": r.get("nonResourceURLs")} for r in rule.get("nonResourceRules") or ()]
    return {"Subjects": [_subject_as_go(s) for s in rule.get("subjects") or ()], "ResourceRules": resources or None, "NonResourceRules": urls or None}


def _subject_as_go(subject: Manifest) -> Manifest:
    account = subject.get("serviceAccount")
    return {
        "Kind": subject.get("kind", ""),
        "User": {"Name": subject["user"].get("name", "")} if subject.get("user") is not None else None,
        "Group": {"Name": subject["group"].get("name", "")} if subject.get("group") is not None else None,
        "ServiceAccount": {"Namespace": account.get("namespace", ""), "Name": account.get("name", "")} if account is not None else None,
    }


def row(schema: Manifest, now: float) -> list[Any]:
    spec = schema["spec"]
    dangling = next((c["status"] for c in (schema.get("status") or {}).get("conditions") or () if c["type"] == "Dangling"), "?")
    method = (spec.get("distinguisherMethod") or {}).get("type", NONE)
    level = (spec.get("priorityLevelConfiguration") or {}).get("name", "")
    return [schema["metadata"].get("name", ""), level, spec.get("matchingPrecedence", 0), method, age(schema, now), dangling]


KIND = Kind(
    group="flowcontrol.apiserver.k8s.io",
    kind="FlowSchema",
    plural="flowschemas",
    namespaced=False,
    has_generation=True,
    default=default,
    prepare_create=prepare_create,
    validate=validate,
    columns=(
        NAME,
        Column("PriorityLevel", described_by=REFERENCE),
        Column("MatchingPrecedence", described_by=FLOW + "matchingPrecedence"),
        Column("DistinguisherMethod", described_by=FLOW + "distinguisherMethod"),
        AGE,
        Column("MissingPL", "references a broken or non-existent PriorityLevelConfiguration"),
    ),
    row=row,
    subresources={"status": status_subresource()},
)
