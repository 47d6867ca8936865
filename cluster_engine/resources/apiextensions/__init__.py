"""apiextensions.k8s.io: kinds that people define themselves."""
