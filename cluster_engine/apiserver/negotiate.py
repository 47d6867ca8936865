"""Content negotiation: which form of an answer the client asked for, among those that the server can give.

Models k8s.io/apiserver/pkg/endpoints/handlers/negotiation. There is no protobuf: clients that prefer it name JSON as well.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import orjson
import yaml

from cluster_engine.machinery.status import ApiError

JSON, YAML, PROTOBUF = "application/json", "application/yaml", "application/vnd.kubernetes.protobuf"
OFFERED = f"{JSON}, {YAML}, {PROTOBUF}"
DISCOVERY_VERSIONS = ("v2",)
NOT_ACCEPTABLE = f"only the following media types are accepted: {OFFERED}"


@dataclass(frozen=True, slots=True)
class Form:
    """The form of an answer. `shape`: "" for the object itself, Table, PartialObjectMetadata(List) or APIGroupDiscoveryList."""

    media: str = JSON
    shape: str = ""
    version: str = ""
    pretty: bool = False

    @property
    def content_type(self) -> str:
        if self.shape == "APIGroupDiscoveryList":
            return f"{self.media};g=apidiscovery.k8s.io;v={self.version};as={self.shape}"
        return self.media


@dataclass(frozen=True, slots=True)
class Clause:
    """One media type of an Accept header with its parameters."""

    media: str
    quality: float
    parameters: dict[str, str]


@lru_cache(maxsize=512)
def clauses(accept: str) -> tuple[Clause, ...]:
    """The clauses of an Accept header, best first."""
    found: list[Clause] = []
    for part in accept.split(","):
        media, *rest = [p.strip() for p in part.split(";")]
        parameters = dict(p.split("=", 1) for p in rest if "=" in p)
        try:
            quality = float(parameters.pop("q", "1"))
        except ValueError:
            quality = 1.0
        if media:
            found.append(Clause(media, quality, parameters))
    return tuple(sorted(found, key=lambda c: -c.quality))


def matches(pattern: str, media: str) -> bool:
    return pattern in ("*/*", media) or (pattern.endswith("/*") and media.startswith(pattern[:-1]))


@lru_cache(maxsize=512)
def object_form(accept: str) -> Form:
    """The form for an object or list. Raises 406."""
    if not accept:
        return Form()
    wanted = clauses(accept)
    if not any(c.media in ("*/*", JSON, YAML, PROTOBUF) for c in wanted):
        message = f"406: Not Acceptable\n\nAvailable representations: {OFFERED}"
        raise ApiError(406, "NotAcceptable", message, {})
    for clause in wanted:
        for media in (JSON, YAML):
            if matches(clause.media, media) and (form := _object_form(media, clause.parameters)) is not None:
                return form
    raise not_acceptable()


def _object_form(media: str, parameters: dict[str, str]) -> Form | None:
    """The form that a clause asks for, or None when there is no such one."""
    shape = parameters.get("as", "")
    if not shape:
        return Form(media)
    group, version = parameters.get("g"), parameters.get("v", "")
    if group != "meta.k8s.io" or version not in ("v1", "v1beta1"):
        return None
    if shape not in ("Table", "PartialObjectMetadata", "PartialObjectMetadataList"):
        return None
    return Form(media, shape, version)


@lru_cache(maxsize=128)
def discovery_form(accept: str, aggregated: bool) -> Form:
    """The form for a discovery document; `aggregated` where the aggregated one is served, which then is preferred. Raises 406."""
    forms = [f for c in clauses(accept or "*/*") for m in (JSON, YAML) if matches(c.media, m) and (f := _discovery_form(m, c.parameters, aggregated))]
    if not forms:
        raise not_acceptable()
    return next((f for f in forms if f.shape), forms[0])


def _discovery_form(media: str, parameters: dict[str, str], aggregated: bool) -> Form | None:
    shape, version = parameters.get("as", ""), parameters.get("v", "")
    if not shape:
        return Form(media)
    known = aggregated and shape == "APIGroupDiscoveryList" and parameters.get("g") == "apidiscovery.k8s.io" and version in DISCOVERY_VERSIONS
    return Form(media, shape, version) if known else None


def not_acceptable(message: str = NOT_ACCEPTABLE) -> ApiError:
    return ApiError(406, "NotAcceptable", message)


def dump(value: Any, form: Form) -> bytes:
    """A manifest in the form's media type."""
    if form.media == YAML:
        plain = orjson.loads(orjson.dumps(value))
        return yaml.dump(plain, Dumper=PlainDumper, default_flow_style=False, sort_keys=True, allow_unicode=True, width=2**30).encode()
    if form.pretty:
        return orjson.dumps(value, option=orjson.OPT_INDENT_2)
    return orjson.dumps(value) + b"\n"


class PlainDumper(yaml.CSafeDumper):
    """Writes no anchors: every use of a shared value is written out, as sigs.k8s.io/yaml does."""

    def ignore_aliases(self, data: Any) -> bool:
        return True
