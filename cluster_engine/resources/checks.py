"""Checks that many kinds share: each appends to `found` what is wrong with one value.

Models the small validators of pkg/apis/core/validation/validation.go and k8s.io/apimachinery/pkg/apis/meta/v1/validation.
"""

from collections.abc import Callable, Collection, Mapping
from typing import Any

from cluster_engine.machinery import names, selectors
from cluster_engine.machinery.field import Errors, invalid, not_supported, required
from cluster_engine.machinery.object_meta import validate as validate_metadata
from cluster_engine.machinery.object_meta import validate_labels
from cluster_engine.resources.kind import Manifest

NEGATIVE = "must be greater than or equal to 0"
NOT_POSITIVE = "must be greater than zero"
IMMUTABLE = "field is immutable"
FILE_MODE = "must be a number between 0 and 0777 (octal), both inclusive"
ONE_TYPE = "may not specify more than 1 volume type"


def each(path: str, value: Any, messages: list[str], found: Errors) -> None:
    """One error for every message."""
    for message in messages:
        found.append(invalid(path, value, message))


def label(path: str, value: str, found: Errors) -> None:
    each(path, value, names.is_dns1123_label(value), found)


def subdomain(path: str, value: str, found: Errors) -> None:
    each(path, value, names.is_dns1123_subdomain(value), found)


def qualified_name(path: str, value: str, found: Errors) -> None:
    each(path, value, names.is_qualified_name(value), found)


def labels(path: str, value: Mapping[str, str] | None, found: Errors) -> None:
    if value:
        found += validate_labels(value, path)


def required_text(path: str, value: str | None, found: Errors) -> bool:
    """Says whether there is a text."""
    if value:
        return True
    found.append(required(path))
    return False


def required_label(path: str, value: str | None, found: Errors) -> None:
    if value:
        label(path, value, found)
    else:
        found.append(required(path))


def non_negative(path: str, value: int | None, found: Errors) -> None:
    if value is not None and value < 0:
        found.append(invalid(path, value, NEGATIVE))


def port_number(path: str, value: int, found: Errors) -> None:
    if not 1 <= value <= 65535:
        found.append(invalid(path, value, names.inclusive_range(1, 65535)))


def port_number_or_name(path: str, value: int | str | None, found: Errors) -> None:
    if isinstance(value, str):
        each(path, value, names.is_port_name(value), found)
    else:
        port_number(path, value or 0, found)


def one_of(path: str, value: Any, supported: Collection[str], found: Errors) -> None:
    if value not in supported:
        found.append(not_supported(path, value or "", supported))


def required_one_of(path: str, value: str | None, supported: Collection[str], found: Errors) -> None:
    if not value:
        found.append(required(path))
    elif value not in supported:
        found.append(not_supported(path, value, supported))


def file_mode(path: str, value: int | None, found: Errors) -> None:
    if value is not None and not 0 <= value <= 0o777:
        found.append(invalid(path, value, FILE_MODE))


def relative_path(path: str, value: str, found: Errors) -> None:
    """Below where it stands: not absolute, and no `..` within."""
    if value.startswith("/"):
        found.append(invalid(path, value, "must be a relative path"))
    no_backsteps(path, value, found)


def no_backsteps(path: str, value: str, found: Errors) -> None:
    if ".." in value.split("/"):
        found.append(invalid(path, value, "must not contain '..'"))


def non_reserved_path(path: str, value: str, found: Errors) -> None:
    """Names that start with `..` are the kubelet's own, in volumes that it writes."""
    relative_path(path, value, found)
    if value.startswith("..") and not value.startswith("../"):
        found.append(invalid(path, value, "must not start with '..'"))


def label_selector(path: str, selector: Manifest | None, found: Errors) -> None:
    """A LabelSelector's maps and requirements."""
    if selector:
        found += selectors.validate(selector, path)


def immutable(path: str, new: Any, old: Any, found: Errors, shown: Callable[[Any], Any] = lambda value: value) -> None:
    if new != old:
        found.append(invalid(path, shown(new), IMMUTABLE))


def whole_metadata(new: Manifest, old: Manifest, found: Errors) -> None:
    """For kinds whose updates upstream judges like creations: their metadata is looked at once more."""
    meta, before = new["metadata"], old["metadata"]
    if any(meta.get(k) != before.get(k) for k in ("labels", "annotations", "ownerReferences", "finalizers")):
        found += validate_metadata(meta, True)
