from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cluster_engine.machinery.quantity import BINARY, DECIMAL, QuantityError, canonical, milli, of, parse, whole


@pytest.mark.parametrize(
    ("written", "printed"),
    [
        ("0.5", "500m"),
        ("1024Mi", "1Gi"),
        ("1000Mi", "1000Mi"),
        ("1.5Gi", "1536Mi"),
        ("1e3", "1e3"),
        ("1000k", "1M"),
        ("4000m", "4"),
        ("0Gi", "0"),
        ("1.1Ki", "1126400m"),
        ("0.0001Ki", "102400u"),
        ("1.50", "1500m"),
        ("1.500", "1.500"),
        ("1.00000000001", "1000000001n"),
        ("8Ei", "9223372036854775807"),
    ],
)
def test_prints_the_canonical_form(written: str, printed: str) -> None:
    assert canonical(written) == printed


@pytest.mark.parametrize("text", ["", "abc", "1x", "1 Gi", "1.2.3"])
def test_refuses_what_is_no_number_with_a_unit(text: str) -> None:
    with pytest.raises(QuantityError, match="must match the regular expression"):
        parse(text)


@pytest.mark.parametrize("text", ["1ee3", "1mm", "1e99999"])
def test_refuses_units_that_there_are_not(text: str) -> None:
    with pytest.raises(QuantityError, match="suffix"):
        parse(text)


def test_rounds_up_to_thousandths_and_units() -> None:
    assert (milli("0.0001"), whole("1.1"), whole("100m")) == (1, 2, 1)


def test_a_sum_keeps_the_first_notation() -> None:
    assert str(parse("1Gi") + parse("1024Mi")) == "2Gi"
    assert str(of(0) + parse("1Ki")) == "1Ki"


numbers = st.integers(0, 10**12)
units = st.sampled_from([*BINARY, *(u for u in DECIMAL if u != "E")])


@given(numbers, units)
def test_printing_keeps_the_value_and_is_stable(number: int, unit: str) -> None:
    text = f"{number}{unit}"
    printed = canonical(text)
    assert parse(printed) == parse(text) or parse(text).value > 2**63 - 2
    assert canonical(printed) == printed


@given(numbers, numbers)
def test_order_and_sums_are_those_of_numbers(a: int, b: int) -> None:
    left, right = parse(f"{a}m"), parse(f"{b}m")
    assert (left < right) == (a < b)
    assert (left + right).value == Fraction(a + b, 1000)
    assert left + right - right == left


@given(st.text(max_size=12))
def test_any_text_is_a_quantity_or_refused(text: str) -> None:
    try:
        printed = canonical(text)
    except QuantityError:
        return
    assert parse(printed) == parse(text)
