"""Who takes part in a programme and on which terms: folded from participation, closing and centre entries (RULINGS 32, 38, 45).

- The period is that of the latest `started`; industry, months and each promised value are those of the latest entry that
  carries them. Latest means by day, then by index, and no later than the day that is asked about; a start speaks for
  its period too, from start_on, since it is often put on record after its first day.
- What a person decided speaks from the acceptance on, until a reopening takes it back (RULINGS 3 and 54).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any

from ledger.facts.entries import Entry
from ledger.facts.kinds.rulings import Baseline, Closing, Participation
from ledger.facts.lines.rows import CentreRow, Standing
from ledger.facts.lines.verdicts import Verdicts
from ledger.facts.mentions import mention
from ledger.kpi.book import LEVELS, Book, Operator, Scope
from ledger.kpi.definitions import exact_in
from ledger.kpi.language import Metric, Programme
from ledger.kpi.windows import Window, period_of


@dataclass(frozen=True)
class Participant:
    """A subject of a programme on a day."""

    programme: Programme
    subject: str
    state: str
    period: Window | None
    scope: Scope
    overrides: Mapping[str, str]
    decisions: Mapping[str, bool]
    name: str | None


def live(history: Iterable[Entry], kind: type[Any]) -> list[Entry]:
    """The entries of one kind that are not reversed, by index."""
    history = list(history)
    verdicts = Verdicts.of(history)
    return [entry for entry in history if isinstance(entry.fact, kind) and verdicts.live(entry.index)]


def participant(book: Book, programme: Programme, subject: str, on: date) -> Participant | None:
    """The participant as known to the book; None where nobody ever recorded a participation."""
    told = live(book.history(mention("participation", programme.id, subject)), Participation)
    if not told:
        return None
    dated = sorted((e.fact.on, e.index, e.fact) for e in told if isinstance(e.fact, Participation))
    facts = [fact for *_, fact in dated]
    begun = [fact for fact in facts if fact.on <= on]
    running = [fact for fact in facts if fact.on <= on or (fact.start_on is not None and fact.start_on <= on)]
    start_on = _latest(running, "start_on")
    months = _latest(running, "months") or programme.months
    rows = book.centre_rows(subject)
    return Participant(
        programme=programme,
        subject=subject,
        state=(begun or facts[:1])[-1].state,
        period=period_of(start_on, months) if start_on and months else None,
        # Before its first day a participation has the industry that it came with: the ledger is asked about that time too.
        scope=_scope(programme, subject, rows, on, _latest(running, "industry") or _latest(facts[::-1], "industry")),
        overrides={target: value for fact in running for target, value in (fact.overrides or {}).items()},
        decisions=decisions(book.history(mention("closing", programme.id, subject))),
        name=record.name if (record := on_day(rows, on)) else None,
    )


def _latest(facts: Sequence[Participation], name: str) -> Any:
    """What the last one that says it says; `start_on` stands with `started` only."""
    return next((value for fact in reversed(facts) if (value := getattr(fact, name)) is not None), None)


def _scope(programme: Programme, subject: str, rows: Sequence[CentreRow], on: date, industry: str | None) -> Scope:
    record = on_day(rows, on)
    region = record.region if record else subject
    terms = {"industry": industry, "region": region}
    if programme.subject == "centre":
        return Scope(centre=subject, terms=terms, operators=operators(rows))
    return Scope(region=region, terms=terms, operators=operators(rows))


def operators(rows: Sequence[CentreRow]) -> tuple[Operator, ...]:
    return tuple(Operator(row.begins, row.ends, row.operator) for row in rows)


def on_day(rows: Sequence[CentreRow], on: date) -> CentreRow | None:
    return next((row for row in rows if row.begins <= on < row.ends), None)


def decisions(history: Sequence[Entry]) -> dict[str, bool]:
    """What a person decided about evidence targets, by the acceptances that were not reopened."""
    accepted: list[Closing] = []
    for entry in live(history, Closing):
        fact = entry.fact
        assert isinstance(fact, Closing)
        if fact.action == "accept":
            accepted.append(fact)
        elif fact.action == "reopen":
            accepted = [one for one in accepted if one.through != fact.through]
    return {target: decided for fact in accepted for target, decided in (fact.decisions or {}).items()}


def baseline(book: Book, metric: Metric, subject: str, window: Window, level: str) -> Fraction | None:
    """The declared figure for a base window, in fen or as a number: the latest one that counts at the level (RULINGS 24).

    An office's word counts at every level; a centre's as recorded, and above that once it is attested or verified.
    """
    history = book.history(mention("baseline", metric.id, subject))
    verdicts = Verdicts.of(history)
    for entry in reversed(live(history, Baseline)):
        fact = entry.fact
        assert isinstance(fact, Baseline)
        if Window(fact.from_, fact.to) != window:
            continue
        standing = verdicts.standing(entry.index)
        if standing <= Standing.CONTESTED:
            continue
        if standing >= LEVELS[level] or entry.office:
            return exact_in(fact.value, metric.unit)
    return None
