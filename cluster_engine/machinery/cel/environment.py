"""Compile an expression against declared variables, and evaluate it: never with an effect, never without a bound.

Models k8s.io/apiserver/pkg/cel/environment and pkg/admission/plugin/cel/compile.go.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from cel_expr_python import cel
from cel_expr_python.ext import ext_bindings, ext_encoders, ext_math, ext_optional, ext_strings

from cluster_engine.machinery.cel.bounded import EXCEEDED, OVERLOADS, budget, declarations
from cluster_engine.machinery.cel.library import functions
from cluster_engine.machinery.cel.rewrite import Rewriter, TooManyCopies

LONGEST = 64 * 1024
MOST_NODES = 2_000_000
SCALARS = frozenset({"bool", "string", "int", "uint", "double", "bytes", "null_type"})
WORDS = {
    "INT": "int", "UINT": "uint", "STRING": "string", "BOOL": "bool", "DOUBLE": "double", "BYTES": "bytes", "DYN": "dyn", "NULL": "null_type",
    "TIMESTAMP": "google.protobuf.Timestamp", "DURATION": "google.protobuf.Duration", "LIST": "list", "MAP": "map", "TYPE": "type",
}  # fmt: skip
TYPES = {
    "dyn": cel.Type.DYN, "int": cel.Type.INT, "string": cel.Type.STRING, "bool": cel.Type.BOOL, "double": cel.Type.DOUBLE, "bytes": cel.Type.BYTES,
    "uint": cel.Type.UINT, "null_type": cel.Type.NULL,
}  # fmt: skip
_undeclared = re.compile(r"ERROR: <input>:(\d+):(\d+): undeclared reference to '([\w.]+)'(.*?)\n( \| .*?)\n \| \.*\^", re.DOTALL)


class CompileError(Exception):
    """The expression cannot be compiled; the text is the compiler's."""


class EvaluationError(Exception):
    """The expression failed on these inputs; the text is the evaluator's."""


@dataclass(frozen=True)
class Program:
    """A compiled expression. `type` is its result's type in CEL's own words: bool, list(int), map(string, dyn)."""

    source: str
    type: str
    _expression: Any
    copies: int = 1

    def evaluate(self, data: Mapping[str, Any]) -> Any:
        """The plain result. Raises EvaluationError, also when the expression takes too many steps."""
        if self.copies > 1 and self.copies * sum(_nodes(v, MOST_NODES) for v in data.values()) > MOST_NODES:
            raise EvaluationError(EXCEEDED)
        try:
            with budget():
                value = self._expression.eval(data=dict(data))
        except (RuntimeError, ValueError, TypeError) as error:
            raise EvaluationError(_reworded(str(error))) from error
        if value.type() == cel.Type.ERROR:
            raise EvaluationError(_reworded(str(value.plain_value())))
        return value.plain_value()


class Environment:
    """The names that expressions may use, with the words of their types ("dyn", "int", ...)."""

    def __init__(self, variables: Mapping[str, str]) -> None:
        self.variables = dict(variables)
        self._env = _environment(tuple(sorted(self.variables.items())))

    def compile(self, source: str) -> Program:
        """Raises CompileError."""
        if len(source) > LONGEST:
            raise CompileError(f"expression is longer than {LONGEST} bytes")
        try:
            expression = self._env.compile(source)
        except (RuntimeError, ValueError) as error:
            text = str(error).removeprefix("INVALID_ARGUMENT: ").removesuffix(" [INVALID_ARGUMENT]")
            raise CompileError(self._as_upstream(text) if source else text.replace(":1:1:", ":1:0:", 1)) from error
        words = type_words(str(expression.return_type()))
        bounded, copies = self._bounded(expression)
        return Program(source, words, bounded, 1 if words in SCALARS else copies)

    def _bounded(self, expression: Any) -> tuple[Any, int]:
        """The same expression, unable to build more than it may; and how often its result may repeat an input."""
        rewriter = Rewriter(OVERLOADS)
        try:
            changed = rewriter.rewritten(expression.serialize())
        except TooManyCopies as error:
            raise CompileError("expression exceeds the cost limit: literals repeat a value too often") from error
        return (expression if changed is None else self._env.deserialize(changed)), rewriter.copies

    def _as_upstream(self, text: str) -> str:
        """cel-cpp names a whole path where cel-go names its root, or the field that a known root lacks."""

        def reword(match: re.Match[str]) -> str:
            line, column, name, tail, shown = match.groups()
            root, _, rest = name.partition(".")
            if not rest:
                return match[0]
            if any(v.startswith(f"{root}.") for v in self.variables):
                return f"ERROR: <input>:{line}:{column}: undefined field '{rest.split('.')[0]}'\n{shown}\n | {'.' * (int(column) - 1)}^"
            start = int(column) - len(name.rpartition(".")[0])
            return f"ERROR: <input>:{line}:{start}: undeclared reference to '{root}'{tail}\n{shown}\n | {'.' * (start - 1)}^"

        return _undeclared.sub(reword, text)


def _nodes(value: Any, most: int) -> int:
    """How many values a value holds, counted no further than `most`."""
    count, left = 0, [value]
    while left and count <= most:
        current = left.pop()
        count += 1
        if isinstance(current, dict):
            left.extend(current.values())
        elif isinstance(current, list):
            left.extend(current)
    return count


@lru_cache(maxsize=256)
def _environment(variables: tuple[tuple[str, str], ...]) -> Any:
    extensions = [ext_strings.ExtStrings(), ext_math.ExtMath(), ext_optional.ExtOptional(), ext_bindings.ExtBindings(), ext_encoders.ExtEncoders()]
    declared = {name: TYPES.get(words, cel.Type.DYN) for name, words in variables}
    return cel.NewEnv(variables=declared, functions=[*functions(), *declarations()], extensions=extensions)


@lru_cache(maxsize=1024)
def type_words(name: str) -> str:
    """A type as cel-go writes it: MAP<STRING, INT> is map(string, int)."""
    words = re.sub(r"[A-Z]+", lambda m: WORDS.get(m[0], m[0].lower()), name)
    return words.replace("<", "(").replace(">", ")")


def _reworded(text: str) -> str:
    """A runtime error as cel-go words it."""
    text = re.sub(r"^[A-Z_]+: | \[[A-Z_]+\]$", "", text)
    if match := re.match(r'Key not found in map : "?(.*?)"?$', text):
        return f"no such key: {match[1]}"
    if match := re.match(r"Index error: index=(-?\d+)", text):
        return f"index out of bounds: {match[1]}"
    if text.startswith("No matching overloads found"):
        return "no such overload"
    if "Iteration budget exceeded" in text:
        return EXCEEDED
    return text.replace("divide by zero", "division by zero")
