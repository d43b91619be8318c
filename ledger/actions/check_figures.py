"""The figures by both roads: counted in SQL from the rows, and folded from the entries; and those that an office accepted.

The fold goes share by share (`replay`): a scorecard's questions are noted first and counted together, so that a few passes over the
log answer for all participants. Held meanwhile are the master data (parties, centres, what was said of participants), one share,
and the days in force of the patents that this share names.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import rfc8785
from sqlalchemy import Connection

from ledger.actions.deviations import Deviation
from ledger.actions.ledger import Ledger, Reading
from ledger.actions.replay import CONTEXT, Shares
from ledger.actions.score import scorecard_of
from ledger.facts.days import shanghai_today
from ledger.facts.entries import Entry
from ledger.facts.kinds.rulings import Closing
from ledger.facts.lines.rows import DealLine, InForce, MemberLine, Row
from ledger.facts.portions import histories_of, rows_from
from ledger.kpi.book import LEVELS, Book
from ledger.kpi.judging import Rows
from ledger.kpi.language import Programme, revive
from ledger.kpi.participants import participant
from ledger.kpi.portioned import PortionedBook, settled
from ledger.kpi.scorecard import scorecard
from ledger.store import audit, definitions
from ledger.store.figures import StoredBook

Card = dict[str, Any]


@dataclass
class FigureCheck:
    """Compares what stands in the scorecards of the participants of a log whose rows were compared."""

    ledger: Ledger
    connection: Connection
    shares: Shares
    contested: set[tuple[int, int]]
    progress: Callable[[float], None] = lambda part: None
    passes: int = 0

    def compare(self, participations: Iterable[tuple[str, str]]) -> Iterator[Deviation]:
        """Every target for each (programme, subject), as of today, at every level."""
        programmes = self.ledger.catalogue.programmes
        asked = [(programmes[id_], subject, level) for id_, subject in participations if id_ in programmes for level in LEVELS]
        if not asked:
            return
        on = shanghai_today(self.ledger.clock())
        stored, folded = StoredBook(self.connection, self.shares.size), self._folded()
        by_entries = settled(folded, lambda: [_card(folded, *one, on) for one in asked])
        for one, card in zip(asked, by_entries, strict=True):
            programme, subject, level = one
            try:
                by_rows = _card(stored, *one, on)
            except Exception as error:  # a damaged row can make the database or its driver stumble anywhere
                yield Deviation("figures", f"{programme.id} {subject}, {level}: the rows cannot be counted ({error!r})")
                continue
            for what in _differing(by_rows, card):
                yield Deviation("figures", f"{programme.id} {subject}, {level}: {what}")

    def accepted(self, closings: Sequence[Entry]) -> Iterator[Deviation]:
        """Figures that an office bound itself to can be counted again, by the definition that was kept, and are the same."""
        for entry in closings:
            fact = entry.fact
            assert isinstance(fact, Closing)
            if fact.size != entry.index:
                yield Deviation("entry", f"it accepted figures at size {fact.size}, and the log before it had another", entry.index)
                continue
            definition = definitions.find(self.connection, fact.programme_digest or "")
            if definition is None:
                yield Deviation("definition", f"that of {fact.programme}, by which it was accepted, is missing", entry.index)
                continue
            try:
                programme = revive(fact.programme, json.loads(definition))
                now = Reading(self.connection, self.ledger)
                card = scorecard_of(now, programme, fact.subject, on=fact.through, size=fact.size, level="recorded")
            except Exception as error:  # as above
                yield Deviation("figures", f"what it accepted cannot be counted again ({error!r})", entry.index)
                continue
            if hashlib.sha256(rfc8785.dumps(card)).hexdigest() != fact.scorecard_digest:
                yield Deviation("figures", "what it accepted is counted otherwise now", entry.index)

    # --- the fold --------------------------------------------------------------------------------------------------

    def _folded(self) -> PortionedBook:
        context = histories_of(self.shares.entries(self.connection, CONTEXT))
        return PortionedBook(context, self.shares.size, self._pass, contested=self.contested)

    def _pass(self) -> Iterator[Rows]:
        # How many passes it takes shows at the end only: each of them is given half of what is left.
        left = 0.5**self.passes
        self.passes += 1
        for share in range(CONTEXT + 1, self.shares.count):
            rows = [row for row in rows_from(self.shares.entries(self.connection, share)) if not isinstance(row, InForce)]
            yield ShareRows.of([*rows, *self._in_force(rows)])
            self.progress(1 - left * (1 - share / self.shares.count / 2))

    def _in_force(self, rows: Iterable[Row]) -> list[Row]:
        """The days of the patents that some lines are of."""
        patents = sorted({row.patent_id for row in rows if isinstance(row, DealLine | MemberLine)})
        entries = audit.entries_about(self.connection, "patent", patents)
        return rows_from(self.shares.entries_at(self.connection, [index for index in entries if 0 <= index < self.shares.size]))


class ShareRows(Rows):
    """Rows that bring the days in force of their patents along: of these the context has none."""

    def among(self, context: Rows, contested: Any) -> Rows:
        return replace(super().among(context, contested), in_force=self.in_force)


def _card(book: Book, programme: Programme, subject: str, level: str, on: date) -> Card:
    who = participant(book, programme, subject, on)
    return {} if who is None else scorecard(book, who, on=on, level=level)


def _differing(by_rows: Card, by_entries: Card) -> Iterator[str]:
    if not (by_rows and by_entries):
        if by_rows or by_entries:
            yield f"takes part by the {'rows' if by_rows else 'entries'} only"
        return
    targets = zip(by_rows.pop("targets", ()), by_entries.pop("targets", ()), strict=True)
    pairs = [("", by_rows, by_entries), *((f"{row['id']}: ", row, other) for row, other in targets)]
    for where, one, other in pairs:
        for name in sorted(one.keys() | other.keys()):
            if one.get(name) != other.get(name):
                yield f"{where}{name} is {one.get(name)} by the rows, {other.get(name)} by the entries"
