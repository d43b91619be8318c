"""How long what was recorded waits to be published, also where the clock tells otherwise."""

import time
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from sqlalchemy import Engine

from ledger.actions import lag as lags
from ledger.actions.lag import Lag, lag
from ledger.actions.ledger import Ledger
from ledger.actions.publish import publish
from tests.actions.publishing import FOUND, founded, grow


@pytest.fixture
def ledger(engine: Engine, tmp_path: Path) -> Ledger:
    return founded(tmp_path, engine)


def seen(ledger: Ledger) -> Lag:
    with ledger.read() as reading:
        return lag(reading)


def test_what_is_published_waits_for_nothing_and_what_is_not_by_its_own_instant(ledger: Ledger) -> None:
    publish(ledger)
    assert seen(ledger) == Lag(FOUND, FOUND, 0.0)
    grow(ledger, 1)
    later = replace(ledger, clock=lambda: ledger.clock() + timedelta(seconds=90))
    assert seen(later).size == FOUND + 1
    assert 89 < seen(later).waiting_seconds < 92


def test_entries_of_a_clock_that_ran_ahead_wait_from_when_they_were_seen(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    publish(ledger)
    grow(replace(ledger, clock=lambda: ledger.clock() + timedelta(days=2)), 1)
    assert seen(ledger).waiting_seconds < 5
    now = time.monotonic()
    monkeypatch.setattr(lags, "time", SimpleNamespace(monotonic=lambda: now + 300))
    assert seen(ledger).waiting_seconds >= 300
    publish(ledger)
    assert seen(ledger).waiting_seconds == 0
    grow(ledger, 1)
    assert seen(ledger).waiting_seconds < 5
