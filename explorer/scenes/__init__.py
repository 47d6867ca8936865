"""Scenes: what a diagram shows of a snapshot, as plain data. Pure functions, tested without a browser.

What belongs here: projections of Kubernetes objects and of components' reports onto items with a sign, words and numbers.
What does not: sockets, templates, pixels. Called by sockets/ and pages/; imports the engine's machinery at most.
"""
