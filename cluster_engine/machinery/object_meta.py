"""ObjectMeta: the rules that the metadata of every object keeps, whatever its kind.

Models k8s.io/apimachinery/pkg/api/validation/objectmeta.go and the wrapper of pkg/apis/core/validation/validation.go.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from cluster_engine.machinery import names
from cluster_engine.machinery.field import Errors, forbidden, invalid, not_supported, quoted, required, too_long

Meta = Mapping[str, Any]

ANNOTATIONS_LIMIT = 256 * 1024
STANDARD_FINALIZERS = {"kubernetes", "orphan", "foregroundDeletion"}
OWNER_FIELDS = ("apiVersion", "kind", "name", "uid", "controller", "blockOwnerDeletion")
IMMUTABLE = ("name", "namespace", "uid", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds")


def validate(meta: Meta, namespaced: bool, validate_name: names.NameCheck | None = None, path: str = "metadata", builtin: bool = True) -> Errors:
    """Rules of a new object, after its name was generated. `builtin` adds the finalizer rule that custom resources are free of."""
    found = _names(meta, validate_name or names.dns_subdomain_name, path)
    found += _namespace(meta, namespaced, path)
    if meta.get("generation", 0) < 0:
        found.append(invalid(f"{path}.generation", meta["generation"], "must be greater than or equal to 0"))
    found += _maps(meta, path)
    found += validate_finalizers(meta.get("finalizers") or (), f"{path}.finalizers")
    found += validate_managed_fields(meta.get("managedFields") or (), f"{path}.managedFields")
    return found + (standard_finalizers(meta, path) if builtin else [])


def validate_update(meta: Meta, old_meta: Meta, path: str = "metadata", builtin: bool = True) -> Errors:
    """Rules between an object and the one it replaces. An absent field and an empty one are the same."""
    found: Errors = []
    if old_meta.get("deletionTimestamp"):
        found += no_new_finalizers(meta, old_meta, f"{path}.finalizers")
    if not meta.get("resourceVersion"):
        found.append(invalid(f"{path}.resourceVersion", "", "must be specified for an update"))
    if meta.get("generation", 0) < old_meta.get("generation", 0):
        found.append(invalid(f"{path}.generation", meta.get("generation", 0), "must not be decremented"))
    for name in IMMUTABLE:
        if meta.get(name) != old_meta.get(name) and (meta.get(name) or old_meta.get(name)):
            found.append(invalid(f"{path}.{name}", meta.get(name, "" if name in ("name", "namespace", "uid") else None), "field is immutable"))
    found += _maps(meta, path)
    found += validate_managed_fields(meta.get("managedFields") or (), f"{path}.managedFields")
    return found + (standard_finalizers(meta, path) if builtin else [])


def _names(meta: Meta, check: names.NameCheck, path: str) -> Errors:
    found: Errors = []
    if generate := meta.get("generateName"):
        found += [invalid(f"{path}.generateName", generate, m) for m in check(generate, True)]
    name = meta.get("name")
    if not name:
        return [*found, required(f"{path}.name", "name or generateName is required")]
    return found + [invalid(f"{path}.name", name, m) for m in check(name, False)]


def _namespace(meta: Meta, namespaced: bool, path: str) -> Errors:
    namespace = meta.get("namespace")
    if not namespaced:
        return [forbidden(f"{path}.namespace", "not allowed on this type")] if namespace else []
    if not namespace:
        return [required(f"{path}.namespace")]
    return [invalid(f"{path}.namespace", namespace, m) for m in names.namespace_name(namespace, False)]


def _maps(meta: Meta, path: str) -> Errors:
    found: Errors = []
    if labels := meta.get("labels"):
        found += validate_labels(labels, f"{path}.labels")
    if annotations := meta.get("annotations"):
        found += validate_annotations(annotations, f"{path}.annotations")
    if owners := meta.get("ownerReferences"):
        found += validate_owner_references(owners, f"{path}.ownerReferences")
    return found


def validate_labels(labels: Mapping[str, str], path: str) -> Errors:
    found: Errors = []
    for key, value in labels.items():
        found += [invalid(path, key, m) for m in names.is_qualified_name(key)]
        found += [invalid(path, value, m) for m in names.is_label_value(value)]
    return found


def validate_annotations(annotations: Mapping[str, str], path: str) -> Errors:
    """Keys are qualified names in any case; all together are at most 256 kB."""
    found = [invalid(path, key, m) for key in annotations for m in names.is_qualified_name(key.lower())]
    total = sum(names.size(k) + names.size(v) for k, v in annotations.items())
    return [*found, too_long(path, ANNOTATIONS_LIMIT)] if total > ANNOTATIONS_LIMIT else found


def _group_version(api_version: str) -> tuple[str, str]:
    """Group and version; both empty where the text has two slashes, as upstream's parser leaves them."""
    group, slash, version = api_version.partition("/")
    if not slash:
        return "", api_version
    return ("", "") if "/" in version else (group, version)


def _owner(owner: Meta, path: str) -> Errors:
    group, version = _group_version(owner.get("apiVersion", ""))
    found: Errors = []
    if not version:
        found.append(invalid(f"{path}.apiVersion", owner.get("apiVersion", ""), "version must not be empty"))
    for name in ("kind", "name", "uid"):
        if not owner.get(name):
            found.append(invalid(f"{path}.{name}", "", "must not be empty"))
    if (group, version, owner.get("kind")) == ("", "v1", "Event"):
        found.append(invalid(path, _in_order(owner), "/v1, Kind=Event is disallowed from being an owner"))
    return found


def _in_order(owner: Meta) -> dict[str, Any]:
    """The fields as Go's struct orders them, the way error texts show them; those without omitempty always."""
    return {k: owner.get(k, "") for k in OWNER_FIELDS if k in owner or k in OWNER_FIELDS[:4]}


def validate_owner_references(owners: Sequence[Meta], path: str) -> Errors:
    found: Errors = []
    first = ""
    for owner in owners:
        found += _owner(owner, path)
        if not owner.get("controller"):
            continue
        name = f"{owner.get('kind', '')}/{owner.get('name', '')}"
        if first:
            why = f'Only one reference can have Controller set to true. Found "true" in references for {first} and {name}'
            found.append(invalid(path, [_in_order(o) for o in owners], why))
        first = first or name
    return found


def validate_finalizers(finalizers: Sequence[str], path: str) -> Errors:
    found = [invalid(path, f, m) for f in finalizers for m in names.is_qualified_name(f)]
    if "orphan" in finalizers and "foregroundDeletion" in finalizers:
        found.append(invalid(path, list(finalizers), "finalizer orphan and foregroundDeletion cannot be both set"))
    return found


def standard_finalizers(meta: Meta, path: str = "metadata") -> Errors:
    """A finalizer without a domain is one of Kubernetes' own three."""
    why = "name is neither a standard finalizer name nor is it fully qualified"
    finalizers = enumerate(meta.get("finalizers") or ())
    return [invalid(f"{path}.finalizers[{i}]", f, why) for i, f in finalizers if "/" not in f and f not in STANDARD_FINALIZERS]


def no_new_finalizers(meta: Meta, old_meta: Meta, path: str) -> Errors:
    extra = sorted(set(meta.get("finalizers") or ()) - set(old_meta.get("finalizers") or ()))
    if not extra:
        return []
    shown = "[]string{" + ", ".join(quoted(f) for f in extra) + "}"
    return [forbidden(path, f"no new finalizers can be added if the object is being deleted, found new finalizers {shown}")]


def validate_managed_fields(entries: Sequence[Meta], path: str) -> Errors:
    found: Errors = []
    for i, entry in enumerate(entries):
        at = f"{path}[{i}]"
        if entry.get("operation") not in ("Apply", "Update"):
            found.append(invalid(f"{at}.operation", entry.get("operation", ""), "must be `Apply` or `Update`"))
        if entry.get("fieldsType") not in (None, "", "FieldsV1"):
            found.append(invalid(f"{at}.fieldsType", entry["fieldsType"], "must be `FieldsV1`"))
        found += validate_field_manager(entry.get("manager", ""), f"{at}.manager")
        if names.size(entry.get("subresource", "")) > 256:
            found.append(too_long(f"{at}.subresource", 256))
    return found


def validate_field_manager(manager: str, path: str = "fieldManager") -> Errors:
    """The name by which a client owns fields: at most 128 bytes, all printable."""
    found = [too_long(path, 128)] if names.size(manager) > 128 else []
    if manager.isascii() and manager.isprintable():
        return found
    offset = 0
    for c in manager:
        if not c.isprintable():
            found.append(invalid(path, manager, f"invalid character U+{ord(c):04X} (at position {offset})"))
        offset += names.size(c)
    return found


def validate_dry_run(values: Sequence[str], path: str = "dryRun") -> Errors:
    return [not_supported(path, list(values), ["All"])] if any(v != "All" for v in values) else []


def validate_field_validation(value: str, path: str = "fieldValidation") -> Errors:
    return [] if value in ("", "Ignore", "Warn", "Strict") else [not_supported(path, value, ["", "Ignore", "Strict", "Warn"])]
