"""Garbage collector and namespace decisions."""

from typing import Any

from cluster_engine.controllers.garbage_collector import CONTROLLER, graph
from cluster_engine.controllers.namespace import CONTROLLER as NAMESPACES
from cluster_engine.reconcile.actions import Delete, Event, Patch, Update, UpdateStatus
from tests.controllers.view import THEN, decide, named, of_type, view_of

MAPS = "configmaps"


def config_map(name: str, *owners: dict[str, Any], block: bool = False, **meta: Any) -> dict[str, Any]:
    made = named(name, **meta)
    if owners:
        made["ownerReferences"] = [
            {"apiVersion": "v1", "kind": "ConfigMap", "name": o["metadata"]["name"], "uid": o["metadata"]["uid"]}
            | ({"blockOwnerDeletion": True} if block else {})
            for o in owners
        ]
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": made}


def dying(manifest: dict[str, Any], *finalizers: str) -> dict[str, Any]:
    return manifest | {"metadata": manifest["metadata"] | {"deletionTimestamp": THEN, "finalizers": list(finalizers)}}


def test_an_object_whose_owner_is_gone_is_deleted() -> None:
    orphan = config_map("leaf", config_map("top"))
    delete = of_type(decide(CONTROLLER, orphan, {MAPS: [orphan]}), Delete)[0]
    assert (delete.name, delete.propagation, delete.uid) == ("leaf", "Background", "uid-leaf")
    assert "top is gone" in delete.why


def test_an_object_with_a_living_owner_stays() -> None:
    top = config_map("top")
    leaf = config_map("leaf", top)
    assert decide(CONTROLLER, leaf, {MAPS: [top, leaf]}) == []


def test_an_owner_of_the_same_name_but_another_uid_is_no_owner() -> None:
    leaf = config_map("leaf", config_map("top", uid="old"))
    assert len(of_type(decide(CONTROLLER, leaf, {MAPS: [config_map("top"), leaf]}), Delete)) == 1


def test_with_two_owners_the_reference_to_the_lost_one_goes() -> None:
    one, two = config_map("one"), config_map("two")
    leaf = config_map("leaf", one, two)
    patch = of_type(decide(CONTROLLER, leaf, {MAPS: [two, leaf]}), Patch)[0]
    assert [r["name"] for r in patch.patch["metadata"]["ownerReferences"]] == ["two"]


def test_an_unknown_owner_kind_is_left_alone() -> None:
    leaf = config_map("leaf")
    leaf["metadata"]["ownerReferences"] = [{"apiVersion": "example.com/v1", "kind": "Widget", "name": "w", "uid": "u"}]
    assert decide(CONTROLLER, leaf, {MAPS: [leaf]}) == []


def test_an_owner_in_another_namespace_owns_nothing_and_that_is_told() -> None:
    far = config_map("top", namespace="other")
    leaf = config_map("leaf", far)
    actions = decide(CONTROLLER, leaf, {MAPS: [far, leaf]})
    assert [e.reason for e in of_type(actions, Event)] == ["OwnerRefInvalidNamespace"]
    assert len(of_type(actions, Delete)) == 1


def test_foreground_waits_for_blocking_dependents() -> None:
    top = dying(config_map("top"), "foregroundDeletion")
    leaf = config_map("leaf", top, block=True)
    actions = decide(CONTROLLER, top, {MAPS: [top, leaf]})
    assert [d.name for d in of_type(actions, Delete)] == ["leaf"]
    assert of_type(actions, Patch) == []


def test_foreground_ends_when_nothing_blocks() -> None:
    top = dying(config_map("top"), "foregroundDeletion", "example.com/hold")
    patch = of_type(decide(CONTROLLER, top, {MAPS: [top]}), Patch)[0]
    assert patch.patch["metadata"]["finalizers"] == ["example.com/hold"]


def test_a_dependent_with_dependents_is_deleted_in_the_foreground_too() -> None:
    top = dying(config_map("top"), "foregroundDeletion")
    middle = config_map("middle", top, block=True)
    leaf = config_map("leaf", middle, block=True)
    assert of_type(decide(CONTROLLER, middle, {MAPS: [top, middle, leaf]}), Delete)[0].propagation == "Foreground"


def test_orphaning_frees_dependents_before_the_owner_goes() -> None:
    top = dying(config_map("top"), "orphan")
    leaf = config_map("leaf", top)
    first, second = of_type(decide(CONTROLLER, top, {MAPS: [top, leaf]}), Patch)
    assert (first.name, first.patch["metadata"]["ownerReferences"]) == ("leaf", None)
    assert (second.name, second.patch["metadata"]["finalizers"]) == ("top", None)


# -- namespaces


def namespace(**meta: Any) -> dict[str, Any]:
    full = named("shop", namespace="", **({"deletionTimestamp": THEN} | meta))
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": full, "spec": {"finalizers": ["kubernetes"]}, "status": {"phase": "Terminating"}}


def test_pods_go_before_everything_else() -> None:
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": named("p", namespace="shop"), "spec": {"containers": []}}
    around = {"pods": [pod], MAPS: [config_map("c", namespace="shop")]}
    actions = decide(NAMESPACES, namespace(), around)
    assert [d.name for d in of_type(actions, Delete)] == ["p"]
    conditions = {c["type"]: c for c in of_type(actions, UpdateStatus)[0].manifest["status"]["conditions"]}
    assert "configmaps. has 1 resource instances, pods. has 1 resource instances" in conditions["NamespaceContentRemaining"]["message"]


def test_what_waits_for_a_finalizer_is_named() -> None:
    held = dying(config_map("c", namespace="shop"), "example.com/hold")
    actions = decide(NAMESPACES, namespace(), {MAPS: [held]})
    assert of_type(actions, Delete) == []
    conditions = {c["type"]: c for c in of_type(actions, UpdateStatus)[0].manifest["status"]["conditions"]}
    assert (
        conditions["NamespaceFinalizersRemaining"]["message"]
        == "Some content in the namespace has finalizers remaining: example.com/hold in 1 resource instances"
    )


def test_an_empty_namespace_loses_its_finalizer() -> None:
    update = of_type(decide(NAMESPACES, namespace()), Update)[0]
    assert (update.subresource, update.manifest["spec"]["finalizers"]) == ("finalize", [])


def test_a_living_namespace_is_left_alone() -> None:
    alive = namespace()
    del alive["metadata"]["deletionTimestamp"]
    assert decide(NAMESPACES, alive) == []


def test_the_graph_shows_living_and_absent_owners() -> None:
    top = config_map("top")
    leaf, lone = config_map("leaf", top, block=True), config_map("lone", config_map("ghost"))
    drawn = graph(view_of(CONTROLLER, {MAPS: [top, leaf, lone]}))
    assert drawn["edges"] == [("uid-top", "uid-leaf", True), ("uid-ghost", "uid-lone", False)]
    assert drawn["nodes"]["uid-ghost"] == {"kind": "ConfigMap", "name": "ghost", "absent": True}
