"""The disclosures against the leaves: each opens the leaf at its index, and none is missing that must be there.

- Lines are canonical, in the order of the log, none twice, and of leaves below `known_at`.
- Each holds an entry, which `opening` looks at. Its instant is later than that of every disclosed entry before it.
- Of a stream that is to be complete each leaf below `known_at` is disclosed; of other streams exactly the `foreign` list.

Leaves and lines go by once, side by side; none is kept. What the entries count for is `figures`' business.
"""

import re
from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from ledger.actions.verify.files import DISCLOSURES, MANIFEST, Files
from ledger.actions.verify.log import Place
from ledger.actions.verify.opening import Contents, Sealed
from ledger.actions.verify.report import Report
from ledger.facts.days import format_instant, from_micros
from ledger.proof.merkle import Damaged

CHECK: Final = "disclosures"

_LINE: Final = re.compile(rb'\{"disclosure":"([A-Za-z0-9_-]+)","index":(0|[1-9][0-9]{0,15})\}')


class Everything:
    """Contains every stream."""

    def __contains__(self, _: object) -> bool:
        return True


@dataclass(frozen=True)
class Wanted:
    """What must be disclosed: below which size, whose streams whole, and which entries of others (ascending)."""

    known_at: int
    complete: Container[str]
    foreign: Sequence[int]


@dataclass
class Disclosures:
    """Takes every leaf of the log in order, and then what was found in the disclosures that it matched with them."""

    files: Files
    wanted: Wanted
    report: Report
    own: int = 0
    own_wanted: int = 0
    foreign: int = 0
    last_instant: str | None = None  # of the entry at known_at - 1, if it is disclosed
    _instant: int = -1
    _foreign_at: int = 0

    def __post_init__(self) -> None:
        self._lines = self._read()
        self._next: tuple[int, bytes, int] | None = next(self._lines, None)
        self._foreign = self.wanted.foreign

    def matched(self, place: Place) -> Sealed | None:
        """What discloses the next leaf, if it is to be opened."""
        held = self._next
        while held is not None and held[0] < place.at:
            self.report.deviate(CHECK, "no-leaf", DISCLOSURES, entry=held[0], line=held[2])
            held = self._next = next(self._lines, None)
        below = place.at < self.wanted.known_at
        own = below and place.stream in self.wanted.complete
        self.own_wanted += own
        if held is None or held[0] != place.at:
            if own:
                self.report.deviate(CHECK, "withheld", DISCLOSURES, entry=place.at, stream=place.stream, seq=place.seq)
            return None
        self._next = next(self._lines, None)
        if not below:
            self.report.deviate(CHECK, "beyond", DISCLOSURES, entry=place.at, line=held[2], known_at=self.wanted.known_at)
            return None
        if place.stream is None:
            return None  # the leaf has no form, which is told; so nobody can say what it commits to
        if own:
            self.own += 1
        else:
            self._expect_foreign(place, held[2])
        return Sealed(place.at, place.stream, place.seq, place.digest, place.ts, held[1], held[2])

    def take(self, batch: Sequence[Sealed], found: Contents) -> None:
        """What the next ones that are to be opened hold."""
        for place, code, values in found.wrong:
            self.report.deviate(CHECK, code, DISCLOSURES, entry=batch[place].at, line=batch[place].line, **values)
        for place, instant in zip(found.read, found.instants, strict=True):
            if instant <= self._instant:
                self.report.deviate(CHECK, "instant", DISCLOSURES, entry=batch[place].at, line=batch[place].line)
            else:
                self._instant = instant
        if found.read and batch[found.read[-1]].at + 1 == self.wanted.known_at:
            self.last_instant = format_instant(from_micros(found.instants[-1]))

    def finish(self) -> None:
        """After the last leaf."""
        while self._next is not None:
            self.report.deviate(CHECK, "no-leaf", DISCLOSURES, entry=self._next[0], line=self._next[2])
            self._next = next(self._lines, None)
        for index in self._foreign[self._foreign_at :]:
            self.report.deviate(CHECK, "foreign-missing", MANIFEST, entry=index)
        self.report.tell(CHECK, own=self.own, own_wanted=self.own_wanted, foreign=self.foreign)

    def _read(self) -> Iterator[tuple[int, bytes, int]]:
        """(index, disclosure, line) of the lines that are good and in order."""
        if DISCLOSURES not in self.files:
            self.report.deviate(CHECK, "missing", DISCLOSURES)
            return
        last = -1
        try:
            for number, line in enumerate(self.files.lines(DISCLOSURES), 1):
                if (match := _LINE.fullmatch(line)) is None:
                    self.report.deviate(CHECK, "form", DISCLOSURES, line=number)
                    continue
                index = int(match[2])
                if index <= last:
                    self.report.deviate(CHECK, "double" if index == last else "order", DISCLOSURES, entry=index, line=number)
                    continue
                last = index
                yield index, match[1], number
        except Damaged as damage:
            self.report.deviate(CHECK, "cut-off", DISCLOSURES, why=damage.why)

    def _expect_foreign(self, place: Place, line: int) -> None:
        self.foreign += 1
        while self._foreign_at < len(self._foreign) and self._foreign[self._foreign_at] < place.at:
            self.report.deviate(CHECK, "foreign-missing", MANIFEST, entry=self._foreign[self._foreign_at])
            self._foreign_at += 1
        if self._foreign_at < len(self._foreign) and self._foreign[self._foreign_at] == place.at:
            self._foreign_at += 1
        else:
            self.report.deviate(CHECK, "undeclared", DISCLOSURES, entry=place.at, line=line, stream=place.stream)
