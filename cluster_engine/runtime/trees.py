"""What volumes hold, and who shares it: a pod's own, a node's directories, disks that outlive both.

Models where kubelets bind-mount volumes from: /var/lib/kubelet/pods/UID, the node's file system, a CSI driver's device.
"""

from cluster_engine.runtime.filesystem import Shown, Tree
from cluster_engine.volumes.mount import Mount

Trees = dict[str, Tree]
NODE, CLUSTER = "host:", ("volume:", "remote:")


class Volumes:
    """Finds the tree of a mount, and makes it when it is mounted first."""

    __slots__ = ("_cluster", "_node", "pod")

    def __init__(self, node: Trees, cluster: Trees) -> None:
        self.pod: Trees = {}
        self._node, self._cluster = node, cluster

    def tree(self, mount: Mount) -> Tree:
        held = self._node if mount.source.startswith(NODE) else self._cluster if mount.source.startswith(CLUSTER) else self.pod
        found = held.get(mount.source)
        if found is None:
            limit = mount.limit if mount.medium == "Memory" else 0
            found = held[mount.source] = Shown(mount.files) if mount.files is not None else Tree(limit, mode=0o777)
        return found

    def over_limit(self, mount: Mount) -> bool:
        """Whether a volume on disk holds more than it may: its pod will be evicted."""
        found = self.pod.get(mount.source)
        return bool(mount.limit) and mount.medium != "Memory" and found is not None and found.used > mount.limit
