"""Programs: what simulated containers run. One small file a program.

Checklist for a new one: a module here with `PROGRAMS` (instances of `Program`, each with the command names that start it) and
`IMAGES` (the images that bring it, with sizes, tags that exist, entrypoint and ports). It is found by itself.
"""

import importlib
import pkgutil
from functools import lru_cache

from cluster_engine.runtime.image import Image
from cluster_engine.runtime.programs.program import Program
from cluster_engine.runtime.registry import Registry


@lru_cache(maxsize=1)
def programs() -> dict[str, Program]:
    """Every program by the names of its commands."""
    return {name: program for module in _modules() for program in getattr(module, "PROGRAMS", ()) for name in program.names}


@lru_cache(maxsize=1)
def _images() -> tuple[Image, ...]:
    return tuple(image for module in _modules() for image in getattr(module, "IMAGES", ()))


def registry() -> Registry:
    """The registries of the world with every image that the programs here bring."""
    return Registry.of(_images())


def _modules() -> list[object]:
    return [importlib.import_module(f"{__name__}.{found.name}") for found in sorted(pkgutil.iter_modules(__path__), key=lambda m: m.name)]


__all__ = ["Program", "programs", "registry"]
