"""The pods of a job: how many should run now, which indexes they get, and how one is made or taken away.

Models manageJob of pkg/controller/job/job_controller.go.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from cluster_engine.controllers.job import indexes
from cluster_engine.controllers.job.state import FINALIZER, State, tracked
from cluster_engine.reconcile.actions import Action, Delete, Event, Patch, WakeAt
from cluster_engine.reconcile.ownership import reference_to
from cluster_engine.reconcile.pods import BURST, create_pod, pod_from, prefix_of, ranked_for_deletion

Manifest = dict[str, Any]


def wanted_active(state: State) -> int:
    if state.suspended:
        return 0
    if state.completions is None:
        return len(state.active) if state.total_succeeded > 0 else state.parallelism
    left = state.completions - state.total_succeeded - len(state.failed_indexes)
    return max(0, min(left, state.parallelism))


def manage(state: State) -> Iterator[Action]:
    surplus = _surplus(state)
    if surplus:
        why = "the job is suspended" if state.suspended else f"{len(state.active)} pods are active, {wanted_active(state)} should be"
        for pod in surplus:
            yield from untrack([pod], why)
            yield from delete(state.job, [pod], why)
        return
    held = state.terminating if state.only_failed_replaced else 0
    missing = wanted_active(state) - len(state.active) - held
    if missing > 0:
        yield from _add(state, min(missing, BURST))


def _surplus(state: State) -> list[Manifest]:
    """Active pods too many: first those whose index is wrong, taken twice or done, then the least worth keeping."""
    useless = _useless(state) if state.indexed else []
    count = max(0, len(state.active) - wanted_active(state))
    rest = [p for p in state.active if p not in useless]
    order = useless + ranked_for_deletion(rest, rest, state.now)
    return order[: max(count, len(useless))]


def _useless(state: State) -> list[Manifest]:
    taken, found = set[int](), []
    closed = state.succeeded_indexes | state.failed_indexes
    for pod in state.active:
        index = indexes.index_of(pod)
        if not 0 <= index < (state.completions or 0) or index in taken or index in closed:
            found.append(pod)
        taken.add(index)
    return found


def _add(state: State, count: int) -> Iterator[Action]:
    if not state.indexed:
        due = state.retry_at()
        if due > state.now:
            yield WakeAt(due, "after a failure the next pod waits")
            return
        for number in range(count):
            yield _create(state, None, f"{len(state.active) + number} of {wanted_active(state)} pods are active")
        return
    yield from _add_indexes(state, count)


def _add_indexes(state: State, count: int) -> Iterator[Action]:
    per_index = state.limit_per_index is not None
    job_due = 0.0 if per_index else state.retry_at()
    for index in list(_open_indexes(state))[:count]:
        due = state.retry_at(index) if per_index else job_due
        if due > state.now:
            yield WakeAt(due, f"after a failure index {index} waits")
        else:
            yield _create(state, index, f"index {index} is neither done nor worked on")


def _open_indexes(state: State) -> Iterable[int]:
    busy = {indexes.index_of(p) for p in (state.pods if state.only_failed_replaced else state.active) if not state.failed(p)}
    closed = state.succeeded_indexes | state.failed_indexes | busy
    return (n for n in range(state.completions or 0) if n not in closed)


def _create(state: State, index: int | None, why: str) -> Action:
    job = state.job
    pod = pod_from(job["spec"]["template"], job, reference_to(job, "batch/v1", "Job"))
    pod["metadata"]["finalizers"] = [*(pod["metadata"].get("finalizers") or ()), FINALIZER]
    if index is not None:
        _give_index(pod, job, index, state)
    return create_pod(pod, job, why)


def _give_index(pod: Manifest, job: Manifest, index: int, state: State) -> None:
    """Tell the pod its index: by annotation, label, host name, generated name and environment."""
    meta, name = pod["metadata"], job["metadata"]["name"]
    meta["generateName"] = prefix_of(f"{name}-{index}")
    meta["annotations"] = {**(meta.get("annotations") or {}), indexes.INDEX: str(index)}
    if state.limit_per_index is not None:
        meta["annotations"][indexes.FAILURES] = str(state.failures_of_index(index))
    meta["labels"] = {**(meta.get("labels") or {}), indexes.INDEX: str(index)}
    variable = {"name": "JOB_COMPLETION_INDEX", "valueFrom": {"fieldRef": {"fieldPath": f"metadata.labels['{indexes.INDEX}']"}}}
    spec = dict(pod["spec"]) | {"hostname": f"{name}-{index}"}
    for field in ("containers", "initContainers"):
        if spec.get(field):
            spec[field] = [_with_variable(c, variable) for c in spec[field]]
    pod["spec"] = spec


def _with_variable(container: Manifest, variable: Manifest) -> Manifest:
    given = container.get("env") or []
    return container if any(e["name"] == variable["name"] for e in given) else container | {"env": [*given, variable]}


def delete(job: Manifest, pods: Iterable[Manifest], why: str) -> Iterator[Action]:
    for pod in pods:
        meta = pod["metadata"]
        yield Delete("pods", meta["namespace"], meta["name"], why, meta["uid"])
        yield Event(job, "Normal", "SuccessfulDelete", f"Deleted pod: {meta['name']}")


def untrack(pods: Iterable[Manifest], why: str) -> Iterator[Action]:
    """Take the tracking finalizer off pods, which lets them go once they are deleted."""
    for pod in pods:
        if tracked(pod):
            meta = pod["metadata"]
            patch = {"metadata": {"uid": meta["uid"], "$deleteFromPrimitiveList/finalizers": [FINALIZER]}}
            yield Patch("pods", meta["namespace"], meta["name"], patch, why, type="strategic", or_gone=True)
