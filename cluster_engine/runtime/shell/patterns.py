"""Shell patterns: *, ? and [...] in case branches, ${x%...} and file names.

Models POSIX 2.13 (pattern matching notation).
"""

import re
from functools import lru_cache

from cluster_engine.runtime.filesystem import FileError, FileSystem

TRIM_MOST, STARS_MOST = 4_096, 2
WILD = re.compile(r"[*?\[]")


@lru_cache(maxsize=1024)
def regex(pattern: str) -> re.Pattern[str]:
    """The pattern as a regular expression; a backslash takes a character's meaning away."""
    result, index = "", 0
    while index < len(pattern):
        character = pattern[index]
        if character == "\\" and index + 1 < len(pattern):
            index += 1
            result += re.escape(pattern[index])
        elif character == "*":
            result += ".*"
        elif character == "?":
            result += "."
        elif character == "[" and (end := pattern.find("]", index + 2)) > 0:
            inside = pattern[index + 1 : end].replace("\\", "\\\\")
            result += "[" + ("^" + inside[1:] if inside[0] in "!^" else inside) + "]"
            index = end
        else:
            result += re.escape(character)
        index += 1
    return re.compile(result, re.DOTALL)


@lru_cache(maxsize=1024)
def _parts(pattern: str) -> tuple[re.Pattern[str] | None, ...]:
    """The pattern cut into single characters' patterns; None for a star."""
    result: list[re.Pattern[str] | None] = []
    index = 0
    while index < len(pattern):
        size = 2 if pattern[index] == "\\" and index + 1 < len(pattern) else 1
        if pattern[index] == "[" and (end := pattern.find("]", index + 2)) > 0:
            size = end + 1 - index
        piece = pattern[index : index + size]
        if piece != "*":
            result.append(regex(piece))
        elif not result or result[-1] is not None:
            result.append(None)
        index += size
    return tuple(result)


def matches(pattern: str, text: str) -> bool:
    """Goes back to the last star only, so that no pattern takes longer than pattern times text."""
    parts = _parts(pattern)
    at = place = 0
    star, star_place = -1, 0
    while place < len(text):
        part = parts[at] if at < len(parts) else regex("")
        if at < len(parts) and part is None:
            star, star_place = at, place
            at += 1
        elif part is not None and part.fullmatch(text, place, place + 1):
            at, place = at + 1, place + 1
        elif star >= 0:
            star_place += 1
            at, place = star + 1, star_place
        else:
            return False
    return all(part is None for part in parts[at:])


def trim(text: str, pattern: str, operator: str) -> str:
    """`operator`: # and ## cut at the front, % and %% at the end; doubled means as much as possible."""
    if len(text) > TRIM_MOST:
        return text
    places = range(len(text) + 1)
    if operator[0] == "#":
        for cut in reversed(places) if operator == "##" else places:
            if matches(pattern, text[:cut]):
                return text[cut:]
        return text
    for cut in places if operator == "%%" else reversed(places):
        if matches(pattern, text[cut:]):
            return text[:cut]
    return text


def replace(text: str, pattern: str, by: str, everywhere: bool) -> str:
    if not pattern or len(text) > TRIM_MOST or pattern.count("*") > STARS_MOST:
        return text
    return regex(pattern).sub(lambda match: by, text, count=0 if everywhere else 1)


def glob(disk: FileSystem, cwd: str, pattern: str) -> list[str]:
    """The file names that a pattern stands for."""
    absolute = pattern.startswith("/")
    found = ["/" if absolute else ""]
    for part in pattern.strip("/").split("/"):
        found = [name for base in found for name in _below(disk, cwd, base, part)]
    return sorted(found)


def _below(disk: FileSystem, cwd: str, base: str, part: str) -> list[str]:
    where = base if base.startswith("/") else f"{cwd.rstrip('/')}/{base}"
    if not WILD.search(part):
        plain = base + part.replace("\\", "")
        full = plain if plain.startswith("/") else f"{cwd.rstrip('/')}/{plain}"
        return [plain + "/"] if disk.is_dir(full) else [plain] if disk.exists(full) else []
    try:
        names = disk.children(where or "/")
    except FileError:
        return []
    kept = [n for n in names if matches(part, n) and (not n.startswith(".") or part.startswith("."))]
    return [base + n + ("/" if disk.is_dir(f"{where.rstrip('/')}/{n}") else "") for n in kept]
