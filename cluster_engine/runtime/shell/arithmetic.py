"""Arithmetic of $(( )): whole numbers, variables by name, C's operators.

Models POSIX 2.6.4. A precedence climber over a handful of tokens.
"""

import re
from collections.abc import Callable, MutableMapping

TOKEN = re.compile(r"\s*(?:(0[xX][0-9a-fA-F]+|\d+)|([A-Za-z_]\w*)|(\+\+|--|<<=|>>=|<<|>>|<=|>=|==|!=|&&|\|\||\*\*|[-+*/%&|^]=|[-+*/%<>=!~&|^?:(),]))")
LEVELS: list[dict[str, Callable[[int, int], int]]] = [
    {"||": lambda a, b: int(bool(a) or bool(b))},
    {"&&": lambda a, b: int(bool(a) and bool(b))},
    {"|": lambda a, b: a | b},
    {"^": lambda a, b: a ^ b},
    {"&": lambda a, b: a & b},
    {"==": lambda a, b: int(a == b), "!=": lambda a, b: int(a != b)},
    {"<": lambda a, b: int(a < b), ">": lambda a, b: int(a > b), "<=": lambda a, b: int(a <= b), ">=": lambda a, b: int(a >= b)},
    {"<<": lambda a, b: a << min(b, 62), ">>": lambda a, b: a >> min(b, 62)},
    {"+": lambda a, b: a + b, "-": lambda a, b: a - b},
    {"*": lambda a, b: a * b, "/": lambda a, b: _divide(a, b), "%": lambda a, b: a - b * _divide(a, b)},
    {"**": lambda a, b: a ** min(b, 64)},
]
ASSIGNING = ("=", "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=")


class ArithmeticProblem(Exception):
    """The expression makes no sense."""


def _divide(a: int, b: int) -> int:
    if b == 0:
        raise ArithmeticProblem("divide by zero")
    return abs(a) // abs(b) * (1 if (a < 0) == (b < 0) else -1)


def _wrapped(value: int) -> int:
    return (value + 2**63) % 2**64 - 2**63


class _Reader:
    def __init__(self, source: str, variables: MutableMapping[str, str]) -> None:
        self._tokens = self._lexed(source)
        self._at = 0
        self._variables = variables

    @staticmethod
    def _lexed(source: str) -> list[str]:
        tokens, place = [], 0
        source = source.rstrip()
        while place < len(source):
            match = TOKEN.match(source, place)
            if match is None:
                raise ArithmeticProblem(f"syntax error: {source!r}")
            tokens.append(match[1] or match[2] or match[3])
            place = match.end()
        return tokens

    def peek(self) -> str:
        return self._tokens[self._at] if self._at < len(self._tokens) else ""

    def take(self) -> str:
        token = self.peek()
        self._at += 1
        return token

    def comma(self) -> int:
        value = self.ternary()
        while self.peek() == ",":
            self.take()
            value = self.ternary()
        return value

    def ternary(self) -> int:
        value = self.binary(0)
        if self.peek() != "?":
            return value
        self.take()
        yes = self.ternary()
        if self.take() != ":":
            raise ArithmeticProblem("expected ':'")
        no = self.ternary()
        return yes if value else no

    def binary(self, level: int) -> int:
        if level == len(LEVELS):
            return self.unary()
        value = self.binary(level + 1)
        while (token := self.peek()) in LEVELS[level]:
            self.take()
            value = _wrapped(LEVELS[level][token](value, self.binary(level + 1)))
        return value

    def unary(self) -> int:
        token = self.take()
        if token in ("-", "+", "!", "~"):
            value = self.unary()
            return {"-": -value, "+": value, "!": int(not value), "~": ~value}[token]
        if token in ("++", "--"):
            name = self.take()
            return self._set(name, self._get(name) + (1 if token == "++" else -1))
        if token == "(":
            value = self.comma()
            if self.take() != ")":
                raise ArithmeticProblem("missing ')'")
            return value
        if token[:1].isdigit():
            return (
                int(token, 16)
                if token[:2].lower() == "0x"
                else int(token, 8)
                if token.startswith("0") and len(token) > 1 and token.isdigit() and "8" not in token and "9" not in token
                else int(token)
            )
        if token[:1].isalpha() or token[:1] == "_":
            return self._name(token)
        raise ArithmeticProblem("syntax error: operand expected")

    def _name(self, name: str) -> int:
        operator = self.peek()
        if operator in ("++", "--"):
            self.take()
            old = self._get(name)
            self._set(name, old + (1 if operator == "++" else -1))
            return old
        if operator in ASSIGNING:
            self.take()
            value = self.ternary()
            if operator != "=":
                sign = operator[0]
                table = next(level for level in LEVELS if sign in level)
                value = table[sign](self._get(name), value)
            return self._set(name, value)
        return self._get(name)

    def _get(self, name: str) -> int:
        text = self._variables.get(name, "0").strip() or "0"
        try:
            return int(text, 0) if not text.lstrip("-").startswith("0") else int(text)
        except ValueError:
            return evaluate(text, self._variables) if text != name else 0

    def _set(self, name: str, value: int) -> int:
        self._variables[name] = str(_wrapped(value))
        return _wrapped(value)


def evaluate(source: str, variables: MutableMapping[str, str]) -> int:
    """The value of an expression; assignments change `variables`. Raises ArithmeticProblem."""
    if not source.strip():
        return 0
    reader = _Reader(source, variables)
    value = reader.comma()
    if reader.peek():
        raise ArithmeticProblem(f"syntax error near {reader.peek()!r}")
    return value
