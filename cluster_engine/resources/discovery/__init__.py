"""The discovery.k8s.io group: where the pods behind a Service are."""
