"""The registries of the world, as far as a cluster can tell: which images exist, how large they are, how a refusal is worded.

Models what Docker Hub, quay.io, registry.k8s.io and their like answer to containerd's resolver. An image that nobody
described, under a name that a registry could hold, is taken to exist and to be a server on the ports that its pod declares.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from cluster_engine.runtime.cri import CriError
from cluster_engine.runtime.image import Image, digest_of
from cluster_engine.runtime.reference import Reference

REGISTRIES = re.compile(
    r"^(docker\.io|quay\.io|ghcr\.io|gcr\.io|[a-z]+\.gcr\.io|registry\.k8s\.io|k8s\.gcr\.io|mcr\.microsoft\.com|public\.ecr\.aws|registry\.gitlab\.com|docker\.elastic\.co|nvcr\.io"
    r"|[a-z0-9-]+-docker\.pkg\.dev|\d{12}\.dkr\.ecr\.[a-z0-9-]+\.amazonaws\.com|[a-z0-9]+\.azurecr\.io|registry\.redhat\.io|registry\.access\.redhat\.com|cgr\.dev|kind\.local|localhost(:\d+)?)$"
)
PRIVATE = re.compile(r"^(\d{12}\.dkr\.ecr\.[a-z0-9-]+\.amazonaws\.com|[a-z0-9]+\.azurecr\.io|registry\.redhat\.io)$")
UNLIKELY = re.compile(r"(no-?such|does-?not-?exist|doesnt-?exist|non-?exist|not-?found|missing|invalid|bogus|fake-image|wrong|broken-image|bad-image|typo)")
VERSION = re.compile(
    r"^(latest|stable|main|master|edge|dev|nightly|canary|release|prod|production|staging|test|e2e|alpine|slim|bullseye|bookworm|jammy|noble|lts"
    r"|[a-z]*[-.]?v?\d+([._-]\w+)*|[0-9a-f]{7,40}|\w+-(alpine|slim)|v\w*)$"
)


@dataclass(frozen=True, slots=True)
class Found:
    """An image that a registry holds, under the reference by which it was asked for."""

    image: Image
    reference: Reference
    digest: str

    @property
    def id(self) -> str:
        return f"{self.reference.name}@{self.digest}"


@dataclass
class Registry:
    """`images` by canonical name (docker.io/library/nginx). `slow` multiplies pull times; `down` registries do not answer."""

    images: dict[str, Image]
    slow: float = 1.0
    down: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, images: Iterable[Image]) -> "Registry":
        return cls({image.name: image for image in images})

    def resolve(self, reference: Reference) -> Found:
        """The image behind a reference. Raises CriError, worded as containerd words it."""
        if reference.registry in self.down:
            raise _failed(reference, f'failed to do request: Head "{_url(reference)}": dial tcp: i/o timeout', "Unknown")
        if not REGISTRIES.match(reference.registry):
            host = reference.registry.partition(":")[0]
            raise _failed(reference, f'failed to do request: Head "{_url(reference)}": dial tcp: lookup {host} on 172.18.0.1:53: no such host', "Unknown")
        image = self.images.get(reference.name)
        if image is None:
            image = self._unknown(reference)
        elif reference.tag and not reference.digest and not re.fullmatch(image.tags or VERSION.pattern, reference.tag):
            raise _failed(reference, f"{reference}: not found", "NotFound")
        return Found(image, reference, reference.digest or digest_of(str(reference)))

    def _unknown(self, reference: Reference) -> Image:
        official = reference.registry == "docker.io" and reference.repository.startswith("library/")
        if official or UNLIKELY.search(reference.repository) or PRIVATE.match(reference.registry):
            raise _denied(reference)
        if not reference.digest and (UNLIKELY.search(reference.tag) or not VERSION.match(reference.tag)):
            raise _failed(reference, f"{reference}: not found", "NotFound")
        size = 20 + int(digest_of(reference.name)[7:11], 16) % 120
        return Image(reference.name, size, entrypoint=("/app/server",), known=False)


def _url(reference: Reference) -> str:
    host = "registry-1.docker.io" if reference.registry == "docker.io" else reference.registry
    return f"https://{host}/v2/{reference.repository}/manifests/{reference.digest or reference.tag}"


def _failed(reference: Reference, why: str, code: str) -> CriError:
    text = f'failed to pull and unpack image "{reference}": failed to resolve reference "{reference}": {why}'
    return CriError(code, text, "ErrImagePull")


def _denied(reference: Reference) -> CriError:
    if reference.registry == "docker.io":
        why = "pull access denied, repository does not exist or may require authorization: server message: insufficient_scope: authorization failed"
        return _failed(reference, why, "Unknown")
    if PRIVATE.match(reference.registry):
        return _failed(
            reference,
            f"failed to authorize: failed to fetch anonymous token: unexpected status from GET request to "
            f"https://{reference.registry}/oauth2/token: 401 Unauthorized",
            "Unknown",
        )
    return _failed(reference, f"{reference}: not found", "NotFound")
