"""Every figure as a fold over the rows of a log: the specification, in plain Python.

- A flow counts what is dated in the window and not after `on`; a stock counts what stands on one day.
- Each line of the metric's family is judged once: counted, pending (no date yet), or excluded by its first failing test,
  then by the words rejected, contested, level (RULINGS 13 and 14).
- Changes of amount and payments follow their line: the line must pass on its own day, they count on theirs (RULINGS 5, 16).
- An output is one thing however many entries report on it: it counts on the first day on which one passes (RULINGS 28).

`store.figures` gives the same answers in SQL; nothing here reads a clock, a file or a database.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from typing import Any

from ledger.facts.entries import Entry
from ledger.facts.lines.rows import CentreRow, DealLine, LoanLine, OutputLine, PartyLine, Standing
from ledger.facts.mentions import Mention
from ledger.facts.money import round_half_up
from ledger.facts.regions import covers
from ledger.facts.world import World
from ledger.kpi.book import Figure, Item, Question
from ledger.kpi.judging import Judgement, Rows, judge, people_of, word_for
from ledger.kpi.language import Metric

# The day of a line in a flow, for families whose lines have one day only; deals have a choice of four.
DAYS = {"admission": "begins", "pool": "begins", "pledge": "begins", "output": "begins", "party": "begins",
        "activity": "held_on"}  # fmt: skip
MONEY_OF = {"pledge": "loan_amount", "output": "value_amount", "deal": "amount"}
PART_COUNTS = ("sum:amount", "sum:annualised", "sum:received")


@dataclass(frozen=True, slots=True)
class Piece:
    """An item with what it is worth to the figure: `keys` are united for counts, `adds` are summed."""

    item: Item
    keys: tuple[Any, ...] = ()
    adds: Fraction | int = 0
    missing: bool = False
    is_part: bool = False
    day: date | None = None  # the day by which it is grouped; of a stock the day that is looked at, not the line's first
    takers: tuple[str, ...] = ()


class FoldedBook:
    """A log of `size` entries as a `Book`, from a world that has taken exactly those."""

    def __init__(self, world: World, size: int) -> None:
        self._world = world
        self.size = size
        self.rows = Rows.of(list(world.all_rows()))

    @classmethod
    def folded(cls, entries: Iterable[Entry], size: int) -> "FoldedBook":
        """The book after the first `size` entries of a log, given in log order."""
        world = World()
        for entry in entries:
            if entry.index >= size:
                break
            world.take(entry)
        return cls(world, size)

    def figure(self, question: Question) -> Figure:
        if question.metric.sum:
            parts = [self.figure(replace(question, metric=part)) for part in question.metric.parts]
            return total_of(parts)
        return tally(question.metric, list(self._pieces(question)))

    def grouped(self, question: Question, by: Sequence[str]) -> Mapping[tuple[str, ...], Figure]:
        groups: dict[tuple[str, ...], list[Piece]] = {}
        for piece in self._pieces(question):
            if piece.item.standing == "counted":
                groups.setdefault(tuple(self._key(piece, name) for name in by), []).append(piece)
        return {key: tally(question.metric, groups[key]) for key in sorted(groups)}

    def items(self, question: Question) -> list[Item]:
        metrics = question.metric.parts
        found = [p.item for metric in metrics for p in self._pieces(replace(question, metric=metric))]
        return sorted(found, key=lambda item: (item.entry, item.line, item.standing))

    def recorders(self, question: Question) -> frozenset[str]:
        metrics = question.metric.parts
        pieces = (p for metric in metrics for p in self._pieces(replace(question, metric=metric)))
        return frozenset(p.item.centre for p in pieces if p.item.standing == "counted" and not p.is_part)

    def takers(self, question: Question) -> int:
        """Distinct grantees (of deals) or borrowers (of loans) that a figure of money rests on."""
        metrics = question.metric.parts
        pieces = (p for metric in metrics for p in self._pieces(replace(question, metric=metric)))
        return len({taker for p in pieces if p.item.standing == "counted" for taker in p.takers})

    def history(self, subject: Mention) -> Sequence[Entry]:
        return self._world.history(subject)

    def centre_rows(self, code: str) -> Sequence[CentreRow]:
        return sorted(self.rows.centres.get(code, ()), key=lambda row: row.begins)

    # --- one metric ------------------------------------------------------------------------------------------------

    def _pieces(self, question: Question) -> Iterator[Piece]:
        metric = question.metric
        if metric.family == "deal":
            return self._deals(question)
        if metric.family == "output":
            return self._outputs(question)
        return self._stock(question) if metric.stock else self._flow(question)

    def _lines(self, question: Question) -> Iterator[Any]:
        scope, metric = question.scope, question.metric
        for line in self.rows.lines.get(metric.family, ()):
            if scope.centre is not None and line.centre != scope.centre:
                continue
            if scope.recorders is not None and line.centre not in scope.recorders:
                continue
            if metric.kinds and metric.family == "deal" and line.kind not in metric.kinds:
                continue
            yield line

    def _in_region(self, question: Question, line: Any, day: date) -> bool:
        """A region's figure without a region test of its own takes the recorders of the region (RULINGS 10)."""
        region = question.scope.region
        if region is None or question.metric.has_region_test:
            return True
        return covers(region, self.rows.region_of(line.centre, day))

    def _judged(self, question: Question, line: Any, day: date, standing: int) -> tuple[str | None, Judgement]:
        judgement = judge(line, day, question.metric, question.scope, self.rows)
        word = judgement.fails or word_for(standing, self.rows.is_contested(line), question.floor)
        return word, judgement

    def _flow(self, question: Question) -> Iterator[Piece]:
        for line in self._lines(question):
            day = getattr(line, DAYS[question.metric.family])
            if question.counts_on(day) and self._in_region(question, line, day):
                word, judgement = self._judged(question, line, day, getattr(line, "standing", Standing.VERIFIED))
                yield self._piece(question.metric, line, day, word, judgement)

    def _stock(self, question: Question) -> Iterator[Piece]:
        day = question.state_day
        for line in self._lines(question):
            pool = self.rows.pools.get(line.pool_id) if question.metric.family == "admission" else None
            if not line.begins <= day < line.ends or not self._in_region(question, line, day):
                continue
            standing = getattr(line, "standing", Standing.VERIFIED)
            if question.metric.family == "admission":
                if pool is None or not pool.begins <= day < pool.ends:
                    continue
                if pool.standing <= Standing.CONTESTED:  # what is in a rejected pool is in none
                    standing = min(standing, pool.standing)
            word, judgement = self._judged(question, line, day, standing)
            yield self._piece(question.metric, line, line.begins, word, judgement, grouped_on=day)

    def _deals(self, question: Question) -> Iterator[Piece]:
        metric = question.metric
        for line in self._lines(question):
            day, standing = dated(line, metric)
            if not self._in_region(question, line, day or line.signed_on):
                continue
            word, judgement = self._judged(question, line, day or line.signed_on, standing)
            parts = self.rows.parts.get((line.entry, line.line), ())
            changes = [p for p in parts if not p.received and p.standing >= question.floor]
            if day is None:
                if word is None and line.signed_on <= question.on and line.signed_on < question.window.ends:
                    known = [p.amount for p in changes if p.on <= question.on]
                    amount = None if line.amount is None else line.amount + sum(known)
                    yield Piece(_item(line, None, amount, "pending", None))
                continue
            if question.counts_on(day):
                yield self._piece(metric, line, day, word, judgement)
            if word is None and metric.count in PART_COUNTS:
                takers = tuple(judgement.left.get("grantee", line.grantees))
                wanted = changes if metric.count != "sum:received" else [
                    p for p in parts if p.received and p.standing >= question.floor
                ]  # fmt: skip
                for part in wanted:
                    on = part.on if part.received else max(part.on, day)
                    if question.counts_on(on):
                        item = replace(_item(line, on, part.amount, "counted", None), entry=part.entry)
                        yield Piece(item, adds=_worth(metric, line, part.amount), is_part=True, day=on, takers=takers)

    def _outputs(self, question: Question) -> Iterator[Piece]:
        metric = question.metric
        day = question.state_day if metric.stock else question.on
        histories: dict[tuple[str, str, str], list[tuple[OutputLine, str | None, Judgement]]] = {}
        for line in self._lines(question):
            if line.begins <= day < line.ends and self._in_region(question, line, day if metric.stock else line.begins):
                word, judgement = self._judged(question, line, day if metric.stock else line.begins, line.standing)
                if _revokes(line) and judgement.fails is None:
                    word = "output.status"
                histories.setdefault((line.centre, line.type, line.ref_no), []).append((line, word, judgement))
        for reports in histories.values():
            reports.sort(key=lambda report: (report[0].begins, report[0].entry))
            if metric.stock:
                # What does not stand at the level is as if not reported; a revocation speaks at every level, unless rejected.
                speaking = [r for r in reports if r[0].standing >= question.floor or _revokes(r[0])]
                line, word, judgement = (speaking or reports)[-1]
                yield self._piece(metric, line, line.begins, word, judgement, grouped_on=day)
                continue
            passing = [report for report in reports if report[1] is None]
            if not passing:
                line, word, judgement = reports[-1]
                if question.counts_on(line.begins):
                    yield self._piece(metric, line, line.begins, word, judgement)
            elif question.counts_on(passing[0][0].begins):
                first, (latest, _, judgement) = passing[0][0], passing[-1]
                yield self._piece(metric, replace(latest, entry=first.entry), first.begins, None, judgement)

    def _piece(
        self, metric: Metric, line: Any, day: date, word: str | None, judgement: Judgement, *, grouped_on: date | None = None
    ) -> Piece:
        amount = getattr(line, MONEY_OF.get(metric.family, ""), None)
        if word is not None:
            return Piece(_item(line, day, amount, "excluded", word))
        keys, adds, missing = measure(metric, line, judgement, self.rows)
        if metric.count == "sum:received":
            amount = None
        takers: tuple[str, ...] = ()
        if isinstance(line, DealLine):
            takers = tuple(judgement.left.get("grantee", line.grantees))
        elif isinstance(line, LoanLine):
            takers = (line.borrower,) if line.borrower else ()
        return Piece(_item(line, day, amount, "counted", None), keys, adds, missing, day=grouped_on or day, takers=takers)

    def _key(self, piece: Piece, name: str) -> str:
        day = piece.day
        assert day is not None
        match name:
            case "centre":
                return piece.item.centre
            case "kind":
                return piece.item.kind
            case "month":
                return f"{day.year:04}-{day.month:02}"
            case "quarter":
                return f"{day.year:04}-Q{(day.month + 2) // 3}"
            case "year":
                return f"{day.year:04}"
        return self.rows.region_of(piece.item.centre, day) or ""


def dated(line: DealLine, metric: Metric) -> tuple[date | None, int]:
    """The counted day of a deal line by the metric's fields, and how the line stands with the entry that gave that day."""
    standings = {"registered_on": line.registered_standing, "announced_on": line.announced_standing}
    for name in metric.date:
        day = getattr(line, name)
        if day is not None:
            return day, standings.get(name, line.standing)
    return None, line.standing


def _revokes(line: OutputLine) -> bool:
    """What ends something acts at every level, unless it was rejected (RULINGS 6)."""
    return line.status == "revoked" and line.standing != Standing.REJECTED


def measure(metric: Metric, line: Any, judgement: Judgement, rows: Rows) -> tuple[tuple[Any, ...], Fraction | int, bool]:
    """(keys to unite, fen or number to add, whether its amount is missing) of one counted line."""
    how, _, what = metric.count.partition(":")
    missing = isinstance(line, DealLine) and line.amount is None and what != "received"
    if how == "sum":
        if isinstance(line, DealLine):
            return (), 0 if what == "received" or line.amount is None else _worth(metric, line, line.amount), missing
        value = getattr(line, what)
        return (), value or 0, value is None

    def side(name: str) -> list[Any]:
        found = judgement.left.get(name)
        return people_of(line, name, rows) if found is None else found

    match metric.count:
        case "entries":
            return (line.entry,), 0, missing
        case "lines":
            return ((line.entry, getattr(line, "line", 1)),), 0, missing
        case "patents" | "distinct:patents":
            return line.patents if isinstance(line, OutputLine) else (line.patent_id,), 0, missing
        case "grantors":
            return tuple(side("grantor")), 0, missing
        case "grantees":
            return tuple(side("grantee")), 0, missing
        case "parties" if isinstance(line, PartyLine):
            return (line.party_id,), 0, missing
        case "parties":
            both = {*side("grantor"), *side("grantee")}
            tested = judgement.left.get("party")
            return tuple(both if tested is None else both & set(tested)), 0, missing
        case "distinct:attendee.token":
            return tuple(person.token for person in side("attendee")), 0, missing
        case "distinct:attendee.employer":
            return tuple(person.employer for person in side("attendee") if person.employer), 0, missing
    value = getattr(line, what)
    return () if value is None else (value,), 0, missing


def _worth(metric: Metric, line: DealLine, amount: int) -> Fraction | int:
    if metric.count != "sum:annualised":
        return amount
    return Fraction(amount * 12, line.term_months) if line.term_months else 0


def _item(line: Any, day: date | None, amount: int | None, standing: str, reason: str | None) -> Item:
    kinds = {"ActivityLine": "activity", "LoanLine": "pledge", "OutputLine": "output", "PoolLine": "pool",
             "MemberLine": "admission", "PartyLine": "party"}  # fmt: skip
    return Item(
        entry=line.entry,
        line=getattr(line, "line", 1),
        centre=line.centre,
        kind=line.kind if isinstance(line, DealLine) else kinds[type(line).__name__],
        deal_no=line.deal_no if isinstance(line, DealLine) else None,
        patent_id=getattr(line, "patent_id", None),
        day=day,
        amount=amount,
        standing=standing,
        reason=reason,
    )


def tally(metric: Metric, pieces: Sequence[Piece]) -> Figure:
    """One figure from its pieces."""
    counted = [p for p in pieces if p.item.standing == "counted"]
    pending = [p for p in pieces if p.item.standing == "pending"]
    excluded: dict[str, int] = {}
    for piece in pieces:
        if piece.item.standing == "excluded" and piece.item.reason:
            excluded[piece.item.reason] = excluded.get(piece.item.reason, 0) + 1
    if metric.count.startswith("sum:"):
        value = round_half_up(Fraction(sum(p.adds for p in counted)))
    else:
        value = len({key for p in counted for key in p.keys})
    return Figure(
        value=value,
        pending_lines=len(pending),
        pending_amount=sum(p.item.amount or 0 for p in pending),
        missing_amounts=sum(p.missing for p in counted),
        excluded=dict(sorted(excluded.items())),
        counted_lines=sum(not p.is_part for p in counted),
    )


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
