"""Which entries made a line count, or count no longer: the turning points of rows between two log sizes.

A line moves for one of two reasons. Its own rows changed: then the entries that closed or opened them are responsible.
Or what is joined to it changed (a party's class, a patent's standing, a claim, a centre's region): then those are.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, and_, select, tuple_

from ledger.store import tables as t
from ledger.store.judging import TABLES
from ledger.store.lines import parties_of

Key = tuple[int, int]  # (entry, line)
CHUNK = 300


def responsible(connection: Connection, family: str, moved: Sequence[Key], *, since: int, until: int) -> set[int]:
    """The entries between the sizes `since` and `until` that moved these lines (or parts) of a family."""
    found: set[int] = set()
    for start in range(0, len(moved), CHUNK):
        keys = moved[start : start + CHUNK]
        explained: set[Key] = set()
        for key, index in _own_turns(connection, family, keys, since, until):
            explained.add(key)
            found.add(index)
        found |= _joined_turns(connection, family, [key for key in keys if key not in explained], since, until)
    return found


def _own_turns(connection: Connection, family: str, keys: Sequence[Key], since: int, until: int) -> Iterable[tuple[Key, int]]:
    table = TABLES[family]
    has_lines = "line" in table.c
    if family == "output":
        # An output is one thing however many entries report on it: any of them may have moved it.
        yield from _output_turns(connection, keys, since, until)
        return
    own = tuple_(table.c.entry, table.c.line).in_(keys) if has_lines else table.c.entry.in_([entry for entry, _ in keys])
    for row in _turned(connection, table, own, since, until):
        yield (row.entry, row.line if has_lines else 1), row.turned
    if family == "deal":
        part = t.deal_part
        # A part moves with its own entry, and the line that it changes moves with it.
        for row in _turned(connection, part, tuple_(part.c.entry, part.c.line).in_(keys), since, until):
            yield (row.entry, row.line), row.turned
        for row in _turned(connection, part, tuple_(part.c.deal, part.c.line).in_(keys), since, until):
            yield (row.deal, row.line), row.turned


def _output_turns(connection: Connection, keys: Sequence[Key], since: int, until: int) -> Iterable[tuple[Key, int]]:
    table = t.output_line
    named = connection.execute(
        select(table.c.entry, table.c.centre, table.c.type, table.c.ref_no)
        .where(table.c.entry.in_([e for e, _ in keys]))
        .distinct()
    ).all()
    for row in named:
        history = and_(table.c.centre == row.centre, table.c.type == row.type, table.c.ref_no == row.ref_no)
        for turn in _turned(connection, table, history, since, until):
            yield (row.entry, 1), turn.turned


def _joined_turns(connection: Connection, family: str, keys: Sequence[Key], since: int, until: int) -> set[int]:
    if not keys:
        return set()
    table = TABLES[family]
    entries = {entry for entry, _ in keys}
    if family == "deal":
        part = t.deal_part.c
        entries |= set(connection.execute(select(part.deal).where(part.entry.in_(entries))).scalars())
    lines = connection.execute(select(table).where(table.c.entry.in_(entries))).all()
    parties: set[str] = set()
    for row in lines:
        if family == "deal":
            parties.update(parties_of(connection, row.grantors), parties_of(connection, row.grantees))
        parties.update(value for name in ("borrower", "party_id") if (value := getattr(row, name, None)))
    if family == "activity":
        person = t.attendee.c
        employers = connection.execute(select(person.employer).where(person.entry.in_(entries), person.employer.is_not(None)))
        parties.update(employers.scalars())

    def values(name: str) -> list[Any]:
        return sorted({value for row in lines if (value := getattr(row, name, None)) is not None})

    joined: list[tuple[Table, ColumnElement[bool]]] = [
        (t.party_line, t.party_line.c.party_id.in_(sorted(parties))),
        (t.centre_row, t.centre_row.c.code.in_(values("centre"))),
        (t.in_force, t.in_force.c.patent_id.in_(values("patent_id"))),
        (t.claim, t.claim.c.fingerprint.in_(values("fingerprint"))),
        (t.pool_line, t.pool_line.c.pool_id.in_(values("pool_id"))),
    ]
    return {row.turned for source, which in joined for row in _turned(connection, source, which, since, until)}


def _turned(connection: Connection, table: Table, which: ColumnElement[bool], since: int, until: int) -> Iterable[Any]:
    """Rows that began or ceased to stand between the sizes, with the entry at which they `turned`."""
    for column in (table.c.since, table.c.until):
        query = select(table, (column - 1).label("turned")).where(which, column > since, column <= until)
        yield from connection.execute(query)
