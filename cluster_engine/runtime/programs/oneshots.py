"""Commands that images of first lessons run once: hello-world's greeting, perl's two thousand digits of pi."""

from cluster_engine.runtime.process import Process, Run, Sleep
from cluster_engine.runtime.programs.command import Body, commands
from cluster_engine.runtime.programs.coreutils import done

HELLO = """
Hello from Docker!
This message shows that your installation appears to be working correctly.
"""


def hello(process: Process, args: list[str]) -> Run:
    process.write(HELLO)
    return done()


def pi(digits: int) -> str:
    """The first digits of pi, by Machin's formula on integers."""
    unity = 10 ** (digits + 10)

    def arccot(x: int) -> int:
        total: int = unity // x
        term = total
        n, sign = 3, -1
        while term:
            term //= x * x
            total += sign * (term // n)
            n, sign = n + 2, -sign
        return total

    value = str(4 * (4 * arccot(5) - arccot(239)) // 10**10)
    return f"{value[0]}.{value[1:digits]}"


def perl(process: Process, args: list[str]) -> Run:
    """`perl -Mbignum=bpi -wle 'print bpi(2000)'`, the Job of Kubernetes' own pages; any other script just takes a moment."""
    script = args[-1] if args else ""
    yield Sleep(4.0 if "bpi" in script else 0.2)
    if "bpi(" in script:
        digits = script.partition("bpi(")[2].partition(")")[0]
        process.print(pi(min(int(digits), 5000) if digits.isdigit() else 40))
    return 0


BODIES: dict[str, Body] = {"hello": hello, "perl": perl}
PROGRAMS = commands(BODIES)
