"""Policies written in expressions: they refuse, warn, note and change what is written."""

import json

import pytest

from cluster_engine.cluster import Cluster
from cluster_engine.kernel.clock import VirtualClock
from cluster_engine.machinery.status import ApiError
from cluster_engine.store.backend import MemoryBackend
from cluster_engine.store.mvcc import Store

GROUP = "admissionregistration.k8s.io"
RULES = {"resourceRules": [{"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE", "UPDATE"], "resources": ["configmaps"]}]}


@pytest.fixture
def api():
    clock = VirtualClock(1_700_000_000.0)
    cluster = Cluster("test", Store(MemoryBackend()), clock, 7, "hollow", components=())
    return cluster.api.loopback


def define(api, kind, name, spec, binding=None):
    plural = f"{kind.lower().removesuffix('y')}ies"
    api.create(f"{plural}.{GROUP}", {"apiVersion": f"{GROUP}/v1", "kind": kind, "metadata": {"name": name}, "spec": spec}, why="test")
    bound = {"policyName": name} | (binding or {})
    api.create(
        f"{kind.lower()}bindings.{GROUP}", {"apiVersion": f"{GROUP}/v1", "kind": f"{kind}Binding", "metadata": {"name": name}, "spec": bound}, why="test"
    )


def validating(api, spec, binding=None):
    define(api, "ValidatingAdmissionPolicy", "p", {"matchConstraints": RULES} | spec, {"validationActions": ["Deny"]} | (binding or {}))


def mutating(api, name, mutation, again="Never"):
    spec = {"matchConstraints": RULES, "reinvocationPolicy": again, "mutations": [mutation]}
    define(api, "MutatingAdmissionPolicy", name, spec)


def merging(expression):
    return {"patchType": "ApplyConfiguration", "applyConfiguration": {"expression": expression}}


def config_map(name="a", **data):
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "namespace": "default"}, "data": data}


def refusal(api, manifest):
    with pytest.raises(ApiError) as caught:
        api.create("configmaps", manifest, why="test")
    return caught.value


def test_a_failed_expression_refuses_with_its_reason_and_computed_message(api):
    rule = {"expression": "variables.n < 2", "messageExpression": "'has ' + string(variables.n)", "reason": "Forbidden"}
    validating(api, {"variables": [{"name": "n", "expression": "size(object.data)"}], "validations": [rule]})
    error = refusal(api, config_map(a="1", b="2"))
    assert (error.code, error.reason) == (403, "Forbidden")
    assert error.message == "configmaps \"a\" is forbidden: ValidatingAdmissionPolicy 'p' with binding 'p' denied request: has 2"
    api.create("configmaps", config_map(a="1"), why="test")


def test_an_error_is_a_refusal_unless_failures_are_ignored(api):
    validating(api, {"validations": [{"expression": "object.data.none == 'x'"}]})
    assert refusal(api, config_map(a="1")).message.endswith("expression 'object.data.none == 'x'' resulted in error: no such key: none")


def test_ignored_failures_let_the_write_pass(api):
    validating(api, {"failurePolicy": "Ignore", "validations": [{"expression": "object.data.none == 'x'"}]})
    api.create("configmaps", config_map(a="1"), why="test")


def test_match_conditions_and_selectors_narrow_the_policy(api):
    conditions = [{"name": "only", "expression": "request.userInfo.username != 'system:apiserver'"}]
    validating(api, {"matchConditions": conditions, "validations": [{"expression": "false"}]})
    api.create("configmaps", config_map(), why="test")


def test_parameters_come_from_another_object(api):
    api.create("configmaps", config_map("limits", most="1"), why="test")
    ref = {"name": "limits", "namespace": "default", "parameterNotFoundAction": "Deny"}
    spec = {"paramKind": {"apiVersion": "v1", "kind": "ConfigMap"}, "validations": [{"expression": "size(object.data) <= int(params.data.most)"}]}
    validating(api, spec, {"paramRef": ref})
    assert refusal(api, config_map(a="1", b="2")).code == 422
    api.create("configmaps", config_map(a="1"), why="test")


def test_missing_parameters_refuse_when_the_binding_says_so(api):
    ref = {"name": "none", "namespace": "default", "parameterNotFoundAction": "Deny"}
    spec = {"paramKind": {"apiVersion": "v1", "kind": "ConfigMap"}, "validations": [{"expression": "true"}]}
    validating(api, spec, {"paramRef": ref})
    assert refusal(api, config_map()).message.endswith("no params found for policy binding with `Deny` parameterNotFoundAction")


def test_the_authorizer_answers_in_expressions(api):
    validating(api, {"validations": [{"expression": "!authorizer.group('').resource('secrets').namespace('default').check('get').allowed()"}]})
    assert refusal(api, config_map()).code == 422


def test_merging_sets_labels_and_keeps_the_rest(api):
    mutating(api, "m", merging("Object{metadata: Object.metadata{labels: {'made': 'yes'}}}"))
    made = api.create("configmaps", config_map(a="1"), why="test")
    assert made["metadata"]["labels"] == {"made": "yes"} and made["data"] == {"a": "1"}


def test_patches_change_the_object(api):
    patch = "[JSONPatch{op: 'add', path: '/data/extra', value: object.metadata.name}]"
    mutating(api, "m", {"patchType": "JSONPatch", "jsonPatch": {"expression": patch}})
    assert api.create("configmaps", config_map(a="1"), why="test")["data"] == {"a": "1", "extra": "a"}


def test_an_earlier_policy_sees_later_changes_when_it_asks_to(api):
    seen = "Object{data: {'first': 'second' in object.data ? 'saw it' : 'did not'}}"
    mutating(api, "a", merging(seen), "IfNeeded")
    mutating(api, "b", merging("Object{data: {'second': 'here'}}"))
    assert api.create("configmaps", config_map(), why="test")["data"] == {"first": "saw it", "second": "here"}


def test_a_mutation_may_not_rename(api):
    mutating(api, "m", merging("Object{metadata: Object.metadata{name: 'b'}}"))
    assert "metadata.name must not be set" in refusal(api, config_map()).message


def test_policies_do_not_judge_policies(api):
    rules = {"resourceRules": [{"apiGroups": ["*"], "apiVersions": ["*"], "operations": ["*"], "resources": ["*"]}]}
    define(api, "ValidatingAdmissionPolicy", "all", {"matchConstraints": rules, "validations": [{"expression": "false"}]}, {"validationActions": ["Deny"]})
    api.delete(f"validatingadmissionpolicybindings.{GROUP}", "", "all", why="test")
    api.create("configmaps", config_map(), why="test")


def test_audit_annotations_and_warnings():
    from cluster_engine.apiserver.admission.validating_admission_policy import Failure, _annotate

    class Request:
        annotations: dict[str, str] = {}

    request = Request()
    _annotate(request, [Failure("p", "b", "too much", ("Audit",))], {"p/size": ["2", "2", "3"]})
    assert json.loads(request.annotations["validation.policy.admission.k8s.io/validation_failure"])[0]["message"] == "too much"
    assert request.annotations["p/size"] == "2, 3"
