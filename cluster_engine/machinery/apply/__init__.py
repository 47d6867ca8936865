"""Server-side apply: who owns which field, and what a change of somebody's opinion does to an object.

What belongs here: sets of fields (sets.py), comparing two objects (compare.py), reading, merging and pruning by schema
(typed.py). The one entry for the API server is machinery/managed_fields.py.
Models sigs.k8s.io/structured-merge-diff.
"""
