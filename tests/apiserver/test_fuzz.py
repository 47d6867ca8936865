"""Hostile bodies: whatever stands in a request, the answer is a Status, and never that something inside broke."""

import copy
import json
import logging
import random
from typing import Any

import pytest

from cluster_engine.apiserver.http import HttpRequest
from tests.apiserver.serving import ADMIN, Serving

POD_SPEC = {
    "containers": [{"name": "c", "image": "i", "ports": [{"containerPort": 80}], "env": [{"name": "A", "value": "b"}], "resources": {"limits": {"cpu": "1"}}}],
    "volumes": [{"name": "v", "emptyDir": {}}],
    "tolerations": [{"key": "a", "operator": "Exists"}],
}
TEMPLATE = {"metadata": {"labels": {"x": "y"}}, "spec": POD_SPEC}
WORKLOAD = {"replicas": 1, "selector": {"matchLabels": {"x": "y"}}, "template": TEMPLATE}
BODIES: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("/api/v1/namespaces/default/pods", "Pod", {"spec": POD_SPEC}),
    ("/api/v1/namespaces/default/configmaps", "ConfigMap", {"data": {"a": "b"}, "binaryData": {"c": "ZA=="}}),
    ("/api/v1/namespaces/default/secrets", "Secret", {"data": {"a": "Yg=="}, "type": "Opaque"}),
    ("/api/v1/namespaces/default/services", "Service", {"spec": {"ports": [{"port": 80}], "type": "NodePort", "selector": {"x": "y"}}}),
    ("/api/v1/namespaces/default/limitranges", "LimitRange", {"spec": {"limits": [{"type": "Container", "max": {"cpu": "2"}, "min": {"cpu": "1m"}}]}}),
    ("/apis/apps/v1/namespaces/default/deployments", "Deployment", {"spec": WORKLOAD}),
    ("/apis/apps/v1/namespaces/default/statefulsets", "StatefulSet", {"spec": {**WORKLOAD, "serviceName": "s"}}),
    ("/apis/batch/v1/namespaces/default/jobs", "Job", {"spec": {"template": {"spec": {**POD_SPEC, "restartPolicy": "Never"}}, "completions": 2}}),
    ("/apis/batch/v1/namespaces/default/cronjobs", "CronJob", {"spec": {"schedule": "* * * * *", "jobTemplate": {"spec": {"template": {"spec": POD_SPEC}}}}}),
    (
        "/apis/autoscaling/v1/namespaces/default/horizontalpodautoscalers",
        "HorizontalPodAutoscaler",
        {"spec": {"maxReplicas": 3, "scaleTargetRef": {"kind": "Deployment", "name": "d", "apiVersion": "apps/v1"}}},
    ),
    ("/apis/networking.k8s.io/v1/namespaces/default/ingresses", "Ingress", {"spec": {"rules": [{"host": "a.b", "http": {"paths": []}}]}}),
)
WEIRD: tuple[Any, ...] = (
    None, 0, -1, 2**31, 2**63, 1.5, "", "x", "a b", "\0", "é" * 300, True, [], {}, [None], [{}], [[]], {"": ""}, {"a": None}, "10Gi", "-5m", "1e400",
    "9" * 40, "*", "../..", "{{", ["x", "x"], "0.0.0.0/0", "::1", "\ud800",
)  # fmt: skip
MEDIA = {"POST": ("application/json",), "PATCH": ("application/merge-patch+json", "application/strategic-merge-patch+json", "application/apply-patch+yaml")}


def places(value: Any) -> list[tuple[Any, Any]]:
    """Every place in a document, as container and key."""
    found: list[tuple[Any, Any]] = []
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        found.append((value, key))
        found += places(inner)
    return found


def spoiled(body: dict[str, Any], chance: random.Random) -> Any:
    """A copy with one to three places made strange."""
    made = copy.deepcopy(body)
    for _ in range(chance.choice((1, 1, 2, 3))):
        found = places(made)
        if not found:
            return made
        container, key = chance.choice(found)
        container[key] = copy.deepcopy(chance.choice(WEIRD))
    return made


@pytest.mark.parametrize("seed", range(4))
def test_no_body_breaks_the_server(seed: int, caplog: pytest.LogCaptureFixture) -> None:
    serving, chance = Serving(), random.Random(seed)
    caplog.set_level(logging.ERROR)
    for _ in range(400):
        path, kind, parts = chance.choice(BODIES)
        group = path.split("/namespaces")[0].removeprefix("/api/").removeprefix("/apis/")
        body = spoiled({"apiVersion": group, "kind": kind, "metadata": {"name": "n", "labels": {"x": "y"}}, **parts}, chance)
        method = chance.choice(("POST", "PATCH"))
        media = chance.choice(MEDIA[method])
        request = HttpRequest(method, path + ("/n" if method == "PATCH" else ""), "fieldManager=f", {"content-type": media}, json.dumps(body).encode(), ADMIN)
        answer = serving.api.handle(request)
        assert json.loads(answer.body)["kind"]
        assert not caplog.records, (seed, method, path, media, body)
        serving.store.flush()
