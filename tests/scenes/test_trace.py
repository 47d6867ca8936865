from typing import Any

from cluster_engine.kernel.cause import Cause
from cluster_engine.store.record import Record
from explorer.scenes.trace import Trace, trace_of
from tests.scenes.objects import pod


def record(
    revision: int, key: str, manifest: dict[str, Any], component: str, verb: str, why: str = "", because: tuple[int, ...] = (), version: int = 1
) -> Record:
    cause = Cause(component, component, verb, why, because)
    return Record(revision, f"/registry/{key}", b"{}", create_revision=revision, version=version, time=float(revision), cause=cause, object=manifest)


def deployment() -> dict[str, Any]:
    return {"kind": "Deployment", "metadata": {"name": "web", "uid": "d"}}


def log() -> dict[int, Record]:
    """From kubectl's Deployment to a pod that runs."""
    records = [
        record(1, "deployments/default/web", deployment(), "kubectl", "patch"),
        record(
            2, "replicasets/default/web-1", {"kind": "ReplicaSet", "metadata": {"name": "web-1"}}, "deployment-controller", "create", "no ReplicaSet yet", (1,)
        ),
        record(3, "pods/default/a", pod(node=""), "replicaset-controller", "create", "0 of 1 pods exist", (2,)),
        record(4, "pods/default/a", pod(), "kube-scheduler", "create binding", "worker-1 scored 84", (3,), 2),
        record(5, "pods/default/a", pod(), "kubelet/worker-1", "update status", "app runs", (4,), 3),
    ]
    return {r.revision: r for r in records}


def traced() -> Trace:
    known = log()
    return trace_of([r for r in known.values() if r.key.startswith("/registry/pods")], known.get)


def test_a_pod_is_followed_back_to_the_request_that_began_it() -> None:
    assert traced().steps[0].why == "You asked for it with kubectl"


def test_every_writer_first_hears_of_what_it_acted_on() -> None:
    heard = [(s.kind, s.source, s.target) for s in traced().steps]
    assert heard[1] == ("watch", "apiserver", "deployment-controller")
    assert heard[2] == ("request", "deployment-controller", "apiserver")


def test_each_loop_has_a_lifeline_of_its_own_in_order_of_appearance() -> None:
    lines = [line.title for line in traced().lifelines]
    assert lines == ["kubectl", "API server", "Deployment", "ReplicaSet", "Scheduler", "kubelet"]


def test_bands_tell_the_four_phases() -> None:
    assert [s.phase for s in traced().steps if s.phase] == ["Ask", "Expand", "Place", "Run"]


def test_reasons_and_revisions_stand_with_the_writes() -> None:
    written = {s.revision: s.why for s in traced().steps if s.revision}
    assert written[4] == "worker-1 scored 84" and set(written) == {1, 2, 3, 4, 5}


def test_a_cause_that_is_no_longer_kept_ends_the_walk() -> None:
    known = log()
    del known[2]
    own = [r for r in known.values() if r.key.startswith("/registry/pods")]
    assert min(s.revision for s in trace_of(own, known.get).steps if s.revision) == 3
