"""Admission: the plugins that may change or refuse a write after it was authorized. One file a plugin, none knows another.

What belongs here: each plugin as one class with `handles`, `admit` and `validate` (see ../attributes.py), and below the order
in which they run. What does not: who may write what (authz), the rules of one kind (resources).
Models plugin/pkg/admission and pkg/kubeapiserver/options/plugins.go.
"""
