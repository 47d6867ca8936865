"""What a component is handed to reach the API server. The interface itself stands in machinery.api, which both sides know."""

from cluster_engine.machinery.api import Client, EventStream, Listed, Manifest, WatchEvent

__all__ = ["Client", "EventStream", "Listed", "Manifest", "WatchEvent"]
