"""What a counted line gives to a figure: keys that are united, or fen (or a number) that are summed.

Parties and attendees are counted as the tests left them: who fell out of a side is not counted, and without tests all are
(RULINGS 12).
"""

from collections.abc import Callable, Mapping
from fractions import Fraction
from operator import attrgetter
from typing import Any

from ledger.facts.lines.rows import DealLine, OutputLine, PartyLine
from ledger.kpi.judging import Judgement, Rows, people_of
from ledger.kpi.language import Metric

Keys = tuple[Any, ...]
Adds = Fraction | int
Measure = Callable[[Any, Judgement], tuple[Keys, Adds]]
NO_KEYS: Keys = ()


def worth(metric: Metric, line: DealLine, amount: int) -> Adds:
    """What an amount of a deal line, in fen, adds to a sum."""
    if metric.count != "sum:annualised":
        return amount
    return Fraction(amount * 12, line.term_months) if line.term_months else 0


def measuring(metric: Metric, rows: Rows) -> Measure:
    """What a counted line gives to a figure: (keys to unite, fen or number to add)."""
    how, _, what = metric.count.partition(":")
    if how == "sum":
        if metric.family != "deal":
            return lambda line, _: (NO_KEYS, getattr(line, what) or 0)
        if what == "received":  # money comes in parts alone
            return lambda line, _: (NO_KEYS, 0)
        return lambda line, _: (NO_KEYS, 0 if line.amount is None else worth(metric, line, line.amount))
    keys = COUNTS.get(metric.count)
    if keys is None:
        told = attrgetter(what)
        return lambda line, _: (NO_KEYS if told(line) is None else (told(line),), 0)
    return lambda line, judgement: (keys(line, judgement, rows), 0)


def _side(line: Any, judgement: Judgement, rows: Rows, side: str) -> list[Any]:
    """Who is left on a side after the tests of it; all, where there were none (RULINGS 12)."""
    left = judgement.left.get(side)
    return people_of(line, side, rows) if left is None else left


def _patents(line: Any, *_: Any) -> Keys:
    return line.patents if isinstance(line, OutputLine) else (line.patent_id,)


def _parties(line: Any, judgement: Judgement, rows: Rows) -> Keys:
    if isinstance(line, PartyLine):
        return (line.party_id,)
    both = {*_side(line, judgement, rows, "grantor"), *_side(line, judgement, rows, "grantee")}
    tested = judgement.left.get("party")
    return tuple(both if tested is None else both & set(tested))


COUNTS: Mapping[str, Callable[[Any, Judgement, Rows], Keys]] = {
    "entries": lambda line, *_: (line.entry,),
    "lines": lambda line, *_: ((line.entry, getattr(line, "line", 1)),),
    "patents": _patents,
    "distinct:patents": _patents,
    "grantors": lambda line, judgement, rows: tuple(_side(line, judgement, rows, "grantor")),
    "grantees": lambda line, judgement, rows: tuple(_side(line, judgement, rows, "grantee")),
    "parties": _parties,
    "distinct:attendee.token": lambda line, judgement, rows: tuple(p.token for p in _side(line, judgement, rows, "attendee")),
    "distinct:attendee.employer": lambda line, judgement, rows: tuple(
        person.employer for person in _side(line, judgement, rows, "attendee") if person.employer
    ),
}
