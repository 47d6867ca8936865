"""The functions that Kubernetes adds to CEL: on lists, regular expressions, sets, quantities, addresses, URLs and versions.

Models k8s.io/apiserver/pkg/cel/library. Values with methods of their own (a quantity, an address) travel as small maps with
a mark, since the evaluator knows no other kinds; regular expressions run in a matcher without look-ahead or back-references.
"""

import ipaddress
import re
from collections.abc import Callable
from functools import cache
from itertools import pairwise
from typing import Any
from urllib.parse import parse_qs, urlsplit

from cel_expr_python import cel

from cluster_engine.machinery.cel.bounded import spend
from cluster_engine.machinery.cel.regex import find_all
from cluster_engine.machinery.quantity import QuantityError, parse

T = cel.Type
LIST, MAP = T.List(T.DYN), T.Map(T.DYN, T.DYN)
KIND = "@kind"
SEMVER = re.compile(r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(?:-([0-9A-Za-z.-]+))?(?:\+[0-9A-Za-z.-]+)?").fullmatch

Declared = tuple[str, Any, list[Any], bool, Callable[..., Any]]


def _min(values: list[Any]) -> Any:
    if not values:
        raise ValueError("min called on empty list")
    return min(values)


def _max(values: list[Any]) -> Any:
    if not values:
        raise ValueError("max called on empty list")
    return max(values)


def _is_sorted(values: list[Any]) -> bool:
    return all(a <= b for a, b in pairwise(values))


def _distinct(values: list[Any]) -> list[Any]:
    spend(len(values) ** 2)
    found: list[Any] = []
    for value in values:
        if value not in found:
            found.append(value)
    return found


def _within(inner: list[Any], outer: list[Any]) -> bool:
    spend(len(inner) * len(outer))
    return all(x in outer for x in inner)


def _intersects(a: list[Any], b: list[Any]) -> bool:
    spend(len(a) * len(b))
    return any(x in a for x in b)


def _quantity(text: str) -> dict[str, Any]:
    parse(text)
    return {KIND: "quantity", "text": text}


def _is(check: Callable[[str], Any]) -> Callable[[str], bool]:
    def valid(text: str) -> bool:
        try:
            check(text)
        except ValueError:
            return False
        return True

    return valid


def _amount(value: dict[str, Any]) -> Any:
    return parse(value["text"])


def _ip(text: str) -> dict[str, Any]:
    address = ipaddress.ip_address(text)
    if "%" in text or (isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped):
        raise ValueError(f"IP Address {text!r} parse error during conversion from string")
    return {KIND: "ip", "text": str(address)}


def _cidr(text: str) -> dict[str, Any]:
    if "/" not in text:
        raise ValueError("network address parse error")
    return {KIND: "cidr", "text": str(ipaddress.ip_interface(text))}


def _address(value: dict[str, Any]) -> Any:
    return ipaddress.ip_address(value["text"])


def _network(value: dict[str, Any]) -> Any:
    return ipaddress.ip_interface(value["text"]).network


def _contains(value: dict[str, Any], other: str) -> bool:
    network = _network(value)
    if "/" in other:
        inner = ipaddress.ip_network(other, strict=False)
        return inner.version == network.version and bool(inner.subnet_of(network))
    return ipaddress.ip_address(other) in network


def _url(text: str) -> dict[str, Any]:
    split = urlsplit(text)
    if not (split.scheme or text.startswith("/")) or any(c in text for c in " \n\t"):
        raise ValueError(f"URL parse error during conversion from string: parse {text!r}: invalid URI for request")
    return {KIND: "url", "text": text}


def _semver(text: str) -> dict[str, Any]:
    if SEMVER(text) is None:
        raise ValueError(f"Semver parse error during conversion from string: {text}")
    return {KIND: "semver", "text": text}


def _version_key(value: dict[str, Any]) -> tuple[Any, ...]:
    match = SEMVER(value["text"])
    assert match is not None
    pre = match[4]
    parts = tuple((0, int(p), "") if p.isdigit() else (1, 0, p) for p in pre.split(".")) if pre else ()
    return (int(match[1]), int(match[2]), int(match[3]), not pre, parts)


def _compared(key: Callable[[dict[str, Any]], Any]) -> dict[str, Callable[..., Any]]:
    return {
        "isLessThan": lambda a, b: key(a) < key(b),
        "isGreaterThan": lambda a, b: key(a) > key(b),
        "compareTo": lambda a, b: (key(a) > key(b)) - (key(a) < key(b)),
    }


def _by_kind(**methods: Callable[..., Any]) -> Callable[..., Any]:
    """One method for several kinds of value: chosen by the value's mark."""

    def call(value: dict[str, Any], *more: Any) -> Any:
        method = methods.get(value.get(KIND, ""))
        if method is None:
            raise ValueError("no such overload")
        return method(value, *more)

    return call


QUANTITIES, VERSIONS = _compared(_amount), _compared(_version_key)


def _plus(a: dict[str, Any], b: Any) -> dict[str, Any]:
    return {KIND: "quantity", "text": str(_amount(a) + (_amount(b) if isinstance(b, dict) else parse(b)))}


def _minus(a: dict[str, Any], b: Any) -> dict[str, Any]:
    return {KIND: "quantity", "text": str(_amount(a) - (_amount(b) if isinstance(b, dict) else parse(b)))}


_LISTS: tuple[Declared, ...] = (
    ("isSorted", T.BOOL, [LIST], True, _is_sorted),
    ("sum", T.DYN, [LIST], True, sum),
    ("min", T.DYN, [LIST], True, _min),
    ("max", T.DYN, [LIST], True, _max),
    ("distinct", LIST, [LIST], True, _distinct),
    ("sets.contains", T.BOOL, [LIST, LIST], False, lambda a, b: _within(b, a)),
    ("sets.equivalent", T.BOOL, [LIST, LIST], False, lambda a, b: _within(b, a) and _within(a, b)),
    ("sets.intersects", T.BOOL, [LIST, LIST], False, _intersects),
)
_TEXTS: tuple[Declared, ...] = (
    ("find", T.STRING, [T.STRING, T.STRING], True, lambda s, p: next(iter(find_all(p, s, 1)), "")),
    ("findAll", T.List(T.STRING), [T.STRING, T.STRING], True, lambda s, p: find_all(p, s, -1)),
    ("findAll", T.List(T.STRING), [T.STRING, T.STRING, T.INT], True, lambda s, p, n: find_all(p, s, n)),
    ("jsonpatch.escapeKey", T.STRING, [T.STRING], False, lambda s: s.replace("~", "~0").replace("/", "~1")),
)
_VALUES: tuple[Declared, ...] = (
    ("quantity", MAP, [T.STRING], False, _quantity),
    ("isQuantity", T.BOOL, [T.STRING], False, _is(parse)),
    ("isInteger", T.BOOL, [MAP], True, _by_kind(quantity=lambda q: _amount(q).is_integer)),
    ("asInteger", T.INT, [MAP], True, _by_kind(quantity=lambda q: _amount(q).whole)),
    ("asApproximateFloat", T.DOUBLE, [MAP], True, _by_kind(quantity=lambda q: float(_amount(q).value))),
    ("sign", T.INT, [MAP], True, _by_kind(quantity=lambda q: (_amount(q).value > 0) - (_amount(q).value < 0))),
    ("add", MAP, [MAP, T.DYN], True, _by_kind(quantity=_plus)),
    ("sub", MAP, [MAP, T.DYN], True, _by_kind(quantity=_minus)),
    *((name, T.INT if name == "compareTo" else T.BOOL, [MAP, MAP], True, _by_kind(quantity=QUANTITIES[name], semver=VERSIONS[name])) for name in QUANTITIES),
    ("semver", MAP, [T.STRING], False, _semver),
    ("isSemver", T.BOOL, [T.STRING], False, _is(_semver)),
    ("major", T.INT, [MAP], True, _by_kind(semver=lambda v: _version_key(v)[0])),
    ("minor", T.INT, [MAP], True, _by_kind(semver=lambda v: _version_key(v)[1])),
    ("patch", T.INT, [MAP], True, _by_kind(semver=lambda v: _version_key(v)[2])),
)
_NETWORK: tuple[Declared, ...] = (
    ("ip", MAP, [T.STRING], False, _ip),
    ("isIP", T.BOOL, [T.STRING], False, _is(_ip)),
    ("ip.isCanonical", T.BOOL, [T.STRING], False, lambda s: str(ipaddress.ip_address(s)) == s),
    ("cidr", MAP, [T.STRING], False, _cidr),
    ("isCIDR", T.BOOL, [T.STRING], False, _is(_cidr)),
    ("family", T.INT, [MAP], True, _by_kind(ip=lambda v: _address(v).version)),
    ("isUnspecified", T.BOOL, [MAP], True, _by_kind(ip=lambda v: _address(v).is_unspecified)),
    ("isLoopback", T.BOOL, [MAP], True, _by_kind(ip=lambda v: _address(v).is_loopback)),
    ("isLinkLocalMulticast", T.BOOL, [MAP], True, _by_kind(ip=lambda v: _address(v).is_multicast and _address(v).packed[:2] in (b"\xe0\0", b"\xff\2"))),
    ("isLinkLocalUnicast", T.BOOL, [MAP], True, _by_kind(ip=lambda v: _address(v).is_link_local)),
    ("isGlobalUnicast", T.BOOL, [MAP], True, _by_kind(ip=lambda v: not (_address(v).is_multicast or _address(v).is_loopback or _address(v).is_link_local))),
    ("containsIP", T.BOOL, [MAP, T.STRING], True, _by_kind(cidr=_contains)),
    ("containsIP", T.BOOL, [MAP, MAP], True, _by_kind(cidr=lambda c, i: _contains(c, i["text"]))),
    ("containsCIDR", T.BOOL, [MAP, T.STRING], True, _by_kind(cidr=_contains)),
    ("containsCIDR", T.BOOL, [MAP, MAP], True, _by_kind(cidr=lambda c, i: _contains(c, i["text"]))),
    ("ip", MAP, [MAP], True, _by_kind(cidr=lambda c: {KIND: "ip", "text": str(_network(c).network_address)})),
    ("masked", MAP, [MAP], True, _by_kind(cidr=lambda c: {KIND: "cidr", "text": str(_network(c))})),
    ("prefixLength", T.INT, [MAP], True, _by_kind(cidr=lambda c: _network(c).prefixlen)),
    ("url", MAP, [T.STRING], False, _url),
    ("isURL", T.BOOL, [T.STRING], False, _is(_url)),
    ("getScheme", T.STRING, [MAP], True, _by_kind(url=lambda u: urlsplit(u["text"]).scheme)),
    ("getHost", T.STRING, [MAP], True, _by_kind(url=lambda u: urlsplit(u["text"]).netloc.rpartition("@")[2])),
    ("getHostname", T.STRING, [MAP], True, _by_kind(url=lambda u: urlsplit(u["text"]).hostname or "")),
    ("getPort", T.STRING, [MAP], True, _by_kind(url=lambda u: str(urlsplit(u["text"]).port or ""))),
    ("getEscapedPath", T.STRING, [MAP], True, _by_kind(url=lambda u: urlsplit(u["text"]).path)),
    ("getQuery", MAP, [MAP], True, _by_kind(url=lambda u: parse_qs(urlsplit(u["text"]).query, keep_blank_values=True))),
)


@cache
def functions() -> list[Any]:
    """All of them, as the evaluator wants them declared."""
    from cluster_engine.machinery.cel.authorizer import AUTHORIZER

    grouped: dict[str, list[Any]] = {}
    for number, (name, result, parameters, member, implementation) in enumerate((*_LISTS, *_TEXTS, *_VALUES, *_NETWORK, *AUTHORIZER)):
        overload = cel.Overload(f"k8s_{number}_{name.replace('.', '_')}", result, parameters, member, implementation)
        grouped.setdefault(name, []).append(overload)
    return [cel.FunctionDecl(name, overloads) for name, overloads in grouped.items()]


__all__ = ["KIND", "QuantityError", "functions"]
