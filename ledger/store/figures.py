"""Every figure as SQL over the rows that stand at a log size: the fast road to what `kpi.figures` specifies.

A question becomes one select that judges each line of its family (`judged`), and small selects on top of it that count,
add and list. Classification, levels and days are the database's work; names, windows and targets are settled before.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Integer,
    String,
    and_,
    cast,
    func,
    or_,
    select,
    true,
)

from ledger.facts.entries import Entry
from ledger.facts.lines.rows import CentreRow
from ledger.facts.mentions import Mention
from ledger.facts.money import round_half_up
from ledger.kpi.book import Figure, Item, Question
from ledger.kpi.figures import total_of
from ledger.kpi.pieces import PART_COUNTS
from ledger.kpi.scorecard import FEW
from ledger.store import judging
from ledger.store import tables as t
from ledger.store.conditions import SIZE, Conditions, parameters
from ledger.store.judging import Judged
from ledger.store.lines import stands_at
from ledger.store.words import aggregates, in_words, judged_as, told_by
from ledger.store.worlds import StoredLog

PEOPLE_COUNTS = {"grantors": "grantor", "grantees": "grantee", "distinct:attendee.token": "attendee",
                 "distinct:attendee.employer": "attendee"}  # fmt: skip


Group = tuple[str, ...]  # the values of the keys by which a total is grouped


class StoredBook:
    """The log of a database at one size, as a `kpi.book.Book`."""

    def __init__(self, connection: Connection, size: int) -> None:
        self._connection = connection
        self._log = StoredLog(connection, size)
        self._histories: dict[Mention, Sequence[Entry]] = {}
        self._figures: dict[Question, Figure] = {}
        self._hashed = connection.dialect.name == "postgresql"
        self.size = size

    # --- the questions ---------------------------------------------------------------------------------------------

    def figure(self, question: Question) -> Figure:
        if question not in self._figures:
            self.prepare([question])
        return self._figures[question]

    def prepare(self, questions: Iterable[Question]) -> None:
        """Answer questions together: those of the same tests and days judge their lines once."""
        wanted = list(dict.fromkeys(questions))
        alike: dict[Any, list[Question]] = {}
        for one in dict.fromkeys(replace(question, metric=part) for question in wanted for part in question.metric.parts):
            if one not in self._figures:
                alike.setdefault(judged_as(one), []).append(one)
        for group in alike.values():
            judged, query = in_words(group, self._hashed)
            classes: Sequence[Any] = self._ask(query, group[0]).all()
            for n, one in enumerate(group):
                self._figures[one] = self._figure_of(one, judged.at(one), classes, f"_{n}")
        for question in wanted:
            if question.metric.sum:
                parts = (self._figures[replace(question, metric=part)] for part in question.metric.parts)
                self._figures[question] = total_of(parts)

    def _figure_of(self, question: Question, judged: Judged, classes: Sequence[Any], suffix: str) -> Figure:
        figure = Figure(0)
        excluded: dict[str, int] = {}
        for row in classes:
            lines, missing, value, shown = (row._mapping[name + suffix] for name in ("lines", "missing", "value", "shown"))
            if row.word is not None:
                excluded |= {} if row.waiting else {row.word: row.all}
            elif row.waiting:
                figure = replace(figure, pending_lines=lines, pending_amount=int(shown or 0))
            else:
                figure = replace(figure, value=int(value or 0), missing_amounts=int(missing), counted_lines=lines)
                excluded |= {"level": row.all - lines} if row.all > lines else {}
        figure = self._completed(question, judged, (), {(): figure})[()]
        return replace(figure, excluded=dict(sorted(excluded.items())))

    def grouped(self, question: Question, by: Sequence[str]) -> Mapping[Group, Figure]:
        found = self._values(question, self._judged(question), by)
        return {key: found[key] for key in sorted(found)}

    def items(self, question: Question) -> list[Item]:
        found: list[Item] = []
        for metric in question.metric.parts:
            asked = replace(question, metric=metric)
            judged = self._judged(asked)
            c = judged.rows.c
            told = judged.told.label("told")
            found += [
                Item(
                    entry=row.entry,
                    line=row.line_no,
                    centre=row.centre,
                    kind=row.kind_name,
                    deal_no=row.deal_no,
                    patent_id=row.patent_id,
                    day=row.day,
                    amount=None if row.told is None and row.day is not None and metric.count == "sum:received" else row.shown,
                    standing="excluded" if row.told else "counted" if row.day else "pending",
                    reason=row.told,
                )
                for row in self._ask(
                    # A line without a day that fails a test is not pending, and not excluded either (RULINGS 13 and 14).
                    select(
                        c.entry, c.line_no, c.centre, c.kind_name, c.deal_no, c.patent_id, c.day, told, judged.shown.label("shown")
                    ).where(or_(told.is_(None), c.day.is_not(None))),
                    asked,
                )
            ]
            if metric.count in PART_COUNTS:
                parts = judging.parts(asked).subquery()
                for row in self._ask(select(parts), asked):
                    found.append(
                        Item(
                            row.entry,
                            row.line,
                            row.centre,
                            row.kind_name,
                            row.deal_no,
                            row.patent_id,
                            row.day,
                            row.amount,
                            "counted",
                            None,
                        )
                    )
        return sorted(found, key=lambda item: (item.entry, item.line, item.standing))

    def recorders(self, question: Question) -> frozenset[str]:
        found: set[str] = set()
        for metric in question.metric.parts:
            judged = self._judged(replace(question, metric=metric))
            found.update(self._ask(select(judged.rows.c.centre).where(judged.counted).distinct(), question).scalars())
        return frozenset(found)

    def takers(self, question: Question) -> int:
        found: set[str] = set()
        for metric in question.metric.parts:
            asked = replace(question, metric=metric)
            judged = self._judged(asked)
            if metric.family == "pledge":
                query = select(judged.rows.c.borrower).where(judged.counted, judged.rows.c.borrower.is_not(None)).distinct()
                found.update(self._ask(query, asked).scalars())
            elif metric.family == "deal":
                found.update(self._ask(self._people(judged, "grantee", ()).distinct(), asked).scalars())
                if metric.count in PART_COUNTS:
                    found.update(self._ask(self._part_takers(asked), asked).scalars())
        return len(found)

    def few_takers(self, question: Question, by: Sequence[str]) -> frozenset[Group]:
        """The groups of a figure of money that rest on one or two takers (RULINGS 44)."""
        metric = question.metric
        if metric.family not in ("deal", "pledge"):
            return frozenset()
        judged = self._judged(question)
        takers: dict[tuple[str, ...], set[str]] = {}
        if metric.family == "pledge":
            queries = [select(*(self._key(judged, name) for name in by), judged.rows.c.borrower).where(judged.counted)]
        else:
            queries = [self._people(judged, "grantee", by)]
        if metric.count in PART_COUNTS:
            queries.append(self._part_takers(question, by))
        for query in queries:
            for *key, who in self._ask(query.distinct(), question):
                takers.setdefault(tuple(key), set()).add(who)
        return frozenset(key for key, found in takers.items() if len(found) <= FEW)

    def _judged(self, question: Question) -> Judged:
        return judging.judged(question, hashed=self._hashed)

    def _ask(self, query: Any, question: Question) -> Any:
        return self._connection.execute(query, parameters(question, self.size))

    def history(self, subject: Mention) -> Sequence[Entry]:
        if subject not in self._histories:
            self._histories |= self._log.histories([subject])
        return self._histories[subject]

    def centre_rows(self, code: str) -> Sequence[CentreRow]:
        table = t.centre_row
        query = select(table).where(table.c.code == code, stands_at(table, self.size)).order_by(table.c.begins)
        names = [c.name for c in table.columns if c.name not in ("since", "until")]
        return [CentreRow(**{name: getattr(row, name) for name in names}) for row in self._connection.execute(query)]

    # --- counting --------------------------------------------------------------------------------------------------

    def _values(self, question: Question, judged: Judged, by: Sequence[str]) -> dict[Group, Figure]:
        """The counted lines by groups."""
        keys = [self._key(judged, name).label(f"key_{n}") for n, name in enumerate(by)]
        lines = select(*keys, *aggregates(judged)).where(judged.counted).group_by(*keys)
        found = {tuple(row[: len(by)]): told_by(row) for row in self._ask(lines, question)}
        return self._completed(question, judged, by, found)

    def _completed(self, question: Question, judged: Judged, by: Sequence[str], found: dict[Group, Figure]) -> dict[Group, Figure]:
        """The values that one aggregate over the lines cannot give: parts of amounts, parties left, patents of outputs."""
        metric = question.metric
        if metric.count in PART_COUNTS:
            sums = {key: Fraction(figure.value) for key, figure in found.items()}
            for key, worth in self._sums(question, judged, by):
                sums[key] = sums.get(key, Fraction(0)) + worth
            return {key: replace(found.get(key, Figure(0)), value=round_half_up(worth)) for key, worth in sums.items()}
        counted = None
        if metric.count in PEOPLE_COUNTS or (metric.count == "parties" and metric.family == "deal"):
            people = self._people(judged, PEOPLE_COUNTS.get(metric.count, "parties"), by).subquery()
            groups = people.c[: len(by)]
            counted = select(*groups, func.count(people.c.who.distinct())).group_by(*groups)
        elif metric.family == "output" and metric.count in ("patents", "distinct:patents"):
            keys = [self._key(judged, name) for name in by]
            label = t.label.alias()
            of_output = and_(label.c.entry == judged.rows.c.told_by, label.c.what == "patent")
            counted = (
                select(*keys, func.count(label.c.value.distinct()))
                .select_from(judged.rows.join(label, of_output))
                .where(judged.counted)
                .group_by(*keys)
            )
        if counted is None:
            return found
        values = {tuple(row[: len(by)]): row[-1] for row in self._ask(counted, question)}
        return {key: replace(figure, value=values.get(key, 0)) for key, figure in found.items()}

    def _sums(self, question: Question, judged: Judged, by: Sequence[str]) -> list[tuple[Group, Fraction]]:
        """What is added to a sum of deals beyond the lines' own amounts: parts, and whatever is spread over a term."""
        annualised = question.metric.count == "sum:annualised"
        found = []
        parts = judging.parts(question).cte("parts")
        sources: list[tuple[Any, ColumnElement[bool], Any]] = [(parts, true(), parts.c.amount)]
        if annualised:
            sources.append((judged.rows, judged.counted, judged.rows.c.amount))
        for rows, counted, amount in sources:
            keys = [self._key(Judged(rows, judged.conditions), name) for name in by]
            terms = [rows.c.term_months] if annualised else []
            query = select(*keys, *terms, func.sum(amount)).where(counted, amount.is_not(None)).group_by(*keys, *terms)
            for row in self._ask(query, question):
                key, fen = tuple(row[: len(by)]), int(row[-1] or 0)
                if not annualised:
                    found.append((key, Fraction(fen)))
                elif row[-2]:  # without a term there is nothing to annualise
                    found.append((key, Fraction(fen * 12, row[-2])))
        return found

    def _part_takers(self, question: Question, by: Sequence[str] = ()) -> Any:
        parts = judging.parts(question).cte("parts")
        conditions = Conditions(question, parts, parts.c.judged_on)
        return _people_of(conditions, parts, "grantee", true(), [self._key(Judged(parts, conditions), name) for name in by])

    def _people(self, judged: Judged, side: str, by: Sequence[str]) -> Any:
        """The parties (or tokens) left on a side of the counted lines: (keys …, who)."""
        keys = [self._key(judged, name) for name in by]
        return _people_of(judged.conditions, judged.rows, side, judged.counted, keys)

    def _key(self, judged: Judged, name: str) -> ColumnElement[Any]:
        c = judged.rows.c
        day = c.judged_on if judged.conditions.metric.stock else c.day
        text = cast(day, String)
        year = func.substr(text, 1, 4)
        match name:
            case "centre":
                return c.centre
            case "kind":
                return c.kind_name
            case "month":
                return func.substr(text, 1, 7)
            case "quarter":
                quarter = (cast(func.substr(text, 6, 2), Integer) + 2) // 3
                return year.concat("-Q").concat(cast(quarter, String))
            case "year":
                return year
        record = t.centre_row.alias()
        region = select(record.c.region).where(
            record.c.code == c.centre, record.c.begins <= day, record.c.ends > day, stands_at(record, SIZE)
        )
        return func.coalesce(region.scalar_subquery(), "")


def _people_of(
    conditions: Conditions, rows: Any, side: str, counted: ColumnElement[bool], keys: Sequence[ColumnElement[Any]] = ()
) -> Any:
    metric = conditions.metric
    people = conditions.people("party" if side == "parties" else side)
    if side == "parties":
        # A party of both sides stays if it is left on either; tests of `party` narrow both.
        grantor, grantee = conditions.people("grantor"), conditions.people("grantee")
        sides = [
            p.asked().where(p.id == people.id, conditions.left(name, p)).exists()
            for name, p in (("grantor", grantor), ("grantee", grantee))
        ]
        left = and_(or_(*sides), conditions.left("party", people))
    else:
        left = conditions.left(side, people)
    who = people.token if metric.count == "distinct:attendee.token" else people.id
    assert who is not None
    return (
        select(*keys, who.label("who"))
        .select_from(people.joined_to(rows))
        .where(counted, left, who.is_not(None))
    )  # fmt: skip
