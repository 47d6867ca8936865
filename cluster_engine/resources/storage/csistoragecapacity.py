"""CSIStorageCapacity: how much storage of a class is left for one part of the cluster.

Models pkg/registry/storage/csistoragecapacity/strategy.go.
"""

from cluster_engine.machinery.field import Errors, invalid
from cluster_engine.machinery.quantity import ZERO, parse
from cluster_engine.resources.checks import IMMUTABLE, NEGATIVE, label_selector, subdomain
from cluster_engine.resources.kind import Kind, Manifest


def validate(capacity: Manifest) -> Errors:
    found: Errors = []
    label_selector("nodeTopology", capacity.get("nodeTopology"), found)
    subdomain("storageClassName", capacity.get("storageClassName", ""), found)
    text = capacity.get("capacity")
    if text is not None and parse(text) < ZERO:
        found.append(invalid("capacity", text, NEGATIVE))
    return found


def validate_update(capacity: Manifest, old: Manifest) -> Errors:
    fixed = ("nodeTopology", "storageClassName")
    return [invalid(name, capacity.get(name), IMMUTABLE) for name in fixed if capacity.get(name) != old.get(name)]


KIND = Kind(
    group="storage.k8s.io",
    kind="CSIStorageCapacity",
    plural="csistoragecapacities",
    validate=validate,
    validate_update=validate_update,
    allow_unconditional_update=False,
)
