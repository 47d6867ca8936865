"""Machinery: what all Kubernetes objects share, as pure functions on raw manifests (dicts).

What belongs here: field paths and errors, Status, selectors, quantities, names, patches (JSON, merge, strategic),
server-side apply, schemas. What does not: the shape of any one kind (resources), storage or transport.
Models k8s.io/apimachinery. Every room above may import it; it imports kernel only.
"""
