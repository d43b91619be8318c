"""What must follow from the entries of a log, worked out from its stored bytes and from the entries alone.

Both are assertions: they are called when a test has done its worst to a log, by one writer or by many.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, select

from ledger.facts.entries import Entry
from ledger.facts.lines.rows import DealLine, Row
from ledger.facts.world import Taken, World
from ledger.proof.leaves import digest, parse_leaf
from ledger.proof.merkle import Frontier, leaf_hash
from ledger.store import log
from ledger.store import tables as t
from ledger.store.lines import set_key, values_of
from ledger.store.tables import OPEN


def replayed(entries: Sequence[Entry]) -> list[Taken]:
    """What a world makes of a log, entry by entry."""
    world = World()
    return [world.take(entry) for entry in entries]


def the_log_is_whole(connection: Connection, entries: Sequence[Entry]) -> None:
    """Leaves, streams, disclosures and roots, from the stored bytes and nothing else."""
    c = t.entry.c
    query = select(c.index.label("at"), c.centre, c.seq, c.leaf, c.leaf_hash, t.disclosure.c.disclosure)
    stored = connection.execute(query.join_from(t.entry, t.disclosure, t.disclosure.c.entry == c.index).order_by(c.index)).all()
    assert [row.at for row in stored] == list(range(len(entries)))
    tree = Frontier()
    last: dict[str, tuple[int, bytes | None]] = {}
    for row, entry in zip(stored, entries, strict=True):
        leaf = parse_leaf(row.leaf)
        assert row.leaf_hash == leaf_hash(row.leaf)
        assert (leaf.stream, leaf.seq) == (entry.centre, entry.seq) == (row.centre, row.seq)
        assert (leaf.seq - 1, leaf.prev_hash) == last.get(leaf.stream, (-1, None))
        assert leaf.digest == digest(row.disclosure)
        assert log.root(connection, tree.size) == tree.root()
        last[leaf.stream] = leaf.seq, row.leaf_hash
        tree.append(row.leaf_hash)
    head = log.read_head(connection)
    assert (head.size, head.root) == (len(entries), tree.root())
    assert sorted({e.recorded_at for e in entries}) == [e.recorded_at for e in entries]


def rows_follow_from_the_entries(connection: Connection, taken: Sequence[Taken]) -> None:
    """Every table of rows, with the sizes from and until which each row stands: so they agree at every size."""
    expected: dict[type[Row], list[dict[str, Any]]] = {kind: [] for kind in t.ROW_TABLES}
    standing: dict[Row, dict[str, Any]] = {}
    sets: set[tuple[str, int, str]] = set()
    labels: set[tuple[int, str, str]] = set()
    mentions: set[tuple[str, str, int, bool]] = set()
    for one in taken:
        mentions |= {(*subject, one.entry.index, True) for subject in one.subjects}
        mentions |= {(*name, one.entry.index, False) for name in one.names}
        for row, opened, at in one.changes:
            if opened:
                standing[row] = {**values_of(row), "since": at + 1, "until": OPEN}
                expected[type(row)].append(standing[row])
                for name, what in t.LABELS.items():
                    labels |= {(row.entry, what, value) for value in getattr(row, name, ())}  # type: ignore[attr-defined]
                if isinstance(row, DealLine):
                    sets |= {(set_key(s), place, who) for s in (row.grantors, row.grantees) for place, who in enumerate(s, 1)}
            else:
                standing.pop(row)["until"] = at + 1
    for kind, table in t.ROW_TABLES.items():
        assert as_set(dict(row._mapping) for row in connection.execute(select(table))) == as_set(expected[kind]), table.name
    assert set(map(tuple, connection.execute(select(t.party_set)))) == sets
    assert set(map(tuple, connection.execute(select(t.label)))) == labels
    assert set(map(tuple, connection.execute(select(t.mention)))) == mentions


def as_set(rows: Iterable[Mapping[str, Any]]) -> set[tuple[tuple[str, Any], ...]]:
    return {tuple(sorted(row.items())) for row in rows}
