"""Webhooks: what they are asked, what their answers do, what happens when they cannot be reached."""

import base64
import json

import pytest

from cluster_engine.apiserver.webhook_call import Unreachable
from cluster_engine.cluster import Cluster
from cluster_engine.kernel.clock import VirtualClock
from cluster_engine.machinery.status import ApiError
from cluster_engine.store.backend import MemoryBackend
from cluster_engine.store.mvcc import Store

GROUP = "admissionregistration.k8s.io"
RULE = {"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["configmaps"]}


class Recorder:
    """A connector that keeps what it is asked and answers as it is told."""

    def __init__(self):
        self.asked, self.answers = [], {}

    def ask(self, url, authorities, review, seconds):
        request = json.loads(review)["request"]
        self.asked.append((url, request, seconds))
        answer = self.answers.get(url.partition("?")[0], {"allowed": True})
        if isinstance(answer, Exception):
            raise answer
        if callable(answer):
            answer = answer(request)
        if "patch" in answer:
            answer = answer | {"patchType": "JSONPatch", "patch": base64.b64encode(json.dumps(answer["patch"]).encode()).decode()}
        return json.dumps({"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "response": {"uid": request["uid"]} | answer}).encode()


@pytest.fixture
def connector():
    return Recorder()


@pytest.fixture
def api(connector):
    return Cluster("test", Store(MemoryBackend()), VirtualClock(1_700_000_000.0), 7, "hollow", components=(), connector=connector).api.loopback


def register(api, kind, name, client=None, **fields):
    hook = {
        "name": f"{name}.example.com", "rules": [RULE], "sideEffects": "None", "admissionReviewVersions": ["v1"],
        "clientConfig": client or {"url": f"https://{name}.example.com/hook"},
    } | fields  # fmt: skip
    manifest = {"apiVersion": f"{GROUP}/v1", "kind": kind, "metadata": {"name": name}, "webhooks": [hook]}
    api.create(f"{kind.lower()}s.{GROUP}", manifest, why="test")


def validating(api, name="v", **fields):
    register(api, "ValidatingWebhookConfiguration", name, **fields)


def mutating(api, name="m", **fields):
    register(api, "MutatingWebhookConfiguration", name, **fields)


def create(api, **data):
    manifest = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a", "namespace": "default"}, "data": data}
    return api.create("configmaps", manifest, why="test")


def refusal(api):
    with pytest.raises(ApiError) as caught:
        create(api)
    return caught.value


def test_the_review_tells_who_does_what(api, connector):
    validating(api)
    create(api, a="1")
    ((url, request, seconds),) = connector.asked
    assert (url, seconds) == ("https://v.example.com/hook?timeout=10s", 10)
    assert request["operation"] == "CREATE" and request["userInfo"]["username"] == "system:apiserver"
    assert request["object"]["data"] == {"a": "1"} and request["oldObject"] is None
    assert request["resource"] == {"group": "", "version": "v1", "resource": "configmaps"}


def test_a_denial_is_told_with_the_webhooks_words(api, connector):
    validating(api)
    connector.answers["https://v.example.com/hook"] = {"allowed": False, "status": {"code": 403, "message": "not today"}}
    error = refusal(api)
    assert (error.code, error.message) == (403, 'admission webhook "v.example.com" denied the request: not today')


def test_a_patch_changes_the_object_and_later_webhooks_see_it(api, connector):
    mutating(api, "a")
    mutating(api, "b")
    connector.answers["https://a.example.com/hook"] = {"allowed": True, "patch": [{"op": "add", "path": "/data/x", "value": "y"}]}
    assert create(api, k="v")["data"] == {"k": "v", "x": "y"}
    assert connector.asked[1][1]["object"]["data"] == {"k": "v", "x": "y"}


def test_a_webhook_is_asked_again_when_it_wants_to_hear_of_later_changes(api, connector):
    mutating(api, "a", reinvocationPolicy="IfNeeded")
    mutating(api, "b")
    connector.answers["https://b.example.com/hook"] = {"allowed": True, "patch": [{"op": "add", "path": "/data/x", "value": "y"}]}
    create(api, k="v")
    assert [url.partition(".")[0][8:] for url, _, _ in connector.asked] == ["a", "b", "a"]


def test_failures_close_or_open(api, connector):
    connector.answers["https://v.example.com/hook"] = Unreachable("dial tcp 192.0.2.1:443: i/o timeout")
    validating(api)
    assert refusal(api).message == (
        'Internal error occurred: failed calling webhook "v.example.com": failed to call webhook: '
        'Post "https://v.example.com/hook?timeout=10s": dial tcp 192.0.2.1:443: i/o timeout'
    )


def test_an_ignored_failure_lets_the_write_pass(api, connector):
    connector.answers["https://v.example.com/hook"] = Unreachable("no route")
    validating(api, failurePolicy="Ignore")
    assert create(api)


def test_a_service_that_is_missing_is_told_and_nobody_called(api, connector):
    validating(api, client={"service": {"name": "hook", "namespace": "default", "path": "/x"}})
    assert refusal(api).message.endswith('Post "https://hook.default.svc:443/x?timeout=10s": service "hook" not found')
    assert connector.asked == []


def test_conditions_narrow_whom_it_is_asked_about(api, connector):
    validating(api, matchConditions=[{"name": "named", "expression": "object.metadata.name == 'b'"}])
    create(api)
    assert connector.asked == []


@pytest.mark.parametrize("answer", [{"allowed": True, "uid": "x"}, {"allowed": True, "patchType": "JSONPatch"}])
def test_wrong_answers_are_failures(api, connector, answer):
    mutating(api)
    connector.answers["https://m.example.com/hook"] = answer
    assert refusal(api).code == 500


def test_nothing_is_called_without_a_connector():
    api = Cluster("test", Store(MemoryBackend()), VirtualClock(1_700_000_000.0), 7, "hollow", components=()).api.loopback
    validating(api)
    assert "not allowed by the operator" in refusal(api).message
