"""The kinds that are built in."""

import pytest

from tests.resources.samples import REGISTRY

PREFIXES = {
    "pods": "pods",
    "services": "services/specs",
    "endpoints": "services/endpoints",
    "nodes": "minions",
    "replicationcontrollers": "controllers",
    "persistentvolumeclaims": "persistentvolumeclaims",
    "deployments.apps": "deployments",
    "events.events.k8s.io": "events",
    "leases.coordination.k8s.io": "leases",
    "endpointslices.discovery.k8s.io": "endpointslices",
    "priorityclasses.scheduling.k8s.io": "priorityclasses",
    "csinodes.storage.k8s.io": "csinodes",
}


@pytest.mark.parametrize(("name", "prefix"), PREFIXES.items())
def test_objects_lie_where_upstream_stores_them(name: str, prefix: str) -> None:
    kind = REGISTRY.get(name)
    assert kind is not None
    assert (kind.storage_prefix or kind.plural) == prefix


def test_both_groups_of_events_share_their_storage() -> None:
    old, new = REGISTRY["events"], REGISTRY["events.events.k8s.io"]
    assert old.key("shop", "a") == new.key("shop", "a")


GROUPS = ("", "apps", "coordination.k8s.io", "discovery.k8s.io", "events.k8s.io", "scheduling.k8s.io", "storage.k8s.io")


def test_even_the_emptiest_object_has_a_cell_for_each_column() -> None:
    for kind in REGISTRY:
        if kind.row is not None and kind.group in GROUPS:
            obj = {"metadata": {"name": "x"}, "spec": {"template": {"spec": {"containers": []}}}}
            assert len(kind.row(obj, 0.0)) == len(kind.columns), kind.name


def test_short_names_are_unique_within_what_kubectl_asks_for() -> None:
    seen: dict[str, str] = {}
    for kind in REGISTRY:
        for short in kind.short_names if kind.group != "events.k8s.io" else ():
            assert short not in seen, f"{short}: {kind.name} and {seen[short]}"
            seen[short] = kind.name
