"""A job at one moment: its pods sorted by what they mean to it, and what is counted already.

Models the syncJobContext of pkg/controller/job/job_controller.go. A finished pod is counted exactly once: its uid goes into
the status first, then its finalizer is taken off, and only then does it become a number.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from cluster_engine.controllers.job import indexes
from cluster_engine.controllers.job.policy import verdict
from cluster_engine.kernel.clock import parse_time
from cluster_engine.reconcile.ownership import deleting
from cluster_engine.reconcile.pods import active, condition, created, phase, ready, terminating

Manifest = dict[str, Any]
FINALIZER = "batch.kubernetes.io/job-tracking"
FIRST_DELAY, LONGEST_DELAY = 10.0, 600.0


def tracked(pod: Manifest) -> bool:
    return FINALIZER in (pod["metadata"].get("finalizers") or ())


def uid(manifest: Manifest) -> str:
    return str(manifest["metadata"]["uid"])


def ended_at(pod: Manifest) -> float:
    """When a pod ended, as well as it can be told."""
    statuses = (pod.get("status") or {}).get("containerStatuses") or ()
    times = [(s.get("state") or {}).get("terminated", {}).get("finishedAt") for s in statuses]
    if times and all(times):
        return max(parse_time(t) for t in times)
    entry = condition(pod, "Ready")
    if entry is not None and entry.get("lastTransitionTime"):
        return parse_time(entry["lastTransitionTime"])
    if deleting(pod):
        return parse_time(pod["metadata"]["deletionTimestamp"]) - float(pod["metadata"].get("deletionGracePeriodSeconds", 0))
    return created(pod)


@dataclass(frozen=True)
class State:
    """`pods`: all that belong to the job. Everything else follows from them and from the job's status."""

    job: Manifest
    pods: list[Manifest]
    now: float

    @property
    def spec(self) -> Manifest:
        return dict(self.job["spec"])

    @property
    def status(self) -> Manifest:
        return self.job.get("status") or {}

    @property
    def parallelism(self) -> int:
        return int(self.job["spec"].get("parallelism", 1))

    @property
    def completions(self) -> int | None:
        found = self.job["spec"].get("completions")
        return None if found is None else int(found)

    @property
    def indexed(self) -> bool:
        return bool(self.job["spec"].get("completionMode") == "Indexed")

    @property
    def suspended(self) -> bool:
        return bool(self.job["spec"].get("suspend"))

    @property
    def only_failed_replaced(self) -> bool:
        return self.job["spec"].get("podReplacementPolicy") == "Failed" or bool(self.job["spec"].get("podFailurePolicy"))

    @cached_property
    def active(self) -> list[Manifest]:
        return [p for p in self.pods if active(p)]

    @property
    def ready(self) -> int:
        return sum(ready(p) for p in self.active)

    @property
    def terminating(self) -> int:
        return sum(terminating(p) for p in self.pods)

    def failed(self, pod: Manifest) -> bool:
        """Whether the pod counts as failed: a deleted one does too, unless only truly failed ones are replaced."""
        if phase(pod) == "Failed":
            return True
        return not self.only_failed_replaced and deleting(pod) and phase(pod) != "Succeeded"

    # -- counting

    @property
    def uncounted(self) -> Manifest:
        return self.status.get("uncountedTerminatedPods") or {}

    @cached_property
    def newly_succeeded(self) -> list[Manifest]:
        known = set(self.uncounted.get("succeeded") or ())
        return [p for p in self.pods if tracked(p) and phase(p) == "Succeeded" and uid(p) not in known]

    @cached_property
    def newly_failed(self) -> list[Manifest]:
        """Failed pods that are still to be counted; those that the failure policy ignores never are."""
        known = set(self.uncounted.get("failed") or ())
        return [p for p in self.pods if tracked(p) and self.failed(p) and uid(p) not in known and self.counts(p)]

    def counts(self, pod: Manifest) -> bool:
        if self.indexed and not 0 <= indexes.index_of(pod) < (self.completions or 0):
            return False
        return verdict(self.job, pod).action != "Ignore"

    @property
    def total_succeeded(self) -> int:
        if self.indexed:
            return len(self.succeeded_indexes)
        return int(self.status.get("succeeded", 0)) + len(self.uncounted.get("succeeded") or ()) + len(self.newly_succeeded)

    @property
    def total_failed(self) -> int:
        return int(self.status.get("failed", 0)) + len(self.uncounted.get("failed") or ()) + len(self.newly_failed)

    @cached_property
    def succeeded_indexes(self) -> set[int]:
        done = {indexes.index_of(p) for p in self.pods if phase(p) == "Succeeded"}
        return indexes.parse(self.status.get("completedIndexes"), self.completions) | {n for n in done if 0 <= n < (self.completions or 0)}

    @property
    def limit_per_index(self) -> int | None:
        found = self.job["spec"].get("backoffLimitPerIndex")
        return None if found is None else int(found)

    @cached_property
    def failed_indexes(self) -> set[int]:
        """Indexes that may not be tried again."""
        if self.limit_per_index is None:
            return set()
        known = indexes.parse(self.status.get("failedIndexes"), self.completions)
        if any(c["type"] == "FailureTarget" for c in self.status.get("conditions") or ()):
            return known  # what is stopped because the job is decided gives up no index
        return known | {indexes.index_of(p) for p in self.pods if self.failed(p) and self.counts(p) and self._gives_up_index(p)}

    def _gives_up_index(self, pod: Manifest) -> bool:
        return indexes.failures_of(pod) >= (self.limit_per_index or 0) or verdict(self.job, pod).action == "FailIndex"

    def failures_of_index(self, index: int) -> int:
        """How often this index has failed so far."""
        counts = [indexes.failures_of(p) + self.counts(p) for p in self.pods if indexes.index_of(p) == index and self.failed(p)]
        return max(counts, default=0)

    # -- patience

    def retry_at(self, index: int | None = None) -> float:
        """When the next pod (of this index) may be made: later with each failure since the last success."""
        pods = self.pods if index is None else [p for p in self.pods if indexes.index_of(p) == index]
        last_success = max((ended_at(p) for p in pods if phase(p) == "Succeeded"), default=0.0)
        failures = [ended_at(p) for p in pods if self.failed(p) and self.counts(p) and ended_at(p) > last_success]
        count = len(failures) if index is None else self.failures_of_index(index)
        if not failures or not count:
            return 0.0
        return max(failures) + float(min(FIRST_DELAY * 2 ** min(count - 1, 20), LONGEST_DELAY))
