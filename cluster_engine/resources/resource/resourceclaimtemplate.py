"""ResourceClaimTemplate: the claim that every pod gets of its own. Models pkg/registry/resource/resourceclaimtemplate."""

from typing import Any

from cluster_engine.machinery.field import Errors, forbidden, invalid
from cluster_engine.machinery.object_meta import validate_annotations, validate_labels
from cluster_engine.resources.checks import IMMUTABLE
from cluster_engine.resources.kind import Kind, Manifest
from cluster_engine.resources.resource.claim_spec import default_claim_spec, validate_claim_spec
from cluster_engine.resources.table import AGE, NAME, age

NOT_SETTABLE = ("name", "generateName", "namespace", "uid", "resourceVersion", "finalizers", "ownerReferences")


def default(template: Manifest) -> None:
    spec = template.setdefault("spec", {})
    spec.setdefault("metadata", {})
    default_claim_spec(spec.setdefault("spec", {}))


def validate(template: Manifest) -> Errors:
    found: Errors = []
    spec = template.get("spec") or {}
    meta = spec.get("metadata") or {}
    for name in NOT_SETTABLE:
        if meta.get(name):
            found.append(forbidden(f"spec.metadata.{name}", "cannot be set"))
    if meta.get("labels"):
        found += validate_labels(meta["labels"], "spec.metadata.labels")
    if meta.get("annotations"):
        found += validate_annotations(meta["annotations"], "spec.metadata.annotations")
    validate_claim_spec(spec.get("spec") or {}, "spec.spec", found)
    return found


def validate_update(template: Manifest, old: Manifest) -> Errors:
    return [invalid("spec", template.get("spec"), IMMUTABLE)] if template.get("spec") != old.get("spec") else []


def row(template: Manifest, now: float) -> list[Any]:
    return [template["metadata"].get("name", ""), age(template, now)]


KIND = Kind(
    group="resource.k8s.io",
    kind="ResourceClaimTemplate",
    plural="resourceclaimtemplates",
    default=default,
    validate=validate,
    validate_update=validate_update,
    columns=(NAME, AGE),
    row=row,
)
