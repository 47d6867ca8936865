"""Field selectors: `spec.nodeName=node-1,status.phase!=Running`, for the few fields that a kind declares selectable.

Models k8s.io/apimachinery/pkg/fields/selector.go.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache


class FieldSelectorError(ValueError):
    """The selector cannot be understood; the message is upstream's."""


@dataclass(frozen=True, slots=True)
class FieldRequirement:
    """One condition; `operator` is `=` or `!=`."""

    field: str
    operator: str
    value: str

    def __str__(self) -> str:
        return f"{self.field}{self.operator}{escape(self.value)}"


@dataclass(frozen=True, slots=True)
class FieldSelector:
    """All conditions at once."""

    requirements: tuple[FieldRequirement, ...] = ()

    def matches(self, values: Mapping[str, str] | Callable[[str], str]) -> bool:
        """Whether an object's fields fit; `values` gives a field's text, by a map or by a function."""
        get = values if callable(values) else lambda name: values.get(name, "")
        return all((get(r.field) == r.value) == (r.operator == "=") for r in self.requirements)

    def exact(self, field: str) -> str | None:
        """The one value that is demanded of a field, if it is; lets an index or a key answer."""
        return next((r.value for r in self.requirements if r.field == field and r.operator == "="), None)

    def fields(self) -> Iterable[str]:
        return (r.field for r in self.requirements)

    @property
    def empty(self) -> bool:
        return not self.requirements

    def __str__(self) -> str:
        return ",".join(str(r) for r in self.requirements)


EVERYTHING = FieldSelector()


def escape(value: str) -> str:
    return value.replace("\\", "\\\\").replace(",", "\\,").replace("=", "\\=")


@lru_cache(maxsize=1024)
def parse(text: str) -> FieldSelector:
    """The selector that a `fieldSelector` parameter means. Raises FieldSelectorError."""
    return FieldSelector(tuple(sorted((_term(t, text) for t in _split(text) if t), key=lambda r: r.field)))


def _split(text: str) -> list[str]:
    """Terms between commas that no backslash escapes."""
    terms, start, escaped = [], 0, False
    for i, c in enumerate(text):
        if escaped:
            escaped = False
        elif c == "\\":
            escaped = True
        elif c == ",":
            terms.append(text[start:i])
            start = i + 1
    return [*terms, text[start:]]


def _term(term: str, whole: str) -> FieldRequirement:
    for i in range(len(term)):
        for sign in ("!=", "==", "="):
            if term.startswith(sign, i):
                value = _unescape(term[i + len(sign) :])
                return FieldRequirement(term[:i], "!=" if sign == "!=" else "=", value)
    raise FieldSelectorError(f"invalid selector: '{whole}'; can't understand '{term}'")


def _unescape(text: str) -> str:
    """The value itself. Raises on a bare comma or equals sign and on what cannot be escaped."""
    found, escaped = [], False
    for c in text:
        if escaped:
            if c not in "\\,=":
                raise FieldSelectorError(f"invalid field selector: invalid escape sequence: \\{c}")
            found.append(c)
            escaped = False
        elif c == "\\":
            escaped = True
        elif c in ",=":
            raise FieldSelectorError(f"invalid field selector: unescaped character in value: {c}")
        else:
            found.append(c)
    if escaped:
        raise FieldSelectorError("invalid field selector: invalid escape sequence: ")
    return "".join(found)
