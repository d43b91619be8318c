"""Questions in words: the select that judges their lines and adds them up by the word for each, once for all that ask of the same.

Days, window and log size stand in it by name (`conditions.parameters`), so that it serves every day on which it is asked.
"""

from collections import OrderedDict
from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, case, false, func, literal, select

from ledger.kpi.book import Figure, Question
from ledger.store import judging
from ledger.store.judging import Judged

# Putting a question into words takes longer than having it answered: what was asked before is kept.
_WORDS: OrderedDict[Any, tuple[Judged, Any]] = OrderedDict()
_WORDS_MAX: Final = 1_000


def in_words(questions: Sequence[Question], hashed: bool) -> tuple[Judged, Any]:
    """The judged lines of questions about the same lines, and the select that adds them up by word, for each question."""
    key = (hashed, judged_as(questions[0])[0], tuple((one.metric.count, one.level) for one in questions))
    if (kept := _WORDS.get(key)) is None:
        judged = judging.judged(questions[0], hashed=hashed)
        c = judged.rows.c
        waiting = c.day.is_(None)
        told = [column for n, one in enumerate(questions) for column in aggregates(judged.at(one), f"_{n}")]
        query = select(c.word, waiting.label("waiting"), func.count().label("all"), *told).group_by(c.word, waiting)
        kept = _WORDS[key] = judged, query
        while len(_WORDS) > _WORDS_MAX:
            _WORDS.popitem(last=False)
    return kept


def judged_as(question: Question) -> tuple[Any, ...]:
    """What the judging of lines depends on: questions that agree in it differ only in what is counted of the same lines.

    What is put into words comes first; window and day are parameters.
    """
    metric = question.metric
    # Which report speaks for an output depends on the level.
    level = question.level if metric.family == "output" else None
    words = (metric.family, metric.kinds, metric.date, metric.where, metric.stock, metric.match, level, question.scope)
    return (words, question.window, question.on)


def aggregates(judged: Judged, suffix: str = "") -> list[ColumnElement[Any]]:
    """Of the lines that stand at the level: how many, how many of them without an amount, the value where one aggregate gives it
    (else nought), and the amount that is shown beside those that wait for a day."""
    question, c = judged.conditions.question, judged.rows.c
    metric = question.metric
    how, _, what = metric.count.partition(":")
    stands = c.stands >= int(question.floor)
    unknown: ColumnElement[bool] = false()
    if metric.family == "deal" and what != "received":
        unknown = c.amount.is_(None)
    elif how == "sum" and metric.family != "deal":
        unknown = c[what].is_(None)
    value: ColumnElement[Any] = literal(0)
    if metric.count == "lines":
        value = func.count(case((stands, 1)))
    elif metric.count == "entries":
        value = func.count(case((stands, c.entry)).distinct())
    elif metric.count == "patents" and metric.family != "output":
        value = func.count(case((stands, c.patent_id)).distinct())
    elif metric.count == "parties" and metric.family == "party":
        value = func.count(case((stands, c.party_id)).distinct())
    elif metric.count == "sum:amount" or (how == "sum" and metric.family != "deal"):
        value = func.sum(case((stands, c[what])))
    elif how == "distinct" and what in c:
        value = func.count(case((stands, c[what])).distinct())
    waits = and_(stands, c.word.is_(None), c.day.is_(None))
    return [
        func.count(case((stands, 1))).label("lines" + suffix),
        func.count(case((and_(stands, unknown), 1))).label("missing" + suffix),
        value.label("value" + suffix),
        func.sum(case((waits, judged.shown))).label("shown" + suffix),
    ]


def told_by(row: Any) -> Figure:
    return Figure(value=int(row.value or 0), missing_amounts=int(row.missing), counted_lines=row.lines)
