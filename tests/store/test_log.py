"""The log in rows: entries that have their places, and the tree at every size that it ever had."""

from datetime import timedelta

import pytest
from sqlalchemy import Engine, func, select

from ledger.facts.days import micros
from ledger.proof.merkle import EMPTY_ROOT, TILE_WIDTH
from ledger.store import log
from ledger.store import tables as t
from ledger.store.database import reading, writing
from tests.actions.scene import NOW, found, ledger_on, patent, say
from tests.store.truth import replayed, rows_follow_from_the_entries, the_log_is_whole

FOUND = 10  # entries of the scene
LONG = 2 * TILE_WIDTH + 3


@pytest.mark.slow
def test_a_log_longer_than_two_tiles_is_whole_at_every_size(engine: Engine) -> None:
    ledger = ledger_on(engine)
    found(ledger)
    for start in range(0, LONG - FOUND, 100):  # so that tiles fill up inside batches, and at their ends
        say(ledger, "recorder", "c1", *(patent(number) for number in range(start, min(start + 100, LONG - FOUND))))
    with reading(engine) as connection:
        entries = list(log.walk(connection, LONG))
        the_log_is_whole(connection, entries)
        rows_follow_from_the_entries(connection, replayed(entries))
        held = {tuple(row) for row in connection.execute(select(t.tile.c.level, t.tile.c.n))}
    assert held == {(0, 0), (0, 1)}  # full ones only: the rest is worked out from the leaves


def test_a_walk_can_begin_anywhere(engine: Engine) -> None:
    found(ledger_on(engine))
    with reading(engine) as connection:
        assert [entry.index for entry in log.walk(connection, FOUND, 7)] == [7, 8, 9]
        assert [entry.index for entry in log.walk(connection, 3)] == [0, 1, 2]
        assert sorted(log.entries_in(connection, [9, 2, 2, FOUND, -1])) == [2, 9]


def test_an_instant_means_the_entries_recorded_up_to_it(engine: Engine) -> None:
    found(ledger_on(engine))
    with reading(engine) as connection:
        at = [log.recorded_at(connection, size) for size in range(1, FOUND + 1)]
        assert at == [micros(NOW + timedelta(microseconds=number)) for number in range(FOUND)]
        assert [log.size_at(connection, instant or 0) for instant in at] == list(range(1, FOUND + 1))
        assert log.size_at(connection, micros(NOW) - 1) == 0
        assert log.size_at(connection, micros(NOW) + 10**12) == FOUND


def test_an_empty_log_has_a_root_and_no_instant(engine: Engine) -> None:
    with reading(engine) as connection:
        assert log.root(connection, 0) == log.read_head(connection).root == EMPTY_ROOT
        assert log.recorded_at(connection, 0) is None
        assert list(log.walk(connection, 0)) == []


def test_entries_out_of_their_places_are_not_appended(engine: Engine) -> None:
    ledger = ledger_on(engine)
    found(ledger)
    with reading(engine) as connection:
        last = log.entries_in(connection, [FOUND - 1])[FOUND - 1]
    with pytest.raises(AssertionError, match="in order"), writing(engine) as connection:
        log.append(connection, log.lock_head(connection), [last], log.stream_ends(connection, [last.centre]))
    with engine.connect() as connection:
        assert connection.execute(select(func.count()).select_from(t.entry)).scalar_one() == FOUND
