"""Formats of texts: `date-time`, `ipv4`, `uuid` and the others that a schema may ask for; unknown ones ask for nothing.

Models k8s.io/kube-openapi/pkg/validation/strfmt and apiextensions-apiserver's list of supported formats.
"""

import base64
import binascii
import ipaddress
import re
from collections.abc import Callable
from datetime import date
from urllib.parse import urlsplit

from cluster_engine.machinery import names

_UUID = r"[0-9a-fA-F]{8}-?[0-9a-fA-F]{4}-?%s[0-9a-fA-F]{3}-?%s[0-9a-fA-F]{3}-?[0-9a-fA-F]{12}"
_DURATION = re.compile(
    r"[-+]?(\d+(\.\d*)?|\.\d+)\s*(ns|us|µs|ms|s|m|h|d|w|nanos?|nanoseconds?|micros?|millis?|seconds?|secs?|minutes?|mins?|hours?|hrs?|days?|weeks?|wks?)"
)
_HOST_PART = "[a-zA-Z0-9]([-a-zA-Z0-9]{0,61}[a-zA-Z0-9])?"
_DATE_TIME = re.compile(r"\d{4}-\d\d-\d\d[Tt]([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)")


def _date(text: str) -> bool:
    try:
        return bool(re.fullmatch(r"\d{4}-\d\d-\d\d", text)) and date.fromisoformat(text) is not None
    except ValueError:
        return False


def _address(version: int) -> Callable[[str], bool]:
    def check(text: str) -> bool:
        try:
            return ipaddress.ip_address(text).version == version
        except ValueError:
            return False

    return check


def _cidr(text: str) -> bool:
    try:
        ipaddress.ip_network(text, strict=False)
        return "/" in text
    except ValueError:
        return False


def _uri(text: str) -> bool:
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return bool(parts.scheme or text.startswith("/")) and not re.search(r"[\s]", text)


def _byte(text: str) -> bool:
    try:
        base64.b64decode(text, validate=True)
        return True
    except (binascii.Error, ValueError):
        return False


def _duration(text: str) -> bool:
    rest = text.strip()
    return bool(rest) and not _DURATION.sub("", rest).strip()


def _pattern(pattern: str) -> Callable[[str], bool]:
    matches = re.compile(pattern).fullmatch
    return lambda text: matches(text) is not None


# Formats that ask nothing of texts, yet are known.
OTHERS = frozenset({"int32", "int64", "float", "double", "password", "int-or-string"})

FORMATS: dict[str, Callable[[str], bool]] = {
    "date-time": lambda t: bool(_DATE_TIME.fullmatch(t)) and _date(t[:10]),
    "datetime": lambda t: bool(_DATE_TIME.fullmatch(t)) and _date(t[:10]),
    "date": _date,
    "ipv4": _address(4),
    "ipv6": _address(6),
    "cidr": _cidr,
    "uri": _uri,
    "email": _pattern(r"[^@\s<>]+@[^@\s<>]+"),
    "hostname": _pattern(rf"(?=.{{1,255}}$)({_HOST_PART}|({_HOST_PART}\.)+[a-zA-Z]{{2,63}})"),
    "mac": _pattern(r"([0-9a-fA-F]{2}[:-]){5}[0-9a-fA-F]{2}|([0-9a-fA-F]{4}\.){2}[0-9a-fA-F]{4}"),
    "uuid": _pattern(_UUID % ("[0-9a-fA-F]", "[0-9a-fA-F]")),
    "uuid3": _pattern(_UUID % ("3", "[0-9a-fA-F]")),
    "uuid4": _pattern(_UUID % ("4", "[89abAB]")),
    "uuid5": _pattern(_UUID % ("5", "[89abAB]")),
    "byte": _byte,
    "duration": _duration,
    "hexcolor": _pattern("#?([0-9a-fA-F]{3}|[0-9a-fA-F]{6})"),
    "rgbcolor": _pattern(r"rgb\((\s*\d{1,3}\s*,){2}\s*\d{1,3}\s*\)"),
    "isbn": _pattern(r"[-0-9Xx ]{10,17}"),
    "isbn10": _pattern(r"[-0-9Xx ]{10,13}"),
    "isbn13": _pattern(r"[-0-9 ]{13,17}"),
    "creditcard": _pattern(r"[0-9 -]{12,23}"),
    "ssn": _pattern(r"\d{3}[- ]?\d{2}[- ]?\d{4}"),
    "bsonobjectid": _pattern("[0-9a-fA-F]{24}"),
    "k8s-short-name": lambda t: not names.is_dns1123_label(t),
    "k8s-long-name": lambda t: not names.is_dns1123_subdomain(t),
}
