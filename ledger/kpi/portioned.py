"""Figures of a log that is too long to hold: asked first, and then counted together, portion by portion.

- What is not known yet is answered by a placeholder and noted; `settle` counts all that was noted in one pass over the portions.
- So whoever asks, asks again: `settled` repeats a work until it has met no placeholder. Most works need two rounds, one to note
  and one to tell; a panel needs one more, because whom it counts is found by counting.
- A portion holds whole units (`facts.portions`), so a line is judged as in the whole log; what several portions have in common
  (a patent, a party) is united by the tally. The lines of master data stand in the context, which is counted beside the portions.

It answers what `figures.FoldedBook` answers to the same questions, and holds the context and one portion at a time.
"""

from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import chain
from typing import Any, Final, TypeVar

from ledger.facts.entries import Entry
from ledger.facts.kinds.deals import DEAL_KINDS
from ledger.facts.lines.rows import CentreRow, InForce
from ledger.facts.mentions import Mention
from ledger.facts.portions import rows_in
from ledger.kpi.book import Figure, Question
from ledger.kpi.figures import Tally, recorders_of, takers_of, total_of
from ledger.kpi.judging import Rows
from ledger.kpi.language import Metric
from ledger.kpi.pieces import Piece, Pieces

T = TypeVar("T")

HEARD: Final = ("participation", "closing", "baseline")  # the histories that a scorecard looks into
ROUNDS: Final = 10  # figures rest on figures, but on no long chain of them
NOTHING: Final = Figure(0)
NOBODY: Final[frozenset[str]] = frozenset()


class Gathering:
    """The names that some pieces tell, whichever portion they stand in."""

    def __init__(self, names_of: Callable[[Iterable[Piece]], frozenset[str]]) -> None:
        self._names_of = names_of
        self._names: frozenset[str] = NOBODY

    def add(self, pieces: Iterable[Piece]) -> None:
        self._names |= self._names_of(pieces)

    def join(self, other: "Gathering") -> None:
        self._names |= other._names

    def answer(self) -> frozenset[str]:
        return self._names


COUNTERS: Final[Mapping[str, Callable[[Metric], Any]]] = {
    "figure": Tally,
    "recorders": lambda _: Gathering(recorders_of),
    "takers": lambda _: Gathering(takers_of),
}
Counts = list[Any]  # a counter (Tally or Gathering) for each question that was noted, in their order


class PortionedBook:
    """A log of `size` entries as a `kpi.book.Book`: its context at hand, its portions read anew for every pass.

    `context`: the histories of all that belongs to no portion. `in_force`: the days of those patents that are asked for, where
    their histories are not in the context. `contested`: (entry, line) of every contested deal line.
    """

    def __init__(
        self, context: Mapping[Mention, Sequence[Entry]], size: int, portions: Callable[[], Iterable[Rows]],
        *, in_force: Iterable[InForce] = (), contested: Container[tuple[int, int]] = (),
    ) -> None:  # fmt: skip
        self.size = size
        self._heard = {subject: history for subject, history in context.items() if subject.what in HEARD}
        self._context = Rows.of([*rows_in(context), *in_force])
        self._contested = contested
        self._portions = portions
        self._answers: dict[tuple[str, Question], Any] = {}
        self._noted: dict[tuple[str, Question], None] = {}

    # --- asking ----------------------------------------------------------------------------------------------------

    def prepare(self, questions: Iterable[Question]) -> None:
        """Nothing is gained here by knowing what will be asked."""

    def figure(self, question: Question) -> Figure:
        if question.metric.sum:
            return total_of([self.figure(part) for part in _parts(question)])
        return self._answer("figure", question, NOTHING)

    def recorders(self, question: Question) -> frozenset[str]:
        return NOBODY.union(*[self._answer("recorders", part, NOBODY) for part in _parts(question)])

    def takers(self, question: Question) -> int:
        return len(NOBODY.union(*[self._answer("takers", part, NOBODY) for part in _parts(question)]))

    def history(self, subject: Mention) -> Sequence[Entry]:
        """What was said of a participation, a closing or a baseline; no scorecard asks for another history."""
        if subject.what not in HEARD:
            raise LookupError(f"a book by portions does not keep the history of a {subject.what}")
        return self._heard.get(subject, ())

    def centre_rows(self, code: str) -> Sequence[CentreRow]:
        return sorted(self._context.centres.get(code, ()), key=lambda row: row.begins)

    def _answer(self, what: str, question: Question, placeholder: T) -> T:
        if question.scope.recorders == NOBODY:
            return placeholder  # nobody's lines come to nothing; a panel that is a placeholder itself asks this too
        asked = (what, question)
        if asked not in self._answers:
            self._noted[asked] = None
        answer: T = self._answers.get(asked, placeholder)
        return answer

    # --- counting --------------------------------------------------------------------------------------------------

    @property
    def open(self) -> bool:
        """Whether a placeholder was answered since the last pass."""
        return bool(self._noted)

    def settle(self) -> None:
        """Count all that was noted, in one pass over the portions."""
        self.conclude([self.counted(self._portions())])

    def counted(self, portions: Iterable[Rows]) -> Counts:
        """What the noted questions come to in some of the portions. It changes nothing here, and several may be at it at once."""
        return self._count(rows.among(self._context, self._contested) for rows in portions)

    def conclude(self, counts: Iterable[Counts]) -> None:
        """Answer the noted questions by what all portions together came to, each having been counted once."""
        whole = self._count([self._context])
        for counters in counts:
            for counter, other in zip(whole, counters, strict=True):
                counter.join(other)
        for asked, counter in zip(self._noted, whole, strict=True):
            self._answers[asked] = counter.answer()
        self._noted.clear()

    def _count(self, portions: Iterable[Rows]) -> Counts:
        counts = [COUNTERS[what](question.metric) for what, question in self._noted]
        for rows in portions:
            pieces = Pieces(rows)
            for (_, question), counter in zip(self._noted, counts, strict=True):
                counter.add(pieces.of(question))
        return counts


def _parts(question: Question) -> list[Question]:
    return [replace(question, metric=part) for part in question.metric.parts]


def settled(book: PortionedBook, work: Callable[[], T], settle: Callable[[], None] | None = None) -> T:
    """What a work comes to once it meets no placeholder. `settle` may count in a way of its own, by `counted` and `conclude`."""
    for _ in range(ROUNDS):
        result = work()
        if not book.open:
            return result
        (settle or book.settle)()
    raise RuntimeError(f"{ROUNDS} rounds of counting, and still something new is asked")


def asking_of_patents(metrics: Iterable[Metric]) -> frozenset[str]:
    """The kinds of entries whose patents' days in force some metrics ask for: what `facts.portions.Portions` is told."""
    asking = [part for metric in metrics for part in metric.parts if any(test.field == "patent.in_force" for test in part.where)]
    return frozenset(chain.from_iterable(OF_FAMILY[part.family](part) for part in asking))


# The families whose lines are of one patent each.
OF_FAMILY: Final[Mapping[str, Callable[[Metric], Sequence[str]]]] = {
    "deal": lambda metric: metric.kinds or DEAL_KINDS,
    "admission": lambda metric: ("admission",),
}
