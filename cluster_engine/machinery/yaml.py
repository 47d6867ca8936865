"""YAML manifests: read as kubectl and the API server read them, with lines, repeated keys and bounds against hostile input.

Models sigs.k8s.io/yaml (its go-yaml v2 rules: `no` is a boolean, `010` is octal, a date is text).
"""

import math
import re
from dataclasses import dataclass
from typing import Any

import yaml as pyyaml

from cluster_engine.machinery.json_text import Parsed

MAX_DEPTH = 100
MAX_NODES = 300_000
MAX_BYTES = 3 * 1024 * 1024

_Loader = getattr(pyyaml, "CSafeLoader", pyyaml.SafeLoader)

TRUE = {"y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"}
FALSE = {"n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"}
NULL = {"", "~", "null", "Null", "NULL"}
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?").fullmatch
_INTEGERS = (
    (re.compile(r"[-+]?0[bB][01]+").fullmatch, 2),
    (re.compile(r"[-+]?0[oO]?[0-7]+").fullmatch, 8),
    (re.compile(r"[-+]?0[xX][0-9a-fA-F]+").fullmatch, 16),
    (re.compile(r"[-+]?(0|[1-9][0-9]*)").fullmatch, 10),
)


class YamlError(ValueError):
    """The text is no YAML, or too much of it; `line` counts from 1, 0 where it is not known."""

    def __init__(self, message: str, line: int = 0) -> None:
        super().__init__(message)
        self.line = line


@dataclass(frozen=True, slots=True)
class Document:
    """One document of a stream: its value, the line it starts on, and the line of every field by path."""

    parsed: Parsed
    line: int
    lines: dict[str, int]


def parse(text: str | bytes) -> Parsed:
    """The first document of the text. Raises YamlError."""
    documents = read(text)
    return documents[0].parsed if documents else Parsed(None)


def parse_all(text: str | bytes) -> list[Parsed]:
    """Every document of the text that holds something. Raises YamlError."""
    return [d.parsed for d in read(text) if d.parsed.value is not None]


def read(text: str | bytes) -> list[Document]:
    """Every document with the lines of its fields (`spec.containers[0].image` → 12). Raises YamlError."""
    if len(text) > MAX_BYTES:
        raise YamlError(f"yaml: document is larger than {MAX_BYTES} bytes")
    reader = _Reader(text)
    try:
        return reader.documents()
    except pyyaml.MarkedYAMLError as e:
        line = e.problem_mark.line + 1 if e.problem_mark else 0
        problem = _PROBLEMS.get(e.problem or "", e.problem or e.context or "could not parse")
        raise YamlError(f"yaml: line {line}: {problem}" if line > 1 else f"yaml: {problem}", line) from None
    except pyyaml.YAMLError as e:
        raise YamlError(f"yaml: {e}") from None


_PROBLEMS = {"found character '\\t' that cannot start any token": "found character that cannot start any token"}


class _Reader:
    """Builds values from parser events: no recursion of the parser's own, and every bound is checked while reading."""

    def __init__(self, text: str | bytes) -> None:
        self.loader = _Loader(text)
        self.nodes = 0

    def documents(self) -> list[Document]:
        found: list[Document] = []
        while not self.loader.check_event(pyyaml.StreamEndEvent):
            event = self.loader.get_event()
            if isinstance(event, pyyaml.DocumentStartEvent):
                found.append(self.document())
        return found

    def document(self) -> Document:
        self.anchors: dict[str, tuple[Any, int]] = {}
        self.notes: list[str] = []
        self.lines: dict[str, int] = {}
        line = self.loader.peek_event().start_mark.line + 1
        value = self.value("", 0)
        notes = ("yaml: unmarshal errors:\n" + "\n".join(self.notes),) if self.notes else ()
        return Document(Parsed(value, False, notes), line, self.lines)

    def count(self, nodes: int, line: int) -> None:
        self.nodes += nodes
        if self.nodes > MAX_NODES:
            raise YamlError("yaml: document contains excessive aliasing", line)

    def value(self, path: str, depth: int) -> Any:
        event = self.loader.get_event()
        line = event.start_mark.line + 1
        if path:
            self.lines.setdefault(path, line)
        self.count(1, line)
        if isinstance(event, pyyaml.AliasEvent):
            return self.alias(event, line)
        if depth > MAX_DEPTH:
            raise YamlError(f"yaml: line {line}: exceeded max depth of {MAX_DEPTH}", line)
        before = self.nodes
        if isinstance(event, pyyaml.ScalarEvent):
            value = scalar(event)
        elif isinstance(event, pyyaml.SequenceStartEvent):
            value = self.sequence(path, depth)
        else:
            value = self.mapping(path, depth)
        if event.anchor:
            self.anchors[event.anchor] = (value, self.nodes - before + 1)
        return value

    def alias(self, event: Any, line: int) -> Any:
        if event.anchor not in self.anchors:
            raise YamlError(f"yaml: unknown anchor '{event.anchor}' referenced", line)
        value, nodes = self.anchors[event.anchor]
        self.count(nodes, line)
        return value

    def sequence(self, path: str, depth: int) -> list[Any]:
        found: list[Any] = []
        while not self.loader.check_event(pyyaml.SequenceEndEvent):
            found.append(self.value(f"{path}[{len(found)}]", depth + 1))
        self.loader.get_event()
        return found

    def mapping(self, path: str, depth: int) -> dict[str, Any]:
        """A map with text keys. A repeated key is noted with its line and, as in go-yaml, the last value stays."""
        found: dict[str, Any] = {}
        merged: list[Any] = []
        while not self.loader.check_event(pyyaml.MappingEndEvent):
            event = self.loader.peek_event()
            line = event.start_mark.line + 1
            key = self.key(depth)
            at = f"{path}.{key}" if path else key
            value = self.value(at, depth + 1)
            self.lines[at] = line
            if key == "<<" and getattr(event, "implicit", (False,))[0]:
                merged.append(value)
                continue
            if key in found:
                self.notes.append(f'  line {line}: key "{key}" already set in map')
            found[key] = value
        self.loader.get_event()
        return _merge(found, merged) if merged else found

    def key(self, depth: int) -> str:
        key = self.value("", depth + 1)
        if isinstance(key, str):
            return key
        if isinstance(key, bool):
            return "true" if key else "false"
        if isinstance(key, int | float):
            return number_text(key)
        raise YamlError("yaml: invalid map key: " + ("null" if key is None else "a list or map cannot be a key"))


def _merge(found: dict[str, Any], merged: list[Any]) -> dict[str, Any]:
    """The `<<` key: own keys win over merged ones, earlier merged ones over later."""
    result: dict[str, Any] = {}
    for source in reversed([m for value in merged for m in (value if isinstance(value, list) else [value])]):
        if not isinstance(source, dict):
            raise YamlError("yaml: map merge requires map or sequence of maps as the value")
        result |= source
    return result | found


def number_text(number: int | float) -> str:
    return str(number) if isinstance(number, int) else f"{number:g}"


def scalar(event: Any) -> Any:
    """The value of a scalar: quoted or tagged text is text, the rest is resolved by its looks."""
    text = event.value
    tag = event.tag
    if tag in ("tag:yaml.org,2002:str", "!") or (tag is None and not event.implicit[0]):
        return text
    if tag == "tag:yaml.org,2002:binary":
        return text.replace("\n", "").strip()
    return resolve(text)


def resolve(text: str) -> Any:
    """What an unquoted text means under go-yaml's rules."""
    if text in NULL:
        return None
    if text in TRUE:
        return True
    if text in FALSE:
        return False
    if text[0] not in "+-.0123456789":
        return text
    bare = text.replace("_", "")
    for matches, base in _INTEGERS:
        if matches(bare):
            return _integer(bare, base)
    if _FLOAT(bare):
        value = float(bare)
        return value if math.isfinite(value) else text
    return text


def _integer(text: str, base: int) -> int | float | str:
    if len(text) > 400:
        return text
    value = int(text.lower().replace("0o", "0") if base == 8 else text, base)
    return value if -(2**63) <= value < 2**64 else float(value)
