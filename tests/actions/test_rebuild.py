"""Rows made anew from the entries are those that were there, whatever had become of them."""

from typing import Any

import pytest
from sqlalchemy import Engine, delete, select, update

from ledger.actions import rebuild as rebuilding
from ledger.actions.ledger import Ledger
from ledger.actions.rebuild import rebuild
from ledger.store import lines
from ledger.store import tables as t
from tests.actions.scene import ledger_on, play

Rows = dict[str, set[tuple[Any, ...]]]


@pytest.fixture
def ledger(engine: Engine) -> Ledger:
    opened = ledger_on(engine)
    play(opened)
    return opened


def rows(ledger: Ledger) -> Rows:
    with ledger.engine.connect() as connection:
        return {table.name: {tuple(row) for row in connection.execute(select(table))} for table in t.DERIVED}


def wreck(ledger: Ledger) -> None:
    with ledger.engine.begin() as connection:
        connection.execute(delete(t.mention))
        connection.execute(update(t.deal_line).values(amount=1, until=5))
        connection.execute(delete(t.party_line))


@pytest.mark.parametrize("chunk", [1, 7, 1000])
def test_rows_made_anew_are_those_that_were_written_entry_by_entry(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch, chunk: int
) -> None:
    before = rows(ledger)
    assert all(before.values()), "the scene leaves a table empty"
    wreck(ledger)
    assert rows(ledger) != before
    monkeypatch.setattr(rebuilding, "CHUNK", chunk)
    seen: list[tuple[int, int]] = []
    size = rebuild(ledger, lambda done, total: seen.append((done, total)))
    assert rows(ledger) == before
    assert seen[-1] == (size, size)


def test_a_rebuild_that_fails_leaves_everything_as_it_was(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    before = rows(ledger)
    apply = lines.apply

    def fail_later(connection: Any, taken: Any) -> None:
        if taken[0].entry.index:
            raise RuntimeError("the disk is full")
        apply(connection, taken)

    monkeypatch.setattr(rebuilding, "CHUNK", 7)
    monkeypatch.setattr(lines, "apply", fail_later)
    with pytest.raises(RuntimeError):
        rebuild(ledger)
    assert rows(ledger) == before
