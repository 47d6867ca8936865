"""Quantities: numbers with a unit, such as 100m of cpu or 1.5Gi of memory, in the one form that Kubernetes prints.

Models k8s.io/apimachinery/pkg/api/resource/{quantity,suffixer,scale_int,amount}.go. Values are exact: a Fraction of units,
never a float. Parsing is cached, since a cluster writes the same few quantities over and over.
"""

import re
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache, total_ordering

BINARY = {"Ki": 10, "Mi": 20, "Gi": 30, "Ti": 40, "Pi": 50, "Ei": 60}
DECIMAL = {"n": -9, "u": -6, "m": -3, "": 0, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18}
BINARY_NAMES = {power: name for name, power in BINARY.items()}
DECIMAL_NAMES = {power: name for name, power in DECIMAL.items()}
DECIMAL_SI, BINARY_SI, DECIMAL_EXPONENT = "DecimalSI", "BinarySI", "DecimalExponent"

MAX = 2**63 - 1
NANO = Fraction(1, 10**9)
MAX_DIGITS = 4096

WRONG_FORMAT = r"quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"
WRONG_NUMERIC = "unable to parse numeric part of quantity"
WRONG_SUFFIX = "unable to parse quantity's suffix"

_parts = re.compile(r"([+-]?)0*([0-9]*)(?:\.([0-9]*))?(.*)", re.DOTALL).fullmatch
_suffix = re.compile(r"[eEinumkKMGTP]*[-+]?[0-9]*").fullmatch
_exponent = re.compile(r"[eE]([-+]?[0-9]+)").fullmatch


class QuantityError(ValueError):
    """The text is no quantity; the message is upstream's."""


@total_ordering
@dataclass(frozen=True, slots=True)
class Quantity:
    """An exact amount, and the notation it was written in, which its canonical text keeps (`written`: the text itself)."""

    value: Fraction
    notation: str = DECIMAL_SI
    written: str = ""

    def __str__(self) -> str:
        return self.written or _canonical(self.value, self.notation)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Quantity) and self.value == other.value

    def __hash__(self) -> int:
        return hash(self.value)

    def __lt__(self, other: "Quantity") -> bool:
        return self.value < other.value

    def __add__(self, other: "Quantity") -> "Quantity":
        return Quantity(self.value + other.value, other.notation if not self.value else self.notation)

    def __sub__(self, other: "Quantity") -> "Quantity":
        return Quantity(self.value - other.value, other.notation if not self.value else self.notation)

    def __neg__(self) -> "Quantity":
        return Quantity(-self.value, self.notation)

    def __bool__(self) -> bool:
        return bool(self.value)

    @property
    def milli(self) -> int:
        """In thousandths, rounded up: how cpu is counted."""
        return _up(self.value * 1000)

    @property
    def whole(self) -> int:
        """In units, rounded up: how memory is counted."""
        return _up(self.value)

    @property
    def is_integer(self) -> bool:
        return self.value.denominator == 1


ZERO = Quantity(Fraction(0))


def of(amount: int, notation: str = DECIMAL_SI) -> Quantity:
    """A whole amount of units."""
    return Quantity(Fraction(amount), notation)


def of_milli(amount: int) -> Quantity:
    """An amount of thousandths, as cpu is counted."""
    return Quantity(Fraction(amount, 1000))


def parse(text: str | int | float) -> Quantity:
    """The quantity that a manifest means, be it text or a bare number. Raises QuantityError."""
    return _parse(text if isinstance(text, str) else _number_text(text))


def canonical(text: str | int | float) -> str:
    """The form in which Kubernetes prints the quantity: `0.5` is `500m`, `1024Mi` is `1Gi`."""
    return _canonical_text(text if isinstance(text, str) else _number_text(text))


def milli(text: str | int | float) -> int:
    return parse(text).milli


def whole(text: str | int | float) -> int:
    return parse(text).whole


def _number_text(number: int | float) -> str:
    return str(number) if isinstance(number, int) else repr(number)


@lru_cache(maxsize=4096)
def _canonical_text(text: str) -> str:
    return str(_parse(text))


@lru_cache(maxsize=4096)
def _parse(text: str) -> Quantity:
    match = _parts(text)
    if not text or match is None:
        raise QuantityError(WRONG_FORMAT)
    sign, digits, decimals, suffix = match.groups(default="")
    if not _suffix(suffix):
        raise QuantityError(WRONG_FORMAT)
    if len(digits) + len(decimals) > MAX_DIGITS:
        raise QuantityError(WRONG_NUMERIC)
    base, power, notation = _unit(suffix)
    amount = int((digits or "0") + decimals)
    value = Fraction(amount, 10 ** len(decimals)) * Fraction(base) ** power
    return Quantity(_bounded(-value if sign == "-" else value, notation), notation, text if _kept(digits, decimals, power, notation) else "")


def _kept(digits: str, decimals: str, power: int, notation: str) -> bool:
    """Upstream takes some texts for canonical at a glance and prints them as they were written, such as `1.500` or `+5`."""
    shifted = (digits or "0") + decimals
    if notation == BINARY_SI:
        return not decimals and 14 - len(shifted) - power * 3 // 10 >= 0 and int(shifted) & 7 != 0
    power -= len(decimals)
    return len(shifted) <= 18 and power >= -9 and power % 3 == 0 and not shifted.endswith("000") and shifted[0] != "0"


def _unit(suffix: str) -> tuple[int, int, str]:
    """Base, power and notation that a suffix stands for."""
    if suffix in DECIMAL:
        return 10, DECIMAL[suffix], DECIMAL_SI
    if suffix in BINARY:
        return 2, BINARY[suffix], BINARY_SI
    if (match := _exponent(suffix)) and abs(int(match[1][:12])) <= MAX_DIGITS:
        return 10, int(match[1]), DECIMAL_EXPONENT
    raise QuantityError(WRONG_SUFFIX)


def _bounded(value: Fraction, notation: str) -> Fraction:
    """Upstream keeps nano precision, rounding away from zero, and caps binary amounts that no int64 holds."""
    if notation == BINARY_SI and abs(value) > MAX:
        return Fraction(MAX if value > 0 else -MAX)
    nanos = value / NANO
    if nanos.denominator == 1:
        return value
    rounded = _up(abs(nanos)) * NANO
    return rounded if value > 0 else -rounded


def _up(value: Fraction) -> int:
    return -((-value.numerator) // value.denominator)


def _canonical(value: Fraction, notation: str) -> str:
    if not value:
        return "0"
    if notation == BINARY_SI and abs(value) >= 1024 and value.denominator == 1:
        return _binary(value.numerator)
    return _decimal(value, notation if notation != BINARY_SI else DECIMAL_SI)


def _binary(amount: int) -> str:
    power = 0
    while amount % 1024 == 0 and power < 60:
        amount //= 1024
        power += 10
    return f"{amount}{BINARY_NAMES[power]}" if power else str(amount)


def _decimal(value: Fraction, notation: str) -> str:
    """The largest unit, in steps of a thousand, that needs no fraction."""
    amount, power = value / NANO, -9
    number = amount.numerator
    while number % 1000 == 0 and (power < 18 or notation == DECIMAL_EXPONENT):
        number //= 1000
        power += 3
    if notation == DECIMAL_SI:
        return f"{number}{DECIMAL_NAMES[power]}"
    return f"{number}e{power}" if power else str(number)
