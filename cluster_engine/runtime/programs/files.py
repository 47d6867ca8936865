"""Commands on files: cat, ls, mkdir, rm, cp, mv, touch, ln, chmod, find, df, du, stat, tar (as kubectl cp needs it).

Models GNU coreutils and BusyBox applets.
"""

import base64
import io
import posixpath
import tarfile

from cluster_engine.kernel.clock import timestamp
from cluster_engine.runtime.filesystem import FileError, FileSystem, Node
from cluster_engine.runtime.process import Process, Read, Run
from cluster_engine.runtime.programs.command import Body, commands, refuse
from cluster_engine.runtime.programs.coreutils import done
from cluster_engine.runtime.shell.patterns import matches

BITS = ("---", "--x", "-w-", "-wx", "r--", "r-x", "rw-", "rwx")
SIGNS = {"dir": "d", "link": "l", "file": "-"}


def full(process: Process, path: str) -> str:
    return posixpath.normpath(posixpath.join(process.cwd, path))


def options(args: list[str]) -> tuple[str, list[str]]:
    """The letters of all options, and the other words."""
    letters, words = "", []
    for index, arg in enumerate(args):
        if arg == "--":
            words += args[index + 1 :]
            break
        if arg.startswith("-") and len(arg) > 1:
            letters += arg.lstrip("-")
        else:
            words.append(arg)
    return letters, words


def cat(process: Process, args: list[str]) -> Run:
    letters, words = options(args)
    code, number = 0, 1
    for word in words or ["-"]:
        if word == "-":
            while (text := (yield Read())) is not None:
                process.write(text)
            continue
        try:
            text = process.box.disk().open(full(process, word)).decode(errors="surrogateescape")
        except FileError as error:
            code = refuse(process, f"{word}: {error.why}")
            continue
        if "n" in letters:
            lines = text.split("\n")
            text = "\n".join(f"{n:6}\t{line}" for n, line in enumerate(lines[:-1], number)) + "\n"
            number += len(lines) - 1
        process.write(text)
    return code


def ls(process: Process, args: list[str]) -> Run:
    letters, words = options(args)
    disk, code = process.box.disk(), 0
    several = len(words) > 1
    for index, word in enumerate(words or ["."]):
        path = full(process, word)
        try:
            node = disk.stat(path)
            names = disk.children(path) if node.kind == "dir" and "d" not in letters else [word]
        except FileError as error:
            code = refuse(process, f"{word}: {error.why}", 1)
            continue
        inside = node.kind == "dir" and "d" not in letters
        if several and inside:
            process.print(f"{chr(10) if index else ''}{word}:")
        names = [n for n in names if "a" in letters or "A" in letters or not n.startswith(".") or not inside]
        _show(process, disk, names, path if inside else "", letters)
    return done(code)


def _show(process: Process, disk: FileSystem, names: list[str], folder: str, letters: str) -> None:
    if "l" not in letters:
        if names:
            process.write(("\n" if "1" in letters or not process.terminal else "  ").join(names) + "\n")
        return
    for name in names:
        path = posixpath.join(folder, name) if folder else full(process, name)
        node = disk.node(path, follow=False)
        if node is not None:
            when = timestamp(node.mtime)[:16].replace("T", " ")
            process.print(f"{_mode(node)}    1 {_owner(node.uid)} {_owner(node.gid)} {len(node.data):>9} {when} {name}{_target(node)}")


def _owner(number: int) -> str:
    return f"{'root' if number == 0 else number:<8}"


def _mode(node: Node) -> str:
    return SIGNS[node.kind] + "".join(BITS[node.mode >> shift & 7] for shift in (6, 3, 0))


def _target(node: Node) -> str:
    return f" -> {node.data.decode()}" if node.kind == "link" else ""


def mkdir(process: Process, args: list[str]) -> Run:
    letters, words = options(args)
    code = 0
    for word in words:
        try:
            process.box.disk().mkdir(full(process, word), process.now, "p" in letters, process.uid)
        except FileError as error:
            code = refuse(process, f"can't create directory '{word}': {error.why}")
    return done(code)


def rm(process: Process, args: list[str]) -> Run:
    letters, words = options(args)
    disk, code = process.box.disk(), 0
    for word in words:
        path = full(process, word)
        try:
            if disk.is_dir(path) and not set("rR") & set(letters):
                raise FileError(word, "is a directory")
            disk.remove(path, recursive=True)
        except FileError as error:
            if "f" not in letters or error.why not in ("No such file or directory",):
                code = refuse(process, f"can't remove '{word}': {error.why}")
    return done(code)


def rmdir(process: Process, args: list[str]) -> Run:
    try:
        for word in options(args)[1]:
            process.box.disk().remove(full(process, word))
    except FileError as error:
        return done(refuse(process, f"'{error.path}': {error.why}"))
    return done()


def touch(process: Process, args: list[str]) -> Run:
    try:
        for word in options(args)[1]:
            process.box.disk().write(full(process, word), b"", process.now, append=True, uid=process.uid)
    except FileError as error:
        return done(refuse(process, str(error)))
    return done()


def _copy(disk: FileSystem, source: str, target: str, now: float) -> None:
    node = disk.stat(source)
    if node.kind != "dir":
        disk.write(target, node.data, now)
        return
    disk.mkdir(target, now, parents=True)
    for name in disk.children(source):
        _copy(disk, posixpath.join(source, name), posixpath.join(target, name), now)


def cp(process: Process, args: list[str]) -> Run:
    letters, words = options(args)
    return done(_transfer(process, words, set("rRa") & set(letters) != set(), False))


def mv(process: Process, args: list[str]) -> Run:
    return done(_transfer(process, options(args)[1], True, True))


def _transfer(process: Process, words: list[str], recursive: bool, move: bool) -> int:
    if len(words) < 2:
        return refuse(process, "missing file operand")
    disk, (*sources, target) = process.box.disk(), words
    into = disk.is_dir(full(process, target))
    for word in sources:
        source = full(process, word)
        place = posixpath.join(full(process, target), posixpath.basename(source)) if into else full(process, target)
        try:
            if disk.is_dir(source) and not recursive:
                return refuse(process, f"omitting directory '{word}'")
            _copy(disk, source, place, process.now)
            if move:
                disk.remove(source, recursive=True)
        except FileError as error:
            return refuse(process, f"can't {'rename' if move else 'stat'} '{word}': {error.why}")
    return 0


def ln(process: Process, args: list[str]) -> Run:
    letters, words = options(args)
    disk = process.box.disk()
    if len(words) != 2:
        return done(refuse(process, "missing file operand"))
    try:
        if "f" in letters and disk.node(full(process, words[1]), follow=False) is not None:
            disk.remove(full(process, words[1]))
        disk.link(words[0], full(process, words[1]), process.now)
    except FileError as error:
        return done(refuse(process, str(error)))
    return done()


def chmod(process: Process, args: list[str]) -> Run:
    words = [a for a in args if a != "-R"]
    try:
        for word in words[1:]:
            node = process.box.disk().stat(full(process, word))
            node.mode = int(words[0], 8) if words[0].isdigit() else node.mode | (0o111 if "x" in words[0] else 0o222 if "w" in words[0] else 0o444)
    except FileError as error:
        return done(refuse(process, str(error)))
    return done()


def chown(process: Process, args: list[str]) -> Run:
    words = [a for a in args if not a.startswith("-")]
    if process.uid != 0:
        return done(refuse(process, f"{words[1] if len(words) > 1 else ''}: Operation not permitted"))
    owner = words[0].partition(":")[0]
    for word in words[1:]:
        node = process.box.disk().node(full(process, word))
        if node is not None and owner.isdigit():
            node.uid = int(owner)
    return done()


def find(process: Process, args: list[str]) -> Run:
    starts = []
    while args and not args[0].startswith("-"):
        starts.append(args.pop(0))
    wanted = dict(zip(args[::2], args[1::2], strict=False))
    kind = {"f": "file", "d": "dir", "l": "link"}.get(wanted.get("-type", ""), "")
    deepest = int(wanted.get("-maxdepth", "64"))
    disk = process.box.disk()

    def walk(shown: str, depth: int) -> None:
        path = full(process, shown)
        node = disk.node(path, follow=False)
        if node is None:
            process.print(f"find: {shown}: No such file or directory", "stderr")
            return
        if (not kind or node.kind == kind) and matches(wanted.get("-name", "*"), posixpath.basename(path) or "/"):
            process.print(shown)
        if node.kind == "dir" and depth < deepest and path not in ("/proc", "/sys"):
            for name in disk.children(path):
                walk(f"{shown.rstrip('/')}/{name}", depth + 1)

    for start in starts or ["."]:
        walk(start, 0)
    return done()


def df(process: Process, args: list[str]) -> Run:
    process.print("Filesystem           1K-blocks      Used Available Use% Mounted on")
    for mounted in process.box.disk().mounts:
        size = (mounted.tree.limit or 100 * (1 << 30)) // 1024
        used = mounted.tree.used // 1024
        name = "overlay" if mounted.path == "/" else "tmpfs" if mounted.tree.limit else "/dev/vda1"
        process.print(f"{name:<20} {size:>9} {used:>9} {size - used:>9} {used * 100 // size:>3}% {mounted.path}")
    return done()


def du(process: Process, args: list[str]) -> Run:
    disk = process.box.disk()

    def size(path: str) -> int:
        node = disk.node(path)
        if node is None:
            return 0
        return len(node.data) + sum(size(posixpath.join(path, n)) for n in disk.children(path)) if node.kind == "dir" else len(node.data)

    for word in options(args)[1] or ["."]:
        process.print(f"{-(-size(full(process, word)) // 1024)}\t{word}")
    return done()


def stat(process: Process, args: list[str]) -> Run:
    for word in options(args)[1]:
        node = process.box.disk().node(full(process, word))
        if node is None:
            return done(refuse(process, f"can't stat '{word}': No such file or directory"))
        access = f"Access: ({node.mode:04o}/{_mode(node)})  Uid: {node.uid}   Gid: {node.gid}"
        process.print(f"  File: {word}\n  Size: {len(node.data)}\t{node.kind}\n{access}\nModify: {timestamp(node.mtime)}")
    return done()


def mount(process: Process, args: list[str]) -> Run:
    for mounted in process.box.disk().mounts:
        device, kind = ("overlay", "overlay") if mounted.path == "/" else ("/dev/vda1", "ext4")
        process.print(f"{device} on {mounted.path} type {kind} ({'ro' if mounted.read_only else 'rw'},relatime)")
    return done()


def dirname(process: Process, args: list[str]) -> Run:
    process.print(posixpath.dirname(args[0]) or "." if args else ".")
    return done()


def basename(process: Process, args: list[str]) -> Run:
    name = posixpath.basename(args[0].rstrip("/")) if args else ""
    process.print(name.removesuffix(args[1]) if len(args) > 1 else name)
    return done()


def readlink(process: Process, args: list[str]) -> Run:
    letters, words = options(args)
    node = process.box.disk().node(full(process, words[0]), follow=False) if words else None
    if node is None or node.kind != "link":
        if "f" in letters and words:
            process.print(full(process, words[0]))
            return done()
        return done(1)
    process.print(node.data.decode())
    return done()


def mktemp(process: Process, args: list[str]) -> Run:
    path = f"/tmp/tmp.{process.pid:06d}{int(process.now) % 10000:04d}"
    disk = process.box.disk()
    disk.mkdir(path, process.now) if "-d" in args else disk.write(path, b"", process.now)
    process.print(path)
    return done()


def tar(process: Process, args: list[str]) -> Run:
    """`tar cf - PATH` and `tar xmf - -C DIR`: the two that kubectl cp runs. Bytes travel as latin-1 text."""
    letters, words = options(args)
    letters = letters or (args[0] if args else "")
    words = [w for w in words if w not in ("-", letters)]
    where = args[args.index("-C") + 1] if "-C" in args else "."
    disk = process.box.disk()
    if "x" in letters:
        data = ""
        while (text := (yield Read())) is not None:
            data += text
        return _unpack(process, disk, data.encode("latin-1", "surrogateescape"), full(process, where))
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for word in (w for w in words if w != where):
            _pack(disk, archive, full(process, word), word.lstrip("/"))
    process.write(buffer.getvalue().decode("latin-1"))
    return 0


def _pack(disk: FileSystem, archive: tarfile.TarFile, path: str, name: str) -> None:
    node = disk.node(path)
    if node is None:
        return
    info = tarfile.TarInfo(name)
    info.mode, info.mtime, info.uid = node.mode, int(node.mtime), node.uid
    if node.kind == "dir":
        info.type = tarfile.DIRTYPE
        archive.addfile(info)
        for child in disk.children(path):
            _pack(disk, archive, posixpath.join(path, child), f"{name}/{child}")
    else:
        info.size = len(node.data)
        archive.addfile(info, io.BytesIO(node.data))


def _unpack(process: Process, disk: FileSystem, data: bytes, where: str) -> int:
    try:
        with tarfile.open(fileobj=io.BytesIO(data)) as archive:
            for member in archive:
                path = posixpath.normpath(posixpath.join(where, member.name))
                if member.isdir():
                    disk.mkdir(path, process.now, parents=True)
                elif member.isfile() and (content := archive.extractfile(member)) is not None:
                    disk.write(path, content.read(), process.now, uid=process.uid)
    except (tarfile.TarError, FileError) as error:
        return refuse(process, str(error))
    return 0


def base64_(process: Process, args: list[str]) -> Run:
    letters, words = options(args)
    data = ""
    if words:
        data = process.box.disk().open(full(process, words[0])).decode(errors="surrogateescape")
    else:
        while (text := (yield Read())) is not None:
            data += text
    if "d" in letters:
        process.write(base64.b64decode(data).decode(errors="replace"))
    else:
        process.print(base64.b64encode(data.encode("utf-8", "surrogateescape")).decode())
    return 0


BODIES: dict[str, Body] = {
    "cat": cat,
    "ls": ls,
    "mkdir": mkdir,
    "rm": rm,
    "rmdir": rmdir,
    "touch": touch,
    "cp": cp,
    "mv": mv,
    "ln": ln,
    "chmod": chmod,
    "chown": chown,
    "find": find,
    "df": df,
    "du": du,
    "stat": stat,
    "mount": mount,
    "dirname": dirname,
    "basename": basename,
    "readlink": readlink,
    "realpath": readlink,
    "mktemp": mktemp,
    "tar": tar,
    "base64": base64_,
}
PROGRAMS = commands(BODIES)
