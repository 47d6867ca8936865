"""The plugins by name. A new plugin: one file under plugins/, one line in PLUGINS, one in profile.DEFAULT_PLUGINS if it is on by default."""

from collections.abc import Callable, Mapping
from typing import Any

from cluster_engine.scheduler.framework import Plugin
from cluster_engine.scheduler.plugins.balanced_allocation import BalancedAllocation
from cluster_engine.scheduler.plugins.image_locality import ImageLocality
from cluster_engine.scheduler.plugins.inter_pod_affinity import InterPodAffinity
from cluster_engine.scheduler.plugins.node_affinity import NodeAffinity
from cluster_engine.scheduler.plugins.node_name import NodeName
from cluster_engine.scheduler.plugins.node_ports import NodePorts
from cluster_engine.scheduler.plugins.node_resources_fit import NodeResourcesFit
from cluster_engine.scheduler.plugins.node_unschedulable import NodeUnschedulable
from cluster_engine.scheduler.plugins.node_volume_limits import NodeVolumeLimits
from cluster_engine.scheduler.plugins.pod_topology_spread import PodTopologySpread
from cluster_engine.scheduler.plugins.scheduling_gates import SchedulingGates
from cluster_engine.scheduler.plugins.taint_toleration import TaintToleration
from cluster_engine.scheduler.plugins.volume_binding import VolumeBinding
from cluster_engine.scheduler.plugins.volume_restrictions import VolumeRestrictions
from cluster_engine.scheduler.plugins.volume_zone import VolumeZone

PLUGINS: Mapping[str, Callable[..., Plugin]] = {
    plugin.name: plugin
    for plugin in (
        SchedulingGates,
        NodeUnschedulable,
        NodeName,
        TaintToleration,
        NodeAffinity,
        NodePorts,
        NodeResourcesFit,
        VolumeRestrictions,
        NodeVolumeLimits,
        VolumeBinding,
        VolumeZone,
        PodTopologySpread,
        InterPodAffinity,
        BalancedAllocation,
        ImageLocality,
    )  # fmt: skip
}


def make_plugin(name: str, arguments: Mapping[str, Any]) -> Plugin:
    """A plugin with its arguments. Raises KeyError for a name that there is not."""
    return PLUGINS[name](**arguments)
