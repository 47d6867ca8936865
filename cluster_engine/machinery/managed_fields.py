"""The field manager: keeps metadata.managedFields true through writes, and applies configurations.

Models structured-merge-diff merge/update.go and k8s.io/apimachinery/pkg/util/managedfields/internal. A FieldManager belongs to one
kind in one version; ownership that was written in another version of the kind is read as if the fields had the same names.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from cluster_engine.kernel.clock import timestamp
from cluster_engine.machinery.apply import entries
from cluster_engine.machinery.apply.compare import Comparison, compare
from cluster_engine.machinery.apply.entries import APPLY, UPDATE, Managers, Owned, Who
from cluster_engine.machinery.apply.sets import EMPTY, Set, difference, intersection, paths, union, without_subtrees
from cluster_engine.machinery.apply.shape import KeyMissing, Shape, shape_of
from cluster_engine.machinery.apply.typed import joined, typed_errors
from cluster_engine.machinery.apply.walk import field_set, merge, remove, with_named_members
from cluster_engine.machinery.field import quoted
from cluster_engine.machinery.schema.tree import STRUCT, Schema, absent
from cluster_engine.machinery.status import ApiError, bad_request

Manifest = dict[str, Any]
STRIPPED: Set = {
    "f:apiVersion": {},
    "f:kind": {},
    "f:metadata": {
        ".": {}, "f:name": {}, "f:namespace": {}, "f:creationTimestamp": {}, "f:selfLink": {}, "f:uid": {}, "f:clusterName": {},
        "f:generation": {}, "f:managedFields": {}, "f:resourceVersion": {},
    },
}  # fmt: skip
BEFORE_FIRST_APPLY = "before-first-apply"
LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"


def empty_of(schema: Schema | None) -> Manifest:
    """What Go prints of an object that nobody has set anything in: the fields without omitempty."""
    if schema is None or schema.type != STRUCT:
        return {}
    found: Manifest = {}
    for name, one in schema.fields.items():
        if one.empty is not absent:
            found[name] = empty_of(one.schema) if one.schema.type == STRUCT and not one.pointer and one.empty() is not None else one.empty()
    return found


class FieldManager:
    """Ownership of one kind's fields. `reset`: fields that a write through a subresource ("" for the main one) cannot own."""

    def __init__(self, schema: Schema | None, reset: Mapping[str, Set] | None = None) -> None:
        self.shape: Shape = shape_of(schema)
        self._schema = schema
        self._empty = empty_of(schema)
        self._reset = dict(reset or {})

    # -- ordinary writes

    def on_update(self, live: Manifest, new: Manifest, manager: str, now: float, subresource: str = "") -> Manifest:
        """`new` with its managedFields: the manager of this write owns what it changed; what is gone is nobody's.

        `live` without resourceVersion is an object that is being created.
        """
        managers = self._managers_of(live, new, subresource)
        version = new.get("apiVersion", "")
        who = Who(manager, UPDATE, version, subresource)
        creating = "uid" not in live.get("metadata", {})
        before = {**self._empty, **_bare(live)} if creating else _bare(live)
        try:
            changed = compare(before, _bare(new), self.shape)
        except KeyMissing:
            return _with_entries(new, [])  # upstream drops what it cannot keep true; validation refuses such an object anyway
        managers = self._note(managers, changed, who, version, now, subresource)
        return _with_entries(new, entries.encode(managers))

    def _managers_of(self, live: Manifest, new: Manifest, subresource: str) -> Managers:
        """Managers as the request has them, where it may have: an update may rewrite managedFields, or clear them."""
        kept = live.get("metadata", {}).get("managedFields")
        given = new.get("metadata", {}).get("managedFields")
        if not subresource and given is not kept and given:
            if len(given) == 1 and not given[0]:
                return {}
            try:
                if decoded := entries.decode(given):
                    return decoded
            except ValueError:
                pass
        try:
            return entries.decode(kept)
        except ValueError:
            return {}

    def _note(self, managers: Managers, changed: Comparison, who: Who, version: str, now: float, subresource: str) -> Managers:
        taken = union(changed.added, changed.modified)
        found: Managers = {}
        for other, owned in managers.items():
            left = owned.fields
            if taken:
                left = difference(left, intersection(left, taken))
            if changed.removed:
                left = difference(left, changed.removed)
            if left or other == who:
                found[other] = owned if left is owned.fields else replace(owned, fields=left)
        own = without_subtrees(difference(taken, STRIPPED), self._reset.get(subresource, EMPTY))
        if own:
            earlier = found.get(who)
            fields = union(earlier.fields, own) if earlier else own
            found[who] = Owned(fields, version, timestamp(now))
        elif who in found and not found[who].fields:
            del found[who]
        return entries.capped(found) if len(found) > entries.MOST_UPDATERS else found

    # -- server-side apply

    def on_apply(self, live: Manifest, patch: Manifest, manager: str, now: float, force: bool = False, subresource: str = "") -> Manifest | None:
        """`live` with the configuration `patch` applied; None when that changes nothing, not even ownership.

        Raises ApiError: 409 with a cause per conflicting field, 400 for a configuration that carries managedFields.
        """
        if patch.get("metadata", {}).get("managedFields"):
            raise bad_request("metadata.managedFields must be nil")
        if errors := typed_errors(patch, self._schema):
            raise ApiError(500, "", f"failed to create typed patch object ({_identity(patch)}): {joined(errors)}")
        try:
            return self._apply(live, patch, manager, now, force, subresource)
        except KeyMissing as error:
            raise ApiError(500, "", f"failed to create typed live object ({_identity(live)}): {error}") from error

    def _apply(self, live: Manifest, patch: Manifest, manager: str, now: float, force: bool, subresource: str) -> Manifest | None:
        version = patch.get("apiVersion", "")
        who = Who(manager, APPLY, "", subresource)
        managers = self._managers_before_apply(live, version, now)
        bare, config = _bare(live), _bare(patch)
        if "uid" not in live.get("metadata", {}):
            bare = {**self._empty, **bare}
        last = managers[who].fields if who in managers else EMPTY
        own = without_subtrees(difference(field_set(config, self.shape), STRIPPED), self._reset.get(subresource, EMPTY))
        merged = merge(bare, config, self.shape)
        managers = {**managers, who: Owned(own, version, managers[who].time if who in managers else "")}
        pruned = self._prune(merged, managers, who, last) if last else merged
        changed = compare(bare, pruned, self.shape)
        result = self._settle(managers, changed, who, force)
        same_object = not (changed.added or changed.modified or changed.removed)
        if same_object and entries.encode(result) == (live.get("metadata", {}).get("managedFields") or []):
            return None
        if who in result:
            result[who] = replace(result[who], time=timestamp(now))
        return _with_entries(_keep_identity(pruned, live), entries.encode(result))

    def _managers_before_apply(self, live: Manifest, version: str, now: float) -> Managers:
        """An object that nobody's ownership is known of belongs to "before-first-apply" until now."""
        try:
            managers = entries.decode(live.get("metadata", {}).get("managedFields"))
        except ValueError:
            managers = {}
        if managers or "uid" not in live.get("metadata", {}):
            return managers
        own = difference(compare(self._empty, _bare(live), self.shape).added, STRIPPED)
        return {Who(BEFORE_FIRST_APPLY, UPDATE, version): Owned(own, version, timestamp(now))} if own else {}

    def _settle(self, managers: Managers, changed: Comparison, who: Who, force: bool) -> Managers:
        """Take from the others what this apply changes. Raises the conflict unless forced."""
        taken = union(changed.modified, changed.added)
        conflicts = {w: clash for w, owned in managers.items() if w != who and (clash := intersection(owned.fields, taken))}
        if conflicts and not force:
            raise conflict_error(conflicts, managers)
        found: Managers = {}
        for other, owned in managers.items():
            left = owned.fields
            if other != who:
                left = difference(left, conflicts.get(other, EMPTY))
                left = difference(left, changed.removed)
            if left:
                found[other] = replace(owned, fields=left)
        return found

    def _prune(self, merged: Manifest, managers: Managers, who: Who, last: Set) -> Manifest:
        """Without what the manager applied before, does not apply now, and nobody else owns."""
        shape = self.shape
        pruned = remove(merged, with_named_members(last, shape), shape) or {}
        everything = with_named_members(field_set(merged, shape), shape)
        owned: Set = EMPTY
        for other in managers.values():
            owned = union(owned, other.fields)
        keep = union(with_named_members(field_set(pruned, shape), shape), with_named_members(owned, shape))
        pruned = remove(merged, difference(everything, keep), shape) or {}
        left = with_named_members(field_set(pruned, shape), shape)
        dropped = intersection(difference(everything, left), with_named_members(last, shape))
        return remove(merged, dropped, shape) or {}


def _identity(manifest: Manifest) -> str:
    """`namespace/name; group/version, Kind=X`."""
    meta = manifest.get("metadata") or {}
    group, _, version = manifest.get("apiVersion", "").rpartition("/")
    return f"{meta.get('namespace', '')}/{meta.get('name', '')}; {group}/{version}, Kind={manifest.get('kind', '')}"


def _bare(manifest: Manifest) -> Manifest:
    """Without managedFields, which are nobody's."""
    meta = manifest.get("metadata")
    if not isinstance(meta, dict) or "managedFields" not in meta:
        return manifest
    return {**manifest, "metadata": {k: v for k, v in meta.items() if k != "managedFields"}}


def _with_entries(manifest: Manifest, made: list[Manifest]) -> Manifest:
    meta = {k: v for k, v in manifest.get("metadata", {}).items() if k != "managedFields"}
    if made:
        meta["managedFields"] = made
    return {**manifest, "metadata": meta}


def _keep_identity(manifest: Manifest, live: Manifest) -> Manifest:
    """What apply can never remove: the kind and the name."""
    found = {**manifest}
    for key in ("apiVersion", "kind"):
        if key in live:
            found.setdefault(key, live[key])
    found["metadata"] = {**live.get("metadata", {}), **(found.get("metadata") or {})} if "metadata" not in manifest else found["metadata"]
    return found


def conflict_error(conflicts: Mapping[Who, Set], managers: Managers) -> ApiError:
    """409 with a cause for each field, worded and ordered as upstream's."""
    causes = []
    for who, fields in conflicts.items():
        for path in paths(fields):
            causes.append({"reason": "FieldManagerConflict", "message": f"conflict with {_manager_text(who, managers[who])}", "field": path_text(path)})
    causes.sort(key=lambda c: (c["message"], c["field"]))
    count = len(causes)
    noun = "conflict" if count == 1 else "conflicts"
    message = f"Apply failed with {count} {noun}: " + _conflict_text(causes)
    return ApiError(409, "Conflict", message, {"causes": causes})


def _conflict_text(causes: list[dict[str, str]]) -> str:
    """`conflict with "a": .x`, or for more fields `conflicts with "a":` with a line for each; managers joined by new lines."""
    by_message: dict[str, list[str]] = {}
    for cause in causes:
        by_message.setdefault(cause["message"], []).append(cause["field"])
    if len(causes) == 1:
        return f"{causes[0]['message']}: {causes[0]['field']}"
    return "\n".join(f"{message.replace('conflict with', 'conflicts with', 1)}:\n" + "\n".join(f"- {f}" for f in found) for message, found in by_message.items())


def _manager_text(who: Who, owned: Owned) -> str:
    text = quoted(who.manager)
    if who.subresource:
        text += f" with subresource {quoted(who.subresource)}"
    if who.operation == UPDATE:
        text += f" using {owned.api_version}"
        if owned.time:
            text += f" at {owned.time}"
    return text


def path_text(path: Iterable[str]) -> str:
    """`.spec.containers[name="web"].image`."""
    return "".join(_element_text(e) for e in path)


def _element_text(element: str) -> str:
    mark, rest = element[:2], element[2:]
    if mark == "f:":
        return f".{rest}"
    if mark == "k:":
        return "[" + rest[1:-1].replace('":', "=").replace(',"', ",").removeprefix('"') + "]"
    return f"[={rest}]" if mark == "v:" else f"[{rest}]"
