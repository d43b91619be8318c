"""Every figure as a fold over the rows of a log: the specification, in plain Python.

`pieces` says which lines count and what each is worth; here they come to figures: keys are united for counts, amounts are
summed, and beside the value stand the lines that are pending, left out, or without an amount.

`store.figures` gives the same answers in SQL; nothing here reads a clock, a file or a database.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

from ledger.facts.entries import Entry
from ledger.facts.lines.rows import CentreRow
from ledger.facts.mentions import Mention
from ledger.facts.money import round_half_up
from ledger.facts.world import World
from ledger.kpi.book import Figure, Item, Question
from ledger.kpi.judging import Rows
from ledger.kpi.language import Metric
from ledger.kpi.pieces import Piece, Pieces

# What is counted by these belongs to one entry, so it never comes again once the pieces of that entry were added.
OF_ONE_ENTRY = ("entries", "lines")


class FoldedBook:
    """A log of `size` entries as a `Book`, from a world that has taken exactly those."""

    def __init__(self, world: World, size: int) -> None:
        self._world = world
        self.size = size
        self.rows = Rows.of(world.all_rows())
        self._folded = Pieces(self.rows)

    @classmethod
    def folded(cls, entries: Iterable[Entry], size: int) -> "FoldedBook":
        """The book after the first `size` entries of a log, given in log order."""
        world = World()
        for entry in entries:
            if entry.index >= size:
                break
            world.take(entry)
        return cls(world, size)

    def prepare(self, questions: Iterable[Question]) -> None:
        """Nothing is gained here by knowing what will be asked."""

    def figure(self, question: Question) -> Figure:
        if question.metric.sum:
            return total_of(self.figure(replace(question, metric=part)) for part in question.metric.parts)
        return tally(question.metric, self._folded.of(question))

    def grouped(self, question: Question, by: Sequence[str]) -> Mapping[tuple[str, ...], Figure]:
        groups: dict[tuple[str, ...], list[Piece]] = {}
        for piece in self._folded.of(question):
            if piece.standing == "counted":
                groups.setdefault(tuple(self._key(piece, name) for name in by), []).append(piece)
        return {key: tally(question.metric, groups[key]) for key in sorted(groups)}

    def items(self, question: Question) -> list[Item]:
        return sorted((piece.item for piece in self._pieces(question)), key=lambda item: (item.entry, item.line, item.standing))

    def recorders(self, question: Question) -> frozenset[str]:
        return recorders_of(self._pieces(question))

    def takers(self, question: Question) -> int:
        """Distinct grantees (of deals) or borrowers (of loans) that a figure of money rests on."""
        return len(takers_of(self._pieces(question)))

    def history(self, subject: Mention) -> Sequence[Entry]:
        return self._world.history(subject)

    def centre_rows(self, code: str) -> Sequence[CentreRow]:
        return sorted(self.rows.centres.get(code, ()), key=lambda row: row.begins)

    def _pieces(self, question: Question) -> Iterator[Piece]:
        for part in question.metric.parts:
            yield from self._folded.of(replace(question, metric=part))

    def _key(self, piece: Piece, name: str) -> str:
        day = piece.grouped_on
        assert day is not None
        match name:
            case "centre":
                return str(piece.line.centre)
            case "kind":
                return piece.item.kind
            case "month":
                return f"{day.year:04}-{day.month:02}"
            case "quarter":
                return f"{day.year:04}-Q{(day.month + 2) // 3}"
            case "year":
                return f"{day.year:04}"
        return self.rows.region_of(piece.line.centre, day) or ""


def recorders_of(pieces: Iterable[Piece]) -> frozenset[str]:
    """The centres with at least one counted line."""
    return frozenset(piece.line.centre for piece in pieces if piece.standing == "counted" and not piece.is_part)


def takers_of(pieces: Iterable[Piece]) -> frozenset[str]:
    return frozenset(taker for piece in pieces if piece.standing == "counted" for taker in piece.takers)


class Tally:
    """A figure of one metric that grows by the pieces added to it; those of one unit of folding are added together."""

    def __init__(self, metric: Metric) -> None:
        self._sums = metric.count.startswith("sum:")
        self._of_one_entry = metric.count in OF_ONE_ENTRY
        self._keys: set[Any] = set()
        self._value: Fraction | int = 0
        self._pending_lines = self._pending_amount = self._missing = self._counted = 0
        self._excluded: dict[str, int] = {}

    def add(self, pieces: Iterable[Piece]) -> None:
        sums, united = self._sums, self._keys.update
        for piece in pieces:
            if piece.standing == "counted":
                if sums:
                    self._value += piece.adds
                else:
                    united(piece.keys)
                if piece.missing:
                    self._missing += 1
                if not piece.is_part:
                    self._counted += 1
            elif piece.reason:
                self._excluded[piece.reason] = self._excluded.get(piece.reason, 0) + 1
            else:
                self._pending_lines += 1
                self._pending_amount += piece.amount or 0
        if self._of_one_entry:
            self._value += len(self._keys)
            self._keys.clear()

    def join(self, other: "Tally") -> None:
        """Add what was added to another tally of the metric, from other units."""
        self._keys |= other._keys
        self._value += other._value
        self._pending_lines += other._pending_lines
        self._pending_amount += other._pending_amount
        self._missing += other._missing
        self._counted += other._counted
        for reason, lines in other._excluded.items():
            self._excluded[reason] = self._excluded.get(reason, 0) + lines

    def answer(self) -> Figure:
        return Figure(
            value=round_half_up(Fraction(self._value)) if self._sums else int(self._value) + len(self._keys),
            pending_lines=self._pending_lines,
            pending_amount=self._pending_amount,
            missing_amounts=self._missing,
            excluded=dict(sorted(self._excluded.items())),
            counted_lines=self._counted,
        )


def tally(metric: Metric, pieces: Iterable[Piece]) -> Figure:
    """One figure from its pieces."""
    whole = Tally(metric)
    whole.add(pieces)
    return whole.answer()


def total_of(figures: Iterable[Figure]) -> Figure:
    """The sum of several figures of one unit; nothing of it is pending (RULINGS 36)."""
    figures = list(figures)
    excluded: dict[str, int] = {}
    for figure in figures:
        for reason, lines in figure.excluded.items():
            excluded[reason] = excluded.get(reason, 0) + lines
    return Figure(
        value=sum(f.value for f in figures),
        missing_amounts=sum(f.missing_amounts for f in figures),
        excluded=dict(sorted(excluded.items())),
        counted_lines=sum(f.counted_lines for f in figures),
    )
