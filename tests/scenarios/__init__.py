"""Scenarios: scripts of what people and faults do to a cluster, and the golden trace of what the cluster does about it."""
