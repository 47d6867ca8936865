"""Pages: the views, one file per group of pages. A view parses, calls one function, renders.

What belongs here: HTML and the JSON that a page's own scripts ask for. What does not: projections (scenes), sockets, rules of
Kubernetes. Everything that a page reads or writes goes through the API server in the visitor's name.
"""
