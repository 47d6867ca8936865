"""A submission: YAML text as documents, each sent to the API as a dry run or for good, and what came of it with line and field.

The API decides everything; here its answers are only told: found in the text, compared with what stands, and explained.
"""

import asyncio
import difflib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import orjson
import yaml as pyyaml

from cluster_engine.machinery.yaml import Document, YamlError, read
from explorer.api.inside import Answer
from explorer.pages.foresight import follows
from explorer.pages.shape import misfits
from explorer.pages.visit import Visit

Manifest = dict[str, Any]
MANAGER = "form"
MOST_DOCUMENTS = 1000
FIRST = ("Namespace", "CustomResourceDefinition", "StorageClass", "PriorityClass", "ServiceAccount")
OWN_FIELDS = ("managedFields", "uid", "resourceVersion", "creationTimestamp", "generation", "selfLink")
QUOTED_FIELD = re.compile(r'(?:unknown|duplicate) field "([^"]+)"')
UNDECLARED = re.compile(r"\.(\S+): field not declared in schema")
KEYED = re.compile(r"\[([^\]=]+=[^\]]+)\]")
GO_FIELD = re.compile(r"into Go struct field ([\w.]+) of type|\.([\w.]+) of type")
UNIT = re.compile(r"^([0-9.]+)\s*([kKmMgGtT])[bB]$")


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong at a line. `repair`: text to put in place of `found`, where there is an obvious one."""

    line: int
    message: str
    path: str = ""
    found: str = ""
    repair: str = ""


@dataclass(slots=True)
class Outcome:
    """What came of one document. `outcome`: new, changed, same or refused."""

    index: int
    line: int
    kind: str = ""
    name: str = ""
    namespace: str = ""
    outcome: str = "refused"
    said: str = ""
    code: int = 0
    revision: int = 0
    uid: str = ""
    problems: list[Problem] = field(default_factory=list)
    diff: list[tuple[str, str]] = field(default_factory=list)
    follows: list[dict[str, str]] = field(default_factory=list)
    raw: str = ""


def documents(text: str) -> tuple[list[Document], Problem | None]:
    """The documents that hold something; or what keeps the text from being YAML at all."""
    try:
        found = [d for d in read(text) if d.parsed.value is not None]
    except YamlError as error:
        return [], Problem(error.line or 1, str(error).removeprefix("yaml: "))
    if len(found) > MOST_DOCUMENTS:
        return [], Problem(found[MOST_DOCUMENTS].line, f"One submission holds at most {MOST_DOCUMENTS} objects; this one has {len(found)}.")
    return list(_flat(found)), None


def _flat(found: list[Document]) -> Iterator[Document]:
    """Lists of objects as their items."""
    for document in found:
        value = document.parsed.value
        if not (isinstance(value, dict) and value.get("kind") == "List" and isinstance(value.get("items"), list)):
            yield document
            continue
        for i, item in enumerate(value["items"]):
            lines = {k.removeprefix(f"items[{i}]").removeprefix("."): v for k, v in document.lines.items() if k.startswith(f"items[{i}]")}
            yield Document(type(document.parsed)(item), lines.get("", document.line), lines)


class Submission:
    """All documents of one text, on their way to the API in a visitor's name."""

    def __init__(self, visit: Visit, text: str, namespace: str = "default") -> None:
        self.visit, self.text, self.namespace = visit, text, namespace
        self.lines = text.split("\n")
        self.documents, self.broken = documents(text)

    async def dry_run(self) -> list[Outcome]:
        """What would come of each, nothing written."""
        outcomes = []
        for i, document in enumerate(self.documents):
            outcomes.append(self._send(i, document, dry=True))
            if i % 10 == 9:
                await asyncio.sleep(0)
        self._forgive(outcomes)
        return outcomes

    async def apply(self, chosen: set[int] | None = None) -> list[Outcome]:
        """Write them: namespaces and what else stands beneath others first, the rest in the text's order."""
        numbered = [(i, d) for i, d in enumerate(self.documents) if chosen is None or i in chosen]
        numbered.sort(key=lambda pair: (_rank(pair[1]), pair[0]))
        outcomes = []
        for count, (i, document) in enumerate(numbered):
            outcomes.append(self._send(i, document, dry=False))
            if count % 10 == 9:
                await asyncio.sleep(0)
        newest = max((o.revision for o in outcomes), default=0)
        if newest:
            await self.visit.hosted.durable(newest)
        return sorted(outcomes, key=lambda o: o.index)

    def _forgive(self, outcomes: list[Outcome]) -> None:
        """A namespace that this very submission makes is no reason to refuse what goes into it."""
        made = {o.name for o in outcomes if o.kind == "Namespace" and o.outcome == "new"}
        for outcome in outcomes:
            if outcome.code == 404 and outcome.namespace in made and "namespaces" in outcome.raw:
                outcome.outcome, outcome.said, outcome.problems = "new", "new, in the new namespace", []

    # -- one document

    def _send(self, index: int, document: Document, *, dry: bool) -> Outcome:
        value = document.parsed.value
        outcome = Outcome(index, document.line)
        if not isinstance(value, dict):
            return self._refuse(outcome, document, "A manifest is a map with apiVersion, kind and metadata.")
        meta = value.get("metadata") if isinstance(value.get("metadata"), dict) else {}
        outcome.kind, outcome.name = str(value.get("kind") or ""), str((meta or {}).get("name") or (meta or {}).get("generateName") or "")
        kind = self.visit.hosted.api.registry.by_kind(str(value.get("apiVersion") or ""), outcome.kind)
        if kind is None:
            return self._refuse(outcome, document, *_no_kind(value, self.visit.hosted.api.registry))
        outcome.namespace = str((meta or {}).get("namespace") or self.namespace) if kind.namespaced else ""
        if document.parsed.notes:
            return self._refuse(outcome, document, document.parsed.notes[0].removeprefix("yaml: unmarshal errors:\n").strip())
        if wrong := misfits(value, self._schema(kind, str(value["apiVersion"]))):
            outcome.problems = [Problem(self._line(document, m.path)[0], m.message, m.path, m.found, m.repair) for m in wrong]
            outcome.said = f"line {outcome.problems[0].line}"
            return outcome
        collection = collection_path(kind, str(value["apiVersion"]), outcome.namespace)
        return self._write(outcome, document, collection, value, dry=dry)

    def _schema(self, kind: Any, api_version: str) -> Any:
        return self.visit.hosted.api.schemas.schema(kind.group, api_version.rpartition("/")[2], kind.kind)

    def _write(self, outcome: Outcome, document: Document, collection: str, value: Manifest, *, dry: bool) -> Outcome:
        options = {"fieldManager": MANAGER, "fieldValidation": "Strict"} | ({"dryRun": "All"} if dry else {})
        body = orjson.dumps(_in_namespace(value, outcome.namespace), default=str)
        named = bool(value.get("metadata", {}).get("name"))
        before = self.visit.get(f"{collection}/{outcome.name}") if named else {}
        if named and (before or not dry):
            answer = self.visit.call("PATCH", f"{collection}/{outcome.name}", body, kind="application/apply-patch+yaml", force="true", **options)
        else:
            answer = self.visit.call("POST", collection, body, **options)
        outcome.code = answer.status
        if not answer.ok:
            return self._refused(outcome, document, answer)
        return self._accepted(outcome, answer, before, dry=dry)

    def _accepted(self, outcome: Outcome, answer: Answer, before: Manifest, *, dry: bool) -> Outcome:
        after = answer.json()
        outcome.revision = 0 if dry else answer.revision
        outcome.uid = after.get("metadata", {}).get("uid", "")
        outcome.name = after.get("metadata", {}).get("name") or outcome.name
        outcome.diff = difference(before, after)
        changes = sum(sign == "+" for sign, _ in outcome.diff)
        if not before:
            outcome.outcome, outcome.said = "new", "new"
        elif changes or any(sign == "-" for sign, _ in outcome.diff):
            outcome.outcome, outcome.said = "changed", f"{max(changes, 1)} field{'s change' if changes > 1 else ' changes'}"
        else:
            outcome.outcome, outcome.said = "same", "no change"
        outcome.follows = follows(outcome.outcome, before, after)
        return outcome

    def _refused(self, outcome: Outcome, document: Document, answer: Answer) -> Outcome:
        outcome.raw = answer.body.decode(errors="replace")
        status = answer.json()
        causes = (status.get("details") or {}).get("causes") or []
        outcome.problems = [self._located(document, str(c.get("field") or ""), str(c.get("message") or "")) for c in causes]
        message = str(status.get("message") or f"the API answered {answer.status}")
        if not outcome.problems:
            fields = QUOTED_FIELD.findall(message) or UNDECLARED.findall(message) or [a or b for a, b in GO_FIELD.findall(message)]
            outcome.problems = [self._located(document, f, _said_of(f, message)) for f in fields] or [self._located(document, "", message)]
        outcome.said = f"line {outcome.problems[0].line}"
        return outcome

    def _refuse(self, outcome: Outcome, document: Document, message: str, path: str = "", repair: str = "") -> Outcome:
        problem = self._located(document, path, message)
        outcome.problems = [Problem(problem.line, message, path, problem.found if repair else "", repair)]
        outcome.said = f"line {problem.line}"
        return outcome

    # -- finding it in the text

    def _located(self, document: Document, path: str, message: str) -> Problem:
        line, exact = self._line(document, path)
        found = self._value(line) if exact else ""
        fixed = repair(found, message, path) if found else ""
        if not exact and (leaf := path.rpartition(".")[2]) and f"{leaf}:" in self.lines[line - 1]:
            found = leaf
        return Problem(line, message, path, found, fixed)

    def _line(self, document: Document, path: str) -> tuple[int, bool]:
        """The line of a field, or of the nearest one around it that the text has; whether it was the field itself."""
        path = _indexed(document.parsed.value, path.removeprefix("<nil>").strip("."))
        where = re.sub(r"\[([^\]\d][^\]]*)\]", r".\1", path)
        if where in document.lines:
            return document.lines[where], True
        if (struct := _by_tail(document, where)) is not None:
            return struct, True
        while where:
            where = re.sub(r"(\.[^.\[\]]+|\[\d+\]|^[^.\[\]]+)$", "", where)
            if where in document.lines:
                return document.lines[where], False
        return document.line, False

    def _value(self, line: int) -> str:
        text = self.lines[line - 1].split(" #")[0] if 0 < line <= len(self.lines) else ""
        return text.rpartition(": ")[2].strip().strip("\"'") if ": " in text else text.strip(" -")


def _indexed(value: Any, path: str) -> str:
    """A path whose list items are named by their keys (containers[name="app"]) with their places (containers[0])."""
    while (keyed := KEYED.search(path)) is not None:
        wanted = {k: v.strip('"') for k, _, v in (pair.partition("=") for pair in keyed[1].split(","))}
        items = _at(value, path[: keyed.start()])
        found = [i for i, item in enumerate(items if isinstance(items, list) else []) if all(str(item.get(k, "")) == v for k, v in wanted.items())]
        path = f"{path[: keyed.start()]}[{found[0] if found else 0}]{path[keyed.end() :]}"
    return path


def _at(value: Any, path: str) -> Any:
    for step in re.findall(r"[^.\[\]]+", path):
        try:
            value = value[int(step)] if isinstance(value, list) else value[step]
        except (KeyError, IndexError, ValueError, TypeError):
            return None
    return value


def _by_tail(document: Document, path: str) -> int | None:
    """Go names a field by its struct ("Container.ports.containerPort"): the one place whose path ends so."""
    tail = path.partition(".")[2]
    plain = {re.sub(r"\[\d+\]", "", k): line for k, line in document.lines.items()}
    fits = {line for known, line in plain.items() if tail and (known == tail or known.endswith(f".{tail}"))}
    return fits.pop() if len(fits) == 1 else None


def _said_of(path: str, message: str) -> str:
    if f'unknown field "{path}"' in message:
        return f"{path.rpartition('.')[2]} is no field of {_owner(path)}."
    if "field not declared in schema" in message:
        return f"{re.split(r'[.]', path)[-1]} is no field of {_owner(path)}."
    if f'duplicate field "{path}"' in message:
        return f"{path.rpartition('.')[2]} stands twice."
    return message


def _owner(path: str) -> str:
    return path.rpartition(".")[0] or "this kind"


def repair(found: str, message: str, path: str) -> str:
    """The obvious repair of a value, if there is one: 100Mb → 100Mi, a near name of a closed list."""
    if "quantit" in message and (unit := UNIT.match(found)):
        return f"{unit[1]}{'K' if unit[2] in 'kK' else unit[2].upper()}i"
    if (listed := re.search(r"supported values: (.+?)(?:$|;)", message)) is not None:
        near = difflib.get_close_matches(found, re.findall(r'"([^"]+)"', listed[1]), 1, 0.5)
        return near[0] if near else ""
    return ""


def _no_kind(value: Manifest, registry: Any) -> tuple[str, str, str]:
    """(message, path, repair) for an apiVersion and kind that the API does not serve."""
    version, kind = str(value.get("apiVersion") or ""), str(value.get("kind") or "")
    if not version or not kind:
        missing = "apiVersion" if not version else "kind"
        return f"{missing} is missing: it says what this object is.", "kind" if not version else "apiVersion", ""
    named = [k for k in registry if k.kind == kind]
    if named:
        right = f"{named[0].group}/{named[0].versions[0]}" if named[0].group else named[0].versions[0]
        return f"{kind} is not in {version}; it is in {right}.", "apiVersion", right
    near = difflib.get_close_matches(kind, [k.kind for k in registry], 1, 0.6)
    return f"The API has no kind {kind} in {version}." + (f" {near[0]} is near." if near else ""), "kind", near[0] if near else ""


def _rank(document: Document) -> int:
    value = document.parsed.value
    kind = value.get("kind") if isinstance(value, dict) else ""
    return FIRST.index(kind) if kind in FIRST else len(FIRST)


def _in_namespace(value: Manifest, namespace: str) -> Manifest:
    if not namespace or value.get("metadata", {}).get("namespace"):
        return value
    return {**value, "metadata": {**(value.get("metadata") or {}), "namespace": namespace}}


def collection_path(kind: Any, api_version: str, namespace: str) -> str:
    """The path of a kind's collection, in a namespace where it has one."""
    root = f"/apis/{api_version}" if "/" in api_version else f"/api/{api_version}"
    return f"{root}/namespaces/{namespace}/{kind.plural}" if namespace else f"{root}/{kind.plural}"


def plain(manifest: Manifest) -> Manifest:
    """A manifest as a person would write it: without what the server keeps for itself."""
    meta = {k: v for k, v in (manifest.get("metadata") or {}).items() if k not in OWN_FIELDS}
    order = ("apiVersion", "kind")
    return {k: manifest[k] for k in order if k in manifest} | {"metadata": meta} | {
        k: v for k, v in manifest.items() if k not in (*order, "metadata", "status")
    }  # fmt: skip


def as_yaml(value: Any) -> str:
    return pyyaml.safe_dump(value, sort_keys=False, default_flow_style=False, width=120, allow_unicode=True)


def difference(before: Manifest, after: Manifest, context: int = 5) -> list[tuple[str, str]]:
    """(" ", "-" or "+", line) of the two as YAML; gaps stand as ("…", "")."""
    return between(as_yaml(plain(before)).splitlines() if before else [], as_yaml(plain(after)).splitlines(), context)


def between(old: list[str], new: list[str], context: int = 5) -> list[tuple[str, str]]:
    """The same for two texts, line by line."""
    rows: list[tuple[str, str]] = []
    for group in difflib.SequenceMatcher(None, old, new, autojunk=False).get_grouped_opcodes(context):
        if rows:
            rows.append(("…", ""))
        for tag, i1, i2, j1, j2 in group:
            if tag == "equal":
                rows += [(" ", line) for line in old[i1:i2]]
                continue
            rows += [("-", line) for line in old[i1:i2]] + [("+", line) for line in new[j1:j2]]
    return rows
