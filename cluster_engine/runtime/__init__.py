"""Runtime: containers, their images and the programs that run in them.

What belongs here: the CRI, runtimes behind it (containerd, CRI-O, Docker through its shim, and a hollow one), the registry
model, processes, file systems, control groups, logs. What does not: deciding what should run (kubelet). Nothing of it touches
the host: a program is a generator that says what it waits for.
"""
