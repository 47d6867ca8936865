"""Bodies of patches: which of the four types one is, and its data. Models k8s.io/apiserver/pkg/endpoints/handlers/patch.go."""

from typing import Any

from cluster_engine.apiserver.call import Call
from cluster_engine.machinery import json_text, yaml
from cluster_engine.machinery.schema.decode import json_type
from cluster_engine.machinery.status import ApiError, bad_request

TYPES = {
    "application/json-patch+json": "json",
    "application/merge-patch+json": "merge",
    "application/strategic-merge-patch+json": "strategic",
    "application/apply-patch+yaml": "apply",
}
LARGEST_JSON_PATCH = 10_000
OPERATION = ("op", "path", "from", "value")
CUSTOM = ("application/json-patch+json", "application/merge-patch+json", "application/apply-patch+yaml")


def patch_type(call: Call, content_type: str) -> str:
    """The patch's type by its media type. Raises 415."""
    media = content_type.split(";")[0].strip().lower()
    found = TYPES.get(media, "")
    if found == "strategic" and call.kind.custom:
        message = f"the body of the request was in an unknown format - accepted media types include: {', '.join(CUSTOM)}"
        raise ApiError(415, "UnsupportedMediaType", message)
    if not found:
        raise ApiError(415, "UnsupportedMediaType", "415: Unsupported Media Type", {})
    return found


def read_patch(call: Call, content_type: str, data: bytes) -> Any:
    """The patch as data. Raises 400."""
    if call.patch_type == "apply":
        return _applied(call, data)
    try:
        parsed = json_text.parse(data)
    except json_text.JsonSyntaxError as error:
        raise bad_request(str(error) if call.patch_type == "strategic" else f"error decoding patch: {error}") from None
    call.notes = tuple(f'duplicate field "{p}"' for p in json_text.duplicates(parsed.value)) if parsed.repeated else ()
    if call.patch_type == "json":
        return _operations(call, json_text.plain(parsed.value) if parsed.repeated else parsed.value)
    if parsed.value is None:
        raise bad_request("Invalid JSON Patch")
    if not isinstance(parsed.value, dict):
        raise bad_request(f"error decoding patch: json: cannot unmarshal {json_type(parsed.value)} into Go value of type map[string]interface {{}}")
    return json_text.plain(parsed.value) if parsed.repeated else parsed.value


def _operations(call: Call, value: Any) -> list[Any]:
    """The operations of a JSON patch; what is unknown in them is noted for strict reading. Raises 400 or 413."""
    if value is not None and not isinstance(value, list):
        raise bad_request(f"error decoding patch: json: cannot unmarshal {json_type(value)} into Go value of type []handlers.jsonPatchOp")
    operations: list[Any] = value or []
    for operation in operations:
        if operation is not None and not isinstance(operation, dict):
            raise bad_request(f"error decoding patch: json: cannot unmarshal {json_type(operation)} into Go value of type handlers.jsonPatchOp")
    if len(operations) > LARGEST_JSON_PATCH:
        message = f"The allowed maximum operations in a JSON patch is {LARGEST_JSON_PATCH}, got {len(operations)}"
        raise ApiError(413, "RequestEntityTooLarge", message)
    for position, operation in enumerate(operations):
        call.notes += tuple(f'json patch unknown field "[{position}].{k}"' for k in operation or () if k not in OPERATION)
    return [operation or {} for operation in operations]


def _applied(call: Call, data: bytes) -> Any:
    """The manifest of a server-side apply, which must say what it is."""
    try:
        parsed = yaml.parse(data.decode("utf-8", "replace"))
    except yaml.YamlError as error:
        raise bad_request(f"error decoding YAML: error converting YAML to JSON: {error}") from None
    if parsed.notes and call.options.field_validation == "Strict":
        raise bad_request(f"error strict decoding YAML: error converting YAML to JSON: {parsed.notes[0]}")
    if call.options.field_validation != "Ignore":
        call.warnings += parsed.notes
    value = json_text.plain(parsed.value) if parsed.value is not None else {}
    if not isinstance(value, dict):
        raise bad_request("error decoding YAML: json: cannot unmarshal into Go value of type map[string]interface {}")
    _check_type(call, value)
    return value


def _check_type(call: Call, value: Any) -> None:
    api_version, kind = (v if isinstance(v := value.get(k), str) else "" for k in ("apiVersion", "kind"))
    expected = (call.kind.group_version(call.version), call.kind.kind)
    if call.subresource == "scale":
        expected = ("autoscaling/v1", "Scale")
    if (api_version, kind) != expected:
        shown = api_version if "/" in api_version else f"/{api_version}"
        raise bad_request(f"invalid object type: {shown}, Kind={kind}")
    if not isinstance(value.get("metadata"), dict):
        raise bad_request(f"the name of the object ({call.name} based on URL) was undeterminable: name must be provided")
    if value["metadata"].get("managedFields"):
        raise bad_request("metadata.managedFields must be nil")
