"""Words: quotes, variables, commands and arithmetic inside them, splitting into fields, file names.

Models POSIX 2.6 (word expansions). A command inside a word takes time, so expansion is a generator like any program.
"""

import re
from collections.abc import Generator
from typing import TYPE_CHECKING, Any

from cluster_engine.runtime.programs.coreutils import unescape
from cluster_engine.runtime.shell import patterns
from cluster_engine.runtime.shell.arithmetic import ArithmeticProblem, evaluate

if TYPE_CHECKING:
    from cluster_engine.runtime.shell.interpreter import Shell

NAME = re.compile(r"[A-Za-z_]\w*")
BRACED = re.compile(r"(#?)([A-Za-z_]\w*(?:\[[^\]]*\])?|[0-9]+|[@*#?$!-])(:?[-=?+]|##?|%%?|//?|:|\^\^?|,,?)?(.*)", re.DOTALL)
SPECIAL = "@*#?$!-0123456789"
IFS = " \t\n"

# How a piece of a word came about: it is split at blanks only when it was expanded outside of quotes.
LITERAL, QUOTED, EXPANDED, MANY = "literal", "quoted", "expanded", "many"
Piece = tuple[str, Any]
Expansion = Generator[Any, Any, Any]


class ExpansionProblem(Exception):
    """${x:?message} and the like: the shell gives up with this message."""


def matching(text: str, start: int, opening: str, closing: str) -> int:
    """The place of the bracket that closes the one at `start`; quotes inside are skipped. -1 when there is none."""
    depth, index = 0, start
    while index < len(text):
        character = text[index]
        if character == "\\":
            index += 1
        elif character == "'" and closing != "}":
            index = text.find("'", index + 1)
            if index < 0:
                return -1
        elif character == '"':
            index = end_of_double(text, index)
            if index < 0:
                return -1
        elif character == opening:
            depth += 1
        elif character == closing:
            depth -= 1
            if depth == 0:
                return index
        index += 1
    return -1


def end_of_double(text: str, start: int) -> int:
    """The place of the quote that ends the one at `start`."""
    index = start + 1
    while index < len(text):
        if text[index] == "\\":
            index += 1
        elif text[index] == '"':
            return index
        elif text.startswith("$(", index):
            index = matching(text, index + 1, "(", ")")
            if index < 0:
                return -1
        index += 1
    return -1


def split_words(text: str) -> list[str]:
    """Cut source text into words at blanks outside of quotes and brackets."""
    words, start, index = [], 0, 0
    while index <= len(text):
        character = text[index] if index < len(text) else " "
        if character.isspace():
            if index > start:
                words.append(text[start:index])
            start = index + 1
        elif character == "\\":
            index += 1
        elif character == "'":
            index = _or_end(text.find("'", index + 1), text)
        elif character == '"':
            index = _or_end(end_of_double(text, index), text)
        elif text.startswith("$(", index):
            index = _or_end(matching(text, index + 1, "(", ")"), text)
        elif text.startswith("${", index):
            index = _or_end(matching(text, index + 1, "{", "}"), text)
        elif character == "`":
            index = _or_end(text.find("`", index + 1), text)
        index += 1
    return words


def _or_end(place: int, text: str) -> int:
    return place if place >= 0 else len(text)


class Expander:
    """Expands words on behalf of one shell."""

    def __init__(self, shell: "Shell") -> None:
        self._shell = shell

    # -- results

    def fields(self, word: str) -> Expansion:
        """The fields of a word: split, and file names in place of patterns."""
        if not any(c in word for c in "'\"\\$`*?[~"):
            return [word]
        pieces = yield from self._pieces(word)
        result: list[str] = []
        for plain, pattern in _fields_of(pieces):
            found = patterns.glob(self._shell.disk, self._shell.cwd, pattern) if patterns.WILD.search(_bare(pattern)) else []
            result += [f.rstrip("/") if len(f) > 1 and not plain.endswith("/") else f for f in found] or [plain]
        return result

    def one(self, word: str) -> Expansion:
        """The word as one text: for assignments, redirections, case subjects."""
        pieces = yield from self._pieces(word)
        return "".join(" ".join(value) if kind == MANY else value for kind, value in pieces)

    def pattern(self, word: str) -> Expansion:
        """The word as a pattern: what was quoted stands for itself."""
        pieces = yield from self._pieces(word)
        return "".join(_quoted_pattern(" ".join(value) if kind == MANY else value) if kind in (QUOTED, MANY) else value for kind, value in pieces)

    def here(self, text: str) -> Expansion:
        """The body of a here-document."""
        pieces = yield from self._double(text)
        return "".join(" ".join(value) if kind == MANY else value for kind, value in pieces)

    # -- pieces

    def _pieces(self, word: str) -> Expansion:
        pieces: list[Piece] = []
        index = 0
        if word.startswith("~") and (len(word) == 1 or word[1] == "/"):
            pieces.append((QUOTED, self._shell.variables.get("HOME", "/root")))
            index = 1
        while index < len(word):
            index = yield from self._next(word, index, pieces)
        return pieces

    def _next(self, word: str, index: int, pieces: list[Piece]) -> Expansion:
        character = word[index]
        if character == "\\":
            pieces.append((QUOTED, word[index + 1 : index + 2].replace("\n", "")))
            return index + 2
        if character == "'":
            end = _or_end(word.find("'", index + 1), word)
            pieces.append((QUOTED, word[index + 1 : end]))
            return end + 1
        if word.startswith("$'", index):
            end = _or_end(word.find("'", index + 2), word)
            pieces.append((QUOTED, unescape(word[index + 2 : end])))
            return end + 1
        if character == '"':
            end = _or_end(end_of_double(word, index), word)
            inner = yield from self._double(word[index + 1 : end])
            pieces += inner or [(QUOTED, "")]
            return end + 1
        if character in "$`":
            return (yield from self._dollar(word, index, pieces, EXPANDED))
        pieces.append((LITERAL, character))
        return index + 1

    def _double(self, text: str) -> Expansion:
        pieces: list[Piece] = []
        index = 0
        while index < len(text):
            character = text[index]
            if character == "\\" and text[index + 1 : index + 2] in ("$", "`", '"', "\\", "\n"):
                pieces.append((QUOTED, text[index + 1].replace("\n", "")))
                index += 2
            elif character in "$`":
                index = yield from self._dollar(text, index, pieces, QUOTED)
            else:
                pieces.append((QUOTED, character))
                index += 1
        return pieces

    def _dollar(self, text: str, index: int, pieces: list[Piece], kind: str) -> Expansion:
        """What a dollar or a backquote begins; returns the place after it."""
        if text[index] == "`":
            end = _or_end(text.find("`", index + 1), text)
            pieces.append((kind, (yield from self._shell.capture(text[index + 1 : end].replace("\\`", "`")))))
            return end + 1
        if text.startswith("$((", index) and (end := matching(text, index + 1, "(", ")")) > 0 and text[end - 1] == ")":
            inner = yield from self.here(text[index + 3 : end - 1])
            pieces.append((kind, str(self.compute(inner))))
            return end + 1
        if text.startswith("$(", index):
            end = _or_end(matching(text, index + 1, "(", ")"), text)
            pieces.append((kind, (yield from self._shell.capture(text[index + 2 : end]))))
            return end + 1
        if text.startswith("${", index):
            end = _or_end(matching(text, index + 1, "{", "}"), text)
            yield from self._braced(text[index + 2 : end], pieces, kind)
            return end + 1
        name = NAME.match(text, index + 1)
        if name is not None:
            pieces.append((kind, self._value(name[0])))
            return name.end()
        if text[index + 1 : index + 2] and text[index + 1] in SPECIAL:
            self._special(text[index + 1], pieces, kind)
            return index + 2
        pieces.append((LITERAL if kind == EXPANDED else kind, "$"))
        return index + 1

    def compute(self, source: str) -> int:
        try:
            return evaluate(source, self._shell.variables)
        except ArithmeticProblem as problem:
            raise ExpansionProblem(f"arithmetic expression: {problem}") from problem

    def _special(self, name: str, pieces: list[Piece], kind: str) -> None:
        if name == "@":
            pieces.append((MANY, list(self._shell.args)) if kind == QUOTED else (EXPANDED, " ".join(self._shell.args)))
        else:
            pieces.append((kind, self._value(name)))

    def _value(self, name: str) -> str:
        value = self._shell.value(name)
        if value is None:
            if "u" in self._shell.options:
                raise ExpansionProblem(f"{name}: parameter not set")
            return ""
        return value

    def _braced(self, inner: str, pieces: list[Piece], kind: str) -> Expansion:
        match = BRACED.fullmatch(inner)
        if match is None:
            raise ExpansionProblem(f"${{{inner}}}: bad substitution")
        length, name, operator, operand = match[1], match[2], match[3], match[4]
        if length:
            pieces.append((kind, str(len(self._shell.value(name) or ""))))
        elif name.rstrip("]").endswith(("[@", "[*")) or (name == "@" and not operator):
            values = self._shell.list_value(name.partition("[")[0])
            pieces.append((MANY, values) if kind == QUOTED else (EXPANDED, " ".join(values)))
        elif operator is None:
            pieces.append((kind, self._value(name)))
        elif operator.lstrip(":") and operator.lstrip(":") in "-=?+":
            yield from self._default(name, operator, operand, pieces, kind)
        else:
            pieces.append((kind, (yield from self._cut(self._shell.value(name) or "", operator, operand))))

    def _default(self, name: str, operator: str, operand: str, pieces: list[Piece], kind: str) -> Expansion:
        value = self._shell.value(name)
        absent = value is None or (operator.startswith(":") and value == "")
        action = operator[-1]
        if action == "+":
            if not absent:
                pieces += yield from self._operand(operand, kind)
            return
        if not absent:
            pieces.append((kind, value))
        elif action == "?":
            raise ExpansionProblem(f"{name}: {(yield from self.one(operand)) or 'parameter not set'}")
        elif action == "=":
            self._shell.assign(name, (yield from self.one(operand)))
            pieces.append((kind, self._shell.value(name)))
        else:
            pieces += yield from self._operand(operand, kind)

    def _operand(self, operand: str, kind: str) -> Expansion:
        if kind == QUOTED:
            return (yield from self._double(operand))
        pieces = yield from self._pieces(operand)
        return [(EXPANDED if k == LITERAL else k, v) for k, v in pieces]

    def _cut(self, value: str, operator: str, operand: str) -> Expansion:
        if operator in ("#", "##", "%", "%%"):
            return patterns.trim(value, (yield from self.pattern(operand)), operator)
        if operator in ("/", "//"):
            what, _, by = operand.partition("/")
            return patterns.replace(value, (yield from self.pattern(what)), (yield from self.one(by)), operator == "//")
        if operator == ":":
            first, _, count = operand.partition(":")
            start = self.compute((yield from self.here(first)))
            rest = value[start:] if start >= 0 else value[max(0, len(value) + start) :]
            if not count:
                return rest
            size = self.compute((yield from self.here(count)))
            return rest[:size]
        return {"^^": value.upper(), ",,": value.lower(), "^": value[:1].upper() + value[1:], ",": value[:1].lower() + value[1:]}[operator]


def _bare(pattern: str) -> str:
    return re.sub(r"\\.", "", pattern)


def _quoted_pattern(text: str) -> str:
    return re.sub(r"([*?\[\]\\])", r"\\\1", text)


def _fields_of(pieces: list[Piece]) -> list[tuple[str, str]]:
    """Fields as (text, pattern)."""
    result: list[tuple[str, str]] = []
    plain, pattern, begun = "", "", False

    def finish() -> None:
        nonlocal plain, pattern, begun
        if begun:
            result.append((plain, pattern))
        plain, pattern, begun = "", "", False

    for kind, value in pieces:
        if kind == MANY:
            for index, item in enumerate(value):
                if index:
                    finish()
                plain, pattern, begun = plain + item, pattern + _quoted_pattern(item), True
        elif kind == EXPANDED:
            parts = re.split(r"[ \t\n]+", value)
            for index, part in enumerate(parts):
                if index:
                    finish()
                if part:
                    plain, pattern, begun = plain + part, pattern + part, True
        else:
            plain, begun = plain + value, True
            pattern += _quoted_pattern(value) if kind == QUOTED else value
    finish()
    return result
