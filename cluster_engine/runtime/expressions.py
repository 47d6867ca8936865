"""Regular expressions that a learner wrote: only such as cannot run for ever.

Python's engine goes back and forth; a repetition inside a repetition could keep the whole simulation busy. Those are refused,
as RE2 refuses what it cannot do in linear time.
"""

import re

LONGEST = 400
LINE_MOST = 8_192
NESTED = re.compile(r"\((?:[^()\\]|\\.)*[+*}](?:[^()\\]|\\.)*\)[+*{]|\([^()]*\([^()]*\)[^()]*\)[+*{]|\((?:[^()\\]|\\.)*\|(?:[^()\\]|\\.)*\)[+*{]")
MANY = 6


class TooComplex(ValueError):
    """The expression is refused."""


def compiled(source: str, flags: int = 0) -> re.Pattern[str]:
    """Raises TooComplex, or re.error where it is none."""
    if len(source) > LONGEST or NESTED.search(source) or len(re.findall(r"\.[*+]|\][*+]", source)) > MANY:
        raise TooComplex("regular expression too complex")
    return re.compile(source, flags)


def short(line: str) -> str:
    """Only the beginning of a very long line is looked at."""
    return line[:LINE_MOST]
