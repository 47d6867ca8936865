"""A terminal's line discipline: what is typed is echoed, collected into lines, and edited before the program sees it.

Models the Linux tty layer in canonical mode.
"""

from cluster_engine.runtime.cri import Output, Running
from cluster_engine.runtime.signals import INT, QUIT

ERASE = ("\x7f", "\b")


class Terminal:
    """Stands between somebody who types and a process."""

    def __init__(self, process: Running, output: Output) -> None:
        self._process, self._output = process, output
        self._line = ""
        self._escape = ""

    def typed(self, text: str) -> None:
        """Characters, as they come from a keyboard."""
        for character in text:
            self._one(character)

    def _one(self, character: str) -> None:
        if self._escape or character == "\x1b":
            self._skip(character)
        elif character in "\r\n":
            self._output.write("stdout", "\n")
            line, self._line = self._line, ""
            self._process.send(line + "\n")
        elif character in ERASE:
            if self._line:
                self._line = self._line[:-1]
                self._output.write("stdout", "\b \b")
        elif character == "\x03" or character == "\x1c":
            self._output.write("stdout", "^C\n" if character == "\x03" else "^\\\n")
            self._line = ""
            self._process.kill(INT if character == "\x03" else QUIT)
        elif character == "\x04":
            self._end()
        elif character == "\x15":
            self._output.write("stdout", "\b \b" * len(self._line))
            self._line = ""
        elif character.isprintable() or character == "\t":
            self._line += character
            self._output.write("stdout", character)

    def _skip(self, character: str) -> None:
        """Arrow keys and their like do nothing here."""
        self._escape += character
        if (len(self._escape) > 2 and character.isalpha()) or character == "~" or (len(self._escape) == 2 and character != "["):
            self._escape = ""

    def _end(self) -> None:
        """Control-D: the end of the input on an empty line, else what was typed so far."""
        if self._line:
            line, self._line = self._line, ""
            self._process.send(line)
        else:
            self._process.close_input()
