"""Structural schemas: the types that people give their own kinds, in a CustomResourceDefinition's OpenAPI v3.

What belongs here: what such a schema may say (definition.py), and what it does to objects: pruning, defaults, validation,
list types, CEL rules, embedded objects. What does not: the kind that is made of it (resources/custom.py) or its life.
Models k8s.io/apiextensions-apiserver/pkg/apiserver/{schema,validation}. Schemas stay the plain dicts that they were written as.
"""
