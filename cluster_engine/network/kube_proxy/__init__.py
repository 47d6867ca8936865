"""kube-proxy: on every node, what turns a service's address into one of its pods.

What belongs here: from services and endpoint slices to service ports (`service_ports`), rules per mode as text the kernel
understands (`iptables`, `ipvs`, `userspace`), and the choice of a backend for one connection (`balance`). What does not: moving packets (fabric).
"""
