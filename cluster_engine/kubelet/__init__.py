"""Kubelet: the agent of each node. It makes the pods that are bound to its node real, and tells the truth about them.

What belongs here: pod workers, probes, status of pods and nodes, leases, static pods, volumes' mounting order, eviction, and the
kubelet's own server (logs, exec, attach, port-forward). What does not: running containers (runtime), addresses (network).
A kubelet talks to the API server as system:node:NAME and to its runtime by CRI calls, and to nobody else.
"""
