"""What kubectl's tables share: the name and age columns, ages as people say them, lists of containers, labels and selectors.

Models k8s.io/apimachinery/pkg/util/duration and pkg/printers/internalversion/printers.go.
"""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from cluster_engine.kernel.clock import parse_time
from cluster_engine.machinery import selectors
from cluster_engine.resources.kind import Column, Manifest

META = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta."
CORE = "io.k8s.api.core.v1."
APPS = "io.k8s.api.apps.v1."

NAME = Column("Name", format="name", described_by=META + "name")
AGE = Column("Age", described_by=META + "creationTimestamp")
CONTAINERS = Column("Containers", "Names of each container in the template.", priority=1)
IMAGES = Column("Images", "Images referenced by each container in the template.", priority=1)

NONE, UNKNOWN, UNSET = "<none>", "<unknown>", "<unset>"


epoch = lru_cache(maxsize=4096)(parse_time)


def age(obj: Manifest, now: float) -> str:
    """How long ago the object was created, as kubectl shows it."""
    return since(obj["metadata"].get("creationTimestamp"), now)


def since(timestamp: str | None, now: float) -> str:
    """How long ago something was, as kubectl shows it."""
    return human_duration(now - epoch(timestamp)) if timestamp else UNKNOWN


def human_duration(seconds: float) -> str:
    """A span in at most two units, coarser the longer it is: 45s, 2m30s, 5h, 3d4h, 2y."""
    whole = int(seconds)
    if whole < -1:
        return "<invalid>"
    if whole < 0:
        return "0s"
    if whole < 120:
        return f"{whole}s"
    minutes, hours, days = whole // 60, whole // 3600, whole // 86400
    if minutes < 10:
        return _two(minutes, "m", whole % 60, "s")
    if minutes < 180:
        return f"{minutes}m"
    if hours < 8:
        return _two(hours, "h", minutes % 60, "m")
    if hours < 48:
        return f"{hours}h"
    if hours < 24 * 8:
        return _two(days, "d", hours % 24, "h")
    if days < 365 * 2:
        return f"{days}d"
    if days < 365 * 8:
        return _two(days // 365, "y", days % 365, "d")
    return f"{days // 365}y"


def _two(big: int, big_unit: str, small: int, small_unit: str) -> str:
    return f"{big}{big_unit}{small}{small_unit}" if small else f"{big}{big_unit}"


def labels_text(labels: Mapping[str, str] | None) -> str:
    """Labels as `a=b,c=d` in order of their keys."""
    return ",".join(f"{k}={v}" for k, v in sorted(labels.items())) if labels else NONE


def selector_text(selector: Manifest | None) -> str:
    """A LabelSelector in one line, as `-o wide` shows it."""
    return selectors.to_text(selector)


def containers_text(pod_spec: Manifest) -> tuple[str, str]:
    """Names and images of a pod's containers, each joined by commas."""
    containers = pod_spec.get("containers") or ()
    return ",".join(c.get("name", "") for c in containers), ",".join(c.get("image", "") for c in containers)


def joined(values: Iterable[Any], empty: str = NONE) -> str:
    return ",".join(str(v) for v in values) or empty
