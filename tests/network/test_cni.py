"""CNI plugins: unique addresses, and ways between nodes that differ as in life."""

import pytest

from cluster_engine.network.cni import PLUGINS
from cluster_engine.network.ipam import PoolExhausted, Range


@pytest.mark.parametrize("name", sorted(PLUGINS))
def test_every_pod_has_an_address_of_its_own(name: str) -> None:
    plugin = PLUGINS[name]("10.244.0.0/16")
    taken = [plugin.add(f"node-{n % 5}") for n in range(500)]
    assert len(set(taken)) == 500


def test_a_freed_address_is_not_given_out_at_once() -> None:
    held = Range("10.0.0.0/28")
    first = held.take()
    held.free(first)
    assert held.take() != first


def test_a_full_range_says_so() -> None:
    held = Range("10.0.0.0/30")
    held.take()
    held.take()
    with pytest.raises(PoolExhausted):
        held.take()


def test_packets_between_nodes_travel_as_each_plugin_has_it() -> None:
    ways = {name: [hop.device for hop in plugin("10.244.0.0/16").path("a", "b")] for name, plugin in PLUGINS.items()}
    assert ways == {
        "calico": ["cali", "eth0", "cali"],
        "flannel": ["cni0", "flannel.1", "flannel.1", "cni0"],
        "weave": ["weave", "vethwe-datapath", "weave"],
    }


def test_calico_tells_of_the_blocks_of_other_nodes() -> None:
    plugin = PLUGINS["calico"]("10.244.0.0/16")
    plugin.join("a", "172.18.0.2")
    plugin.join("b", "172.18.0.3")
    plugin.add("a")
    plugin.add("b")
    assert [str(route) for route in plugin.routes("a")] == ["10.244.0.0/26 dev blackhole proto 80", "10.244.0.64/26 via 172.18.0.3 dev eth0 proto bird"]
