"""Checkpoints, cosignatures and publications in rows: found by size, kept by one writer at a time. Their guards: `test_guards`."""

import time
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import Any

import pytest
from sqlalchemy import Engine, Table, insert
from sqlalchemy.exc import DBAPIError

from ledger.store import checkpoints
from ledger.store import tables as t
from ledger.store.checkpoints import Signed
from ledger.store.database import connect, reading, writing

SIZES = (3, 8, 250, 251, 700)


def signed(size: int) -> Signed:
    return Signed(size, size.to_bytes(32, "big"), f"the note of {size}\n", 1_000_000 + size)


@pytest.fixture
def kept(engine: Engine) -> Engine:
    for size in SIZES:
        with writing(engine) as tx:
            checkpoints.hold(tx)
            checkpoints.add(tx, signed(size))
    return engine


def test_a_checkpoint_is_found_by_its_size(kept: Engine) -> None:
    with reading(kept) as connection:
        assert [checkpoints.at(connection, size) for size in SIZES] == [signed(size) for size in SIZES]
        assert checkpoints.at(connection, 4) is None


def test_the_newest_is_the_largest(kept: Engine) -> None:
    with reading(kept) as connection:
        assert checkpoints.newest(connection) == signed(700)


def test_before_the_first_there_is_none(engine: Engine) -> None:
    with reading(engine) as connection:
        assert checkpoints.newest(connection) is None
        assert checkpoints.newest_published(connection) is None
        assert checkpoints.published_from(connection, 0) is None
        assert checkpoints.last_cosigned(connection, "w") == 0


@pytest.mark.parametrize(("size", "found"), [(0, 3), (3, 3), (4, 250), (250, 250), (251, 251), (252, None), (701, None)])
def test_an_entry_is_covered_by_the_smallest_published_checkpoint_that_is_large_enough(
    kept: Engine, size: int, found: int | None
) -> None:
    with writing(kept) as tx:
        for published in (3, 250, 251):
            checkpoints.add_publication(tx, published, 7)
    with reading(kept) as connection:
        assert checkpoints.published_from(connection, size) == (None if found is None else signed(found))
        assert checkpoints.newest_published(connection) == signed(251)


def test_cosignatures_are_found_by_size_and_by_witness(kept: Engine) -> None:
    told = {3: ("a",), 250: ("a", "b"), 251: ("b",), 700: ("c",)}
    with writing(kept) as tx:
        for size, witnesses in told.items():
            checkpoints.add_lines(tx, size, {one: f"{one} on {size}\n" for one in witnesses}, 7)
        checkpoints.add_lines(tx, 8, {}, 7)  # nobody is nothing
    with reading(kept) as connection:
        assert checkpoints.lines_of(connection, 250) == {"a": "a on 250\n", "b": "b on 250\n"}
        assert checkpoints.lines_of(connection, 8) == {}
        assert [checkpoints.last_cosigned(connection, one) for one in ("a", "b", "c", "d")] == [250, 251, 700, 0]


def test_who_holds_the_publishing_lock_is_alone(engine: Engine) -> None:
    held, order = Event(), []

    def first() -> None:
        with writing(engine) as tx:
            checkpoints.hold(tx)
            held.set()
            time.sleep(0.2)
            order.append("first")

    def second() -> None:
        assert held.wait(30)
        with writing(engine) as tx:
            checkpoints.hold(tx)
            order.append("second")

    with ThreadPoolExecutor(2) as pool:
        for one in [pool.submit(second), pool.submit(first)]:
            one.result(60)
    assert order == ["first", "second"]


@pytest.mark.postgresql
@pytest.mark.parametrize("table", [t.checkpoint, t.publication], ids=lambda table: table.name)
def test_on_postgresql_nothing_goes_back_between_transactions_that_do_not_see_each_other(postgresql_url: str, table: Table) -> None:
    """Without the service, so without its lock: the guard in the database takes it by itself."""
    engine = connect(postgresql_url)
    larger_is_in, outcome = Event(), []
    rest: dict[str, Any] = {"published_at": 1} if table is t.publication else {"root": b"", "note": "", "signed_at": 1}

    def larger() -> None:
        with engine.begin() as tx:
            tx.execute(insert(table).values(size=20, **rest))
            larger_is_in.set()
            time.sleep(0.3)  # the other one is at its guard meanwhile

    def smaller() -> None:
        assert larger_is_in.wait(30)
        try:
            with engine.begin() as tx:
                tx.execute(insert(table).values(size=10, **rest))
        except DBAPIError as error:
            outcome.append(str(error.orig))

    with ThreadPoolExecutor(2) as pool:
        for one in [pool.submit(smaller), pool.submit(larger)]:
            one.result(60)
    assert len(outcome) == 1
    assert f"append-only: a {table.name} of 10 is not beyond the last one" in outcome[0]
    engine.dispose()
