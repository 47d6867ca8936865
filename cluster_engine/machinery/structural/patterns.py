"""Patterns that people write into schemas: matched by RE2, in time that grows with the text alone, whatever the pattern.

Models Go's regexp, which is RE2 too; the evaluator of CEL brings it.
"""

import json
from functools import lru_cache

from cluster_engine.machinery.cel.environment import CompileError, Environment, EvaluationError, Program

_TEXT = Environment({"self": "string"})


@lru_cache(maxsize=1024)
def _program(pattern: str) -> Program | None:
    try:
        return _TEXT.compile(f"self.matches({json.dumps(pattern)})")
    except CompileError:
        return None


def matches(pattern: str, text: str) -> bool:
    """Whether the pattern is found in the text. A pattern that is none fits everything: it was refused where it was written."""
    program = _program(pattern)
    if program is None:
        return True
    try:
        return program.evaluate({"self": text}) is True
    except EvaluationError:
        return True


def is_pattern(pattern: str) -> bool:
    """Whether RE2 takes it."""
    program = _program(pattern)
    if program is None:
        return False
    try:
        program.evaluate({"self": ""})
    except EvaluationError:
        return False
    return True
