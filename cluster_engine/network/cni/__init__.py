"""CNI plugins: how a pod gets its address and how packets find their way to it. One plugin a file; `PLUGINS` names them."""

from cluster_engine.network.cni.calico import Calico
from cluster_engine.network.cni.flannel import Flannel
from cluster_engine.network.cni.plugin import Plugin
from cluster_engine.network.cni.weave import Weave

PLUGINS: dict[str, type[Plugin]] = {"calico": Calico, "flannel": Flannel, "weave": Weave}

__all__ = ["PLUGINS", "Calico", "Flannel", "Plugin", "Weave"]
