"""JSON and YAML as text: syntax errors, repeated keys, hostile input."""

import contextlib
import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cluster_engine.machinery import json_text, yaml

letters = st.text(st.characters(min_codepoint=32, max_codepoint=0x17F, exclude_categories=["Cc"]), min_size=1, max_size=6)
documents = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | letters,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(letters, inner, max_size=4),
    max_leaves=12,
)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "unexpected end of JSON input"),
        ("not json", "invalid character 'o' in literal null (expecting 'u')"),
        ('{"a" 1}', "invalid character '1' after object key"),
        ('{"a":1,}', "invalid character '}' looking for beginning of object key string"),
        ("[1 2]", "invalid character '2' after array element"),
        ('{"a":1} x', "invalid character 'x' after top-level value"),
        ('"\\x"', "invalid character 'x' in string escape code"),
    ],
)
def test_bad_json_is_refused_as_go_refuses_it(text: str, why: str) -> None:
    with pytest.raises(json_text.JsonSyntaxError) as refused:
        json_text.parse(text)
    assert str(refused.value) == why


def test_repeated_keys_are_found_with_their_paths() -> None:
    parsed = json_text.parse('{"a":{"b":1,"b":2},"c":[{"d":1,"d":2}]}')
    assert parsed.repeated and list(json_text.duplicates(parsed.value)) == ["a.b", "c[0].d"]
    assert json_text.plain(parsed.value) == {"a": {"b": 2}, "c": [{"d": 2}]}


def test_deep_json_is_refused_not_crashed() -> None:
    with pytest.raises(json_text.JsonSyntaxError):
        json_text.parse("[" * 200_000)


@given(documents)
def test_json_reads_what_json_writes(document: object) -> None:
    assert json_text.parse(json.dumps(document)).value == document


@given(documents)
def test_yaml_reads_json_alike(document: object) -> None:
    assert yaml.parse(json.dumps(document, ensure_ascii=False)).value == document


@given(st.binary(max_size=60))
def test_any_bytes_are_json_or_refused(body: bytes) -> None:
    with contextlib.suppress(json_text.JsonSyntaxError):
        json_text.parse(body)


@given(st.text(max_size=60))
def test_any_text_is_yaml_or_refused(text: str) -> None:
    with contextlib.suppress(yaml.YamlError):
        yaml.parse(text)


def test_yaml_means_what_it_means_to_kubectl() -> None:
    assert yaml.parse("a: no\nb: 010\nc: 1e3\nd: 2020-01-01\ne: 22:22\nf: ~\ng: 'no'\n1: x").value == {
        "a": False,
        "b": 8,
        "c": 1000.0,
        "d": "2020-01-01",
        "e": "22:22",
        "f": None,
        "g": "no",
        "1": "x",
    }


def test_yaml_tells_repeated_keys_with_their_line() -> None:
    assert yaml.parse("a: 1\nb: 2\na: 3").notes == ('yaml: unmarshal errors:\n  line 3: key "a" already set in map',)


def test_yaml_knows_the_line_of_every_field() -> None:
    document = yaml.read("---\nspec:\n  containers:\n  - name: a\n    image: b\n")[0]
    assert document.lines["spec.containers[0].image"] == 5


def test_a_bomb_of_aliases_is_refused_at_once() -> None:
    bomb = "a0: &a0 [x,x,x,x,x,x,x,x,x]\n" + "".join(f"a{i}: &a{i} [{','.join([f'*a{i - 1}'] * 9)}]\n" for i in range(1, 12))
    began = time.perf_counter()
    with pytest.raises(yaml.YamlError, match="excessive aliasing"):
        yaml.parse(bomb)
    assert time.perf_counter() - began < 1


def test_deep_and_large_yaml_is_refused() -> None:
    with pytest.raises(yaml.YamlError, match="exceeded max depth"):
        yaml.parse("[" * 100_000)
    with pytest.raises(yaml.YamlError, match="larger than"):
        yaml.parse("a: " + "x" * (10 * 1024 * 1024))
