"""List: a consistent page of objects, by labels and fields, now or as of a revision; pages go on where the last one ended.

Models k8s.io/apiserver/pkg/endpoints/handlers/get.go (ListResource) and pkg/storage/{continue.go,etcd3/store.go}.
"""

import base64
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson

from cluster_engine.apiserver.call import Call, Outcome, Page
from cluster_engine.apiserver.query import parse_revision
from cluster_engine.apiserver.selection import Selection, select
from cluster_engine.machinery import json_text
from cluster_engine.machinery.status import ApiError, bad_request, gone
from cluster_engine.store.mvcc import Compacted, FutureRevision, Range
from cluster_engine.store.record import Record

if TYPE_CHECKING:
    from cluster_engine.apiserver.server import APIServer

TOKEN_VERSION = "meta.k8s.io/v1"
EXPIRED = (
    "The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, "
    "or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an "
    "inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list."
)
CHUNK = 512


@dataclass(frozen=True, slots=True)
class Token:
    """Where the next page starts: after `start` (a key below the list's prefix), as of `revision` (-1: as of now)."""

    revision: int
    start: str

    def text(self) -> str:
        raw = orjson.dumps({"v": TOKEN_VERSION, "rv": self.revision, "start": self.start + "\u0000"})
        return base64.urlsafe_b64encode(raw).decode().rstrip("=")


class ExpiredPage(ApiError):
    """410 with a token in its metadata by which the client may go on, inconsistently."""

    def __init__(self, token: str) -> None:
        super().__init__(410, "Expired", EXPIRED)
        self.token = token

    def status(self) -> dict[str, Any]:
        return super().status() | {"metadata": {"continue": self.token}}


def not_yet(asked: int, current: int) -> ApiError:
    """504: the resourceVersion asked for has not come to pass."""
    cause = {"reason": "ResourceVersionTooLarge", "message": "Too large resource version"}
    message = f"Timeout: Too large resource version: {asked}, current: {current}"
    return ApiError(504, "Timeout", message, {"causes": [cause], "retryAfterSeconds": 1})


def list_(server: "APIServer", call: Call) -> Outcome:
    """A page of `call.kind` in `call.namespace` (all, when empty)."""
    options, selection = call.options, select(call)
    prefix = call.kind.prefix(call.namespace)
    after, revision = _start(server, call, prefix)
    if revision > server.store.revision:
        raise not_yet(revision, server.store.revision)
    try:
        page = _page(server, call, selection, prefix, after, revision)
    except Compacted:
        raise _expired(server, options.continue_token, after, prefix) from None
    except FutureRevision:
        raise not_yet(revision, server.store.revision) from None
    return Outcome(listed=page)


def _expired(server: "APIServer", token: str, after: str, prefix: str) -> ApiError:
    if not token:
        return gone(f"The resourceVersion for the provided list is too old (oldest is {server.store.compacted}).")
    return ExpiredPage(Token(-1, after[len(prefix) :]).text())


def _start(server: "APIServer", call: Call, prefix: str) -> tuple[str, int]:
    """The key to begin after and the revision to read at (0: newest)."""
    options = call.options
    if options.continue_token:
        if options.resource_version and options.resource_version != "0":
            raise bad_request("specifying resource version is not allowed when using continue")
        token = read_token(options.continue_token)
        return prefix + token.start, max(token.revision, 0)
    try:
        revision = parse_revision(options.resource_version)
    except ValueError as error:
        raise bad_request(f"invalid resource version: {error}") from None
    if not revision:
        return "", 0
    exact = options.resource_version_match == "Exact" or (options.limit > 0 and not options.resource_version_match)
    if not exact and revision <= server.store.revision:
        return "", 0
    return "", revision


def read_token(text: str) -> Token:
    """A continue token. Raises 400 as upstream words it."""
    try:
        raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        data = json_text.parse(raw.decode("latin-1")).value
    except json_text.JsonSyntaxError as error:
        raise _bad_token(str(error)) from None
    except ValueError:
        raise _bad_token("illegal base64 data at input byte 0") from None
    version, start = (data.get("v", ""), data.get("start", "")) if isinstance(data, dict) else ("", "")
    if version != TOKEN_VERSION:
        raise _bad_token(f"server does not recognize this encoded version {version}")
    if not start:
        raise _bad_token(f"encoded start key empty (version {TOKEN_VERSION})")
    if ".." in start.split("/"):
        raise _bad_token(start)
    return Token(int(data.get("rv") or 0), start.rstrip("\0"))


def _bad_token(why: str) -> ApiError:
    return bad_request(f"invalid continue token: continue key is not valid: {why}")


def _page(server: "APIServer", call: Call, selection: Selection | None, prefix: str, after: str, revision: int) -> Page:
    limit = max(call.options.limit, 0)
    if selection is None:
        found = server.store.range(prefix, after=after, limit=limit, revision=revision)
        return _finished(found, found.records, prefix, found.count - len(found.records))
    one = selection.single_key(call.kind, call.namespace)
    if one is not None and not revision:
        record = server.store.get(one)
        return Page([record] if record is not None and selection.matches(record.object) else [], server.store.revision)
    return _filtered(server, selection, prefix, after, limit, revision)


def _filtered(server: "APIServer", selection: Selection, prefix: str, after: str, limit: int, revision: int) -> Page:
    """Read in chunks until the page is full; with a selector nobody knows how many remain."""
    kept: list[Record] = []
    while True:
        found = server.store.range(prefix, after=after, limit=CHUNK if limit else 0, revision=revision)
        for position, record in enumerate(found.records):
            if selection.matches(record.object):
                kept.append(record)
                if limit and len(kept) == limit:
                    more = found.more or position + 1 < len(found.records)
                    token = Token(found.revision, record.key[len(prefix) :]).text() if more else ""
                    return Page(kept, found.revision, token)
        if not found.more:
            return Page(kept, found.revision)
        after, revision = found.records[-1].key, found.revision


def _finished(found: Range, records: list[Record], prefix: str, remaining: int) -> Page:
    if not found.more:
        return Page(records, found.revision)
    token = Token(found.revision, records[-1].key[len(prefix) :]).text()
    return Page(records, found.revision, token, remaining or None)
