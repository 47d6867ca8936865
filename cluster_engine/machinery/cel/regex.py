"""Regular expressions of users, matched by the same bounded matcher as CEL's own `matches`: no look-ahead, no back-references.

Models the RE2 syntax that cel-go uses. The search runs in Python's `re` only for patterns that RE2 would take and that
cannot take more than polynomial time in the short texts they are given.
"""

import re
from functools import lru_cache

from cluster_engine.machinery.cel.bounded import EXCEEDED, spend

LONGEST_PATTERN = 1024
MOST_WORK, WORK_UNIT = 100_000_000, 50
_endless = re.compile(r"(?<!\\)(?:[*+]|\{\d*,\d*\})")
_refused = re.compile(r"\(\?[=!<]|\\[1-9]|\(\?P=")
_nested = re.compile(r"\((?:[^()\\]|\\.)*[*+}](?:[^()\\]|\\.)*\)[*+{]")


@lru_cache(maxsize=512)
def compiled(pattern: str) -> re.Pattern[str]:
    """Raises ValueError for a pattern that is too long, wrong, or could take exponential time."""
    if len(pattern) > LONGEST_PATTERN or _refused.search(pattern) or _nested.search(pattern):
        raise ValueError(f"error parsing regexp: unsupported pattern: `{pattern[:80]}`")
    try:
        return re.compile(pattern.replace("(?P<", "(?P<"), re.ASCII)
    except re.error as error:
        raise ValueError(f"error parsing regexp: {error}: `{pattern[:80]}`") from error


def _count(pattern: str, text: str) -> None:
    """Count the search's worst case: every start, and every length of every part that repeats without end."""
    work = (len(text) + 1) ** (len(_endless.findall(pattern)) + 1)
    if work > MOST_WORK:
        raise ValueError(EXCEEDED)
    spend(work // WORK_UNIT)


def find_all(pattern: str, text: str, limit: int) -> list[str]:
    """The parts of `text` that match, at most `limit`, all for a negative one."""
    _count(pattern, text)
    found: list[str] = []
    for match in compiled(pattern).finditer(text):
        if 0 <= limit <= len(found):
            break
        found.append(match[0])
    return found
