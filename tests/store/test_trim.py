"""The log in memory is trimmed; nobody who watches may lose a record by that."""

from cluster_engine.store.backend import MemoryBackend
from cluster_engine.store.mvcc import Store


def test_a_watch_that_was_up_to_date_sees_what_the_trimming_batch_brings() -> None:
    store = Store(MemoryBackend())
    store._window = 8
    watch = store.watch("/registry/pods/", 1)
    seen: list[int] = []
    for number in range(40):
        store.put(f"/registry/pods/default/p{number}", b"{}", now=float(number))
        store.flush()
        seen += [record.revision for record in watch.poll()]
    assert seen == sorted(seen)
    assert len(seen) == 40
