"""The API listener: TLS, HTTP/1.1 and websockets on one side, apiserver's HttpRequest and HttpResponse on the other.

What belongs here: bytes, connections, back-pressure, waiting for durability. What does not: what a request means (the API
server of cluster_engine). Why it is not daphne's HTTP: docs/decisions/0001.
"""
