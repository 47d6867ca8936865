"""Expressions: types, errors as upstream words them, Kubernetes' functions, bounds."""

import pytest

from cluster_engine.machinery.cel.authorizer import REQUESTER, asking
from cluster_engine.machinery.cel.environment import CompileError, Environment, EvaluationError
from cluster_engine.machinery.cel.objects import makes_object, rewritten

ENV = Environment({"object": "dyn", "variables.size": "int", "authorizer": "dyn"})


def value(source, **data):
    return ENV.compile(source).evaluate({k.replace("__", "."): v for k, v in data.items()})


def refusal(source):
    with pytest.raises(CompileError) as caught:
        ENV.compile(source)
    return str(caught.value)


def test_types_are_named_as_upstream_names_them():
    assert [ENV.compile(s).type for s in ("1 + 1", '"a"', "null", "[1]", "{'a': 1}", "object.x")] == [
        "int", "string", "null_type", "list(int)", "map(string, int)", "dyn",
    ]  # fmt: skip


def test_syntax_errors_point_at_the_place():
    assert refusal("1 +").startswith("ERROR: <input>:1:4: Syntax error: mismatched input '<EOF>' expecting {'[', '{',")


def test_unknown_names_are_told_by_their_root():
    assert refusal("params.x == 1") == "ERROR: <input>:1:1: undeclared reference to 'params' (in container '')\n | params.x == 1\n | ^"
    assert refusal("variables.none").startswith("ERROR: <input>:1:10: undefined field 'none'")


def test_variables_keep_their_type():
    assert value("variables.size < 2", variables__size=1) is True
    assert "no matching overload" in refusal("variables.size + 'a'")


def test_runtime_errors_are_worded_as_upstream():
    for source, text in (("object.nope", "no such key: nope"), ("1 / 0", "division by zero"), ("[1][object.i]", "index out of bounds: 7")):
        with pytest.raises(EvaluationError, match=text):
            value(source, object={"i": 7})


def test_endless_work_is_cut_off():
    nested = "object.all(a, object.all(b, object.all(c, a + b + c >= 0)))"
    with pytest.raises(EvaluationError, match="cost limit"):
        value(nested, object=list(range(3000)))


def test_functions_of_kubernetes():
    assert value("quantity('1Gi').isGreaterThan(quantity('500Mi'))")
    assert value("cidr('10.0.0.0/8').containsIP('10.1.1.1')")
    assert value("ip('::1').family()") == 6
    assert value("url('https://a.b:80/c?d=e').getPort()") == "80"
    assert value("semver('1.2.3').isLessThan(semver('1.10.0'))")
    assert value("'abc123'.find('[0-9]+')") == "123"
    assert value("[3, 1].max() + [1, 2].sum()") == 6
    assert value("sets.intersects([1, 2], [2])")


def test_regular_expressions_that_could_run_away_are_refused():
    with pytest.raises(EvaluationError, match="unsupported pattern"):
        value("'aaaa'.find('(a+)+$')")


def test_authorizer_asks_who_may():
    asked = []

    def ask(what):
        asked.append(what)
        return True, "because"

    with asking(ask):
        assert value("authorizer.group('apps').resource('deployments').namespace('x').check('create').allowed()", authorizer=REQUESTER)
    assert asked == [{"group": "apps", "resource": "deployments", "namespace": "x", "verb": "create"}]


def test_object_literals_become_maps():
    source = "Object{metadata: Object.metadata{labels: {'a: b': 'Object{'}}}"
    assert makes_object(source)
    assert value(rewritten(source)) == {"metadata": {"labels": {"a: b": "Object{"}}}
    assert not makes_object("{'a': 1}")


def layers(count, first, step):
    inner = f"a{count}"
    for i in range(count, 0, -1):
        inner = f"cel.bind(a{i}, {step.format(f'a{i - 1}')}, {inner})"
    return f"cel.bind(a0, {first}, {inner})"


@pytest.mark.parametrize(
    "source",
    [
        layers(20, "'xxxxxxxxxxxx'", "{0} + {0}"),
        layers(20, "[1, 2]", "{0} + {0}"),
        "size('a'" + ".replace('a', 'aaaaaaaaaa')" * 12 + ")",
        "'q'" + "".join(f".replace('q', '{'q' * 50}')" for _ in range(8)),
        "object.map(a, object.map(b, 'x'.replace('x', object[0])))",
    ],
)
def test_values_that_would_outgrow_memory_are_cut_off(source):
    with pytest.raises(EvaluationError, match="cost limit"):
        value(source, object=["y" * 1000] * 200)


@pytest.mark.parametrize("source", [layers(14, "[1]", "[{0}, {0}]"), "[1]" + ".map(x, [x, x])" * 14])
def test_literals_that_repeat_layer_on_layer_are_refused(source):
    assert "cost limit" in refusal(source)


def test_copies_of_large_inputs_are_cut_off():
    with pytest.raises(EvaluationError, match="cost limit"):
        value("[" + ", ".join(["object"] * 40) + "]", object=list(range(100_000)))


def test_additions_keep_their_types():
    sums = ["'a' + 'b'", "object.n + 1", "object.f + 0.5", "object.s + 'x'", "object.l + [2]", "b'a' + b'b' == b'ab'"]
    assert [value(s, object={"n": 1, "f": 1.0, "s": "s", "l": [1]}) for s in sums] == ["ab", 2, 1.5, "sx", [1, 2], True]
    assert value("'%s is %d, %.2f'.format(['a', 3, 1.5])") == "a is 3, 1.50"
    with pytest.raises(EvaluationError, match="no such overload"):
        value("object.n + object.s", object={"n": 1, "s": "s"})


@pytest.mark.parametrize("source", ["object[0].find('y*y*y*y*z')", "object.distinct()", "sets.contains(object, object)"])
def test_searches_that_would_take_long_are_cut_off(source):
    with pytest.raises(EvaluationError, match="cost limit"):
        value(source, object=["y" * 1000 + str(i) for i in range(5000)])
