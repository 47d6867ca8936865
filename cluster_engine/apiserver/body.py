"""Request bodies: from bytes to a manifest in the storage version, with everything that is wrong with them said as upstream does.

Models k8s.io/apiserver/pkg/endpoints/handlers/{create,rest}.go and k8s.io/apimachinery/pkg/runtime/serializer/json.
"""

import gzip
import io
import re
import zlib
from typing import TYPE_CHECKING, Any

import orjson

from cluster_engine.apiserver.call import Call
from cluster_engine.apiserver.negotiate import JSON, OFFERED, PROTOBUF, YAML
from cluster_engine.machinery import json_text, protobuf, yaml
from cluster_engine.machinery.field import FieldError, invalid
from cluster_engine.machinery.manifest import Manifest
from cluster_engine.machinery.schema.decode import DecodeError
from cluster_engine.machinery.status import ApiError, bad_request, too_large
from cluster_engine.machinery.status import invalid as refused

if TYPE_CHECKING:
    from cluster_engine.apiserver.server import APIServer

LARGEST_BODY = 3 * 1024 * 1024
SCHEME = "pkg/api/legacyscheme/scheme.go:30"
SHOWN = 30
UNMARSHAL = re.compile(r"json: cannot unmarshal (?P<source>\w+)(?: \S+)? into Go (?:struct field \S+|value) of type (?P<target>.+)")
GO_KINDS = {"object": "map", "array": "slice", "number": "int64"}
GO_TYPES = {"object": "map[string]interface {}", "array": "[]interface {}", "number": "int64"}
YAML_ERRORS = "yaml: unmarshal errors:"
TYPE_META = 'struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }'
ACCEPTED = {("policy/v1", "Eviction"): (("policy/v1beta1", "Eviction"),)}
REGISTERED: dict[str, tuple[str, ...]] = {
    "admissionregistration.k8s.io": ("v1beta1", "v1alpha1"),
    "apps": ("v1beta1", "v1beta2"),
    "authentication.k8s.io": ("v1beta1", "v1alpha1"),
    "authorization.k8s.io": ("v1beta1",),
    "batch": ("v1beta1",),
    "certificates.k8s.io": ("v1beta1", "v1alpha1"),
    "coordination.k8s.io": ("v1beta1", "v1alpha2"),
    "discovery.k8s.io": ("v1beta1",),
    "events.k8s.io": ("v1beta1",),
    "flowcontrol.apiserver.k8s.io": ("v1beta1", "v1beta2", "v1beta3"),
    "networking.k8s.io": ("v1beta1",),
    "node.k8s.io": ("v1beta1",),
    "policy": ("v1beta1",),
    "rbac.authorization.k8s.io": ("v1beta1", "v1alpha1"),
    "resource.k8s.io": ("v1beta1", "v1beta2"),
    "scheduling.k8s.io": ("v1beta1", "v1alpha1"),
    "storage.k8s.io": ("v1beta1", "v1alpha1"),
}


def unpacked(data: bytes, encoding: str) -> bytes:
    """The body without its content encoding. Raises 413 when it is too large, before or after."""
    if len(data) > LARGEST_BODY:
        raise too_large(f"Request entity too large: limit is {LARGEST_BODY}")
    if encoding in ("", "identity"):
        return data
    if encoding != "gzip":
        raise ApiError(415, "UnsupportedMediaType", f"the content encoding {encoding} is not supported")
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(data)) as file:
            plain = file.read(LARGEST_BODY + 1)
    except (OSError, EOFError, zlib.error):
        raise bad_request("the body is not valid gzip data") from None
    if len(plain) > LARGEST_BODY:
        raise too_large(f"Request entity too large: limit is {LARGEST_BODY}")
    return plain


def media_type(content_type: str) -> str:
    return content_type.split(";")[0].strip().lower()


def unsupported() -> ApiError:
    return ApiError(415, "UnsupportedMediaType", f"the body of the request was in an unknown format - accepted media types include: {OFFERED}")


def decode(server: "APIServer", call: Call, gvk: tuple[str, str, str], content_type: str, data: bytes) -> Manifest:
    """The body as a manifest of `gvk`, typed, pruned and not yet in the storage version. Raises 400 or 415."""
    media = media_type(content_type) or JSON
    if media not in (JSON, YAML, PROTOBUF):
        raise unsupported()
    value, notes = _read(media, data, gvk[2])
    if value is None:
        value = {}
    if gvk in server.schemas.custom_decoders and isinstance(value, dict):
        check_custom_kind(gvk, value, data)
    if not isinstance(value, dict):
        problem = "couldn't get version/kind; json parse error: " + f"json: cannot unmarshal {_go_type(value)} into Go value of type {TYPE_META}"
        raise unrecognized(gvk[2], problem, data)
    check_kind(server, gvk, value)
    return typed(server, call, gvk, value, notes)


def _read(media: str, data: bytes, kind: str) -> tuple[Any, list[str]]:
    if media == PROTOBUF:
        try:
            return protobuf.parse(data), []
        except protobuf.ProtobufError as error:
            raise unrecognized(kind, str(error), data) from None
    try:
        parsed = yaml.parse(data.decode("utf-8", "replace")) if media == YAML else json_text.parse(data)
    except json_text.JsonSyntaxError as error:
        raise unrecognized(kind, f"couldn't get version/kind; json parse error: {error}", data) from None
    except yaml.YamlError as error:
        raise unrecognized(kind, str(error), data) from None
    return parsed.value, list(parsed.notes)


def unrecognized(kind: str, problem: str, data: bytes) -> ApiError:
    return bad_request(f"the object provided is unrecognized (must be of type {kind}): {problem} ({_summary(data)})")


def _summary(data: bytes) -> str:
    if not data:
        return "<empty>"
    more = " ..." if len(data) > SHOWN else ""
    if data[:1] == b"{":
        return data[:SHOWN].decode("utf-8", "replace") + more
    return data[:SHOWN].hex() + more


def _go_type(value: object) -> str:
    if isinstance(value, bool):
        return "bool"
    return "array" if isinstance(value, list) else "string" if isinstance(value, str) else "number"


def check_custom_kind(gvk: tuple[str, str, str], value: Manifest, data: bytes) -> None:
    """Custom objects must say their kind, and the right one. Raises 400, or 422 as upstream's validation of them does."""
    group, version, kind = gvk
    said_version, said_kind = value.get("apiVersion"), value.get("kind")
    for name, said in (("Kind", said_kind), ("apiVersion", said_version)):
        if said is None or said == "":
            text = data.decode("utf-8", "replace")
            raise unrecognized(kind, f"Object '{name}' is missing in '{text}'", data)
    if said_version == f"{group}/{version}" and isinstance(said_kind, str) and said_kind != kind:
        name = (value.get("metadata") or {}).get("name", "") if isinstance(value.get("metadata"), dict) else ""
        raise refused(group, said_kind, name, [invalid("kind", said_kind, f"must be {kind}")])


def check_kind(server: "APIServer", gvk: tuple[str, str, str], value: Manifest) -> None:
    """The manifest's own apiVersion and kind must fit the path; absent ones are taken from it."""
    group, version, kind = gvk
    expected = f"{group}/{version}" if group else version
    said_version, said_kind = value.get("apiVersion") or expected, value.get("kind") or kind
    if (said_version, said_kind) == (expected, kind):
        value["apiVersion"], value["kind"] = expected, kind
        return
    if not isinstance(said_version, str) or not isinstance(said_kind, str):
        wrong = "apiVersion" if not isinstance(said_version, str) else "kind"
        what = _go_type(value[wrong])
        raise bad_request(f"couldn't get version/kind; json parse error: json: cannot unmarshal {what} into Go struct field .{wrong} of type string")
    if (said_version, said_kind) in ACCEPTED.get((expected, kind), ()):
        value["apiVersion"] = expected
        return
    said_group, _, short = said_version.rpartition("/")
    served = server.registry.by_kind(said_version, said_kind) is not None
    if said_kind == kind and said_group == group and (served or short in REGISTERED.get(group, ())):
        raise bad_request(f"the API version in the data ({said_version}) does not match the expected API version ({expected})")
    why = f'no kind "{said_kind}" is registered for version "{said_version}" in scheme "{SCHEME}"'
    if served and said_kind != kind:
        why = f"converting ({short}.{said_kind}) to ({(group or 'core').split('.')[0]}.{kind}): unknown conversion"
    raise bad_request(f'{said_kind} in version "{short}" cannot be handled as a {kind}: {why}')


def typed(server: "APIServer", call: Call, gvk: tuple[str, str, str], value: Manifest, notes: list[str]) -> Manifest:
    """Check types and prune what the schema does not know; unknown and duplicate fields are refused or warned of as asked."""
    group, version, kind = gvk
    try:
        decoded = server.schemas.decoder(group, version, kind)(value)
    except DecodeError as error:
        raise bad_request(f'{kind} in version "{version}" cannot be handled as a {kind}: {error}') from None
    problems = [*notes, *decoded.strict]
    if problems and call.options.field_validation == "Strict":
        raise bad_request(f'{kind} in version "{version}" cannot be handled as a {kind}: strict decoding error: {", ".join(problems)}')
    if call.options.field_validation != "Ignore":
        call.warnings += shown_warnings(problems)
    manifest: Manifest = decoded.manifest
    if not isinstance(manifest.get("metadata"), dict):
        manifest["metadata"] = {}
    return manifest


def shown_warnings(problems: list[str]) -> list[str]:
    """Problems as warnings, in which the YAML parser's findings stand alone."""
    return [line.strip() for p in problems for line in (p.split("\n")[1:] if p.startswith(YAML_ERRORS) else [p])]


def decode_patched(server: "APIServer", call: Call, patched: Any) -> Manifest:
    """The result of a patch, which must again be an object of its kind. Raises 422 about the field `patch`."""
    return decoded_as(server, call, (call.kind.group, call.version, call.kind.kind), patched)


def decoded_as(server: "APIServer", call: Call, gvk: tuple[str, str, str], patched: Any) -> Manifest:
    """The same for a body of another kind, such as a Scale."""
    if call.trusted and call.patch_type != "strategic":
        return patched  # type: ignore[no-any-return]
    check_patched_kind(call, gvk, patched)
    try:
        decoded = server.schemas.decoder(*gvk)(patched)
    except DecodeError as error:
        why = converter_error(str(error)) if call.patch_type == "strategic" else str(error)
        raise bad_patch(_shown_patch(call, patched), why) from None
    problems = [*call.notes, *decoded.strict]
    if problems and call.options.field_validation == "Strict":
        raise bad_patch(_shown_patch(call, patched), "strict decoding error: " + ", ".join(problems))
    if call.options.field_validation != "Ignore":
        call.warnings += problems
    return decoded.manifest  # type: ignore[no-any-return]


def check_patched_kind(call: Call, gvk: tuple[str, str, str], patched: Any) -> None:
    """A patch cannot turn an object into one of another kind or version. Raises 422."""
    group, version, kind = gvk
    said = (patched.get("apiVersion"), patched.get("kind")) if isinstance(patched, dict) else ("", "")
    if said != (f"{group}/{version}" if group else version, kind):
        raise bad_patch(_shown_patch(call, patched), f'no kind "{said[1]}" is registered for version "{said[0]}" in scheme "{SCHEME}"')


def converter_error(text: str) -> str:
    """The same type error in the words of the converter that strategic patches go through instead of a JSON reader.

    Models k8s.io/apimachinery/pkg/runtime/converter.go.
    """
    found = UNMARSHAL.fullmatch(text)
    if found is None:
        return text
    source, target = found["source"], found["target"]
    if target.startswith(("[]", "map[")):
        return f"cannot restore {'slice' if target.startswith('[]') else 'map'} from {GO_KINDS.get(source, source)}"
    if "." in target:
        return f"cannot restore struct from: {GO_KINDS.get(source, source)}"
    return f"cannot convert {GO_TYPES.get(source, source)} to {target}"


def _shown_patch(call: Call, patched: Any) -> str:
    """Strategic patches are shown as Go prints a map, the others as the JSON they made."""
    if call.patch_type == "strategic":
        return go_map(call.body)
    return orjson.dumps(patched).decode()


def go_map(value: Any) -> str:
    """JSON data as Go's %+v prints it: map[a:1 b:[x y]]."""
    if isinstance(value, dict):
        return "map[" + " ".join(f"{k}:{go_map(value[k])}" for k in sorted(value)) + "]"
    if isinstance(value, list):
        return "[" + " ".join(go_map(v) for v in value) + "]"
    if value is None:
        return "<nil>"
    return str(value).lower() if isinstance(value, bool) else str(value)


def bad_patch(shown: str, why: str) -> ApiError:
    """422 without a kind or name, as upstream answers to patches whose result cannot be read."""
    error: FieldError = invalid("patch", shown, why)
    return ApiError(422, "Invalid", f' "" is invalid: {error}', {"causes": [error.cause()]})


def to_storage(call: Call, manifest: Manifest) -> Manifest:
    """A manifest in the version that the client speaks, in the storage version."""
    conversion = call.kind.conversions.get(call.version)
    if conversion is None:
        return manifest
    call.spoken = manifest if call.kind.custom else None
    return conversion.to_storage(manifest)
