"""Real applications, which this project did not write, become Ready through kubectl; where they are absent, our own samples do."""

import json
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.running import RunningServer
from tests.services import find

pytestmark = [pytest.mark.server, pytest.mark.kubectl]
ROOT = Path(__file__).resolve().parents[2]
THEIRS, OURS = ROOT.parent / "shared" / "manifests", ROOT / "explorer" / "pages" / "samples"
APPLICATIONS = sorted((THEIRS if THEIRS.is_dir() else OURS).glob("*.yaml"))


@pytest.fixture(scope="module")
def kubeconfig(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A cluster of its own whose clock runs twenty times as fast: images are large, and their pulls take their time."""
    folder = tmp_path_factory.mktemp("manifests")
    with RunningServer(folder / "data") as running:
        running.manage("clock", "demo", "--rate", "20")
        yield running.kubeconfig()


def kubectl(kubeconfig: Path, *arguments: str) -> str:
    program = find("kubectl")
    assert program is not None
    done = subprocess.run([str(program), "--kubeconfig", str(kubeconfig), *arguments], capture_output=True, text=True, timeout=180, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def unready(kubeconfig: Path, namespace: str) -> list[str]:
    """Pods that are not Ready, and workloads that have too few of them."""
    found = []
    for item in json.loads(kubectl(kubeconfig, "-n", namespace, "get", "deployments,statefulsets", "-o", "json"))["items"]:
        if item["status"].get("readyReplicas", 0) != item["spec"]["replicas"]:
            found.append(item["metadata"]["name"])
    return found


@pytest.mark.parametrize("file", APPLICATIONS, ids=lambda f: f.stem)
def test_an_application_becomes_ready(kubeconfig: Path, file: Path) -> None:
    namespace = f"app-{file.stem}"
    kubectl(kubeconfig, "create", "namespace", namespace)
    kubectl(kubeconfig, "-n", namespace, "apply", "-f", str(file))
    end = time.monotonic() + 150
    while waiting := unready(kubeconfig, namespace):
        assert time.monotonic() < end, f"not ready: {waiting}"
        time.sleep(0.2)
    kubectl(kubeconfig, "delete", "namespace", namespace)
