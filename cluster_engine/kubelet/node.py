"""The shape of a node: what a machine has, before it joins a cluster."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class NodeShape:
    """`roles` become node-role labels; `control_plane` nodes run the control plane as static pods.

    `hollow`: everything succeeds at once and containers never end by themselves (kubemark's nodes). `runtime`: containerd, cri-o
    or docker. `images`: references that are on the machine from the start.
    """

    name: str
    roles: tuple[str, ...] = ()
    cpu: str = "4"
    memory: str = "8Gi"
    pods: int = 110
    disk: str = "100Gi"
    zone: str = ""
    labels: dict[str, str] = field(default_factory=dict)
    taints: tuple[dict[str, Any], ...] = ()
    control_plane: bool = False
    runtime: str = "containerd"
    hollow: bool = False
    images: tuple[str, ...] = ()
