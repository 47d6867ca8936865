"""The roster: which clusters there are, as the engine sees them; read without the ORM, many times a second."""

from dataclasses import dataclass, replace

from explorer.clock import Setting
from explorer.persistence.database import PostgreSQL, SQLite

COLUMNS = "id, name, template, seed, virtual_base, real_base, rate, paused"


@dataclass(frozen=True, slots=True)
class Listing:
    """A running cluster's row."""

    id: int
    name: str
    template: str
    seed: int
    clock: Setting

    def with_clock(self, clock: Setting) -> "Listing":
        return replace(self, clock=clock)


class Roster:
    """The table of clusters. `changed` is cheap on SQLite, where a counter tells of other processes' writes."""

    def __init__(self, database: SQLite | PostgreSQL) -> None:
        self.database = database
        self._version: object = None

    def changed(self) -> bool:
        """Whether anybody may have changed the table since the last call."""
        version = self.database.version()
        before, self._version = self._version, version
        return version is None or version != before

    def running(self) -> list[Listing]:
        with self.database.transaction(writing=False) as cursor:
            cursor.execute(self.database.sql(f"SELECT {COLUMNS} FROM explorer_cluster WHERE running = ? ORDER BY name"), (True,))
            return [_listing(*row) for row in cursor.fetchall()]

    def keep_clock(self, listing: Listing) -> None:
        clock = listing.clock
        sql = "UPDATE explorer_cluster SET virtual_base = ?, real_base = ?, rate = ?, paused = ? WHERE id = ?"
        with self.database.transaction(writing=True) as cursor:
            cursor.execute(self.database.sql(sql), (clock.virtual_base, clock.real_base, clock.rate, clock.paused, listing.id))


def _listing(id: int, name: str, template: str, seed: int, virtual_base: float, real_base: float, rate: float, paused: int) -> Listing:
    return Listing(id, name, template, seed, Setting(virtual_base, real_base, rate, bool(paused)))
