"""Tables: clusters and their clocks, the revision log, leases, and login links."""

from explorer.models.cluster import Cluster
from explorer.models.login_link import LoginLink
from explorer.models.revision import ClusterHead, Lease, Revision

__all__ = ["Cluster", "ClusterHead", "Lease", "LoginLink", "Revision"]
