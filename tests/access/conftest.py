"""The house of two provinces, with callers of every sort: made once, on a file that no test of this folder writes to."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.access.house import House, opened


@pytest.fixture(scope="package")
def house(migrated_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    path = shutil.copyfile(migrated_file, tmp_path_factory.mktemp("access") / "ledger.db")
    with opened(f"sqlite:///{path}") as house:
        yield house
