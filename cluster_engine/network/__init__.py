"""Network: what carries packets between pods, nodes and the outside.

What belongs here: the fabric (who has which address, who listens where), CNI plugins, kube-proxy's rules, DNS, ingress,
policies. What does not: processes (runtime) and pods' lives (kubelet). The runtime attaches sandboxes to the fabric; kubelets
probe through it. Nothing here opens a socket: a packet is a call.
"""
