"""Client: how every component talks to the API server, and the caches that it keeps of what it watched.

What belongs here: the client interface, informers, leader election, the event recorder. What does not: decisions.
Everything that acts on a cluster is handed a `Client`; nothing but cluster.py knows how calls reach the server.
Models k8s.io/client-go.
"""
