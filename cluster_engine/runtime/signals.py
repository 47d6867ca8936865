"""POSIX signals by name and number, and the exit codes that follow from them."""

HUP, INT, QUIT, ABRT, KILL, USR1, SEGV, USR2, PIPE, ALRM, TERM, CHLD, CONT, STOP, WINCH = 1, 2, 3, 6, 9, 10, 11, 12, 13, 14, 15, 17, 18, 19, 28

NUMBERS = {
    "HUP": HUP, "INT": INT, "QUIT": QUIT, "ABRT": ABRT, "KILL": KILL, "USR1": USR1, "SEGV": SEGV, "USR2": USR2, "PIPE": PIPE,
    "ALRM": ALRM, "TERM": TERM, "CHLD": CHLD, "CONT": CONT, "STOP": STOP, "WINCH": WINCH,
}  # fmt: skip
NAMES = {number: name for name, number in NUMBERS.items()}
HARMLESS = frozenset({CHLD, CONT, WINCH})


def number_of(text: str) -> int | None:
    """A signal by number or name, with or without SIG; None when there is none."""
    if text.isdigit():
        return int(text)
    return NUMBERS.get(text.upper().removeprefix("SIG"))


def exit_code(signal: int) -> int:
    """What a shell and a runtime report for a process that a signal ended."""
    return 128 + signal
