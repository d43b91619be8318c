"""The disclosed entries, kept for counting: few of them in memory, many on disk, in portions that are folded one after another.

- Entries come sorted into the portions of their units (`opening`, `facts.portions`); the context, which every portion sees, stays
  in memory.
- On disk lie the words of an entry, as Python's own plain values, in a folder that nobody else may read and that goes with the run.
- Portions are folded by as many processes as there are to be (`crew`). What is learnt of a portion on the way is learnt once.
- A history from which no rows can be made, because no rule would have let it be written, is told once and left out.
- Claims reach across portions: the lines that have a fingerprint are sorted anew by it, to be settled among themselves.

What is counted is `figures`' and `contested`'s business.
"""

from collections.abc import Callable, Collection, Container, Iterable, Iterator, Mapping, Sequence
from operator import itemgetter
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, NamedTuple, TypeVar
from zlib import crc32

from ledger.actions.verify.crew import done
from ledger.actions.verify.opening import LOOSE, Contents, Sealed, entry_from, opening
from ledger.actions.verify.spill import Record, Spill, packed
from ledger.facts.entries import Entry
from ledger.facts.lines.fold import folded
from ledger.facts.lines.rows import DealLine, InForce, Row
from ledger.facts.mentions import Mention
from ledger.facts.offices import Offices
from ledger.facts.portions import CONTEXT, SPEAKING, Portions, histories_of
from ledger.kpi.judging import Rows
from ledger.kpi.portioned import Counts, PortionedBook

PORTION_ENTRIES: Final = 5_000  # some 40 MB while they are folded
PORTIONS_MAX: Final = 2_000
ENTRY_BYTES: Final = 700  # of the disclosure of an ordinary entry, to guess how many there are from the length of the file

Unfoldable = Callable[[int, str], None]  # told the last entry of a history, and why no rows follow from it
T = TypeVar("T")


class Claimant(NamedTuple):
    """What of a deal line decides who holds its claim."""

    fingerprint: str
    centre: str
    entry: int
    line: int
    standing: int
    complete_at: int | None


class Learnt(NamedTuple):
    """What is to be remembered of a portion: its claimants (packed, by fingerprint), named lines, and what could not be folded."""

    claims: dict[int, bytes]
    named: dict[tuple[int, int], DealLine]
    unfoldable: dict[Mention, tuple[int, str]]


class Kept:
    """Takes entries in log order; once all are taken, gives their rows portion by portion, as often as wanted."""

    def __init__(
        self,
        disclosed_bytes: int,
        asked: Collection[str],
        named: Container[tuple[int, int]],
        unfoldable: Unfoldable,
        progress: Callable[[int, int], None],
        processes: int,
    ) -> None:
        """`asked`: the kinds whose patents' days in force are asked for; `named`: deal lines to be found, by (entry, line)."""
        wanted = disclosed_bytes // (ENTRY_BYTES * PORTION_ENTRIES) + 1
        self._portions = Portions(min(wanted, PORTIONS_MAX), asked)
        self._asked = bool(asked)
        self._unfoldable = unfoldable
        self._progress = progress  # how many portions were counted, of how many
        self._processes = processes
        self._told: set[Mention] = set()
        self._offices = Offices()
        self._context: list[Entry] = []
        self._folder = TemporaryDirectory(prefix="pool-ledger-verify-") if self._portions.number > 1 else None
        self._entries = self._spill("entries")
        self._claims = self._spill("claims")
        self._named = named
        self._found: dict[tuple[int, int], DealLine] = {}
        self._learnt: set[int] = set()
        self._folded: dict[int, tuple[list[Row], dict[Mention, tuple[int, str]]]] = {}

    def _spill(self, name: str) -> Spill:
        return Spill(Path(self._folder.name) / name if self._folder else None)

    def close(self) -> None:
        if self._folder:
            self._folder.cleanup()

    # --- taking ----------------------------------------------------------------------------------------------------

    def opened(self, batches: Iterable[list[Sealed]]) -> Iterator[tuple[list[Sealed], Contents]]:
        """What batches of disclosures hold, once it has been taken here."""
        for batch, found in done(opening(self._portions, self._is_kept), batches, self._processes):
            self._take(batch, found)
            yield batch, found

    def _is_kept(self, portion: int) -> bool:
        """Most entries are patents, and few figures ask for their days in force."""
        return self._asked or portion <= self._portions.number

    def _take(self, batch: Sequence[Sealed], found: Contents) -> None:
        loose = iter(found.loose)
        for place, portion in zip(found.read, found.portions, strict=True):
            if portion != LOOSE:
                self._portions.put(batch[place].at, portion)
                continue
            record = next(loose)
            index, centre, *_, kind, body = record
            portion = self._portions.place(kind, body, centre, index)
            if portion != CONTEXT:
                self._entries.add(portion, packed([record]))
                continue
            entry = entry_from(record)
            self._offices.hear(entry)
            self._context.append(entry)
        for portion, records in found.records.items():
            self._entries.add(portion, records)
        self._portions.named.update(found.named)

    # --- folding ---------------------------------------------------------------------------------------------------

    def book(self, size: int, contested: Collection[tuple[int, int]]) -> PortionedBook:
        """The first `size` entries, ready to be counted; `contested` names the deal lines that do not count by (entry, line).

        Its portions are counted by `settle`.
        """
        histories = histories_of(map(self._offices.marked, self._context))
        context = {}
        for subject, history in histories.items():
            unfoldable: dict[Mention, tuple[int, str]] = {}
            _rows(subject, history, unfoldable)
            if not unfoldable:
                context[subject] = history
            self._tell(unfoldable)
        return PortionedBook(context, size, _none, in_force=self._in_force(), contested=contested)

    def settle(self, book: PortionedBook) -> None:
        """Count all that the book has noted, in one pass over the portions."""

        def counted(number: int) -> tuple[Counts, Learnt | None]:
            rows, learnt = self._look_at(number)
            return book.counted([Rows.of(rows)]), learnt

        book.conclude(self._counts(counted))

    def _counts(self, job: Callable[[int], tuple[T, Learnt | None]]) -> Iterator[T]:
        for number, (counts, learnt) in done(job, self._numbers(), self._processes):
            self._learn(number, learnt)
            self._progress(number, self._portions.number)
            yield counts

    def named_lines(self) -> dict[tuple[int, int], DealLine]:
        """The deal lines that were `named`, as far as there are such lines."""
        self._learn_the_rest()
        return self._found

    def claimants(self) -> Iterator[list[Claimant]]:
        """All deal lines that bear a fingerprint; those that bear the same one stand in one list."""
        self._learn_the_rest()
        for number in range(self._portions.number):
            yield [Claimant(*record) for record in self._claims.read(number)]

    def _learn_the_rest(self) -> None:
        numbers = [number for number in self._numbers() if number not in self._learnt]
        for number, learnt in done(lambda number: self._look_at(number)[1], numbers, self._processes):
            self._learn(number, learnt)

    def _learn(self, number: int, learnt: Learnt | None) -> None:
        if learnt is None:
            return
        self._learnt.add(number)
        for bucket, claims in learnt.claims.items():
            self._claims.add(bucket, claims)
        self._found.update(learnt.named)
        self._tell(learnt.unfoldable)

    def _tell(self, unfoldable: Mapping[Mention, tuple[int, str]]) -> None:
        for subject, (entry, why) in unfoldable.items():
            if subject not in self._told:
                self._told.add(subject)
                self._unfoldable(entry, why)

    def _look_at(self, number: int) -> tuple[Sequence[Row], Learnt | None]:
        """The rows of a portion, and what is to be learnt of it when it is folded for the first time, whatever it is folded for."""
        rows, unfoldable = self._folded.get(number) or _folded(self._entries_of(number))
        if self._folder is None:  # the only portion: it is in memory anyway, and asked for more than once
            self._folded[number] = rows, unfoldable
        if number in self._learnt:
            return rows, None
        claims: dict[int, list[Record]] = {}
        named = {}
        for line in rows:
            if isinstance(line, DealLine):
                if line.fingerprint is not None:
                    claimant = (line.fingerprint, line.centre, line.entry, line.line, int(line.standing), line.complete_at)
                    claims.setdefault(crc32(line.fingerprint.encode()) % self._portions.number, []).append(claimant)
                if (place := (line.entry, line.line)) in self._named:
                    named[place] = line
        return rows, Learnt({bucket: packed(many) for bucket, many in claims.items()}, named, unfoldable)

    def _in_force(self) -> Iterator[InForce]:
        """The days of the patents that are asked for."""
        if not self._portions.named:
            return
        named = self._portions.named

        def days(number: int) -> tuple[list[InForce], dict[Mention, tuple[int, str]]]:
            rows, unfoldable = _folded(self._entries_of(number, named))
            return [row for row in rows if isinstance(row, InForce)], unfoldable

        numbers = range(self._portions.number + 1, 2 * self._portions.number + 1)
        for _, (rows, unfoldable) in done(days, numbers, self._processes):
            self._tell(unfoldable)
            yield from rows

    def _numbers(self) -> range:
        return range(1, self._portions.number + 1)

    def _entries_of(self, number: int, named: Container[str] | None = None) -> Iterator[Entry]:
        """The entries of a portion in log order; of patents only the `named` ones, and what speaks of any."""
        for record in sorted(self._entries.read(number), key=itemgetter(0)):
            *_, kind, body = record
            if named is None or kind in SPEAKING or body["patent_id"] in named:
                yield self._offices.marked(entry_from(record))


def _folded(entries: Iterable[Entry]) -> tuple[list[Row], dict[Mention, tuple[int, str]]]:
    """The rows of whole histories; beside them the last entry of each history that has none, and why."""
    unfoldable: dict[Mention, tuple[int, str]] = {}
    rows = [row for subject, history in histories_of(entries).items() for row in _rows(subject, history, unfoldable)]
    return rows, unfoldable


def _rows(subject: Mention, history: Sequence[Entry], unfoldable: dict[Mention, tuple[int, str]]) -> list[Row]:
    try:
        return list(folded(subject, history))
    except Exception as error:
        unfoldable[subject] = history[-1].index, f"{type(error).__name__}: {error}"
        return []


def _none() -> Iterable[Rows]:
    raise AssertionError("portions are counted by settle")
