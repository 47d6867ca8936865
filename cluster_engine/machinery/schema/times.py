"""Times in manifests: RFC 3339 texts, read with Go's sentences when bad and printed as Go prints them.

Models k8s.io/apimachinery/pkg/apis/meta/v1/{time,micro_time}.go and time.Parse.
"""

import re
from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache

SECONDS = "2006-01-02T15:04:05Z07:00"
MICROS = "2006-01-02T15:04:05.000000Z07:00"

_good = re.compile(r"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:[.,](\d+))?(?:(Z)|([+-])(\d\d):(\d\d))").fullmatch
_PIECES = tuple(
    (piece, re.compile({"2006": r"\d{4}"}.get(piece, r"\d\d" if piece.isdigit() else piece)))
    for piece in ("2006", "-", "01", "-", "02", "T", "15", ":", "04", ":", "05")
)


class TimeError(ValueError):
    """The text is no time; the message is Go's."""


@lru_cache(maxsize=4096)
def seconds(text: str) -> str | None:
    """A metav1.Time as it is printed: UTC, whole seconds; None for the zero time."""
    moment = _parse(text, SECONDS)
    return None if moment is None else f"{moment.year:04}" + moment.strftime("-%m-%dT%H:%M:%SZ")


@lru_cache(maxsize=1024)
def micros(text: str) -> str | None:
    """A MicroTime as it is printed: UTC, six decimals; None for the zero time."""
    moment = _parse(text, MICROS)
    return None if moment is None else f"{moment.year:04}" + moment.strftime("-%m-%dT%H:%M:%S.%fZ")


def _parse(text: str, layout: str) -> datetime | None:
    match = _good(text)
    if match is None or (layout == MICROS and len(match[7] or "") != 6):
        raise TimeError(_why(text, layout))
    year, month, day, hour, minute, second = (int(match[i]) for i in range(1, 7))
    for value, low, high, name in ((month, 1, 12, "month"), (hour, 0, 23, "hour"), (minute, 0, 59, "minute"), (second, 0, 59, "second")):
        if not low <= value <= high:
            raise TimeError(f'parsing time "{text}": {name} out of range')
    offset = UTC if match[8] else timezone((1 if match[9] == "+" else -1) * timedelta(hours=int(match[10]) % 24, minutes=int(match[11]) % 60))
    try:
        moment = datetime(max(year, 1), month, day, hour, minute, second, int((match[7] or "0")[:6].ljust(6, "0")), offset).astimezone(UTC)
    except (ValueError, OverflowError):
        raise TimeError(f'parsing time "{text}": day out of range') from None
    return None if moment == datetime(1, 1, 1, tzinfo=UTC) else moment


def _why(text: str, layout: str) -> str:
    """Where Go's parser stops: the rest of the text, and the piece of the layout that it does not fit."""
    at = 0
    for piece, pattern in _PIECES:
        match = pattern.match(text, at)
        if match is None:
            return f'parsing time "{text}" as "{layout}": cannot parse "{text[at:]}" as "{piece}"'
        at = match.end()
    fraction = re.compile(r"[.,]\d+").match(text, at)
    if layout == MICROS:
        if fraction is None or fraction.end() - at < 7:
            return f'parsing time "{text}" as "{layout}": cannot parse "{text[at:]}" as ".000000"'
        at += 7
    elif fraction is not None:
        at = fraction.end()
    zone = re.compile(r"Z|[+-]\d\d:\d\d").match(text, at)
    if zone is None:
        return f'parsing time "{text}" as "{layout}": cannot parse "{text[at:]}" as "Z07:00"'
    return f'parsing time "{text}": extra text: "{text[zone.end() :]}"'
