"""The ledger's tables as plain lines, out of one database and into another: what a backup is made of.

- A line is the JSON array of a row's values, in the order of its columns and in one form whatever the database: whole numbers,
  texts, truth values and null as themselves, a day as its ISO text, bytes in base64.
- Lines come in the order of the primary key, texts by their bytes. So the same rows give the same lines on SQLite and PostgreSQL,
  and what was appended in order is loaded in order: no guard of the log has to be taken away.
- What is no value of its column is refused on the way out as on the way in: no writer of ours has put it there.
- Tables are those of this release that the database has, with the columns that it has: an older schema is read as well.
- Sessions of pages stay behind: whoever was signed in signs in again.

Columns are converted whole, some hundred rows at a time: memory is flat. In which transaction, and what is done with the lines, is
for `ledger.actions.backup`; what holds them is `schema`.
"""

import io
import json
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, Literal, cast

from sqlalchemy import (
    Boolean,
    ColumnElement,
    Connection,
    Date,
    Integer,
    LargeBinary,
    String,
    collate,
    column,
    func,
    inspect,
    select,
    table,
    text,
)
from sqlalchemy.exc import DBAPIError
from sqlalchemy.types import TypeEngine

from ledger.store import tables as t

Sort = Literal["int", "text", "bytes", "bool", "date"]

LEFT_OUT: Final = frozenset({t.session.name})
# At a time: many enough to be quick, and few enough that the largest bodies together do not fill the memory.
ROWS: Final = 200
ANSWERS: Final = 10  # of batches, each as long as its receipts
LINES, LINES_BYTES = 2_000, 1 << 22

_SORTS: Final[Sequence[tuple[type[TypeEngine[Any]], Sort]]] = (
    (Boolean, "bool"), (Integer, "int"), (Date, "date"), (LargeBinary, "bytes"), (String, "text"),
)  # fmt: skip
_ENCODE: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
# COPY's text form: what would end a value or a row is written with a backslash.
_ESCAPES: Final = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


class BadRow(Exception):
    """A row that holds what its column cannot; tells the table and the column, and never the value."""


@dataclass(frozen=True, slots=True)
class Shape:
    """A table as it lies in a database: its columns with their sorts, which of them may be null, and its primary key."""

    table: str
    columns: Mapping[str, Sort]
    nullable: frozenset[str]
    key: tuple[str, ...]


def shapes(connection: Connection) -> list[Shape]:
    """The tables that a backup holds, by name, as this database has them."""
    look = inspect(connection)
    names = sorted(set(look.get_table_names()) & set(t.metadata.tables) - LEFT_OUT)
    found = []
    for name in names:
        columns = look.get_columns(name)
        sorts = {one["name"]: _sort(name, one["name"], one["type"]) for one in columns}
        nullable = frozenset(one["name"] for one in columns if one["nullable"])
        found.append(Shape(name, sorts, nullable, tuple(look.get_pk_constraint(name)["constrained_columns"])))
    return found


def _sort(name: str, of: str, type_: TypeEngine[Any]) -> Sort:
    for known, sort in _SORTS:
        if isinstance(type_, known):
            return sort
    raise BadRow(f"{name}: the column {of} is of a type that no migration gave it")


def unlike(found: Iterable[Shape]) -> tuple[list[str], list[str]]:
    """What this release has and these tables lack, and what they have beside it: tables, and columns as `table.column`."""
    there, meant = set[str](), set[str]()
    for shape in found:
        there.update((shape.table, *(f"{shape.table}.{name}" for name in shape.columns)))
    for one in t.metadata.sorted_tables:
        if one.name not in LEFT_OUT:
            meant.update((one.name, *(f"{one.name}.{column.name}" for column in one.columns if one.name in there)))
    return sorted(meant - there), sorted(there - meant)


def count(connection: Connection, shape: Shape) -> int:
    return connection.execute(select(func.count()).select_from(table(shape.table))).scalar_one()


# --- out -------------------------------------------------------------------------------------------------------------


def portions(connection: Connection, shape: Shape) -> Iterator[tuple[int, bytes]]:
    """All lines of a table, some hundred at a time: how many, and their bytes, each line with its end. Raises BadRow."""
    source = table(shape.table, *(column(name) for name in shape.columns))
    order = [_ordered(connection, shape, name) for name in shape.key]
    query = select(*source.c).order_by(*order)
    at_a_time = ANSWERS if shape.table == t.idempotency.name else ROWS
    for rows in connection.execute(query.execution_options(yield_per=at_a_time)).partitions():
        told = [
            _told(shape, name, values) for name, values in zip(shape.columns, zip(*rows, strict=True), strict=True)
        ]  # fmt: skip
        yield len(rows), "".join([f"{_ENCODE(values)}\n" for values in zip(*told, strict=True)]).encode()


def _ordered(connection: Connection, shape: Shape, name: str) -> ColumnElement[Any]:
    if connection.dialect.name == "postgresql" and shape.columns[name] == "text":
        return collate(column(name, String), "C")
    return column(name)


def _told(shape: Shape, name: str, values: Sequence[Any]) -> Sequence[Any]:
    """One column as it stands in the lines."""
    sort = shape.columns[name]
    try:
        _check_types(_STORED[sort], values, name in shape.nullable)
        return _TELL[sort](values)
    except (TypeError, ValueError):
        raise BadRow(f"{shape.table}: a row holds in {name} what no writer of the ledger puts there") from None


def _check_types(allowed: frozenset[type], values: Sequence[Any], nullable: bool) -> None:
    found = set(map(type, values)) - allowed
    if found - ({type(None)} if nullable else set()):
        raise TypeError


def _tell_days(values: Sequence[Any]) -> Sequence[Any]:
    return [None if v is None else v.isoformat() if isinstance(v, date) else _day(v) for v in values]


def _tell_truths(values: Sequence[Any]) -> Sequence[Any]:
    if not set(values) <= {0, 1, None}:  # SQLite keeps them as numbers
        raise ValueError
    return [None if v is None else bool(v) for v in values]


def _day(value: str) -> str:
    if date.fromisoformat(value).isoformat() != value:
        raise ValueError
    return value


# What a driver may hand over for each sort of column.
_STORED: Final[Mapping[Sort, frozenset[type]]] = {
    "int": frozenset({int}), "text": frozenset({str}), "bytes": frozenset({bytes, memoryview}), "bool": frozenset({bool, int}),
    "date": frozenset({date, str}),
}  # fmt: skip
_TELL: Final[Mapping[Sort, Callable[[Sequence[Any]], Sequence[Any]]]] = {
    "int": lambda values: values,
    "text": lambda values: values,
    "bytes": lambda values: [None if v is None else b64encode(v).decode() for v in values],
    "bool": _tell_truths,
    "date": _tell_days,
}


# --- in --------------------------------------------------------------------------------------------------------------


def load(connection: Connection, shape: Shape, lines: Iterable[bytes]) -> Iterator[int]:
    """Put the lines of a table into it; tells how many after each portion. The head row, which is there, is set. Raises BadRow."""
    for portion in _portioned(lines):
        columns = _meant(shape, portion)
        if shape.table == t.log_head.name:
            _set_head(connection, shape, columns)
        elif connection.dialect.name == "postgresql":
            _copy(connection, shape, columns)
        else:
            _insert(connection, shape, columns)
        yield len(portion)


def _portioned(lines: Iterable[bytes]) -> Iterator[list[bytes]]:
    portion: list[bytes] = []
    length = 0
    for line in lines:
        portion.append(line)
        length += len(line)
        if len(portion) == LINES or length >= LINES_BYTES:
            yield portion
            portion, length = [], 0
    if portion:
        yield portion


def _meant(shape: Shape, lines: Sequence[bytes]) -> list[Sequence[Any]]:
    """The columns of these lines, their values as they are stored (days as text)."""
    try:
        rows = json.loads(b"[" + b",".join(lines) + b"]")
        if len(rows) != len(lines) or {type(row) for row in rows} != {list}:
            raise TypeError
        columns = list(zip(*rows, strict=True))
        if len(columns) != len(shape.columns):
            raise TypeError
    except (TypeError, ValueError, RecursionError):
        raise BadRow(f"{shape.table}: a line is no row of it") from None
    return [_read(shape, name, values) for name, values in zip(shape.columns, columns, strict=True)]


def _read(shape: Shape, name: str, values: Sequence[Any]) -> Sequence[Any]:
    sort = shape.columns[name]
    try:
        _check_types(_WRITTEN[sort], values, name in shape.nullable)
        if sort == "bytes":
            return [None if v is None else b64decode(v, validate=True) for v in values]
        if sort == "date":
            return [None if v is None else _day(v) for v in values]
        if sort == "text":
            "".join([v or "" for v in values]).encode()  # half a character is none that a database takes
    except (TypeError, ValueError):
        raise BadRow(f"{shape.table}: a line holds in {name} what that column cannot") from None
    return values


_WRITTEN: Final[Mapping[Sort, frozenset[type]]] = {
    "int": frozenset({int}), "text": frozenset({str}), "bytes": frozenset({str}), "bool": frozenset({bool}),
    "date": frozenset({str}),
}  # fmt: skip


def _set_head(connection: Connection, shape: Shape, columns: Sequence[Sequence[Any]]) -> None:
    """One row, not replaced but set: whoever waits for it goes on from there."""
    if len(columns[0]) != 1:
        raise BadRow(f"{shape.table}: there is one head, not {len(columns[0])}")
    values = dict(zip(shape.columns, (only for (only,) in columns), strict=True))
    source = table(shape.table, *(column(name) for name in shape.columns))
    if connection.execute(source.update().values(values)).rowcount != 1:
        raise BadRow(f"{shape.table}: the head is missing")


def _insert(connection: Connection, shape: Shape, columns: Sequence[Sequence[Any]]) -> None:
    names, marks = ", ".join(f'"{name}"' for name in shape.columns), ", ".join("?" * len(shape.columns))
    connection.exec_driver_sql(f'INSERT INTO "{shape.table}" ({names}) VALUES ({marks})', list(zip(*columns, strict=True)))


def _copy(connection: Connection, shape: Shape, columns: Sequence[Sequence[Any]]) -> None:
    spelt = [_SPELL[sort](values) for sort, values in zip(shape.columns.values(), columns, strict=True)]
    rows = io.StringIO("".join(["\t".join(values) + "\n" for values in zip(*spelt, strict=True)]))
    names = ", ".join(f'"{name}"' for name in shape.columns)
    statement = f'COPY "{shape.table}" ({names}) FROM STDIN'
    driver = connection.dialect.loaded_dbapi
    try:
        cast("Any", connection.connection.cursor()).copy_expert(statement, rows)
    except driver.Error as error:
        raise DBAPIError(statement, None, error, hide_parameters=True) from None


_SPELL: Final[Mapping[Sort, Callable[[Sequence[Any]], list[str]]]] = {
    "int": lambda values: ["\\N" if v is None else str(v) for v in values],
    "text": lambda values: ["\\N" if v is None else v.translate(_ESCAPES) for v in values],
    "bytes": lambda values: ["\\N" if v is None else f"\\\\x{v.hex()}" for v in values],
    "bool": lambda values: ["\\N" if v is None else "t" if v else "f" for v in values],
    "date": lambda values: ["\\N" if v is None else v for v in values],
}


def set_sequences(connection: Connection, shape: Shape) -> None:
    """Numbers that the database gives by itself go on after the largest; SQLite does so by itself."""
    if connection.dialect.name != "postgresql" or len(shape.key) != 1 or shape.columns[shape.key[0]] != "int":
        return
    named = {"table": f'"{shape.table}"', "column": shape.key[0]}
    sequence = connection.execute(text("SELECT pg_get_serial_sequence(:table, :column)"), named).scalar_one()
    query = select(func.max(column(shape.key[0], Integer))).select_from(table(shape.table))
    largest: int | None = connection.execute(query).scalar_one()
    if sequence is not None and largest is not None:
        connection.execute(text("SELECT setval(:sequence, :largest)"), {"sequence": sequence, "largest": largest})
