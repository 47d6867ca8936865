"""Where this installation keeps its things and where it can be reached: the environment, read once.

`HTTP_PORT`, `API_PORT`, `DATA_DIR` and `PUBLIC_HOST` are the operator's; `DATABASE_URL` and `REDIS_URL` take it beyond one process.
"""

import json
import os
import secrets
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def data_dir() -> Path:
    """The folder of database, keys and certificates; made readable for its owner only."""
    folder = Path(os.environ.get("DATA_DIR", "var"))
    folder = folder if folder.is_absolute() else ROOT / folder
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


PORTS = {"HTTP_PORT": 8000, "API_PORT": 6443}


def http_port() -> int:
    return _port("HTTP_PORT")


def api_port() -> int:
    return _port("API_PORT")


def _port(name: str) -> int:
    """From the environment; else as the server was last started; else the usual one."""
    return int(os.environ.get(name) or _remembered().get(name, PORTS[name]))


def _remembered() -> dict[str, int]:
    try:
        found: dict[str, int] = json.loads((data_dir() / "ports.json").read_text())
        return found
    except (FileNotFoundError, ValueError):
        return {}


def settle_ports() -> None:
    """Called by the server as it starts: its ports come from the environment, and commands in other shells are to find them."""
    for name, usual in PORTS.items():
        os.environ.setdefault(name, str(usual))
    (data_dir() / "ports.json").write_text(json.dumps({name: int(os.environ[name]) for name in PORTS}))


def public_host() -> str:
    """The host name that browsers and kubectl use."""
    return os.environ.get("PUBLIC_HOST", "localhost")


def bind_address() -> str:
    return os.environ.get("BIND_ADDRESS", "127.0.0.1" if public_host() == "localhost" else "0.0.0.0")


def components() -> frozenset[str] | None:
    """The components that this process runs: `COMPONENTS` by name, with commas; "none" for none; None (all) where it is not set."""
    wanted = os.environ.get("COMPONENTS", "")
    return frozenset(wanted.split(",")) - {"none"} if wanted else None


def secret(name: str) -> str:
    """A random secret that is made once and kept in the data folder."""
    path = data_dir() / name
    try:
        return path.read_text()
    except FileNotFoundError:
        return _make_secret(path)


def _make_secret(path: Path) -> str:
    """O_EXCL: of two processes that start together, both use what the first one wrote."""
    value = secrets.token_urlsafe(48)
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(value)
    except FileExistsError:
        return path.read_text()
    return value
