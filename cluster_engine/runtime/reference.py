"""Image references: `registry/repository:tag@digest`, with the defaults that everybody relies on.

Models github.com/distribution/reference (ParseNormalizedNamed).
"""

import re
from dataclasses import dataclass
from functools import lru_cache

DOMAIN = r"(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])(?:\.(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9]))*(?::[0-9]+)?"
PART = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*"
NAME = re.compile(rf"^(?:{DOMAIN}/)?{PART}(?:/{PART})*$")
TAG = re.compile(r"^[\w][\w.-]{0,127}$", re.ASCII)
DIGEST = re.compile(r"^[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}$")
ANCHORED_ID = re.compile(r"^[a-f0-9]{64}$")


class InvalidReference(ValueError):
    """The text cannot be an image reference; the message says why, as upstream words it."""


@dataclass(frozen=True, slots=True)
class Reference:
    """A parsed reference; `tag` is "" only where there is a digest."""

    registry: str
    repository: str
    tag: str
    digest: str = ""

    @property
    def name(self) -> str:
        return f"{self.registry}/{self.repository}"

    def __str__(self) -> str:
        return self.name + (f":{self.tag}" if self.tag else "") + (f"@{self.digest}" if self.digest else "")


@lru_cache(maxsize=4096)
def parse(image: str) -> Reference:
    """The normalized reference: docker.io and library/ and :latest are filled in. Raises InvalidReference."""
    if ANCHORED_ID.match(image):
        raise InvalidReference(f"invalid repository name ({image}), cannot specify 64-byte hexadecimal strings")
    rest, at, digest = image.partition("@")
    name, tag = _split_tag(rest)
    first, slash, remainder = name.partition("/")
    named_registry = bool(slash) and ("." in first or ":" in first or first == "localhost" or first.lower() != first)
    registry, repository = (first, remainder) if named_registry else ("docker.io", name)
    registry = "docker.io" if registry == "index.docker.io" else registry
    if registry == "docker.io" and "/" not in repository:
        repository = f"library/{repository}"
    if repository.lower() != repository:
        raise InvalidReference("invalid reference format: repository name " + f"({repository}) must be lowercase")
    if not NAME.match(f"{registry}/{repository}") or (tag is not None and not TAG.match(tag)) or (at and not DIGEST.match(digest)):
        raise InvalidReference("invalid reference format")
    return Reference(registry, repository, tag if tag is not None else ("" if at else "latest"), digest)


def _split_tag(rest: str) -> tuple[str, str | None]:
    head, colon, tail = rest.rpartition(":")
    if not colon or "/" in tail:
        return rest, None
    return head, tail
