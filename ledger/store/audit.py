"""Everything as it lies in the tables, read without believing any of it: for `pool-ledger check`.

Columns are read untyped, as the driver hands them over, and put into one plain form: a day is its ISO text, a truth value a
number, whatever the database; so a value that no writer of ours could have stored is read like any other and then compared.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, Select, Table, except_, exists, func, select, type_coerce
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


def heads(connection: Connection) -> list[RawHead]:
    """One, where nobody has altered that."""
    rows = connection.execute(select(*_untyped(t.log_head, RawHead.__slots__)).limit(CHUNK))
    return [RawHead(*map(plain, row)) for row in rows]


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


def disclosed(connection: Connection, indices: Sequence[int]) -> list[tuple[Any, Any, Any, Any]]:
    """(index, centre, seq, disclosure) of the entries with these indices, in log order."""
    query = (
        select(*_untyped(t.entry, ("index", "centre", "seq")), type_coerce(t.disclosure.c.disclosure, NullType()))
        .join(t.disclosure, t.disclosure.c.entry == t.entry.c.index)
        .where(t.entry.c.index.in_(indices))
        .order_by(t.entry.c.index)
    )
    return [(row[0], row[1], row[2], row[3]) for row in connection.execute(query)]


def entries_about(connection: Connection, what: str, values: Sequence[str]) -> list[int]:
    """Indices of the entries whose subject is one of these things, ascending, by the mentions as they lie."""
    c = t.mention.c
    found: set[int] = set()
    for start in range(0, len(values), CHUNK):
        query = select(c.entry).where(c.what == what, c.value.in_(values[start : start + CHUNK]), c.is_subject)
        found.update(connection.execute(query).scalars())
    return sorted(found)


def last_index(connection: Connection) -> int:
    """The index of the last entry; -1 without any."""
    found = connection.execute(select(type_coerce(func.max(t.entry.c.index), NullType()))).scalar()
    return found if isinstance(found, int) else -1


# --- signed ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class RawCheckpoint:
    size: Any
    root: Any
    note: Any
    signed_at: Any


@dataclass(frozen=True, slots=True)
class RawCosignature:
    """With note and instant of the checkpoint of its size (None where there is none)."""

    size: Any
    witness: Any
    line: Any
    received_at: Any
    note: Any
    signed_at: Any


@dataclass(frozen=True, slots=True)
class RawPublication:
    """With the instant of the checkpoint of its size (None where there is none)."""

    size: Any
    published_at: Any
    signed_at: Any


def checkpoints(connection: Connection) -> Iterator[RawCheckpoint]:
    """All checkpoints by size, some hundreds in memory at a time."""
    query = select(*_untyped(t.checkpoint, RawCheckpoint.__slots__)).order_by(t.checkpoint.c.size).limit(CHUNK)
    rows = connection.execute(query).all()
    while rows:
        found = [RawCheckpoint(*map(plain, row)) for row in rows]
        yield from found
        rows = connection.execute(query.where(t.checkpoint.c.size > type_coerce(found[-1].size, NullType()))).all()


def cosignatures(connection: Connection) -> Iterator[RawCosignature]:
    """All cosignatures by size, streamed."""
    query = (
        select(*_untyped(t.cosignature, ("size", "witness", "line", "received_at")), *_untyped(t.checkpoint, ("note", "signed_at")))
        .outerjoin_from(t.cosignature, t.checkpoint, t.checkpoint.c.size == t.cosignature.c.size)
        .order_by(t.cosignature.c.size, t.cosignature.c.witness)
        .execution_options(yield_per=CHUNK)
    )
    for row in connection.execute(query):
        yield RawCosignature(*map(plain, row))


def publications(connection: Connection) -> Iterator[RawPublication]:
    """All publications by size, streamed."""
    query = (
        select(*_untyped(t.publication, ("size", "published_at")), *_untyped(t.checkpoint, ("signed_at",)))
        .outerjoin_from(t.publication, t.checkpoint, t.checkpoint.c.size == t.publication.c.size)
        .order_by(t.publication.c.size)
        .execution_options(yield_per=CHUNK)
    )
    for row in connection.execute(query):
        yield RawPublication(*map(plain, row))


def unpublished(connection: Connection) -> Iterator[Any]:
    """Sizes of checkpoints that were not published, streamed."""
    query = (
        select(*_untyped(t.checkpoint, ("size",)))
        .where(~exists().where(t.publication.c.size == t.checkpoint.c.size))
        .order_by(t.checkpoint.c.size)
    )
    yield from connection.execute(query.execution_options(yield_per=CHUNK)).scalars()


# --- rows ------------------------------------------------------------------------------------------------------------


def rows(connection: Connection, table: Table) -> Iterator[dict[str, Any]]:
    """Every row of a table, its columns by name, streamed."""
    return _rows(connection, table, select(*_untyped(table, table.columns.keys())).order_by(*table.primary_key))


def rows_of(connection: Connection, table: Table, column: str, values: Sequence[Any]) -> Iterator[dict[str, Any]]:
    """The rows of a table that have one of these values in a column."""
    query = select(*_untyped(table, table.columns.keys())).where(table.c[column].in_(values))
    return _rows(connection, table, query.order_by(*table.primary_key))


def in_force_of_nothing(connection: Connection) -> Iterator[dict[str, Any]]:
    """Days in force of patents that no entry is about, by the mentions as they lie."""
    about = t.mention.c.what == "patent", t.mention.c.value == t.in_force.c.patent_id, t.mention.c.is_subject
    query = select(*_untyped(t.in_force, t.in_force.columns.keys())).where(~exists().where(*about))
    return _rows(connection, t.in_force, query)


def _rows(connection: Connection, table: Table, query: Select[Any]) -> Iterator[dict[str, Any]]:
    names = table.columns.keys()
    for row in connection.execute(query.execution_options(yield_per=CHUNK)):
        yield dict(zip(names, map(plain, row), strict=True))


def count(connection: Connection, table: Table) -> int:
    return connection.execute(select(func.count()).select_from(table)).scalar_one()


def fingerprints_of_several(connection: Connection) -> list[str]:
    """Fingerprints that lines of several centres bear or ever bore, or that a claim names."""
    c = t.deal_line.c
    borne = select(c.fingerprint).where(c.fingerprint.is_not(None)).group_by(c.fingerprint)
    by_several = borne.having(func.min(c.centre) != func.max(c.centre))
    return list(connection.execute(by_several.union(select(t.claim.c.fingerprint))).scalars())


def sets_of_nothing(connection: Connection) -> list[str]:
    """Lists of parties that are no side of any deal line."""
    c = t.deal_line.c
    return list(connection.execute(except_(select(t.party_set.c.set), select(c.grantors), select(c.grantees))).scalars())
