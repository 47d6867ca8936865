"""CSIStorageCapacity: how much storage of a class is left for one part of the cluster.

Models pkg/registry/storage/csistoragecapacity/strategy.go.
"""

from cluster_engine.resources.kind import Kind

KIND = Kind(group="storage.k8s.io", kind="CSIStorageCapacity", plural="csistoragecapacities")
