"""CSIDriver: what a cluster must know of a storage driver.

Models pkg/registry/storage/csidriver/strategy.go and pkg/apis/storage/v1/defaults.go (SetDefaults_CSIDriver).
"""

from typing import Any

from cluster_engine.machinery.field import Errors, duplicate, invalid, not_supported
from cluster_engine.resources.checks import IMMUTABLE
from cluster_engine.resources.kind import Column, Kind, Manifest, Request
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


GROUP_POLICIES = frozenset({"ReadWriteOnceWithFSType", "File", "None"})
LIFECYCLES = ("Persistent", "Ephemeral")
FIXED = (("attachRequired", "attachedRequired"), ("volumeLifecycleModes", "volumeLifecycleModes"))
COUNTED = ("tokenRequests", "requiresRepublish", "seLinuxMount", "nodeAllocatableUpdatePeriodSeconds")


def validate(driver: Manifest) -> Errors:
    found: Errors = []
    spec = driver.get("spec") or {}
    for mode in spec.get("volumeLifecycleModes") or ():
        if mode not in LIFECYCLES:
            found.append(not_supported("spec.volumeLifecycleModes", mode, LIFECYCLES))
    policy = spec.get("fsGroupPolicy")
    if policy is not None and policy not in GROUP_POLICIES:
        found.append(not_supported("spec.fsGroupPolicy", policy, GROUP_POLICIES))
    requests = spec.get("tokenRequests") or []
    _validate_tokens(requests, found)
    period = spec.get("nodeAllocatableUpdatePeriodSeconds")
    if period is not None and period < 10:
        found.append(invalid("spec.nodeAllocatableUpdatePeriodSeconds", period, "must be greater than or equal to 10 seconds"))
    if spec.get("serviceAccountTokenInSecrets") and not requests:
        why = "serviceAccountTokenInSecrets is set but no tokenRequests are specified"
        found.append(invalid("spec.serviceAccountTokenInSecrets", True, why))
    return found


def _validate_tokens(requests: list[Manifest], found: Errors) -> None:
    seen: set[str] = set()
    for i, request in enumerate(requests):
        path, audience, seconds = f"spec.tokenRequests[{i}]", request.get("audience", ""), request.get("expirationSeconds")
        if audience in seen:
            found.append(duplicate(f"{path}.audience", audience))
            continue
        seen.add(audience)
        if seconds is not None and seconds < 600:
            found.append(invalid(f"{path}.expirationSeconds", seconds, "may not specify a duration less than 10 minutes"))
        if seconds is not None and seconds > 1 << 32:
            found.append(invalid(f"{path}.expirationSeconds", seconds, "may not specify a duration larger than 2^32 seconds"))


def prepare_update(driver: Manifest, old: Manifest, request: Request) -> None:
    """Generations count from the first change of what may change, not from birth."""
    new, before = driver.get("spec") or {}, old.get("spec") or {}
    if any(new.get(name) != before.get(name) for name in COUNTED):
        driver["metadata"]["generation"] = old["metadata"].get("generation", 0) + 1


def validate_update(driver: Manifest, old: Manifest) -> Errors:
    new, before = driver.get("spec") or {}, old.get("spec") or {}
    return [invalid(f"spec.{shown}", new.get(name), IMMUTABLE) for name, shown in FIXED if new.get(name) != before.get(name)]


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
    prepare_update=prepare_update,
    validate=validate,
    validate_update=validate_update,
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
