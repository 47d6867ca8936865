"""The commands that every base system has, whatever its image."""

from cluster_engine.runtime.programs import awk, coreutils, files, processes, texts

COMMANDS = frozenset(
    {*coreutils.BODIES, *files.BODIES, *texts.BODIES, *processes.BODIES, *(name for program in awk.PROGRAMS for name in program.names), "getent"}
)
