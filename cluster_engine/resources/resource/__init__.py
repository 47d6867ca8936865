"""resource.k8s.io: devices that nodes offer, and the claims of pods on them. Models pkg/apis/resource."""
