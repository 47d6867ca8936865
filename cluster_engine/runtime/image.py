"""An image: layers on a base, and what its makers configured: command, environment, ports, user."""

import hashlib
from dataclasses import dataclass, field

MEGABYTE = 1_000_000

BASES: dict[str, int] = {"scratch": 0, "distroless": 2, "busybox": 2, "alpine": 4, "debian-slim": 29, "debian": 49, "ubuntu": 30}
SHELLS: dict[str, frozenset[str]] = {
    "scratch": frozenset(),
    "distroless": frozenset(),
    "busybox": frozenset({"sh", "ash", "wget", "nc", "nslookup", "ping", "telnet", "ip", "ifconfig", "netstat"}),
    "alpine": frozenset({"sh", "ash", "wget", "nc", "nslookup", "ping", "ip", "ifconfig", "netstat"}),
    "debian-slim": frozenset({"sh", "bash", "dash", "getent"}),
    "debian": frozenset({"sh", "bash", "dash", "getent", "curl", "wget"}),
    "ubuntu": frozenset({"sh", "bash", "dash", "getent"}),
}


@dataclass(frozen=True, slots=True)
class Layer:
    digest: str
    size: int


@dataclass(frozen=True)
class Image:
    """`size` in megabytes as a registry stores it (compressed). `entrypoint` and `command` as in a Dockerfile.

    `tags` is a regular expression of the tags that exist. `tools`: further programs that are installed, beside the base's.
    """

    name: str
    size: float
    entrypoint: tuple[str, ...] = ()
    command: tuple[str, ...] = ()
    tags: str = ""
    base: str = "debian-slim"
    ports: tuple[int, ...] = ()
    env: tuple[tuple[str, str], ...] = ()
    user: str = ""
    working_dir: str = "/"
    tools: tuple[str, ...] = ()
    files: tuple[tuple[str, str], ...] = ()
    known: bool = True
    own_layers: int = field(default=3)

    def layers(self, tag: str) -> tuple[Layer, ...]:
        """The base's layer is shared by all images on that base; the others are this image's own."""
        base = min(BASES[self.base], self.size)
        rest = max(0, int((self.size - base) * MEGABYTE))
        own = [Layer(digest_of(f"{self.name}:{tag}#{n}"), rest // self.own_layers) for n in range(self.own_layers)]
        shared = [Layer(digest_of(f"base/{self.base}"), int(base * MEGABYTE))] if base else []
        return (*shared, *own)

    def bytes(self, tag: str) -> int:
        return sum(layer.size for layer in self.layers(tag))


def digest_of(text: str) -> str:
    """A digest that stays the same for the same text."""
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()
