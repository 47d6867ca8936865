"""The root file system that an image and a pod give a container: directories, programs, the files that the kubelet writes.

Models what containerd unpacks, and pkg/kubelet/kubelet_pods.go (ensureHostsFile) for /etc/hosts.
"""

from typing import TYPE_CHECKING

from cluster_engine.runtime.commands import COMMANDS
from cluster_engine.runtime.filesystem import FileSystem, Mounted, Node, Tree
from cluster_engine.runtime.image import SHELLS
from cluster_engine.runtime.trees import Volumes

if TYPE_CHECKING:
    from cluster_engine.runtime.box import Box

DIRECTORIES = (
    "bin",
    "dev",
    "etc",
    "home",
    "lib",
    "mnt",
    "opt",
    "proc",
    "root",
    "run",
    "sbin",
    "srv",
    "sys",
    "tmp",
    "usr/bin",
    "usr/lib",
    "usr/local/bin",
    "usr/share",
    "var/lib",
    "var/log",
    "var/run",
)
RELEASES = {
    "alpine": 'NAME="Alpine Linux"\nID=alpine\nVERSION_ID=3.23.0\nPRETTY_NAME="Alpine Linux v3.23"\n',
    "debian": 'PRETTY_NAME="Debian GNU/Linux 13 (trixie)"\nNAME="Debian GNU/Linux"\nVERSION_ID="13"\nID=debian\n',
    "debian-slim": 'PRETTY_NAME="Debian GNU/Linux 13 (trixie)"\nNAME="Debian GNU/Linux"\nVERSION_ID="13"\nID=debian\n',
    "ubuntu": 'PRETTY_NAME="Ubuntu 24.04.3 LTS"\nNAME="Ubuntu"\nVERSION_ID="24.04"\nID=ubuntu\n',
}
ACCOUNTS = "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/sbin/nologin\n"


def make_disk(box: "Box", volumes: Volumes, hosts: str, resolv: str) -> FileSystem:
    """The file system of a container over the volumes of its pod, its node and its cluster."""
    root = base_tree(box)
    for path, text in (("etc/hosts", hosts), ("etc/resolv.conf", resolv), ("etc/hostname", f"{box.hostname}\n")):
        root.put(path, Node("file", text.encode(), mtime=box.now))
    mounts = []
    for mount in box.config.mounts:
        tree = volumes.tree(mount)
        below = mount.sub_path.strip("/")
        if below and tree.get(below) is None and mount.files is None:
            tree.put(below, Node("dir", mode=0o755))
        mounts.append(Mounted(mount.path.rstrip("/") or "/", tree, mount.read_only or mount.files is not None, below))
    return FileSystem(root, mounts, box.config.read_only_root)


def base_tree(box: "Box") -> Tree:
    """The image's layers: a base's directories, its programs, the image's own files."""
    tree, image = Tree(), box.image
    for directory in DIRECTORIES if image.base != "scratch" else ("etc", "dev", "proc", "tmp", "var/run"):
        tree.put(directory, Node("dir", mode=0o1777 if directory == "tmp" else 0o755))
    for tool in sorted(installed(box)):
        tree.put(f"usr/bin/{tool}" if tool not in ("sh", "ash", "bash", "dash") else f"bin/{tool}", Node("file", b"\x7fELF", 0o755))
    tree.put("etc/passwd", Node("file", ACCOUNTS.encode()))
    tree.put("dev/null", Node("file", b"", 0o666))
    tree.put(box.config.termination_path.lstrip("/"), Node("file", b"", 0o666))
    if image.base in RELEASES:
        tree.put("etc/os-release", Node("file", RELEASES[image.base].encode()))
    for path, text in image.files:
        tree.put(path.lstrip("/"), Node("file", text.encode()))
    tree.used = 0
    return tree


def installed(box: "Box") -> frozenset[str]:
    """The commands that exist in a container's image. An image that nobody described is taken to have a Debian below it."""
    image = box.image
    if image.base in ("scratch", "distroless"):
        return frozenset(image.tools)
    return SHELLS[image.base] | COMMANDS | frozenset(image.tools)
