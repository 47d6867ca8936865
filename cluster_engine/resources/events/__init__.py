"""The events.k8s.io group: the newer form of the core group's events."""
