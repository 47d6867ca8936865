"""Volumes: what pods mount. One plugin a kind of volume; a plugin says what is missing, or what the mount shows.

What belongs here: turning a pod's volumes into mounts, and CSI's steps. What does not: containers' file systems (runtime),
binding claims (controllers). Kubelets call it.
"""
