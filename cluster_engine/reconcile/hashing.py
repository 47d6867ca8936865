"""The hash of a pod template: short, stable, and safe to stand in names and labels.

Models ComputeHash in pkg/controller/controller_utils.go with rand.SafeEncodeString. Go hashes its own printout of the
structure, which cannot be had here; ours is over canonical JSON, so it is as stable but not the same text.
"""

import json
from typing import Any

SAFE = "bcdfghjklmnpqrstvwxz2456789"


def template_hash(template: Any, collisions: int | None = None) -> str:
    """The hash of `template`, another one for each collision."""
    text = json.dumps(without_empty(template), sort_keys=True, separators=(",", ":"))
    number = 2166136261
    for byte in text.encode() + (b"" if collisions is None else collisions.to_bytes(8, "little")):
        number = ((number ^ byte) * 16777619) & 0xFFFFFFFF
    return "".join(SAFE[ord(digit) % len(SAFE)] for digit in f"{number:08d}")


def without_empty(value: Any) -> Any:
    """`value` without absent and empty members, so that `{}` and nothing are the same."""
    if isinstance(value, dict):
        return {k: v for k, v in ((k, without_empty(v)) for k, v in value.items()) if v not in (None, {}, [], "")}
    if isinstance(value, list):
        return [without_empty(v) for v in value]
    return value
