"""One centre's entries in the order of its stream, and which entries of the log were taken back."""

from collections.abc import Iterator

from sqlalchemy import Connection, select

from ledger.facts.entries import Entry
from ledger.facts.kinds.rulings import Reversal
from ledger.store import tables as t
from ledger.store.log import CHUNK, ENTRY, entries_in, entry_from


def walk(connection: Connection, centre: str) -> Iterator[Entry]:
    """The entries of a stream, some hundreds in memory at a time."""
    seq = -1
    while rows := connection.execute(
        ENTRY.where(t.entry.c.centre == centre, t.entry.c.seq > seq).order_by(t.entry.c.seq).limit(CHUNK)
    ).all():
        yield from map(entry_from, rows)
        seq = rows[-1].seq


def reversed_entries(connection: Connection) -> set[int]:
    """Indices of the entries that were reversed, by whomever."""
    indices = list(connection.execute(select(t.entry.c.index).where(t.entry.c.kind == "reversal")).scalars())
    told = entries_in(connection, indices).values()
    return {entry.fact.entry for entry in told if isinstance(entry.fact, Reversal)}
