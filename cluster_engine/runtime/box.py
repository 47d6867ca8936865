"""The box that a container's processes live in: process table, file system, network namespace, and what they use of the node.

Models the namespaces and the control group of one container.
"""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from cluster_engine.kernel.clock import Clock
from cluster_engine.network.fabric import Fabric
from cluster_engine.network.namespace import NetworkNamespace
from cluster_engine.network.wire import Connection, Outcome, Reply
from cluster_engine.runtime.cgroups import ControlGroup, Limits, weight_of
from cluster_engine.runtime.cri import ContainerConfig, Output
from cluster_engine.runtime.filesystem import FileError
from cluster_engine.runtime.image import Image
from cluster_engine.runtime.process import Ask, Exit, Join, Pause, Process, Read, Run, Signalled, Sleep, Wait
from cluster_engine.runtime.signals import ABRT, KILL, exit_code
from cluster_engine.runtime.timers import Timers

if TYPE_CHECKING:
    from cluster_engine.runtime.filesystem import FileSystem
    from cluster_engine.runtime.programs import Program

MEBIBYTE = 1 << 20
PIDS_MOST = 256


class Box:
    """`ended(code)` is called when pid 1 ends. `disk()` gives the file system, made when first looked at."""

    __slots__ = (
        "_disk", "_ended", "_make_disk", "_next_pid", "clock", "config", "fabric", "group", "hostname", "image", "killed_for_memory", "namespace", "processes",
        "programs", "rest", "search", "timers",
    )  # fmt: skip

    def __init__(
        self,
        config: ContainerConfig,
        image: Image,
        hostname: str,
        namespace: NetworkNamespace,
        fabric: Fabric,
        timers: Timers,
        programs: Mapping[str, "Program"],
        ended: Callable[[int], None],
        make_disk: Callable[["Box"], "FileSystem"],
        clock: Clock,
        search: tuple[str, ...] = (),
    ) -> None:
        self.config, self.image, self.hostname, self.namespace, self.fabric = config, image, hostname, namespace, fabric
        self.timers, self.programs, self._ended, self._make_disk, self.clock = timers, programs, ended, make_disk, clock
        self.search = search
        self.processes: dict[int, Process] = {}
        self._next_pid = 1
        self._disk: FileSystem | None = None
        held = config.resources
        self.group = ControlGroup(Limits(held.cpu_limit, held.memory_limit, weight_of(held.cpu_request)), clock.now())
        self.rest = (0, 0)
        self.killed_for_memory = False

    @property
    def now(self) -> float:
        return self.clock.now()

    # -- what it uses

    def settle(self, memory: float, cpu: float) -> None:
        """What the first program uses at rest: mebibytes and millicores."""
        self.rest = (int(memory * MEBIBYTE), int(cpu))
        self.group.burden(self.rest[1], self.now)
        self.group.allocate(self.rest[0])

    def use(self, millicores: int | None = None, memory: int | None = None) -> None:
        """The processes want this much on top of their rest; None leaves it as it is. Too much memory kills them."""
        if millicores is not None:
            self.group.burden(self.rest[1] + millicores, self.now)
        if memory is not None and not self.group.allocate(self.rest[0] + memory):
            self.out_of_memory()

    def out_of_memory(self) -> None:
        """The kernel kills the whole group."""
        self.killed_for_memory = True
        first = self.processes.get(1)
        if first is not None:
            self.end(first, exit_code(KILL))

    # -- names

    def resolve(self, host: str) -> str | None:
        """The address of a host: written out, in /etc/hosts, or from the cluster's DNS by the search list of the pod."""
        if host.replace(".", "").isdigit():
            return host
        if host in ("localhost", "127.0.0.1"):
            return "127.0.0.1"
        if host == self.hostname:
            return self.namespace.address
        for line in (self.disk().read("/etc/hosts") or b"").decode().splitlines():
            words = line.split("#")[0].split()
            if host in words[1:]:
                return words[0]
        found = self.fabric.lookup(self.namespace, host, self.search)
        return found[0] if found else None

    def disk(self) -> "FileSystem":
        if self._disk is None:
            self._disk = self._make_disk(self)
        return self._disk

    @property
    def disk_made(self) -> bool:
        return self._disk is not None

    # -- processes

    def spawn(
        self,
        program: "Program",
        argv: tuple[str, ...],
        env: dict[str, str],
        output: Output,
        parent: Process | None = None,
        cwd: str = "",
        resumed: bool = False,
    ) -> Process:
        """Start a program. It runs until its first wait before this returns."""
        process = self.prepare(argv, env, output, parent, cwd)
        process.resumed = resumed
        self.begin(process, program.run(process))
        return process

    def prepare(self, argv: tuple[str, ...], env: dict[str, str], output: Output, parent: Process | None = None, cwd: str = "") -> Process:
        """A process that has not begun. A container may have so many and no more (pids.max)."""
        if parent is not None and len(self.processes) >= PIDS_MOST:
            output.write("stderr", f"{parent.argv[0]}: can't fork: Resource temporarily unavailable\n")
            raise Exit(2)
        uid = parent.uid if parent is not None else self.config.user or 0
        where = cwd or (parent.cwd if parent is not None else self.config.working_dir or self.image.working_dir or "/")
        process = Process(self, self._next_pid, parent.pid if parent is not None else 0, argv, env, output, where, uid)
        self._next_pid += 1
        self.processes[process.pid] = process
        return process

    def begin(self, process: Process, run: Run) -> None:
        """Let a prepared process run."""
        process.run = run
        self._advance(process, lambda: next(run))

    def wake(self, process: Process) -> None:
        """Something happened that it may wait for: look again, now."""
        self.timers.add(self.now, self, process)

    def resume(self, process: Process, ticket: int) -> None:
        """A timer of the process is due."""
        if process.exit_code is not None or process.run is None:
            return
        if process.signals:
            signal = process.signals.popleft()
            run = process.run
            self._advance(process, lambda: run.throw(Signalled(signal)))
            if process.signals:
                self.wake(process)
        elif isinstance(process.waits, Read):
            self._give_input(process)
        elif ticket == process.ticket:
            self._continue(process, process.waits)

    def end(self, process: Process, code: int) -> None:
        """The process is over: its ports close, who waited for it goes on; pid 1 takes all others with it."""
        if process.exit_code is not None:
            return
        process.exit_code = code
        for listener in process.listeners:
            self.namespace.close(listener)
        run, process.run = process.run, None
        if run is not None and not getattr(run, "gi_running", False):
            run.close()
        for joiner in process.joiners:
            self.timers.add(self.now, self, joiner)
        if process.pid == 1:
            self.end_all(exit_code(KILL))
            self._ended(code)
        else:
            self.processes.pop(process.pid, None)

    def end_all(self, code: int) -> None:
        for other in list(self.processes.values()):
            if other.pid != 1:
                self.end(other, code)

    # -- waits

    def _advance(self, process: Process, go: Callable[[], Wait]) -> None:
        process.ticket += 1
        try:
            wait = go()
        except StopIteration as done:
            self.end(process, int(done.value or 0))
        except Exit as exit:
            self.end(process, exit.code)
        except Signalled as signalled:
            self.end(process, exit_code(signalled.signal))
        except FileError as error:
            process.print(str(error), "stderr")
            self.end(process, 1)
        except (RecursionError, MemoryError, ValueError, TypeError, LookupError, OverflowError, ArithmeticError) as problem:
            # A program that a learner drove over an edge takes nobody with it.
            process.print(f"Aborted ({type(problem).__name__})", "stderr")
            self.end(process, exit_code(ABRT))
        else:
            process.waits = wait
            self._arrange(process, wait)

    def _arrange(self, process: Process, wait: Wait) -> None:
        if isinstance(wait, Sleep):
            self.timers.add(self.now + wait.seconds, self, process)
        elif isinstance(wait, Ask):
            self._ask(process, wait)
        elif isinstance(wait, Read):
            if process.stdin.ready:
                self.wake(process)
            else:
                process.stdin.reader = process
        elif isinstance(wait, Join):
            if wait.process.exit_code is not None:
                self.wake(process)
            else:
                wait.process.joiners.append(process)

    def _continue(self, process: Process, wait: Wait | None) -> None:
        run = process.run
        assert run is not None
        if isinstance(wait, Pause):
            return
        value: Any = None
        if isinstance(wait, Join):
            if wait.process.exit_code is None:
                return
            value = wait.process.exit_code
        self._advance(process, lambda: run.send(value))

    def _give_input(self, process: Process) -> None:
        run = process.run
        assert run is not None
        if process.stdin.ready:
            text = process.stdin.take()
            self._advance(process, lambda: run.send(text))
        else:
            process.stdin.reader = process

    def _ask(self, process: Process, wait: Ask) -> None:
        """The answer is known at once; the process learns it when it would have arrived."""
        connection, reply = self.fabric.ask(self.namespace, wait.host, wait.port, wait.request, wait.transport)
        seconds = connection.seconds + (reply.seconds if reply is not None else 0.0)
        if seconds > wait.timeout:
            connection, reply, seconds = Connection(Outcome.TIMEOUT, wait.timeout, address=connection.address), None, wait.timeout
        process.waits = Sleep(seconds)
        run, ticket = process.run, process.ticket
        assert run is not None
        self.timers.add(self.now + seconds, self, process, _Answer(run, ticket, (connection, reply)))

    def answered(self, process: Process, answer: "_Answer") -> None:
        if process.exit_code is None and process.ticket == answer.ticket:
            self._advance(process, lambda: answer.run.send(answer.value))


class _Answer:
    """An answer on its way to the process that asked."""

    __slots__ = ("run", "ticket", "value")

    def __init__(self, run: Run, ticket: int, value: tuple[Connection, Reply | None]) -> None:
        self.run, self.ticket, self.value = run, ticket, value
