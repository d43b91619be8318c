"""One stage for all attacks, in this process; and the real server before it, for what only a server meets."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger.web import limits
from tests.attacks.files import Desk, desk_of
from tests.attacks.slow import LITTLE_ROOM, SETTINGS, Siege, besieged, served
from tests.attacks.stage import Stage, set_up
from tests.attacks.wire import Wire
from tests.web.service import gunicorn


@pytest.fixture(scope="module")
def stage(migrated_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    path = shutil.copyfile(migrated_file, tmp_path_factory.mktemp("attacks") / "ledger.db")
    with set_up(f"sqlite:///{path}") as made:
        yield made


@pytest.fixture(autouse=True)
def counted_anew(stage: Stage) -> None:
    """One attack's failures are not held against the next: addresses share drawers, and by a new salt in every run others."""
    stage.service.app.extensions[limits._EXTENSION] = limits.Limits()


@pytest.fixture(scope="module")
def wire(stage: Stage) -> Iterator[Wire]:
    with gunicorn(stage.service) as port:
        yield Wire(port, stage)


@pytest.fixture(scope="module")
def siege(stage: Stage, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Siege]:
    with besieged(stage, tmp_path_factory.mktemp("siege")) as over:
        yield over


@pytest.fixture(scope="module")
def little_room(stage: Stage, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Stage, int]]:
    with served(stage, tmp_path_factory.mktemp("room"), SETTINGS + LITTLE_ROOM) as port:
        yield stage, port


@pytest.fixture(scope="module")
def desk(stage: Stage, tmp_path_factory: pytest.TempPathFactory) -> Desk:
    return desk_of(stage, tmp_path_factory.mktemp("desk"))
