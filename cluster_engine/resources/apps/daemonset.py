"""DaemonSet: one pod on every node that fits.

Models pkg/registry/apps/daemonset/strategy.go and pkg/apis/apps/v1/defaults.go (SetDefaults_DaemonSet).
"""

from typing import Any

from cluster_engine.machinery import selectors
from cluster_engine.machinery.field import Errors, invalid, not_supported, required
from cluster_engine.resources.apps.workload import (
    is_zero,
    validate_collisions,
    validate_counts,
    validate_not_over_100,
    validate_portion,
    validate_same_selector,
)
from cluster_engine.resources.checks import non_negative
from cluster_engine.resources.core.pod.features import drop_disabled
from cluster_engine.resources.core.pod.warnings import template_warnings
from cluster_engine.resources.core.pod_template import default_pod_template, validate_owned_template
from cluster_engine.resources.core.shape import printed
from cluster_engine.resources.kind import Column, Kind, Manifest, Request, status_subresource
from cluster_engine.resources.table import AGE, APPS, CONTAINERS, IMAGES, NAME, age, containers_text, labels_text, selector_text

COUNTS = ("currentNumberScheduled", "numberMisscheduled", "desiredNumberScheduled", "numberReady")


GENERATION = "deprecated.daemonset.template.generation"


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
    annotations = daemon_set["metadata"].get("annotations")
    if annotations is None:
        annotations = daemon_set["metadata"]["annotations"] = {}
    annotations.setdefault(GENERATION, "0")


def _fill_status(status: Manifest) -> Manifest:
    for name in COUNTS:
        status.setdefault(name, 0)
    return status


def prepare_create(daemon_set: Manifest, request: Request) -> None:
    daemon_set["status"] = _fill_status({})
    if _templates(daemon_set) < 1:
        _count_template(daemon_set, "1")
    drop_disabled(daemon_set["spec"]["template"]["spec"])


def _templates(daemon_set: Manifest) -> int:
    count = (daemon_set["metadata"].get("annotations") or {}).get(GENERATION, "")
    return int(count) if count.isdigit() else 0


def _count_template(daemon_set: Manifest, count: str) -> None:
    """How often the template changed: once a field, since apps/v1 an annotation that the server keeps."""
    metadata = daemon_set["metadata"]
    metadata["annotations"] = {**(metadata.get("annotations") or {}), GENERATION: count}


def prepare_update(daemon_set: Manifest, old: Manifest, request: Request) -> None:
    daemon_set["status"] = old.get("status") or _fill_status({})
    changed = daemon_set["spec"].get("template") != old["spec"].get("template")
    _count_template(daemon_set, str(_templates(old) + changed))
    drop_disabled(daemon_set["spec"]["template"]["spec"])


def validate(daemon_set: Manifest) -> Errors:
    found: Errors = []
    spec = daemon_set.get("spec") or {}
    _validate_selector(spec.get("selector"), (spec.get("template") or {}).get("metadata") or {}, found)
    validate_owned_template(spec, "DaemonSet", found, None)
    non_negative("spec.minReadySeconds", spec.get("minReadySeconds"), found)
    _validate_strategy(spec.get("updateStrategy") or {}, found)
    non_negative("spec.revisionHistoryLimit", spec.get("revisionHistoryLimit"), found)
    return found


def _validate_selector(selector: Manifest | None, template_metadata: Manifest, found: Errors) -> None:
    """Unlike the other workloads, a daemon set is not told that it needs a selector: none finds no pods."""
    if selector is not None:
        found += selectors.validate(selector, "spec.selector")
    try:
        finds = selectors.from_object(selector).matches(template_metadata.get("labels") or {})
    except selectors.SelectorError:
        finds = True
    if not finds:
        found.append(invalid("spec.template.metadata.labels", template_metadata.get("labels"), "`selector` does not match template `labels`"))
    if selector is not None and not selector.get("matchLabels") and not selector.get("matchExpressions"):
        found.append(invalid("spec.selector", selector, "empty selector is invalid for daemonset"))


def _validate_strategy(strategy: Manifest, found: Errors) -> None:
    kind, rolling = strategy.get("type", ""), strategy.get("rollingUpdate")
    if kind == "OnDelete":
        return
    if kind != "RollingUpdate":
        found.append(not_supported("spec.updateStrategy", printed("DaemonSetUpdateStrategy", strategy), ("RollingUpdate", "OnDelete")))
    elif rolling is None:
        found.append(required("spec.updateStrategy.rollingUpdate"))
    else:
        _validate_rolling(rolling, "spec.updateStrategy.rollingUpdate", found)


def _validate_rolling(rolling: Manifest, path: str, found: Errors) -> None:
    """Either some pods may be missing or some more may come, not both and not neither."""
    unavailable, surge = rolling.get("maxUnavailable", 0), rolling.get("maxSurge", 0)
    for name, value in (("maxUnavailable", unavailable), ("maxSurge", surge)):
        validate_portion(value, f"{path}.{name}", found)
        validate_not_over_100(value, f"{path}.{name}", found)
    if not is_zero(unavailable) and not is_zero(surge):
        found.append(invalid(f"{path}.maxSurge", surge, "may not be set when maxUnavailable is non-zero"))
    elif is_zero(unavailable) and is_zero(surge):
        found.append(required(f"{path}.maxUnavailable", "cannot be 0 when maxSurge is 0"))


def validate_update(daemon_set: Manifest, old: Manifest) -> Errors:
    found: Errors = []
    validate_same_selector(daemon_set, old, found)
    return found


STATUS = (
    *COUNTS,
    "observedGeneration",
    "updatedNumberScheduled",
    "numberAvailable",
    "numberUnavailable",
)


def validate_status(daemon_set: Manifest, old: Manifest) -> Errors:
    found: Errors = []
    validate_counts(daemon_set.get("status") or {}, STATUS, found)
    validate_collisions(daemon_set.get("status") or {}, old.get("status") or {}, found)
    return found


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
    field_annotations=(GENERATION,),
    default=default,
    prepare_create=prepare_create,
    prepare_update=prepare_update,
    validate=validate,
    validate_update=validate_update,
    warnings=template_warnings,
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
    subresources={"status": status_subresource(validate=validate_status)},
)
