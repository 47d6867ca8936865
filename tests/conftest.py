"""Shared ground of all tests: a data folder of their own, and the programs they need, which must be there in CI."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

_folder = tempfile.mkdtemp(prefix="orrery-test-")
os.environ["DATA_DIR"] = _folder
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "explorer.settings")


def pytest_sessionfinish(session: pytest.Session) -> None:
    shutil.rmtree(_folder, ignore_errors=True)


@pytest.fixture(scope="session")
def django_db_modify_db_settings() -> None:
    """A database in a file: the revision log has connections of its own."""
    from django.conf import settings

    settings.DATABASES["default"].setdefault("TEST", {})["NAME"] = str(Path(_folder) / "test.sqlite3")


@pytest.fixture(scope="session")
def postgresql(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a PostgreSQL server of this session's own."""
    from tests.services import PostgreSQL, needed

    with PostgreSQL(tmp_path_factory.mktemp("postgresql"), needed("initdb")) as url:
        yield url


@pytest.fixture(scope="session")
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a Redis server of this session's own."""
    from tests.services import Redis, needed

    with Redis(tmp_path_factory.mktemp("redis"), needed("redis-server")) as url:
        yield url


@pytest.fixture(scope="session")
def kubectl() -> Path:
    """The real kubectl."""
    from tests.services import needed

    return needed("kubectl")
