"""Selection: label and field selectors of a list or watch, as one test on objects.

Models k8s.io/apiserver/pkg/storage/selection_predicate.go and the field label conversions of pkg/apis.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from cluster_engine.apiserver.call import Call
from cluster_engine.machinery import field_selectors, selectors
from cluster_engine.machinery.field_selectors import FieldSelector
from cluster_engine.machinery.manifest import Manifest
from cluster_engine.machinery.selectors import Selector
from cluster_engine.machinery.status import ApiError, bad_request
from cluster_engine.resources.kind import Kind

ALWAYS = ("metadata.name", "metadata.namespace")


@dataclass(frozen=True, slots=True)
class Selection:
    """Which objects a list or watch is about."""

    kind: Kind
    labels: Selector | None
    fields: FieldSelector | None

    def matches(self, obj: Manifest) -> bool:
        if self.labels is not None and not self.labels.matches(obj["metadata"].get("labels") or {}):
            return False
        return self.fields is None or self.fields.matches(getter(self.kind, obj))

    def single_key(self, kind: Kind, namespace: str) -> str | None:
        """The one key that can match, when the selector names it; saves reading the rest."""
        if self.fields is None:
            return None
        name = self.fields.exact("metadata.name")
        return kind.key(namespace, name) if name and (namespace or not kind.namespaced) else None


def getter(kind: Kind, obj: Manifest) -> Callable[[str], str]:
    """Reads the selectable fields of an object as text."""

    def get(path: str) -> str:
        if path in ALWAYS:
            return obj["metadata"].get(path[9:], "")  # type: ignore[no-any-return]
        read = kind.selectable.get(path)
        return read(obj) if read is not None else ""

    return get


def select(call: Call) -> Selection | None:
    """The selection of a call; None when everything is meant. Raises 400."""
    options = call.options
    if not options.label_selector and not options.field_selector and not (call.name and call.verb == "watch"):
        return None
    labels = _labels(options.label_selector) if options.label_selector else None
    text = options.field_selector
    if call.name and call.verb == "watch":
        text = f"{text},metadata.name={call.name}" if text else f"metadata.name={call.name}"
    fields = _fields(text) if text else None
    if fields is not None:
        check_fields(call.kind, fields)
    return Selection(call.kind, labels, fields)


@lru_cache(maxsize=1024)
def _labels(text: str) -> Selector:
    try:
        return selectors.parse(text)
    except selectors.SelectorError as error:
        raise bad_request(str(error)) from None


@lru_cache(maxsize=1024)
def _fields(text: str) -> FieldSelector:
    try:
        return field_selectors.parse(text)
    except field_selectors.FieldSelectorError as error:
        raise bad_request(str(error)) from None


def check_fields(kind: Kind, fields: FieldSelector) -> None:
    """Raises 400 for a field that objects of this kind cannot be selected by."""
    for path in fields.fields():
        if path not in ALWAYS and path not in kind.selectable:
            raise unknown_field(kind, path)


def unknown_field(kind: Kind, path: str) -> ApiError:
    """Kinds with selectable fields of their own word it otherwise than those that have none."""
    if kind.selectable:
        return bad_request(f"field label not supported: {path}")
    return bad_request(f'"{path}" is not a known field selector: only "metadata.name", "metadata.namespace"')
