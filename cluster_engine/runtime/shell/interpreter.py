"""The interpreter: walks a script's tree, starts processes, waits for them, follows the control flow.

Models POSIX 2.9 (shell commands) with bash's extras that scripts in containers use.
"""

import posixpath
from collections.abc import Callable, Generator
from typing import Any

from cluster_engine.runtime.filesystem import FileError, FileSystem
from cluster_engine.runtime.process import Exit, Input, Join, Process, Read, Run, Signalled, Sleep
from cluster_engine.runtime.programs.program import Program
from cluster_engine.runtime.shell import builtins
from cluster_engine.runtime.shell.conditions import BadTest, Condition
from cluster_engine.runtime.shell.patterns import matches
from cluster_engine.runtime.shell.streams import Captured, Pipe, Sink, Streams, nowhere
from cluster_engine.runtime.shell.syntax import STATEMENTS, Node, SyntaxProblem, parse, statements, text
from cluster_engine.runtime.shell.words import Expander, ExpansionProblem, split_words
from cluster_engine.runtime.signals import NAMES, NUMBERS, exit_code

Work = Generator[Any, Any, int]
BREATH_EVERY = 25
BREATH, BREATH_MOST = 0.002, 0.25
DEPTH_MOST = 120


class Leave(Exception):
    """break and continue: `levels` loops, going on with the outermost of them or not."""

    def __init__(self, levels: int, go_on: bool) -> None:
        super().__init__()
        self.levels, self.go_on = levels, go_on


class Return(Exception):
    """return from a function or a sourced script."""

    def __init__(self, code: int) -> None:
        super().__init__()
        self.code = code


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
        self._forgiving = 0
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
            yield from self._breathe()
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
            and not self._forgiving
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

    def _breathe(self) -> Generator[Any, Any, None]:
        """A loop that never waits must not stop the world: it gets slower."""
        self._busy += 1
        if self._busy % BREATH_EVERY == 0:
            breath = min(BREATH * (1 + self._busy // 500), BREATH_MOST)
            busy = self._busy
            yield from self.wait(Sleep(breath))
            self._busy = busy
            self.process.box.cpu_seconds += breath

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
        copy._forgiving, copy._depth = self._forgiving, self._depth

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
            return (yield from self._redirected_with(redirects, lambda: self._simple(assignments, words)))
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
            self.streams.err("+ " + " ".join(_shown(w) for w in words) + "\n")
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

    def _list(self, node: Node) -> Work:
        left, operator, right = node.children[0], node.children[1].type, node.children[-1]
        self._forgiving += 1
        try:
            code = yield from self.run(left)
        finally:
            self._forgiving -= 1
        if (code == 0) == (operator == "&&"):
            return (yield from self.run(right))
        return code

    def _negated(self, node: Node) -> Work:
        return 1 if (yield from self._asked([node.named_children[-1]])) else 0

    def _asked(self, nodes: list[Node]) -> Generator[Any, Any, bool]:
        """Whether a condition holds; its failure is no failure."""
        self._forgiving += 1
        try:
            return (yield from self.run_all(nodes)) == 0
        finally:
            self._forgiving -= 1

    def _if(self, node: Node) -> Work:
        condition: list[Node] = []
        body: list[Node] = []
        place = condition
        for child in node.children[1:]:
            if child.type == "then":
                place = body
            elif child.type in ("elif_clause", "else_clause", "fi"):
                break
            else:
                place.append(child)
        if (yield from self._asked(condition)):
            self.status = 0
            return (yield from self.run_all(body))
        for clause in node.children:
            if clause.type == "elif_clause":
                done, code = yield from self._elif(clause)
                if done:
                    return code
            elif clause.type == "else_clause":
                return (yield from self.run_all(clause.children[1:]))
        return 0

    def _elif(self, node: Node) -> Generator[Any, Any, tuple[bool, int]]:
        then = next(i for i, c in enumerate(node.children) if c.type == "then")
        if (yield from self._asked(node.children[1:then])):
            self.status = 0
            return True, (yield from self.run_all(node.children[then + 1 :]))
        return False, 0

    def _body(self, node: Node) -> Generator[Any, Any, bool]:
        """One round of a loop; whether there shall be another."""
        group = node.named_children[-1]
        try:
            yield from self.run_all(group.children)
        except Leave as leave:
            if leave.levels > 1:
                raise Leave(leave.levels - 1, leave.go_on) from None
            return leave.go_on
        return True

    def _for(self, node: Node) -> Work:
        name = text(node.named_children[0])
        listed = any(c.type == "in" for c in node.children)
        values: list[str] = []
        for child in node.named_children[1:-1]:
            values += yield from self.expander.fields(text(child))
        self.status = 0
        for value in values if listed else list(self.args):
            self.assign(name, value)
            if not (yield from self._body(node)):
                break
            yield from self._breathe()
        return self.status

    def _c_for(self, node: Node) -> Work:
        source = text(node)
        head = source[source.index("((") + 2 :]
        first, test, step = (part.strip() for part in head[: head.index("))")].split(";"))
        self.expander.compute(first)
        while not test or self.expander.compute(test):
            if not (yield from self._body(node)):
                break
            self.expander.compute(step)
            yield from self._breathe()
        return self.status

    def _while(self, node: Node) -> Work:
        until = node.children[0].type == "until"
        condition = node.children[1:-1]
        status = 0
        while (yield from self._asked(condition)) != until:
            if not (yield from self._body(node)):
                break
            status = self.status
            yield from self._breathe()
        return status

    def _case(self, node: Node) -> Work:
        subject = yield from self.expander.one(text(node.named_children[0]))
        for item in node.named_children[1:]:
            if item.type != "case_item":
                continue
            close = next(i for i, c in enumerate(item.children) if c.type == ")")
            for pattern in item.children[:close]:
                if pattern.is_named and matches((yield from self.expander.pattern(text(pattern))), subject):
                    self.status = 0
                    return (yield from self.run_all(item.children[close + 1 :]))
        return 0

    def _function(self, node: Node) -> Work:
        self.functions[text(node.named_children[0])] = node.named_children[-1]
        return 0
        yield

    def _compound(self, node: Node) -> Work:
        if node.children[0].type == "((":
            return 0 if self.expander.compute((yield from self.expander.here(text(node)[2:-2]))) else 1
        return (yield from self.run_all(node.children))

    def _subshell(self, node: Node) -> Work:
        child = self.subshell(self.streams.copy(), lambda shell: shell.run_all(node.children))
        return (yield from self.join(child))

    def _test(self, node: Node) -> Work:
        source = text(node)
        double = source.startswith("[[")
        if source.startswith("(("):
            return 0 if self.expander.compute((yield from self.expander.here(source[2:-2]))) else 1
        words: list[str] = []
        for word in split_words(source[2:-2] if double else source[1:-1]):
            after_equals = bool(words) and words[-1] in ("=", "==", "!=")
            if double:
                words.append((yield from (self.expander.pattern(word) if after_equals else self.expander.one(word))))
            else:
                words += yield from self.expander.fields(word)
        if "x" in self.options:
            self.streams.err(f"+ [ {' '.join(_shown(w) for w in words)} ]\n")
        try:
            return 0 if Condition(words, self.disk, self.cwd, double).holds() else 1
        except BadTest as problem:
            self.complain(str(problem))
            return 2

    # -- redirections

    def _redirected(self, node: Node) -> Work:
        body = node.named_children[0]
        redirects = [c for c in node.named_children if c.type.endswith("_redirect")]
        if body.type.endswith("_redirect"):
            return (yield from self._redirected_with(redirects, lambda: self._simple([], [])))
        return (yield from self._redirected_with(redirects, lambda: self.run(body)))

    def _redirected_with(self, redirects: list[Node], work: Callable[[], Work]) -> Work:
        outer, self.streams = self.streams, self.streams.copy()
        try:
            for redirect in redirects:
                yield from self._redirect(redirect)
            return (yield from work())
        except FileError as error:
            outer.err(f"{self.name}: can't open {error.path}: {error.why}\n")
            return 1
        finally:
            self.streams = outer

    def _redirect(self, node: Node) -> Generator[Any, Any, None]:
        if node.type == "heredoc_redirect":
            yield from self._heredoc(node)
            return
        if node.type == "herestring_redirect":
            value = yield from self.expander.one(text(node.named_children[-1]))
            self.streams.stdin = Input(value + "\n", closed=True)
            return
        descriptor = next((int(text(c)) for c in node.named_children if c.type == "file_descriptor"), None)
        operator = next(c.type for c in node.children if not c.is_named)
        target = yield from self.expander.one(text(node.named_children[-1]))
        if operator == "<":
            self.streams.stdin = Input(self.disk.open(posixpath.join(self.cwd, target)).decode(errors="replace"), closed=True)
        elif operator in (">&", "<&") and target in ("1", "2", "-"):
            sink = {"1": self.streams.out, "2": self.streams.err, "-": nowhere}[target]
            self._set_sink(1 if descriptor is None else descriptor, sink)
        else:
            sink = self._file_sink(target, operator in (">>", "&>>"))
            self._set_sink(1 if descriptor is None else descriptor, sink)
            if operator.startswith("&>") or (operator == ">&" and descriptor is None):
                self._set_sink(2, sink)

    def _set_sink(self, descriptor: int, sink: Sink) -> None:
        if descriptor == 2:
            self.streams.err = sink
        else:
            self.streams.out = sink

    def _file_sink(self, target: str, append: bool) -> Sink:
        named: dict[str, Sink] = {"/dev/null": nowhere, "/dev/stdout": self.streams.out, "/dev/stderr": self.streams.err}
        named |= {"/proc/1/fd/1": self._first_output("stdout"), "/proc/1/fd/2": self._first_output("stderr"), "/dev/tty": self.streams.out}
        if target in named:
            return named[target]
        path, disk, process = posixpath.join(self.cwd, target), self.disk, self.process
        disk.write(path, b"", process.now, append=append, uid=process.uid)
        return lambda written: disk.write(path, written.encode(), process.now, append=True, uid=process.uid)

    def _first_output(self, stream: str) -> Sink:
        first = self.process.box.processes.get(1)
        return (lambda written: first.output.write(stream, written)) if first is not None else nowhere

    def _heredoc(self, node: Node) -> Generator[Any, Any, None]:
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
            body = yield from self.expander.here(body)
        self.streams.stdin = Input(body, closed=True)
        for redirect in node.named_children:
            if redirect.type == "file_redirect":
                yield from self._redirect(redirect)


def read_line(stdin_of: Callable[[], Input], wait: Callable[[Any], Generator[Any, Any, Any]]) -> Generator[Any, Any, str | None]:
    """The next line with its end; None when the input is over."""
    line = ""
    while "\n" not in line:
        chunk = yield from wait(Read())
        if chunk is None:
            return line or None
        line += chunk
    head, _, rest = line.partition("\n")
    stdin_of().push_back(rest)
    return head + "\n"


def _shown(word: str) -> str:
    return word if word and not any(c in word for c in " '\"$*?[]();<>&|\\\n") else "'" + word.replace("'", "'\\''") + "'"


RUNNERS: dict[str, Callable[[Shell, Node], Work]] = {
    "command": Shell._command,
    "pipeline": Shell._pipeline,
    "list": Shell._list,
    "negated_command": Shell._negated,
    "if_statement": Shell._if,
    "for_statement": Shell._for,
    "c_style_for_statement": Shell._c_for,
    "while_statement": Shell._while,
    "case_statement": Shell._case,
    "function_definition": Shell._function,
    "compound_statement": Shell._compound,
    "subshell": Shell._subshell,
    "test_command": Shell._test,
    "redirected_statement": Shell._redirected,
    "variable_assignment": Shell._assignment,
    "variable_assignments": Shell._assignments,
    "declaration_command": Shell._declaration,
    "unset_command": Shell._unset,
}
