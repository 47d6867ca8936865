"""Commands on processes: ps, kill, top, free, uptime, nohup, timeout, time.

Models procps and BusyBox applets.
"""

from cluster_engine.runtime.process import Join, Process, Run, Sleep
from cluster_engine.runtime.programs.command import Body, commands, refuse
from cluster_engine.runtime.programs.coreutils import done, seconds_of
from cluster_engine.runtime.signals import KILL, TERM, number_of

POLL = 0.05


def ps(process: Process, args: list[str]) -> Run:
    process.print("PID   USER     TIME  COMMAND")
    for other in sorted(process.box.processes.values(), key=lambda p: p.pid):
        process.print(f"{other.pid:>5} {'root' if other.uid == 0 else other.uid!s:<8} 0:00 {' '.join(other.argv)}")
    return done()


def kill(process: Process, args: list[str]) -> Run:
    signal = TERM
    if args and args[0].startswith("-"):
        found = number_of(args[0].lstrip("-")) if args[0] != "-s" else number_of(args[1])
        args = args[1:] if args[0] != "-s" else args[2:]
        if found is None:
            return done(refuse(process, "bad signal"))
        signal = found
    code = 0
    for word in args:
        target = process.box.processes.get(int(word) if word.isdigit() else -1)
        if target is None:
            code = refuse(process, f"can't kill pid {word}: No such process")
        else:
            target.kill(signal)
    return done(code)


def pkill(process: Process, args: list[str]) -> Run:
    words = [a for a in args if not a.startswith("-")]
    signal = next((number_of(a[1:]) or TERM for a in args if a.startswith("-")), TERM)
    hit = [p for p in list(process.box.processes.values()) if words and words[0] in p.argv[0] and p is not process]
    for target in hit:
        target.kill(signal)
    return done(0 if hit else 1)


def free(process: Process, args: list[str]) -> Run:
    limit = process.box.config.resources.memory_limit or 8 << 30
    used = process.box.group.memory
    process.print("              total        used        free      shared  buff/cache   available")
    process.print(f"Mem:    {limit // 1024:>11} {used // 1024:>11} {(limit - used) // 1024:>11}           0           0 {(limit - used) // 1024:>11}")
    return done()


def top(process: Process, args: list[str]) -> Run:
    process.print(f"Mem: {process.box.group.memory // 1024}K used\nCPU:   {process.box.group.used / 10:.0f}% usr\n  PID  PPID USER     STAT COMMAND")
    for other in sorted(process.box.processes.values(), key=lambda p: p.pid):
        process.print(f"{other.pid:>5} {other.ppid:>5} root     S    {' '.join(other.argv)}")
    return done()


def uptime(process: Process, args: list[str]) -> Run:
    first = process.box.processes.get(1)
    minutes = int((process.now - (first.started_at if first is not None else process.now)) // 60)
    process.print(
        f" up {minutes} min,  load average: {process.box.group.used / 1000:.2f}, {process.box.group.used / 1000:.2f}, {process.box.group.used / 1000:.2f}"
    )
    return done()


def timeout(process: Process, args: list[str]) -> Run:
    words = [a for a in args if not a.startswith("-")]
    limit = seconds_of(words[0]) if words else None
    if limit is None or len(words) < 2:
        return refuse(process, "usage: timeout SECS PROG ARGS", 125)
    child = _started(process, words[1:])
    if child is None:
        return refuse(process, f"can't execute '{words[1]}': No such file or directory", 127)
    end = process.now + limit
    while child.exit_code is None and process.now < end:
        yield Sleep(min(POLL, max(end - process.now, 0.001)))
    if child.exit_code is None:
        child.kill(TERM)
        yield Sleep(POLL)
        child.kill(KILL)
        return 124
    return child.exit_code


def nohup(process: Process, args: list[str]) -> Run:
    child = _started(process, args)
    if child is None:
        return refuse(process, f"can't execute '{args[0] if args else ''}': No such file or directory", 127)
    code: int = yield Join(child)
    return code


def _started(process: Process, words: list[str]) -> Process | None:
    program = process.box.programs.get(words[0].rpartition("/")[2]) if words else None
    if program is None:
        return None
    child = process.box.prepare(tuple(words), process.env, process.output, process)
    child.stdin = process.stdin
    process.box.begin(child, program.run(child))
    return child


BODIES: dict[str, Body] = {
    "ps": ps,
    "kill": kill,
    "pkill": pkill,
    "killall": pkill,
    "free": free,
    "top": top,
    "uptime": uptime,
    "timeout": timeout,
    "nohup": nohup,
    "nice": nohup,
}
PROGRAMS = commands(BODIES)
