"""How Go's %v prints JSON data, for the error texts that show a patch: `map[name:b port:1]`."""

from typing import Any


def go_text(value: Any) -> str:
    if value is None:
        return "<nil>"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return "map[" + " ".join(f"{k}:{go_text(v)}" for k, v in sorted(value.items())) + "]"
    if isinstance(value, list):
        return "[" + " ".join(go_text(v) for v in value) + "]"
    return f"{value:g}" if isinstance(value, float) else str(value)
