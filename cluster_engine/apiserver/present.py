"""Presenting: an outcome in the version and form that the client asked for; stored bytes go out as they are where they can.

Models k8s.io/apiserver/pkg/endpoints/handlers/{response,responsewriters}.
"""

from functools import cache
from typing import Any

import orjson

from cluster_engine.apiserver import storage, tables
from cluster_engine.apiserver.call import Call, Outcome, Page
from cluster_engine.apiserver.negotiate import JSON, Form, dump
from cluster_engine.apiserver.subresources.scale import SCALED
from cluster_engine.machinery.manifest import Manifest
from cluster_engine.resources.kind import Kind
from cluster_engine.store.record import Record


def present(call: Call, outcome: Outcome, form: Form, include: str) -> bytes:
    """The body of the answer. Raises 406 for a shape that does not fit."""
    if outcome.extra == "Status" or (outcome.manifest or {}).get("kind") == "Status":
        return dump(outcome.manifest, form)
    if form.shape:
        return dump(_shaped(call, outcome, form, include), form)
    if outcome.listed is not None:
        return _list(call, outcome.listed, form)
    if outcome.record is not None and as_stored(call.kind, call.version, form):
        return outcome.record.value + b"\n"  # type: ignore[operator]
    return dump(in_version(call, outcome.object), form)


def as_stored(kind: Kind, version: str, form: Form) -> bool:
    return form.media == JSON and not form.pretty and version not in kind.conversions


def in_version(call: Call, manifest: Manifest) -> Manifest:
    """An object of the call's kind in the call's version; bodies of other kinds (Scale, TokenRequest) stay."""
    return storage.converted(call.kind, manifest, call.version) if manifest.get("kind") == call.kind.kind else manifest


def list_metadata(page: Page) -> Manifest:
    meta: Manifest = {"resourceVersion": str(page.revision)} if page.revision else {}
    if page.continue_token:
        meta["continue"] = page.continue_token
        if page.remaining:
            meta["remainingItemCount"] = page.remaining
    return meta


def _list(call: Call, page: Page, form: Form) -> bytes:
    kind = call.kind
    head: Manifest = {"kind": kind.list_kind, "apiVersion": kind.group_version(call.version), "metadata": list_metadata(page)}
    if kind.custom:
        head["metadata"].setdefault("continue", "")
    if as_stored(kind, call.version, form):
        cut = 0 if kind.custom else _head_length(kind.kind, kind.api_version)
        return orjson.dumps(head | {"items": [orjson.Fragment(_item(r, cut)) for r in page.records]}) + b"\n"
    items = [in_version(call, r.object) for r in page.records]
    return dump(head | {"items": items if kind.custom else [_headless(i) for i in items]}, form)


@cache
def _head_length(kind: str, api_version: str) -> int:
    """How many bytes of a stored object say its kind and version, which items of a built-in list leave out."""
    return len(orjson.dumps({"kind": kind, "apiVersion": api_version}))


def _item(record: Record, cut: int) -> bytes:
    value: bytes = record.value  # type: ignore[assignment]
    return b"{" + value[cut:] if cut else value


def _headless(item: Manifest) -> Manifest:
    return {k: v for k, v in item.items() if k not in ("kind", "apiVersion")}


def _shaped(call: Call, outcome: Outcome, form: Form, include: str) -> Any:
    page = outcome.listed
    if (error := tables.wrong_shape(form.shape, call.kind, is_list=page is not None)) is not None:
        raise error
    objects = [r.object for r in page.records] if page is not None else [outcome.object]
    metadata = list_metadata(page) if page is not None else _own_version(outcome.object)
    if form.shape != "Table":
        served = [in_version(call, o) for o in objects]
        return tables.partial_list(served, metadata, form.version) if page is not None else tables.partial(served[0], f"meta.k8s.io/{form.version}")
    tables.check_include(include)
    return table_of(call, objects, metadata, form, include)


def table_of(call: Call, objects: list[Manifest], metadata: Manifest, form: Form, include: str, *, headed: bool = True) -> Manifest:
    """A Table whose rows are printed from the storage version, while embedded objects are in the call's."""
    kind = SCALED if objects and objects[0].get("kind") == "Scale" else call.kind
    made = tables.table(kind, objects, metadata, include=include, version=form.version, now=call.now, headed=headed)
    if include == "Object" and call.version in call.kind.conversions:
        for row in made["rows"]:
            row["object"] = in_version(call, row["object"])
    return made


def _own_version(obj: Manifest) -> Manifest:
    version = obj["metadata"].get("resourceVersion")
    return {"resourceVersion": version} if version else {}
