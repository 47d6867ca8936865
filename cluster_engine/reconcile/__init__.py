"""Reconcile: the one way in which a controller's decisions become API calls.

What belongs here: the actions a decision may yield, the read-only view it decides on, and the loop that queues keys, asks
for decisions and applies them. What does not: any decision (controllers). Models the worker half of
pkg/controller/* and sigs.k8s.io/controller-runtime, with the effects taken out of the controllers.
"""
