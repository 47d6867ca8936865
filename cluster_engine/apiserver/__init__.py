"""API server: the only way to read or write cluster state, for people and components alike.

What belongs here: paths and verbs, the request pipeline (authentication, authorization, fairness, decoding, defaults,
admission, validation, storage), watches, discovery, tables. What does not: the shape of one kind (resources), etcd's
semantics (store), sockets and TLS (explorer), decisions (controllers, scheduler). Only cluster and explorer.api import it;
everything else is handed a `Client`. Models k8s.io/apiserver and pkg/controlplane.
"""
