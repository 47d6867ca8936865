"""Managed fields: after every write, `metadata.managedFields` tells who owns which field; an apply may not take what another owns.

The API server's one entry into server-side apply. Models k8s.io/apimachinery/pkg/util/managedfields (its chain of managers) and
sigs.k8s.io/structured-merge-diff/merge/update.go. Entries are handled in their stored form, and those that a write does not
concern are passed on as they are: this stands on the path of every write of every controller.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from cluster_engine.kernel.clock import timestamp
from cluster_engine.machinery import status
from cluster_engine.machinery.apply import typed
from cluster_engine.machinery.apply.compare import compare
from cluster_engine.machinery.apply.sets import (
    EMPTY,
    Set,
    difference,
    intersection,
    is_valid,
    meets,
    members,
    union,
)
from cluster_engine.machinery.field import quoted
from cluster_engine.machinery.schema.tree import ANYTHING, Schema, absent
from cluster_engine.machinery.status import ApiError

Manifest = dict[str, Any]
# Gives an object, and its schema, in another apiVersion; None where there is no such version any more.
AtVersion = Callable[[Manifest, str], "tuple[Schema, Manifest] | None"]

MAX_UPDATERS = 10
ANCIENT = "ancient-changes"
BEFORE_FIRST_APPLY = "before-first-apply"
LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"

# What the server itself sets; nobody owns it.
STRIPPED = frozenset({"apiVersion", "kind"})
STRIPPED_META = frozenset({"name", "namespace", "creationTimestamp", "selfLink", "uid", "clusterName", "generation", "managedFields", "resourceVersion"})
STRIPPED_SET: Set = {"f:apiVersion": {}, "f:kind": {}, "f:metadata": {".": {}, **{f"f:{name}": {} for name in STRIPPED_META}}}


@dataclass(frozen=True, slots=True)
class Entry:
    """One owner: a name, by which operation and version it wrote, and its fields. `raw` is the stored form, while it holds."""

    manager: str
    operation: str
    version: str
    subresource: str
    time: str
    fields: Set
    raw: Manifest | None = None

    @property
    def key(self) -> tuple[str, str, str, str]:
        return self.manager, self.operation, self.version, self.subresource

    @property
    def order(self) -> tuple[str, str, str, str, str]:
        return self.operation, self.time, self.manager, self.version, self.subresource

    def with_fields(self, fields: Set) -> "Entry":
        return self if fields is self.fields else replace(self, fields=fields, raw=None)

    def manifest(self) -> Manifest:
        """The entry as it stands in managedFields."""
        if self.raw is not None:
            return self.raw
        found: Manifest = {"manager": self.manager, "operation": self.operation}
        if self.version:
            found["apiVersion"] = self.version
        if self.time:
            found["time"] = self.time
        found |= {"fieldsType": "FieldsV1", "fieldsV1": self.fields}
        if self.subresource:
            found["subresource"] = self.subresource
        return found

    def shown(self) -> str:
        """The owner as a conflict names it."""
        text = quoted(self.manager) + (f" with subresource {quoted(self.subresource)}" if self.subresource else "")
        if self.operation == "Apply":
            return text
        return f"{text} using {self.version}"


Entries = dict[tuple[str, str, str, str], Entry]


def read(raw: Any) -> Entries | None:
    """Entries of a managedFields list; None when the list is not valid, which upstream then ignores."""
    found: Entries = {}
    for item in raw or ():
        entry = _read_one(item)
        if entry is None:
            return None
        found[entry.key] = entry
    return found


def _read_one(item: Manifest) -> Entry | None:
    operation, fields = item.get("operation", ""), item.get("fieldsV1", EMPTY)
    if operation not in ("Apply", "Update") or item.get("fieldsType", "") != "FieldsV1":
        return None
    return Entry(item.get("manager", ""), operation, item.get("apiVersion", ""), item.get("subresource", ""), item.get("time", ""), fields, item)


def is_reset(raw: Any) -> bool:
    """Whether a client asks to forget all owners: an empty list, or a list of one empty entry."""
    return raw is not None and (raw == [] or raw == [{}])


class Conflicts(Exception):
    """An apply that would change what others own: (owner, path) pairs."""

    def __init__(self, found: list[tuple[Entry, Set]]) -> None:
        self.found = found
        super().__init__("conflicts")

    def refusal(self) -> ApiError:
        """409 with a cause for every field."""
        pairs = [(e, path) for e, fields in sorted(self.found, key=lambda f: f[0].order) for path in members(fields)]
        causes = [{"reason": "FieldManagerConflict", "message": f"conflict with {e.shown()}", "field": path} for e, path in pairs]
        if len(pairs) == 1:
            return ApiError(409, "Conflict", f"Apply failed with 1 conflict: conflict with {pairs[0][0].shown()}: {pairs[0][1]}", {"causes": causes})
        lines: dict[str, list[str]] = {}
        for entry, path in pairs:
            lines.setdefault(f"conflicts with {entry.shown()}:", []).append(f"- {path}")
        text = "\n".join("\n".join([head, *lines[head]]) for head in sorted(lines))
        return ApiError(409, "Conflict", f"Apply failed with {len(pairs)} conflicts: {text}", {"causes": causes})


class FieldManager:
    """Keeps the managed fields of one kind in one version.

    `resets`: by subresource ("" for the object itself), the fields that writes through it never change. `at_version`
    converts for owners that wrote in another version; without it, versions are taken to have the same shape.
    """

    def __init__(self, schema: Schema | None, resets: Mapping[str, Set] | None = None, at_version: AtVersion | None = None) -> None:
        self.schema = schema or ANYTHING
        self.resets = resets or {}
        self.at_version = at_version
        self._skip = {sub: frozenset(k[2:] for k, v in fields.items() if not v) | STRIPPED for sub, fields in self.resets.items()}
        self._nothing: Manifest = {f.name: f.empty() for f in self.schema.fields.values() if f.empty is not absent}

    def on_update(self, live: Manifest | None, new: Manifest, manager: str, now: float, subresource: str = "") -> Manifest:
        """The new object with its managed fields as an ordinary write leaves them. `live` is None, or has no uid, on create."""
        before = live if live is not None and live["metadata"].get("uid") else None
        entries = self._entries_of_update(before, new, subresource)
        if entries is None or (not entries and before is not None):
            return _with(new, entries or {})
        me = (manager, "Update", new["apiVersion"], subresource)
        return _with(new, self._updated(before or self._empty(new), new, entries, me, now), new if entries else None)

    def on_apply(self, live: Manifest | None, patch: Manifest, manager: str, now: float, force: bool = False, subresource: str = "") -> Manifest | None:
        """The live object with the applied opinion in it, or None when nothing would change. Raises ApiError (400, 409, 500)."""
        live = live if live is not None else {"apiVersion": patch.get("apiVersion", ""), "kind": patch.get("kind", ""), "metadata": {}}
        self._check(patch)
        entries = read(live["metadata"].get("managedFields"))
        if entries is None:
            raise ApiError(500, "", "failed to decode managed fields")
        if not entries and live["metadata"].get("uid"):
            first = (BEFORE_FIRST_APPLY, "Update", live["apiVersion"], "")
            entries = self._updated(self._empty(live), live, entries, first, None)
        try:
            return self._applied(live, patch, entries, manager, now, force, subresource)
        except Conflicts as conflicts:
            remaining = self._not_last_applied(live, conflicts) if manager == "kubectl" else conflicts.found
            if remaining:
                raise Conflicts(remaining).refusal() from None
            return self._applied(live, patch, entries, manager, now, True, subresource)

    # ordinary writes

    def _entries_of_update(self, live: Manifest | None, new: Manifest, subresource: str) -> Entries | None:
        """The entries to go on from: the request's own if it has good ones, else the live object's; None when nothing is to be noted."""
        kept = live["metadata"].get("managedFields") if live is not None else None
        asked = new["metadata"].get("managedFields")
        if subresource or live is None or asked is kept or asked is None:
            return read(kept) or {}
        if is_reset(asked):
            return None
        own = read(asked) if all(is_valid(e.get("fieldsV1", EMPTY)) for e in asked) else None
        return own or read(kept) or {}

    def _empty(self, obj: Manifest) -> Manifest:
        """What Go's new object of the kind looks like before anything is set."""
        return {**self._nothing, "apiVersion": obj.get("apiVersion"), "kind": obj.get("kind")}

    def _updated(self, live: Manifest, new: Manifest, entries: Entries, me: tuple[str, str, str, str], now: float | None) -> Entries:
        """Entries after a write by `me`: it gains what it changed, all lose what is gone, others lose what was changed."""
        changed, gone = self._difference(live, new, me[3])
        if not changed and not gone:
            return entries
        result: Entries = {}
        for key, entry in entries.items():
            c, g = (changed, gone) if key[2] == me[2] else self._difference_at(live, new, key[2], me[3], (changed, gone))
            fields = difference(difference(entry.fields, c), g)
            if fields:
                result[key] = entry.with_fields(fields)
        if changed:
            mine = result.get(me)
            time = timestamp(now) if now is not None else ""
            result[me] = Entry(*me, time, union(mine.fields, changed) if mine else changed)
        return _capped(result)

    def _difference(self, live: Manifest, new: Manifest, subresource: str) -> tuple[Set, Set]:
        """What changed, without what the server sets itself and what such a write cannot change."""
        changed, gone = compare(self.schema, live, new, self._skip.get(subresource, STRIPPED))
        if "f:metadata" in changed or "f:metadata" in gone:
            changed, gone = difference(changed, STRIPPED_SET), difference(gone, STRIPPED_SET)
        resets = self.resets.get(subresource)
        return (difference(changed, resets, True), difference(gone, resets, True)) if resets else (changed, gone)

    def _difference_at(self, live: Manifest, new: Manifest, version: str, subresource: str, same: tuple[Set, Set]) -> tuple[Set, Set]:
        """The difference as an owner in another version sees it."""
        if self.at_version is None:
            return same
        old_at, new_at = self.at_version(live, version), self.at_version(new, version)
        if old_at is None or new_at is None:
            return same
        return compare(old_at[0], old_at[1], new_at[1], self._skip.get(subresource, STRIPPED))

    # apply

    def _check(self, patch: Manifest) -> None:
        meta = patch.get("metadata")
        if isinstance(meta, dict) and meta.get("managedFields") is not None:
            raise status.bad_request("metadata.managedFields must be nil")
        found = typed.errors(self.schema, {k: v for k, v in patch.items() if k not in STRIPPED})
        if found:
            text = found[0] if len(found) == 1 else "errors:\n" + "\n".join(f"  {e}" for e in found)
            raise ApiError(500, "", f"failed to create typed patch object ({_described(patch)}): {text}")

    def _applied(self, live: Manifest, patch: Manifest, entries: Entries, manager: str, now: float, force: bool, subresource: str) -> Manifest | None:
        me = (manager, "Apply", patch["apiVersion"], subresource)
        merged = typed.merge(self.schema, live, patch)
        stated = typed.field_set(self.schema, patch)
        resets = self.resets.get(subresource)
        if resets:
            stated = difference(stated, resets, True)
        last = entries.get(me)
        mine = Entry(*me, last.time if last else "", stated)
        after = self._pruned(merged, {**entries, me: mine}, last)
        result = self._claimed(live, after, {**entries, me: mine}, me, force, subresource)
        own = difference(result[me].fields, STRIPPED_SET) if me in result else EMPTY
        result.pop(me, None)
        same = _unmanaged(after) == _unmanaged(live)
        if own:
            unchanged = last is not None and same and own == last.fields
            result[me] = last if last is not None and unchanged else Entry(*me, (last.time if last else "") if same else timestamp(now), own)
        if same and result == entries and live["metadata"].get("uid"):
            return None
        return _with(_annotated(after, patch, manager), result)

    def _claimed(self, live: Manifest, after: Manifest, entries: Entries, me: tuple[str, str, str, str], force: bool, subresource: str) -> Entries:
        """Entries once the change is made. Raises Conflicts unless forced."""
        changed, gone = self._difference(live, after, subresource)
        lost: list[tuple[Entry, Set]] = []
        result: Entries = {}
        for key, entry in entries.items():
            if key == me:
                result[key] = entry
                continue
            c, g = (changed, gone) if key[2] == me[2] else self._difference_at(live, after, key[2], subresource, (changed, gone))
            if meets(entry.fields, c):
                lost.append((entry, intersection(entry.fields, c)))
            fields = difference(difference(entry.fields, c), g)
            if fields:
                result[key] = entry.with_fields(fields)
        if lost and not force:
            raise Conflicts(lost)
        return result

    def _pruned(self, merged: Manifest, entries: Entries, last: Entry | None) -> Manifest:
        """Takes away what the applier stated last time, states no more, and nobody else owns."""
        if last is None or not last.fields:
            return merged
        schema = self.schema
        stated_last = typed.with_named_fields(schema, last.fields)
        merged_set = typed.with_named_fields(schema, typed.field_set(schema, merged))
        owned: Set = EMPTY
        for entry in entries.values():
            owned = union(owned, typed.with_named_fields(schema, entry.fields))
        pruned = typed.remove(schema, merged, stated_last) or {}
        kept = union(typed.with_named_fields(schema, typed.field_set(schema, pruned)), owned)
        pruned = typed.remove(schema, merged, difference(merged_set, kept)) or {}
        kept = typed.with_named_fields(schema, typed.field_set(schema, pruned))
        result: Manifest = typed.remove(schema, merged, intersection(difference(merged_set, kept), stated_last)) or {}
        return {"apiVersion": merged["apiVersion"], "kind": merged["kind"], **result, "metadata": result.get("metadata") or {}}

    def _not_last_applied(self, live: Manifest, conflicts: Conflicts) -> list[tuple[Entry, Set]]:
        """kubectl may take over what it owned by client-side apply and what nobody has changed since."""
        text = (live["metadata"].get("annotations") or {}).get(LAST_APPLIED)
        try:
            last = json.loads(text) if text else None
        except ValueError:
            last = None
        if not isinstance(last, dict) or typed.errors(self.schema, {k: v for k, v in last.items() if k not in STRIPPED}):
            return conflicts.found
        changed, _ = compare(self.schema, live, typed.merge(self.schema, live, last), STRIPPED)
        allowed = difference(typed.field_set(self.schema, last), changed)
        return [(entry, rest) for entry, fields in conflicts.found if (rest := difference(fields, allowed))]


def _described(patch: Manifest) -> str:
    """`namespace/name; group/version, Kind=Kind`."""
    meta = patch.get("metadata")
    meta = meta if isinstance(meta, dict) else {}
    version = str(patch.get("apiVersion", ""))
    return f"{meta.get('namespace', '')}/{meta.get('name', '')}; {version if '/' in version else '/' + version}, Kind={patch.get('kind', '')}"


def _unmanaged(obj: Manifest) -> Manifest:
    """The object without its managed fields, and without the empties that pruning leaves, for telling whether anything changed."""
    meta = {k: v for k, v in obj["metadata"].items() if k != "managedFields" and v is not None}
    return {**{k: v for k, v in obj.items() if v is not None}, "metadata": meta}


def _annotated(obj: Manifest, patch: Manifest, manager: str) -> Manifest:
    """kubectl's server-side apply keeps the annotation of its client-side apply up to date, where there is one."""
    annotations = obj["metadata"].get("annotations") or {}
    if manager != "kubectl" or LAST_APPLIED not in annotations:
        return obj
    text = json.dumps(patch, separators=(",", ":"), sort_keys=True, ensure_ascii=False) + "\n"
    return {**obj, "metadata": {**obj["metadata"], "annotations": {**annotations, LAST_APPLIED: text}}}


def _with(obj: Manifest, entries: Entries, same: Manifest | None = None) -> Manifest:
    """The object with these entries, in upstream's order; the list itself is kept where nothing in it changed."""
    meta = obj["metadata"]
    if not entries:
        return {**obj, "metadata": {k: v for k, v in meta.items() if k != "managedFields"}} if "managedFields" in meta else obj
    raw = [e.manifest() for e in sorted(entries.values(), key=lambda e: e.order)]
    current = meta.get("managedFields")
    if same is not None and current is not None and len(current) == len(raw) and all(map(_is, current, raw)):
        return obj
    return {**obj, "metadata": {**meta, "managedFields": raw}}


def _is(a: Any, b: Any) -> bool:
    return a is b


def _capped(entries: Entries) -> Entries:
    """At most ten updaters are kept apart; older ones are put together by version."""
    updaters = [e for e in entries.values() if e.operation == "Update"]
    if len(updaters) <= MAX_UPDATERS:
        return entries
    updaters.sort(key=lambda e: (e.time, e.key))
    count = len(updaters)
    first_of_version: dict[str, Entry] = {}
    for entry in updaters:
        if count <= MAX_UPDATERS:
            break
        first = first_of_version.setdefault(entry.version, entry)
        if first is entry:
            continue
        bucket = (ANCIENT, "Update", entry.version, "")
        held = entries.get(bucket)
        if held is None:
            held = entries.pop(first.key)
        del entries[entry.key]
        entries[bucket] = Entry(*bucket, entry.time, union(entry.fields, held.fields))
        count -= 1
    return entries
