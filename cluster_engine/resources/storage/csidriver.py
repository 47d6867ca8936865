"""CSIDriver: what a cluster must know of a storage driver.

Models pkg/registry/storage/csidriver/strategy.go and pkg/apis/storage/v1/defaults.go (SetDefaults_CSIDriver).
"""

from typing import Any

from cluster_engine.resources.kind import Column, Kind, Manifest
from cluster_engine.resources.table import AGE, NAME, UNSET, age

SPEC = "io.k8s.api.storage.v1.CSIDriverSpec"
DEFAULTS = (
    ("attachRequired", True),
    ("podInfoOnMount", False),
    ("storageCapacity", False),
    ("fsGroupPolicy", "ReadWriteOnceWithFSType"),
    ("requiresRepublish", False),
    ("seLinuxMount", False),
)


def default(driver: Manifest) -> None:
    spec = driver.setdefault("spec", {})
    for name, value in DEFAULTS:
        if spec.get(name) is None:
            spec[name] = value
    if not spec.get("volumeLifecycleModes"):
        spec["volumeLifecycleModes"] = ["Persistent"]


def row(driver: Manifest, now: float) -> list[Any]:
    spec = driver.get("spec") or {}
    audiences = ",".join(t.get("audience", "") for t in spec.get("tokenRequests") or ())
    return [
        driver["metadata"].get("name", ""),
        bool(spec.get("attachRequired", True)),
        bool(spec.get("podInfoOnMount")),
        bool(spec.get("storageCapacity")),
        audiences or UNSET,
        bool(spec.get("requiresRepublish")),
        ",".join(spec.get("volumeLifecycleModes") or ()) or "<none>",
        age(driver, now),
    ]


KIND = Kind(
    group="storage.k8s.io",
    kind="CSIDriver",
    plural="csidrivers",
    returns_deleted=True,
    namespaced=False,
    default=default,
    columns=(
        NAME,
        Column("AttachRequired", type="boolean", described_by=SPEC + ".attachRequired"),
        Column("PodInfoOnMount", type="boolean", described_by=SPEC + ".podInfoOnMount"),
        Column("StorageCapacity", type="boolean", described_by=SPEC + ".storageCapacity"),
        Column("TokenRequests", described_by=SPEC + ".tokenRequests"),
        Column("RequiresRepublish", type="boolean", described_by=SPEC + ".requiresRepublish"),
        Column("Modes", described_by=SPEC + ".volumeLifecycleModes"),
        AGE,
    ),
    row=row,
)
