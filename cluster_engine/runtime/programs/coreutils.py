"""The small commands that need no files: echo, sleep, env, date, seq, id and their like.

Models GNU coreutils and BusyBox applets.
"""

import re
from datetime import UTC, datetime

from cluster_engine.runtime.process import Process, Read, Run, Sleep
from cluster_engine.runtime.programs.command import Body, commands, refuse

PIECE, PIECE_SECONDS = 5_000, 0.01
UNITS = {"": 1.0, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "\\": "\\", "a": "\a", "b": "\b", "0": "\0", "e": "\x1b"}


def unescape(text: str) -> str:
    r"""`\n` and its like as `echo -e` and `printf` take them."""
    return re.sub(r"\\(.)", lambda m: ESCAPES.get(m[1], m[0]), text)


def done(code: int = 0) -> Run:
    """A body that has nothing to wait for."""
    return code
    yield


def true(process: Process, args: list[str]) -> Run:
    return done(0)


def false(process: Process, args: list[str]) -> Run:
    return done(1)


def echo(process: Process, args: list[str]) -> Run:
    newline, escapes = True, False
    while args and re.fullmatch(r"-[neE]+", args[0]):
        newline = newline and "n" not in args[0]
        escapes = escapes or "e" in args[0]
        args = args[1:]
    text = " ".join(args)
    process.write((unescape(text) if escapes else text) + ("\n" if newline else ""))
    return done()


def printf(process: Process, args: list[str]) -> Run:
    if not args:
        return done(refuse(process, "usage: printf FORMAT [ARG]..."))
    form, rest = unescape(args[0]), args[1:]
    while True:
        text, left = _formatted(form, rest)
        process.write(text)
        if not left or len(left) == len(rest):
            return done()
        rest = left


def _formatted(form: str, rest: list[str]) -> tuple[str, list[str]]:
    left = list(rest)

    def one(match: re.Match[str]) -> str:
        if match[2] == "%":
            return "%"
        value = left.pop(0) if left else ""
        if match[2] in "dioxX":
            return f"%{match[1]}{match[2]}" % int(value or "0")
        if match[2] in "fge":
            return f"%{match[1]}{match[2]}" % float(value or "0")
        return f"%{match[1]}s" % (unescape(value) if match[2] == "b" else value)

    return re.sub(r"%([-+ 0]*\d{0,4}(?:\.\d{1,3})?)([sdioxXfgeb%])", one, form), left


def seconds_of(text: str) -> float | None:
    """A duration such as 5, 0.5, 2m, infinity; None when it is none."""
    if text in ("infinity", "inf"):
        return 1e12
    match = re.fullmatch(r"(\d*\.?\d+|\d+\.)([smhd]?)", text)
    return float(match[1]) * UNITS[match[2]] if match else None


def sleep(process: Process, args: list[str]) -> Run:
    total = 0.0
    for arg in args:
        seconds = seconds_of(arg)
        if seconds is None:
            return refuse(process, f"invalid number '{arg}'")
        total += seconds
    if not args:
        return refuse(process, "missing operand")
    yield Sleep(total)
    return 0


def env(process: Process, args: list[str]) -> Run:
    for name, value in process.env.items():
        process.print(f"{name}={value}")
    return done()


def printenv(process: Process, args: list[str]) -> Run:
    if not args:
        return env(process, args)
    for name in args:
        if name in process.env:
            process.print(process.env[name])
    return done(0 if all(name in process.env for name in args) else 1)


def hostname(process: Process, args: list[str]) -> Run:
    process.print(process.box.namespace.address if "-i" in args or "-I" in args else process.box.hostname)
    return done()


def date(process: Process, args: list[str]) -> Run:
    now = datetime.fromtimestamp(process.now, UTC)
    form = next((arg[1:] for arg in args if arg.startswith("+")), "")
    if "-Iseconds" in args or "-Is" in args:
        form = "%Y-%m-%dT%H:%M:%S+00:00"
    form = form.replace("%s", str(int(process.now))).replace("%N", f"{int(process.now % 1 * 1e9):09d}").replace("%3N", f"{int(process.now % 1 * 1e3):03d}")
    form = form.replace("%T", "%H:%M:%S").replace("%F", "%Y-%m-%d").replace("%D", "%m/%d/%y").replace("%R", "%H:%M")
    process.print(now.strftime(form) if form else now.strftime("%a %b %e %H:%M:%S UTC %Y"))
    return done()


def seq(process: Process, args: list[str]) -> Run:
    separator = "\n"
    if args and args[0] == "-s":
        separator, args = args[1], args[2:]
    try:
        numbers = [int(arg) for arg in args]
    except ValueError:
        return refuse(process, f"invalid number '{args[0]}'")
    first, step, last = _series(numbers)
    wanted = range(first, last + (1 if step > 0 else -1), step or 1)
    for start in range(0, len(wanted), PIECE):
        process.write("".join(f"{n}{separator}" for n in wanted[start : start + PIECE]))
        yield Sleep(PIECE_SECONDS)
    return 0


def _series(numbers: list[int]) -> tuple[int, int, int]:
    if len(numbers) == 1:
        return 1, 1, numbers[0]
    if len(numbers) == 2:
        return numbers[0], 1, numbers[1]
    return (numbers[0], numbers[1], numbers[2]) if numbers else (1, 1, 0)


def whoami(process: Process, args: list[str]) -> Run:
    if process.uid == 0:
        process.print("root")
        return done()
    return done(refuse(process, f"cannot find name for user ID {process.uid}"))


def id_(process: Process, args: list[str]) -> Run:
    group = process.box.config.group or 0
    if "-u" in args:
        process.print(str(process.uid))
        return done()
    name = "(root)" if process.uid == 0 else ""
    groups = ",".join(str(g) for g in (group, *process.box.config.groups))
    process.print(f"uid={process.uid}{name} gid={group}{'(root)' if group == 0 else ''} groups={groups}")
    return done()


def uname(process: Process, args: list[str]) -> Run:
    if "-a" in args:
        process.print(f"Linux {process.box.hostname} 6.12.48 #1 SMP PREEMPT_DYNAMIC x86_64 GNU/Linux")
    else:
        process.print({"-r": "6.12.48", "-m": "x86_64", "-n": process.box.hostname}.get(args[0] if args else "", "Linux"))
    return done()


def yes(process: Process, args: list[str]) -> Run:
    while True:
        process.print(" ".join(args) or "y")
        yield Sleep(0.01)


def nproc(process: Process, args: list[str]) -> Run:
    process.print("4")
    return done()


def cat_input(process: Process) -> Run:
    """Copy the input to the output until it ends."""
    while (text := (yield Read())) is not None:
        process.write(text)
    return 0


BODIES: dict[str, Body] = {
    "true": true,
    "false": false,
    "echo": echo,
    "printf": printf,
    "sleep": sleep,
    "env": env,
    "printenv": printenv,
    "hostname": hostname,
    "date": date,
    "seq": seq,
    "whoami": whoami,
    "id": id_,
    "uname": uname,
    "yes": yes,
    "nproc": nproc,
}
PROGRAMS = commands(BODIES)
