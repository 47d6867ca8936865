"""JSON merge patch: a document that is laid over another; null takes a field away, lists are replaced whole.

Models RFC 7386 as gopkg.in/evanphx/json-patch.v4 implements it.
"""

from typing import Any

from cluster_engine.machinery import status
from cluster_engine.machinery.json_text import JsonSyntaxError, Parsed, parse
from cluster_engine.machinery.manifest import private
from cluster_engine.machinery.schema.decode import json_type


def read(body: bytes | str) -> Parsed:
    """The patch of a request's body (repeated keys are told by `duplicates`). Raises ApiError (400)."""
    try:
        parsed = parse(body)
    except JsonSyntaxError as e:
        raise status.bad_request(f"error decoding patch: {e}") from None
    if parsed.value is None:
        raise status.bad_request("Invalid JSON Patch")
    if not isinstance(parsed.value, dict):
        raise status.bad_request(f"error decoding patch: json: cannot unmarshal {json_type(parsed.value)} into Go value of type map[string]interface {{}}")
    return parsed


def apply(document: Any, patch: Any) -> Any:
    """A new document; it shares with the old one what the patch does not touch."""
    if not isinstance(patch, dict):
        return private(patch)
    merged = dict(document) if isinstance(document, dict) else {}
    for key, value in patch.items():
        if value is None:
            merged.pop(key, None)
        else:
            merged[key] = apply(merged.get(key), value)
    return merged
