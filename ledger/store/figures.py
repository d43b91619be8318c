"""Every figure as SQL over the rows that stand at a log size: the fast road to what `kpi.figures` specifies.

A question becomes one select that judges each line of its family (`judged`), and small selects on top of it that count,
add and list. Classification, levels and days are the database's work; names, windows and targets are settled before.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from sqlalchemy import (
    CTE,
    BigInteger,
    ColumnElement,
    Connection,
    Integer,
    String,
    and_,
    case,
    cast,
    false,
    func,
    literal,
    null,
    or_,
    select,
    true,
    type_coerce,
)
from sqlalchemy import Date as SqlDate

from ledger.facts.entries import Entry
from ledger.facts.lines.rows import CentreRow, Standing
from ledger.facts.mentions import Mention
from ledger.facts.money import round_half_up
from ledger.kpi.book import Figure, Item, Question
from ledger.kpi.figures import DAYS, MONEY_OF, PART_COUNTS, total_of
from ledger.kpi.scorecard import FEW
from ledger.store import tables as t
from ledger.store.conditions import Conditions, in_window
from ledger.store.lines import stands_at
from ledger.store.worlds import StoredLog

TABLES = {"deal": t.deal_line, "pool": t.pool_line, "admission": t.member_line, "activity": t.activity_line,
          "pledge": t.loan_line, "output": t.output_line, "party": t.party_line}  # fmt: skip
PEOPLE_COUNTS = {"grantors": "grantor", "grantees": "grantee", "distinct:attendee.token": "attendee",
                 "distinct:attendee.employer": "attendee"}  # fmt: skip


Group = tuple[str, ...]  # the values of the keys by which a total is grouped


@dataclass(frozen=True)
class Judged:
    """The lines of a question with `day` and `word` (null: it counts), and the conditions that judged them."""

    rows: CTE
    conditions: Conditions

    @property
    def counted(self) -> ColumnElement[bool]:
        return and_(self.rows.c.word.is_(None), self.rows.c.day.is_not(None))


class StoredBook:
    """The log of a database at one size, as a `kpi.book.Book`."""

    def __init__(self, connection: Connection, size: int) -> None:
        self._connection = connection
        self._log = StoredLog(connection, size)
        self._histories: dict[Mention, Sequence[Entry]] = {}
        self.size = size

    # --- the questions ---------------------------------------------------------------------------------------------

    def figure(self, question: Question) -> Figure:
        if question.metric.sum:
            return total_of(self.figure(replace(question, metric=part)) for part in question.metric.parts)
        judged = self._judged(question)
        c = judged.rows.c
        figure = Figure(0)
        excluded: dict[str, int] = {}
        classes = select(
            c.word, c.day.is_(None).label("waiting"), func.sum(c.shown).label("shown"), *_aggregates(question, judged)
        ).group_by(c.word, c.day.is_(None))
        for row in self._connection.execute(classes):
            if row.word is not None:
                excluded |= {} if row.waiting else {row.word: row.lines}
            elif row.waiting:
                figure = replace(figure, pending_lines=row.lines, pending_amount=int(row.shown or 0))
            else:
                told = _told(row)
                figure = replace(told, pending_lines=figure.pending_lines, pending_amount=figure.pending_amount)
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
            found += [
                Item(
                    entry=row.entry,
                    line=row.line_no,
                    centre=row.centre,
                    kind=row.kind_name,
                    deal_no=row.deal_no,
                    patent_id=row.patent_id,
                    day=row.day,
                    amount=None if row.word is None and row.day is not None and metric.count == "sum:received" else row.shown,
                    standing="excluded" if row.word else "counted" if row.day else "pending",
                    reason=row.word,
                )
                for row in self._connection.execute(
                    # A line without a day that fails a test is not pending, and not excluded either (RULINGS 13 and 14).
                    select(c.entry, c.line_no, c.centre, c.kind_name, c.deal_no, c.patent_id, c.day, c.word, c.shown).where(
                        or_(c.word.is_(None), c.day.is_not(None))
                    )
                )
            ]
            if metric.count in PART_COUNTS:
                parts = self._parts(asked).subquery()
                for row in self._connection.execute(select(parts)):
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
            found.update(self._connection.execute(select(judged.rows.c.centre).where(judged.counted).distinct()).scalars())
        return frozenset(found)

    def takers(self, question: Question) -> int:
        found: set[str] = set()
        for metric in question.metric.parts:
            asked = replace(question, metric=metric)
            judged = self._judged(asked)
            if metric.family == "pledge":
                query = select(judged.rows.c.borrower).where(judged.counted, judged.rows.c.borrower.is_not(None)).distinct()
                found.update(self._connection.execute(query).scalars())
            elif metric.family == "deal":
                found.update(self._connection.execute(self._people(judged, "grantee", ()).distinct()).scalars())
                if metric.count in PART_COUNTS:
                    found.update(self._connection.execute(self._part_takers(asked)).scalars())
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
            for *key, who in self._connection.execute(query.distinct()):
                takers.setdefault(tuple(key), set()).add(who)
        return frozenset(key for key, found in takers.items() if len(found) <= FEW)

    def history(self, subject: Mention) -> Sequence[Entry]:
        if subject not in self._histories:
            self._histories |= self._log.histories([subject])
        return self._histories[subject]

    def centre_rows(self, code: str) -> Sequence[CentreRow]:
        table = t.centre_row
        query = select(table).where(table.c.code == code, stands_at(table, self.size)).order_by(table.c.begins)
        names = [c.name for c in table.columns if c.name not in ("since", "until")]
        return [CentreRow(**{name: getattr(row, name) for name in names}) for row in self._connection.execute(query)]

    # --- judging ---------------------------------------------------------------------------------------------------

    def _judged(self, question: Question) -> Judged:
        metric = question.metric
        line = TABLES[metric.family].alias("line")
        if metric.family == "deal":
            day, standing = _dated(question, line)
            return self._select(
                question,
                line,
                day,
                func.coalesce(day, line.c.signed_on),
                standing,
                or_(
                    and_(day.is_not(None), in_window(question, day)),
                    and_(day.is_(None), line.c.signed_on <= question.on, line.c.signed_on < question.window.ends),
                ),
            )
        if metric.family == "output":
            return self._outputs(question, line)
        day = line.c[DAYS[metric.family]]
        standing = line.c.standing if "standing" in line.c else literal(int(Standing.VERIFIED))
        if not metric.stock:
            return self._select(question, line, day, day, standing, in_window(question, day))
        on = question.state_day
        stands = and_(line.c.begins <= on, line.c.ends > on)
        if metric.family == "admission":
            pool = t.pool_line.alias("pool")
            of_pool = select(pool.c.standing).where(
                pool.c.pool_id == line.c.pool_id, pool.c.begins <= on, pool.c.ends > on, stands_at(pool, self.size)
            )
            stands = and_(stands, of_pool.exists())
            standing = _lesser_if_doubted(of_pool, line.c.standing)
        return self._select(question, line, line.c.begins, type_coerce(literal(on, SqlDate), SqlDate), standing, stands)

    def _select(
        self,
        question: Question,
        line: Any,
        day: ColumnElement[Any],
        judged_on: ColumnElement[Any],
        standing: ColumnElement[Any],
        *where: ColumnElement[bool],
    ) -> Judged:
        conditions = Conditions(question, line, judged_on, self.size)
        word = conditions.word(standing)
        query = select(
            *(c for c in line.c if c.name not in ("since", "until")),
            *_named(question, line),
            day.label("day"),
            judged_on.label("judged_on"),
            word.label("word"),
            self._pending_amount(question, line, day).label("shown"),
        ).where(stands_at(line, self.size), *where, *self._scope(question, line, conditions))
        rows = query.cte("judged")
        return Judged(rows, Conditions(question, rows, rows.c.judged_on, self.size))

    def _scope(self, question: Question, line: Any, conditions: Conditions) -> list[ColumnElement[bool]]:
        scope, metric = question.scope, question.metric
        found: list[ColumnElement[bool]] = []
        if scope.centre is not None:
            found.append(line.c.centre == scope.centre)
        if scope.recorders is not None:
            found.append(line.c.centre.in_(sorted(scope.recorders)))
        if metric.kinds and metric.family == "deal":
            found.append(line.c.kind.in_(metric.kinds))
        if scope.region is not None and not metric.has_region_test:
            found.append(conditions.recorder_in([scope.region]))
        return found

    def _pending_amount(self, question: Question, line: Any, day: ColumnElement[Any]) -> ColumnElement[Any]:
        """The amount beside a line: its own, and for a pending deal line the changes known so far (RULINGS 14)."""
        family = question.metric.family
        if family not in MONEY_OF:
            return cast(null(), BigInteger)
        amount: ColumnElement[Any] = line.c[MONEY_OF[family]]
        if family != "deal":
            return amount
        part = t.deal_part.alias()
        changes = select(func.coalesce(func.sum(part.c.amount), 0)).where(
            part.c.deal == line.c.entry,
            part.c.line == line.c.line,
            part.c.received.is_(False),
            part.c.standing >= int(question.floor),
            part.c.on <= question.on,
            stands_at(part, self.size),
        )
        # PostgreSQL adds BIGINTs up to a NUMERIC; fen stay integers.
        known = cast(changes.scalar_subquery(), BigInteger)
        return case((day.is_(None), amount + known), else_=amount)

    def _outputs(self, question: Question, line: Any) -> Judged:
        """One row an output: the reports on it are judged one by one, the last standing or first counting one speaks."""
        metric = question.metric
        on = question.state_day if metric.stock else question.on
        judged_on = type_coerce(literal(on, SqlDate), SqlDate) if metric.stock else line.c.begins
        each = self._select(
            question, line, line.c.begins, judged_on, line.c.standing, and_(line.c.begins <= on, line.c.ends > on)
        ).rows.alias("each")
        c = each.c
        # Whoever revoked an output ended what it counted for, whatever else the report says.
        revoked = and_(
            c.status == "revoked",
            c.standing != int(Standing.REJECTED),
            or_(c.word.is_(None), c.word.in_(("contested", "level"))),
        )
        word = case((revoked, literal("output.status")), else_=c.word)
        history = [c.centre, c.type, c.ref_no]
        latest = [c.begins.desc(), c.entry.desc()]
        if metric.stock:
            # `kpi.figures`: what does not stand at the level is as if not reported, but a revocation that was not rejected.
            ignored = and_(
                c.standing < int(question.floor), or_(c.status != "revoked", c.standing == int(Standing.REJECTED))
            )  # fmt: skip
            speaks = func.row_number().over(partition_by=history, order_by=[case((ignored, 1), else_=0), *latest])
            query = select(each).add_columns(word.label("said"), speaks.label("speaks")).subquery()
            wanted = query.c.speaks == 1
            first_day: ColumnElement[Any] = query.c.begins
            first_entry: ColumnElement[Any] = query.c.entry
        else:
            passes = case((word.is_(None), 0), else_=1)
            query = (
                select(each)
                .add_columns(
                    word.label("said"),
                    func.row_number().over(partition_by=history, order_by=[passes, *latest]).label("speaks"),
                    func.first_value(c.begins).over(partition_by=history, order_by=[passes, c.begins, c.entry]).label("first_day"),
                    func.first_value(c.entry).over(partition_by=history, order_by=[passes, c.begins, c.entry]).label("first_entry"),
                )
                .subquery()
            )
            first_day = case((query.c.said.is_(None), query.c.first_day), else_=query.c.begins)
            first_entry = case((query.c.said.is_(None), query.c.first_entry), else_=query.c.entry)
            wanted = and_(query.c.speaks == 1, in_window(question, first_day))
        replaced = ("day", "word", "entry", "said", "speaks", "first_day", "first_entry")
        rows = (
            select(
                *(column for column in query.c if column.name not in replaced),
                query.c.entry.label("told_by"),
                first_entry.label("entry"),
                type_coerce(first_day, SqlDate).label("day"),
                query.c.said.label("word"),
            )
            .where(wanted)
            .cte("outputs")
        )
        return Judged(rows, Conditions(question, rows, rows.c.judged_on, self.size))

    # --- counting --------------------------------------------------------------------------------------------------

    def _values(self, question: Question, judged: Judged, by: Sequence[str]) -> dict[Group, Figure]:
        """The counted lines by groups."""
        keys = [self._key(judged, name).label(f"key_{n}") for n, name in enumerate(by)]
        lines = select(*keys, *_aggregates(question, judged)).where(judged.counted).group_by(*keys)
        found = {tuple(row[: len(by)]): _told(row) for row in self._connection.execute(lines)}
        return self._completed(question, judged, by, found)

    def _completed(
        self, question: Question, judged: Judged, by: Sequence[str], found: dict[Group, Figure]
    ) -> dict[Group, Figure]:
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
        values = {tuple(row[: len(by)]): row[-1] for row in self._connection.execute(counted)}
        return {key: replace(figure, value=values.get(key, 0)) for key, figure in found.items()}

    def _sums(self, question: Question, judged: Judged, by: Sequence[str]) -> list[tuple[Group, Fraction]]:
        """What is added to a sum of deals beyond the lines' own amounts: parts, and whatever is spread over a term."""
        annualised = question.metric.count == "sum:annualised"
        found = []
        parts = self._parts(question).cte("parts")
        sources: list[tuple[Any, ColumnElement[bool], Any]] = [(parts, true(), parts.c.amount)]
        if annualised:
            sources.append((judged.rows, judged.counted, judged.rows.c.amount))
        for rows, counted, amount in sources:
            keys = [self._key(Judged(rows, judged.conditions), name) for name in by]
            terms = [rows.c.term_months] if annualised else []
            query = select(*keys, *terms, func.sum(amount)).where(counted, amount.is_not(None)).group_by(*keys, *terms)
            for row in self._connection.execute(query):
                key, fen = tuple(row[: len(by)]), int(row[-1] or 0)
                if not annualised:
                    found.append((key, Fraction(fen)))
                elif row[-2]:  # without a term there is nothing to annualise
                    found.append((key, Fraction(fen * 12, row[-2])))
        return found

    def _parts(self, question: Question) -> Any:
        """Changes of amount or payments that count: those of lines that pass on their own day, dated in the window."""
        line, part = t.deal_line.alias("line"), t.deal_part.alias("part")
        day, standing = _dated(question, line)
        conditions = Conditions(question, line, day, self.size)
        received = question.metric.count == "sum:received"
        on = part.c.on if received else case((part.c.on > day, part.c.on), else_=day)
        return (
            select(
                part.c.entry,
                part.c.line,
                part.c.centre,
                part.c.amount,
                line.c.kind.label("kind_name"),
                line.c.deal_no,
                line.c.patent_id,
                line.c.term_months,
                line.c.grantees,
                type_coerce(on, SqlDate).label("day"),
                day.label("judged_on"),
            )
            .select_from(part.join(line, and_(part.c.deal == line.c.entry, part.c.line == line.c.line)))
            .where(
                stands_at(line, self.size),
                stands_at(part, self.size),
                part.c.received.is_(received),
                part.c.standing >= int(question.floor),
                day.is_not(None),
                in_window(question, on),
                conditions.word(standing).is_(None),
                *self._scope(question, line, conditions),
            )
        )

    def _part_takers(self, question: Question, by: Sequence[str] = ()) -> Any:
        parts = self._parts(question).cte("parts")
        conditions = Conditions(question, parts, parts.c.judged_on, self.size)
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
            record.c.code == c.centre, record.c.begins <= day, record.c.ends > day, stands_at(record, self.size)
        )
        return func.coalesce(region.scalar_subquery(), "")


def _aggregates(question: Question, judged: Judged) -> list[ColumnElement[Any]]:
    """How many lines, how many of them without an amount, and the value where one aggregate gives it (else nought)."""
    metric, c = question.metric, judged.rows.c
    how, _, what = metric.count.partition(":")
    unknown: ColumnElement[bool] = false()
    if metric.family == "deal" and what != "received":
        unknown = c.amount.is_(None)
    elif how == "sum" and metric.family != "deal":
        unknown = c[what].is_(None)
    value: ColumnElement[Any] = literal(0)
    if metric.count == "lines":
        value = func.count()
    elif metric.count == "entries":
        value = func.count(c.entry.distinct())
    elif metric.count == "patents" and metric.family != "output":
        value = func.count(c.patent_id.distinct())
    elif metric.count == "parties" and metric.family == "party":
        value = func.count(c.party_id.distinct())
    elif metric.count == "sum:amount" or (how == "sum" and metric.family != "deal"):
        value = func.sum(c[what])
    elif how == "distinct" and what in c:
        value = func.count(c[what].distinct())
    missing = func.coalesce(func.sum(case((unknown, 1), else_=0)), 0)
    return [func.count().label("lines"), missing.label("missing"), value.label("value")]


def _told(row: Any) -> Figure:
    return Figure(value=int(row.value or 0), missing_amounts=int(row.missing), counted_lines=row.lines)


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


def _dated(question: Question, line: Any) -> tuple[ColumnElement[Any], ColumnElement[Any]]:
    """`kpi.figures.dated`: the counted day, and how the line stands with the entry that gave it."""
    standings = {"registered_on": line.c.registered_standing, "announced_on": line.c.announced_standing}
    fields = [line.c[name] for name in question.metric.date]
    day = func.coalesce(*fields) if len(fields) > 1 else fields[0]
    standing = case(
        *((line.c[name].is_not(None), standings.get(name, line.c.standing)) for name in question.metric.date),
        else_=line.c.standing,
    )
    return type_coerce(day, SqlDate), standing


def _lesser_if_doubted(of_pool: Any, standing: ColumnElement[Any]) -> ColumnElement[Any]:
    """A member's standing, or its pool's where that is doubted and less: what is in a rejected pool is in none."""
    pool = of_pool.scalar_subquery()
    return case((and_(pool <= int(Standing.CONTESTED), pool < standing), pool), else_=standing)


def _named(question: Question, line: Any) -> list[ColumnElement[Any]]:
    """Columns that every family answers to, so that lines can be listed in one way."""
    family = question.metric.family
    deal = family == "deal"
    named = [
        (line.c.line if "line" in line.c else literal(1)).label("line_no"),
        (line.c.kind if deal else literal(family, String)).label("kind_name"),
    ]
    if "deal_no" not in line.c:
        named.append(type_coerce(null(), String).label("deal_no"))
    if "patent_id" not in line.c:
        named.append(type_coerce(null(), String).label("patent_id"))
    return named
