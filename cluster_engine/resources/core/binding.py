"""Binding: ties a pod to a node; written by schedulers, never stored itself.

Models pkg/registry/core/pod/storage (BindingREST).
"""

from cluster_engine.machinery.field import Errors, not_supported, required
from cluster_engine.resources.kind import Kind, Manifest


def validate(binding: Manifest) -> Errors:
    found: Errors = []
    target = binding.get("target") or {}
    if target.get("kind") not in (None, "", "Node"):
        found.append(not_supported("target.kind", target["kind"], ("Node", "<empty>")))
    if not target.get("name"):
        found.append(required("target.name"))
    return found


KIND = Kind(group="", kind="Binding", plural="bindings", verbs=("create",), validate=validate)
