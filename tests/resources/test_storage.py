"""Volumes, claims and the kinds of storage."""

from tests.resources.samples import Manifest, faults, made, row, update_faults


def claim(**spec: object) -> Manifest:
    base = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}
    return {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": "data", "namespace": "shop"}, "spec": {**base, **spec}}


def volume(**spec: object) -> Manifest:
    base = {"accessModes": ["ReadWriteOnce"], "capacity": {"storage": "1Gi"}, "hostPath": {"path": "/data"}}
    return {"apiVersion": "v1", "kind": "PersistentVolume", "metadata": {"name": "v"}, "spec": {**base, **spec}}


def test_a_claim_is_a_filesystem_and_waits() -> None:
    found = made(claim())
    assert (found["spec"]["volumeMode"], found["status"]) == ("Filesystem", {"phase": "Pending"})


def test_a_bound_claim_may_grow_but_not_shrink() -> None:
    old = made(claim(volumeName="v", storageClassName="fast"))
    old["status"] = {"phase": "Bound", "capacity": {"storage": "1Gi"}}
    assert update_faults(claim(volumeName="v", storageClassName="fast", resources={"requests": {"storage": "2Gi"}}), old) == []
    found = update_faults(claim(volumeName="v", storageClassName="fast", resources={"requests": {"storage": "1Mi"}}), old)
    assert found[0].startswith("spec.resources.requests.storage: Forbidden: field can not be less than status.capacity")


def test_what_a_volume_is_made_of_never_changes() -> None:
    found = update_faults(volume(hostPath={"path": "/other"}), made(volume()))
    assert len(found) == 1
    assert found[0].startswith("spec.persistentvolumesource: Forbidden: spec.persistentvolumesource is immutable after creation\n")
    assert '-  "Path": "/data",\n+  "Path": "/other",\n' in found[0]


def test_a_volume_needs_one_source() -> None:
    obj = volume()
    del obj["spec"]["hostPath"]
    assert any("must specify a volume type" in f for f in faults(obj))


def test_rows_abbreviate_access_modes() -> None:
    obj = volume(claimRef={"namespace": "shop", "name": "data"})
    obj["status"] = {"phase": "Bound"}
    cells = row(made(obj) | {"status": {"phase": "Bound"}})
    assert (cells["Capacity"], cells["Access Modes"], cells["Reclaim Policy"], cells["Status"], cells["Claim"]) == (
        "1Gi",
        "RWO",
        "Retain",
        "Bound",
        "shop/data",
    )


def test_a_default_class_is_marked() -> None:
    obj = {
        "apiVersion": "storage.k8s.io/v1",
        "kind": "StorageClass",
        "metadata": {"name": "fast", "annotations": {"storageclass.kubernetes.io/is-default-class": "true"}},
        "provisioner": "example.com/disk",
    }
    cells = row(made(obj))
    assert (cells["Name"], cells["ReclaimPolicy"], cells["VolumeBindingMode"]) == ("fast (default)", "Delete", "Immediate")


def test_the_owner_of_an_empty_list_keeps_it_though_it_is_stored_as_null() -> None:
    kind = {"apiVersion": "storage.k8s.io/v1", "kind": "CSINode", "metadata": {"name": "n"}, "spec": {"drivers": []}}
    assert made(kind)["spec"] == {"drivers": None}
