"""Completion indexes of an indexed job, written as ranges: `0,2-4`.

Models pkg/controller/job/indexed_job_utils.go.
"""

from collections.abc import Iterable
from typing import Any

from cluster_engine.reconcile.selection import annotations_of

Manifest = dict[str, Any]
INDEX, FAILURES = "batch.kubernetes.io/job-completion-index", "batch.kubernetes.io/job-index-failure-count"


def parse(text: str | None, limit: int | None = None) -> set[int]:
    """The numbers in `text`, below `limit` where one is given."""
    found: set[int] = set()
    for part in (text or "").split(","):
        first, _, last = part.partition("-")
        if first.isdigit():
            found.update(range(int(first), int(last or first) + 1))
    return found if limit is None else {n for n in found if n < limit}


def text(numbers: Iterable[int]) -> str:
    ranges: list[list[int]] = []
    for number in sorted(numbers):
        if ranges and ranges[-1][1] == number - 1:
            ranges[-1][1] = number
        else:
            ranges.append([number, number])
    return ",".join(str(a) if a == b else f"{a}-{b}" if b > a + 1 else f"{a},{b}" for a, b in ranges)


def index_of(pod: Manifest) -> int:
    """The pod's completion index; -1 for none."""
    value = annotations_of(pod).get(INDEX, "")
    return int(value) if value.isdigit() else -1


def failures_of(pod: Manifest) -> int:
    """How often its index had failed before this pod."""
    value = annotations_of(pod).get(FAILURES, "")
    return int(value) if value.isdigit() else 0
