"""Kernel: time, chance, causes and work queues that every other room stands on.

What belongs here: small mechanisms with no knowledge of Kubernetes objects. What does not: anything that reads the wall
clock, sleeps or draws unseeded randomness. Every room may import it; it imports nothing of ours.
"""
