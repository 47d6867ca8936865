"""Explorer: the Django site around the engine. Whatever knows HTTP, the database or real time lives here.

What belongs here: the server and its API listener, hosting of clusters, persistence, accounts, pages and sockets. What does
not: any behaviour of Kubernetes (cluster_engine). The engine never imports this package.
"""
