"""Binding: ties a pod to a node; written by schedulers, never stored itself.

Models pkg/registry/core/pod/storage (BindingREST).
"""

from cluster_engine.resources.kind import Kind

KIND = Kind(group="", kind="Binding", plural="bindings", verbs=("create",))
