"""`make test`: linters and all tests, each group in a process of its own, with a summary at the end.

Real programs are part of it: Chromium, Redis, PostgreSQL and kubectl are installed where that is possible (Debian, as root), and
named where it is not. In CI a missing one is a failure.
"""

import os
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from tests.services import find

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
PACKAGES = {
    "chromium": "chromium",
    "redis-server": "redis-server",
    "initdb": "postgresql",
    "kubectl": "kubernetes-client",
    "iptables-restore": "iptables",
    "nft": "nftables",
}
KUBECTL = "https://kubernetes.io/docs/tasks/tools/install-kubectl-linux/"
PYTEST = [sys.executable, "-m", "pytest"]


@dataclass(frozen=True)
class Check:
    name: str
    command: list[str]


LINTERS = [
    Check("ruff format", [str(BIN / "ruff"), "format", "--check", "."]),
    Check("ruff", [str(BIN / "ruff"), "check", "."]),
    Check("mypy", [str(BIN / "mypy")]),
    Check("lint-imports", [str(BIN / "lint-imports")]),
]
TESTS = [
    Check("tests", [*PYTEST, "-n", "2", "--dist", "loadfile", "-m", "not server and not browser", "--ignore=tests/browser"]),
    Check("tests with a real server", [*PYTEST, "-m", "server and not browser", "--ignore=tests/browser"]),
    Check("tests in a real browser", [*PYTEST, "tests/browser"]),
]


def missing() -> list[str]:
    return [program for program in PACKAGES if find(program) is None]


def install(programs: list[str]) -> None:
    """With apt where we may; what a package cannot give is named afterwards."""
    if not programs or shutil.which("apt-get") is None or os.geteuid() != 0:
        return
    packages = [PACKAGES[program] for program in programs]
    print(f"installing {', '.join(packages)}", flush=True)
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "env": {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}}
    subprocess.run(["apt-get", "update", "-qq"], check=False, **quiet)  # type: ignore[call-overload]
    for package in packages:
        subprocess.run(["apt-get", "install", "-y", "-qq", "--no-install-recommends", package], check=False, **quiet)  # type: ignore[call-overload]


def explain(programs: list[str]) -> None:
    packages = " ".join(PACKAGES[program] for program in programs)
    print(f"Missing programs: {', '.join(programs)}. On Debian or Ubuntu: sudo apt-get install {packages}", file=sys.stderr)
    if "kubectl" in programs:
        print(f"  kubectl where there is no package: {KUBECTL}", file=sys.stderr)
    print("Their tests are left out." if not os.environ.get("CI") else "CI does not go on without them.", file=sys.stderr)


def run(check: Check) -> tuple[bool, float]:
    print(f"\n== {check.name}", flush=True)
    began = time.monotonic()
    code = subprocess.run(check.command, cwd=ROOT, check=False).returncode
    nothing_there = 5  # pytest's code for an empty group
    return code in (0, nothing_there), time.monotonic() - began


def main() -> int:
    install(missing())
    if gone := missing():
        explain(gone)
        if os.environ.get("CI"):
            return 1
    checks = LINTERS if "--linters" in sys.argv else [*LINTERS, *TESTS]
    results = [(check.name, *run(check)) for check in checks]
    print()
    for name, passed, seconds in results:
        print(f"  {'passed' if passed else 'FAILED'}  {name} ({seconds:.0f} s)")
    return 0 if all(passed for _, passed, _ in results) else 1


if __name__ == "__main__":
    raise SystemExit(main())
