"""A question as a select: each line of its family that stands at a log size, with its counted day and its word.

The word is null where the line passes, else the first test it fails, or rejected or contested; whether a line that passes stands
at the level is told by `stands`, so that one select serves every level (of an output, at one level). Stocks, flows, deals with
their parts, and outputs with their histories are told apart here; what is made of the lines is counted in `store.figures`.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import CTE, BigInteger, ColumnElement, String, and_, case, cast, func, literal, null, or_, select, type_coerce
from sqlalchemy import Date as SqlDate

from ledger.facts.lines.rows import Standing
from ledger.kpi.book import Question
from ledger.kpi.pieces import DAYS, MONEY_OF
from ledger.store import tables as t
from ledger.store.conditions import ENDS, ON, SIZE, STATE_DAY, Conditions, in_window
from ledger.store.lines import stands_at

TABLES = {"deal": t.deal_line, "pool": t.pool_line, "admission": t.member_line, "activity": t.activity_line,
          "pledge": t.loan_line, "output": t.output_line, "party": t.party_line}  # fmt: skip


@dataclass(frozen=True)
class Judged:
    """The lines of a question with `day`, `stands` and `word` (null: it passes), and the conditions that judged them."""

    rows: CTE
    conditions: Conditions

    @property
    def counted(self) -> ColumnElement[bool]:
        c = self.rows.c
        return and_(c.word.is_(None), c.day.is_not(None), c.stands >= int(self.conditions.question.floor))

    @property
    def told(self) -> ColumnElement[Any]:
        """The word, with `level` for what passes and does not stand at the level."""
        below = self.rows.c.stands < int(self.conditions.question.floor)
        return case((self.rows.c.word.is_not(None), self.rows.c.word), (below, literal("level")), else_=null())

    @property
    def shown(self) -> ColumnElement[Any]:
        """The amount beside a line: its own, and for a pending deal line the changes known so far (RULINGS 14)."""
        question, c = self.conditions.question, self.rows.c
        family = question.metric.family
        if family not in MONEY_OF:
            return cast(null(), BigInteger)
        amount: ColumnElement[Any] = c[MONEY_OF[family]]
        if family != "deal":
            return amount
        part = t.deal_part.alias()
        changes = select(func.coalesce(func.sum(part.c.amount), 0)).where(
            part.c.deal == c.entry,
            part.c.line == c.line,
            part.c.received.is_(False),
            part.c.standing >= int(question.floor),
            part.c.on <= ON,
            stands_at(part, SIZE),
        )
        # PostgreSQL adds BIGINTs up to a NUMERIC; fen stay integers.
        known = cast(changes.scalar_subquery(), BigInteger)
        return case((c.day.is_(None), amount + known), else_=amount)

    def at(self, question: Question) -> "Judged":
        """The same lines for a question that differs in what it counts, or in its level."""
        return Judged(self.rows, Conditions(question, self.rows, self.rows.c.judged_on))


def judged(question: Question, *, hashed: bool) -> Judged:
    """`hashed`: lines and their sides are joined so that PostgreSQL can only hash them. While its statistics are behind, as after a
    large batch, it takes thousands of lines for a handful, and would go through all sides for each."""
    metric = question.metric
    line = TABLES[metric.family].alias("line")
    if metric.family == "deal":
        day, standing = _dated(question, line)
        return _select(
            question,
            line,
            day,
            func.coalesce(day, line.c.signed_on),
            standing,
            or_(
                and_(day.is_not(None), in_window(day)),
                and_(day.is_(None), line.c.signed_on <= ON, line.c.signed_on < ENDS),
            ),
            hashed=hashed,
        )
    if metric.family == "output":
        return _outputs(question, line, hashed=hashed)
    day = line.c[DAYS[metric.family]]
    standing = line.c.standing if "standing" in line.c else literal(int(Standing.VERIFIED))
    if not metric.stock:
        return _select(question, line, day, day, standing, in_window(day), hashed=hashed)
    on = STATE_DAY
    stands = and_(line.c.begins <= on, line.c.ends > on)
    if metric.family == "admission":
        pool = t.pool_line.alias("pool")
        of_pool = select(pool.c.standing).where(
            pool.c.pool_id == line.c.pool_id, pool.c.begins <= on, pool.c.ends > on, stands_at(pool, SIZE)
        )
        stands = and_(stands, of_pool.exists())
        standing = _lesser_if_doubted(of_pool, line.c.standing)
    return _select(question, line, line.c.begins, on, standing, stands, hashed=hashed)


def _select(
    question: Question,
    line: Any,
    day: ColumnElement[Any],
    judged_on: ColumnElement[Any],
    standing: ColumnElement[Any],
    *where: ColumnElement[bool],
    hashed: bool,
) -> Judged:
    conditions = Conditions(question, line, judged_on)
    lines = (
        select(
            *(c for c in line.c if c.name not in ("since", "until")),
            *_named(question, line),
            day.label("day"),
            judged_on.label("judged_on"),
            standing.label("stands"),
        )
        .where(stands_at(line, SIZE), *where, *_scope(question, line, conditions))
        .cte("lines")
    )
    of_lines = Conditions(question, lines, lines.c.judged_on)
    found: Any = lines
    sides = dict(of_lines.sides())
    for side, judged in sides.items():
        found = found.join(judged, of_lines.of_side(side, judged), isouter=True, full=hashed)
    query = select(lines, of_lines.word(lines.c.stands, sides).label("word")).select_from(found)
    if hashed and sides:
        # What a full join adds is left out again in words that the planner does not turn back into a left join.
        query = query.where(func.coalesce(lines.c.entry, -1) >= 0)
    rows = query.cte("judged")
    return Judged(rows, Conditions(question, rows, rows.c.judged_on))


def _scope(question: Question, line: Any, conditions: Conditions) -> list[ColumnElement[bool]]:
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


def _outputs(question: Question, line: Any, *, hashed: bool) -> Judged:
    """One row an output: the reports on it are judged one by one, the last standing or first counting one speaks."""
    metric = question.metric
    on = STATE_DAY if metric.stock else ON
    judged_on = on if metric.stock else line.c.begins
    reports = _select(
        question, line, line.c.begins, judged_on, line.c.standing, and_(line.c.begins <= on, line.c.ends > on), hashed=hashed
    )
    # Which report speaks for an output depends on the level.
    each = select(*(column for column in reports.rows.c if column.name != "word"), reports.told.label("word")).subquery("each")
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
        wanted = and_(query.c.speaks == 1, in_window(first_day))
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
    return Judged(rows, Conditions(question, rows, rows.c.judged_on))


def parts(question: Question) -> Any:
    """Changes of amount or payments that count: those of lines that pass on their own day, dated in the window."""
    line, part = t.deal_line.alias("line"), t.deal_part.alias("part")
    day, standing = _dated(question, line)
    conditions = Conditions(question, line, day)
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
            stands_at(line, SIZE),
            stands_at(part, SIZE),
            part.c.received.is_(received),
            part.c.standing >= int(question.floor),
            day.is_not(None),
            in_window(on),
            conditions.counts(standing),
            *_scope(question, line, conditions),
        )
    )


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
