"""JSON as text: parsing that notices repeated keys, and refuses with the sentences of Go's scanner.

Models encoding/json/scanner.go and sigs.k8s.io/json.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

MAX_DEPTH = 10_000


class JsonSyntaxError(ValueError):
    """The text is no JSON; the message is Go's."""


class Pairs(dict[str, Any]):
    """An object in which a key stood more than once; `pairs` has every one in order, the dict the last of each."""

    def __init__(self, pairs: list[tuple[str, Any]]) -> None:
        super().__init__(pairs)
        self.pairs = pairs


@dataclass(frozen=True, slots=True)
class Parsed:
    """A parsed document. `repeated`: some object has a key twice (a Pairs object is inside). `notes`: strict errors of the parser itself."""

    value: Any
    repeated: bool = False
    notes: tuple[str, ...] = ()


class _Found(Exception):
    """Raised while parsing plainly, when a key is repeated."""


def _plain_object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _Found
    return found


def _any_object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    return found if len(found) == len(pairs) else Pairs(pairs)


def _no_constant(name: str) -> Any:
    raise ValueError(name)


SURROGATE = re.compile(r"\\u[dD][89abAB]|\\u[dD][c-fC-F]")
_decode = json.JSONDecoder(object_pairs_hook=_plain_object, parse_constant=_no_constant).decode
_decode_repeated = json.JSONDecoder(object_pairs_hook=_any_object, parse_constant=_no_constant).decode


def parse(body: bytes | str) -> Parsed:
    """The document, with repeated keys noticed. Raises JsonSyntaxError."""
    text = body if isinstance(body, str) else body.decode("utf-8", "replace")
    found = _parse(text)
    return Parsed(_without_halves(found.value), found.repeated, found.notes) if SURROGATE.search(text) else found


def _without_halves(value: Any) -> Any:
    """Half a character (a lone surrogate) becomes the replacement character, as Go reads it."""
    if isinstance(value, str):
        return value if value.isascii() else value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, list):
        return [_without_halves(v) for v in value]
    if isinstance(value, Pairs):
        return Pairs([(_without_halves(k), _without_halves(v)) for k, v in value.pairs])
    return {_without_halves(k): _without_halves(v) for k, v in value.items()} if isinstance(value, dict) else value


def _parse(text: str) -> Parsed:
    try:
        return Parsed(_decode(text))
    except _Found:
        return Parsed(_decode_repeated(text), True)
    except RecursionError:
        raise JsonSyntaxError("exceeded max depth") from None
    except ValueError:
        raise JsonSyntaxError(syntax_error(text) or "invalid number") from None


def plain(value: Any) -> Any:
    """The document without Pairs: the last of each repeated key."""
    if isinstance(value, dict):
        return {k: plain(v) for k, v in value.items()}
    return [plain(v) for v in value] if isinstance(value, list) else value


def duplicates(value: Any, path: str = "") -> Iterator[str]:
    """The paths of repeated keys, for documents that are read without a schema."""
    if isinstance(value, list):
        for i, item in enumerate(value):
            yield from duplicates(item, f"{path}[{i}]")
    if not isinstance(value, dict):
        return
    seen: set[str] = set()
    for key, item in value.pairs if isinstance(value, Pairs) else value.items():
        at = f"{path}.{key}" if path else key
        if key in seen:
            yield at
        seen.add(key)
        yield from duplicates(item, at)


def quoted_char(c: str) -> str:
    """A character as Go's scanner quotes it."""
    if c == "'":
        return "'\\''"
    if c == '"':
        return "'\"'"
    if ord(c) >= 0x7F and not c.isprintable():
        return f"'\\x{ord(c):02x}'" if ord(c) == 0x7F else f"'\\u{ord(c):04x}'"
    return "'" + json.dumps(c, ensure_ascii=False)[1:-1] + "'"


def syntax_error(text: str) -> str:
    """What Go's scanner says of the first thing wrong with `text`; empty when nothing is."""
    scanner = _Scanner(text)
    try:
        scanner.value()
        scanner.space()
        if scanner.at < len(text):
            scanner.refuse("after top-level value")
    except JsonSyntaxError as e:
        return str(e)
    return ""


_SPACE = re.compile(r"[ \t\r\n]*")
_PLAIN = re.compile(r'[^"\\\x00-\x1f]*')
_DIGITS = re.compile(r"[0-9]*")


class _Scanner:
    """A second, slow reading of a bad document, only to say what is wrong; its stack is a list, so depth costs nothing."""

    def __init__(self, text: str) -> None:
        self.text, self.at = text, 0

    def peek(self) -> str:
        if self.at >= len(self.text):
            raise JsonSyntaxError("unexpected end of JSON input")
        return self.text[self.at]

    def refuse(self, context: str) -> None:
        raise JsonSyntaxError(f"invalid character {quoted_char(self.peek())} {context}")

    def space(self) -> None:
        self.at = _SPACE.match(self.text, self.at).end()  # type: ignore[union-attr]

    def value(self) -> None:
        """One value, however deep."""
        stack: list[str] = []
        while True:
            self.space()
            c = self.peek()
            if c in "{[":
                self.at += 1
                if len(stack) >= MAX_DEPTH:
                    raise JsonSyntaxError("exceeded max depth")
                self.space()
                if self.peek() != ("}" if c == "{" else "]"):
                    stack.append(c)
                    if c == "{":
                        self.key()
                    continue
                self.at += 1
            else:
                self.scalar(c)
            while stack and self.closes(stack):
                stack.pop()
            if not stack:
                return

    def closes(self, stack: list[str]) -> bool:
        """After a value inside a container: whether the container ends here; if not, a comma is taken."""
        self.space()
        c = self.peek()
        self.at += 1
        if c == ("}" if stack[-1] == "{" else "]"):
            return True
        if c != ",":
            self.at -= 1
            self.refuse("after object key:value pair" if stack[-1] == "{" else "after array element")
        if stack[-1] == "{":
            self.key()
        return False

    def key(self) -> None:
        self.space()
        if self.peek() != '"':
            self.refuse("looking for beginning of object key string")
        self.string()
        self.space()
        if self.peek() != ":":
            self.refuse("after object key")
        self.at += 1

    def scalar(self, c: str) -> None:
        if c == '"':
            return self.string()
        if c == "-" or (c.isdigit() and c.isascii()):
            return self.number()
        for word in ("true", "false", "null"):
            if c == word[0]:
                return self.literal(word)
        return self.refuse("looking for beginning of value")

    def literal(self, word: str) -> None:
        for expected in word[0:]:
            if self.peek() != expected:
                self.refuse(f"in literal {word} (expecting {quoted_char(expected)})")
            self.at += 1

    def string(self) -> None:
        self.at += 1
        while True:
            self.at = _PLAIN.match(self.text, self.at).end()  # type: ignore[union-attr]
            c = self.peek()
            if c == '"':
                self.at += 1
                return
            if c != "\\":
                self.refuse("in string literal")
            self.at += 1
            self.escape()

    def escape(self) -> None:
        if self.peek() not in 'bfnrt\\/"u':
            self.refuse("in string escape code")
        unicode = self.peek() == "u"
        self.at += 1
        for _ in range(4 if unicode else 0):
            if self.peek() not in "0123456789abcdefABCDEF":
                self.refuse("in \\u hexadecimal character escape")
            self.at += 1

    def digits(self, context: str) -> None:
        end = _DIGITS.match(self.text, self.at).end()  # type: ignore[union-attr]
        if end == self.at:
            self.refuse(context)
        self.at = end

    def number(self) -> None:
        if self.peek() == "-":
            self.at += 1
        if self.peek() == "0":
            self.at += 1
        else:
            self.digits("in numeric literal")
        if self.text[self.at : self.at + 1] == ".":
            self.at += 1
            self.digits("after decimal point in numeric literal")
        if self.text[self.at : self.at + 1] in ("e", "E"):
            self.at += 1
            if self.peek() in "+-":
                self.at += 1
            self.digits("in exponent of numeric literal")
