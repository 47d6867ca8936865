"""Every scenario script goes as it says, write by write."""

import pytest

from tests.scenarios.script import SCRIPTS, load, play


@pytest.mark.parametrize("name", sorted(path.stem for path in SCRIPTS.glob("*.yaml")))
def test_the_cluster_does_what_the_script_says(name: str) -> None:
    script = load(SCRIPTS / f"{name}.yaml")
    assert play(script) == (script.get("trace") or "").splitlines()


def test_the_same_seed_gives_the_same_trace() -> None:
    script = load(SCRIPTS / "deployment-rolling-update.yaml")
    assert play(script) == play(script)
