"""Field errors: what is wrong, with which value, at which path, worded as Kubernetes words it.

Models k8s.io/apimachinery/pkg/util/validation/field/errors.go. A path is plain text: `spec.containers[0].name`,
`metadata.labels[app]`; build it with f-strings, so that a valid object pays nothing for paths it never prints.
"""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

REASONS = {
    "Required value": "FieldValueRequired",
    "Invalid value": "FieldValueInvalid",
    "Duplicate value": "FieldValueDuplicate",
    "Forbidden": "FieldValueForbidden",
    "Unsupported value": "FieldValueNotSupported",
    "Not found": "FieldValueNotFound",
    "Too long": "FieldValueTooLong",
    "Too many": "FieldValueTooMany",
    "Internal error": "InternalError",
    "Type invalid": "FieldValueTypeInvalid",
}


@dataclass(frozen=True, slots=True)
class FieldError:
    """One thing wrong with one field. `kind` is a key of REASONS; `body` is the text after the path."""

    path: str
    kind: str
    body: str

    def __str__(self) -> str:
        return f"{self.path}: {self.body}"

    def cause(self) -> dict[str, Any]:
        """The entry of Status.details.causes."""
        return {"reason": REASONS[self.kind], "message": self.body, "field": self.path}


Errors = list[FieldError]
CONTROL = re.compile(r"(?<!\\)\\u(00[01][0-9a-fA-F])")


def shown(value: object) -> str:
    """A value as Go's field errors print it: text quoted, objects as JSON, absent as null."""
    if isinstance(value, str):
        return quoted(value)
    if value is None or isinstance(value, bool | int | float):
        return json.dumps(value)
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def quoted(text: str) -> str:
    """Text in Go's %q form."""
    found = json.dumps(text, ensure_ascii=False)
    return found if text.isprintable() else CONTROL.sub(_go_escape, found)


def _go_escape(found: re.Match[str]) -> str:
    code = found[1].lower()
    return {"0007": "\\a", "000b": "\\v"}.get(code, f"\\x{code[2:]}")


def required(path: str, detail: str = "") -> FieldError:
    return FieldError(path, "Required value", "Required value" + (f": {detail}" if detail else ""))


def invalid(path: str, value: object, detail: str = "") -> FieldError:
    return FieldError(path, "Invalid value", f"Invalid value: {shown(value)}" + (f": {detail}" if detail else ""))


def type_invalid(path: str, value: object, detail: str = "") -> FieldError:
    return FieldError(path, "Type invalid", f"Invalid value: {shown(value)}" + (f": {detail}" if detail else ""))


def duplicate(path: str, value: object, detail: str = "") -> FieldError:
    return FieldError(path, "Duplicate value", f"Duplicate value: {shown(value)}" + (f": {detail}" if detail else ""))


def forbidden(path: str, detail: str) -> FieldError:
    return FieldError(path, "Forbidden", f"Forbidden: {detail}")


def not_supported(path: str, value: object, supported: Iterable[str]) -> FieldError:
    """Sets are shown in order; a list or tuple keeps its own."""
    values = ", ".join(quoted(v) for v in (sorted(supported) if isinstance(supported, set | frozenset) else supported))
    return FieldError(path, "Unsupported value", f"Unsupported value: {shown(value)}" + (f": supported values: {values}" if values else ""))


def not_found(path: str, value: object, detail: str = "") -> FieldError:
    return FieldError(path, "Not found", f"Not found: {shown(value)}" + (f": {detail}" if detail else ""))


def too_long(path: str, limit: int) -> FieldError:
    return FieldError(path, "Too long", f"Too long: may not be more than {limit} bytes" if limit >= 0 else "Too long: value is too long")


def too_many(path: str, actual: int, limit: int) -> FieldError:
    return FieldError(path, "Too many", f"Too many: {actual}: must have at most {limit} items" if actual >= 0 else f"Too many: must have at most {limit} items")


def internal_error(path: str, detail: str) -> FieldError:
    return FieldError(path, "Internal error", f"Internal error: {detail}")
