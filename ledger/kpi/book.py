"""What a figure is asked of, and what it answers: the words that both roads share.

A `Book` is a log at one size, ready to be counted. `kpi.figures.FoldedBook` folds entries (the specification);
`store.figures` asks the database; `kpi.portioned` folds a log that is too long to hold, portion by portion. All answer the
same `Figure` to the same question, and `kpi.scorecard` does not know which one it was given.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Protocol

from ledger.facts.entries import Entry
from ledger.facts.lines.rows import CentreRow, Standing
from ledger.facts.mentions import Mention
from ledger.kpi.language import Metric
from ledger.kpi.windows import Window

LEVELS: Mapping[str, Standing] = {
    "recorded": Standing.RECORDED,
    "attested": Standing.ATTESTED,
    "verified": Standing.VERIFIED,
}
GROUPS = ("centre", "kind", "month", "quarter", "year", "region")


@dataclass(frozen=True, slots=True)
class Operator:
    """Who operates the subject on begins ≤ day < ends."""

    begins: date
    ends: date
    party_id: str | None


@dataclass(frozen=True, kw_only=True)
class Scope:
    """Whose entries are counted, and what `$subject` stands for.

    `centre`: that centre's own entries. `region`: every recorder's, narrowed to recorders of the region where the metric
    has no region test of its own. Neither: the whole ledger.
    """

    centre: str | None = None
    region: str | None = None
    terms: Mapping[str, str | None] = field(default_factory=dict)
    operators: tuple[Operator, ...] = ()
    recorders: frozenset[str] | None = None  # only these, for a panel

    def __hash__(self) -> int:  # a mapping has none of its own; questions are told apart by all that they say
        return hash((self.centre, self.region, frozenset(self.terms.items()), self.operators, self.recorders))

    def operator_on(self, day: date) -> str | None:
        return next((o.party_id for o in self.operators if o.begins <= day < o.ends), None)


@dataclass(frozen=True, slots=True)
class Question:
    """One figure: a metric over a window, seen at the end of the day `on`, at a level."""

    metric: Metric
    scope: Scope
    window: Window
    on: date
    level: str = "recorded"

    @property
    def floor(self) -> Standing:
        return LEVELS[self.level]

    def counts_on(self, day: date) -> bool:
        """Whether a flow dated on this day is in the window as seen on `on`."""
        first, last = self.span
        return first <= day <= last

    @property
    def span(self) -> tuple[date, date]:
        """The first and the last day that count."""
        return self.window.begins or date.min, self.state_day

    @property
    def state_day(self) -> date:
        """The day on which a stock is looked at: the last of the window, but not after `on`."""
        return min(self.on, date.fromordinal(self.window.ends.toordinal() - 1))


@dataclass(frozen=True)
class Figure:
    """`value` is a count, or fen for sums of money. Lines that are pending or excluded are beside it, never in it."""

    value: int
    pending_lines: int = 0
    pending_amount: int = 0
    missing_amounts: int = 0
    excluded: Mapping[str, int] = field(default_factory=dict)
    counted_lines: int = 0


@dataclass(frozen=True, slots=True, order=True)
class Item:
    """One line behind a figure, or one change of amount or payment of a line (then `entry` is the one that brought it)."""

    entry: int
    line: int
    centre: str
    kind: str
    deal_no: str | None
    patent_id: str | None
    day: date | None
    amount: int | None
    standing: str  # counted, pending, excluded
    reason: str | None


class Book(Protocol):
    """A log at one size, with all that a scorecard asks of it."""

    @property
    def size(self) -> int: ...
    def prepare(self, questions: Iterable[Question]) -> None: ...
    def figure(self, question: Question) -> Figure: ...
    def recorders(self, question: Question) -> frozenset[str]: ...
    def takers(self, question: Question) -> int: ...
    def history(self, subject: Mention) -> Sequence[Entry]: ...
    def centre_rows(self, code: str) -> Sequence[CentreRow]: ...


class ListedBook(Book, Protocol):
    """A book that also shows the lines behind its figures, and figures by groups."""

    def grouped(self, question: Question, by: Sequence[str]) -> Mapping[tuple[str, ...], Figure]: ...
    def items(self, question: Question) -> Iterable[Item]: ...
