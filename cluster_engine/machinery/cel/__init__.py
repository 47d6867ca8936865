"""CEL: the small expression language in which people write rules, as Kubernetes extends and bounds it.

What belongs here: compiling with types, evaluating under a budget, errors as upstream words them, the functions that
Kubernetes adds. What does not: which rule applies where (apiserver, CustomResourceDefinitions).
Models k8s.io/apiserver/pkg/cel. Expressions run in cel-cpp, which bounds iterations; nothing here can reach the host.
"""
