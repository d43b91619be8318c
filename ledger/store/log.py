"""The log in rows: the head that orders all writers, entries with their leaves and disclosures, tiles, and reading back.

Numbers are given under the head lock, so whoever has seen entry 41 knows that 40 is final. Full tiles are stored when
they become full; partial ones, and the root at any earlier size, are derived from them and from at most 255 leaf hashes.
Which entries may be appended, and what follows from them, is decided elsewhere.
"""

from collections.abc import Iterator, Mapping, MutableMapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Select, func, select, update

from ledger.facts.days import micros
from ledger.facts.entries import Entry, entry_of, value_of
from ledger.proof import leaves
from ledger.proof.merkle import Frontier, TileReader, leaf_hash, root_at
from ledger.proof.tiles import completed, derived
from ledger.store import tables as t

TileRoots = MutableMapping[tuple[int, int], bytes]

CHUNK = 500  # entries read at a time when the whole log is walked


@dataclass(slots=True)
class Head:
    """The end of the log: how many entries, the tree over them, and the instant of the last one (microseconds, 0 if empty)."""

    size: int
    frontier: Frontier
    recorded_at: int

    @property
    def root(self) -> bytes:
        return self.frontier.root()


@dataclass(slots=True)
class StreamEnd:
    """The last entry of a centre's stream: its seq (-1 before the first) and leaf hash."""

    seq: int
    leaf_hash: bytes | None


def read_head(connection: Connection) -> Head:
    return _head(connection, select(t.log_head))


def lock_head(connection: Connection) -> Head:
    """The head, held until the transaction ends: no other writer gets past this line."""
    # On PostgreSQL the lock is itself written. So a transaction that only repeats what was kept before has something to commit, and
    # waits for a synchronous standby that may not have it yet: a plain look would acknowledge what is on one disk.
    return _head(connection, select(t.log_head).with_for_update())


def _head(connection: Connection, query: Select[Any]) -> Head:
    row = connection.execute(query).one()
    return Head(row.size, Frontier.from_bytes(row.size, row.frontier), row.recorded_at)


def stream_ends(connection: Connection, centres: Sequence[str]) -> dict[str, StreamEnd]:
    ends = {}
    for centre in centres:
        row = connection.execute(
            select(t.entry.c.seq, t.entry.c.leaf_hash).where(t.entry.c.centre == centre).order_by(t.entry.c.seq.desc()).limit(1)
        ).one_or_none()
        ends[centre] = StreamEnd(row.seq, row.leaf_hash) if row else StreamEnd(-1, None)
    return ends


def append(connection: Connection, head: Head, entries: Sequence[Entry], ends: Mapping[str, StreamEnd]) -> list[bytes]:
    """Write entries that have their places (under `head`, after `ends`); answers their leaf hashes. Both are moved on."""
    rows: list[dict[str, Any]] = []
    disclosures: list[dict[str, Any]] = []
    hashes: list[bytes] = []
    for entry in entries:
        end = ends[entry.centre]
        assert entry.index == head.size + len(rows), "entries are appended in order"
        assert entry.seq == end.seq + 1, "a stream has no gaps"
        disclosure = leaves.disclosure(value_of(entry), leaves.new_salt())
        at = micros(entry.recorded_at)
        leaf = leaves.leaf(entry.centre, entry.seq, end.leaf_hash, leaves.digest(disclosure), at // 1_000_000)
        end.seq, end.leaf_hash = entry.seq, leaf_hash(leaf)
        hashes.append(end.leaf_hash)
        disclosures.append({"entry": entry.index, "disclosure": disclosure})
        rows.append(
            {
                "index": entry.index,
                "centre": entry.centre,
                "seq": entry.seq,
                "kind": entry.kind,
                "office": entry.office,
                "recorded_at": at,
                "leaf": leaf,
                "leaf_hash": end.leaf_hash,
            }
        )
    if not rows:
        return []
    full = [
        {"level": level, "n": n, "hashes": data} for level, n, data in completed(head.size, hashes, tiles(connection, head.size))
    ]
    connection.execute(t.entry.insert(), rows)
    connection.execute(t.disclosure.insert(), disclosures)
    if full:
        connection.execute(t.tile.insert(), full)
    head.frontier.extend(hashes)
    head.size += len(rows)
    head.recorded_at = micros(entries[-1].recorded_at)
    connection.execute(update(t.log_head).values(size=head.size, frontier=head.frontier.to_bytes(), recorded_at=head.recorded_at))
    return hashes


# --- the tree at any size --------------------------------------------------------------------------------------------


def tiles(connection: Connection, size: int, roots: TileRoots | None = None) -> TileReader:
    """A reader of the tree's hashes at `size`. `roots` remembers roots of full tiles, which never change once committed."""

    def full_tile(level: int, n: int) -> bytes:
        data: bytes = connection.execute(
            select(t.tile.c.hashes).where(t.tile.c.level == level, t.tile.c.n == n)
        ).scalar_one()  # fmt: skip
        return data

    def leaf_hashes(start: int, stop: int) -> list[bytes]:
        found = connection.execute(
            select(t.entry.c.leaf_hash).where(t.entry.c.index >= start, t.entry.c.index < stop).order_by(t.entry.c.index)
        )
        return [row.leaf_hash for row in found]

    return derived(size, full_tile, leaf_hashes, roots)


def leaves_between(connection: Connection, start: int, stop: int) -> list[bytes]:
    """The leaves start … stop - 1 as they were put into the tree, as far as they exist."""
    c = t.entry.c
    return list(connection.scalars(select(c.leaf).where(c.index >= start, c.index < stop).order_by(c.index)))


def root(connection: Connection, size: int, roots: TileRoots | None = None) -> bytes:
    """The root of the log's first `size` entries."""
    return root_at(tiles(connection, size, roots), size)


def size_at(connection: Connection, instant_micros: int) -> int:
    """How many entries were recorded up to an instant, that instant included."""
    last = connection.execute(select(func.max(t.entry.c.index)).where(t.entry.c.recorded_at <= instant_micros)).scalar()
    return 0 if last is None else last + 1


def recorded_at(connection: Connection, size: int) -> int | None:
    """When the last of the first `size` entries was recorded, in microseconds; None for an empty log."""
    if size == 0:
        return None
    found: int = connection.execute(select(t.entry.c.recorded_at).where(t.entry.c.index == size - 1)).scalar_one()
    return found


# --- entries ---------------------------------------------------------------------------------------------------------

ENTRY = select(
    t.entry.c.index.label("at"), t.entry.c.centre, t.entry.c.seq, t.entry.c.office, t.entry.c.leaf_hash, t.disclosure.c.disclosure
).join(t.disclosure, t.disclosure.c.entry == t.entry.c.index)


def entry_from(row: Any) -> Entry:
    return entry_of(leaves.opened(row.disclosure), index=row.at, centre=row.centre, seq=row.seq, office=row.office)


def entries_in(connection: Connection, indices: Sequence[int]) -> dict[int, Entry]:
    """Entries by their indices; those that do not exist are left out."""
    found: dict[int, Entry] = {}
    wanted = sorted(set(indices))
    for start in range(0, len(wanted), CHUNK):
        rows = connection.execute(ENTRY.where(t.entry.c.index.in_(wanted[start : start + CHUNK])))
        found |= {row.at: entry_from(row) for row in rows}
    return found


def walk(connection: Connection, size: int, start: int = 0) -> Iterator[Entry]:
    """Entries start … size - 1 in log order, some hundreds in memory at a time."""
    for first in range(start, size, CHUNK):
        rows = connection.execute(
            ENTRY.where(t.entry.c.index >= first, t.entry.c.index < min(first + CHUNK, size)).order_by(t.entry.c.index)
        ).all()
        yield from map(entry_from, rows)


def committed(connection: Connection, index: int) -> tuple[bytes, str] | None:
    """The leaf of an entry and the disclosure that opens it; None where there is no such entry."""
    query = select(t.entry.c.leaf, t.disclosure.c.disclosure).join(t.disclosure, t.disclosure.c.entry == t.entry.c.index)
    row = connection.execute(query.where(t.entry.c.index == index)).one_or_none()
    return None if row is None else (row.leaf, row.disclosure)


def leaf_hashes(connection: Connection, indices: Sequence[int]) -> dict[int, bytes]:
    c = t.entry.c
    query = select(c.index.label("at"), c.leaf_hash).where(c.index.in_(indices))
    return {row.at: row.leaf_hash for row in connection.execute(query)}
