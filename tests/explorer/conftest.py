"""The real server, one for all tests that only talk to it."""

from collections.abc import Iterator

import pytest

from tests.running import Api, RunningServer


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    with RunningServer(tmp_path_factory.mktemp("server")) as running:
        running.manage("cluster", "create", "plain", "--template", "bare")
        yield running


@pytest.fixture
def api(server: RunningServer) -> Iterator[Api]:
    """A connection to the API of a cluster without loops' noise, as its administrator."""
    found = server.api("plain")
    yield found
    found.close()
