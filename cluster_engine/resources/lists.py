"""Empty lists: protobuf, upstream's form at rest, knows none, so a list that must be shown comes back as null.

Models the round trip of staging/src/k8s.io/api/**/generated.pb.go.
"""

from cluster_engine.resources.kind import Manifest


def empty_as_null(parent: Manifest, name: str) -> None:
    """What of an empty list remains once it's stored. Owners are noted before that, so they keep what they gave."""
    if parent.get(name) == []:
        parent[name] = None
