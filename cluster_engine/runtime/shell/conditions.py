"""test, [ and [[: questions about texts, numbers and files.

Models POSIX test and bash's conditional expressions.
"""

import posixpath
import re
from collections.abc import Callable

from cluster_engine.runtime.expressions import TooComplex, compiled, short
from cluster_engine.runtime.filesystem import FileSystem
from cluster_engine.runtime.shell.patterns import matches

NUMBERS: dict[str, Callable[[int, int], bool]] = {
    "-eq": lambda a, b: a == b,
    "-ne": lambda a, b: a != b,
    "-lt": lambda a, b: a < b,
    "-le": lambda a, b: a <= b,
    "-gt": lambda a, b: a > b,
    "-ge": lambda a, b: a >= b,
}
UNARY = frozenset(f"-{letter}" for letter in "efdrwxsLhnzbcpStv")


class BadTest(Exception):
    """The question makes no sense; the message is the shell's."""


class Condition:
    """Answers one question. `patterned`: the right side of == is a pattern ([[ ]])."""

    def __init__(self, words: list[str], disk: FileSystem, cwd: str, patterned: bool = False) -> None:
        self._words, self._disk, self._cwd, self._patterned = words, disk, cwd, patterned
        self._at = 0

    def holds(self) -> bool:
        """Raises BadTest."""
        if not self._words:
            return False
        value = self._either()
        if self._at < len(self._words):
            raise BadTest(f"{self._words[self._at]}: unexpected operator")
        return value

    def _peek(self, ahead: int = 0) -> str | None:
        place = self._at + ahead
        return self._words[place] if place < len(self._words) else None

    def _take(self) -> str:
        word = self._peek()
        if word is None:
            raise BadTest("argument expected")
        self._at += 1
        return word

    def _either(self) -> bool:
        value = self._both()
        while self._peek() in ("-o", "||"):
            self._take()
            value = self._both() or value
        return value

    def _both(self) -> bool:
        value = self._not()
        while self._peek() in ("-a", "&&"):
            self._take()
            value = self._not() and value
        return value

    def _not(self) -> bool:
        if self._peek() == "!" and self._peek(1) is not None:
            self._take()
            return not self._not()
        if self._peek() == "(" and len(self._words) > 3:
            self._take()
            value = self._either()
            if self._take() != ")":
                raise BadTest("missing )")
            return value
        return self._primary()

    def _primary(self) -> bool:
        operator = self._peek(1)
        if operator in NUMBERS or operator in ("=", "==", "!=", "=~", "<", ">", "-nt", "-ot"):
            left, name, right = self._take(), self._take(), self._take()
            return self._binary(left, name, right)
        if self._peek() in UNARY and self._peek(1) is not None:
            return self._unary(self._take(), self._take())
        return self._take() != ""

    def _binary(self, left: str, operator: str, right: str) -> bool:
        if operator in NUMBERS:
            return NUMBERS[operator](_number(left), _number(right))
        if operator == "=~":
            try:
                return compiled(right).search(short(left)) is not None
            except (re.error, TooComplex) as problem:
                raise BadTest(str(problem)) from None
        if operator in ("<", ">"):
            return left < right if operator == "<" else left > right
        if operator in ("-nt", "-ot"):
            a, b = self._disk.node(self._full(left)), self._disk.node(self._full(right))
            return a is not None and b is not None and (a.mtime > b.mtime if operator == "-nt" else a.mtime < b.mtime)
        same = matches(right, left) if self._patterned else left == right
        return same if operator != "!=" else not same

    def _unary(self, operator: str, word: str) -> bool:
        if operator in ("-n", "-z"):
            return bool(word) == (operator == "-n")
        if operator == "-t":
            return False
        node = self._disk.node(self._full(word), follow=operator not in ("-L", "-h"))
        if node is None:
            return False
        kinds = {"-f": "file", "-d": "dir", "-L": "link", "-h": "link"}
        if operator in kinds:
            return node.kind == kinds[operator]
        if operator == "-s":
            return bool(node.data)
        if operator == "-x":
            return node.kind == "dir" or bool(node.mode & 0o111)
        return operator in ("-e", "-r", "-w")

    def _full(self, path: str) -> str:
        return posixpath.join(self._cwd, path)


def _number(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise BadTest(f"{text}: bad number" if text else "argument expected") from None
