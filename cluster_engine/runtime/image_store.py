"""The images of a node: layers by digest, shared between images; pulls that take their time.

Models containerd's content store and the kubelet's serialized image pulls.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from cluster_engine.runtime.cri import CriError, ImageStatus
from cluster_engine.runtime.image import MEGABYTE, Image
from cluster_engine.runtime.reference import InvalidReference, Reference, parse
from cluster_engine.runtime.registry import Registry

BANDWIDTH = 60 * MEGABYTE
RESOLVE_SECONDS = 0.35
UNPACK_SHARE = 0.25
CAPACITY = 100_000 * MEGABYTE


@dataclass(frozen=True, slots=True)
class Stored:
    """An image that is here. `name` is the tag or digest by which it was asked for."""

    image: Image
    id: str
    name: str
    size: int


@dataclass(frozen=True, slots=True)
class StoredPull:
    """A pull under way: asked for, begun when the pulls before it were done, over at `done_at`."""

    image: str
    asked_at: float
    started_at: float
    done_at: float
    error: CriError | None = None
    size: int = 0

    def progress(self, now: float) -> float:
        whole = self.done_at - self.started_at
        return 1.0 if now >= self.done_at or whole <= 0 else max(0.0, (now - self.started_at) / whole)


class ImageStore:
    """`serial`: one pull at a time, as kubelets do by default."""

    def __init__(self, registry: Registry, runtime: str, serial: bool = True) -> None:
        self.registry = registry
        self.capacity = CAPACITY
        self._runtime, self._serial = runtime, serial
        self._stored: dict[str, Stored] = {}
        self._layers: dict[str, int] = {}
        self._pulls: list[StoredPull] = []
        self._free_at = 0.0

    @property
    def used(self) -> int:
        return sum(self._layers.values())

    def find(self, image: str) -> Stored | None:
        try:
            return self._stored.get(str(parse(image)))
        except InvalidReference:
            return None

    def status(self, image: str) -> ImageStatus | None:
        """The image by name. Raises CriError where the name cannot be one."""
        try:
            found = self._stored.get(str(parse(image)))
        except InvalidReference as error:
            raise CriError("InvalidArgument", f'failed to parse image reference "{image}": {error}', "InvalidImageName") from error
        return ImageStatus(found.id, (found.name,), found.size, found.image.user) if found is not None else None

    def all(self) -> list[ImageStatus]:
        by_id: dict[str, list[Stored]] = {}
        for stored in self._stored.values():
            by_id.setdefault(stored.id, []).append(stored)
        return [ImageStatus(id, tuple(s.name for s in stored), stored[0].size, stored[0].image.user) for id, stored in by_id.items()]

    def preload(self, images: Iterable[str]) -> None:
        """Have images from the start, as nodes are delivered with them."""
        for image in images:
            self._keep(parse(image), self._fetch(parse(image)))

    def preload_known(self, images: Iterable[str]) -> None:
        """Have images that were here before, as far as the registries still hold them."""
        for image in images:
            try:
                self.preload([image])
            except (CriError, InvalidReference):
                continue

    def pull(self, image: str, now: float) -> StoredPull:
        """Begin a pull; the image is there once it is done."""
        reference = parse(image)
        begin = max(now, self._free_at) if self._serial else now
        slow = self.registry.slow
        try:
            stored = self._fetch(reference)
        except CriError as error:
            seconds = RESOLVE_SECONDS * slow if "timeout" not in error.message else 30.0
            return self._begun(StoredPull(image, now, begin, begin + seconds, error))
        missing = sum(layer.size for layer in stored.image.layers(reference.tag) if layer.digest not in self._layers)
        seconds = (RESOLVE_SECONDS + missing / BANDWIDTH * (1 + UNPACK_SHARE)) * slow
        self._keep(reference, stored)
        return self._begun(StoredPull(image, now, begin, begin + seconds, None, stored.size))

    def remove(self, image: str) -> None:
        """Delete an image and the layers that no other image has."""
        gone = [name for name, stored in self._stored.items() if image in (name, stored.id)]
        for name in gone:
            del self._stored[name]
        kept = {layer.digest for s in self._stored.values() for layer in s.image.layers(parse(s.name).tag)}
        self._layers = {digest: size for digest, size in self._layers.items() if digest in kept}

    def pulling(self, now: float) -> list[dict[str, Any]]:
        """Pulls under way, for pages."""
        self._pulls = [pull for pull in self._pulls if pull.done_at > now]
        return [{"image": p.image, "progress": round(p.progress(now), 3), "done": p.done_at} for p in self._pulls]

    def _begun(self, pull: StoredPull) -> StoredPull:
        self._free_at = pull.done_at
        self._pulls = [p for p in self._pulls if p.done_at > pull.asked_at] + [pull]
        return pull

    def _fetch(self, reference: Reference) -> Stored:
        found = self.registry.resolve(reference)
        name = str(reference) if not (reference.tag and reference.digest) else f"{reference.name}:{reference.tag}"
        return Stored(found.image, found.id, name, found.image.bytes(reference.tag))

    def _keep(self, reference: Reference, stored: Stored) -> None:
        self._stored[str(reference)] = stored
        for layer in stored.image.layers(reference.tag):
            self._layers[layer.digest] = layer.size
