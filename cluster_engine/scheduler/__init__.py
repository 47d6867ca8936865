"""Scheduler: chooses a node for every pod that has none, and can say why this one and why not the others.

What belongs here: the queue, the snapshot of nodes, the framework with its extension points, profiles, the cycle, and one
file a plugin under plugins/. What does not: running pods (kubelet), counting them (controllers). Plugins are blind to each
other: each sees a pod, a node and what its own PreFilter or PreScore has put into the cycle's state.
Models pkg/scheduler.
"""
