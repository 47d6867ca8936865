"""The coordination.k8s.io group: leases, by which components show that they live and elect leaders."""
