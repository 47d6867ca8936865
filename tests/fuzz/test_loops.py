"""Promises that hold whatever the order, the age of caches and the crashes. FUZZ_SEEDS=10000 runs more seeds."""

import os
from typing import Any

import pytest

from cluster_engine.machinery.manifest import at
from tests.fuzz.chaos import Chaos

Manifest = dict[str, Any]
FIRST, COUNT = int(os.environ.get("FUZZ_FIRST", "0")), int(os.environ.get("FUZZ_SEEDS", "2"))
SEEDS = range(FIRST, FIRST + COUNT)
POD_TEMPLATE = {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [{"name": "c", "image": "nginx"}]}}


def workload(kind: str, name: str, **spec: Any) -> Manifest:
    group = "batch/v1" if kind == "Job" else "apps/v1"
    return {"apiVersion": group, "kind": kind, "metadata": {"name": name}, "spec": {"template": POD_TEMPLATE} | spec}


def living(chaos: Chaos) -> list[Manifest]:
    pods = chaos.cluster.objects("pods", "default")
    return [p for p in pods if "deletionTimestamp" not in p["metadata"] and at(p, "status.phase") not in ("Succeeded", "Failed")]


def is_ready(pod: Manifest) -> bool:
    return any(c["type"] == "Ready" and c["status"] == "True" for c in at(pod, "status.conditions") or ())


@pytest.mark.parametrize("seed", SEEDS)
def test_a_replica_set_never_makes_a_needless_pod(seed: int) -> None:
    chaos = Chaos(seed, crashes=0.0)
    chaos.watch = lambda: _at_most(chaos, 5)
    chaos.cluster.apply(workload("ReplicaSet", "web", replicas=5, selector={"matchLabels": {"app": "web"}}))
    chaos.run(5)
    made = sum(r.cause.verb == "create" and r.key.startswith("/registry/pods/default/") for r in chaos.cluster.store.log_since(1))
    assert made == len(living(chaos)) == 5


def _at_most(chaos: Chaos, limit: int) -> None:
    count = len(living(chaos))
    assert count <= limit, f"{count} pods live, {limit} may"


@pytest.mark.parametrize("seed", SEEDS)
def test_a_rollout_keeps_surge_and_unavailability(seed: int) -> None:
    chaos = Chaos(seed)
    surge, unavailable = chaos.chance.choice([(1, 0), (0, 1), (2, 1), (1, 2)])
    strategy = {"rollingUpdate": {"maxSurge": surge, "maxUnavailable": unavailable}}
    chaos.cluster.apply(workload("Deployment", "web", replicas=4, strategy=strategy, selector={"matchLabels": {"app": "web"}}))
    chaos.run(10)
    chaos.cluster.until(lambda: sum(map(is_ready, living(chaos))) == 4)

    def watch() -> None:
        """As upstream promises it: surge bounds what is asked of the replica sets, unavailability what is really ready."""
        asked = sum(s["spec"]["replicas"] for s in chaos.cluster.objects("replicasets.apps", "default"))
        ready = sum(map(is_ready, living(chaos)))
        assert asked <= 4 + surge, f"{asked} pods are asked for"
        assert ready >= 4 - unavailable, f"{ready} pods are ready"

    chaos.watch = watch
    for version in range(2):
        body = {"spec": {"template": {"spec": {"containers": [{"name": "c", "image": f"nginx:{version}"}]}}}}
        chaos.cluster.admin.patch("deployments.apps", "default", "web", body)
        chaos.run(chaos.chance.uniform(0, 20))
    chaos.calm(120)
    status = chaos.cluster.get("deployments.apps", "web")["status"]
    assert (status["updatedReplicas"], status["availableReplicas"], status["replicas"]) == (4, 4, 4)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_stateful_set_keeps_its_order(seed: int) -> None:
    chaos = Chaos(seed)

    def watch() -> None:
        pods = {p["metadata"]["name"]: p for p in chaos.cluster.objects("pods", "default")}
        ordinals = sorted(int(name.rpartition("-")[2]) for name in pods)
        assert ordinals == list(range(len(ordinals))), f"ordinals {ordinals}"

    chaos.watch = watch
    chaos.cluster.apply(workload("StatefulSet", "db", replicas=4, serviceName="db", selector={"matchLabels": {"app": "web"}}))
    chaos.run(chaos.chance.uniform(2, 15))
    chaos.cluster.admin.patch("statefulsets.apps", "default", "db", {"spec": {"replicas": chaos.chance.randint(0, 5)}}, subresource="scale")
    chaos.run(chaos.chance.uniform(0, 60))
    wanted = chaos.chance.randint(1, 4)
    chaos.cluster.admin.patch("statefulsets.apps", "default", "db", {"spec": {"replicas": wanted}}, subresource="scale")
    chaos.calm(240)
    assert at(chaos.cluster.get("statefulsets.apps", "db"), "status.availableReplicas") == wanted


@pytest.mark.parametrize("seed", SEEDS)
def test_a_job_counts_every_success_once(seed: int) -> None:
    chaos = Chaos(seed)
    template = POD_TEMPLATE | {"spec": {"restartPolicy": "Never", "containers": [{"name": "c", "image": "busybox"}]}}
    chaos.cluster.apply(workload("Job", "work", completions=5, parallelism=2, template=template))

    def watch() -> None:
        status = chaos.cluster.get("jobs.batch", "work").get("status") or {}
        assert status.get("succeeded", 0) <= 5
        assert len(living(chaos)) <= 2, "more pods run than may"

    chaos.watch = watch
    for _ in range(40):
        chaos.run(chaos.chance.uniform(0.1, 3))
        running = [p for p in living(chaos) if at(p, "status.phase") == "Running"]
        if running:
            name = chaos.chance.choice(running)["metadata"]["name"]
            chaos.cluster.admin.patch("pods", "default", name, {"status": {"phase": "Succeeded"}}, subresource="status")
    chaos.calm(60)
    job = chaos.cluster.get("jobs.batch", "work")
    assert at(job, "status.succeeded") == 5
    assert [c["type"] for c in at(job, "status.conditions")] == ["SuccessCriteriaMet", "Complete"]


@pytest.mark.parametrize("seed", SEEDS)
def test_everything_that_was_made_is_collected(seed: int) -> None:
    chaos = Chaos(seed)
    chaos.cluster.apply(workload("Deployment", "web", replicas=3, selector={"matchLabels": {"app": "web"}}))
    chaos.cluster.apply(workload("DaemonSet", "ds", selector={"matchLabels": {"app": "web"}}))
    chaos.run(chaos.chance.uniform(0, 8))
    policy = chaos.chance.choice(["Background", "Foreground"])
    for resource, name in (("deployments.apps", "web"), ("daemonsets.apps", "ds")):
        chaos.cluster.admin.delete(resource, "default", name, propagation=policy)
    chaos.run(10)
    chaos.calm(90)
    for resource in ("pods", "replicasets.apps", "deployments.apps", "daemonsets.apps", "controllerrevisions.apps"):
        assert chaos.cluster.objects(resource, "default") == [], resource


@pytest.mark.parametrize("seed", SEEDS)
def test_a_cluster_that_is_pushed_around_converges(seed: int) -> None:
    chaos = Chaos(seed, crashes=0.02)
    chaos.cluster.apply(workload("Deployment", "web", replicas=3, selector={"matchLabels": {"app": "web"}}))
    wanted = 3
    for _ in range(8):
        chaos.run(chaos.chance.uniform(0, 5))
        pods = living(chaos)
        match chaos.chance.randrange(4):
            case 0:
                wanted = chaos.chance.randint(0, 6)
                chaos.cluster.admin.patch("deployments.apps", "default", "web", {"spec": {"replicas": wanted}}, subresource="scale")
            case 1 if pods:
                chaos.cluster.admin.delete("pods", "default", chaos.chance.choice(pods)["metadata"]["name"], grace=0)
            case 2 if pods:
                chaos.cluster.admin.patch(
                    "pods", "default", chaos.chance.choice(pods)["metadata"]["name"], {"status": {"phase": "Failed"}}, subresource="status"
                )
            case _:
                body = {"spec": {"template": {"spec": {"containers": [{"name": "c", "image": f"nginx:{chaos.chance.randrange(3)}"}]}}}}
                chaos.cluster.admin.patch("deployments.apps", "default", "web", body)
    chaos.calm(120)
    status = chaos.cluster.get("deployments.apps", "web")["status"]
    assert (status.get("replicas", 0), status.get("availableReplicas", 0), len(living(chaos))) == (wanted, wanted, wanted)


def test_the_same_seed_gives_the_same_trace() -> None:
    def trace() -> list[tuple[str, str, str]]:
        chaos = Chaos(7)
        chaos.cluster.apply(workload("Deployment", "web", replicas=3, selector={"matchLabels": {"app": "web"}}))
        chaos.run(10)
        return [(r.cause.component, r.cause.verb, r.key) for r in chaos.cluster.store.log_since(1)]

    assert trace() == trace()
