"""Bounds on what expressions build: every operation that can make a value larger than its parts is counted, and cut off.

The evaluator bounds iterations, not sizes, and doubling a text forty times needs no iteration. So the calls that can grow a value
are renamed in the compiled expression to functions here, which spend from a budget of one evaluation. Models the runtime cost
limit of k8s.io/apiserver/pkg/apis/cel/config.go.
"""

import base64
import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from cel_expr_python import cel

T = cel.Type
BUDGET = 8 * 1024 * 1024
ITEM = 16
ADD, ACCUMULATOR = "_+_", "@result"
EXCEEDED = "operation cancelled: actual cost limit exceeded"

_spent: list[int] = []


@contextmanager
def budget() -> Iterator[None]:
    """One evaluation's budget."""
    _spent.append(0)
    try:
        yield
    finally:
        _spent.pop()


def spend(size: int) -> None:
    """Count work or bytes against the evaluation's budget. Raises ValueError when it is used up."""
    if not _spent:
        return
    _spent[-1] += size
    if _spent[-1] > BUDGET:
        raise ValueError(EXCEEDED)


def _size(value: Any) -> int:
    return len(value) * (1 if isinstance(value, str | bytes) else ITEM) if isinstance(value, str | bytes | list) else ITEM


def _add(a: Any, b: Any) -> Any:
    spend(_size(a) + _size(b))
    return a + b


def _add_numbers(a: int, b: int) -> int:
    if not -(2**63) <= a + b < 2**63:
        raise ValueError("integer overflow")
    return a + b


_verb = re.compile(r"%(?:\.(\d+))?(.)", re.DOTALL)


def _format(pattern: str, values: list[Any]) -> str:
    """Replace each verb by its value; sizes are counted before anything is built."""
    left = list(values)
    spend(len(pattern))

    def shown(match: re.Match[str]) -> str:
        if match[2] == "%":
            return "%"
        if not left:
            raise ValueError("index out of range in format arguments")
        text = _shown(match[2], left.pop(0), min(int(match[1] or 6), 100))
        spend(len(text))
        return text

    return _verb.sub(shown, pattern)


def _shown(verb: str, value: Any, precision: int) -> str:
    if verb == "s":
        return _plain(value)
    if verb in "dbo" or (verb in "xX" and isinstance(value, int)):
        return format(int(value), verb)
    if verb in "xX":
        data = value.encode() if isinstance(value, str) else bytes(value)
        return data.hex() if verb == "x" else data.hex().upper()
    if verb in "fe":
        return format(float(value), f".{precision}{verb}")
    raise ValueError(f'could not parse formatting clause: unrecognized formatting clause "{verb}"')


def _plain(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool) or value is None:
        return json.dumps(value)
    if isinstance(value, list):
        spend(ITEM * len(value))
        return "[" + ", ".join(_plain(v) for v in value) + "]"
    if isinstance(value, dict):
        spend(ITEM * len(value))
        return "{" + ", ".join(f"{_plain(k)}: {_plain(v)}" for k, v in sorted(value.items(), key=str)) + "}"
    return value.decode(errors="replace") if isinstance(value, bytes) else str(value)


def _replace(text: str, old: str, new: str, limit: int = -1) -> str:
    count = text.count(old) if limit < 0 else min(limit, text.count(old))
    spend(len(text) + count * max(0, len(new) - len(old)))
    return text.replace(old, new, limit)


def _join(texts: list[str], separator: str = "") -> str:
    spend(sum(len(t) for t in texts) + len(separator) * len(texts))
    return separator.join(texts)


def _quote(text: str) -> str:
    spend(2 * len(text) + 2)
    return json.dumps(text, ensure_ascii=False)


def _encode(data: bytes) -> str:
    spend(2 * len(data))
    return base64.b64encode(data).decode()


TEXTS = T.List(T.STRING)
# original name, new name, result, parameters, whether it is a method, implementation
BOUNDED: tuple[tuple[str, str, Any, list[Any], bool, Callable[..., Any]], ...] = (
    ("replace", "bounded_replace", T.STRING, [T.STRING, T.STRING, T.STRING], True, _replace),
    ("replace", "bounded_replace", T.STRING, [T.STRING, T.STRING, T.STRING, T.INT], True, _replace),
    ("join", "bounded_join", T.STRING, [TEXTS], True, _join),
    ("join", "bounded_join", T.STRING, [TEXTS, T.STRING], True, _join),
    ("strings.quote", "bounded_quote", T.STRING, [T.STRING], False, _quote),
    ("base64.encode", "bounded_encode", T.STRING, [T.BYTES], False, _encode),
    ("format", "bounded_format", T.STRING, [T.STRING, T.List(T.DYN)], True, _format),
    *((ADD, "bounded_add", kind, [kind, kind], False, _add) for kind in (T.STRING, T.BYTES, T.List(T.DYN), T.DOUBLE, T.UINT, T.DURATION)),
    (ADD, "bounded_add", T.INT, [T.INT, T.INT], False, _add_numbers),
    (ADD, "bounded_add", T.TIMESTAMP, [T.TIMESTAMP, T.DURATION], False, _add),
    (ADD, "bounded_add", T.TIMESTAMP, [T.DURATION, T.TIMESTAMP], False, _add),
)


def overload_id(number: int) -> str:
    return f"bounded_{number}"


OVERLOADS: dict[str, list[str]] = {}
for _number, _row in enumerate(BOUNDED):
    OVERLOADS.setdefault(_row[1], []).append(overload_id(_number))
RENAMED = {old: new for old, new, *_ in BOUNDED}


def declarations() -> list[Any]:
    """The bounded functions, as the evaluator wants them declared."""
    grouped: dict[str, list[Any]] = {}
    for number, (_, name, result, parameters, member, implementation) in enumerate(BOUNDED):
        grouped.setdefault(name, []).append(cel.Overload(overload_id(number), result, parameters, member, implementation))
    return [cel.FunctionDecl(name, overloads) for name, overloads in grouped.items()]
