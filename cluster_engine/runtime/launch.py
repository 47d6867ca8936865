"""From a container's command to the program that runs: entrypoints, search path, and what a runtime says when there is none.

Models runc's start and the `command`/`args` rules of pods.
"""

import posixpath
from collections.abc import Mapping

from cluster_engine.runtime.box import Box
from cluster_engine.runtime.cri import ContainerConfig, CriError
from cluster_engine.runtime.image import Image
from cluster_engine.runtime.programs import Program
from cluster_engine.runtime.programs.generic import UNKNOWN
from cluster_engine.runtime.rootfs import installed

WRAPPERS = frozenset({"docker-entrypoint.sh", "entrypoint.sh", "tini", "dumb-init", "httpd-foreground", "run.sh"})


def command_of(config: ContainerConfig, image: Image) -> tuple[str, ...]:
    """The words of the first process: `command` replaces the entrypoint and drops the image's arguments."""
    if config.command:
        return config.command + config.args
    return image.entrypoint + (config.args or image.command)


def program_for(argv: tuple[str, ...], box: Box, programs: Mapping[str, Program], executing: bool = False) -> Program:
    """The program that a command starts. Raises CriError as runc words it when the image has no such file."""
    words = argv
    while len(words) > 1 and posixpath.basename(words[0]) in WRAPPERS and not executing:
        words = tuple(word for word in words[1:] if word not in ("--", "-g", "-s"))
    if not words:
        raise CriError("InvalidArgument", "failed to generate container spec: no command specified", "CreateContainerError")
    name = posixpath.basename(words[0])
    if not box.image.known and not executing and (name not in programs or words == box.image.entrypoint):
        return UNKNOWN
    if name in programs and (name in installed(box) or words[0] in (*box.image.entrypoint, *box.image.command)):
        return programs[name]
    if not box.image.known and not executing:
        return UNKNOWN
    raise missing(words[0], executing)


def missing(word: str, executing: bool) -> CriError:
    """There is no such program in the image."""
    where = "no such file or directory" if word.startswith("/") else "executable file not found in $PATH"
    said = f"stat {word}: no such file or directory" if word.startswith("/") else where
    inner = (
        f'OCI runtime exec failed: exec failed: unable to start container process: exec: "{word}": {said}: unknown'
        if executing
        else (
            f"failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: "
            f'unable to start container process: error during container init: exec: "{word}": {said}: unknown'
        )
    )
    return CriError("Unknown", inner, "RunContainerError")
