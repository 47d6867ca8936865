"""Fields of features that v1.36 has switched off by default: they are dropped as if nobody had written them.

Models dropDisabledFields of pkg/api/pod/util.go.
"""

from cluster_engine.resources.core.pod.containers import all_containers
from cluster_engine.resources.kind import Manifest


def drop_disabled(spec: Manifest) -> None:
    """Trust bundles and pod certificates as files, and stop signals of containers."""
    for volume in spec.get("volumes") or ():
        for source in (volume.get("projected") or {}).get("sources") or ():
            source.pop("clusterTrustBundle", None)
            source.pop("podCertificate", None)
    for container in all_containers(spec):
        lifecycle = container.get("lifecycle")
        if lifecycle is not None and "stopSignal" in lifecycle:
            del lifecycle["stopSignal"]
            if not lifecycle:
                del container["lifecycle"]
