"""Built-ins: what a shell does itself, because it changes the shell or is too small for a process.

Models POSIX 2.14 (special built-in utilities) and bash's common ones.
"""

import posixpath
from collections.abc import Callable, Generator
from typing import TYPE_CHECKING, Any

from cluster_engine.runtime.filesystem import MISSING, NOT_DIRECTORY
from cluster_engine.runtime.process import Exit, Join, Process
from cluster_engine.runtime.programs import coreutils
from cluster_engine.runtime.shell.conditions import BadTest, Condition
from cluster_engine.runtime.shell.control import Leave, Return
from cluster_engine.runtime.shell.lines import read_line
from cluster_engine.runtime.signals import NAMES, number_of

if TYPE_CHECKING:
    from cluster_engine.runtime.shell.interpreter import Shell

Work = Generator[Any, Any, int]
Builtin = Callable[["Shell", list[str]], Work]


def _done(code: int = 0) -> Work:
    return code
    yield


def colon(shell: "Shell", args: list[str]) -> Work:
    return _done()


def false(shell: "Shell", args: list[str]) -> Work:
    return _done(1)


class _Voice:
    """Lets echo and printf of coreutils speak with the shell's streams."""

    def __init__(self, shell: "Shell") -> None:
        self._shell = shell
        self.argv = ("echo",)

    def write(self, text: str, stream: str = "stdout") -> None:
        self._shell.streams.write(stream, text)

    def print(self, text: str, stream: str = "stdout") -> None:
        self.write(text + "\n", stream)


def _spoken(body: Callable[..., Any]) -> Builtin:
    def run(shell: "Shell", args: list[str]) -> Work:
        code: int = yield from body(_Voice(shell), args)
        return code

    return run


def cd(shell: "Shell", args: list[str]) -> Work:
    target = args[0] if args else shell.variables.get("HOME", "/")
    if target == "-":
        target = shell.variables.get("OLDPWD", shell.cwd)
    path = posixpath.normpath(posixpath.join(shell.cwd, target))
    if not shell.disk.is_dir(path):
        why = NOT_DIRECTORY if shell.disk.exists(path) else MISSING
        return _done(shell.complain(f"cd: can't cd to {target}: {why}"))
    shell.variables["OLDPWD"], shell.process.cwd = shell.cwd, path
    shell.variables["PWD"] = path
    return _done()


def pwd(shell: "Shell", args: list[str]) -> Work:
    shell.streams.out(shell.cwd + "\n")
    return _done()


def exit_(shell: "Shell", args: list[str]) -> Work:
    raise Exit(_code(shell, args))
    yield


def return_(shell: "Shell", args: list[str]) -> Work:
    raise Return(_code(shell, args))
    yield


def _code(shell: "Shell", args: list[str]) -> int:
    return int(args[0]) % 256 if args and args[0].lstrip("-").isdigit() else shell.status


def break_(shell: "Shell", args: list[str]) -> Work:
    return _leave(args, False)


def continue_(shell: "Shell", args: list[str]) -> Work:
    return _leave(args, True)


def _leave(args: list[str], go_on: bool) -> Work:
    raise Leave(int(args[0]) if args and args[0].isdigit() else 1, go_on)
    yield


def export(shell: "Shell", args: list[str]) -> Work:
    words = [a for a in args if not a.startswith("-")]
    if not words:
        for name in sorted(shell.exported):
            shell.streams.out(f"export {name}='{shell.variables.get(name, '')}'\n")
    for word in words:
        name, equals, value = word.partition("=")
        if equals:
            shell.assign(name, value)
        shell.exported.add(name)
    return _done()


def local(shell: "Shell", args: list[str]) -> Work:
    for word in (a for a in args if not a.startswith("-")):
        name, equals, value = word.partition("=")
        shell.make_local(name)
        shell.variables[name] = value if equals else shell.variables.get(name, "")
    return _done()


def declare(shell: "Shell", args: list[str]) -> Work:
    if "-x" in args:
        return export(shell, args)
    if "-a" in args:
        for name in (a for a in args if not a.startswith("-")):
            shell.lists.setdefault(name, [])
        return _done()
    for word in (a for a in args if not a.startswith("-")):
        name, equals, value = word.partition("=")
        if equals:
            shell.assign(name, value)
    return _done()


def unset(shell: "Shell", args: list[str]) -> Work:
    for name in (a for a in args if not a.startswith("-")):
        shell.variables.pop(name, None)
        shell.lists.pop(name, None)
        if "-f" in args:
            shell.functions.pop(name, None)
        shell.exported.discard(name)
    return _done()


def set_(shell: "Shell", args: list[str]) -> Work:
    if not args:
        for name, value in sorted(shell.variables.items()):
            shell.streams.out(f"{name}='{value}'\n")
    while args:
        word, *args = args
        if word == "--":
            shell.args = args
            break
        if word in ("-o", "+o") and args:
            name, *args = args
            letter = {"errexit": "e", "nounset": "u", "xtrace": "x", "allexport": "a"}.get(name, name)
            (shell.options.add if word == "-o" else shell.options.discard)(letter)
        elif word[0] in "-+" and len(word) > 1:
            for letter in word[1:].replace("o", ""):
                (shell.options.add if word[0] == "-" else shell.options.discard)(letter)
            if word.endswith("o") and args:
                name, *args = args
                shell.options.add({"errexit": "e", "nounset": "u", "xtrace": "x"}.get(name, name))
        else:
            shell.args = [word, *args]
            break
    return _done()


def shift(shell: "Shell", args: list[str]) -> Work:
    count = int(args[0]) if args and args[0].isdigit() else 1
    if count > len(shell.args):
        return _done(1)
    shell.args = shell.args[count:]
    return _done()


def trap(shell: "Shell", args: list[str]) -> Work:
    if not args:
        for name, action in shell.traps.items():
            shell.streams.out(f"trap -- '{action}' {name}\n")
        return _done()
    action, *names = args
    for word in names or [action]:
        name = "EXIT" if word in ("0", "EXIT") else NAMES.get(number_of(word) or 0, word.upper().removeprefix("SIG"))
        if action == "-" or not names:
            shell.traps.pop(name, None)
        else:
            shell.traps[name] = action
    shell.mind_signals()
    return _done()


def wait(shell: "Shell", args: list[str]) -> Work:
    wanted = [p for p in shell.background if not args or str(p.pid) in args or f"%{shell.background.index(p) + 1}" in args]
    status = 0
    for process in wanted:
        while process.exit_code is None:
            yield from shell.wait(Join(process), breakable=True)
            if process.exit_code is None:
                return 143
        status = process.exit_code
    shell.background = [p for p in shell.background if p.exit_code is None]
    return status if args else 0


def jobs(shell: "Shell", args: list[str]) -> Work:
    for number, process in enumerate(shell.background, 1):
        shell.streams.out(f"[{number}]+  {'Running' if process.exit_code is None else 'Done'}                 {' '.join(process.argv)}\n")
    return _done()


def read(shell: "Shell", args: list[str]) -> Work:
    words = [a for a in args if not a.startswith("-")]
    if "-p" in args:
        prompt = args[args.index("-p") + 1]
        shell.streams.err(prompt)
        words.remove(prompt)
    process: Process = shell.process
    outer, process.stdin = process.stdin, shell.streams.stdin
    try:
        line = yield from read_line(lambda: process.stdin, lambda w: shell.wait(w, breakable=True))
    finally:
        process.stdin = outer
    names = words or ["REPLY"]
    clean = (line or "").rstrip("\n")
    separator = shell.variables.get("IFS", " \t\n")
    parts = clean.split(None, len(names) - 1) if separator.strip() == "" and separator else clean.split(separator[0], len(names) - 1) if separator else [clean]
    for index, name in enumerate(names):
        shell.assign(name, parts[index].rstrip() if index < len(parts) else "")
    return 0 if line is not None and line.endswith("\n") else 1


def eval_(shell: "Shell", args: list[str]) -> Work:
    return (yield from shell.run_script(" ".join(args)))


def source(shell: "Shell", args: list[str]) -> Work:
    if not args:
        return shell.complain(".: filename argument required") + 1
    content = shell.disk.open(posixpath.join(shell.cwd, args[0])).decode(errors="replace")
    try:
        return (yield from shell.run_script(content))
    except Return as returned:
        return returned.code


def exec_(shell: "Shell", args: list[str]) -> Work:
    """The program takes the shell's place: its signals are the program's, its end is the shell's."""
    if not args:
        return 0
    process = shell.process
    program = shell._find(args[0])
    if program is None:
        shell._not_found(args[0], shell.streams)
        raise Exit(shell.status)
    process.argv, process.env, process.output, process.stdin = tuple(args), shell.environment(), shell.streams, shell.streams.stdin
    shell.traps.clear()
    raise Exit((yield from program.run(process)))


def command(shell: "Shell", args: list[str]) -> Work:
    if args and args[0] in ("-v", "-V"):
        return (yield from which(shell, args[1:]))
    return (yield from shell.execute(args, {})) if args else 0


def which(shell: "Shell", args: list[str]) -> Work:
    status = 0
    for name in args:
        places = [f"{place}/{name}" for place in shell.variables.get("PATH", "").split(":")]
        found = name if name in BUILTINS or name in shell.functions else next((p for p in places if shell.disk.exists(p)), "")
        if found:
            shell.streams.out(f"{found}\n")
        else:
            status = 1
    return _done(status)


def type_(shell: "Shell", args: list[str]) -> Work:
    for name in args:
        if name in BUILTINS:
            shell.streams.out(f"{name} is a shell builtin\n")
        elif name in shell.functions:
            shell.streams.out(f"{name} is a function\n")
        elif (yield from which(shell, [name])):
            return shell.complain(f"{name}: not found")
    return 0


def test(shell: "Shell", args: list[str]) -> Work:
    try:
        return _done(0 if Condition(args, shell.disk, shell.cwd).holds() else 1)
    except BadTest as problem:
        shell.complain(str(problem))
        return _done(2)


def bracket(shell: "Shell", args: list[str]) -> Work:
    if not args or args[-1] != "]":
        return _done(shell.complain("[: missing ]") + 1)
    return test(shell, args[:-1])


def let(shell: "Shell", args: list[str]) -> Work:
    value = 0
    for expression in args:
        value = shell.expander.compute(expression)
    return _done(0 if value else 1)


def kill(shell: "Shell", args: list[str]) -> Work:
    signal = 15
    if args and args[0] == "-l":
        shell.streams.out(" ".join(NAMES[number] for number in sorted(NAMES)) + "\n")
        return _done()
    if args and args[0].startswith("-"):
        word = args[1] if args[0] == "-s" and len(args) > 1 else args[0][1:]
        args = args[2:] if args[0] == "-s" else args[1:]
        found = number_of(word)
        if found is None and word != "0":
            return _done(shell.complain(f"kill: {word}: invalid signal specification"))
        signal = found or 0
    status = 0
    for word in args:
        process = (
            shell.background[int(word[1:]) - 1]
            if word.startswith("%") and int(word[1:]) <= len(shell.background)
            else shell.process.box.processes.get(int(word) if word.isdigit() else -1)
        )
        if process is None or process.exit_code is not None:
            status = shell.complain(f"kill: can't kill pid {word}: No such process")
        elif signal:
            process.kill(signal)
    return _done(status)


def umask(shell: "Shell", args: list[str]) -> Work:
    if not args:
        shell.streams.out("0022\n")
    return _done()


def getopts(shell: "Shell", args: list[str]) -> Work:
    spec, name, *words = args
    words = words or shell.args
    index = int(shell.variables.get("OPTIND", "1"))
    if index > len(words) or not words[index - 1].startswith("-") or words[index - 1] == "--":
        return _done(1)
    letter = words[index - 1][1:2]
    shell.assign("OPTIND", str(index + 1))
    place = spec.find(letter)
    shell.assign(name, letter if place >= 0 else "?")
    if place >= 0 and spec[place + 1 : place + 2] == ":":
        attached = words[index - 1][2:]
        shell.assign("OPTARG", attached or (words[index] if index < len(words) else ""))
        shell.assign("OPTIND", str(index + (1 if attached else 2)))
    return _done()


BUILTINS: dict[str, Builtin] = {
    ":": colon,
    "true": colon,
    "false": false,
    "echo": _spoken(coreutils.echo),
    "printf": _spoken(coreutils.printf),
    "cd": cd,
    "pwd": pwd,
    "exit": exit_,
    "return": return_,
    "break": break_,
    "continue": continue_,
    "export": export,
    "local": local,
    "declare": declare,
    "typeset": declare,
    "readonly": declare,
    "unset": unset,
    "set": set_,
    "shift": shift,
    "trap": trap,
    "wait": wait,
    "jobs": jobs,
    "read": read,
    "eval": eval_,
    ".": source,
    "source": source,
    "exec": exec_,
    "command": command,
    "which": which,
    "type": type_,
    "test": test,
    "[": bracket,
    "let": let,
    "kill": kill,
    "umask": umask,
    "getopts": getopts,
    "ulimit": colon,
    "hash": colon,
    "shopt": colon,
}
