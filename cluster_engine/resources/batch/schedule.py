"""Cron schedules: five fields, or a descriptor such as @daily or @every 1h30m, with the parser's own error texts.

Models github.com/robfig/cron/v3 parser.go, which upstream uses.
"""

import re

FIELDS: tuple[tuple[int, int, dict[str, int]], ...] = (
    (0, 59, {}),
    (0, 23, {}),
    (1, 31, {}),
    (1, 12, {n: i for i, n in enumerate(["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"], 1)}),
    (0, 6, {n: i for i, n in enumerate(["sun", "mon", "tue", "wed", "thu", "fri", "sat"])}),
)
DESCRIPTORS = ("@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly")
DURATION = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)(ns|us|µs|ms|s|m|h)((\d+(\.\d*)?|\.\d+)(ns|us|µs|ms|s|m|h))*")


def problem(schedule: str) -> str:
    """What is wrong with a schedule; "" when nothing is."""
    if schedule.startswith("@"):
        return _descriptor_problem(schedule)
    fields = schedule.split()
    if len(fields) != len(FIELDS):
        return f"expected exactly 5 fields, found {len(fields)}: [{' '.join(fields)}]"
    for text, (low, high, names) in zip(fields, FIELDS, strict=True):
        for part in text.split(","):
            if found := _range_problem(part, low, high, names):
                return found
    return ""


def _descriptor_problem(schedule: str) -> str:
    if schedule in DESCRIPTORS:
        return ""
    if schedule.startswith("@every "):
        text = schedule[len("@every ") :]
        return "" if DURATION.fullmatch(text) or text == "0" else f'failed to parse duration {schedule}: time: invalid duration "{text}"'
    return f"unrecognized descriptor: {schedule}"


def _range_problem(text: str, low: int, high: int, names: dict[str, int]) -> str:
    span, _, step = text.partition("/")
    if text.count("/") > 1:
        return f"too many slashes: {text}"
    first, dash, last = span.partition("-")
    if span.count("-") > 1:
        return f"too many hyphens: {text}"
    if first in ("*", "?"):
        start, end = low, high
    else:
        start, found = _number(first, names)
        if found:
            return found
        end = start
        if dash:
            end, found = _number(last, names)
            if found:
                return found
    every = 1
    if "/" in text:
        every, found = _number(step, {})
        if found:
            return found
        if first not in ("*", "?") and not dash:
            end = high
    return _bounds_problem(text, start, end, every, low, high)


def _bounds_problem(text: str, start: int, end: int, every: int, low: int, high: int) -> str:
    if start < low:
        return f"beginning of range ({start}) below minimum ({low}): {text}"
    if end > high:
        return f"end of range ({end}) above maximum ({high}): {text}"
    if start > end:
        return f"beginning of range ({start}) beyond end of range ({end}): {text}"
    return f"step of range should be a positive number: {text}" if every == 0 else ""


def _number(text: str, names: dict[str, int]) -> tuple[int, str]:
    if text.lower() in names:
        return names[text.lower()], ""
    try:
        value = int(text)
    except ValueError:
        return 0, f'failed to parse int from {text}: strconv.Atoi: parsing "{text}": invalid syntax'
    return (value, "") if value >= 0 else (0, f"negative number ({value}) not allowed: {text}")
