"""Everything as it lies in the tables, read without believing any of it: for `pool-ledger check`.

Columns are read untyped, as the driver hands them over, and put into one plain form: a day is its ISO text, a truth value a
number, whatever the database; so a value that no writer of ours could have stored is read like any other and then compared.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, Table, select, type_coerce
from sqlalchemy.types import NullType

from ledger.store import tables as t

CHUNK = 500


@dataclass(frozen=True, slots=True)
class RawEntry:
    """An entry's row with its disclosure (None where that is missing)."""

    index: Any
    centre: Any
    seq: Any
    kind: Any
    office: Any
    recorded_at: Any
    leaf: Any
    leaf_hash: Any
    disclosure: Any


@dataclass(frozen=True, slots=True)
class RawHead:
    size: Any
    frontier: Any
    recorded_at: Any


def plain(value: Any) -> Any:
    """One form for what two databases store differently."""
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, date):
        return value.isoformat()
    return bytes(value) if isinstance(value, memoryview) else value


def _untyped(table: Table, names: Sequence[str]) -> list[Any]:
    return [type_coerce(table.c[name], NullType()).label(name) for name in names]


def head(connection: Connection) -> RawHead | None:
    row = connection.execute(select(*_untyped(t.log_head, ("size", "frontier", "recorded_at")))).one_or_none()
    return None if row is None else RawHead(*map(plain, row))


def entries(connection: Connection) -> Iterator[RawEntry]:
    """All entries by index, some hundreds in memory at a time."""
    names = [name for name in RawEntry.__slots__ if name != "disclosure"]
    query = (
        select(*_untyped(t.entry, names), type_coerce(t.disclosure.c.disclosure, NullType()))
        .outerjoin_from(t.entry, t.disclosure, t.disclosure.c.entry == t.entry.c.index)
        .order_by(t.entry.c.index)
        .limit(CHUNK)
    )
    rows = connection.execute(query).all()
    while rows:
        found = [RawEntry(*map(plain, row)) for row in rows]
        yield from found
        rows = connection.execute(query.where(t.entry.c.index > found[-1].index)).all()


def disclosures_of_nothing(connection: Connection) -> list[Any]:
    """Disclosures of entries that do not exist."""
    query = select(t.disclosure.c.entry).outerjoin(t.entry, t.disclosure.c.entry == t.entry.c.index)
    return list(connection.execute(query.where(t.entry.c.index.is_(None)).order_by(t.disclosure.c.entry)).scalars())


def tile(connection: Connection, level: int, n: int) -> Any:
    c = t.tile.c
    return plain(connection.execute(select(type_coerce(c.hashes, NullType())).where(c.level == level, c.n == n)).scalar())


def tiles_from(connection: Connection, level: int, n: int) -> list[Any]:
    """The numbers of the stored tiles of a level from n on."""
    c = t.tile.c
    return list(connection.execute(select(c.n).where(c.level == level, c.n >= n).order_by(c.n)).scalars())


def highest_level(connection: Connection) -> int:
    """The highest level of which a tile is stored; -1 without any."""
    return max(connection.execute(select(t.tile.c.level).distinct()).scalars(), default=-1)


def mentions(connection: Connection, first: int, end: int | None) -> Iterator[tuple[Any, str, str, Any]]:
    """(entry, what, value, is_subject) of the entries first … end - 1, or of all from `first` on."""
    c = t.mention.c
    query = select(*_untyped(t.mention, ("entry", "what", "value", "is_subject"))).where(c.entry >= first)
    query = query if end is None else query.where(c.entry < end)
    for row in connection.execute(query.order_by(c.entry)):
        entry, what, value, is_subject = map(plain, row)
        yield entry, what, value, is_subject


def rows(connection: Connection, table: Table) -> Iterator[dict[str, Any]]:
    """Every row of a table, its columns by name, streamed."""
    names = [column.name for column in table.columns]
    query = select(*_untyped(table, names)).order_by(*table.primary_key).execution_options(yield_per=CHUNK)
    for row in connection.execute(query):
        yield dict(zip(names, map(plain, row), strict=True))
