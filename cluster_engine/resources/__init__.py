"""Resources: the shape of each kind, one small file a kind, in one folder an API group.

What belongs here: names, scope, versions, defaults, validation, update strategy, table columns and selectable fields of a
kind, declared as one `Kind` (see kind.py), and the registry that finds them. What does not: storage, HTTP, loops, and any
rule that holds for all kinds (machinery, apiserver). Adding a kind: CONTRIBUTING.md, "A new kind".
"""
