"""The process's figures in Prometheus' text format: clusters, commits, work and memory."""

import resource
from collections.abc import Callable, Iterator

from explorer.engine import Engine, Hosted


def exposition(engine: Engine) -> str:
    """All figures as text."""
    return "\n".join((*_process(), *_clusters(engine))) + "\n"


def _process() -> Iterator[str]:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    yield "# HELP process_cpu_seconds_total User and system CPU time spent in seconds."
    yield "# TYPE process_cpu_seconds_total counter"
    yield f"process_cpu_seconds_total {usage.ru_utime + usage.ru_stime:.2f}"
    yield "# HELP process_resident_memory_bytes Resident memory size in bytes."
    yield "# TYPE process_resident_memory_bytes gauge"
    yield f"process_resident_memory_bytes {resident_bytes()}"


def resident_bytes() -> int:
    try:
        with open("/proc/self/statm") as file:
            return int(file.read().split()[1]) * resource.getpagesize()
    except OSError:  # no procfs: the peak is the next best
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


FIGURES: tuple[tuple[str, str, str, Callable[[Hosted], float]], ...] = (
    ("orrery_cluster_revision", "gauge", "Newest durable revision.", lambda h: h.store.durable_revision),
    ("orrery_cluster_objects", "gauge", "Living objects in the store.", lambda h: h.store.count("")),
    ("orrery_cluster_watchers", "gauge", "Open watches on the store.", lambda h: len(h.store.watchers)),
    ("orrery_commit_batches_total", "counter", "Batches made durable.", lambda h: h.commit.batches),
    ("orrery_commit_records_total", "counter", "Revisions made durable.", lambda h: h.commit.records),
    ("orrery_commit_seconds_total", "counter", "Time spent on commits.", lambda h: round(h.commit.seconds, 6)),
    ("orrery_step_seconds_total", "counter", "Time spent in components.", lambda h: round(h.step_seconds, 6)),
    ("orrery_step_units_total", "counter", "Units of work that components did.", lambda h: h.units),
    ("orrery_clock_rate", "gauge", "Cluster seconds a second; 0 while paused.", lambda h: 0 if h.clock.setting.paused else h.clock.setting.rate),
)


def _clusters(engine: Engine) -> Iterator[str]:
    for name, kind, text, value in FIGURES:
        yield f"# HELP {name} {text}"
        yield f"# TYPE {name} {kind}"
        for hosted in engine.clusters.values():
            yield f'{name}{{cluster="{hosted.name}"}} {value(hosted)}'
