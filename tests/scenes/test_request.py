"""A request as a story: what passed, where it stopped, what is hidden, and the command line."""

import orjson

from cluster_engine.apiserver.audit import STAGES, Sent, Trace
from cluster_engine.store.record import Record
from explorer.scenes.request import CHANGED, HIDDEN, NOT_ASKED, NOT_NEEDED, PASSED, QUESTIONS, STOPPED, rows_of, steps_of, story_of

SERVER = "https://localhost:6443/clusters/dev"
TIMES = iter(range(1, 10_000))


def asked(number: int, method: str, path: str, passed: str, *, code: int = 200, component: str = "kubectl", body: bytes = b"") -> Trace:
    trace = Trace(f"dev-{number}", 1.0, method, path.split("/")[5] if path.count("/") > 4 else path, component, "kubernetes-admin", code)
    trace.label, trace.sent = f"{method} {path}", Sent("", "application/json", body, len(body))
    for stage in passed.split():
        trace.passed(stage, "fine", lambda: next(TIMES) / 1e6)
    return trace


def record(manifest: dict[str, object] | None, revision: int, previous: Record | None = None) -> Record:
    value = orjson.dumps(manifest) if manifest is not None else None
    return Record(revision, "/registry/x", value, create_revision=1, previous=previous)


def secret(value: str) -> dict[str, object]:
    note = {"kubectl.kubernetes.io/last-applied-configuration": f'{{"data":{{"password":"{value}"}}}}'}
    return {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "door", "annotations": note}, "data": {"password": value, "user": "YWRtaW4="}}


def test_stages_stand_in_the_order_of_the_api_server() -> None:
    assert tuple(QUESTIONS) == STAGES


def test_a_write_passes_every_stage_with_its_time() -> None:
    trace = asked(1, "POST", "/api/v1/namespaces/default/configmaps", "authn authz fairness schema mutate validate response", code=201)
    trace.after, trace.revision = record({"kind": "ConfigMap", "metadata": {"name": "a"}}, 7), 7
    story = story_of(trace, SERVER)
    assert [step.state for step in story.steps] == [PASSED] * 8
    store = next(step for step in story.steps if step.name == "store")
    assert (store.decision, store.micros) == ("written as revision 7", None)
    assert round(story.steps[1].micros or 0) == 1
    assert story.said == "The API server answered 201 and wrote revision 7."


def test_a_refused_write_stops_where_it_was_refused() -> None:
    trace = asked(1, "POST", "/api/v1/namespaces/default/pods", "authn authz fairness schema", code=403)
    trace.reason, trace.message = "Forbidden", "pods is forbidden: exceeded quota"
    trace.stopped("mutate", "Forbidden", lambda: next(TIMES) / 1e6)
    story = story_of(trace, SERVER)
    assert [step.state for step in story.steps] == [PASSED] * 4 + [STOPPED] + [NOT_ASKED] * 3
    assert (story.reason, story.row.stopped) == ("Forbidden", "mutate")
    assert story.said == "Mutating admission refused it with 403 Forbidden."


def test_what_is_not_there_is_found_out_at_the_store() -> None:
    trace = asked(1, "GET", "/api/v1/namespaces/default/pods/none", "authn authz fairness schema", code=404)
    trace.stopped(trace.at, "NotFound", lambda: next(TIMES) / 1e6)
    states = {step.name: step.state for step in steps_of(trace)}
    assert (states["mutate"], states["store"], states["response"]) == (NOT_NEEDED, STOPPED, NOT_ASKED)


def test_the_values_of_a_secret_are_hidden_and_their_change_is_not() -> None:
    body = orjson.dumps(secret("bmV3"))
    trace = asked(1, "PUT", "/api/v1/namespaces/default/secrets/door", "authn", body=body)
    trace.before = record(secret("b2xk"), 1)
    trace.after, trace.revision = record(secret("bmV3"), 2, trace.before), 2
    story = story_of(trace, SERVER)
    assert story.before["data"] == {"password": HIDDEN, "user": HIDDEN}
    assert story.after["data"] == {"password": CHANGED, "user": HIDDEN}
    assert not any(value in f"{story}" for value in ("bmV3", "b2xk", "YWRtaW4="))
    assert trace.after.object["data"]["password"] == "bmV3"


def test_a_json_patch_of_a_secret_shows_no_value() -> None:
    body = orjson.dumps([{"op": "replace", "path": "/data/password", "value": "bmV3"}])
    curl = story_of(asked(1, "PATCH", "/api/v1/namespaces/default/secrets/door", "authn", body=body), SERVER).curl
    assert "/data/password" in curl
    assert "bmV3" not in curl


def test_a_body_of_aliases_is_not_unfolded() -> None:
    body = b"a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n"
    story = story_of(asked(1, "PATCH", "/api/v1/namespaces/default/configmaps/a", "authn", body=body), SERVER)
    assert story.curl.endswith("--data-binary @body")


def test_a_body_for_secrets_that_cannot_be_read_is_not_shown() -> None:
    for body in (b"k8s\x00 door swordfish", b"swordfish", b"[" * 2000):
        assert "swordfish" not in str(story_of(asked(1, "POST", "/api/v1/namespaces/default/%73ecrets", "authn", body=body), SERVER))


def test_the_command_line_quotes_what_it_was_given() -> None:
    trace = asked(1, "POST", "/api/v1/namespaces/it's/configmaps", "authn", body=b'{"a":"$(rm)"}')
    assert story_of(trace, SERVER).curl.split(" \\\n  ") == [
        "curl --cacert ca.crt -X POST 'https://localhost:6443/clusters/dev/api/v1/namespaces/it'\"'\"'s/configmaps'",
        '-H "Authorization: Bearer $TOKEN"',
        "-H 'Content-Type: application/json'",
        '--data-binary \'{"a":"$(rm)"}\'',
    ]


def test_a_large_body_is_left_out() -> None:
    trace = asked(1, "POST", "/api/v1/namespaces/default/configmaps", "authn")
    trace.sent = Sent("", "application/json", b"", 5000)
    story = story_of(trace, SERVER)
    assert story.curl.endswith("--data-binary @body")
    assert story.note == "The body had 5000 bytes and is left out."


def test_the_list_is_newest_first_and_keeps_to_its_filters() -> None:
    read = asked(9, "GET", "/api/v1/namespaces/default/pods", "authn")
    write = asked(10, "POST", "/api/v1/namespaces/default/pods", "authn")
    refused = asked(11, "GET", "/api/v1/namespaces/default/secrets", "authn", code=403, component="guest")
    page = asked(12, "GET", "/api/v1/namespaces/default/nodes", "authn", component="page")
    every = [read, write, refused, page]
    assert [row.id for row in rows_of(every, without="page")] == ["dev-11", "dev-10", "dev-9"]
    assert [row.id for row in rows_of(every, only="writes", without="page")] == ["dev-10"]
    assert [row.id for row in rows_of(every, only="refusals", without="page")] == ["dev-11"]
    assert [row.id for row in rows_of(every, component="page", without="page")] == ["dev-12"]
