"""The runtimes by name, as a node's shape chooses one."""

from cluster_engine.runtime.containerd import Containerd
from cluster_engine.runtime.crio import CriO
from cluster_engine.runtime.docker import Docker

RUNTIMES: dict[str, type[Containerd]] = {"containerd": Containerd, "cri-o": CriO, "docker": Docker}
