"""The real kubectl, command by command: a long session in which every command must succeed as on a real cluster.

The commands stand in session.txt, one a line, in their order; the manifests that they name in manifests/.
"""

import shlex
import subprocess
from pathlib import Path

import pytest

from tests.services import find

pytestmark = [pytest.mark.server, pytest.mark.kubectl, pytest.mark.slow]
HERE = Path(__file__).parent
COMMANDS = [line for line in (HERE / "session.txt").read_text().splitlines() if line and not line.startswith("#")]


def test_the_session_is_long_enough_to_mean_something() -> None:
    assert len(COMMANDS) >= 150


def test_every_command_of_the_session_succeeds(kubeconfig: Path, tmp_path: Path) -> None:
    kubectl = find("kubectl")
    assert kubectl is not None
    for manifest in (HERE / "manifests").iterdir():
        (tmp_path / manifest.name).write_text(manifest.read_text())
    environment = {"KUBECONFIG": str(kubeconfig), "HOME": str(tmp_path), "PATH": "/usr/bin:/bin"}
    failed = []
    for line in COMMANDS:
        command = [str(kubectl), *shlex.split(line)]
        done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120, stdin=subprocess.DEVNULL, check=False)
        if done.returncode:
            failed.append(f"kubectl {line}\n    {done.stderr.strip()[:500]}")
    assert not failed, "\n".join(failed)
