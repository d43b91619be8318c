"""What a world is fetched from: histories and mentions in rows (`ledger.facts.world.Source`)."""

from collections.abc import Mapping, Sequence

from sqlalchemy import Connection, select, tuple_

from ledger.facts.entries import Entry
from ledger.facts.lines.rows import DealLine
from ledger.facts.mentions import SEPARATOR, Mention
from ledger.store import lines, log
from ledger.store import tables as t

CHUNK = 400


class StoredLog:
    """The log as far as `size` (all of it when None), as a source of histories."""

    def __init__(self, connection: Connection, size: int | None = None) -> None:
        self._connection = connection
        self._size = size

    def histories(self, wanted: Sequence[Mention]) -> Mapping[Mention, Sequence[Entry]]:
        members: dict[Mention, list[int]] = {one: [] for one in wanted}
        c = t.mention.c
        for start in range(0, len(wanted), CHUNK):
            pairs = tuple_(c.what, c.value).in_([tuple(one) for one in wanted[start : start + CHUNK]])
            query = select(c.what, c.value, c.entry).where(pairs, c.is_subject).order_by(c.entry)
            if self._size is not None:
                query = query.where(c.entry < self._size)
            for row in self._connection.execute(query):
                members[Mention(row.what, row.value)].append(row.entry)
        entries = log.entries_in(self._connection, [index for indices in members.values() for index in indices])
        return {one: [entries[index] for index in indices] for one, indices in members.items()}

    def entry(self, index: int) -> Entry | None:
        if index < 0 or index > 2**62 or (self._size is not None and index >= self._size):
            return None
        return log.entries_in(self._connection, [index]).get(index)

    def subjects(self, index: int) -> tuple[Mention, ...]:
        c = t.mention.c
        rows = self._connection.execute(select(c.what, c.value).where(c.entry == index, c.is_subject).order_by(c.what, c.value))
        return tuple(Mention(row.what, row.value) for row in rows)

    def first_subjects(self, indices: Sequence[int]) -> dict[int, Mention]:
        """One subject of each entry: enough to find what was said of it."""
        c = t.mention.c
        found: dict[int, Mention] = {}
        for start in range(0, len(indices), CHUNK):
            query = select(c.entry, c.what, c.value).where(c.entry.in_(indices[start : start + CHUNK]), c.is_subject)
            for row in self._connection.execute(query.order_by(c.entry, c.what, c.value)):
                found.setdefault(row.entry, Mention(row.what, row.value))
        return found

    def naming(self, wanted: Mention) -> Sequence[int]:
        c = t.mention.c
        query = select(c.entry).where(c.what == wanted.what, c.value == wanted.value, c.is_subject.is_(False)).order_by(c.entry)
        if self._size is not None:
            query = query.where(c.entry < self._size)
        return list(self._connection.execute(query).scalars())

    def stream(self, centre: str) -> Sequence[int]:
        c = t.entry.c
        query = select(c.index).where(c.centre == centre).order_by(c.index)
        return list(self._connection.execute(query if self._size is None else query.where(c.index < self._size)).scalars())

    def names_centre(self, index: int, centre: str) -> bool:
        """Whether an entry speaks of a centre: takes it into a programme, rules on its entries, closes its period."""
        c = t.mention.c
        query = select(c.entry).where(c.entry == index, c.what == "centre", c.value == centre)
        return self._connection.execute(query).first() is not None

    def deal_lines(self, *, patents: Sequence[str] = (), fingerprints: Sequence[str] = ()) -> Sequence[DealLine]:
        return lines.standing(self._connection, patents=patents, fingerprints=fingerprints, size=self._size)


def programme_subjects(connection: Connection, size: int, *, programme: str | None = None, subject: str | None = None) -> list[str]:
    """The participations (programme, tab, subject) known at a size, of one programme or of one subject."""
    c = t.mention.c
    query = select(c.value).where(c.what == "participation", c.is_subject, c.entry < size).distinct().order_by(c.value)
    if programme is not None:
        query = query.where(c.value.startswith(programme + SEPARATOR, autoescape=True))
    if subject is not None:
        query = query.where(c.value.endswith(SEPARATOR + subject, autoescape=True))
    # LIKE does not mind case on SQLite, we do.
    found = connection.execute(query).scalars()
    return [
        value for value in found
        if programme in (None, value.partition(SEPARATOR)[0]) and subject in (None, value.partition(SEPARATOR)[2])
    ]  # fmt: skip
