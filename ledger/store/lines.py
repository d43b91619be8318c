"""The rows that follow from the log, kept up entry by entry: a row that ceases to stand is closed, never changed.

`apply` writes what a `World` found to have changed; `standing` reads the deal lines back that rules and claims look at.
Making all rows anew from the entries is `actions.rebuild`, by this same road.
"""

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import fields
from functools import cache, partial
from typing import Any

from sqlalchemy import Connection, Table, and_, bindparam, select, update
from sqlalchemy.dialects import postgresql, sqlite

from ledger.facts.lines.rows import DealLine, OutputLine, PartyLine, Row
from ledger.facts.mentions import SEPARATOR
from ledger.facts.world import Taken
from ledger.store import tables as t
from ledger.store.tables import OPEN

LONGEST_SET = 160  # characters; a longer list of parties is known by its hash
CHUNK = 400

FIELDS: Mapping[type[Row], tuple[str, ...]] = {
    row: tuple(f.name for f in fields(row) if f.name not in t.LABELS)  # type: ignore[arg-type]
    for row in t.ROW_TABLES
}


def set_key(parties: Sequence[str]) -> str:
    """The name of an ordered list of parties: the list itself where it is short."""
    text = SEPARATOR.join(parties)
    return text if len(text) <= LONGEST_SET else "sha256:" + hashlib.sha256(text.encode()).hexdigest()


def apply(connection: Connection, taken: Sequence[Taken]) -> None:
    """Write the mentions and the changed rows of entries that were just appended."""
    mentions: list[dict[str, Any]] = []
    labels: list[dict[str, Any]] = []
    sets: dict[str, tuple[str, ...]] = {}
    opened: dict[tuple[Any, ...], list[dict[str, Any]]] = {}
    closed: dict[type[Row], list[dict[str, Any]]] = {}
    for one in taken:
        for about, is_subject in ((one.subjects, True), (one.names, False)):
            mentions += [{"what": m.what, "value": m.value, "entry": one.entry.index, "is_subject": is_subject} for m in about]
        for row, is_opened, at in one.changes:
            key = (type(row), *(getattr(row, name) for name in row.KEY))
            if is_opened:
                opened.setdefault(key, []).append(values_of(row) | {"since": at + 1, "until": OPEN})
                if isinstance(row, DealLine):
                    sets |= {set_key(side): side for side in (row.grantors, row.grantees)}
                labels += _labels(row)
            elif key in opened and opened[key][-1]["until"] == OPEN:  # opened in this very transaction
                opened[key][-1]["until"] = at + 1
            else:
                closed.setdefault(type(row), []).append({f"key_{name}": getattr(row, name) for name in row.KEY} | {"ended": at + 1})
    if mentions:
        connection.execute(t.mention.insert(), mentions)
    for kind, values in closed.items():
        connection.execute(_close(kind), values)
    by_table: dict[type[Row], list[dict[str, Any]]] = {}
    for key, versions in opened.items():
        by_table.setdefault(key[0], []).extend(versions)
    for kind, rows in by_table.items():
        connection.execute(t.ROW_TABLES[kind].insert(), rows)
    insert_new(connection, t.party_set, [
        {"set": key, "place": place, "party_id": party} for key, side in sets.items() for place, party in enumerate(side, 1)
    ])  # fmt: skip
    insert_new(connection, t.label, labels)


def values_of(row: Row) -> dict[str, Any]:
    """A row's columns, without the sizes at which it stands."""
    return {
        name: set_key(getattr(row, name)) if name in t.SETS else _plain(getattr(row, name)) for name in FIELDS[type(row)]
    }  # fmt: skip


def _plain(value: Any) -> Any:
    return int(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _labels(row: Row) -> list[dict[str, Any]]:
    if not isinstance(row, PartyLine | OutputLine):
        return []
    return [
        {"entry": row.entry, "what": what, "value": value}
        for name, what in t.LABELS.items()
        for value in dict.fromkeys(getattr(row, name, ()))
    ]


def _close(kind: type[Row]) -> Any:
    table = t.ROW_TABLES[kind]
    keys = [table.c[name] == bindparam(f"key_{name}") for name in kind.KEY]
    return update(table).where(*keys, table.c.until == OPEN).values(until=bindparam("ended"))


def insert_new(connection: Connection, table: Table, rows: Iterable[dict[str, Any]]) -> None:
    """Insert rows that say the same whoever writes them: those already there stay."""
    if unique := list({tuple(row[c.name] for c in table.primary_key): row for row in rows}.values()):
        insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
        connection.execute(insert(table).on_conflict_do_nothing(), unique)


def standing(
    connection: Connection, *, patents: Sequence[str] = (), fingerprints: Sequence[str] = (), size: int | None = None
) -> list[DealLine]:
    """The deal lines on any of these patents or under any of these fingerprints that stand now, or stood at a log size."""
    there = t.deal_line.c.until == OPEN if size is None else stands_at(t.deal_line, size)
    found: dict[tuple[int, int], DealLine] = {}
    sides = cache(partial(parties_of, connection))  # the lines of one deal mostly have the same
    c = t.deal_line.c
    for column, wanted in ((c.patent_id, patents), (c.fingerprint, fingerprints)):
        for start in range(0, len(wanted), CHUNK):
            query = select(t.deal_line).where(column.in_(wanted[start : start + CHUNK]), there)
            for row in connection.execute(query):
                found.setdefault((row.entry, row.line), _deal_line(row, sides))
    return list(found.values())


def _deal_line(row: Any, sides: Callable[[str], tuple[str, ...]]) -> DealLine:
    values = {name: getattr(row, name) for name in FIELDS[DealLine]}
    for side in t.SETS:
        values[side] = sides(values[side])
    return DealLine(**values)


def parties_of(connection: Connection, key: str) -> tuple[str, ...]:
    if not key.startswith("sha256:"):
        return tuple(key.split(SEPARATOR))
    c = t.party_set.c
    return tuple(connection.execute(select(c.party_id).where(c.set == key).order_by(c.place)).scalars())


def stands_at(table: Any, size: Any) -> Any:
    """The rows of a table (or of an alias of one) that stand at a log size, given as a number or in SQL."""
    return and_(table.c.since <= size, table.c.until > size)
