"""The interpreter: walks a script's tree, starts processes, waits for them, follows the control flow.

Models POSIX 2.9 (shell commands) with bash's extras that scripts in containers use.
"""

import posixpath
from collections.abc import Callable, Generator
from typing import Any

from cluster_engine.runtime.filesystem import FileError, FileSystem
from cluster_engine.runtime.process import Exit, Input, Join, Process, Run, Signalled, Sleep
from cluster_engine.runtime.programs.program import Program
from cluster_engine.runtime.shell import builtins, control
from cluster_engine.runtime.shell.control import Leave, Return, shown
from cluster_engine.runtime.shell.redirections import redirected, with_redirections
from cluster_engine.runtime.shell.streams import Captured, Pipe, Sink, Streams
from cluster_engine.runtime.shell.syntax import STATEMENTS, Node, SyntaxProblem, parse, statements, text
from cluster_engine.runtime.shell.words import Expander, ExpansionProblem, split_words
from cluster_engine.runtime.signals import KILL, NAMES, NUMBERS, exit_code

Work = Generator[Any, Any, int]
BREATH_EVERY = 25
BREATH, BREATH_MOST = 0.002, 0.25
DEPTH_MOST = 60
VALUE_MOST = 2_000_000


class Shell:
    """One shell: its variables, functions, options, and the process that it is."""

    def __init__(self, process: Process, name: str = "sh") -> None:
        self.process, self.name = process, name
        self.variables: dict[str, str] = dict(process.env)
        self.exported = set(process.env)
        self.lists: dict[str, list[str]] = {}
        self.functions: dict[str, Node] = {}
        self.args: list[str] = []
        self.options: set[str] = set()
        self.traps: dict[str, str] = {}
        self.status = 0
        self.background: list[Process] = []
        self.last_background: Process | None = None
        self.streams = Streams.of(process.output, process.stdin)
        self.expander = Expander(self)
        self.forgiving = 0
        self._depth = 0
        self._busy = 0
        self._pending: list[int] = []
        self._locals: list[dict[str, str | None]] = []

    # -- what words and built-ins ask

    @property
    def disk(self) -> FileSystem:
        return self.process.box.disk()

    @property
    def cwd(self) -> str:
        return self.process.cwd

    def value(self, name: str) -> str | None:
        """A variable or parameter; None when it is not set."""
        if name in self.variables:
            return self.variables[name]
        if name.isdigit():
            number = int(name)
            return self.name if number == 0 else self.args[number - 1] if number <= len(self.args) else None
        if "[" in name:
            held, index = self.lists.get(name.partition("[")[0], []), name.partition("[")[2].rstrip("]")
            return held[int(index)] if index.isdigit() and int(index) < len(held) else None
        special: dict[str, Callable[[], str]] = {
            "?": lambda: str(self.status),
            "#": lambda: str(len(self.args)),
            "*": lambda: " ".join(self.args),
            "@": lambda: " ".join(self.args),
            "$": lambda: str(self.process.pid),
            "!": lambda: str(self.last_background.pid if self.last_background else ""),
            "-": lambda: "".join(sorted(self.options)),
            "RANDOM": lambda: str(abs(hash((self.process.now, self._busy))) % 32768),
            "SECONDS": lambda: str(int(self.process.now - self.process.started_at)),
            "PWD": lambda: self.cwd,
            "PPID": lambda: str(self.process.ppid),
            "HOSTNAME": lambda: self.process.box.hostname,
            "UID": lambda: str(self.process.uid),
        }
        return special[name]() if name in special else None

    def list_value(self, name: str) -> list[str]:
        return list(self.args) if name == "@" else self.lists.get(name, [self.variables[name]] if name in self.variables else [])

    def assign(self, name: str, value: str) -> None:
        if len(value) > VALUE_MOST:
            self.process.box.out_of_memory()
            raise Exit(exit_code(KILL))
        if "a" in self.options:
            self.exported.add(name)
        self.variables[name] = value

    def complain(self, message: str) -> int:
        self.streams.err(f"{self.name}: {message}\n")
        return 1

    # -- scripts

    def run_script(self, source: str) -> Work:
        """Run a whole script; a syntax error is status 2."""
        try:
            root = parse(source)
        except SyntaxProblem as problem:
            self.streams.err(f"{self.name}: {problem}\n")
            self.status = 2
            return 2
        return (yield from self.run_all(root.children))

    def run_all(self, children: list[Node]) -> Work:
        """Statements one after another."""
        for node, behind in statements(children):
            if behind:
                self._start_background(node)
            else:
                yield from self.run(node)
            yield from self.breathe()
            yield from self._take_signals()
        return self.status

    def run(self, node: Node) -> Work:
        """One statement; its status is the shell's."""
        self._depth += 1
        if self._depth > DEPTH_MOST:
            raise Exit(self.complain("maximum nesting depth exceeded") + 1)
        try:
            self.status = yield from RUNNERS[node.type](self, node)
        except ExpansionProblem as problem:
            self.status = self.complain(str(problem)) + 1
            if not self.process.terminal:
                raise Exit(2) from problem
        finally:
            self._depth -= 1
        if (
            self.status
            and "e" in self.options
            and not self.forgiving
            and node.type in ("command", "pipeline", "subshell", "redirected_statement", "test_command")
        ):
            raise Exit(self.status)
        return self.status

    def finish(self, code: int) -> Work:
        """What `trap ... EXIT` asked for."""
        action = self.traps.pop("EXIT", "")
        if action:
            self.status = code
            try:
                yield from self.run_script(action)
            except Exit as exit:
                return exit.code
        return code

    # -- waiting

    def wait(self, wait: Any, breakable: bool = False) -> Generator[Any, Any, Any]:
        """Wait for something. A trapped signal is remembered; only a breakable wait ends because of it."""
        self._busy = 0
        while True:
            try:
                return (yield wait)
            except Signalled as signalled:
                self._pending.append(signalled.signal)
                if breakable or NAMES.get(signalled.signal) not in self.traps:
                    return None

    def breathe(self) -> Generator[Any, Any, None]:
        """A loop that never waits must not stop the world: it gets slower."""
        self._busy += 1
        if self._busy % BREATH_EVERY == 0:
            breath = min(BREATH * (1 + self._busy // 500), BREATH_MOST)
            busy = self._busy
            yield from self.wait(Sleep(breath))
            self._busy = busy
            self.process.box.group.pulse(breath, self.process.now)

    def _take_signals(self) -> Generator[Any, Any, None]:
        while self._pending:
            signal = self._pending.pop(0)
            action = self.traps.get(NAMES.get(signal, ""))
            if action is None:
                raise Exit(exit_code(signal))
            if action:
                status = self.status
                yield from self.run_script(action)
                self.status = status

    def mind_signals(self) -> None:
        """The process handles what is trapped."""
        self.process.handled = frozenset(NUMBERS[name] for name in self.traps if name in NUMBERS)

    # -- processes

    def subshell(self, streams: Streams, body: Callable[["Shell"], Work], words: tuple[str, ...] = ()) -> Process:
        """A process that goes on with a copy of this shell."""
        child = self.process.box.prepare(words or (self.name,), self.environment(), streams, self.process)
        child.stdin = streams.stdin
        copy = Shell(child, self.name)
        copy.variables, copy.exported, copy.functions, copy.args = dict(self.variables), set(self.exported), dict(self.functions), list(self.args)
        copy.options, copy.lists, copy.status, copy.streams = set(self.options), {k: list(v) for k, v in self.lists.items()}, self.status, streams
        copy.forgiving, copy._depth = self.forgiving, self._depth

        def run() -> Run:
            try:
                code = yield from body(copy)
            except Exit as exit:
                code = exit.code
            except Return as returned:
                code = returned.code
            except Leave:
                code = 0
            return (yield from copy.finish(code))

        self.process.box.begin(child, run())
        return child

    def environment(self, extra: dict[str, str] | None = None) -> dict[str, str]:
        return {n: self.variables[n] for n in self.exported if n in self.variables} | (extra or {})

    def spawn(self, words: list[str], extra: dict[str, str], streams: Streams) -> Process | None:
        """Start a command of the image; None when there is no such command (and it was said so)."""
        program = self._find(words[0])
        if program is None:
            self._not_found(words[0], streams)
            return None
        child = self.process.box.prepare(tuple(words), self.environment(extra), streams, self.process)
        child.stdin, child.terminal = streams.stdin, self.process.terminal
        self.process.box.begin(child, program.run(child))
        return child

    def _find(self, word: str) -> Program | None:
        box = self.process.box
        name = posixpath.basename(word)
        if "/" in word:
            node = self.disk.node(posixpath.join(self.cwd, word))
            if node is None or node.kind == "dir":
                return None
            if name in box.programs and node.data.startswith(b"\x7fELF"):
                return box.programs[name]
            return box.programs.get("sh") if not node.data.startswith(b"\x7fELF") else None
        places = self.variables.get("PATH", "").split(":")
        if any(self.disk.exists(f"{place}/{name}") for place in places):
            return box.programs.get(name)
        return None

    def _not_found(self, word: str, streams: Streams) -> None:
        found = "/" in word and self.disk.exists(posixpath.join(self.cwd, word))
        streams.err(f"{self.name}: {word}: {'Permission denied' if found else 'not found'}\n")
        self.status = 126 if found else 127

    def capture(self, source: str) -> Generator[Any, Any, str]:
        """What a command substitution gives."""
        captured = Captured()
        streams = Streams(captured.write, self.streams.err, self.streams.stdin)
        child = self.subshell(streams, lambda shell: shell.run_script(source))
        self.status = (yield from self.wait(Join(child))) or 0
        return captured.text.rstrip("\n")

    def _start_background(self, node: Node) -> None:
        streams = Streams(self.streams.out, self.streams.err, Input(closed=True))
        child = self.subshell(streams, lambda shell: shell.run(node))
        self.background.append(child)
        self.last_background = child
        self.status = 0

    # -- statements

    def _command(self, node: Node) -> Work:
        assignments, words = [], []
        for child in node.named_children:
            if child.type == "variable_assignment":
                assignments.append(child)
            elif child.type in ("file_redirect", "herestring_redirect", "heredoc_redirect"):
                continue
            else:
                source = text(child)
                words += yield from self.expander.fields(source)
        redirects = [c for c in node.named_children if c.type.endswith("_redirect")]
        if redirects:
            return (yield from with_redirections(self, redirects, lambda: self._simple(assignments, words)))
        return (yield from self._simple(assignments, words))

    def _simple(self, assignments: list[Node], words: list[str]) -> Work:
        if not words:
            for assignment in assignments:
                yield from self._assignment(assignment)
            return self.status if any("$(" in text(a) or "`" in text(a) for a in assignments) else 0
        extra: dict[str, str] = {}
        for assignment in assignments:
            name, _, value = text(assignment).partition("=")
            extra[name] = yield from self.expander.one(value)
        if "x" in self.options:
            self.streams.err("+ " + " ".join(shown(w) for w in words) + "\n")
        return (yield from self.execute(words, extra))

    def execute(self, words: list[str], extra: dict[str, str]) -> Work:
        """A function, a built-in or a program."""
        name = words[0]
        if name in self.functions:
            return (yield from self._call(self.functions[name], words[1:]))
        if name in builtins.BUILTINS:
            saved = {n: self.variables.get(n) for n in extra}
            self.variables.update(extra)
            try:
                return (yield from builtins.BUILTINS[name](self, words[1:]))
            except FileError as error:
                return self.complain(f"{name}: {error}")
            finally:
                self._restore(saved)
        child = self.spawn(words, extra, self.streams)
        if child is None:
            return self.status
        return (yield from self.join(child))

    def join(self, child: Process) -> Work:
        """Wait for a foreground process."""
        while child.exit_code is None:
            yield from self.wait(Join(child))
            if child.exit_code is None and any(NAMES.get(s) not in self.traps for s in self._pending):
                child.kill(self._pending[-1])
                raise Exit(exit_code(self._pending[-1]))
        return child.exit_code

    def _restore(self, saved: dict[str, str | None]) -> None:
        for name, value in saved.items():
            if value is None:
                self.variables.pop(name, None)
            else:
                self.variables[name] = value

    def _call(self, body: Node, args: list[str]) -> Work:
        outer, self.args = self.args, args
        self._locals.append({})
        try:
            return (yield from self.run(body))
        except Return as returned:
            return returned.code
        finally:
            self.args = outer
            self._restore(self._locals.pop())

    def make_local(self, name: str) -> None:
        if self._locals:
            self._locals[-1].setdefault(name, self.variables.get(name))

    def _assignment(self, node: Node) -> Work:
        source = text(node)
        name, _, value = source.partition("=")
        append = name.endswith("+")
        name = name.rstrip("+")
        if value.startswith("("):
            items: list[str] = []
            for word in split_words(value[1:-1]):
                items += yield from self.expander.fields(word)
            self.lists[name] = [*(self.lists.get(name, []) if append else []), *items]
            return 0
        new = yield from self.expander.one(value)
        if "[" in name:
            self._assign_item(name, new)
        else:
            self.assign(name, self.variables.get(name, "") + new if append else new)
        return 0

    def _assign_item(self, name: str, value: str) -> None:
        held = self.lists.setdefault(name.partition("[")[0], [])
        index = self.expander.compute(name.partition("[")[2].rstrip("]"))
        if 0 <= index < 10_000:
            held += [""] * (index + 1 - len(held))
            held[index] = value

    def _assignments(self, node: Node) -> Work:
        for child in node.named_children:
            yield from self._assignment(child)
        return 0

    def _declaration(self, node: Node) -> Work:
        keyword = text(node.children[0])
        words: list[str] = []
        for child in node.named_children:
            if child.type == "variable_assignment" and "=(" not in text(child):
                name, _, value = text(child).partition("=")
                words.append(f"{name}={(yield from self.expander.one(value))}")
            elif child.type == "variable_assignment":
                yield from self._assignment(child)
            else:
                words += yield from self.expander.fields(text(child))
        return (yield from builtins.BUILTINS[keyword](self, words))

    def _unset(self, node: Node) -> Work:
        words = [text(c) for c in node.named_children]
        return (yield from builtins.BUILTINS["unset"](self, words))

    def _pipeline(self, node: Node) -> Work:
        stages = [c for c in node.children if c.type in STATEMENTS]
        merged = [c.type for c in node.children if c.type in ("|", "|&")]
        children: list[Process] = []
        sink: Sink | None = None
        for index in reversed(range(len(stages))):
            last = index == len(stages) - 1
            out = self.streams.out if sink is None else sink
            err = out if not last and merged[index] == "|&" else self.streams.err
            stdin = self.streams.stdin if index == 0 else Input()
            children.insert(0, self._stage(stages[index], Streams(out, err, stdin)))
            sink = Pipe(children[0]).write
        for index, child in enumerate(children):
            code = yield from self.join(child)
            if index + 1 < len(children):
                children[index + 1].close_input()
        return code if "pipefail" not in self.options else next((c.exit_code for c in reversed(children) if c.exit_code), 0)

    def _stage(self, node: Node, streams: Streams) -> Process:
        """A stage begins once the one after it is there to read."""

        def body(shell: "Shell") -> Work:
            yield from shell.wait(Sleep(0.0))
            return (yield from shell.run(node))

        return self.subshell(streams, body)


RUNNERS: dict[str, Callable[[Shell, Node], Work]] = {
    "command": Shell._command,
    "pipeline": Shell._pipeline,
    "list": control.and_or,
    "negated_command": control.negated,
    "if_statement": control.if_,
    "for_statement": control.for_,
    "c_style_for_statement": control.c_for,
    "while_statement": control.while_,
    "case_statement": control.case,
    "function_definition": control.function,
    "compound_statement": control.compound,
    "subshell": control.subshell,
    "test_command": control.test,
    "redirected_statement": redirected,
    "variable_assignment": Shell._assignment,
    "variable_assignments": Shell._assignments,
    "declaration_command": Shell._declaration,
    "unset_command": Shell._unset,
}
