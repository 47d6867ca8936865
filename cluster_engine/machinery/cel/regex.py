"""Regular expressions of users, matched by the same bounded matcher as CEL's own `matches`: no look-ahead, no back-references.

Models the RE2 syntax that cel-go uses. The search runs in Python's `re` only for patterns that RE2 would take and that
cannot take more than polynomial time in the short texts they are given.
"""

import re
from functools import lru_cache

LONGEST_PATTERN, LONGEST_TEXT = 1024, 64 * 1024
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


def find_all(pattern: str, text: str, limit: int) -> list[str]:
    """The parts of `text` that match, at most `limit`, all for a negative one."""
    if len(text) > LONGEST_TEXT:
        raise ValueError("text is too long to be searched")
    found: list[str] = []
    for match in compiled(pattern).finditer(text):
        if 0 <= limit <= len(found):
            break
        found.append(match[0])
    return found
