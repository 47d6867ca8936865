"""Label selectors: the one way in which Kubernetes' parts find each other, as text (`app=web,tier in (a,b)`) and as objects.

Models k8s.io/apimachinery/pkg/labels/selector.go and pkg/apis/meta/v1/{helpers.go,validation/validation.go}.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from cluster_engine.machinery import names
from cluster_engine.machinery.field import Errors, FieldError, forbidden, invalid, required
from cluster_engine.machinery.object_meta import validate_labels

Labels = Mapping[str, str]

BINARY_OPERATORS = "in, notin, =, ==, !=, gt, lt"
SYMBOLS = {"=": "=", "==": "=", "!=": "!=", ">": "gt", "<": "lt", "in": "in", "notin": "notin"}
OBJECT_OPERATORS = {"In": "in", "NotIn": "notin", "Exists": "exists", "DoesNotExist": "!"}


class SelectorError(ValueError):
    """The selector cannot be understood; the message is upstream's."""


@dataclass(frozen=True, slots=True)
class Requirement:
    """One condition. `operator`: in, notin, =, !=, exists, !, gt or lt; `shown` is the sign it was written with."""

    key: str
    operator: str
    values: tuple[str, ...] = ()
    shown: str = ""

    def matches(self, labels: Labels) -> bool:
        return _MATCH[self.operator](labels.get(self.key), self.values)

    def __str__(self) -> str:
        if self.operator in ("exists", "!"):
            return f"!{self.key}" if self.operator == "!" else self.key
        values = ",".join(sorted(self.values))
        if self.operator in ("in", "notin"):
            return f"{self.key} {self.operator} ({values})"
        return f"{self.key}{self.shown or {'gt': '>', 'lt': '<'}.get(self.operator, self.operator)}{values}"


def _integer(text: str | None) -> int | None:
    return int(text) if text and re.fullmatch(r"[+-]?[0-9]+", text) and -(2**63) <= int(text) < 2**63 else None


def _greater(value: str | None, values: Sequence[str]) -> bool:
    left, right = _integer(value), _integer(values[0])
    return left is not None and right is not None and left > right


def _less(value: str | None, values: Sequence[str]) -> bool:
    left, right = _integer(value), _integer(values[0])
    return left is not None and right is not None and left < right


_MATCH: dict[str, Callable[[str | None, Sequence[str]], bool]] = {
    "in": lambda value, values: value in values,
    "=": lambda value, values: value == values[0],
    "notin": lambda value, values: value not in values,
    "!=": lambda value, values: value != values[0],
    "exists": lambda value, values: value is not None,
    "!": lambda value, values: value is None,
    "gt": _greater,
    "lt": _less,
}


@dataclass(frozen=True, slots=True)
class Selector:
    """All requirements at once; with `nothing` set it matches no labels at all (the absent LabelSelector)."""

    requirements: tuple[Requirement, ...] = ()
    nothing: bool = False
    _equal: tuple[tuple[str, str], ...] = field(init=False, repr=False, compare=False)
    _others: tuple[Requirement, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        exact = [r for r in self.requirements if r.operator == "=" or (r.operator == "in" and len(r.values) == 1)]
        object.__setattr__(self, "_equal", tuple((r.key, r.values[0]) for r in exact))
        object.__setattr__(self, "_others", tuple(r for r in self.requirements if r not in exact))

    def matches(self, labels: Labels | None) -> bool:
        if self.nothing:
            return False
        found = labels or {}
        for key, value in self._equal:
            if found.get(key) != value:
                return False
        return all(r.matches(found) for r in self._others)

    @property
    def empty(self) -> bool:
        """Whether it matches everything."""
        return not self.requirements and not self.nothing

    def exact(self, key: str) -> str | None:
        """The one value that the selector demands of a label, if it does; lets an index answer."""
        return next((value for k, value in self._equal if k == key), None)

    def __str__(self) -> str:
        return ",".join(str(r) for r in self.requirements)


EVERYTHING = Selector()
NOTHING = Selector(nothing=True)


def of(requirements: Sequence[Requirement]) -> Selector:
    return Selector(tuple(sorted(requirements, key=lambda r: r.key)))


def from_map(labels: Labels | None) -> Selector:
    """The selector of a plain map, such as a Service's; an empty one matches everything."""
    return of([Requirement(k, "=", (v,)) for k, v in (labels or {}).items()])


def from_object(selector: Mapping[str, Any] | None) -> Selector:
    """The selector that a LabelSelector object means: absent matches nothing, empty everything. Raises SelectorError."""
    if selector is None:
        return NOTHING
    expressions = selector.get("matchExpressions") or ()
    if not expressions:
        return _from_items(tuple((selector.get("matchLabels") or {}).items()))
    found = [_checked(k, "=", (v,)) for k, v in (selector.get("matchLabels") or {}).items()]
    for e in expressions:
        if e.get("operator") not in OBJECT_OPERATORS:
            raise SelectorError(f'"{e.get("operator", "")}" is not a valid label selector operator')
        found.append(_checked(e.get("key", ""), OBJECT_OPERATORS[e["operator"]], tuple(e.get("values") or ())))
    return of(found)


@lru_cache(maxsize=8192)
def _from_items(items: tuple[tuple[str, str], ...]) -> Selector:
    return of([_checked(k, "=", (v,)) for k, v in items])


def to_text(selector: Mapping[str, Any] | None) -> str:
    """A LabelSelector object as kubectl prints it: `app=web,tier in (a,b)`; `<none>` if empty, `<error>` if bad."""
    try:
        compiled = from_object(selector)
    except SelectorError:
        return "<error>"
    return str(compiled) or "<none>"


def _checked(key: str, operator: str, values: tuple[str, ...], shown: str = "") -> Requirement:
    """A requirement that keeps the rules of labels. Raises SelectorError with every rule broken."""
    found = [invalid("key", key, "; ".join(m))] if (m := names.is_qualified_name(key)) else []
    found += _count_errors(operator, values)
    for i, value in enumerate(values):
        if messages := names.is_label_value(value):
            found.append(invalid(f"values[{i}][{key}]", value, "; ".join(messages)))
    if found:
        raise SelectorError(_aggregate(found))
    return Requirement(key, operator, values, shown)


def _count_errors(operator: str, values: tuple[str, ...]) -> Errors:
    if operator in ("in", "notin") and not values:
        return [invalid("values", [], "for 'in', 'notin' operators, values set can't be empty")]
    if operator in ("exists", "!") and values:
        return [invalid("values", list(values), "values set must be empty for exists and does not exist")]
    if operator in ("gt", "lt"):
        why = "for 'Gt', 'Lt' operators, the value must be an integer"
        return [invalid(f"values[{i}]", v, why) for i, v in enumerate(values) if _integer(v) is None]
    return []


def _aggregate(found: Sequence[FieldError]) -> str:
    unique = list(dict.fromkeys(str(e) for e in found))
    return unique[0] if len(unique) == 1 else "[" + ", ".join(unique) + "]"


def validate(selector: Mapping[str, Any] | None, path: str, allow_invalid_values: bool = False) -> Errors:
    """Rules of a LabelSelector inside an object, with the paths of its parts."""
    if not selector:
        return []
    found = validate_labels(selector.get("matchLabels") or {}, f"{path}.matchLabels")
    for i, expression in enumerate(selector.get("matchExpressions") or ()):
        found += validate_requirement(expression, f"{path}.matchExpressions[{i}]", allow_invalid_values)
    return found


def validate_requirement(expression: Mapping[str, Any], path: str, allow_invalid_values: bool = False) -> Errors:
    operator, values = expression.get("operator", ""), expression.get("values") or []
    found: Errors = []
    if operator in ("In", "NotIn"):
        if not values:
            found.append(required(f"{path}.values", "must be specified when `operator` is 'In' or 'NotIn'"))
    elif operator in ("Exists", "DoesNotExist"):
        if values:
            found.append(forbidden(f"{path}.values", "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"))
    else:
        found.append(invalid(f"{path}.operator", operator, "not a valid selector operator"))
    found += [invalid(f"{path}.key", expression.get("key", ""), m) for m in names.is_qualified_name(expression.get("key", ""))]
    if allow_invalid_values:
        return found
    return found + [invalid(f"{path}.values[{i}]", v, m) for i, v in enumerate(values) for m in names.is_label_value(v)]


def parse(text: str) -> Selector:
    """The selector that a text such as a `labelSelector` parameter means. Raises SelectorError."""
    return _parse(text)


@lru_cache(maxsize=2048)
def _parse(text: str) -> Selector:
    return of(_Parser(text).requirements())


_token = re.compile(r"([=!(),<>]+)|([^=!(),<>\s\0]+)")
_symbol = re.compile(r"==|!=|[=!(),<>]")


def _tokens(text: str) -> list[str]:
    """Words and signs; a trailing empty text stands for the end."""
    found: list[str] = []
    for match in _token.finditer(text.partition("\0")[0]):
        found += _symbol.findall(match[1]) if match[1] else [match[2]]
    return [*found, ""]


class _Parser:
    """Recursive descent over the tokens; refuses with upstream's sentences."""

    def __init__(self, text: str) -> None:
        self.tokens, self.at = _tokens(text), 0

    def look(self) -> str:
        return self.tokens[self.at]

    def take(self) -> str:
        self.at += 1
        return self.tokens[self.at - 1]

    def requirements(self) -> list[Requirement]:
        found: list[Requirement] = []
        while token := self.look():
            if not (_is_word(token) or token == "!"):
                raise SelectorError(f"found '{token}', expected: !, identifier, or 'end of string'")
            found.append(self.requirement())
            after = self.take()
            if not after:
                return found
            if after != ",":
                raise SelectorError(f"found '{after}', expected: ',' or 'end of string'")
            if not (_is_word(self.look()) or self.look() == "!"):
                raise SelectorError(f"found '{self.look()}', expected: identifier after ','")
        return found

    def requirement(self) -> Requirement:
        try:
            return self.key_and_values()
        except SelectorError as e:
            raise SelectorError(f"unable to parse requirement: {e}") from None

    def key_and_values(self) -> Requirement:
        token = self.take()
        absent = token == "!"
        key = self.take() if absent else token
        if not _is_word(key):
            raise SelectorError(f"found '{key}', expected: identifier")
        if messages := names.is_qualified_name(key):
            raise SelectorError(str(invalid("<nil>", key, "; ".join(messages))))
        if absent:
            return _checked(key, "!", ())
        if self.look() in ("", ","):
            return _checked(key, "exists", ())
        sign = self.take()
        if sign not in SYMBOLS:
            raise SelectorError(f"found '{sign}', expected: {BINARY_OPERATORS}")
        values = self.listed() if sign in ("in", "notin") else self.exact()
        return _checked(key, SYMBOLS[sign], values, sign)

    def exact(self) -> tuple[str, ...]:
        if self.look() in ("", ","):
            return ("",)
        value = self.take()
        if not _is_word(value):
            raise SelectorError(f"found '{value}', expected: identifier")
        return (value,)

    def listed(self) -> tuple[str, ...]:
        opening = self.take()
        if opening != "(":
            raise SelectorError(f"found '{opening}' expected: '('")
        if self.look() == ")":
            self.take()
            return ("",)
        if not (_is_word(self.look()) or self.look() == ","):
            raise SelectorError(f"found '{self.look()}', expected: ',', ')' or identifier")
        return tuple(sorted(self.identifiers()))

    def identifiers(self) -> set[str]:
        """Up to and with the closing parenthesis; between two commas stands the empty value."""
        found: set[str] = set()
        while True:
            token = self.take()
            if _is_word(token):
                found.add(token)
                if self.look() == ")":
                    self.take()
                    return found
                if self.look() != ",":
                    raise SelectorError(f"found '{self.look()}', expected: ',' or ')'")
            elif token == ",":
                if not found or self.look() in (")", ","):
                    found.add("")
                if self.look() == ")":
                    self.take()
                    return found
            else:
                raise SelectorError(f"found '{token}', expected: ',', or identifier")


def _is_word(token: str) -> bool:
    return bool(token) and token[0] not in "=!(),<>"
