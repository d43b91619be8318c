"""Periods that were submitted or accepted: nothing dated in one is added, taken away or dated anew (RULINGS 54).

- A period is a programme and the day `through` that it ends with. How it stands follows from the closings alone, in their order:
  a submit holds it, an accept of what was submitted closes it, a return or reopen opens it again. What was never submitted (a
  park, a region, a province) holds nothing back, whoever accepted it. Programmes are not asked: a file that is gone opens nothing.
- A hold is on all entries of the centre, whatever programme they serve. Offices are never held.
- An entry has one day or none (`DATED`, `UNDATED`). A reversal has the days of all that it takes away, and of what it dates anew
  or lets count otherwise.

An entry is told of one closing only: one that was accepted before one that was submitted, for it takes a reopening.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final, NamedTuple

from ledger.facts.entries import Entry
from ledger.facts.kinds import deals as d
from ledger.facts.kinds import outcomes as o
from ledger.facts.kinds import pools as p
from ledger.facts.kinds import registry as r
from ledger.facts.kinds import rulings as s
from ledger.facts.kinds.base import Fact
from ledger.facts.lines.deals import claim_on, deal_rows
from ledger.facts.lines.rows import DealLine
from ledger.facts.mentions import mention
from ledger.facts.problems import Problem
from ledger.facts.rules.context import Saying, places, problem
from ledger.facts.rules.rulings import taken_back_by
from ledger.facts.world import World

_NOWHEN: Final = datetime.min.replace(tzinfo=UTC)


class Dated(NamedTuple):
    """A day that an entry speaks of, and the field that gives it."""

    day: date
    path: str


# --- the days of an entry --------------------------------------------------------------------------------------------


def _by(name: str) -> Callable[[Any], Iterator[Dated]]:
    return lambda fact: iter((Dated(getattr(fact, name), name),))


def _recordals(deal: d.Deal) -> Iterator[Dated]:
    """The recordal of each line: its own, else the deal's."""
    for path, item in places("lines", deal.lines):
        if item.registered_on is not None:
            yield Dated(item.registered_on, f"{path}.registered_on")
        elif deal.registered_on is not None:
            yield Dated(deal.registered_on, "registered_on")


def _last_day(baseline: s.Baseline) -> Iterator[Dated]:
    """What a centre declares of a window is dated by the window's last day: growth on it was in the figures of that time."""
    if baseline.to > date.min:
        yield Dated(baseline.to - timedelta(days=1), "to")


_ON: Final = _by("on")
DATED: Final[Mapping[type[Fact], Callable[[Any], Iterable[Dated]]]] = {
    p.Admission: _ON,
    p.Withdrawal: _ON,
    d.Transfer: _recordals,
    d.Licence: _recordals,
    d.OpenLicence: _recordals,
    d.Equity: _recordals,
    d.Registration: _by("registered_on"),
    d.Amendment: _ON,
    d.Termination: _ON,
    d.Payment: _by("received_on"),
    o.Pledge: _by("registered_on"),
    o.Activity: _by("held_on"),
    o.Output: _ON,
    s.Participation: _ON,
    s.Baseline: _last_day,
}
# Master data, verdicts and closings; a reversal has the days of what it takes away.
UNDATED: Final = (
    r.Centre, r.Party, r.Patent, r.PatentStatus, p.Pool, d.OpenLicenceStatement, s.Attestation, s.Closing, s.Reversal,
)  # fmt: skip


def days_of(fact: Fact, world: World) -> Iterator[Dated]:
    """The days of an entry that is about to be taken into a world."""
    if isinstance(fact, s.Reversal):
        target = world.entry(fact.entry)
        # What was taken back already is another rule's business, and nothing is taken away a second time.
        if target and taken_back_by(target, world) is None:
            yield from (Dated(day, "entry") for day in _days_taken_back(target, world))
    elif type(fact) in DATED:
        yield from DATED[type(fact)](fact)


def _days_taken_back(target: Entry, world: World) -> Iterator[date]:
    fact = target.fact
    yield from _own_days(fact)
    if isinstance(fact, d.Deal):  # which takes along all that followed it
        state = world.deal(target.centre, fact.deal_no)
        for follower in [*state.registrations, *state.changes, *state.payments] if state else ():
            yield from _own_days(follower.fact)
    if isinstance(fact, d.Deal | d.Registration):
        yield from _days_of_lines_moved(target, fact.deal_no, world)


def _own_days(fact: Fact) -> Iterator[date]:
    return (dated.day for dated in DATED[type(fact)](fact)) if type(fact) in DATED else iter(())


def _days_of_lines_moved(target: Entry, deal_no: str, world: World) -> Iterator[date]:
    """What else moves when a deal or a registration goes.

    Lines fall back to another registration, written while an office had rejected this one. And the recordal that they claimed may
    pass to another centre, or come back from one: then all lines count otherwise by which this centre claims it too.
    """
    history = world.history(mention("deal", target.centre, deal_no))
    taken_back = s.Reversal(entry=target.index, reason="void")
    gone = Entry(index=-1, centre=target.centre, seq=0, recorded_at=_NOWHEN, recorded_by="", fact=taken_back)
    before, after = _lines(history), _lines([*history, gone])
    for place, line in after.items():
        if line.registered_on and line.registered_on != before[place].registered_on:
            yield line.registered_on
    for fingerprint in sorted({line.fingerprint for line in (*before.values(), *after.values()) if line.fingerprint}):
        claims = world.claimants(fingerprint)
        left = [line for line in claims if (line.entry, line.line) not in before]
        later = [*left, *(line for line in after.values() if line.fingerprint == fingerprint)]
        if _claims_for(target.centre, claims) != _claims_for(target.centre, later):
            yield from (line.registered_on for line in left if line.centre == target.centre and line.registered_on)


def _lines(history: Iterable[Entry]) -> dict[tuple[int, int], DealLine]:
    return {(row.entry, row.line): row for row in deal_rows(list(history)) if isinstance(row, DealLine)}


def _claims_for(centre: str, lines: Sequence[DealLine]) -> bool:
    """Whether a centre's lines count, of those that claim one recordal."""
    holder = claim_on(lines)
    return holder is None or holder.centre == centre


# --- how periods stand -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Hold:
    """A period that takes no more entries, and the closing that made it so."""

    programme: str
    through: date
    closed: bool  # accepted; else submitted
    entry: int


@dataclass
class Periods:
    """The periods of one subject that are held or closed after a run of closings."""

    standing: dict[tuple[str, date], Hold] = field(default_factory=dict)

    @classmethod
    def of(cls, history: Iterable[Entry]) -> "Periods":
        periods = cls()
        for entry in history:
            periods.take(entry)
        return periods

    def take(self, entry: Entry) -> None:
        fact = entry.fact
        if not isinstance(fact, s.Closing):
            return
        period = (fact.programme, fact.through)
        if fact.action == "submit" or (fact.action == "accept" and period in self.standing):
            self.standing[period] = Hold(fact.programme, fact.through, fact.action == "accept", entry.index)
        elif fact.action in ("return", "reopen"):
            self.standing.pop(period, None)

    def over(self, day: date) -> Hold | None:
        """The period in which a day lies: a closed one rather than a held one, and then the longest."""
        found = [hold for hold in self.standing.values() if day <= hold.through]
        return max(found, key=lambda hold: (hold.closed, hold.through, -hold.entry), default=None)


def hold_on(fact: Fact, periods: Periods, world: World) -> tuple[Dated, Hold] | None:
    """The earliest day of an entry and the period that it lies in; None where it may be taken."""
    if not periods.standing or (first := min(days_of(fact, world), default=None)) is None:
        return None
    hold = periods.over(first.day)
    return (first, hold) if hold else None


def the_period_is_open(fact: Fact, saying: Saying) -> Iterator[Problem]:
    """A centre writes nothing into a period that it submitted, unless that is returned or reopened."""
    if saying.office:
        return
    periods = Periods.of(saying.world.history(mention("periods", saying.centre)))
    if found := hold_on(fact, periods, saying.world):
        dated, hold = found
        code, zh, en = ("period-closed", "验收", "accepted") if hold.closed else ("period-held", "提交", "submitted")
        yield problem(
            code,
            dated.path,
            f"日期 {dated.day} 落在项目 {hold.programme} 截至 {hold.through} 的期间内,该期间已由第 {hold.entry} 号记录{zh}",
            f"{dated.day} lies in the period through {hold.through} of programme {hold.programme}, {en} by entry {hold.entry}",
            hold.entry,
        )
