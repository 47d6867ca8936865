import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cluster_engine.machinery import field_selectors, selectors
from cluster_engine.machinery.selectors import NOTHING, SelectorError


@pytest.mark.parametrize(
    ("text", "labels", "fits"),
    [
        ("app=web", {"app": "web"}, True),
        ("app!=web", {}, True),
        ("app in (a, b)", {"app": "b"}, True),
        ("app notin (a)", {}, True),
        ("!app", {"app": ""}, False),
        ("app", {"app": ""}, True),
        ("n>3", {"n": "4"}, True),
        ("n<3", {"n": "x"}, False),
        ("a=b,c=d", {"a": "b"}, False),
        ("", {}, True),
        ("a in (,b)", {"a": ""}, True),
    ],
)
def test_a_selector_chooses_by_labels(text: str, labels: dict[str, str], fits: bool) -> None:
    assert selectors.parse(text).matches(labels) is fits


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("a b", "unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt"),
        ("a,", "found '', expected: identifier after ','"),
        ("=", "found '=', expected: !, identifier, or 'end of string'"),
        ("a in x", "unable to parse requirement: found 'x' expected: '('"),
        ("a==b c", "found 'c', expected: ',' or 'end of string'"),
        ("x>a", "unable to parse requirement: values[0]: Invalid value: \"a\": for 'Gt', 'Lt' operators, the value must be an integer"),
    ],
)
def test_refuses_with_upstreams_sentence(text: str, why: str) -> None:
    with pytest.raises(SelectorError) as refused:
        selectors.parse(text)
    assert str(refused.value) == why


def test_no_selector_object_matches_nothing_and_an_empty_one_everything() -> None:
    assert selectors.from_object(None) is NOTHING
    assert selectors.from_object({}).matches({"a": "b"})
    assert not NOTHING.matches({"a": "b"})


def test_an_object_says_the_same_as_its_text() -> None:
    made = selectors.from_object({"matchLabels": {"a": "b"}, "matchExpressions": [{"key": "c", "operator": "NotIn", "values": ["e", "d"]}]})
    assert str(made) == "a=b,c notin (d,e)"
    assert selectors.parse(str(made)).requirements == tuple(r for r in selectors.parse("a=b,c notin (d,e)").requirements)


def test_validation_names_the_place() -> None:
    found = selectors.validate({"matchExpressions": [{"key": "a", "operator": "In"}, {"key": "a", "operator": "Odd"}]}, "spec.selector")
    assert [e.path for e in found] == ["spec.selector.matchExpressions[0].values", "spec.selector.matchExpressions[1].operator"]


words = st.from_regex(r"[a-z0-9]([a-z0-9]{0,5}[a-z0-9])?", fullmatch=True)


@given(st.dictionaries(words, words, max_size=4), st.dictionaries(words, words, max_size=4))
def test_a_map_selects_what_contains_it(wanted: dict[str, str], labels: dict[str, str]) -> None:
    assert selectors.from_map(wanted).matches(labels) == (wanted.items() <= labels.items())


@given(st.lists(st.tuples(words, st.sampled_from(["=", "!=", " in ", " notin "]), words), max_size=4))
def test_printing_and_parsing_meet(parts: list[tuple[str, str, str]]) -> None:
    text = ",".join(f"{k}{op}({v})" if "in" in op else f"{k}{op}{v}" for k, op, v in parts)
    parsed = selectors.parse(text)
    assert str(selectors.parse(str(parsed))) == str(parsed)


@given(st.text(max_size=20))
def test_any_text_is_a_selector_or_refused(text: str) -> None:
    with contextlib.suppress(SelectorError):
        selectors.parse(text).matches({"a": "b"})


def test_fields_are_selected_with_escapes() -> None:
    found = field_selectors.parse(r"metadata.name=a\,b,spec.x!=c")
    assert found.matches({"metadata.name": "a,b", "spec.x": "d"})
    assert found.exact("metadata.name") == "a,b"
    with pytest.raises(field_selectors.FieldSelectorError, match="can't understand 'nonsense'"):
        field_selectors.parse("nonsense")
