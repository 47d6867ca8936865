"""A request as a story: the stages that it went through, what each decided and how long it took, what it changed, and the same
request as a command line. What is secret in it is hidden here, before anything is drawn.
"""

import shlex
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

import orjson
import yaml

Manifest = dict[str, Any]
Trace = Any  # of the API server's audit ring, which scenes do not import
HIDDEN, CHANGED = "(hidden)", "(hidden, changed)"
LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
PASSED, STOPPED, NOT_ASKED, NOT_NEEDED = "passed", "stopped", "not asked", "not needed"
METHODS = {"get": "GET", "list": "GET", "watch": "GET", "create": "POST", "update": "PUT", "patch": "PATCH", "delete": "DELETE", "deletecollection": "DELETE"}
BODIES = ("POST", "PUT", "PATCH")
# Each stage with the question that it answers, in the order in which the API server asks.
QUESTIONS = {
    "authn": "Who asks?",
    "authz": "Does a rule allow it?",
    "fairness": "Is it this request's turn?",
    "schema": "Can the body be read, and does it have the kind's shape?",
    "mutate": "What do defaults and admission add or change?",
    "validate": "Do the kind's rules and admission accept it?",
    "store": "Is the object still as it was, so that etcd may take the new one?",
    "response": "What is answered?",
}
TITLES = {
    "authn": "Authentication", "authz": "Authorization", "fairness": "Priority and fairness", "schema": "Schema", "mutate": "Mutating admission",
    "validate": "Validation", "store": "Store", "response": "Response",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Step:
    """One stage: what became of the request there. `micros` is None where nothing was measured."""

    name: str
    title: str
    question: str
    state: str
    decision: str = ""
    micros: float | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """One request in the list."""

    id: str
    time: float
    component: str
    user: str
    verb: str
    target: str
    code: int
    micros: float | None
    revision: int
    stopped: str


@dataclass(frozen=True, slots=True)
class Story:
    """One request from its coming to its answer."""

    row: Row
    steps: tuple[Step, ...]
    said: str
    reason: str
    message: str
    why: str
    before: Manifest
    after: Manifest
    curl: str
    note: str


def rows_of(traces: Iterable[Trace], *, component: str = "", only: str = "", without: str = "", most: int = 100) -> list[Row]:
    """The newest requests first; `only` writes or refusals, of one component, or of all but `without`."""
    chosen = [t for t in traces if (t.component == component if component else t.component != without) and _fits(t, only)]
    chosen.sort(key=lambda t: (t.time, _number(t.id)), reverse=True)
    return [row_of(t) for t in chosen[:most]]


def _fits(trace: Trace, only: str) -> bool:
    if only == "refusals":
        return bool(trace.code >= 400)
    return only != "writes" or method_of(trace) != "GET"


def _number(request: str) -> int:
    tail = request.rpartition("-")[2]
    return int(tail) if tail.isdecimal() else 0


def row_of(trace: Trace) -> Row:
    micros = sum(stage.seconds for stage in trace.timed()) * 1e6 if trace.stages else None
    stopped = stopped_at(trace) if trace.code >= 400 else ""
    target = _path_of_label(trace) or "/".join(part for part in (trace.target, _name(trace)) if part)
    return Row(trace.id, trace.time, trace.component, trace.user, method_of(trace), target, trace.code, micros, trace.revision, stopped)


def method_of(trace: Trace) -> str:
    """The HTTP method; a component inside the process names its verb instead."""
    return METHODS.get(trace.method, str(trace.method))


def _path_of_label(trace: Trace) -> str:
    path = str(trace.label).partition(" ")[2]
    return path if path.startswith("/") else ""


def _name(trace: Trace) -> str:
    meta = (_object(trace.after) or _object(trace.before) or {}).get("metadata") or {}
    return str(meta.get("name", ""))


def _object(record: Any) -> Manifest | None:
    return record.object if record is not None and not record.deleted else None


# -- stages


def stopped_at(trace: Trace) -> str:
    """The stage that refused. What is not there, or has changed meanwhile, is found out at the store, whichever stage was to come next."""
    looked_up = trace.at in ("mutate", "validate") and (method_of(trace) == "GET" or (trace.code in (404, 409) and method_of(trace) != "POST"))
    exists = trace.at == "validate" and trace.reason == "AlreadyExists"
    return "store" if looked_up or exists else str(trace.at)


def steps_of(trace: Trace) -> tuple[Step, ...]:
    """All stages in their order, those that were not reached too."""
    taken: dict[str, tuple[str, float]] = {}
    for stage in trace.timed():
        words, seconds = taken.get(stage.name, ("", 0.0))
        words = f"{words}; {stage.decision}" if words and words != stage.decision else stage.decision
        taken[stage.name] = (words, seconds + stage.seconds)
    stopped = stopped_at(trace) if trace.code >= 400 else ""
    if stopped and stopped != trace.at and trace.at in taken:
        taken[stopped] = taken.pop(trace.at)
    return tuple(_step(trace, name, taken, stopped) for name in QUESTIONS)


def _step(trace: Trace, name: str, taken: dict[str, tuple[str, float]], stopped: str) -> Step:
    words, seconds = taken.get(name, ("", None))
    micros = seconds * 1e6 if seconds is not None else None
    order = list(QUESTIONS)
    if name == stopped:
        state, words = STOPPED, words or trace.reason or "refused"
    elif stopped and order.index(name) > order.index(stopped):
        state = NOT_ASKED
    elif name == "store" and trace.revision:
        state, words = PASSED, f"written as revision {trace.revision}"
    elif name == "response" and trace.code:
        state, words = PASSED, words or str(trace.code)
    else:
        state = PASSED if name in taken else NOT_NEEDED
    return Step(name, TITLES[name], QUESTIONS[name], state, words, micros)


# -- the whole story


def story_of(trace: Trace, server: str, path: str = "") -> Story:
    """The story of one request. `server`: as a kubeconfig names it; `path`: of a component's request, which has none of its own."""
    before, after = hidden(_object(trace.before) or {}, _object(trace.after) or {})
    command, note = curl_of(trace, server, _path_of_label(trace) or path)
    return Story(row_of(trace), steps_of(trace), _said(trace), trace.reason, trace.message, trace.why or _cause(trace), before, after, command, note)


def _cause(trace: Trace) -> str:
    return str(trace.after.cause.why) if trace.after is not None else ""


def _said(trace: Trace) -> str:
    if trace.code >= 400:
        return f"{TITLES.get(stopped_at(trace), 'The API server')} refused it with {trace.code}{' ' + trace.reason if trace.reason else ''}."
    if trace.revision:
        return f"The API server answered {trace.code} and wrote revision {trace.revision}."
    return f"The API server answered {trace.code}. Nothing was written."


# -- what is secret


def hidden(before: Manifest, after: Manifest) -> tuple[Manifest, Manifest]:
    """Both without the values of a Secret; those that differ say so, so that a change can be seen."""
    return _veiled(before, {}), _veiled(after, before)


def _veiled(manifest: Manifest, other: Manifest) -> Manifest:
    if manifest.get("kind") != "Secret":
        return manifest
    shown = dict(manifest)
    for part in ("data", "stringData"):
        if manifest.get(part) is not None:
            shown[part] = _veil(manifest[part], other.get(part))
    return _without_last_applied(shown)


def _veil(values: Any, other: Any) -> Any:
    if not isinstance(values, dict):
        return HIDDEN
    known = other if isinstance(other, dict) else {}
    return {key: CHANGED if key in known and known[key] != value else HIDDEN for key, value in values.items()}


def _without_last_applied(manifest: Manifest) -> Manifest:
    """kubectl keeps a copy of what it applied in an annotation, a Secret's values among it."""
    meta = manifest.get("metadata")
    notes = meta.get("annotations") if isinstance(meta, dict) else None
    if not isinstance(notes, dict) or LAST_APPLIED not in notes:
        return manifest
    return {**manifest, "metadata": {**meta, "annotations": {**notes, LAST_APPLIED: HIDDEN}}}  # type: ignore[dict-item]


def shown_body(trace: Trace, path: str) -> tuple[str, str]:
    """(body, note) as it may be shown: "" and why where it may not."""
    sent = trace.sent
    if sent is None:
        return "", "A component inside the server hands over a manifest, not bytes; the body is left out."
    if not sent.size:
        return "", ""
    if not sent.body:
        return "", f"The body had {sent.size} bytes and is left out."
    try:
        text = sent.body.decode()
        value = _read(text)
        veiled = _veiled_body(value, secret=_about_secrets(trace, path))
        if veiled == value:
            return text, ""
        return orjson.dumps(veiled, default=str, option=orjson.OPT_NON_STR_KEYS).decode(), "What is secret in the body is hidden."
    except (ValueError, TypeError, RecursionError, yaml.YAMLError):
        return "", f"The body of {sent.size} bytes is not shown: it cannot be read as a manifest or a patch."


def _read(text: str) -> Any:
    """A body as JSON or YAML. Aliases are not followed: a few lines of them can stand for billions."""
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError:
        if any(isinstance(token, yaml.AliasToken) for token in yaml.scan(text)):
            raise
        value = yaml.safe_load(text)
    if not isinstance(value, dict | list):
        raise TypeError("neither a manifest nor a patch")
    return value


def _about_secrets(trace: Trace, path: str) -> bool:
    parts = f"{unquote(path)}/{trace.target}".strip("/").split("/")
    return "secrets" in parts or "tokenreviews" in parts or "tokenreviews.authentication.k8s.io" in parts or parts[-1] == "token"


def _veiled_body(value: Any, *, secret: bool) -> Any:
    """A manifest or a patch without its secrets: a Secret's values, tokens, and what a JSON patch puts into a Secret."""
    if isinstance(value, list):
        return [_veiled_body(item, secret=secret) for item in value]
    if not isinstance(value, dict):
        return value
    secret = secret or value.get("kind") == "Secret"
    if not secret:
        return {key: _veiled_body(item, secret=False) for key, item in value.items()}
    return _without_last_applied({key: _veiled_field(key, item) for key, item in value.items()})


def _veiled_field(key: str, item: Any) -> Any:
    if key in ("data", "stringData") and item is not None:
        return _veil(item, {})
    return HIDDEN if key in ("token", "value") else _veiled_body(item, secret=True)


# -- the command line


def curl_of(trace: Trace, server: str, path: str) -> tuple[str, str]:
    """(command, note): the same request for a shell, where TOKEN holds a token."""
    method, sent = method_of(trace), trace.sent
    query = f"?{sent.query}" if sent is not None and sent.query else ""
    body, note = shown_body(trace, path)
    return " \\\n  ".join(_options(method, f"{server}{path}{query}", sent.media if sent is not None else "", body, elided=bool(note))), note


def _options(method: str, url: str, media: str, body: str, *, elided: bool) -> Iterator[str]:
    yield f"curl --cacert ca.crt -X {shlex.quote(method)} {shlex.quote(url)}"
    yield '-H "Authorization: Bearer $TOKEN"'
    if method in BODIES:
        yield f"-H {shlex.quote('Content-Type: ' + (media or 'application/json'))}"
    if body:
        yield f"--data-binary {shlex.quote(body)}"
    elif elided and method in BODIES:
        yield "--data-binary @body"
