"""sh, ash, dash and bash: a script from -c, from a file, or line by line from whoever types."""

import posixpath

from cluster_engine.runtime.filesystem import FileError
from cluster_engine.runtime.process import Exit, Process, Read, Run
from cluster_engine.runtime.programs.command import refuse
from cluster_engine.runtime.programs.program import Program
from cluster_engine.runtime.shell.control import Leave, Return
from cluster_engine.runtime.shell.interpreter import Shell
from cluster_engine.runtime.shell.lines import read_line
from cluster_engine.runtime.shell.syntax import complete
from cluster_engine.runtime.signals import INT


class ShellProgram(Program):
    """One implementation for all of them; bash differs in its prompt and name only."""

    names = ("sh", "ash", "bash", "dash")
    memory = 1.5
    cpu = 0.0

    def run(self, process: Process) -> Run:
        shell = Shell(process, posixpath.basename(process.argv[0]).lstrip("-"))
        code = yield from _guarded(shell, self._work(shell, list(process.argv[1:])))
        return (yield from shell.finish(code))

    def _work(self, shell: Shell, args: list[str]) -> Run:
        script_given = False
        while args and args[0].startswith(("-", "+")) and args[0] != "-":
            word = args.pop(0)
            if word.startswith("--"):
                continue
            if word in ("-o", "+o") and args:
                args.pop(0)
                continue
            script_given = script_given or "c" in word
            shell.options |= {letter for letter in word[1:] if letter in "euxaf"}
        if script_given:
            if not args:
                return refuse(shell.process, "-c requires an argument", 2)
            script, *rest = args
            shell.name, shell.args = (rest[0], rest[1:]) if rest else (shell.name, [])
            return (yield from shell.run_script(script))
        if args and posixpath.basename(shell.process.argv[0]) in self.names:
            return (yield from self._file(shell, args[0], args[1:]))
        if posixpath.basename(shell.process.argv[0]) not in self.names:
            return (yield from self._file(shell, shell.process.argv[0], args))
        if shell.process.terminal:
            return (yield from self._interactive(shell))
        return (yield from self._from_input(shell))

    @staticmethod
    def _file(shell: Shell, path: str, args: list[str]) -> Run:
        try:
            script = shell.disk.open(posixpath.join(shell.cwd, path)).decode(errors="replace")
        except FileError as error:
            shell.streams.err(f"{shell.name}: {path}: {error.why}\n")
            return 127
        shell.name, shell.args = path, args
        return (yield from shell.run_script(script))

    @staticmethod
    def _from_input(shell: Shell) -> Run:
        script = ""
        while (text := (yield Read())) is not None:
            script += text
        return (yield from shell.run_script(script))

    @staticmethod
    def _interactive(shell: Shell) -> Run:
        process = shell.process
        process.handled = frozenset({INT})
        shell.traps.setdefault("INT", "")
        source = ""
        while True:
            process.write("> " if source else prompt(shell))
            line = yield from read_line(lambda: process.stdin, lambda wait: shell.wait(wait, breakable=True))
            if line is None and not process.stdin.closed:
                source = ""
                continue
            if line is None:
                process.write("exit\n" if not source else "\n")
                return shell.status
            source += line
            if not complete(source):
                continue
            typed, source = source, ""
            if typed.strip():
                shell.status = yield from _guarded(shell, shell.run_script(typed), leaves=True)


def prompt(shell: Shell) -> str:
    """busybox shows the directory; bash the user and host too."""
    sign = "#" if shell.process.uid == 0 else "$"
    if shell.name == "bash":
        user = "root" if shell.process.uid == 0 else "I have no name!"
        return f"{user}@{shell.process.box.hostname}:{shell.cwd}{sign} "
    return f"{shell.cwd} {sign} " if shell.process.box.image.base in ("busybox", "alpine") else f"{sign} "


def _guarded(shell: Shell, work: Run, leaves: bool = False) -> Run:
    """A break outside of a loop and a return outside of a function end nothing but themselves."""
    try:
        return (yield from work)
    except Return as returned:
        return returned.code
    except Leave:
        return 0
    except Exit as exit:
        if leaves:
            raise
        return exit.code


PROGRAMS = (ShellProgram(),)
