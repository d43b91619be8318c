"""What drills ask for: places to write to, rounds, luck that can be had again, and a tally that reports.

- A test that takes `luck` is a drill: it is run LEDGER_FAULT_ROUNDS times, each time on a fresh place with luck of its own.
- `place` runs a drill on both databases; `sqlite_place` and `postgresql_place` on one. All are copies of one that was founded
  once, so every round begins with the same entries.
"""

import json
import os
import random
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import Engine

from tests.conftest import database
from tests.faults.drill import Counts, Tally
from tests.faults.service import Place, prepare

ROUNDS = int(os.environ.get("LEDGER_FAULT_ROUNDS") or 1)
SEED = os.environ.get("LEDGER_FAULT_SEED") or str(random.SystemRandom().randrange(10**9))
REPORT = os.environ.get("LEDGER_FAULT_REPORT")

SUMS: dict[str, tuple[int, Counts]] = {}  # by drill: rounds, and what they came to


def pytest_report_header() -> str:
    return f"drills: {ROUNDS} rounds each; repeat with: LEDGER_FAULT_SEED={SEED}"


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "luck" in metafunc.fixturenames:
        metafunc.parametrize("fault_round", range(ROUNDS), ids=[f"round{number:02}" for number in range(ROUNDS)])


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for drill, (rounds, counts) in SUMS.items():
        told = " ".join(f"{name}={number}" for name, number in counts.told().items())
        terminalreporter.write_line(f"{drill}: rounds={rounds} {told}")


def drill_of(request: pytest.FixtureRequest) -> str:
    """The name of a drill: file, test, and what it is parametrised with, save the round."""
    base, _, words = request.node.name.partition("[")
    kept = [word for word in words.rstrip("]").split("-") if word and not word.startswith("round")]
    return "-".join([base.removeprefix("test_"), *kept])


@pytest.fixture
def fault_round() -> int:
    return 0


@pytest.fixture
def luck(request: pytest.FixtureRequest, fault_round: int) -> random.Random:
    return random.Random(f"{SEED}/{drill_of(request)}/{fault_round}")


@pytest.fixture
def tally(request: pytest.FixtureRequest, fault_round: int) -> Iterator[Tally]:
    made = Tally(drill_of(request), fault_round)
    yield made
    if not made.added:
        return  # the round failed before it could count, which the test's own result tells
    rounds, counts = SUMS.get(made.drill, (0, Counts()))
    SUMS[made.drill] = rounds + 1, counts + made.counts
    if REPORT:
        line = {"drill": made.drill, "round": made.round, "rounds": 1, "seed": SEED, **made.counts.told()}
        with open(REPORT, "a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")


# --- places ----------------------------------------------------------------------------------------------------------

NUMBERS = count(1)
Copy = Callable[[Path], Place]


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def place(request: pytest.FixtureRequest) -> Place:
    made: Place = request.getfixturevalue(f"{request.param}_place")
    return made


@pytest.fixture
def sqlite_place(founded_file: Place, tmp_path: Path) -> Place:
    return copied(founded_file, f"sqlite:///{shutil.copyfile(founded_file.folder / 'ledger.db', tmp_path / 'ledger.db')}", tmp_path)


@pytest.fixture
def postgresql_place(founded_database: tuple[Engine, str, Place], tmp_path: Path) -> Iterator[Place]:
    admin, template, founded = founded_database
    with database(admin, f"{template}_{next(NUMBERS)}", f"TEMPLATE {template} STRATEGY FILE_COPY") as url:
        yield copied(founded, url, tmp_path)


@pytest.fixture(scope="session")
def founded_file(migrated_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Place:
    folder = tmp_path_factory.mktemp("founded")
    return prepare(f"sqlite:///{shutil.copyfile(migrated_file, folder / 'ledger.db')}", folder, migrated=True)


@pytest.fixture(scope="session")
def founded_database(
    migrated_database: tuple[Engine, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Engine, str, Place]]:
    admin, template = migrated_database
    name = f"{template}_founded"
    with database(admin, name, f"TEMPLATE {template} STRATEGY FILE_COPY") as url:
        yield admin, name, prepare(url, tmp_path_factory.mktemp("founded"), migrated=True)


def copied(founded: Place, url: str, folder: Path) -> Place:
    made = replace(founded, url=url, folder=folder)
    shutil.copyfile(founded.key_file, made.key_file)
    made.key_file.chmod(0o600)
    return made
