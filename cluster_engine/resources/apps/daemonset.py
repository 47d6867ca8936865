"""DaemonSet: one pod on every node that fits.

Models pkg/registry/apps/daemonset/strategy.go and pkg/apis/apps/v1/defaults.go (SetDefaults_DaemonSet).
"""

from typing import Any

from cluster_engine.resources.core.pod_template import default_pod_template
from cluster_engine.resources.kind import Column, Kind, Manifest, Request, status_subresource
from cluster_engine.resources.table import AGE, APPS, CONTAINERS, IMAGES, NAME, age, containers_text, labels_text, selector_text

COUNTS = ("currentNumberScheduled", "numberMisscheduled", "desiredNumberScheduled", "numberReady")


def default(daemon_set: Manifest) -> None:
    spec = daemon_set.setdefault("spec", {})
    default_pod_template(spec)
    strategy = spec.setdefault("updateStrategy", {})
    if not strategy.get("type"):
        strategy["type"] = "RollingUpdate"
    if strategy["type"] == "RollingUpdate":
        rolling = strategy.setdefault("rollingUpdate", {})
        if rolling.get("maxUnavailable") is None:
            rolling["maxUnavailable"] = 1
        if rolling.get("maxSurge") is None:
            rolling["maxSurge"] = 0
    if spec.get("revisionHistoryLimit") is None:
        spec["revisionHistoryLimit"] = 10
    _fill_status(daemon_set.setdefault("status", {}))


def _fill_status(status: Manifest) -> Manifest:
    for name in COUNTS:
        status.setdefault(name, 0)
    return status


def prepare_create(daemon_set: Manifest, request: Request) -> None:
    daemon_set["status"] = _fill_status({})


def prepare_update(daemon_set: Manifest, old: Manifest, request: Request) -> None:
    daemon_set["status"] = old.get("status") or _fill_status({})


def row(daemon_set: Manifest, now: float) -> list[Any]:
    spec, status = daemon_set.get("spec") or {}, daemon_set.get("status") or {}
    pod_spec = (spec.get("template") or {}).get("spec") or {}
    names, images = containers_text(pod_spec)
    return [
        daemon_set["metadata"].get("name", ""),
        status.get("desiredNumberScheduled", 0),
        status.get("currentNumberScheduled", 0),
        status.get("numberReady", 0),
        status.get("updatedNumberScheduled", 0),
        status.get("numberAvailable", 0),
        labels_text(pod_spec.get("nodeSelector")),
        age(daemon_set, now),
        names,
        images,
        selector_text(spec.get("selector")),
    ]


KIND = Kind(
    group="apps",
    kind="DaemonSet",
    plural="daemonsets",
    short_names=("ds",),
    categories=("all",),
    has_generation=True,
    default=default,
    prepare_create=prepare_create,
    prepare_update=prepare_update,
    columns=(
        NAME,
        Column("Desired", type="integer", described_by=APPS + "DaemonSetStatus.desiredNumberScheduled"),
        Column("Current", type="integer", described_by=APPS + "DaemonSetStatus.currentNumberScheduled"),
        Column("Ready", type="integer", described_by=APPS + "DaemonSetStatus.numberReady"),
        Column("Up-to-date", type="integer", described_by=APPS + "DaemonSetStatus.updatedNumberScheduled"),
        Column("Available", type="integer", described_by=APPS + "DaemonSetStatus.numberAvailable"),
        Column("Node Selector", described_by="io.k8s.api.core.v1.PodSpec.nodeSelector"),
        AGE,
        CONTAINERS,
        IMAGES,
        Column("Selector", priority=1, described_by=APPS + "DaemonSetSpec.selector"),
    ),
    row=row,
    subresources={"status": status_subresource()},
)
