"""Custom kinds: the `Kind` that a CustomResourceDefinition describes, served like any other.

Models k8s.io/apiextensions-apiserver/pkg/{apiserver/customresource_handler.go,registry/customresource}.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from cluster_engine.machinery import names
from cluster_engine.machinery.field import Errors, FieldError, invalid
from cluster_engine.machinery.manifest import at, private
from cluster_engine.machinery.schema.tree import Schema
from cluster_engine.machinery.structural import prune, rules
from cluster_engine.machinery.structural.validate import validate
from cluster_engine.resources.kind import Column, Conversion, Kind, Manifest, Request, ScalePaths, Subresource
from cluster_engine.resources.table import AGE, NAME, age, since

Raw = dict[str, Any]
Convert = Callable[[Manifest, str], Manifest]

VERBS = ("delete", "deletecollection", "get", "list", "patch", "create", "update", "watch")


@dataclass(frozen=True, slots=True)
class Version:
    """One served or stored version of a custom kind."""

    name: str
    schema: Raw
    raw: Raw


def versions(crd: Manifest) -> list[Version]:
    return [Version(v["name"], (v.get("schema") or {}).get("openAPIV3Schema") or {}, v) for v in crd["spec"]["versions"]]


def kind_of(crd: Manifest, meta: Schema, convert: Convert | None = None) -> Kind:
    """The kind, with its served versions in order of preference. `meta` is ObjectMeta's type; `convert` asks a webhook."""
    spec, accepted = crd["spec"], crd["spec"]["names"]
    all_versions = versions(crd)
    stored = next(v for v in all_versions if v.raw.get("storage"))
    served = sorted((v for v in all_versions if v.raw.get("served")), key=lambda v: _rank(v.name))
    subs = stored.raw.get("subresources") or {}
    has_status = subs.get("status") is not None
    checker = _Checker(stored.schema)
    return Kind(
        group=spec["group"],
        kind=accepted["kind"],
        plural=accepted["plural"],
        versions=tuple(v.name for v in served) or (stored.name,),
        storage_version=stored.name,
        singular=accepted.get("singular", ""),
        list_kind=accepted.get("listKind", ""),
        namespaced=spec["scope"] == "Namespaced",
        short_names=tuple(accepted.get("shortNames") or ()),
        categories=tuple(accepted.get("categories") or ()),
        verbs=VERBS,
        storage_prefix=f"{spec['group']}/{accepted['plural']}",
        has_generation=True,
        new_generation=_spec_differs if has_status else _anything_differs,
        prepare_create=_without_status if has_status else _nothing,
        validate_create=lambda obj: checker.errors(obj),
        validate_update=lambda obj, old: checker.errors(obj, old),
        validate_name=names.dns_subdomain_name,
        columns=_columns(stored.raw),
        row=_row(stored.raw),
        selectable=_selectable(stored.raw),
        subresources={"status": _status(checker)} if has_status else {},
        scale=_scale(subs.get("scale")),
        conversions=_conversions(spec["group"], stored, all_versions, meta, convert),
        allow_unconditional_update=False,
        custom=True,
        free_finalizers=True,
        deprecations={v.name: text for v in all_versions if (text := _deprecated(spec["group"], accepted["kind"], v.raw))},
    )


def _nothing(obj: Manifest, request: Request) -> None:
    """Without a status subresource, status is a field like any other."""


def _without_status(obj: Manifest, request: Request) -> None:
    obj.pop("status", None)


def _rank(version: str) -> tuple[int, int, int, str]:
    """GA before beta before alpha, newer before older, others last."""
    match = re.fullmatch(r"v(\d+)(?:(alpha|beta)(\d+))?", version)
    if match is None:
        return (3, 0, 0, version)
    stage = {None: 0, "beta": 1, "alpha": 2}[match[2]]
    return (stage, -int(match[1]), -int(match[3] or 0), version)


def _spec_differs(new: Manifest, old: Manifest) -> bool:
    return any(new.get(k) != old.get(k) for k in new.keys() | old.keys() if k not in ("metadata", "status"))


def _anything_differs(new: Manifest, old: Manifest) -> bool:
    return any(new.get(k) != old.get(k) for k in new.keys() | old.keys() if k != "metadata")


def _deprecated(group: str, kind: str, raw: Raw) -> str:
    if not raw.get("deprecated"):
        return ""
    return raw.get("deprecationWarning") or f"{group}/{raw['name']} {kind} is deprecated"


class _Checker:
    """Validation by one version's schema: values first, rules once values are whole."""

    def __init__(self, schema: Raw) -> None:
        self.schema = schema
        self.has_rules = rules.has_rules(schema)

    def errors(self, obj: Manifest, old: Manifest | None = None) -> Errors:
        return self._of(self._body(obj), self.schema, self._body(old) if old is not None else None, "")

    def status_errors(self, obj: Manifest, old: Manifest) -> Errors:
        """Through the status subresource only the status is looked at."""
        schema = (self.schema.get("properties") or {}).get("status")
        return self._of(obj.get("status"), schema, old.get("status"), "status") if schema and obj.get("status") is not None else []

    def _body(self, obj: Manifest) -> Raw:
        """The object as rules see it: of its metadata, the names."""
        meta = {k: v for k, v in obj["metadata"].items() if k in ("name", "generateName")}
        return {**obj, "metadata": meta}

    def _of(self, value: Any, schema: Raw, old: Any, prefix: str) -> Errors:
        found = validate(value, schema, prefix=prefix)
        if found and old is not None:
            found = _new(found, validate(old, schema, prefix=prefix), value, old, prefix)
        if not self.has_rules:
            return found
        if any(e.kind in rules.BLOCKING for e in found):
            return [*found, FieldError("<nil>", "Invalid value", f"Invalid value: null: {rules.BLOCKED}")]
        broken = rules.check(value, schema, old if old is not None else rules.MISSING, prefix)
        if broken and old is not None:
            broken = _new(broken, rules.check(old, schema, rules.MISSING, prefix), value, old, prefix)
        return found + broken


def _new(found: Errors, before: Errors, value: Any, old: Any, prefix: str) -> Errors:
    """Errors without those that the object had before at a place that has not changed."""
    known = set(before)
    return [e for e in found if e not in known or _at(value, e.path, prefix) != _at(old, e.path, prefix)]


def _at(value: Any, path: str, prefix: str) -> Any:
    for name, index in re.findall(r"([^.\[\]]+)|\[(\d+)\]", path.removeprefix(prefix)):
        if index:
            value = value[int(index)] if isinstance(value, list) and int(index) < len(value) else None
        else:
            value = value.get(name) if isinstance(value, dict) else None
    return value


def _status(checker: _Checker) -> Subresource:
    return Subresource(name="status", reset=("spec",), prepare=_only_status, validate=checker.status_errors)


def _only_status(obj: Manifest, old: Manifest, request: Request) -> None:
    """Everything but status and metadata's managed fields stays as it was."""
    for key in [k for k in obj if k not in ("status", "metadata", "apiVersion", "kind")]:
        if key not in old:
            del obj[key]
    for key, value in old.items():
        if key not in ("status", "metadata"):
            obj[key] = value
    meta = {**old["metadata"], "managedFields": obj["metadata"].get("managedFields") or []}
    obj["metadata"] = {k: v for k, v in meta.items() if k != "managedFields" or v}


def _scale(scale: Raw | None) -> ScalePaths | None:
    if scale is None:
        return None
    paths = [scale["specReplicasPath"][1:], scale["statusReplicasPath"][1:], (scale.get("labelSelectorPath") or ".none")[1:]]
    return ScalePaths(*paths)


def _conversions(group: str, stored: Version, all_versions: list[Version], meta: Schema, convert: Convert | None) -> Mapping[str, Conversion]:
    """Without a webhook another version is another apiVersion; in any case it is pruned and defaulted by its own schema."""
    found: dict[str, Conversion] = {}
    for version in all_versions:
        if version is not stored:
            found[version.name] = Conversion(_shaped(group, stored, meta, convert), _shaped(group, version, meta, convert))
    return found


def _shaped(group: str, version: Version, meta: Schema, convert: Convert | None) -> Callable[[Manifest], Manifest]:
    wanted = f"{group}/{version.name}"

    def shape(obj: Manifest) -> Manifest:
        changed = convert(obj, wanted) if convert is not None else {**obj, "apiVersion": wanted}
        shaped: Manifest = prune.defaulted(private(prune.pruned(changed, version.schema, meta)), version.schema)
        return shaped

    return shape


def _columns(raw: Raw) -> tuple[Column, ...]:
    declared = raw.get("additionalPrinterColumns")
    if not declared:
        return (NAME, Column("Age", type="date", described_by=AGE.described_by))
    return (NAME, *(_column(c) for c in declared))


def _column(raw: Raw) -> Column:
    text = raw.get("description") or f"Custom resource definition column (in JSONPath format): {raw['jsonPath']}"
    return Column(raw["name"], text, type=raw["type"], format=raw.get("format", ""), priority=raw.get("priority", 0))


def _row(raw: Raw) -> Callable[[Manifest, float], list[Any]]:
    declared = raw.get("additionalPrinterColumns")
    if not declared:
        return lambda obj, now: [obj["metadata"]["name"], age(obj, now)]
    cells = [(c["type"], _path(c["jsonPath"])) for c in declared]
    return lambda obj, now: [obj["metadata"]["name"], *(_cell(type_, find(obj), now) for type_, find in cells)]


def _cell(type_: str, found: list[Any], now: float) -> Any:
    """A value as its column's type wants it; nothing where the value is of another type."""
    if not found or found[0] is None:
        return None
    value = found[0]
    if type_ in ("integer", "number"):
        if isinstance(value, bool) or not isinstance(value, int | float):
            return None
        return int(value) if type_ == "integer" else value
    if type_ == "boolean":
        return value if isinstance(value, bool) else None
    if type_ == "date":
        return since(value, now) if isinstance(value, str) else None
    return _text(found)


def _text(found: list[Any]) -> str:
    shown = [v if isinstance(v, str) else json.dumps(v, separators=(",", ":"), sort_keys=True) for v in found]
    return ",".join(shown)


_step = re.compile(r"\.?\['?([^'\]]+)'?\]|\.([^.\[]+)")


def _path(path: str) -> Callable[[Manifest], list[Any]]:
    """A simple JSONPath: fields, indices, `[*]` and filters by equality."""
    steps = [a or b for a, b in _step.findall(path.replace("\\.", "\0"))]
    steps = [s.replace("\0", ".") for s in steps]

    def find(obj: Manifest) -> list[Any]:
        found: list[Any] = [obj]
        for step in steps:
            found = [v for node in found for v in _next(node, step)]
        return found

    return find


_filter = re.compile(r"\?\(\s*@\.([\w.]+)\s*==\s*[\"']([^\"']*)[\"']\s*\)?")


def _next(node: Any, step: str) -> list[Any]:
    if isinstance(node, dict):
        return list(node.values()) if step == "*" else [node[step]] if step in node else []
    if not isinstance(node, list):
        return []
    if step == "*":
        return list(node)
    if match := _filter.match(step):
        return [v for v in node if isinstance(v, dict) and at(v, match[1]) == match[2]]
    if re.fullmatch(r"-?\d+", step) and -len(node) <= int(step) < len(node):
        return [node[int(step)]]
    return []


def _selectable(raw: Raw) -> dict[str, Callable[[Manifest], str]]:
    return {f["jsonPath"][1:]: _field_text(f["jsonPath"][1:]) for f in raw.get("selectableFields") or ()}


def _field_text(path: str) -> Callable[[Manifest], str]:
    def text(obj: Manifest) -> str:
        value = at(obj, path)
        return "" if value is None else "true" if value is True else "false" if value is False else str(value)

    return text


def scale_error(path: str, value: int) -> FieldError:
    """A custom kind's scale names the path in the object itself."""
    return invalid(f".{path}", value, "should be a non-negative integer")
