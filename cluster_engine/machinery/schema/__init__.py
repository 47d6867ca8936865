"""Schemas: what every kind's fields are, and reading raw documents into manifests by them.

What belongs here: the tree of types (`tree.py`), facts about Go's types that no schema tells (`go_types.py`), the loader of
the Kubernetes definitions (`definitions.py`), and decoding (`decode.py`). What does not: rules that validate values.
"""

from cluster_engine.machinery.schema.definitions import Definitions, load
from cluster_engine.machinery.schema.tree import Field, Schema

__all__ = ["Definitions", "Field", "Schema", "load"]
