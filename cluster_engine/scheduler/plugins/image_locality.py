"""ImageLocality prefers nodes that have the pod's images already. Models plugins/imagelocality."""

from cluster_engine.scheduler.framework import MAX_SCORE, SUCCESS, CycleState, Plugin, Verdict
from cluster_engine.scheduler.node_info import NodeInfo
from cluster_engine.scheduler.pod_info import PodInfo
from cluster_engine.scheduler.snapshot import Snapshot

MEGABYTE = 1024 * 1024
SMALLEST = 23 * MEGABYTE
LARGEST_CONTAINER = 1000 * MEGABYTE


def normalized_image_name(name: str) -> str:
    """With `:latest` where neither tag nor digest is given."""
    return name if ":" in name.rpartition("/")[2] or "@" in name else name + ":latest"


class ImageLocality(Plugin):
    name = "ImageLocality"
    has_score = True

    def pre_score(self, state: CycleState, pod: PodInfo, snapshot: Snapshot, nodes: object) -> Verdict:
        spec = pod.spec
        images = [normalized_image_name(c.get("image", "")) for c in (*spec.get("initContainers", ()), *spec.get("containers", ()))]
        total = len(snapshot.nodes())
        state.data[self.name] = [(i, snapshot.images.get(i, 0) / total if total else 0.0) for i in images], len(images)
        return SUCCESS

    def score(self, state: CycleState, pod: PodInfo, node: NodeInfo) -> int:
        spread, count = state.data[self.name]
        if not node.images:
            return 0
        found = sum(int(node.images[image] * share) for image, share in spread if image in node.images)
        highest: int = LARGEST_CONTAINER * count
        clamped = min(max(found, SMALLEST), highest)
        return MAX_SCORE * (clamped - SMALLEST) // (highest - SMALLEST)
