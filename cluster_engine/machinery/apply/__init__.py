"""Server-side apply: who owns which field, and how a configuration is merged into a living object.

Models sigs.k8s.io/structured-merge-diff/v6 and k8s.io/apimachinery/pkg/util/managedfields. A set of fields is kept in the
very form of FieldsV1 ({"f:spec": {"f:replicas": {}}}), so that reading and writing managedFields costs nothing.
"""
