"""Profiles: which plugins a scheduler name uses, with which weights and arguments.

Models pkg/scheduler/apis/config/v1/default_plugins.go and KubeSchedulerProfile.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from cluster_engine.scheduler.framework import Plugin
from cluster_engine.scheduler.plugin_registry import make_plugin

DEFAULT_NAME = "default-scheduler"

#: name -> weight of its Score; the order is the order of every extension point.
DEFAULT_PLUGINS: Mapping[str, int] = {
    "SchedulingGates": 0,
    "NodeUnschedulable": 0,
    "NodeName": 0,
    "TaintToleration": 3,
    "NodeAffinity": 2,
    "NodePorts": 0,
    "NodeResourcesFit": 1,
    "VolumeRestrictions": 0,
    "NodeVolumeLimits": 0,
    "VolumeBinding": 0,
    "VolumeZone": 0,
    "PodTopologySpread": 2,
    "InterPodAffinity": 2,
    "NodeResourcesBalancedAllocation": 1,
    "ImageLocality": 1,
}


@dataclass(frozen=True)
class Profile:
    """One scheduler name. `weights` in the order of the plugins; `arguments` by plugin name.

    `percentage_of_nodes_to_score` 0 lets the number of nodes decide, as upstream does: 50 - nodes/125, at least 5 per cent.
    """

    name: str = DEFAULT_NAME
    weights: Mapping[str, int] = field(default_factory=lambda: dict(DEFAULT_PLUGINS))
    arguments: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    percentage_of_nodes_to_score: int = 0

    def plugins(self) -> list[Plugin]:
        return [make_plugin(name, self.arguments.get(name, {})) for name in self.weights]

    def enough(self, nodes: int) -> int:
        """How many feasible nodes are enough to stop looking. Models numFeasibleNodesToFind."""
        if nodes < 100:
            return nodes
        percentage = self.percentage_of_nodes_to_score or max(50 - nodes // 125, 5)
        return nodes if percentage >= 100 else max(nodes * percentage // 100, 100)
