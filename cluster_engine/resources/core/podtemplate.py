"""PodTemplate: a template of a pod, kept as an object of its own.

Models pkg/registry/core/podtemplate/strategy.go.
"""

from typing import Any

from cluster_engine.machinery.field import Errors
from cluster_engine.resources.core.pod.features import drop_disabled
from cluster_engine.resources.core.pod_template import default_pod_template, validate_pod_template
from cluster_engine.resources.kind import Column, Kind, Manifest, Request
from cluster_engine.resources.table import CONTAINERS, IMAGES, NAME, containers_text, labels_text


def prepare_create(template: Manifest, request: Request) -> None:
    drop_disabled(template["template"]["spec"])


def validate(template: Manifest) -> Errors:
    found: Errors = []
    validate_pod_template(template.get("template") or {}, "template", found)
    return found


def row(template: Manifest, now: float) -> list[Any]:
    inner = template.get("template") or {}
    names, images = containers_text(inner.get("spec") or {})
    return [template["metadata"].get("name", ""), names, images, labels_text((inner.get("metadata") or {}).get("labels"))]


KIND = Kind(
    group="",
    kind="PodTemplate",
    plural="podtemplates",
    returns_deleted=True,
    has_generation=True,
    default=default_pod_template,
    prepare_create=prepare_create,
    validate=validate,
    columns=(
        NAME,
        Column("Containers", CONTAINERS.description),
        Column("Images", IMAGES.description),
        Column("Pod Labels", "The labels for the pod template."),
    ),
    row=row,
)
