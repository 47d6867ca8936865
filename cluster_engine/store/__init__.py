"""Store: the cluster's etcd. Keys with revisions, compare-and-swap, ranges in the past, watches, compaction, leases.

What belongs here: multi-version concurrency control and its backends' interface; it knows keys and bytes, no kinds.
What does not: the database (explorer.persistence has the ORM backend), HTTP, manifests' meaning.
May be imported by apiserver, cluster and explorer.persistence only. Models etcd's server/storage/mvcc and clientv3.
"""
