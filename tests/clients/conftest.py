"""A real server with a living cluster, as programs that were written for Kubernetes see it: by a kubeconfig and nothing else."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.running import RunningServer


@pytest.fixture(scope="session")
def kubeconfig(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The kubeconfig of the cluster `demo`."""
    folder = tmp_path_factory.mktemp("clients")
    with RunningServer(folder / "data") as running:
        file = folder / "kubeconfig"
        file.write_text(running.manage("kubeconfig", "demo"))
        yield file
