"""Redirections: where a command reads from and writes to, from the script's `<`, `>`, `>>`, `2>&1`, `<<EOF` and `<<<`.

Models POSIX 2.7.
"""

import posixpath
from collections.abc import Callable, Generator
from typing import TYPE_CHECKING, Any

from cluster_engine.runtime.filesystem import FileError
from cluster_engine.runtime.process import Input
from cluster_engine.runtime.shell.streams import Sink, nowhere
from cluster_engine.runtime.shell.syntax import Node, text

if TYPE_CHECKING:
    from cluster_engine.runtime.shell.interpreter import Shell

Work = Generator[Any, Any, int]


def redirected(shell: "Shell", node: Node) -> Work:
    body = node.named_children[0]
    redirects = [c for c in node.named_children if c.type.endswith("_redirect")]
    if body.type.endswith("_redirect"):
        return (yield from with_redirections(shell, redirects, lambda: shell._simple([], [])))
    return (yield from with_redirections(shell, redirects, lambda: shell.run(body)))


def with_redirections(shell: "Shell", redirects: list[Node], work: Callable[[], Work]) -> Work:
    outer, shell.streams = shell.streams, shell.streams.copy()
    try:
        for redirect in redirects:
            yield from apply_one(shell, redirect)
        return (yield from work())
    except FileError as error:
        outer.err(f"{shell.name}: can't open {error.path}: {error.why}\n")
        return 1
    finally:
        shell.streams = outer


def apply_one(shell: "Shell", node: Node) -> Generator[Any, Any, None]:
    if node.type == "heredoc_redirect":
        yield from heredoc(shell, node)
        return
    if node.type == "herestring_redirect":
        value = yield from shell.expander.one(text(node.named_children[-1]))
        shell.streams.stdin = Input(value + "\n", closed=True)
        return
    descriptor = next((int(text(c)) for c in node.named_children if c.type == "file_descriptor"), None)
    operator = next(c.type for c in node.children if not c.is_named)
    target = yield from shell.expander.one(text(node.named_children[-1]))
    if operator == "<":
        shell.streams.stdin = Input(shell.disk.open(posixpath.join(shell.cwd, target)).decode(errors="replace"), closed=True)
    elif operator in (">&", "<&") and target in ("1", "2", "-"):
        sink = {"1": shell.streams.out, "2": shell.streams.err, "-": nowhere}[target]
        set_sink(shell, 1 if descriptor is None else descriptor, sink)
    else:
        sink = file_sink(shell, target, operator in (">>", "&>>"))
        set_sink(shell, 1 if descriptor is None else descriptor, sink)
        if operator.startswith("&>") or (operator == ">&" and descriptor is None):
            set_sink(shell, 2, sink)


def set_sink(shell: "Shell", descriptor: int, sink: Sink) -> None:
    if descriptor == 2:
        shell.streams.err = sink
    else:
        shell.streams.out = sink


def file_sink(shell: "Shell", target: str, append: bool) -> Sink:
    named: dict[str, Sink] = {"/dev/null": nowhere, "/dev/stdout": shell.streams.out, "/dev/stderr": shell.streams.err}
    named |= {"/proc/1/fd/1": first_output(shell, "stdout"), "/proc/1/fd/2": first_output(shell, "stderr"), "/dev/tty": shell.streams.out}
    if target in named:
        return named[target]
    path, disk, process = posixpath.join(shell.cwd, target), shell.disk, shell.process
    disk.write(path, b"", process.now, append=append, uid=process.uid)
    return lambda written: disk.write(path, written.encode(), process.now, append=True, uid=process.uid)


def first_output(shell: "Shell", stream: str) -> Sink:
    first = shell.process.box.processes.get(1)
    return (lambda written: first.output.write(stream, written)) if first is not None else nowhere


def heredoc(shell: "Shell", node: Node) -> Generator[Any, Any, None]:
    root = node
    while root.parent is not None:
        root = root.parent
    source, base = root.text or b"", root.start_byte
    start = next(c for c in node.children if c.type == "heredoc_start")
    end = next((c.start_byte for c in node.children if c.type == "heredoc_end"), node.end_byte)
    begin = source.find(b"\n", start.end_byte - base) + 1
    body = source[begin : end - base].decode()
    if any(c.type == "<<-" for c in node.children):
        body = "\n".join(line.lstrip("\t") for line in body.split("\n"))
    if not text(start).startswith(("'", '"', "\\")):
        body = yield from shell.expander.here(body)
    shell.streams.stdin = Input(body, closed=True)
    for redirect in node.named_children:
        if redirect.type == "file_redirect":
            yield from apply_one(shell, redirect)
