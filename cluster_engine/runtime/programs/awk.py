"""awk, as far as one-liners go: patterns, fields, print and printf, variables, sums, BEGIN and END, if.

Models POSIX awk's most used tenth.
"""

import re
from dataclasses import dataclass
from typing import Any

from cluster_engine.runtime.expressions import compiled, short
from cluster_engine.runtime.process import Process, Run
from cluster_engine.runtime.programs.command import commands, refuse
from cluster_engine.runtime.programs.coreutils import unescape
from cluster_engine.runtime.programs.texts import lines_of, reading, split_options

REGEX = re.compile(r"\s*(/(?:[^/\\\n]|\\.)+/)")
TOKEN = re.compile(r'\s*("(?:[^"\\]|\\.)*"|\d+(?:\.\d+)?|[A-Za-z_]\w*|\$|==|!=|<=|>=|&&|\|\||\+\+|--|\+=|-=|!~|[-+*/%<>=!~(),;{}])')
FUNCTIONS = ("length", "toupper", "tolower", "int", "substr")


class AwkProblem(Exception):
    """The program is beyond this awk."""


class NextLine(Exception):
    """`next`: go on with the next line."""


class Over(Exception):
    """`exit`: the program ends."""


@dataclass(slots=True)
class Rule:
    pattern: str
    action: str


def rules_of(source: str) -> list[Rule]:
    """`pattern { action }` pairs."""
    rules, rest = [], source.strip()
    while rest:
        brace = _brace(rest)
        if brace < 0:
            rules.append(Rule(rest.strip(), "print $0"))
            break
        depth = 0
        for end in range(brace, len(rest)):
            depth += {"{": 1, "}": -1}.get(rest[end], 0)
            if depth == 0:
                break
        rules.append(Rule(rest[:brace].strip(), rest[brace + 1 : end]))
        rest = rest[end + 1 :].strip(" ;\n")
    return rules


def _brace(text: str) -> int:
    """The first brace outside of a regular expression or text."""
    inside = ""
    for index, character in enumerate(text):
        if inside:
            inside = "" if character == inside and text[index - 1] != "\\" else inside
        elif character in '/"':
            inside = character
        elif character == "{":
            return index
    return -1


class Awk:
    """The state of a run."""

    def __init__(self, process: Process, separator: str, variables: dict[str, Any]) -> None:
        self._process = process
        self.variables: dict[str, Any] = {"FS": separator or " ", "OFS": " ", "NR": 0, "NF": 0} | variables
        self.fields: list[str] = [""]

    def feed(self, line: str) -> None:
        separator = self.variables["FS"]
        parts = line.split() if separator == " " else compiled(separator if len(separator) > 1 else re.escape(separator)).split(line)
        self.fields = [line, *parts]
        self.variables["NR"] += 1
        self.variables["NF"] = len(parts)

    def holds(self, pattern: str) -> bool:
        return not pattern or bool(_truth(Expression(pattern, self).value()))

    def act(self, action: str) -> None:
        for statement in _statements(action):
            self._one(statement)

    def _one(self, statement: str) -> None:
        match = re.match(r"if\s*\(", statement)
        if match:
            end = _closing(statement, match.end() - 1)
            if _truth(Expression(statement[match.end() : end], self).value()):
                self.act(statement[end + 1 :].strip().strip("{}"))
        elif statement.startswith("printf"):
            values = Expression(statement[6:].strip().strip("()"), self).values()
            self._process.write(unescape(str(values[0])) % tuple(_fitting(str(values[0]), values[1:])) if values else "")
        elif statement.startswith("print"):
            values = Expression(statement[5:].strip(), self).values() if statement[5:].strip() else [self.fields[0]]
            self._process.print(str(self.variables["OFS"]).join(_text(v) for v in values))
        elif statement == "next":
            raise NextLine
        elif statement.startswith("exit"):
            raise Over
        else:
            Expression(statement, self).value()


def _statements(action: str) -> list[str]:
    parts, depth, quoted, start = [], 0, False, 0
    for index, character in enumerate(action):
        if character == '"' and action[index - 1 : index] != "\\":
            quoted = not quoted
        elif not quoted and character in "({":
            depth += 1
        elif not quoted and character in ")}":
            depth -= 1
        elif not quoted and depth == 0 and character in ";\n":
            parts.append(action[start:index])
            start = index + 1
    return [p.strip() for p in [*parts, action[start:]] if p.strip()]


def _closing(text: str, start: int) -> int:
    depth = 0
    for index in range(start, len(text)):
        depth += {"(": 1, ")": -1}.get(text[index], 0)
        if depth == 0:
            return index
    raise AwkProblem("missing )")


def _fitting(form: str, values: list[Any]) -> list[Any]:
    kinds = re.findall(r"%[-+ 0]*\d*(?:\.\d+)?([sdifgex%])", form)
    wanted = [k for k in kinds if k != "%"]
    return [(int(_number(v)) if k in "dix" else _number(v) if k in "fge" else _text(v)) for k, v in zip(wanted, [*values, *[""] * len(wanted)], strict=False)]


def _number(value: Any) -> float:
    if isinstance(value, int | float):
        return float(value)
    match = re.match(r"\s*[-+]?\d+(\.\d+)?", str(value))
    return float(match[0]) if match else 0.0


def _text(value: Any) -> str:
    return str(int(value)) if isinstance(value, float) and value.is_integer() else f"{value:.6g}" if isinstance(value, float) else str(value)


def _truth(value: Any) -> bool:
    return bool(_number(value)) if isinstance(value, int | float) or re.fullmatch(r"\s*[-+]?\d+(\.\d+)?\s*", str(value)) else bool(value)


def _tokens(source: str) -> list[str]:
    """A slash begins a regular expression where no value stands before it."""
    tokens: list[str] = []
    place, source = 0, source.rstrip()
    while place < len(source):
        value_before = bool(tokens) and (tokens[-1][0].isalnum() or tokens[-1][0] in '_")')
        match = (None if value_before else REGEX.match(source, place)) or TOKEN.match(source, place)
        if match is None:
            raise AwkProblem(f"syntax error at {source[place:]!r}")
        tokens.append(match[1])
        place = match.end()
    return tokens


class Expression:
    """Evaluates while it reads."""

    def __init__(self, source: str, awk: Awk) -> None:
        self._awk = awk
        self._tokens = _tokens(source)
        self._at = 0

    def values(self) -> list[Any]:
        result = [self.value()]
        while self._peek() == ",":
            self._at += 1
            result.append(self.value())
        return result

    def _peek(self) -> str:
        return self._tokens[self._at] if self._at < len(self._tokens) else ""

    def _take(self) -> str:
        token = self._peek()
        self._at += 1
        return token

    def value(self) -> Any:
        result = self._both()
        while self._peek() == "||":
            self._take()
            other = self._both()
            result = int(_truth(result) or _truth(other))
        return result

    def _both(self) -> Any:
        result = self._compared()
        while self._peek() == "&&":
            self._take()
            other = self._compared()
            result = int(_truth(result) and _truth(other))
        return result

    def _compared(self) -> Any:
        left = self._joined()
        operator = self._peek()
        if operator in ("~", "!~"):
            self._take()
            pattern = self._take().strip("/").strip('"')
            return int((compiled(pattern).search(short(_text(left))) is not None) == (operator == "~"))
        if operator not in ("==", "!=", "<", ">", "<=", ">="):
            return left
        self._take()
        right = self._joined()
        numeric = all(isinstance(v, int | float) or re.fullmatch(r"\s*[-+]?\d+(\.\d+)?\s*", str(v)) for v in (left, right))
        a, b = (_number(left), _number(right)) if numeric else (_text(left), _text(right))
        return int({"==": a == b, "!=": a != b, "<": a < b, ">": a > b, "<=": a <= b, ">=": a >= b}[operator])  # type: ignore[operator]

    def _joined(self) -> Any:
        """Values side by side are joined."""
        result = self._sum()
        while self._peek() and (self._peek()[0] in '"$(' or self._peek()[0].isalnum() or self._peek()[0] == "_"):
            result = _text(result) + _text(self._sum())
        return result

    def _sum(self) -> Any:
        result = self._product()
        while self._peek() in ("+", "-"):
            sign = self._take()
            other = _number(self._product())
            result = _number(result) + (other if sign == "+" else -other)
        return result

    def _product(self) -> Any:
        result = self._single()
        while self._peek() in ("*", "/", "%"):
            operator, other = self._take(), _number(self._single())
            if operator != "*" and other == 0:
                raise AwkProblem("division by zero")
            result = _number(result) * other if operator == "*" else _number(result) / other if operator == "/" else _number(result) % other
        return result

    def _single(self) -> Any:
        token = self._take()
        if token.startswith('"'):
            return unescape(token[1:-1])
        if token == "$":
            index = int(_number(self._single()))
            return self._awk.fields[index] if 0 <= index < len(self._awk.fields) else ""
        if token[:1].isdigit():
            return float(token) if "." in token else int(token)
        if token == "(":
            value = self.value()
            self._take()
            return value
        if token == "!":
            return int(not _truth(self._single()))
        if token == "-":
            return -_number(self._single())
        if token.startswith("/") and len(token) > 1:
            return int(compiled(token[1:-1]).search(short(self._awk.fields[0])) is not None)
        if token in FUNCTIONS:
            return self._function(token)
        if token and (token[0].isalpha() or token[0] == "_"):
            return self._name(token)
        raise AwkProblem(f"syntax error at {token!r}")

    def _name(self, name: str) -> Any:
        variables, operator = self._awk.variables, self._peek()
        if operator in ("=", "+=", "-="):
            self._take()
            value = self.value()
            old = _number(variables.get(name, 0))
            variables[name] = value if operator == "=" else old + _number(value) * (1 if operator == "+=" else -1)
        elif operator in ("++", "--"):
            self._take()
            variables[name] = _number(variables.get(name, 0)) + (1 if operator == "++" else -1)
        return variables.get(name, "")

    def _function(self, name: str) -> Any:
        values: list[Any] = [self._awk.fields[0]]
        if self._peek() == "(":
            self._take()
            values = self.values() if self._peek() != ")" else values
            self._take()
        text = _text(values[0])
        if name == "substr":
            start = int(_number(values[1])) - 1
            return text[max(start, 0) : start + int(_number(values[2]))] if len(values) > 2 else text[max(start, 0) :]
        return {"length": len(text), "toupper": text.upper(), "tolower": text.lower(), "int": int(_number(text))}[name]


def awk(process: Process, args: list[str]) -> Run:
    found, words = split_options(args, "Fvf")
    if not words:
        return refuse(process, "usage: awk [-F SEP] 'program' [file ...]", 2)
    variables = dict([found["v"].partition("=")[::2]]) if "=" in found.get("v", "") else {}
    program = words.pop(0)
    return (yield from reading(lambda p, f, w: _run(p, program, f.get("F", ""), dict(variables), w))(process, found, words))


def _run(process: Process, program: str, separator: str, variables: dict[str, Any], words: list[str]) -> Run:
    rules = rules_of(program)
    state = Awk(process, unescape(separator), variables)
    try:
        for rule in (r for r in rules if r.pattern == "BEGIN"):
            state.act(rule.action)
        if any(r.pattern != "BEGIN" for r in rules):
            for line in (yield from lines_of(process, words)):
                state.feed(line)
                _apply(state, rules)
        for rule in (r for r in rules if r.pattern == "END"):
            state.act(rule.action)
    except Over:
        return 0
    except (AwkProblem, TypeError, ValueError, IndexError, re.error) as problem:
        return refuse(process, f"cmd. line: {problem}", 2)
    return 0


def _apply(state: Awk, rules: list[Rule]) -> None:
    for rule in rules:
        if rule.pattern in ("BEGIN", "END") or not state.holds(rule.pattern):
            continue
        try:
            state.act(rule.action)
        except NextLine:
            return


PROGRAMS = commands({"awk": awk, "gawk": awk})
