"""networking.k8s.io: Ingresses and their classes, NetworkPolicies, and the address ranges of services. Models pkg/apis/networking."""
