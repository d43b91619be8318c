"""A service of a module's own for tests that change nothing, and a fresh one for those that do."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.web.service import Service, played


@pytest.fixture(scope="module")
def house(migrated_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """On SQLite, shared by a module: whoever asks for it writes nothing."""
    path = shutil.copyfile(migrated_file, tmp_path_factory.mktemp("house") / "ledger.db")
    with played(f"sqlite:///{path}") as service:
        size = service.size
        yield service
        assert service.size == size, "a test of this module has written to the shared ledger"


@pytest.fixture
def service(database_url: str) -> Iterator[Service]:
    """Fresh, on each engine."""
    with played(database_url) as service:
        yield service
