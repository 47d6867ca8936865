"""Commands on text: grep, head, tail, wc, sort, uniq, cut, tr, sed, tee, xargs, rev, md5sum.

Models GNU coreutils, grep and sed as far as scripts in containers use them.
"""

import hashlib
import re
from collections.abc import Callable, Generator
from typing import Any

from cluster_engine.runtime.expressions import TooComplex, compiled, short
from cluster_engine.runtime.filesystem import FileError
from cluster_engine.runtime.process import Join, Process, Read, Run, Sleep
from cluster_engine.runtime.programs.command import Body, commands, refuse
from cluster_engine.runtime.programs.files import full

FOLLOW_EVERY = 0.5


def lines_of(process: Process, paths: list[str]) -> Generator[Any, Any, list[str]]:
    """All lines of the named files, or of the input. Raises FileError."""
    if paths and paths != ["-"]:
        return [line for path in paths for line in process.box.disk().open(full(process, path)).decode(errors="replace").splitlines()]
    text = ""
    while (chunk := (yield Read())) is not None:
        text += chunk
    return text.splitlines()


def split_options(args: list[str], valued: str = "") -> tuple[dict[str, str], list[str]]:
    """Options as letter → value ("" for flags), and the other words. `valued` letters take a value."""
    found: dict[str, str] = {}
    words: list[str] = []
    queue = list(args)
    while queue:
        word = queue.pop(0)
        if word == "--":
            return found, words + queue
        if not word.startswith("-") or word == "-":
            words.append(word)
        elif word.startswith("--"):
            name, _, value = word[2:].partition("=")
            found[name] = value
        elif word[1:].isdigit() and "n" in valued:
            found["n"] = word[1:]
        else:
            _letters(word[1:], valued, found, queue)
    return found, words


def _letters(letters: str, valued: str, found: dict[str, str], queue: list[str]) -> None:
    for index, letter in enumerate(letters):
        if letter in valued:
            found[letter] = letters[index + 1 :] or (queue.pop(0) if queue else "")
            return
        found[letter] = ""


def reading(body: Callable[[Process, dict[str, str], list[str]], Run]) -> Callable[[Process, dict[str, str], list[str]], Run]:
    """Say what file cannot be read, instead of failing."""

    def guarded(process: Process, found: dict[str, str], words: list[str]) -> Run:
        try:
            return (yield from body(process, found, words))
        except FileError as error:
            return refuse(process, f"{error.path}: {error.why}", 2)
        except (re.error, TooComplex) as error:
            return refuse(process, str(error), 2)

    return guarded


def grep(process: Process, args: list[str]) -> Run:
    found, words = split_options(args, "emABC")
    pattern = found.get("e") or (words.pop(0) if words else "")
    fixed, flags = "F" in found, re.IGNORECASE if "i" in found else 0
    source = re.escape(pattern) if fixed else pattern if "E" in found or "P" in found else _basic(pattern)
    if "w" in found:
        source = rf"\b(?:{source})\b"
    try:
        wanted = compiled(source, flags)
    except (re.error, TooComplex):
        return refuse(process, f"bad regex '{pattern}'", 2)
    return (yield from reading(lambda p, f, w: _grep(p, f, w, wanted))(process, found, words))


def _basic(pattern: str) -> str:
    r"""A basic regular expression: \( \) \| are special, ( ) | { } + ? are not."""
    pattern = re.sub(r"\\?[(){}|+?]", lambda m: m[0][1:] if m[0].startswith("\\") else "\\" + m[0], pattern)
    return re.sub(r"\[\[:(\w+):\]\]", lambda m: {"space": r"\s", "digit": r"\d", "alnum": r"\w"}.get(m[1], r"\w"), pattern)


def _grep(process: Process, found: dict[str, str], words: list[str], wanted: re.Pattern[str]) -> Run:
    count = 0
    for number, line in enumerate((yield from lines_of(process, words)), 1):
        if (wanted.search(short(line)) is None) != ("v" in found):
            continue
        count += 1
        if "q" not in found and "c" not in found:
            shown = "\n".join(m[0] for m in wanted.finditer(short(line))) if "o" in found else line
            process.print(f"{number}:{shown}" if "n" in found else shown)
        if found.get("m", "").isdigit() and count >= int(found["m"]):
            break
    if "c" in found:
        process.print(str(count))
    return 0 if count else 1


def head(process: Process, args: list[str]) -> Run:
    found, words = split_options(args, "nc")
    if words:
        return (yield from reading(_head_files)(process, found, words))
    left = int(found.get("n") or 10)
    if "c" in found:
        text = "\n".join((yield from lines_of(process, [])))
        process.write(text[: int(found["c"])])
        return 0
    while left > 0 and (chunk := (yield Read())) is not None:
        lines = chunk.splitlines(keepends=True)[:left]
        process.write("".join(lines))
        left -= len(lines)
    return 0


def _head_files(process: Process, found: dict[str, str], words: list[str]) -> Run:
    lines = yield from lines_of(process, words)
    process.write("".join(f"{line}\n" for line in lines[: int(found.get("n") or 10)]))
    return 0


def tail(process: Process, args: list[str]) -> Run:
    found, words = split_options(args, "nc")
    return (yield from reading(_tail)(process, found, words))


def _tail(process: Process, found: dict[str, str], words: list[str]) -> Run:
    if words == ["/dev/null"] and ("f" in found or "F" in found):
        while True:
            yield Sleep(3600.0)
    lines = yield from lines_of(process, words)
    count = found.get("n") or "10"
    kept = lines[int(count) - 1 :] if count.startswith("+") else lines[-int(count) :] if int(count) else []
    process.write("".join(f"{line}\n" for line in kept))
    seen = len(lines)
    while words and ("f" in found or "F" in found):
        yield Sleep(FOLLOW_EVERY)
        lines = yield from lines_of(process, words)
        process.write("".join(f"{line}\n" for line in lines[seen:]))
        seen = len(lines)
    return 0


def wc(process: Process, args: list[str]) -> Run:
    found, words = split_options(args)
    return (yield from reading(_wc)(process, found, words))


def _wc(process: Process, found: dict[str, str], words: list[str]) -> Run:
    lines = yield from lines_of(process, words)
    counts = {"l": len(lines), "w": sum(len(line.split()) for line in lines), "c": sum(len(line.encode()) + 1 for line in lines)}
    chosen = [counts[k] for k in "lwc" if k in found or not found]
    process.print((" ".join(str(c) for c in chosen) if len(chosen) == 1 else " ".join(f"{c:>9}" for c in chosen)) + (f" {words[0]}" if words else ""))
    return 0


def sort(process: Process, args: list[str]) -> Run:
    found, words = split_options(args, "kt")
    return (yield from reading(_sort)(process, found, words))


def _sort(process: Process, found: dict[str, str], words: list[str]) -> Run:
    lines = yield from lines_of(process, words)
    column = int(re.match(r"\d+", found["k"])[0]) if re.match(r"\d+", found.get("k", "")) else 0  # type: ignore[index]

    def key(line: str) -> Any:
        parts = line.split(found.get("t") or None)
        text = parts[column - 1] if column and column <= len(parts) else line
        if "n" in found or found.get("k", "").endswith("n"):
            match = re.match(r"\s*-?\d+(\.\d+)?", text)
            return float(match[0]) if match else 0.0
        return text

    lines.sort(key=key, reverse="r" in found)
    kept = list(dict.fromkeys(lines)) if "u" in found else lines
    process.write("".join(f"{line}\n" for line in kept))
    return 0


def uniq(process: Process, args: list[str]) -> Run:
    found, words = split_options(args)
    return (yield from reading(_uniq)(process, found, words))


def _uniq(process: Process, found: dict[str, str], words: list[str]) -> Run:
    groups: list[tuple[str, int]] = []
    for line in (yield from lines_of(process, words)):
        if groups and groups[-1][0] == line:
            groups[-1] = (line, groups[-1][1] + 1)
        else:
            groups.append((line, 1))
    for line, count in groups:
        if "d" not in found or count > 1:
            process.print(f"{count:>7} {line}" if "c" in found else line)
    return 0


def cut(process: Process, args: list[str]) -> Run:
    found, words = split_options(args, "dfcb")
    return (yield from reading(_cut)(process, found, words))


def _cut(process: Process, found: dict[str, str], words: list[str]) -> Run:
    separator = found.get("d") or "\t"
    spans = (found.get("f") or found.get("c") or found.get("b") or "1").split(",")
    for line in (yield from lines_of(process, words)):
        parts = line.split(separator) if "f" in found else list(line)
        if "f" in found and separator not in line:
            process.print(line)
            continue
        chosen = [part for span in spans for part in _span(parts, span)]
        process.print((separator if "f" in found else "").join(chosen))
    return 0


def _span(parts: list[str], span: str) -> list[str]:
    first, dash, last = span.partition("-")
    start = int(first) - 1 if first else 0
    return parts[start : (int(last) if last else len(parts)) if dash else start + 1]


def tr(process: Process, args: list[str]) -> Run:
    found, words = split_options(args)
    source, target = _set(words[0]) if words else "", _set(words[1]) if len(words) > 1 else ""
    text = ""
    while (chunk := (yield Read())) is not None:
        text += chunk
    if "d" in found:
        text = "".join(c for c in text if c not in source)
    elif target:
        table = {c: target[min(i, len(target) - 1)] for i, c in enumerate(source)}
        text = "".join(table.get(c, c) for c in text)
    if "s" in found:
        text = re.sub(f"([{re.escape(target or source)}])\\1+", r"\1", text)
    process.write(text)
    return 0


def _set(text: str) -> str:
    text = (
        text.replace("[:lower:]", "a-z")
        .replace("[:upper:]", "A-Z")
        .replace("[:digit:]", "0-9")
        .replace("[:space:]", " \t\n")
        .replace("\\n", "\n")
        .replace("\\t", "\t")
    )
    return re.sub(r"(.)-(.)", lambda m: "".join(chr(c) for c in range(ord(m[1]), ord(m[2]) + 1)), text)


def sed(process: Process, args: list[str]) -> Run:
    found, words = split_options(args, "e")
    scripts = [found["e"]] if found.get("e") else [words.pop(0)] if words else []
    return (
        yield from reading(lambda p, f, w: _sed(p, f, w, [part.strip() for s in scripts for part in re.split(r"[;\n](?![^/]*/[gip]*$)", s) if part.strip()]))(
            process, found, words
        )
    )


def _sed(process: Process, found: dict[str, str], words: list[str], parts: list[str]) -> Run:
    lines = yield from lines_of(process, words)
    result = []
    for number, line in enumerate(lines, 1):
        result += _edited(line, number, len(lines), parts, "n" in found, "E" in found or "r" in found)
    text = "".join(f"{line}\n" for line in result)
    if "i" in found and words:
        process.box.disk().write(full(process, words[0]), text.encode(), process.now)
    else:
        process.write(text)
    return 0


def _edited(line: str, number: int, last: int, parts: list[str], silent: bool, extended: bool) -> list[str]:
    printed: list[str] = []
    for part in parts:
        match = re.match(r"(?:(\d+|\$)(?:,(\d+|\$))?|/((?:[^/\\]|\\.)*)/)?\s*(.*)", part, re.DOTALL)
        first, second, pattern, action = match.groups() if match else (None, None, None, "")
        if not _addressed(line, number, last, first, second, pattern, extended):
            continue
        if action == "d":
            return printed
        if action == "p":
            printed.append(line)
        elif action == "q":
            return [*printed, line]
        elif action.startswith("s") and len(action) > 3:
            line, changed = _substituted(line, action, extended)
            if changed and action.rsplit(action[1], 1)[1].find("p") >= 0:
                printed.append(line)
    return printed if silent else [*printed, line]


def _addressed(line: str, number: int, last: int, first: str | None, second: str | None, pattern: str | None, extended: bool) -> bool:
    if pattern is not None:
        return compiled(pattern if extended else _basic(pattern)).search(short(line)) is not None
    if first is None:
        return True
    low = last if first == "$" else int(first)
    high = low if second is None else last if second == "$" else int(second)
    return low <= number <= high


def _substituted(line: str, action: str, extended: bool) -> tuple[str, bool]:
    parts = re.split(r"(?<!\\)" + re.escape(action[1]), action[2:])
    if len(parts) < 3:
        return line, False
    pattern, by, flags = parts[0], re.sub(r"(?<!\\)&", r"\\g<0>", parts[1]), parts[2]
    source = (pattern if extended else _basic(pattern)).replace("\\" + action[1], action[1])
    wanted = compiled(source, re.IGNORECASE if "i" in flags.lower() else 0)
    new, count = wanted.subn(by.replace("\\" + action[1], action[1]), short(line), count=0 if "g" in flags else 1)
    return new, count > 0


def tee(process: Process, args: list[str]) -> Run:
    found, words = split_options(args)
    disk = process.box.disk()
    for word in words if "a" not in found else ():
        disk.write(full(process, word), b"", process.now)
    while (chunk := (yield Read())) is not None:
        process.write(chunk)
        for word in words:
            disk.write(full(process, word), chunk.encode(), process.now, append=True)
    return 0


def xargs(process: Process, args: list[str]) -> Run:
    found, words = split_options(args, "nI")
    items = " ".join((yield from lines_of(process, []))).split()
    command = words or ["echo"]
    size = int(found.get("n") or len(items) or 1)
    code = 0
    for start in range(0, len(items), size) if items else ():
        batch = items[start : start + size]
        argv = [word.replace(found["I"], batch[0]) for word in command] if found.get("I") else [*command, *batch]
        program = process.box.programs.get(argv[0].rpartition("/")[2])
        if program is None:
            return refuse(process, f"{argv[0]}: No such file or directory", 127)
        child = process.box.spawn(program, tuple(argv), process.env, process.output, process)
        code = (yield Join(child)) or code
    return code


def rev(process: Process, args: list[str]) -> Run:
    for line in (yield from lines_of(process, args)):
        process.print(line[::-1])
    return 0


def summed(name: str) -> Body:
    def run(process: Process, args: list[str]) -> Run:
        for word in args:
            try:
                data = process.box.disk().open(full(process, word))
            except FileError as error:
                return refuse(process, f"can't open '{word}': {error.why}")
            process.print(f"{hashlib.new(name, data, usedforsecurity=False).hexdigest()}  {word}")
        if not args:
            data = "".join([f"{line}\n" for line in (yield from lines_of(process, []))]).encode()
            process.print(f"{hashlib.new(name, data, usedforsecurity=False).hexdigest()}  -")
        return 0

    return run


BODIES: dict[str, Body] = {
    "grep": grep,
    "egrep": lambda p, a: grep(p, ["-E", *a]),
    "fgrep": lambda p, a: grep(p, ["-F", *a]),
    "head": head,
    "tail": tail,
    "wc": wc,
    "sort": sort,
    "uniq": uniq,
    "cut": cut,
    "tr": tr,
    "sed": sed,
    "tee": tee,
    "xargs": xargs,
    "rev": rev,
    "md5sum": summed("md5"),
    "sha1sum": summed("sha1"),
    "sha256sum": summed("sha256"),
}
PROGRAMS = commands(BODIES)
