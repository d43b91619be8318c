"""What was signed of the log, in rows: each checkpoint as the log signed it, and the cosignatures of witnesses beside it.

Rows are only added, checkpoints in growing size, by whoever holds the publishing lock. Whether a checkpoint may be signed, and
which cosignatures make it fit to be published, is decided elsewhere.
"""

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final

from sqlalchemy import Connection, Select, func, select, text

from ledger.store import tables as t

PUBLISHING_LOCK: Final = 7461  # any number, the same for every process that publishes; migration 0003 knows it too
CHUNK: Final = 100


@dataclass(frozen=True, slots=True)
class Signed:
    """A checkpoint as it was signed: `note` has the log's signature alone; the instant in microseconds since 1970."""

    size: int
    root: bytes
    note: str
    signed_at: int


_CHECKPOINT: Final = select(t.checkpoint.c.size, t.checkpoint.c.root, t.checkpoint.c.note, t.checkpoint.c.signed_at)

# Lines of a note by the verifier keys of the witnesses that signed them.
Lines = Mapping[str, str]


def hold(connection: Connection) -> None:
    """Wait to be the only one who publishes, until the transaction ends. On SQLite every writing transaction is alone."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": PUBLISHING_LOCK})


def newest(connection: Connection) -> Signed | None:
    return _first(connection, _CHECKPOINT.order_by(t.checkpoint.c.size.desc()))


def at(connection: Connection, size: int) -> Signed | None:
    return _first(connection, _CHECKPOINT.where(t.checkpoint.c.size == size))


def from_size(connection: Connection, size: int) -> Signed | None:
    """The smallest checkpoint of at least `size`."""
    return _first(connection, _CHECKPOINT.where(t.checkpoint.c.size >= size).order_by(t.checkpoint.c.size))


def _first(connection: Connection, query: Select[Any]) -> Signed | None:
    row = connection.execute(query.limit(1)).one_or_none()
    return None if row is None else Signed(*row)


def add(connection: Connection, signed: Signed) -> None:
    values = {"size": signed.size, "root": signed.root, "note": signed.note, "signed_at": signed.signed_at}
    connection.execute(t.checkpoint.insert().values(values))


def add_lines(connection: Connection, size: int, lines: Lines, received_at: int) -> None:
    rows = [{"size": size, "witness": key, "line": line, "received_at": received_at} for key, line in lines.items()]
    if rows:
        connection.execute(t.cosignature.insert(), rows)


def lines_of(connection: Connection, size: int) -> Lines:
    """The cosignatures on the checkpoint of `size`."""
    c = t.cosignature.c
    return {row.witness: row.line for row in connection.execute(select(c.witness, c.line).where(c.size == size))}


def cosigned_from(connection: Connection, size: int, witnesses: Sequence[str]) -> Generator[tuple[int, Lines]]:
    """Sizes from `size` upward that one of the witnesses cosigned, each with their lines."""
    return _cosigned(connection, _LINES.where(t.cosignature.c.size >= size).order_by(t.cosignature.c.size), witnesses)


def cosigned_downward(connection: Connection, witnesses: Sequence[str]) -> Generator[tuple[int, Lines]]:
    """Sizes from the largest downward that one of the witnesses cosigned, each with their lines."""
    return _cosigned(connection, _LINES.order_by(t.cosignature.c.size.desc()), witnesses)


_LINES: Final = select(t.cosignature.c.size, t.cosignature.c.witness, t.cosignature.c.line).execution_options(yield_per=CHUNK)


def _cosigned(connection: Connection, query: Select[Any], witnesses: Sequence[str]) -> Generator[tuple[int, Lines]]:
    with connection.execute(query.where(t.cosignature.c.witness.in_(witnesses))) as rows:
        for size, group in groupby(rows, lambda row: row.size):
            yield size, {row.witness: row.line for row in group}


def last_cosigned(connection: Connection, witness: str) -> int:
    """The largest size that a witness has cosigned, as far as we know; 0 without any."""
    c = t.cosignature.c
    found: int | None = connection.execute(select(func.max(c.size)).where(c.witness == witness)).scalar()
    return found or 0
