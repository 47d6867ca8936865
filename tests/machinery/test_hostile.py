"""Whatever comes in, the machinery gives an answer or refuses with a Status; it never breaks."""

import contextlib
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from cluster_engine.machinery import schema
from cluster_engine.machinery.managed_fields import FieldManager
from cluster_engine.machinery.manifest import private
from cluster_engine.machinery.patch import strategic
from cluster_engine.machinery.schema.decode import DecodeError, decode
from cluster_engine.machinery.schema.tree import Schema
from cluster_engine.machinery.status import ApiError
from cluster_engine.machinery.structural import definition, prune, rules
from cluster_engine.machinery.structural.tree import tree
from cluster_engine.machinery.structural.validate import validate
from cluster_engine.resources.apiextensions.customresourcedefinition import KIND as DEFINITION

known = schema.load()
POD = known.kind("", "v1", "Pod") or Schema("struct")
CRD = known.kind("apiextensions.k8s.io", "v1", "CustomResourceDefinition") or Schema("struct")
PODS = FieldManager(POD)
LIVE = {
    "apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a", "uid": "u", "labels": {"a": "b"}, "finalizers": ["a/b"]},
    "spec": {"containers": [{"name": "a", "ports": [{"containerPort": 1, "protocol": "TCP"}], "args": ["x"]}], "tolerations": [{"key": "a"}]},
}  # fmt: skip

keys = st.sampled_from(
    ["metadata", "spec", "containers", "name", "labels", "ports", "args", "tolerations", "finalizers", "$patch", "$retainKeys", "$setElementOrder/containers",
     "$deleteFromPrimitiveList/finalizers", "containerPort", "volumes", "status", "managedFields"]
)  # fmt: skip
anything = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.floats(-9, 9) | st.sampled_from(["a", "b", "delete", "replace", "merge"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=4),
    max_leaves=15,
)
patches = st.dictionaries(keys, anything, max_size=4)


@given(patches)
def test_a_strategic_patch_is_applied_or_refused(patch: dict[str, Any]) -> None:
    before = private(LIVE)
    with contextlib.suppress(ApiError):
        merged = strategic.apply(LIVE, patch, POD)
        strategic.restore_error(merged, POD)
        with contextlib.suppress(DecodeError):
            decode(merged, POD)
    assert before == LIVE


@given(patches, st.booleans())
def test_an_apply_is_carried_out_or_refused(patch: dict[str, Any], force: bool) -> None:
    before = private(LIVE)
    with contextlib.suppress(ApiError):
        PODS.on_apply(LIVE, {**patch, "apiVersion": "v1", "kind": "Pod"}, "one", 1.0, force=force)
    assert before == LIVE


words = st.sampled_from(
    ["type", "properties", "items", "additionalProperties", "a", "b", "default", "enum", "required", "oneOf", "not", "x-kubernetes-list-type", "pattern",
     "format",
     "x-kubernetes-list-map-keys", "x-kubernetes-validations", "x-kubernetes-int-or-string", "x-kubernetes-preserve-unknown-fields", "minimum", "nullable"]
)  # fmt: skip
values = st.sampled_from(["object", "array", "string", "integer", "map", "set", "a", "(", "self > 1", "date"])
schemas = st.dictionaries(
    words,
    st.recursive(
        st.none() | st.booleans() | st.integers(-3, 3) | values, lambda i: st.lists(i, max_size=3) | st.dictionaries(words, i, max_size=4), max_leaves=15
    ),
    max_size=5,
)


@settings(deadline=None)
@given(schemas, anything)
def test_a_definition_is_refused_or_its_schema_works(raw: dict[str, Any], value: Any) -> None:
    crd = {"spec": {"group": "e.x", "versions": [{"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": {"type": "object", **raw}}}]}}
    try:
        typed = decode({**crd, "metadata": {"name": "a.e.x"}}, CRD).manifest
    except DecodeError:
        return
    DEFINITION.default(typed)
    DEFINITION.validate(typed)
    made = typed["spec"]["versions"][0]["schema"]["openAPIV3Schema"]
    if definition.check(made, "s"):
        return
    with contextlib.suppress(DecodeError):
        found = prune.read({"spec": value, "a": value}, made, known.object_meta).manifest
        validate(found, made)
        rules.check(found, made, found)
        FieldManager(tree(made, known)).on_update(None, {"apiVersion": "e.x/v1", "kind": "A", **found}, "one", 1.0)
