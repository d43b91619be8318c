"""What is known around a fact: histories by subject, and the rows that follow from them, kept up as entries are taken.

The same world serves three callers. The rules ask it questions before an entry is taken. The append path takes entries
one by one and writes the changes of rows it answers. And a world that has taken a whole log is the specification of
every figure: `ledger.kpi.figures` folds its rows. A world that knows only a part of the log is given a `Source`, which
fetches a history the first time it is asked for; one without a source knows everything it will ever know.

It reads no clock and no database; the store implements `Source`.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import NamedTuple, Protocol

from ledger.facts.entries import Entry
from ledger.facts.kinds.registry import OFFICE_KINDS, Centre
from ledger.facts.lines.deals import DealState, claim_on, deal_state
from ledger.facts.lines.fold import rows_of
from ledger.facts.lines.registry import PatentState, patent_state
from ledger.facts.lines.rows import CentreRow, Claim, DealLine, InForce, PartyLine, PoolLine, Row
from ledger.facts.lines.verdicts import Verdicts
from ledger.facts.mentions import Mention, mention, names, subjects


class Source(Protocol):
    """Where a partial world finds what it has not seen."""

    def histories(self, wanted: Sequence[Mention]) -> Mapping[Mention, Sequence[Entry]]: ...
    def entry(self, index: int) -> Entry | None: ...
    def subjects(self, index: int) -> tuple[Mention, ...]: ...
    def naming(self, wanted: Mention) -> Sequence[int]: ...
    def stream(self, centre: str) -> Sequence[int]: ...
    def deal_lines(self, *, patents: Sequence[str] = (), fingerprints: Sequence[str] = ()) -> Sequence[DealLine]: ...


class Change(NamedTuple):
    """A row that begins or ceases to stand, by the entry at `at`."""

    row: Row
    opened: bool
    at: int


class Taken(NamedTuple):
    entry: Entry
    subjects: tuple[Mention, ...]
    names: tuple[Mention, ...]
    changes: tuple[Change, ...]


class World:
    """Histories and rows. `take` adds an entry, `undo` takes back what was taken since a mark."""

    def __init__(self, source: Source | None = None) -> None:
        self._source = source
        self._entries: dict[int, Entry | None] = {}
        self._subjects: dict[int, tuple[Mention, ...]] = {}
        self._histories: dict[Mention, list[Entry]] = {}
        self._naming: dict[Mention, list[int]] = {}
        self._rows: dict[Mention, frozenset[Row]] = {}
        self._by_patent: dict[str, dict[tuple[int, int], DealLine]] = {}
        self._by_fingerprint: dict[str, dict[tuple[int, int], DealLine]] = {}
        self._taken: list[Taken] = []

    # --- what is known ---------------------------------------------------------------------------------------------

    def prefetch(self, wanted: Iterable[Mention]) -> None:
        """Fetch many histories at once; asking for them one by one gives the same answers, slower."""
        missing = [one for one in dict.fromkeys(wanted) if one not in self._histories]
        if self._source and missing:
            for one, history in self._source.histories(missing).items():
                self._histories[one] = list(history)
                for entry in history:
                    self._entries.setdefault(entry.index, entry)

    def prefetch_deal_lines(self, patents: Iterable[str], fingerprints: Iterable[str]) -> None:
        """Fetch the standing deal lines on patents and under fingerprints at once."""
        new_patents = [p for p in dict.fromkeys(patents) if p not in self._by_patent]
        new_prints = [f for f in dict.fromkeys(fingerprints) if f not in self._by_fingerprint]
        for patent_id in new_patents:
            self._by_patent[patent_id] = {}
        for fingerprint in new_prints:
            self._by_fingerprint[fingerprint] = {}
        if self._source and (new_patents or new_prints):
            wanted_patents, wanted_prints = set(new_patents), set(new_prints)
            for line in self._source.deal_lines(patents=new_patents, fingerprints=new_prints):
                if line.patent_id in wanted_patents:
                    self._by_patent[line.patent_id][line.entry, line.line] = line
                if line.fingerprint in wanted_prints:
                    self._by_fingerprint[line.fingerprint][line.entry, line.line] = line
            # What was taken but not written yet is not in the store; what was written already says the same twice.
            for change in (change for taken in self._taken for change in taken.changes):
                if isinstance(change.row, DealLine):
                    self._index(change.row, add=change.opened)

    def history(self, subject: Mention) -> list[Entry]:
        if subject not in self._histories:
            self.prefetch([subject])
        return self._histories.setdefault(subject, [])

    def entry(self, index: int) -> Entry | None:
        if index not in self._entries:
            self._entries[index] = self._source.entry(index) if self._source else None
        return self._entries[index]

    def subjects_of(self, index: int) -> tuple[Mention, ...]:
        if index not in self._subjects:
            self._subjects[index] = self._source.subjects(index) if self._source else ()
        return self._subjects[index]

    def naming(self, wanted: Mention) -> list[int]:
        """Indices of the entries that name something (beside those whose subject it is)."""
        if wanted not in self._naming:
            stored = self._source.naming(wanted) if self._source else ()
            self._naming[wanted] = sorted({*stored, *(taken.entry.index for taken in self._taken if wanted in taken.names)})
        return self._naming[wanted]

    def stream(self, centre: str) -> list[int]:
        """Indices of the entries that a centre recorded. Rarely asked and never kept: a stream is long."""
        stored = self._source.stream(centre) if self._source else ()
        return sorted({*stored, *(taken.entry.index for taken in self._taken if taken.entry.centre == centre)})

    def rows(self, subject: Mention) -> frozenset[Row]:
        if subject not in self._rows:
            self._rows[subject] = rows_of(subject, self.history(subject))
        return self._rows[subject]

    def all_rows(self) -> Iterator[Row]:
        """Every row that stands; only a world without a source knows them all."""
        assert self._source is None
        for subject in self._histories:
            yield from self.rows(subject)
        for fingerprint in self._by_fingerprint:
            if claim := claim_on(self.claimants(fingerprint)):
                yield claim

    def live(self, entry: Entry) -> bool:
        """Not reversed."""
        return self.reversed_by(entry.index) is None

    def reversed_by(self, index: int) -> int | None:
        about = self.subjects_of(index)
        return Verdicts.of(self.history(about[0])).reversed_by.get(index) if about else None

    # --- questions in the words of the field -----------------------------------------------------------------------

    def centre(self, code: str, on: date) -> CentreRow | None:
        """The record of a centre on a day; before its first day, its first record."""
        rows = [r for r in self.rows(mention("centre", code)) if isinstance(r, CentreRow)]
        return next((r for r in rows if r.begins <= on < r.ends), None)

    def is_registered(self, code: str) -> bool:
        return bool(self.rows(mention("centre", code)))

    def is_office(self, code: str) -> bool:
        """Offices are told by the first entry of their code, so that nothing written before changes its weight."""
        first = next((e.fact for e in self.history(mention("centre", code)) if isinstance(e.fact, Centre)), None)
        return first is not None and first.centre_kind in OFFICE_KINDS

    def party(self, party_id: str, on: date) -> PartyLine | None:
        rows = [r for r in self.rows(mention("party", party_id)) if isinstance(r, PartyLine)]
        return next((r for r in rows if r.begins <= on < r.ends), None)

    def patent(self, patent_id: str) -> PatentState | None:
        return patent_state(self.history(mention("patent", patent_id)))

    def in_force(self, patent_id: str, on: date) -> bool:
        rows = [r for r in self.rows(mention("patent", patent_id)) if isinstance(r, InForce)]
        return any(r.begins <= on < r.ends for r in rows)

    def pool(self, pool_id: str) -> PoolLine | None:
        return next((r for r in self.rows(mention("pool", pool_id)) if isinstance(r, PoolLine)), None)

    def deal(self, centre: str, deal_no: str) -> DealState | None:
        return deal_state(self.history(mention("deal", centre, deal_no)))

    def deal_lines_on(self, patent_id: str) -> list[DealLine]:
        """The standing lines of all deals on a patent, whoever recorded them."""
        self.prefetch_deal_lines([patent_id], [])
        return list(self._by_patent[patent_id].values())

    def claimants(self, fingerprint: str) -> list[DealLine]:
        self.prefetch_deal_lines([], [fingerprint])
        return list(self._by_fingerprint[fingerprint].values())

    # --- taking and taking back ------------------------------------------------------------------------------------

    def mark(self) -> int:
        return len(self._taken)

    def take(self, entry: Entry) -> Taken:
        """Add an entry that is now part of the log; answers the rows that changed by it."""
        about = tuple(dict.fromkeys(subjects(entry.fact, entry.centre, entry.index, self.subjects_of)))
        named = tuple(n for n in dict.fromkeys(names(entry.fact, entry.centre, self._centre_of)) if n not in about)
        before = [self.rows(subject) for subject in about]
        self._entries[entry.index] = entry
        self._subjects[entry.index] = about
        for subject in about:
            self.history(subject).append(entry)
            self._rows.pop(subject, None)
        for name in named:
            # What was never asked for need not be kept up: the store will have it when it is.
            if name in self._naming or self._source is None:
                self._naming.setdefault(name, []).append(entry.index)
        changes: list[Change] = []
        for subject, old in zip(about, before, strict=True):
            new = self.rows(subject)
            changes += [Change(row, False, entry.index) for row in old - new]
            changes += [Change(row, True, entry.index) for row in new - old]
        changes += self._claims_after(changes, entry.index)
        taken = Taken(entry, about, named, tuple(changes))
        self._taken.append(taken)
        return taken

    def undo(self, mark: int) -> None:
        """Forget all that was taken since `mark`."""
        while len(self._taken) > mark:
            entry, about, named, changes = self._taken.pop()
            for name in named:
                if self._naming.get(name, [])[-1:] == [entry.index]:
                    self._naming[name].pop()
            for subject in about:
                self._histories[subject].pop()
                self._rows.pop(subject, None)
            del self._entries[entry.index], self._subjects[entry.index]
            for change in reversed(changes):
                if isinstance(change.row, DealLine):
                    self._index(change.row, add=not change.opened)

    def _centre_of(self, index: int) -> str | None:
        entry = self.entry(index)
        return entry.centre if entry else None

    def _claims_after(self, changes: Sequence[Change], at: int) -> list[Change]:
        """Keep the indexes of deal lines, and find which claims changed hands."""
        lines = [(change.row, change.opened) for change in changes if isinstance(change.row, DealLine)]
        prints = sorted({line.fingerprint for line, _ in lines if line.fingerprint})
        self.prefetch_deal_lines([], prints)
        before = {fingerprint: claim_on(self.claimants(fingerprint)) for fingerprint in prints}
        for line, opened in lines:
            self._index(line, add=opened)
        moved: list[Change] = []
        for fingerprint in prints:
            old, new = before[fingerprint], claim_on(self.claimants(fingerprint))
            if old != new:
                moved += [Change(claim, claim is new, at) for claim in (old, new) if isinstance(claim, Claim)]
        return moved

    def _index(self, line: DealLine, *, add: bool) -> None:
        # A partial world indexes only what it has fetched: the rest is still complete in the store.
        for index, key in ((self._by_patent, line.patent_id), (self._by_fingerprint, line.fingerprint)):
            if key is None or (self._source and key not in index):
                continue
            held = index.setdefault(key, {})
            if add:
                held[line.entry, line.line] = line
            else:
                held.pop((line.entry, line.line), None)
