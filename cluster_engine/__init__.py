"""The engine: a working model of a whole Kubernetes cluster in plain Python.

What belongs here: everything that a cluster is and does (store, API server, loops, scheduler, kubelet, runtime, network).
What does not: Django, asyncio, sockets, files of the host, the wall clock, unseeded randomness. Time and chance come in
as arguments (`kernel.clock`, `kernel.chance`), bytes leave through `apiserver.server.APIServer.handle`.
Imports point downward only: see `.importlinter` and docs/architecture.md for the order of the rooms.
"""
