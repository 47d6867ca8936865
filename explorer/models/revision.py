"""The revision log: one append-only row a revision, and the head row that a commit locks."""

from django.db import models

from explorer.models.cluster import Cluster


class ClusterHead(models.Model):
    """Where a cluster's log stands. Every commit locks this row first, so that revisions are gapless and ordered.

    `epoch` rises when the log is replaced as a whole (restore), so that other processes read it anew.
    """

    cluster = models.OneToOneField(Cluster, on_delete=models.CASCADE, primary_key=True, related_name="head")
    revision = models.BigIntegerField(default=0)
    compacted = models.BigIntegerField(default=0)
    epoch = models.IntegerField(default=0)


class Revision(models.Model):
    """One write. `value` is NULL for a deletion; `cause` is JSON (component, user, verb, why, revisions, request).

    `follows` is the revision of the same key that this one replaces: 0 for the key's first, a deletion's for a key that is
    made anew. Unique with the key, it is the compare-and-swap in the schema.
    """

    cluster = models.ForeignKey(Cluster, on_delete=models.CASCADE, related_name="revisions", db_index=False)
    revision = models.BigIntegerField()
    key = models.CharField(max_length=600)
    value = models.BinaryField(null=True)
    create_revision = models.BigIntegerField()
    previous_revision = models.BigIntegerField()
    follows = models.BigIntegerField()
    version = models.IntegerField()
    time = models.FloatField()
    lease = models.BigIntegerField(default=0)
    cause = models.BinaryField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=("cluster", "revision"), name="one_row_a_revision"),
            models.UniqueConstraint(fields=("cluster", "key", "follows"), name="compare_and_swap"),
        ]


class Lease(models.Model):
    """A lease of the store: keys attached to it go when `expires` (cluster time) has passed."""

    cluster = models.ForeignKey(Cluster, on_delete=models.CASCADE, related_name="leases")
    lease = models.BigIntegerField()
    ttl = models.FloatField()
    expires = models.FloatField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=("cluster", "lease"), name="one_row_a_lease")]
