"""Claims and volumes: binding, protection, provisioning, attachment, growth."""

from typing import Any

from cluster_engine.controllers.attach_detach import controllers as attach_loops
from cluster_engine.controllers.csi_provisioner import controllers as provisioner_loops
from cluster_engine.controllers.ephemeral_volume import CONTROLLER as EPHEMERAL
from cluster_engine.controllers.expand import controllers as expand_loops
from cluster_engine.controllers.persistentvolume import CONTROLLERS
from cluster_engine.controllers.volume_protection import CONTROLLERS as PROTECTION
from cluster_engine.reconcile.actions import Create, Delete, Event, Update, UpdateStatus
from cluster_engine.reconcile.settings import Settings
from tests.controllers.view import THEN, decide, named, of_type, pod

BINDER, RECLAIMER = CONTROLLERS
PROTECT_CLAIM, PROTECT_VOLUME = PROTECTION
CLAIMS, VOLUMES, CLASSES = "persistentvolumeclaims", "persistentvolumes", "storageclasses.storage.k8s.io"
DRIVERS, ATTACHMENTS = "csidrivers.storage.k8s.io", "volumeattachments.storage.k8s.io"
BOUND = {"pv.kubernetes.io/bind-completed": "yes"}
WITH_STORAGE = Settings(storage_provisioners=("hostpath.csi.k8s.io",))
PROVISION, _ = provisioner_loops(WITH_STORAGE)
ATTACH, DETACH, CONFIRM = attach_loops(WITH_STORAGE)
RESIZE = expand_loops(WITH_STORAGE)[1]
DRIVER = {"apiVersion": "storage.k8s.io/v1", "kind": "CSIDriver", "metadata": named("hostpath.csi.k8s.io", namespace=""), "spec": {"attachRequired": True}}


def claim(size: str = "1Gi", storage_class: str = "fast", volume: str = "", phase: str = "Pending", **meta: Any) -> dict[str, Any]:
    spec = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": size}}, "storageClassName": storage_class}
    spec |= {"volumeName": volume} if volume else {}
    return {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": named("data", **meta), "spec": spec, "status": {"phase": phase}}


def volume(name: str = "pv", size: str = "1Gi", bound: dict[str, Any] | None = None, phase: str = "Available", **spec: Any) -> dict[str, Any]:
    body = {"accessModes": ["ReadWriteOnce"], "capacity": {"storage": size}, "storageClassName": "fast", "persistentVolumeReclaimPolicy": "Retain"} | spec
    if bound is not None:
        meta = bound["metadata"]
        body["claimRef"] = {"namespace": meta["namespace"], "name": meta["name"], "uid": meta["uid"]}
    return {"apiVersion": "v1", "kind": "PersistentVolume", "metadata": named(name, namespace=""), "spec": body, "status": {"phase": phase}}


def storage_class(mode: str = "Immediate", provisioner: str = "hostpath.csi.k8s.io", **more: Any) -> dict[str, Any]:
    meta = named("fast", namespace="", **more)
    return {"apiVersion": "storage.k8s.io/v1", "kind": "StorageClass", "metadata": meta, "provisioner": provisioner, "volumeBindingMode": mode}


def test_the_smallest_volume_that_suffices_is_reserved_first() -> None:
    volumes = [volume("huge", "100Gi"), volume("fit", "2Gi"), volume("tiny", "1Mi")]
    update = of_type(decide(BINDER, claim(), {VOLUMES: volumes}), Update)[0]
    assert (update.resource, update.manifest["metadata"]["name"]) == (VOLUMES, "fit")
    assert update.manifest["spec"]["claimRef"]["name"] == "data"
    assert update.manifest["metadata"]["annotations"] == {"pv.kubernetes.io/bound-by-controller": "yes"}


def test_then_the_claim_names_its_volume_and_then_it_is_bound() -> None:
    wanting = claim()
    named_update = of_type(decide(BINDER, wanting, {VOLUMES: [volume(bound=wanting)]}), Update)[0]
    assert named_update.manifest["spec"]["volumeName"] == "pv"
    naming = claim(volume="pv", annotations=BOUND)
    status = of_type(decide(BINDER, naming, {VOLUMES: [volume(bound=naming)]}), UpdateStatus)[0].manifest["status"]
    assert status == {"phase": "Bound", "accessModes": ["ReadWriteOnce"], "capacity": {"storage": "1Gi"}}


def test_access_modes_class_and_selector_must_fit() -> None:
    picky = claim()
    picky["spec"]["selector"] = {"matchLabels": {"speed": "high"}}
    others = [volume("a"), volume("b", storageClassName="slow"), volume("c", accessModes=["ReadOnlyMany"])]
    assert of_type(decide(BINDER, picky, {VOLUMES: others, CLASSES: [storage_class()]}), Update)[0].resource == CLAIMS


def test_a_claim_waits_for_its_first_consumer() -> None:
    actions = decide(BINDER, claim(), {VOLUMES: [volume()], CLASSES: [storage_class("WaitForFirstConsumer")]})
    assert [e.reason for e in of_type(actions, Event)] == ["WaitForFirstConsumer"]
    assert of_type(actions, Update) == []


def test_a_claim_without_class_and_volume_says_so() -> None:
    lonely = claim(storage_class="")
    assert of_type(decide(BINDER, lonely), Event)[0].message == "no persistent volumes available for this claim and no storage class is set"


def test_a_claim_that_names_no_class_gets_the_default() -> None:
    open_claim = claim()
    del open_claim["spec"]["storageClassName"]
    default = storage_class(annotations={"storageclass.kubernetes.io/is-default-class": "true"})
    assert of_type(decide(BINDER, open_claim, {CLASSES: [default]}), Update)[0].manifest["spec"]["storageClassName"] == "fast"


def test_a_bound_claim_that_lost_its_volume_is_lost() -> None:
    actions = decide(BINDER, claim(volume="pv", phase="Bound", annotations=BOUND))
    assert of_type(actions, UpdateStatus)[0].manifest["status"]["phase"] == "Lost"
    assert of_type(actions, Event)[0].reason == "ClaimLost"


def test_a_volume_is_available_bound_or_released() -> None:
    holder = claim(volume="pv")
    assert of_type(decide(RECLAIMER, volume(phase="Pending")), UpdateStatus)[0].manifest["status"]["phase"] == "Available"
    assert of_type(decide(RECLAIMER, volume(bound=holder), {CLAIMS: [holder]}), UpdateStatus)[0].manifest["status"]["phase"] == "Bound"
    assert of_type(decide(RECLAIMER, volume(bound=holder, phase="Bound")), UpdateStatus)[0].manifest["status"]["phase"] == "Released"


def test_a_released_volume_that_cannot_be_deleted_has_failed() -> None:
    stuck = volume(bound=claim(), phase="Released", persistentVolumeReclaimPolicy="Delete", hostPath={"path": "/srv/x"})
    status = of_type(decide(RECLAIMER, stuck), UpdateStatus)[0].manifest["status"]
    assert status == {"phase": "Failed", "message": "host_path deleter only supports /tmp/.+ but received provided /srv/x"}
    fine = volume(bound=claim(), phase="Released", persistentVolumeReclaimPolicy="Delete", hostPath={"path": "/tmp/x"})
    assert len(of_type(decide(RECLAIMER, fine), Delete)) == 1


# -- protection


def test_a_claim_in_use_keeps_its_finalizer() -> None:
    going = claim(deletionTimestamp=THEN, finalizers=["kubernetes.io/pvc-protection"])
    user = pod("a")
    user["spec"]["volumes"] = [{"name": "v", "persistentVolumeClaim": {"claimName": "data"}}]
    assert decide(PROTECT_CLAIM, going, {"pods": [user]}) == []
    assert "finalizers" not in of_type(decide(PROTECT_CLAIM, going), Update)[0].manifest["metadata"]


def test_a_bound_volume_keeps_its_finalizer() -> None:
    going = volume(phase="Bound")
    going["metadata"] |= {"deletionTimestamp": THEN, "finalizers": ["kubernetes.io/pv-protection"]}
    assert decide(PROTECT_VOLUME, going) == []


# -- provisioning and attaching

ASKED = {"volume.kubernetes.io/storage-provisioner": "hostpath.csi.k8s.io"}


def test_a_claim_that_asks_gets_a_volume_of_its_class() -> None:
    create = of_type(decide(PROVISION, claim("5Gi", annotations=ASKED), {CLASSES: [storage_class()], DRIVERS: [DRIVER]}), Create)[0]
    made = create.manifest
    assert (made["metadata"]["name"], made["spec"]["capacity"]) == ("pvc-uid-data", {"storage": "5Gi"})
    assert made["spec"]["csi"]["driver"] == "hostpath.csi.k8s.io"
    assert [e.reason for e in create.then(made)] == ["ProvisioningSucceeded"]


def test_a_provisioner_that_nobody_runs_is_left_to_others() -> None:
    asked = claim(annotations={"volume.kubernetes.io/storage-provisioner": "example.com/none"})
    assert decide(PROVISION, asked, {CLASSES: [storage_class(provisioner="example.com/none")]}) == []


def attached_world(node: str = "n1") -> tuple[dict[str, Any], dict[str, Any]]:
    holder = claim(volume="pv", phase="Bound")
    disk = volume(bound=holder, phase="Bound", csi={"driver": "hostpath.csi.k8s.io", "volumeHandle": "h"})
    user = pod("a", node=node)
    user["spec"]["volumes"] = [{"name": "v", "persistentVolumeClaim": {"claimName": "data"}}]
    return user, {"pods": [user], CLAIMS: [holder], VOLUMES: [disk], DRIVERS: [DRIVER]}


def attachment(node: str, attached: bool = True) -> dict[str, Any]:
    spec = {"attacher": "hostpath.csi.k8s.io", "nodeName": node, "source": {"persistentVolumeName": "pv"}}
    meta = named(f"csi-{node}", namespace="")
    return {"apiVersion": "storage.k8s.io/v1", "kind": "VolumeAttachment", "metadata": meta, "spec": spec, "status": {"attached": attached}}


def test_a_bound_pod_gets_its_volume_attached_to_its_node() -> None:
    user, around = attached_world()
    made = of_type(decide(ATTACH, user, around), Create)[0].manifest
    assert (made["spec"]["nodeName"], made["spec"]["source"]["persistentVolumeName"]) == ("n1", "pv")
    assert of_type(decide(CONFIRM, made | {"metadata": named("x", namespace="")}), UpdateStatus)[0].manifest["status"] == {"attached": True}


def test_a_volume_for_one_node_is_not_attached_to_a_second() -> None:
    user, around = attached_world("n2")
    actions = decide(ATTACH, user, around | {ATTACHMENTS: [attachment("n1")]})
    assert of_type(actions, Create) == []
    assert of_type(actions, Event)[0].reason == "FailedAttachVolume"


def test_a_volume_is_detached_after_its_last_pod() -> None:
    _, around = attached_world()
    assert decide(DETACH, attachment("n1"), around) == []
    assert len(of_type(decide(DETACH, attachment("n1"), around | {"pods": []}), Delete)) == 1


def test_a_claim_that_asks_for_more_grows_in_two_steps() -> None:
    growing = claim("2Gi", volume="pv", phase="Bound")
    growing["status"]["capacity"] = {"storage": "1Gi"}
    disk = volume(bound=growing, phase="Bound")
    disk["metadata"]["annotations"] = {"pv.kubernetes.io/provisioned-by": "hostpath.csi.k8s.io"}
    first = decide(RESIZE, growing, {VOLUMES: [disk]})
    assert of_type(first, Update)[0].manifest["spec"]["capacity"] == {"storage": "2Gi"}
    disk["spec"]["capacity"] = {"storage": "2Gi"}
    assert of_type(decide(RESIZE, growing, {VOLUMES: [disk]}), UpdateStatus)[0].manifest["status"]["capacity"] == {"storage": "2Gi"}


def test_a_pod_brings_its_own_claim() -> None:
    owner = pod("a")
    owner["spec"]["volumes"] = [{"name": "scratch", "ephemeral": {"volumeClaimTemplate": {"spec": {"accessModes": ["ReadWriteOnce"]}}}}]
    made = of_type(decide(EPHEMERAL, owner), Create)[0].manifest
    assert (made["metadata"]["name"], made["metadata"]["ownerReferences"][0]["kind"]) == ("a-scratch", "Pod")
