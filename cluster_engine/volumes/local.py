"""Volumes on the node itself: emptyDir, which lives as long as its pod, and hostPath, which outlives it.

Models pkg/volume/{emptydir,hostpath}.
"""

from cluster_engine.machinery.quantity import parse
from cluster_engine.volumes.plugin import Manifest, NotReady, Sources, Volume

EXISTING = ("Directory", "File", "Socket", "CharDevice", "BlockDevice")
NODE_DIRECTORIES = ("/", "/etc", "/var", "/tmp", "/run", "/opt", "/proc", "/sys", "/dev", "/home", "/usr", "/lib", "/mnt", "/srv", "/root", "/boot")


def empty_dir(namespace: str, name: str, source: Manifest, sources: Sources) -> Volume:
    limit = source.get("sizeLimit")
    return Volume(name, name, medium=source.get("medium", ""), limit=parse(limit).whole if limit else 0)


def host_path(namespace: str, name: str, source: Manifest, sources: Sources) -> Volume:
    path = source["path"].rstrip("/") or "/"
    kind = source.get("type", "")
    below = any(path == d or path.startswith(f"{d}/") for d in NODE_DIRECTORIES if d != "/") or path == "/"
    if kind in EXISTING and not below:
        raise NotReady(f"hostPath type check failed: {path} is not a {kind.lower()}")
    return Volume(name, f"host:{path}")
