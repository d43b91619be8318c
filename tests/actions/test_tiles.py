"""What the log offers to be checked by: tiles and bundles of what is published, and not a hash more."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from sqlalchemy import Engine, select, text

from ledger.actions.ledger import Ledger
from ledger.actions.tiles import resource
from ledger.proof.merkle import Damaged, leaf_hash
from ledger.proof.tiles import Tile, bundles_at, parse_entry_bundle, resources_at
from ledger.store import tables as t
from ledger.store.database import reading, writing
from tests.actions.scene import ledger_on
from tests.filling import fill
from tests.proof.trees import reader_over

SIZE = 600  # two full tiles, a partial one, and one of level 1 that is two hashes wide
Offered = Callable[[Tile, int], bytes | None]


@pytest.fixture
def ledger(engine: Engine) -> Ledger:
    return ledger_on(engine)


def leaves_of(engine: Engine) -> list[bytes]:
    with reading(engine) as connection:
        return list(connection.scalars(select(t.entry.c.leaf).order_by(t.entry.c.index)))


@pytest.fixture
def offered(ledger: Ledger) -> Offered:
    """A resource of a log of 600 entries, as offered at a published size."""
    fill(ledger.engine, SIZE)

    def ask(tile: Tile, published_size: int) -> bytes | None:
        with ledger.read() as look:
            return resource(look, tile, published_size)

    return ask


def test_all_that_a_tree_of_any_size_has_is_offered_and_right(ledger: Ledger, offered: Offered) -> None:
    leaves = leaves_of(ledger.engine)
    hashes = [leaf_hash(leaf) for leaf in leaves]
    for size in (1, 2, 255, 256, 257, 511, 512, 513, SIZE):
        tree = reader_over(hashes[:size])
        for tile in resources_at(size):
            assert tile.level is not None
            row = tree(tile.level, tile.n)
            assert offered(tile, size) == b"".join(row), (size, tile)
            assert len(row) == tile.width
        for bundle in bundles_at(size):
            data = offered(bundle, size)
            assert data is not None
            first = bundle.n * 256
            assert parse_entry_bundle(data, bundle.width) == leaves[first : first + bundle.width]


@pytest.mark.parametrize("size", [1, 2, 255, 256, 257, 511, 512, 513])
def test_nothing_beyond_the_published_size_is_offered_though_the_log_holds_it(offered: Offered, size: int) -> None:
    for tile in [*resources_at(size), *bundles_at(size)]:
        more = replace(tile, width=tile.width + 1) if tile.width < 256 else replace(tile, n=tile.n + 1, width=1)
        if not more.exists_at(size):
            assert offered(more, size) is None, more
        assert offered(replace(tile, width=256), size) is None or tile.exists_at(size)
    top = max(tile.level or 0 for tile in resources_at(size))
    assert offered(Tile(top + 1, 0, 1), size) is None
    assert offered(Tile(63, 10**17, 1), size) is None
    assert offered(Tile(None, size // 256, size % 256 + 1), size) is None


def test_nothing_is_offered_of_a_log_that_is_published_empty(offered: Offered) -> None:
    assert [offered(Tile(level, 0, 1), 0) for level in (None, 0, 1)] == [None] * 3


@pytest.mark.parametrize(("level", "widths"), [(0, (1, 2, 100, 255)), (None, (1, 2, 100, 255)), (1, (1, 2))])
def test_a_partial_tile_is_the_beginning_of_the_full_one_for_ever(
    offered: Offered, level: int | None, widths: tuple[int, ...]
) -> None:
    last = {0: 256, None: 256, 1: 2}[level]
    whole = offered(Tile(level, 0, last), SIZE)
    assert whole is not None
    for width in widths:
        part = offered(Tile(level, 0, width), SIZE)
        assert part is not None
        assert whole.startswith(part)
        assert part == offered(Tile(level, 0, width), width if level != 1 else 256 * width)


def test_roots_of_full_tiles_are_worked_out_once(ledger: Ledger, offered: Offered) -> None:
    assert ledger.tile_roots == {}
    first = offered(Tile(1, 0, 2), SIZE)
    assert set(ledger.tile_roots) == {(0, 0), (0, 1)}
    assert offered(Tile(1, 0, 2), SIZE) == first


def test_what_is_not_all_there_is_not_offered_as_if_it_were(ledger: Ledger, offered: Offered) -> None:
    with writing(ledger.engine) as connection:
        if connection.dialect.name == "postgresql":
            for table in t.GUARDED:
                connection.exec_driver_sql(f"ALTER TABLE {table.name} DISABLE TRIGGER ALL")
        else:
            for name in connection.scalars(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).all():
                connection.exec_driver_sql(f"DROP TRIGGER {name}")
        connection.execute(t.disclosure.delete().where(t.disclosure.c.entry == 598))
        connection.execute(t.entry.delete().where(t.entry.c.index == 598))
    for tile in (Tile(None, 2, 88), Tile(0, 2, 88)):
        with pytest.raises(Damaged, match=r"87 of its 88 parts"):
            offered(tile, SIZE)
