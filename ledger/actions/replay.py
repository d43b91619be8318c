"""A log replayed in shares: what is folded together stays together, and one share at a time is held in memory.

- A unit is what is folded as a whole: a deal with all that was said of it, a pool with its members, a patent, a loan.
- `Shares` takes all entries in log order and keeps one byte of each: its share, and whether an office wrote it. One share is the
  context, that everything else is judged by: parties, centres, and what was said of participants.
- `Replay` is one share folded by the core in memory (`facts.world`): mentions, and every version that its rows ever had.

Claims lie between units, so they follow from no share; who needs them collects the deal lines of the fingerprints in question.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from zlib import crc32

from sqlalchemy import Connection

from ledger.facts.entries import Entry, entry_of
from ledger.facts.kinds.pools import Admission, Withdrawal
from ledger.facts.kinds.registry import Centre, Party
from ledger.facts.kinds.rulings import Attestation, Baseline, Closing, Participation, Reversal
from ledger.facts.lines.rows import Claim, DealLine, Row
from ledger.facts.mentions import Mention, mention, subjects
from ledger.facts.world import Change, World
from ledger.proof import leaves
from ledger.store import audit
from ledger.store import tables as t
from ledger.store.lines import set_key, values_of

SHARE: Final = 5000  # entries, about; some 25 MB while they are folded
SHARES_MAX: Final = 128  # so that a share and the office's flag fit into a byte
OFFICE: Final = 128
CONTEXT: Final = 0
OF_CONTEXT: Final = (Centre, Party, Participation, Closing, Baseline)
CHUNK: Final = 500

Key = tuple[Any, ...]


class CannotReplay(Exception):
    """An entry that no rule would have let in broke the fold; `index` is its place."""

    def __init__(self, index: int, error: Exception) -> None:
        super().__init__(f"what follows from it cannot be worked out ({error!r})")
        self.index = index


class Shares:
    """Where each entry of a log of about `size` entries belongs."""

    def __init__(self, size: int) -> None:
        self.count = min(SHARES_MAX, 2 + max(size, 0) // SHARE)
        self._places = bytearray()

    @property
    def size(self) -> int:
        return len(self._places)

    def take(self, entry: Entry) -> None:
        """The next entry of the log."""
        assert entry.index == self.size
        self._places.append(self._share_of(entry) | (OFFICE if entry.office else 0))

    def _share_of(self, entry: Entry) -> int:
        fact = entry.fact
        if isinstance(fact, Attestation | Reversal):  # it belongs to what it speaks of
            return self._places[fact.entry] & ~OFFICE if 0 <= fact.entry < self.size else CONTEXT
        if isinstance(fact, OF_CONTEXT):
            return CONTEXT
        if isinstance(fact, Admission | Withdrawal):  # whose subjects are many
            unit = mention("pool", fact.pool_id)
        else:
            unit = subjects(fact, entry.centre, entry.index, lambda _: ())[0]
        return 1 + crc32("\n".join(unit).encode()) % (self.count - 1)

    def indices(self, share: int) -> list[int]:
        return [index for index, place in enumerate(self._places) if place & ~OFFICE == share]

    def entries(self, connection: Connection, share: int) -> Iterator[Entry]:
        """The entries of a share in log order."""
        return self.entries_at(connection, self.indices(share))

    def entries_at(self, connection: Connection, indices: Sequence[int]) -> Iterator[Entry]:
        """Entries by ascending indices, each with the office's flag as it was taken, whatever lies beside it."""
        for start in range(0, len(indices), CHUNK):
            for index, centre, seq, text in audit.disclosed(connection, indices[start : start + CHUNK]):
                office = bool(self._places[index] & OFFICE)
                yield entry_of(leaves.opened(text), index=index, centre=centre, seq=seq, office=office)


@dataclass(slots=True)
class Version:
    """A row, standing at log sizes since <= size < until."""

    row: Row
    since: int
    until: int = t.OPEN

    def values(self) -> dict[str, Any]:
        """As `store.audit` reads it."""
        told = values_of(self.row) | {"since": self.since, "until": self.until}
        return {name: audit.plain(value) for name, value in told.items()}


@dataclass
class Replay:
    """A share folded entry by entry; claims are left out."""

    world: World = field(default_factory=World)
    indices: list[int] = field(default_factory=list)
    patents: set[str] = field(default_factory=set)
    versions: dict[type[Row], dict[Key, Version]] = field(default_factory=lambda: {kind: {} for kind in t.ROW_TABLES})
    sets: dict[Key, int] = field(default_factory=dict)  # (set, place, party) → the first entry that needs it
    labels: set[Key] = field(default_factory=set)
    mentions: dict[int, set[tuple[str, str, int]]] = field(default_factory=dict)
    deal_lines: list[Change] = field(default_factory=list)  # that begin or cease to stand, and have a fingerprint
    standing: dict[tuple[type[Row], Key], Version] = field(default_factory=dict)

    def take(self, entry: Entry) -> None:
        """Raises CannotReplay."""
        self.indices.append(entry.index)
        try:
            taken = self.world.take(entry)
            self.mentions[entry.index] = {
                (m.what, m.value, int(is_subject))
                for about, is_subject in ((taken.subjects, True), (taken.names, False))
                for m in about
            }
            self.patents.update(_patents(taken.subjects))
            for change in taken.changes:
                self._follow(change)
        except Exception as error:
            raise CannotReplay(entry.index, error) from error

    def _follow(self, change: Change) -> None:
        row, kind = change.row, type(change.row)
        if isinstance(row, Claim):
            return
        if isinstance(row, DealLine) and row.fingerprint:
            self.deal_lines.append(change)
        key = key_of(row)
        if not change.opened:
            self.standing.pop((kind, key)).until = change.at + 1
            return
        version = Version(row, since=change.at + 1)
        self.standing[kind, key] = self.versions[kind][*key, version.since] = version
        if isinstance(row, DealLine):
            for side in (row.grantors, row.grantees):
                for place, party in enumerate(side, 1):
                    self.sets.setdefault((set_key(side), place, party), row.entry)
        for name, what in t.LABELS.items():
            self.labels.update((row.entry, what, value) for value in getattr(row, name, ()))  # type: ignore[attr-defined]


def key_of(row: Row) -> Key:
    return tuple(audit.plain(getattr(row, name)) for name in row.KEY)


def _patents(about: tuple[Mention, ...]) -> Iterator[str]:
    return (one.value for one in about if one.what == "patent")
