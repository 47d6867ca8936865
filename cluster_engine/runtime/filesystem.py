"""A container's file system: image layers below, a writable layer on top, volumes mounted over both.

Models overlayfs and bind mounts. Paths are POSIX text; a missing file is a FileError with the kernel's words.
"""

import posixpath
from collections.abc import Iterable
from dataclasses import dataclass

from cluster_engine.volumes.mount import Files

MISSING = "No such file or directory"
IS_DIRECTORY = "Is a directory"
NOT_DIRECTORY = "Not a directory"
READ_ONLY = "Read-only file system"
DENIED = "Permission denied"
EXISTS = "File exists"
NOT_EMPTY = "Directory not empty"
FULL = "No space left on device"
LINKS_MOST = 16


class FileError(Exception):
    """What the kernel says; `path` is what was asked for."""

    def __init__(self, path: str, why: str) -> None:
        super().__init__(f"{path}: {why}")
        self.path, self.why = path, why


@dataclass(slots=True)
class Node:
    """A file, directory ("dir") or symbolic link ("link", with its target in `data`)."""

    kind: str
    data: bytes = b""
    mode: int = 0o644
    uid: int = 0
    gid: int = 0
    mtime: float = 0.0


class Tree:
    """A writable tree of nodes by path relative to its root; "" is the root. `limit` in bytes, 0 for none."""

    def __init__(self, limit: int = 0, mode: int = 0o755) -> None:
        self._nodes: dict[str, Node] = {"": Node("dir", mode=mode)}
        self.limit = limit
        self.used = 0

    def get(self, path: str) -> Node | None:
        return self._nodes.get(path)

    def children(self, path: str) -> list[str]:
        prefix = f"{path}/" if path else ""
        return sorted(p[len(prefix) :] for p in self._nodes if p and p.startswith(prefix) and "/" not in p[len(prefix) :])

    def put(self, path: str, node: Node) -> None:
        """Place a node; missing parents are made."""
        parent = posixpath.dirname(path)
        while parent and parent not in self._nodes:
            self._nodes[parent] = Node("dir", mode=0o755, mtime=node.mtime)
            parent = posixpath.dirname(parent)
        old = self._nodes.get(path)
        grown = len(node.data) - (len(old.data) if old is not None else 0)
        if self.limit and grown > 0 and self.used + grown > self.limit:
            raise FileError(path, FULL)
        self.used += grown
        self._nodes[path] = node

    def remove(self, path: str) -> None:
        for name in [p for p in self._nodes if p == path or p.startswith(f"{path}/")]:
            self.used -= len(self._nodes.pop(name).data)


class Shown(Tree):
    """A read-only tree over `Files` (a configMap, a secret, a token): what they show now, not what they showed at the start."""

    def __init__(self, files: Files, mode: int = 0o644) -> None:
        super().__init__()
        self._files, self._mode = files, mode

    def get(self, path: str) -> Node | None:
        if path == "":
            return self._nodes[""]
        names = self._files.names()
        if path in names:
            return Node("file", self._files.read(path), self._mode)
        if any(name.startswith(f"{path}/") for name in names):
            return Node("dir", mode=0o755)
        return None

    def children(self, path: str) -> list[str]:
        prefix = f"{path}/" if path else ""
        return sorted({name[len(prefix) :].partition("/")[0] for name in self._files.names() if name.startswith(prefix)})

    def put(self, path: str, node: Node) -> None:
        raise FileError(path, READ_ONLY)

    def remove(self, path: str) -> None:
        raise FileError(path, READ_ONLY)


@dataclass(frozen=True, slots=True)
class Mounted:
    """A tree at a place. `below`: the part of the tree that is shown there (subPath)."""

    path: str
    tree: Tree
    read_only: bool = False
    below: str = ""


class FileSystem:
    """Resolves absolute paths through mounts and links."""

    def __init__(self, root: Tree, mounts: Iterable[Mounted] = (), read_only: bool = False) -> None:
        self._root = Mounted("/", root, read_only)
        self._mounts = sorted(mounts, key=lambda m: -len(m.path))

    @property
    def mounts(self) -> list[Mounted]:
        return [self._root, *reversed(self._mounts)]

    @property
    def used(self) -> int:
        return self._root.tree.used

    # -- looking

    def node(self, path: str, follow: bool = True) -> Node | None:
        try:
            mounted, inner = self._place(path, follow)
        except FileError:
            return None
        return mounted.tree.get(inner)

    def stat(self, path: str) -> Node:
        """The node at `path`. Raises FileError."""
        node = self.node(path)
        if node is None:
            raise FileError(path, MISSING)
        return node

    def exists(self, path: str) -> bool:
        return self.node(path) is not None

    def is_dir(self, path: str) -> bool:
        node = self.node(path)
        return node is not None and node.kind == "dir"

    def read(self, path: str) -> bytes | None:
        """A file's content, or None when there is no such file."""
        node = self.node(path)
        return node.data if node is not None and node.kind == "file" else None

    def open(self, path: str) -> bytes:
        """A file's content. Raises FileError."""
        node = self.stat(path)
        if node.kind == "dir":
            raise FileError(path, IS_DIRECTORY)
        return node.data

    def children(self, path: str) -> list[str]:
        """Names in a directory. Raises FileError."""
        mounted, inner = self._place(path)
        node = mounted.tree.get(inner)
        if node is None:
            raise FileError(path, MISSING)
        if node.kind != "dir":
            raise FileError(path, NOT_DIRECTORY)
        here = "/" if path == "/" else posixpath.normpath(path).rstrip("/") + "/"
        over = {m.path[len(here) :].partition("/")[0] for m in self._mounts if m.path.startswith(here) and m.path != here.rstrip("/")}
        return sorted({*mounted.tree.children(inner), *over})

    # -- changing

    def write(self, path: str, data: bytes, now: float = 0.0, append: bool = False, uid: int = 0, mode: int = 0o644) -> None:
        """Write a file. Raises FileError."""
        mounted, inner = self._writable(path)
        old = mounted.tree.get(inner)
        if old is not None and old.kind == "dir":
            raise FileError(path, IS_DIRECTORY)
        if old is not None and uid and old.uid != uid and not old.mode & 0o022:
            raise FileError(path, DENIED)
        if append and old is not None:
            data = old.data + data
        mounted.tree.put(inner, Node("file", data, old.mode if old is not None else mode, old.uid if old is not None else uid, 0, now))

    def mkdir(self, path: str, now: float = 0.0, parents: bool = False, uid: int = 0) -> None:
        if self.exists(path):
            if parents and self.is_dir(path):
                return
            raise FileError(path, EXISTS)
        mounted, inner = self._writable(path, parents)
        mounted.tree.put(inner, Node("dir", mode=0o755, uid=uid, mtime=now))

    def link(self, target: str, path: str, now: float = 0.0) -> None:
        mounted, inner = self._writable(path)
        mounted.tree.put(inner, Node("link", target.encode(), 0o777, mtime=now))

    def remove(self, path: str, recursive: bool = False) -> None:
        mounted, inner = self._place(path, follow=False)
        node = mounted.tree.get(inner)
        if node is None:
            raise FileError(path, MISSING)
        if mounted.read_only:
            raise FileError(path, READ_ONLY)
        if node.kind == "dir" and not recursive and mounted.tree.children(inner):
            raise FileError(path, NOT_EMPTY)
        mounted.tree.remove(inner)

    # -- resolving

    def _writable(self, path: str, make_parents: bool = False) -> tuple[Mounted, str]:
        mounted, inner = self._place(path)
        if mounted.read_only:
            raise FileError(path, READ_ONLY)
        parent = posixpath.dirname(posixpath.normpath(path))
        if not make_parents:
            node = self.node(parent)
            if node is None:
                raise FileError(path, MISSING)
            if node.kind != "dir":
                raise FileError(path, NOT_DIRECTORY)
        return mounted, inner

    def _place(self, path: str, follow: bool = True, depth: int = 0) -> tuple[Mounted, str]:
        """The mount that a path lies in, and the path within its tree."""
        if depth > LINKS_MOST:
            raise FileError(path, "Too many levels of symbolic links")
        clean = posixpath.normpath("/" + path.lstrip("/"))
        for mounted in self._mounts:
            if clean == mounted.path or clean.startswith(mounted.path + "/"):
                inner = clean[len(mounted.path) :].lstrip("/")
                whole = "/".join(part for part in (mounted.below, inner) if part)
                return self._followed(mounted, whole, clean, follow, depth)
        return self._followed(self._root, clean.lstrip("/"), clean, follow, depth)

    def _followed(self, mounted: Mounted, inner: str, clean: str, follow: bool, depth: int) -> tuple[Mounted, str]:
        node = mounted.tree.get(inner)
        if node is not None and node.kind == "link" and follow:
            return self._place(posixpath.join(posixpath.dirname(clean), node.data.decode()), True, depth + 1)
        if node is None and (linked := self._linked_parent(mounted, inner, clean)) is not None:
            return self._place(linked, follow, depth + 1)
        return mounted, inner

    def _linked_parent(self, mounted: Mounted, inner: str, clean: str) -> str | None:
        """Where the path leads when one of its parents is a link."""
        parts = inner.split("/")
        for count in range(1, len(parts)):
            head = "/".join(parts[:count])
            node = mounted.tree.get(head)
            if node is not None and node.kind == "link":
                place = clean[: len(clean) - len(inner)] + head
                return posixpath.join(posixpath.dirname(place), node.data.decode(), *parts[count:])
        return None
