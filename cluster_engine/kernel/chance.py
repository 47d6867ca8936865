"""Seeded randomness: the same seed makes the same cluster, down to every generated name and uid.

Models k8s.io/apimachinery/pkg/util/rand for the alphabet of generated names.
"""

import random
import zlib
from collections.abc import Sequence
from typing import TypeVar

NAME_ALPHABET = "bcdfghjklmnpqrstvwxz2456789"
T = TypeVar("T")


class Chance:
    """A stream of random choices from one seed. `fork` gives an independent stream for a named user of chance."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self._random = random.Random(seed)

    def fork(self, name: str) -> "Chance":
        return Chance(zlib.crc32(name.encode(), self.seed & 0xFFFFFFFF))

    def uid(self) -> str:
        """A version 4 UUID as text."""
        bits = self._random.getrandbits(128)
        bits = bits & ~(0xF << 76) | (0x4 << 76)
        bits = bits & ~(0x3 << 62) | (0x2 << 62)
        text = f"{bits:032x}"
        return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"

    def suffix(self, length: int = 5) -> str:
        """A suffix for generateName: no vowels, no look-alikes."""
        return "".join(self._random.choices(NAME_ALPHABET, k=length))

    def hex(self, length: int) -> str:
        """`length` hexadecimal digits, for container ids and the like."""
        return f"{self._random.getrandbits(4 * length):0{length}x}"

    def uniform(self, low: float, high: float) -> float:
        return self._random.uniform(low, high)

    def below(self, limit: int) -> int:
        return self._random.randrange(limit)

    def choice(self, options: Sequence[T]) -> T:
        return self._random.choice(options)

    def chance(self, probability: float) -> bool:
        return self._random.random() < probability
