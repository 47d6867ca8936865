"""The scheduling.k8s.io group: how important a pod is."""
