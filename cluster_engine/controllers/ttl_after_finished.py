"""TTL after finished: deletes a job, with its pods, some time after it has ended.

Models pkg/controller/ttlafterfinished/ttlafterfinished_controller.go.
"""

from collections.abc import Iterator
from typing import Any

from cluster_engine.kernel.clock import parse_time
from cluster_engine.reconcile.actions import Action, Delete, WakeAt
from cluster_engine.reconcile.controller import Controller
from cluster_engine.reconcile.ownership import deleting
from cluster_engine.reconcile.view import View

Manifest = dict[str, Any]


def reconcile(job: Manifest, view: View, now: float) -> Iterator[Action]:
    seconds = job["spec"].get("ttlSecondsAfterFinished")
    ended = next((c for c in (job.get("status") or {}).get("conditions") or () if c["type"] in ("Complete", "Failed") and c["status"] == "True"), None)
    if seconds is None or ended is None or deleting(job):
        return
    due = parse_time(ended["lastTransitionTime"]) + seconds
    if due > now:
        yield WakeAt(due, f"the job ended and is kept {seconds} s")
        return
    meta = job["metadata"]
    why = f"the job ended {seconds} s ago, which is how long it is kept"
    yield Delete("jobs.batch", meta["namespace"], meta["name"], why, meta["uid"], propagation="Foreground", resource_version=meta["resourceVersion"])


CONTROLLER = Controller("ttl-after-finished-controller", "jobs.batch", reconcile)
