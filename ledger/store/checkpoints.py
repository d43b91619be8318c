"""What was signed of the log, in rows: each checkpoint as the log signed it, the cosignatures of witnesses beside it, and which of
them were published.

Rows are only added, checkpoints and publications in growing size, by whoever holds the publishing lock. Whether a checkpoint may
be signed, and which cosignatures make it fit to be published, is decided elsewhere.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, Select, func, select, text

from ledger.store import tables as t

PUBLISHING_LOCK: Final = 7461  # any number, the same for every process that publishes; migration 0003 knows it too


@dataclass(frozen=True, slots=True)
class Signed:
    """A checkpoint as it was signed: `note` has the log's signature alone; the instant in microseconds since 1970."""

    size: int
    root: bytes
    note: str
    signed_at: int


_CHECKPOINT: Final = select(t.checkpoint.c.size, t.checkpoint.c.root, t.checkpoint.c.note, t.checkpoint.c.signed_at)
_PUBLISHED: Final = _CHECKPOINT.join_from(t.publication, t.checkpoint, t.checkpoint.c.size == t.publication.c.size)

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


def newest_published(connection: Connection) -> Signed | None:
    return _first(connection, _PUBLISHED.order_by(t.publication.c.size.desc()))


def published_from(connection: Connection, size: int) -> Signed | None:
    """The smallest published checkpoint of at least `size`."""
    return _first(connection, _PUBLISHED.where(t.publication.c.size >= size).order_by(t.publication.c.size))


def _first(connection: Connection, query: Select[Any]) -> Signed | None:
    row = connection.execute(query.limit(1)).one_or_none()
    return None if row is None else Signed(*row)


def add(connection: Connection, signed: Signed) -> None:
    values = {"size": signed.size, "root": signed.root, "note": signed.note, "signed_at": signed.signed_at}
    connection.execute(t.checkpoint.insert().values(values))


def add_publication(connection: Connection, size: int, published_at: int) -> None:
    connection.execute(t.publication.insert().values(size=size, published_at=published_at))


def add_lines(connection: Connection, size: int, lines: Lines, received_at: int) -> None:
    rows = [{"size": size, "witness": key, "line": line, "received_at": received_at} for key, line in lines.items()]
    if rows:
        connection.execute(t.cosignature.insert(), rows)


def lines_of(connection: Connection, size: int) -> Lines:
    """The cosignatures on the checkpoint of `size`."""
    c = t.cosignature.c
    return {row.witness: row.line for row in connection.execute(select(c.witness, c.line).where(c.size == size))}


def last_cosigned(connection: Connection, witness: str) -> int:
    """The largest size that a witness has cosigned, as far as we know; 0 without any."""
    c = t.cosignature.c
    found: int | None = connection.execute(select(func.max(c.size)).where(c.witness == witness)).scalar()
    return found or 0
