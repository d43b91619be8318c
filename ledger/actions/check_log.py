"""The log against itself: entry by entry the leaf, its disclosure and its place; then tiles and head over the leaves.

- Everything is worked out anew from the leaves and disclosures as they lie; stored hashes are only compared.
- A changed disclosure does not fit its leaf, a changed leaf not its hash, and a leaf changed with its hash neither the tile nor
  the next entry of its stream nor the head: each names the entry, or the few entries among which it is.
- The office's flag beside an entry follows from the centre entries before it.

Whoever can rewrite leaves, tiles and head together is found out by the signed checkpoints only (`check_checkpoints`). Held in
memory are the open tile of each level and the end of each stream, however long the log is.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection

from ledger.actions.deviations import Deviation, number
from ledger.facts.days import micros
from ledger.facts.encoding import Undecodable
from ledger.facts.entries import Entry, entry_of, value_of
from ledger.facts.offices import Offices
from ledger.proof import leaves
from ledger.proof.merkle import HASH_BYTES, TILE_WIDTH, Damaged, Frontier, leaf_hash
from ledger.proof.tiles import tile_root
from ledger.store import audit
from ledger.store.audit import RawEntry


@dataclass
class LogCheck:
    """Takes the rows of all entries in order; `finish` compares what only the whole log can tell."""

    connection: Connection
    offices: Offices = field(default_factory=Offices)
    size: int = 0
    recorded_at: int = 0
    whole: bool = True  # no entry is missing, so that leaves have their places in the tree
    frontier: Frontier = field(default_factory=Frontier)
    levels: list[tuple[int, list[bytes]]] = field(default_factory=list)  # of each tile level: the open tile and its number
    streams: dict[str, tuple[int, bytes]] = field(default_factory=dict)  # the last seq and leaf hash of each
    found: list[Deviation] = field(default_factory=list)  # and not told yet
    sound: bool = True  # nothing was found so far
    tiles: int = 0  # compared
    disclosures: int = 0  # read

    def told(self) -> list[Deviation]:
        """What was found since the last time."""
        found, self.found = self.found, []
        self.sound = self.sound and not found
        return found

    def look(self, raw: RawEntry) -> Entry | None:
        """Look at the next row; the entry, or None where it cannot be read."""
        found = self.found
        if not isinstance(raw.index, int) or not isinstance(raw.centre, str):
            found.append(Deviation("entry", f"index {raw.index!r} and centre {raw.centre!r} are not both told", number(raw.index)))
            self.whole = False
            return None
        if raw.index > self.size:
            gap = f"{self.size}" if raw.index == self.size + 1 else f"{self.size} to {raw.index - 1}"
            found.append(Deviation("entry", f"index {gap} is missing", self.size))
            self.whole = False
        elif raw.index < self.size:
            found.append(Deviation("entry", "has no place of its own in the log", raw.index))
            self.whole = False
        self.size = max(self.size, raw.index + 1)
        found += (Deviation("entry", what, raw.index) for what in self._wrong_with_leaf(raw))
        entry, wrong = self._disclosed(raw)
        found += (Deviation("disclosure", what, raw.index) for what in wrong)
        if entry:
            found += (Deviation("entry", what, raw.index) for what in _wrong_beside(raw, entry))
        if not isinstance(raw.recorded_at, int) or raw.recorded_at <= self.recorded_at:
            found.append(Deviation("entry", "recorded_at is not later than that of the entry before", raw.index))
        else:
            self.recorded_at = raw.recorded_at
        hash_ = leaf_hash(raw.leaf) if isinstance(raw.leaf, bytes) else b""
        if raw.leaf_hash != hash_:
            found.append(Deviation("entry", "leaf_hash is not the hash of its leaf", raw.index))
        if self.whole and len(hash_) == HASH_BYTES:
            found += self._into_the_tree(0, hash_)
            self.frontier.append(hash_)
        self.streams[raw.centre] = (raw.seq if isinstance(raw.seq, int) else -1, hash_)
        return entry

    def _wrong_with_leaf(self, raw: RawEntry) -> Iterator[str]:
        seq, hash_ = self.streams.get(raw.centre, (-1, None))
        if raw.seq != seq + 1:
            yield f"seq is {raw.seq}, and {seq + 1} comes next in the stream of {raw.centre}"
        try:
            leaf = leaves.parse_leaf(raw.leaf)
        except (Damaged, TypeError) as error:
            yield f"its leaf cannot be read: {error}"
            return
        for name, told, stored in (("stream", leaf.stream, raw.centre), ("seq", leaf.seq, raw.seq)):
            if told != stored:
                yield f"its leaf has the {name} {told}, its row {stored}"
        if leaf.prev_hash != hash_:
            yield f"its leaf does not follow the leaf before it in the stream of {raw.centre}"
        if isinstance(raw.recorded_at, int) and leaf.ts != raw.recorded_at // 1_000_000:
            yield "its leaf was written in another second than recorded_at says"

    def _disclosed(self, raw: RawEntry) -> tuple[Entry | None, list[str]]:
        """The entry behind the disclosure, and what is wrong with that."""
        if not isinstance(raw.disclosure, str):
            return None, ["is missing"]
        self.disclosures += 1
        wrong = []
        try:
            if leaves.digest(raw.disclosure) != leaves.parse_leaf(raw.leaf).digest:
                wrong.append("is not what its leaf commits to")
        except (Damaged, TypeError):
            pass  # said of the leaf already
        except UnicodeEncodeError:
            wrong.append("is not base64url")
        try:
            value = leaves.opened(raw.disclosure)
            entry = entry_of(value, index=raw.index, centre=raw.centre, seq=raw.seq, office=False)
            if value_of(entry) != value:
                wrong.append("is not in the normal form")
        except (Damaged, Undecodable, KeyError, TypeError, ValueError) as error:
            return None, [*wrong, f"cannot be read: {error}"]
        return self.offices.flagged(entry), wrong

    # --- the tree --------------------------------------------------------------------------------------------------

    def _into_the_tree(self, level: int, hash_: bytes) -> Iterator[Deviation]:
        if level == len(self.levels):
            self.levels.append((0, []))
        n, row = self.levels[level]
        row.append(hash_)
        if len(row) == TILE_WIDTH:
            self.levels[level] = (n + 1, [])
            yield from self._compared(level, n, row)
            yield from self._into_the_tree(level + 1, tile_root(row))

    def _compared(self, level: int, n: int, row: list[bytes]) -> Iterator[Deviation]:
        stored = audit.tile(self.connection, level, n)
        self.tiles += stored is not None
        if stored is None:
            yield Deviation("tile", f"tile {level}/{n} is missing")
        elif not isinstance(stored, bytes) or len(stored) != TILE_WIDTH * HASH_BYTES:
            yield Deviation("tile", f"tile {level}/{n} is not {TILE_WIDTH} hashes")
        else:
            wide = TILE_WIDTH**level
            for place, hash_ in enumerate(row):
                if stored[place * HASH_BYTES : (place + 1) * HASH_BYTES] != hash_:
                    first = (n * TILE_WIDTH + place) * wide
                    over = f"of entry {first}" if wide == 1 else f"over entries {first} to {first + wide - 1}"
                    what = f"tile {level}/{n} has another hash {over}"
                    yield Deviation("tile", what, first if wide == 1 else None)

    def finish(self) -> None:
        self.found += self._beyond_the_entries()
        self.found += self._head()

    def _beyond_the_entries(self) -> Iterator[Deviation]:
        for index in audit.disclosures_of_nothing(self.connection):
            yield Deviation("disclosure", "there is no such entry", number(index))
        if self.whole:
            for level in range(max(len(self.levels), audit.highest_level(self.connection) + 1)):
                full = self.levels[level][0] if level < len(self.levels) else 0
                for n in audit.tiles_from(self.connection, level, full):
                    yield Deviation("tile", f"tile {level}/{n} cannot be full yet")

    def _head(self) -> Iterator[Deviation]:
        heads = audit.heads(self.connection)
        if len(heads) != 1:
            yield Deviation("log_head", f"there are {len(heads)} of them, not one" if heads else "is missing")
            return
        (head,) = heads
        if head.size != self.size:
            yield Deviation("log_head", f"size is {head.size}, and the log has {self.size} entries")
        if head.recorded_at != self.recorded_at:
            yield Deviation("log_head", "recorded_at is not that of the last entry", self.size - 1 if self.size else None)
        if self.whole and head.frontier != self.frontier.to_bytes():
            yield from self._parted_from(head.frontier)

    def _parted_from(self, stored: Any) -> Iterator[Deviation]:
        """Below which roots of the frontier the leaves are others than those that were added."""
        roots = self.frontier.roots
        if not isinstance(stored, bytes) or len(stored) != len(roots) * HASH_BYTES:
            yield Deviation("log_head", f"frontier is not that of a tree of {self.size} leaves")
            return
        first = 0
        bits = [1 << bit for bit in reversed(range(self.size.bit_length())) if self.size >> bit & 1]
        for place, (wide, root) in enumerate(zip(bits, roots, strict=True)):
            if stored[place * HASH_BYTES : (place + 1) * HASH_BYTES] != root:
                over = f"entry {first}" if wide == 1 else f"entries {first} to {first + wide - 1}"
                yield Deviation("log_head", f"frontier has another root over {over}", first if wide == 1 else None)
            first += wide


def _wrong_beside(raw: RawEntry, entry: Entry) -> Iterator[str]:
    """Columns that repeat what the disclosure says, or follow from it."""
    if raw.kind != entry.kind:
        yield f"kind is {raw.kind}, and {entry.kind} in the disclosure"
    if raw.recorded_at != micros(entry.recorded_at):
        yield "recorded_at is another instant than in the disclosure"
    if raw.office != int(entry.office):
        yield f"office is {bool(raw.office)}, and {entry.office} by the centre entries before it"
