"""From rows to the pieces of one question: each line judged once, and what it is worth to the figure.

- A flow counts what is dated in the window and not after `on`; a stock counts what stands on one day.
- Each line of the metric's family is judged once: counted, pending (no date yet), or excluded by its first failing test,
  then by the words rejected, contested, level (RULINGS 13 and 14).
- Changes of amount and payments follow their line: the line must pass on its own day, they count on theirs (RULINGS 5, 16).
- An output is one thing however many entries report on it: it counts on the first day on which one passes (RULINGS 28).

A judgement depends on neither window, level nor count: it is made when the first question needs it, and kept for the next.
What a counted line is worth stands in `worth`; what pieces come to is `figures`' business.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from operator import attrgetter
from typing import Any, NamedTuple

from ledger.facts.lines.rows import DealLine, DealPart, LoanLine, OutputLine, Standing
from ledger.facts.regions import covers
from ledger.kpi.book import Item, Question
from ledger.kpi.judging import Judge, Judgement, Rows, word_for
from ledger.kpi.language import Metric
from ledger.kpi.worth import Adds, Keys, measuring, worth

# The day of a line in a flow, for families whose lines have one day only; deals have a choice of four.
DAYS = {"admission": "begins", "pool": "begins", "pledge": "begins", "output": "begins", "party": "begins",
        "activity": "held_on"}  # fmt: skip
MONEY_OF = {"pledge": "loan_amount", "output": "value_amount", "deal": "amount"}
PART_COUNTS = ("sum:amount", "sum:annualised", "sum:received")
KINDS = {"ActivityLine": "activity", "LoanLine": "pledge", "OutputLine": "output", "PoolLine": "pool",
         "MemberLine": "admission", "PartyLine": "party"}  # fmt: skip
KEPT = 32  # sorts of judged lines that are kept for further questions


class Piece(NamedTuple):
    """A line, or a part of one, with what it is worth to a figure: `keys` are united for counts, `adds` are summed."""

    line: Any
    standing: str  # counted, pending, excluded
    reason: str | None = None
    day: date | None = None
    amount: int | None = None
    keys: Keys = ()
    adds: Adds = 0
    missing: bool = False
    is_part: bool = False
    entry: int | None = None  # where it is another one's than the line's: that of a part, or of the first report on an output
    grouped_on: date | None = None  # of a stock the day that is looked at, not the line's first
    judgement: Judgement | None = None

    @property
    def item(self) -> Item:
        line = self.line
        return Item(
            entry=line.entry if self.entry is None else self.entry,
            line=getattr(line, "line", 1),
            centre=line.centre,
            kind=line.kind if isinstance(line, DealLine) else KINDS[type(line).__name__],
            deal_no=line.deal_no if isinstance(line, DealLine) else None,
            patent_id=getattr(line, "patent_id", None),
            day=self.day,
            amount=self.amount,
            standing=self.standing,
            reason=self.reason,
        )

    @property
    def takers(self) -> tuple[str, ...]:
        """Who received what a figure of money rests on: the grantees of a deal that are left, the borrower of a loan."""
        if isinstance(self.line, DealLine):
            left = self.judgement.left.get("grantee") if self.judgement else None
            return tuple(self.line.grantees if left is None else left)
        return (self.line.borrower,) if isinstance(self.line, LoanLine) and self.line.borrower else ()


@dataclass(slots=True)
class Candidate:
    """A line that a question may count, with what does not depend on the question's window, level and count."""

    line: Any
    day: date | None  # on which it is counted
    judged_on: date
    standing: int
    barred: str | None  # rejected or contested, which it is at every level; once it is judged, the first test it fails too
    parts: Sequence[DealPart] = ()
    judgement: Judgement | None = None
    pieces: dict[str, Piece] = field(default_factory=dict)  # by what is counted, or by the word that leaves it out


class Pieces:
    """The pieces of questions to the rows of a log, or of a portion that holds whole units (`facts.portions`)."""

    def __init__(self, rows: Rows) -> None:
        self.rows = rows
        self._lines: dict[str, dict[str | None, list[Any]]] = {}
        self._candidates: dict[Any, tuple[Judge, list[Candidate]]] = {}

    def of(self, question: Question) -> Iterator[Piece]:
        """The pieces of one metric; of a sum, ask for those of its parts."""
        metric = question.metric
        if metric.family == "deal":
            return self._deals(question)
        if metric.family == "output":
            return self._outputs(question)
        return self._stock(question) if metric.stock else self._flow(question)

    # --- candidates ------------------------------------------------------------------------------------------------

    def _found(self, question: Question) -> tuple[Callable[[Candidate], str | None], list[Candidate]]:
        """(the word by which a candidate is left out, the candidates) of a question."""
        metric, scope = question.metric, question.scope
        day = question.state_day if metric.stock else None
        sort = (metric.family, metric.kinds, metric.date, metric.where, metric.match, scope, day)
        found = self._candidates.get(sort)
        if found is None:
            if len(self._candidates) == KEPT:
                self._candidates.clear()
            found = self._candidates[sort] = Judge(metric, scope, self.rows), list(self._candidates_of(question, day))
        judge, candidates = found
        floor = int(question.floor)

        def word(one: Candidate) -> str | None:
            if one.judgement is None:
                one.judgement = judge(one.line, one.judged_on)
                one.barred = one.judgement.fails or one.barred
            return one.barred or (None if one.standing >= floor else "level")

        return word, candidates

    def _candidates_of(self, question: Question, day: date | None) -> Iterator[Candidate]:
        metric, scope = question.metric, question.scope
        # A region's figure without a region test of its own takes the recorders of the region (RULINGS 10).
        region = None if metric.has_region_test else scope.region
        of_one_day = attrgetter(DAYS.get(metric.family, "signed_on"))
        for line in self._recorded_by(scope.centre, metric.family):
            if scope.recorders is not None and line.centre not in scope.recorders:
                continue
            standing = getattr(line, "standing", Standing.VERIFIED)
            counted_on: date | None
            if metric.family == "deal":
                if metric.kinds and line.kind not in metric.kinds:
                    continue
                counted_on, standing = dated(line, metric)
            elif day is not None:
                if not line.begins <= day < line.ends:
                    continue
                counted_on = line.begins
                if metric.family == "admission":
                    pool = self.rows.pools.get(line.pool_id)
                    if pool is None or not pool.begins <= day < pool.ends:
                        continue
                    if pool.standing <= Standing.CONTESTED:  # what is in a rejected pool is in none
                        standing = min(standing, pool.standing)
            else:
                counted_on = of_one_day(line)
            judged_on = day or counted_on or line.signed_on
            if region is not None and not covers(region, self.rows.region_of(line.centre, judged_on)):
                continue
            barred = word_for(standing, self.rows.is_contested(line), Standing.REJECTED)
            parts = self.rows.parts.get((line.entry, line.line), ()) if metric.family == "deal" else ()
            yield Candidate(line, counted_on, judged_on, standing, barred, parts)

    def _recorded_by(self, centre: str | None, family: str) -> list[Any]:
        lines = self.rows.lines.get(family, [])
        if centre is None:
            return lines
        if family not in self._lines:
            by_centre = self._lines[family] = {}
            for line in lines:
                by_centre.setdefault(line.centre, []).append(line)
        return self._lines[family].get(centre, [])

    # --- one family after another ----------------------------------------------------------------------------------

    def _flow(self, question: Question) -> Iterator[Piece]:
        word, candidates = self._found(question)
        piece = self._making(question)
        first, last = question.span
        for one in candidates:
            if one.day is not None and first <= one.day <= last:
                yield piece(one, word(one))

    def _stock(self, question: Question) -> Iterator[Piece]:
        word, candidates = self._found(question)
        piece = self._making(question)
        for one in candidates:
            yield piece(one, word(one))

    def _deals(self, question: Question) -> Iterator[Piece]:
        metric = question.metric
        word, candidates = self._found(question)
        piece = self._making(question)
        first, last = question.span
        has_parts = metric.count in PART_COUNTS
        for one in candidates:
            day = one.day
            if day is None:
                if one.line.signed_on <= last and word(one) is None:
                    yield _pending(question, one)
                continue
            if first <= day <= last:
                said = word(one)
                yield piece(one, said)
                if said is None and has_parts and one.parts:
                    yield from _parts(question, one, day)
            elif has_parts and one.parts and word(one) is None:
                yield from _parts(question, one, day)

    def _outputs(self, question: Question) -> Iterator[Piece]:
        metric = question.metric
        word, candidates = self._found(question)
        piece = self._making(question)
        day = question.on
        histories: dict[tuple[str, str, str], list[tuple[Candidate, str | None]]] = {}
        for one in candidates:
            line = one.line
            if metric.stock or line.begins <= day < line.ends:
                said = word(one)
                if _revokes(line) and one.judgement and one.judgement.fails is None:
                    said = "output.status"
                histories.setdefault((line.centre, line.type, line.ref_no), []).append((one, said))
        for reports in histories.values():
            reports.sort(key=lambda report: (report[0].line.begins, report[0].line.entry))
            if metric.stock:
                # What does not stand at the level is as if not reported; a revocation speaks at every level, unless rejected.
                speaking = [r for r in reports if r[0].standing >= question.floor or _revokes(r[0].line)]
                one, said = (speaking or reports)[-1]
                yield piece(one, said)
                continue
            passing = [one for one, said in reports if said is None]
            if not passing:
                one, said = reports[-1]
                if question.counts_on(one.line.begins):
                    yield piece(one, said)
            elif question.counts_on(passing[0].line.begins):
                # It counts from the first report on, with the facts of the latest.
                first, latest = passing[0].line, passing[-1]
                told = Candidate(replace(latest.line, entry=first.entry), first.begins, latest.judged_on, latest.standing, None)
                told.judgement = latest.judgement
                yield piece(told, None)

    # --- pieces ----------------------------------------------------------------------------------------------------

    def _making(self, question: Question) -> Callable[[Candidate, str | None], Piece]:
        """How a candidate becomes a piece of a question: counted, or left out by a word."""
        metric = question.metric
        count, rows = metric.count, self.rows
        how, _, what = count.partition(":")
        measure = measuring(metric, rows)
        amount_of = attrgetter(MONEY_OF[metric.family]) if metric.family in MONEY_OF else None
        missing_of = attrgetter("amount") if metric.family == "deal" else attrgetter(what) if how == "sum" else None
        if what == "received":  # money comes in parts alone
            missing_of = None
        state_day = question.state_day if metric.stock else None

        def made(one: Candidate, word: str | None) -> Piece:
            line, amount = one.line, amount_of(one.line) if amount_of else None
            if word is not None:
                return Piece(line, "excluded", word, one.day, amount)
            assert one.judgement is not None
            keys, adds = measure(line, one.judgement)
            missing = missing_of is not None and missing_of(line) is None
            return Piece(
                line, "counted", None, one.day, None if what == "received" else amount, keys, adds, missing,
                grouped_on=state_day or one.day, judgement=one.judgement,
            )  # fmt: skip

        def kept(one: Candidate, word: str | None) -> Piece:
            name = word or count  # no count has the name of a test or of a word
            piece = one.pieces.get(name)
            if piece is None:
                piece = one.pieces[name] = made(one, word)
            return piece

        return kept


def dated(line: DealLine, metric: Metric) -> tuple[date | None, int]:
    """The counted day of a deal line by the metric's fields, and how the line stands with the entry that gave that day."""
    for name in metric.date:
        day: date | None = getattr(line, name)
        if day is not None:
            return day, getattr(line, STANDINGS.get(name, "standing"))
    return None, line.standing


STANDINGS = {"registered_on": "registered_standing", "announced_on": "announced_standing"}


def _revokes(line: OutputLine) -> bool:
    """What ends something acts at every level, unless it was rejected (RULINGS 6)."""
    return line.status == "revoked" and line.standing != Standing.REJECTED


def _parts(question: Question, one: Candidate, day: date) -> Iterator[Piece]:
    """The payments under a line, or the changes of its amount, that count in the window."""
    metric, line = question.metric, one.line
    received = metric.count == "sum:received"
    for part in one.parts:
        on = part.on if received else max(part.on, day)
        if part.received is received and part.standing >= question.floor and question.counts_on(on):
            yield Piece(
                line, "counted", day=on, amount=part.amount, adds=worth(metric, line, part.amount), is_part=True,
                entry=part.entry, grouped_on=on, judgement=one.judgement,
            )  # fmt: skip


def _pending(question: Question, one: Candidate) -> Piece:
    known = [p.amount for p in one.parts if not p.received and p.standing >= question.floor and p.on <= question.on]
    return Piece(one.line, "pending", amount=None if one.line.amount is None else one.line.amount + sum(known))
