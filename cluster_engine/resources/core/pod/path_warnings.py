"""Warnings about files of one volume that would lie over each other.

Models pkg/api/pod/warnings.go (warningsForOverlappingVirtualPaths).
"""

from collections.abc import Iterator

from cluster_engine.machinery.field import quoted
from cluster_engine.resources.kind import Manifest

# (source, its name field, how it is called)
SOURCES = (("configMap", "name", "ConfigMap"), ("secret", "secretName", "Secret"), ("downwardAPI", "", "DownwardAPI"))
PROJECTED = (("configMap", "name", "ConfigMap"), ("secret", "name", "Secret"), ("downwardAPI", "", "DownwardAPI"))


def overlaps(volumes: list[Manifest]) -> Iterator[str]:
    for volume in volumes:
        name = quoted(volume.get("name", ""))
        for field, key, kind in SOURCES:
            if (source := volume.get(field)) is not None:
                files = [(item.get("path", ""), "") for item in source.get("items") or ()]
                yield from _meetings(files, f"volume {name} ({_called(kind, source, key)})")
        if (projected := volume.get("projected")) is not None:
            sources = projected.get("sources") or ()
            for source in sources:
                if not source:
                    yield f"volume {name} (Projected) has no sources provided"
            yield from _meetings([f for s in sources for f in _files(s)], f"volume {name} (Projected)")


def _called(kind: str, source: Manifest, key: str) -> str:
    return f"{kind} {quoted(source.get(key, ''))}" if key else kind


def _files(source: Manifest) -> list[tuple[str, str]]:
    """The paths that a projected source fills, and which source that is."""
    for field, key, kind in PROJECTED:
        if (part := source.get(field)) is not None:
            return [(item.get("path", ""), _called(kind, part, key)) for item in part.get("items") or ()]
    if (token := source.get("serviceAccountToken")) is not None:
        return [(token.get("path", ""), "ServiceAccountToken")]
    return []


def _meetings(files: list[tuple[str, str]], where: str) -> Iterator[str]:
    """A path meets another when it is the same of the same source, or one is a folder of the other."""
    seen: list[tuple[str, str]] = []
    for path, source in ((p.rstrip("/"), s) for p, s in files):
        for other, other_source in seen if path else ():
            if other and (f"{other}/".startswith(f"{path}/") or f"{path}/".startswith(f"{other}/")):
                yield f"{where}: overlapping paths: {_shown(path, source)} with {_shown(other, other_source)}"
        seen.append((path, source))


def _shown(path: str, source: str) -> str:
    return f"{quoted(path)} ({source})" if source else quoted(path)
