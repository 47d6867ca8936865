"""CustomResourceDefinition: a kind of one's own, by name, scope, versions and schema.

Models k8s.io/apiextensions-apiserver/pkg/{registry/customresourcedefinition/strategy.go,apis/apiextensions/validation}.
"""

import json
import re
from collections.abc import Callable
from typing import Any

from cluster_engine.kernel.clock import timestamp
from cluster_engine.machinery import names
from cluster_engine.machinery.field import Errors, FieldError, duplicate, forbidden, invalid, not_supported, required
from cluster_engine.machinery.structural import definition
from cluster_engine.machinery.structural.formats import FORMATS, OTHERS
from cluster_engine.resources.kind import Column, Kind, Manifest, Request, Subresource
from cluster_engine.resources.table import META, NAME

GROUP = "apiextensions.k8s.io"
FINALIZER = "customresourcecleanup.apiextensions.k8s.io"
IMMUTABLE = "field is immutable"
COLUMN_TYPES = ("boolean", "date", "integer", "number", "string")
COLUMN_FORMATS = ("byte", "date", "date-time", "double", "float", "int32", "int64", "password")
SHARED = {"schema": "spec.validation", "additionalPrinterColumns": "spec", "subresources": "spec", "selectableFields": "spec"}
_simple_path = re.compile(r"(\.[A-Za-z_][\w-]*(\[\d+\]|\['[^']+'\])*)+").fullmatch


def default(crd: Manifest) -> None:
    spec = crd.get("spec") or {}
    kinds = spec.get("names") or {}
    if kinds.get("kind") and not kinds.get("singular"):
        kinds["singular"] = kinds["kind"].lower()
    if kinds.get("kind") and not kinds.get("listKind"):
        kinds["listKind"] = kinds["kind"] + "List"
    if spec.get("conversion") is None:
        spec["conversion"] = {"strategy": "None"}
    service = (((spec["conversion"].get("webhook") or {}).get("clientConfig") or {}).get("service")) or None
    if service is not None:
        service.setdefault("port", 443)


def _stored(crd: Manifest) -> str:
    return next((v["name"] for v in crd["spec"].get("versions") or () if v.get("storage")), "")


def prepare_create(crd: Manifest, request: Request) -> None:
    """A new definition has accepted nothing yet; it knows in which version it will be stored."""
    stored = _stored(crd)
    crd["status"] = {"acceptedNames": {"kind": "", "plural": ""}, "conditions": None, "storedVersions": [stored] if stored else []}


def prepare_update(crd: Manifest, old: Manifest, request: Request) -> None:
    """A version that becomes the stored one is remembered: objects may be left in it."""
    stored, status = _stored(crd), crd.get("status") or {}
    if stored and stored not in (status.get("storedVersions") or ()):
        crd["status"] = {**status, "storedVersions": [*(status.get("storedVersions") or ()), stored]}


def prepare_delete(crd: Manifest, now: float) -> Manifest:
    """A definition goes only after its objects: it is marked so that this is seen."""
    why = "CustomResourceDefinition marked for deletion; CustomResource deletion will begin soon"
    terminating = {"type": "Terminating", "status": "True", "lastTransitionTime": timestamp(now), "reason": "InstanceDeletionPending", "message": why}
    status = crd.get("status") or {}
    conditions = [c for c in status.get("conditions") or () if c["type"] != "Terminating"]
    finalizers = crd["metadata"].get("finalizers") or []
    meta = {**crd["metadata"], "finalizers": finalizers if FINALIZER in finalizers else [*finalizers, FINALIZER]}
    return {**crd, "metadata": meta, "status": {**status, "conditions": [*conditions, terminating]}}


def validate(crd: Manifest) -> Errors:
    spec: Manifest = crd.get("spec") or {}
    found: Errors = []
    group = spec.get("group", "")
    if not group:
        found.append(required("spec.group"))
    else:
        found += [invalid("spec.group", group, m) for m in names.is_dns1123_subdomain(group)]
        if "." not in group:
            found.append(invalid("spec.group", group, "should be a domain with at least one dot"))
    if spec.get("scope") not in ("Cluster", "Namespaced"):
        scope = spec.get("scope", "")
        found.append(not_supported("spec.scope", scope, ("Cluster", "Namespaced")) if scope else required("spec.scope"))
    found += _names(spec.get("names") or {})
    found += _versions(spec)
    return found + _conversion(spec.get("conversion") or {})


def validate_create(crd: Manifest) -> Errors:
    spec = crd.get("spec") or {}
    wanted = f"{(spec.get('names') or {}).get('plural', '')}.{spec.get('group', '')}"
    name = crd["metadata"].get("name", "")
    return [] if name == wanted or not name else [invalid("metadata.name", name, 'must be spec.names.plural+"."+spec.group')]


def _names(kinds: Manifest) -> Errors:
    found: Errors = []
    for key in ("plural", "singular", "kind", "listKind"):
        value, path = kinds.get(key, ""), f"spec.names.{key}"
        if not value:
            found.append(required(path))
            continue
        text = value if key in ("plural", "singular") else value.lower()
        found += [invalid(path, value, m) for m in names.is_dns1035_label(text)]
    if kinds.get("kind") and kinds.get("kind") == kinds.get("listKind"):
        found.append(invalid("spec.names.listKind", kinds["listKind"], "kind and listKind may not be the same"))
    for key in ("shortNames", "categories"):
        for i, value in enumerate(kinds.get(key) or ()):
            found += [invalid(f"spec.names.{key}[{i}]", value, m) for m in names.is_dns1035_label(value)]
    return found


def _versions(spec: Manifest) -> Errors:
    versions = spec.get("versions") or []
    found: Errors = []
    if not versions:
        return [required("spec.versions", "must have exactly one version marked as storage version")]
    seen = [v.get("name", "") for v in versions]
    if len(set(seen)) != len(seen):
        found.append(invalid("spec.versions", versions, "must contain unique version names"))
    if sum(bool(v.get("storage")) for v in versions) != 1:
        found.append(invalid("spec.versions", versions, "must have exactly one version marked as storage version"))
    for i, version in enumerate(versions):
        found += [invalid(f"spec.versions[{i}].name", version.get("name", ""), m) for m in names.is_dns1035_label(version.get("name", ""))]
        found += _version(spec, version, i)
    return found


def shared(spec: Manifest, key: str) -> bool:
    """Whether all versions say the same; upstream then keeps it once, and names that place in errors."""
    first = spec["versions"][0].get(key)
    return all(v.get(key) == first for v in spec["versions"])


def _version(spec: Manifest, version: Manifest, i: int) -> Errors:
    """One version's own parts. What all versions share is looked at once."""
    found: Errors = []
    schema = (version.get("schema") or {}).get("openAPIV3Schema")
    if schema is None:
        return [required(f"spec.versions[{i}].schema.openAPIV3Schema")]
    checks: dict[str, Callable[[str], Errors]] = {
        "schema": lambda at: definition.check(schema, f"{at}.openAPIV3Schema"),
        "additionalPrinterColumns": lambda at: _columns(version.get("additionalPrinterColumns") or (), f"{at}.additionalPrinterColumns"),
        "subresources": lambda at: _subresources(version.get("subresources") or {}, f"{at}.subresources"),
        "selectableFields": lambda at: _selectable(version.get("selectableFields") or (), schema, f"{at}.selectableFields"),
    }
    for key, check in checks.items():
        if not shared(spec, key):
            found += check(f"spec.versions[{i}]" + (".schema" if key == "schema" else ""))
        elif i == 0:
            found += check(SHARED[key])
    return found


def _columns(columns: Any, path: str) -> Errors:
    found: Errors = []
    for i, column in enumerate(columns):
        at, where = f"{path}[{i}]", column.get("jsonPath", "")
        if not column.get("name"):
            found.append(required(f"{at}.name"))
        if not column.get("type"):
            found.append(required(f"{at}.type", f"must be one of {','.join(COLUMN_TYPES)}"))
        elif column["type"] not in COLUMN_TYPES:
            found.append(invalid(f"{at}.type", column["type"], f"must be one of {','.join(COLUMN_TYPES)}"))
        if column.get("format") and column["format"] not in COLUMN_FORMATS:
            found.append(invalid(f"{at}.format", column["format"], f"must be one of {','.join(COLUMN_FORMATS)}"))
        if not where:
            found.append(required(f"{at}.JSONPath"))
        elif not where.startswith(".") or where.count("[") != where.count("]"):
            found.append(invalid(f"{at}.JSONPath", where, "must be a simple json path starting with ."))
    return found


def _subresources(subs: Manifest, path: str) -> Errors:
    scale = subs.get("scale")
    if scale is None:
        return []
    found: Errors = []
    for key, root in (("specReplicasPath", ".spec."), ("statusReplicasPath", ".status."), ("labelSelectorPath", "")):
        where = scale.get(key) or ""
        if not where:
            found += [required(f"{path}.scale.{key}")] if root else []
        elif not _simple_path(where):
            found.append(invalid(f"{path}.scale.{key}", where, "must be a simple json path starting with ."))
        elif root and not where.startswith(root):
            found.append(invalid(f"{path}.scale.{key}", where, f"should be a json path under {root[:-1]}"))
        elif not root and not where.startswith((".spec.", ".status.")):
            found.append(invalid(f"{path}.scale.{key}", where, "should be a json path under either .spec or .status"))
    return found


def _selectable(fields: Any, schema: Manifest, path: str) -> Errors:
    found: Errors = []
    seen: set[str] = set()
    for i, one in enumerate(fields):
        at, where = f"{path}[{i}].jsonPath", one.get("jsonPath", "")
        node: Any = schema
        for name in where.split(".")[1:]:
            node = ((node or {}).get("properties") or {}).get(name)
        if not where:
            found.append(required(at))
        elif node is None or not where.startswith(".") or where.startswith(".metadata"):
            found.append(invalid(at, where, "is an invalid path: does not refer to a valid field"))
        elif node.get("type") not in ("boolean", "integer", "string"):
            found.append(invalid(at, where, "must point to a field of type string, boolean or integer"))
        elif where in seen:
            found.append(duplicate(at, where))
        seen.add(where)
    return found


def _conversion(conversion: Manifest) -> Errors:
    strategy, webhook = conversion.get("strategy", ""), conversion.get("webhook")
    if strategy not in ("None", "Webhook"):
        return [not_supported("spec.conversion.strategy", strategy, ("None", "Webhook")) if strategy else required("spec.conversion.strategy")]
    config, reviews = (webhook or {}).get("clientConfig"), (webhook or {}).get("conversionReviewVersions")
    where, versions = "spec.conversion.webhookClientConfig", "spec.conversion.conversionReviewVersions"
    if strategy == "None":
        why = "should not be set when strategy is not set to Webhook"
        return ([forbidden(where, why)] if config else []) + ([forbidden(versions, why)] if reviews else [])
    found: Errors = []
    if config is None:
        found.append(required(where, "required when strategy is set to Webhook"))
    elif bool(config.get("url")) == bool(config.get("service")):
        found.append(required(where, "exactly one of url or service is required"))
    if not reviews:
        found.append(required(versions))
    elif not {"v1", "v1beta1"} & set(reviews):
        found.append(invalid(versions, reviews, "must include at least one of v1, v1beta1"))
    return found


def validate_update(crd: Manifest, old: Manifest) -> Errors:
    found: Errors = []
    established = any(c["type"] == "Established" and c["status"] == "True" for c in (old.get("status") or {}).get("conditions") or ())
    for path in ("group", "scope", "names.kind", "names.plural"):
        head, _, rest = path.partition(".")
        new_value, old_value = crd["spec"].get(head), old["spec"].get(head)
        if rest:
            new_value, old_value = (new_value or {}).get(rest), (old_value or {}).get(rest)
        if new_value != old_value and (established or path in ("group", "names.plural")):
            found.append(invalid(f"spec.{path}", new_value, IMMUTABLE))
    same = _version_names(crd) == _version_names(old)
    return found if same else found + _kept_versions(crd)


def _version_names(crd: Manifest) -> list[str]:
    return [v.get("name", "") for v in crd["spec"].get("versions") or ()]


def prepare_status(crd: Manifest, old: Manifest, request: Request) -> None:
    """Some version objects are stored in there always is."""
    status = crd.get("status") or {}
    if not status.get("storedVersions"):
        crd["status"] = {**status, "storedVersions": (old.get("status") or {}).get("storedVersions")}


def warnings(crd: Manifest, old: Manifest | None) -> list[str]:
    """Formats that nobody checks."""
    found: dict[str, None] = {}
    for version in (crd.get("spec") or {}).get("versions") or ():
        _unknown_formats((version.get("schema") or {}).get("openAPIV3Schema"), found)
    return [f"unrecognized format {json.dumps(name)}" for name in found]


def _unknown_formats(schema: Any, found: dict[str, None]) -> None:
    if isinstance(schema, list):
        for part in schema:
            _unknown_formats(part, found)
    if not isinstance(schema, dict):
        return
    name = schema.get("format")
    if isinstance(name, str) and name and name not in FORMATS and name not in OTHERS:
        found[name] = None
    for key, part in schema.items():
        if key not in ("default", "enum", "example"):
            _unknown_formats(part, found)


def _kept_versions(crd: Manifest) -> Errors:
    """A version in which objects may be stored cannot go."""
    there = {v.get("name") for v in crd["spec"].get("versions") or ()}
    found: Errors = []
    for i, name in enumerate((crd.get("status") or {}).get("storedVersions") or ()):
        if name not in there:
            why = (
                f"missing from spec.versions; {name} was previously a storage version, and must remain in spec.versions until a storage migration "
                f"ensures no data remains persisted in {name} and removes {name} from status.storedVersions"
            )
            found.append(FieldError(f"status.storedVersions[{i}]", "Invalid value", f"Invalid value: {json.dumps(name)}: {why}"))
    return found


def row(crd: Manifest, now: float) -> list[Any]:
    return [crd["metadata"]["name"], crd["metadata"].get("creationTimestamp")]


KIND = Kind(
    group=GROUP,
    kind="CustomResourceDefinition",
    plural="customresourcedefinitions",
    hashed_version="v1beta1",
    namespaced=False,
    short_names=("crd", "crds"),
    categories=("api-extensions",),
    storage_prefix=f"{GROUP}/customresourcedefinitions",
    has_generation=True,
    default=default,
    prepare_create=prepare_create,
    prepare_update=prepare_update,
    prepare_delete=prepare_delete,
    validate=validate,
    validate_create=validate_create,
    validate_update=validate_update,
    validate_name=names.dns_subdomain_name,
    free_finalizers=True,
    returns_deleted=True,
    allow_unconditional_update=False,
    columns=(NAME, Column("Created At", type="date", described_by=META + "creationTimestamp")),
    row=row,
    subresources={"status": Subresource(name="status", reset=("spec",), prepare=prepare_status)},
    warnings=warnings,
)
