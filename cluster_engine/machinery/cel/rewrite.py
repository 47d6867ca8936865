"""Changes a compiled expression: calls that can grow a value become calls of bounded functions; repetition in literals is limited.

A compiled expression travels as a protobuf message (cel.expr.CheckedExpr); only the few fields named here are touched.
"""

from collections import Counter
from collections.abc import Mapping

from cluster_engine.machinery.cel.bounded import ACCUMULATOR, ADD, RENAMED

GROWING = {b"add_string", b"add_bytes", b"add_list"}
MOST_COPIES = 4096

Field = tuple[int, int, bytes | int]


class TooManyCopies(Exception):
    """Literals repeat a value so often, layer on layer, that the result could not be held."""


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[at]
        value |= (byte & 0x7F) << shift
        at += 1
        if byte < 0x80:
            return value, at
        shift += 7


def _text_of(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def decode(data: bytes) -> list[Field]:
    fields: list[Field] = []
    at = 0
    while at < len(data):
        key, at = _varint(data, at)
        number, wire = key >> 3, key & 7
        value: bytes | int
        if wire == 0:
            value, at = _varint(data, at)
        else:
            length = 8 if wire == 1 else 4
            if wire == 2:
                length, at = _varint(data, at)
            value, at = data[at : at + length], at + length
        fields.append((number, wire, value))
    return fields


def encode(fields: list[Field]) -> bytes:
    out = bytearray()
    for number, wire, value in fields:
        out += _text_of(number << 3 | wire)
        if isinstance(value, int):
            out += _text_of(value)
        else:
            out += (_text_of(len(value)) if wire == 2 else b"") + value
    return bytes(out)


def _first(fields: list[Field], number: int) -> bytes | int | None:
    return next((v for n, _, v in fields if n == number), None)


# Which fields of an expression's parts are expressions themselves: constant parts are left alone.
PARTS: Mapping[int, frozenset[int]] = {
    5: frozenset({1}), 6: frozenset({1, 3}), 7: frozenset({1}), 9: frozenset({2, 4, 5, 6, 7}),
}  # fmt: skip
VARIABLES = frozenset({1, 3, 8})
SELECT, CALL, LIST, STRUCT, COMPREHENSION, IDENT = 5, 6, 7, 8, 9, 4


class Rewriter:
    """One expression's rewriting. `overloads`: the ids of each bounded function."""

    def __init__(self, overloads: Mapping[str, list[str]]) -> None:
        self._overloads = overloads
        self._references: dict[int, set[bytes]] = {}
        self._renamed: dict[int, str] = {}
        self._copies: Counter[bytes] = Counter()
        self._factor, self._names = 1, 0

    @property
    def copies(self) -> int:
        """How often the result may repeat one of the inputs."""
        return self._factor * self._names

    def rewritten(self, serialized: bytes) -> bytes | None:
        """The changed expression; None when nothing had to change. Raises TooManyCopies."""
        wrapper = decode(serialized)
        checked = decode(bytes(_first(wrapper, 2) or b""))
        self._references = dict(self._reference(bytes(v)) for n, _, v in checked if n == 2 and isinstance(v, bytes))
        changed = [(n, w, self._expression(v, False) if n == 4 and isinstance(v, bytes) else v) for n, w, v in checked]
        if any(count > MOST_COPIES for count in self._copies.values()):
            raise TooManyCopies
        if not self._renamed:
            return None
        changed = [(n, w, self._renamed_reference(v) if n == 2 and isinstance(v, bytes) else v) for n, w, v in changed]
        return encode([(n, w, encode(changed) if n == 2 else v) for n, w, v in wrapper])

    def _reference(self, entry: bytes) -> tuple[int, set[bytes]]:
        fields = decode(entry)
        key, value = _first(fields, 1), _first(fields, 2)
        ids = {bytes(v) for n, _, v in decode(value) if n == 3 and isinstance(v, bytes)} if isinstance(value, bytes) else set()
        return (key if isinstance(key, int) else 0), ids

    def _renamed_reference(self, entry: bytes) -> bytes:
        fields = decode(entry)
        name = self._renamed.get(self._reference(entry)[0])
        if name is None:
            return entry
        reference = encode([(1, 2, name.encode()), *((3, 2, o.encode()) for o in self._overloads[name])])
        return encode([(n, w, reference if n == 2 else v) for n, w, v in fields])

    def _expression(self, data: bytes, literal: bool) -> bytes:
        fields = decode(data)
        number = _first(fields, 2)
        out: list[Field] = []
        for n, w, v in fields:
            if not isinstance(v, bytes) or n < IDENT:
                out.append((n, w, v))
            else:
                out.append((n, w, self._part(n, v, number if isinstance(number, int) else 0, literal)))
        return encode(out)

    def _part(self, kind: int, data: bytes, number: int, literal: bool) -> bytes:
        if kind == IDENT:
            self._names += 1
            if literal:
                self._copies[data] += 1
            return data
        if kind == STRUCT:
            return encode([(n, w, self._entry(v) if n == 2 and isinstance(v, bytes) else v) for n, w, v in decode(data)])
        fields = decode(data)
        inner = literal or kind == LIST
        if kind == COMPREHENSION:
            return self._comprehension(fields, literal)
        parts = PARTS.get(kind, frozenset())
        changed: list[Field] = [(n, w, self._expression(v, inner) if n in parts and isinstance(v, bytes) else v) for n, w, v in fields]
        return encode(self._call(changed, number) if kind == CALL else changed)

    def _entry(self, data: bytes) -> bytes:
        return encode([(n, w, self._expression(v, True) if n in (3, 4) and isinstance(v, bytes) else v) for n, w, v in decode(data)])

    def _comprehension(self, fields: list[Field], literal: bool) -> bytes:
        """Layers of comprehensions multiply: what each repeats of its own variable is what the next repeats again."""
        marks = [encode([(1, 2, v)]) for n, _, v in fields if n in VARIABLES and v != ACCUMULATOR.encode()]
        before = {mark: self._copies.pop(mark, 0) for mark in marks}
        changed: list[Field] = [(n, w, self._expression(v, literal) if n in PARTS[COMPREHENSION] and isinstance(v, bytes) else v) for n, w, v in fields]
        for mark in marks:
            self._factor *= max(1, self._copies.pop(mark, 0))
            self._copies[mark] = before[mark]
        if self._factor > MOST_COPIES:
            raise TooManyCopies
        return encode(changed)

    def _call(self, fields: list[Field], number: int) -> list[Field]:
        function = bytes(_first(fields, 2) or b"").decode()
        new = RENAMED.get(function)
        if new is None or (function == ADD and not self._grows(fields, number)):
            return fields
        self._renamed[number] = new
        return [(n, w, new.encode() if n == 2 else v) for n, w, v in fields]

    def _grows(self, fields: list[Field], number: int) -> bool:
        """Whether an addition may make something longer; collecting a comprehension's results is bounded by its steps."""
        first = next((v for n, _, v in fields if n == 3 and isinstance(v, bytes)), b"")
        ident = _first(decode(first), IDENT)
        collects = isinstance(ident, bytes) and _first(decode(ident), 1) == ACCUMULATOR.encode()
        return not collects and bool(self._references.get(number, set()) & GROWING)
