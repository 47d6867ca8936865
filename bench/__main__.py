"""`make bench [FIGURES="startup api ..."]`: measure, print the table, and keep it in docs/benchmarks.md."""

import importlib
import platform
import subprocess
import sys
import time
from pathlib import Path

from bench.figure import Figure, table

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "benchmarks.md"
GROUPS = {"startup": "Start and rest", "api": "API", "scale": "Scale", "screen": "Screen"}
BEGIN, END = "<!-- begin {name} -->", "<!-- end {name} -->"


def keep(name: str, figures: list[Figure]) -> None:
    """Replace the group's table in the page, with the commit and the machine it was measured on."""
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False).stdout.strip()
    machine = f"{cores()} cores, CPython {platform.python_version()}"
    fresh = f"{BEGIN.format(name=name)}\n{table(figures)}\n\nMeasured {time.strftime('%Y-%m-%d')} at `{commit}` on {machine}.\n{END.format(name=name)}"
    text = PAGE.read_text() if PAGE.exists() else "# Benchmarks\n"
    begin, end = BEGIN.format(name=name), END.format(name=name)
    if begin in text:
        text = text[: text.index(begin)] + fresh + text[text.index(end) + len(end) :]
    else:
        text = f"{text.rstrip()}\n\n## {GROUPS[name]}\n{fresh}\n"
    PAGE.write_text(text)


def cores() -> int:
    import os

    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def main(wanted: list[str]) -> int:
    held = True
    for name in wanted or GROUPS:
        print(f"\n{GROUPS[name]}", flush=True)
        figures: list[Figure] = []
        for figure in importlib.import_module(f"bench.{name}").measure():
            figures.append(figure)
            print(f"  {figure.name}: {figure.shown}   (promised {figure.promise})" + (" — NOT HELD" if figure.holds is False else ""), flush=True)
        keep(name, figures)
        held = held and all(figure.holds is not False for figure in figures)
    return 0 if held else 1


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
