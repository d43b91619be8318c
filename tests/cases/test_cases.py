"""The worked cases, played on both databases through the actions, and over HTTP."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from ledger.actions.ledger import Ledger
from ledger.app import create_app
from ledger.config import Settings
from tests.cases.doors import Actions, Http
from tests.cases.player import FILES, PROGRAMMES, Case, load, play
from tests.web.service import Service


@pytest.fixture
def ledger(database_url: str) -> Iterator[Ledger]:
    opened = Ledger.open(Settings(database_url=database_url, programmes=(PROGRAMMES,)))
    yield opened
    opened.engine.dispose()


@pytest.mark.parametrize("path", [pytest.param(path, id=path.stem) for path in FILES])
def test_a_worked_case_comes_out_as_worked(path: Path, ledger: Ledger) -> None:
    play(load(path), Actions(ledger))


@pytest.mark.parametrize("path", [pytest.param(path, id=path.stem) for path in FILES])
def test_a_worked_case_comes_out_the_same_over_http(path: Path, sqlite_url: str) -> None:
    service = Service(create_app(Settings(database_url=sqlite_url, programmes=(PROGRAMMES,))))
    try:
        play(load(path), Http(service))
    finally:
        service.ledger.engine.dispose()


def test_a_case_that_is_off_by_one_is_caught(sqlite_url: str) -> None:
    """The player tells what differs and where: a player that passes everything would prove nothing."""
    case = load(FILES[0])
    at = next(number for number, step in enumerate(case.steps) if "read" in step)
    spoilt = {**case.steps[at], "expect": {**case.steps[at]["expect"], "targets.times.value": "4", "targets.nothing.value": "1"}}
    ledger = Ledger.open(Settings(database_url=sqlite_url, programmes=(PROGRAMMES,)))
    with pytest.raises(AssertionError) as told:
        play(replace(case, steps=(*case.steps[:at], spoilt)), Actions(ledger))
    ledger.engine.dispose()
    assert "targets.times.value: expected '4', got '3'" in str(told.value)
    assert "targets.nothing.value: expected '1', and nothing is there" in str(told.value)


def test_a_refusal_that_does_not_come_is_caught(sqlite_url: str) -> None:
    case = load(FILES[0])
    at = next(number for number, step in enumerate(case.steps) if step.get("kind") == "licence")
    spoilt = {**case.steps[at], "refused": {"status": 409}}
    ledger = Ledger.open(Settings(database_url=sqlite_url, programmes=(PROGRAMMES,)))
    with pytest.raises(AssertionError, match="to be refused"):
        play(Case(case.title, case.office, (*case.steps[:at], spoilt)), Actions(ledger))
    ledger.engine.dispose()
