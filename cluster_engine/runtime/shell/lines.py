"""Reading line by line from a stream that comes in pieces of any size."""

from collections.abc import Callable, Generator
from typing import Any

from cluster_engine.runtime.process import Input, Read


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
