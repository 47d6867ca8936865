"""The pod, noun by noun: each file fills in and judges one part of a pod's specification, for pods and for pod templates."""
