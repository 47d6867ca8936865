"""Persistence: the revision log in the site's database, and the commits that make writes last.

What belongs here: connections for the log, the store's database backend, group commit, the roster of clusters. What does
not: the tables' declaration (models), any meaning of keys and values. The only room of the site that may import the store.
"""

from cluster_engine.store.backend import BackendUnavailable, Stale
from explorer.persistence.backend import OrmBackend, make_store
from explorer.persistence.commit import GroupCommit
from explorer.persistence.database import Busy, PostgreSQL, SQLite, database
from explorer.persistence.roster import Listing, Roster

__all__ = [
    "BackendUnavailable", "Busy", "GroupCommit", "Listing", "OrmBackend", "PostgreSQL", "Roster", "SQLite", "Stale", "database", "make_store",
]  # fmt: skip
