from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from cluster_engine.machinery.apply.sets import difference, intersection, is_valid, meets, members, of_paths, union

elements = st.sampled_from(["f:a", "f:b", "f:c", 'k:{"name":"x"}', 'v:"y"'])
paths = st.lists(elements, min_size=1, max_size=3).map(tuple)


def of(found: set[tuple[str, ...]]) -> dict[str, Any]:
    """The set in its stored form."""
    out: dict[str, Any] = {}
    for path in sorted(found):
        made: dict[str, Any] = {}
        for element in reversed(path):
            made = {element: made}
        out = union(out, made)
    return out


def flat(found: dict[str, Any]) -> set[str]:
    return set(members(found))


sets = st.sets(paths, max_size=6)


@given(sets, sets)
def test_operations_are_those_of_sets(a: set[tuple[str, ...]], b: set[tuple[str, ...]]) -> None:
    left, right = of(a), of(b)
    assert flat(union(left, right)) == flat(of(a | b))
    assert flat(difference(left, right)) == flat(of(a - b))
    assert flat(intersection(left, right)) == flat(of(a & b))
    assert meets(left, right) == bool(a & b)
    assert union(left, right) == of(a | b) and difference(left, right) == of(a - b)


@given(sets)
def test_a_set_without_nothing_is_the_same_object(a: set[tuple[str, ...]]) -> None:
    made = of(a)
    assert difference(made, {}) is made
    assert difference(made, made) == {} and intersection(made, made) == made


@given(sets)
def test_what_is_made_is_valid(a: set[tuple[str, ...]]) -> None:
    assert is_valid(of(a))


def test_a_whole_difference_takes_everything_below() -> None:
    owned = {"f:status": {"f:phase": {}}, "f:spec": {"f:a": {}}}
    assert difference(owned, of_paths(("status",)), True) == {"f:spec": {"f:a": {}}}
    assert difference(owned, of_paths(("status",))) == owned


def test_members_are_shown_as_conflicts_show_them() -> None:
    assert list(members({"f:spec": {"f:ports": {'k:{"port":1,"protocol":"TCP"}': {".": {}, "f:name": {}}}, "f:x": {}}})) == [
        ".spec.x",
        '.spec.ports[port=1,protocol="TCP"]',
        '.spec.ports[port=1,protocol="TCP"].name',
    ]
