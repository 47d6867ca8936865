"""Raft: consensus among etcd members as a pure state machine; messages in, messages and effects out, no I/O, no clock.

What belongs here: one node's rules (elections with pre-vote, replication, commitment, snapshots, membership, leader
transfer, read index) and the group that carries messages between nodes over a network that can be cut, slowed or made lossy.
What does not: what an entry means (store) and where state is kept (explorer.persistence). Models etcd-io/raft and the
Raft paper (Ongaro and Ousterhout 2014; dissertation §3, §4, §6.4, §9.6).
"""
