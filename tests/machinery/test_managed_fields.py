"""Ownership: what writes and applies leave in managedFields, and what an apply may not do."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cluster_engine.machinery import schema
from cluster_engine.machinery.apply.sets import of_paths
from cluster_engine.machinery.managed_fields import LAST_APPLIED, FieldManager
from cluster_engine.machinery.manifest import private
from cluster_engine.machinery.status import ApiError

known = schema.load()
CONFIG_MAPS = FieldManager(known.kind("", "v1", "ConfigMap"))
DEPLOYMENTS = FieldManager(known.kind("apps", "v1", "Deployment"), {"": of_paths(("status",)), "status": of_paths(("spec",))})
SERVICES = FieldManager(known.kind("", "v1", "Service"))


def config(uid: str = "", **data: Any) -> dict[str, Any]:
    meta = {"name": "a", "namespace": "x"} | ({"uid": uid} if uid else {})
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": meta} | ({"data": data} if data else {})


def stored(obj: dict[str, Any] | None) -> dict[str, Any]:
    assert obj is not None
    return {**obj, "metadata": {**obj["metadata"], "uid": "u"}}


def owners(obj: dict[str, Any]) -> dict[str, Any]:
    return {f"{e['manager']} {e['operation']}": e["fieldsV1"] for e in obj["metadata"].get("managedFields", [])}


def keeping(live: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {**live, **changes}


def test_a_creator_owns_what_it_set() -> None:
    made = CONFIG_MAPS.on_update(None, config(k="v"), "one", 0.0)
    assert owners(made) == {"one Update": {"f:data": {".": {}, "f:k": {}}}}
    assert made["metadata"]["managedFields"][0]["time"] == "1970-01-01T00:00:00Z"


def test_a_changer_takes_the_field_and_what_is_gone_is_nobodys() -> None:
    live = stored(CONFIG_MAPS.on_update(None, config(k="v", l="w"), "one", 0.0))
    changed = CONFIG_MAPS.on_update(live, keeping(live, data={"k": "x"}), "two", 5.0)
    assert owners(changed) == {"one Update": {"f:data": {}}, "two Update": {"f:data": {"f:k": {}}}}


def test_a_write_that_changes_nothing_leaves_the_entries_themselves() -> None:
    live = stored(CONFIG_MAPS.on_update(None, config(k="v"), "one", 0.0))
    again = CONFIG_MAPS.on_update(live, private(live), "two", 9.0)
    assert again["metadata"]["managedFields"] == live["metadata"]["managedFields"]


def test_an_empty_list_or_entry_clears_all_owners() -> None:
    live = stored(CONFIG_MAPS.on_update(None, config(k="v"), "one", 0.0))
    for wish in ([], [{}]):
        new = keeping(live, metadata={**live["metadata"], "managedFields": wish})
        assert "managedFields" not in CONFIG_MAPS.on_update(live, new, "two", 1.0)["metadata"]
    without = keeping(live, metadata={k: v for k, v in live["metadata"].items() if k != "managedFields"})
    assert owners(CONFIG_MAPS.on_update(live, without, "two", 1.0)) == owners(live)


def test_status_writes_own_no_spec() -> None:
    live = stored(
        DEPLOYMENTS.on_update(
            None, {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "a"}, "spec": {"replicas": 1}, "status": {}}, "one", 0.0
        )
    )
    new = {**live, "spec": {"replicas": 9}, "status": {"replicas": 1}}
    entries = DEPLOYMENTS.on_update(live, new, "kcm", 1.0, "status")["metadata"]["managedFields"]
    assert entries[1] | {"time": ""} == {
        "manager": "kcm",
        "operation": "Update",
        "apiVersion": "apps/v1",
        "time": "",
        "fieldsType": "FieldsV1",
        "fieldsV1": {"f:status": {"f:replicas": {}}},
        "subresource": "status",
    }


def test_more_than_ten_updaters_are_put_together() -> None:
    live = stored(CONFIG_MAPS.on_update(None, config(k0="v"), "m0", 0.0))
    for i in range(1, 14):
        live = CONFIG_MAPS.on_update(live, keeping(live, data={**live["data"], f"k{i}": "v"}), f"m{i}", float(i))
    names = [e["manager"] for e in live["metadata"]["managedFields"]]
    assert len(names) == 10 and "ancient-changes" in names


def test_apply_adds_merges_and_takes_back_its_own() -> None:
    live = stored(CONFIG_MAPS.on_apply(None, config(k="v", l="w"), "one", 0.0))
    assert owners(live) == {"one Apply": {"f:data": {"f:k": {}, "f:l": {}}}}
    live = stored(CONFIG_MAPS.on_apply(live, config(m="x"), "two", 1.0))
    assert live["data"] == {"k": "v", "l": "w", "m": "x"}
    live = stored(CONFIG_MAPS.on_apply(live, config(k="v"), "one", 2.0))
    assert live["data"] == {"k": "v", "m": "x"}


def test_a_conflict_names_owner_and_field() -> None:
    live = stored(CONFIG_MAPS.on_apply(None, config(k="v", l="w"), "one", 0.0))
    with pytest.raises(ApiError) as refused:
        CONFIG_MAPS.on_apply(live, config(k="x", l="y"), "two", 1.0)
    assert refused.value.message == 'Apply failed with 2 conflicts: conflicts with "one":\n- .data.k\n- .data.l'
    assert refused.value.details == {
        "causes": [{"reason": "FieldManagerConflict", "message": 'conflict with "one"', "field": f} for f in (".data.k", ".data.l")]
    }
    forced = CONFIG_MAPS.on_apply(live, config(k="x"), "two", 1.0, force=True)
    assert forced is not None and owners(forced) == {"one Apply": {"f:data": {"f:l": {}}}, "two Apply": {"f:data": {"f:k": {}}}}


def test_what_was_there_before_the_first_apply_has_an_owner() -> None:
    with pytest.raises(ApiError) as refused:
        CONFIG_MAPS.on_apply(config("u", k="v"), config(k="w"), "one", 1.0)
    assert refused.value.message == 'Apply failed with 1 conflict: conflict with "before-first-apply" using v1: .data.k'


def test_lists_with_keys_are_owned_item_by_item() -> None:
    def service(*ports: dict[str, Any]) -> dict[str, Any]:
        return {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "a"}, "spec": {"ports": list(ports)}}

    live = stored(SERVICES.on_apply(None, service({"name": "a", "port": 1}), "one", 0.0))
    live = stored(SERVICES.on_apply(live, service({"name": "b", "port": 1, "protocol": "UDP"}), "two", 1.0))
    assert [p["name"] for p in live["spec"]["ports"]] == ["a", "b"]
    live = stored(SERVICES.on_apply(live, {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "a"}}, "one", 2.0))
    assert [p["name"] for p in live["spec"]["ports"]] == ["b"]


@pytest.mark.parametrize(
    ("patch", "code", "why"),
    [
        ({**config(), "nothing": "x"}, 500, "failed to create typed patch object (x/a; /v1, Kind=ConfigMap): .nothing: field not declared in schema"),
        ({**config(), "data": ["x"]}, 500, "failed to create typed patch object (x/a; /v1, Kind=ConfigMap): .data: expected map, got &{[x]}"),
        ({**config(), "metadata": {"name": "a", "managedFields": []}}, 400, "metadata.managedFields must be nil"),
    ],
)
def test_a_configuration_that_does_not_fit_is_refused(patch: dict[str, Any], code: int, why: str) -> None:
    with pytest.raises(ApiError) as refused:
        CONFIG_MAPS.on_apply(None, patch, "one", 0.0)
    assert (refused.value.code, refused.value.message) == (code, why)


def test_kubectl_takes_over_what_its_client_side_apply_set() -> None:
    before = config(k="v")
    before["metadata"]["annotations"] = {LAST_APPLIED: '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"},"data":{"k":"v"}}'}
    live = stored(CONFIG_MAPS.on_update(None, before, "kubectl-client-side-apply", 0.0))
    applied = CONFIG_MAPS.on_apply(live, config(k="w"), "kubectl", 1.0)
    assert applied is not None and applied["data"] == {"k": "w"}
    with pytest.raises(ApiError):
        CONFIG_MAPS.on_apply(live, config(k="w"), "somebody", 1.0)


datas = st.dictionaries(st.sampled_from("abcd"), st.sampled_from("xyz"), max_size=4)


@given(datas, datas)
def test_applying_twice_changes_nothing_the_second_time(first: dict[str, str], second: dict[str, str]) -> None:
    live = stored(CONFIG_MAPS.on_apply(None, config(**first), "one", 0.0))
    live = stored(CONFIG_MAPS.on_apply(live, config(**second), "one", 1.0) or live)
    assert live.get("data") or second == {}
    assert CONFIG_MAPS.on_apply(live, config(**second), "one", 2.0) is None


@given(datas, datas, datas)
def test_nobody_owns_what_is_not_there_and_applies_never_touch_their_input(a: dict[str, str], b: dict[str, str], c: dict[str, str]) -> None:
    live = stored(CONFIG_MAPS.on_apply(None, config(**a), "one", 0.0))
    live = stored(CONFIG_MAPS.on_update(live, keeping(live, data=b), "two", 1.0))
    before = private(live)
    after = CONFIG_MAPS.on_apply(live, config(**c), "one", 2.0, force=True) or live
    assert live == before
    there = set(after.get("data") or {})
    for fields in owners(after).values():
        assert {k[2:] for k in fields.get("f:data", {}) if k != "."} <= there
    assert set(c) <= there
