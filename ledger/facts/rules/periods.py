"""Periods that were submitted or accepted: nothing dated in one is added, taken away or dated anew (RULINGS 54).

- A period is a programme and the day `through` that it ends with. How it stands follows from the closings alone, in their order:
  a submit holds it, an accept of what was submitted closes it, a return or reopen opens it again. What was never submitted (a
  park, a region, a province) holds nothing back, whoever accepted it. Programmes are not asked: a file that is gone opens nothing.
- A hold is on all entries of the centre, whatever programme they serve. Offices are never held.
- An entry has one day or none (`DATED`, `UNDATED`). A reversal has the days of all that it takes away; a registration, and
  what takes one away, also those of the centre's lines that are dated anew or count otherwise by it.

An entry is told of one closing only: one that was accepted before one that was submitted, for it takes a reopening.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Final, NamedTuple

from ledger.facts.entries import Entry
from ledger.facts.kinds import deals as d
from ledger.facts.kinds import outcomes as o
from ledger.facts.kinds import pools as p
from ledger.facts.kinds import registry as r
from ledger.facts.kinds import rulings as s
from ledger.facts.kinds.base import Fact
from ledger.facts.lines.deals import DealState, contested_in, deal_lines
from ledger.facts.lines.rows import DealLine, Standing
from ledger.facts.mentions import mention
from ledger.facts.problems import Problem
from ledger.facts.rules.context import Saying, as_if_taken, places, problem
from ledger.facts.rules.rulings import taken_back_by
from ledger.facts.world import World


class Dated(NamedTuple):
    """A day that an entry speaks of, and the field that gives it; or one on which something else would count otherwise by it."""

    day: date
    path: str
    moved: bool = False


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


def days_of(fact: Fact, centre: str, world: World) -> Iterator[Dated]:
    """The days of an entry that a centre is about to write."""
    if isinstance(fact, s.Reversal):
        target = world.entry(fact.entry)
        # What was taken back already is another rule's business, and nothing is taken away a second time.
        if target and taken_back_by(target, world) is None:
            yield from _days_taken_back(fact, target, world)
    elif type(fact) in DATED:
        yield from DATED[type(fact)](fact)
    if isinstance(fact, d.Registration):
        # What claims a recordal is its number, where it has one.
        path = "registered_on" if fact.registration_no is None else "registration_no"
        yield from (Dated(day, path, moved=True) for day in _days_moved(fact, centre, fact.deal_no, world))


def _days_taken_back(reversal: s.Reversal, target: Entry, world: World) -> Iterator[Dated]:
    fact = target.fact
    away = [fact]
    if isinstance(fact, d.Deal):  # which takes along all that followed it
        state = world.deal(target.centre, fact.deal_no)
        away += [one.fact for one in [*state.registrations, *state.changes, *state.payments]] if state else []
    for one in away:
        yield from (Dated(dated.day, "entry") for dated in DATED.get(type(one), _never)(one))
    if isinstance(fact, d.Deal | d.Registration):
        days = _days_moved(reversal, target.centre, fact.deal_no, world)
        yield from (Dated(day, "entry", moved=True) for day in days)


def _never(_: Fact) -> Iterator[Dated]:
    return iter(())


def _days_moved(fact: d.Registration | s.Reversal, centre: str, deal_no: str, world: World) -> Iterator[date]:
    """The days of a centre's lines that are dated anew or count otherwise by what is said of one of its deals.

    A line falls back to another registration, written while an office had rejected the one that goes. And a recordal that several
    claim may pass to another centre or come back from one, by which all lines that claim it count otherwise, of whichever deal;
    what was received for them does so on days of its own.
    """
    subject = mention("deal", centre, deal_no)
    before = [row for row in world.rows(subject) if isinstance(row, DealLine)]
    if isinstance(fact, d.Registration) and max(fact.lines or (0,)) > len(before):
        return  # it speaks of lines that are not there
    after = deal_lines([*world.history(subject), as_if_taken(fact, centre)])
    claimed = {line.fingerprint for line in {*before} ^ {*after} if line.fingerprint}
    world.prefetch_deal_lines([], sorted(claimed))
    others = [line for one in claimed for line in world.claimants(one) if (line.centre, line.deal_no) != (centre, deal_no)]
    was = {(line.entry, line.line): line.registered_on for line in (*before, *others)}
    counted, counting = _counting(centre, [*before, *others]), _counting(centre, [*after, *others])
    moved = set()
    for line in (*after, *others):
        place = line.entry, line.line
        if line.centre != centre or line.registered_on is None:
            continue
        if line.registered_on != was[place]:
            yield line.registered_on
        if was[place] and (place in counted) != (place in counting):
            yield line.registered_on
            moved.add(line.deal_no)
    world.prefetch(mention("deal", centre, one) for one in sorted(moved))
    for one in sorted(moved):
        if state := world.deal(centre, one):
            yield from _received(state)


def _counting(centre: str, lines: Sequence[DealLine]) -> set[tuple[int, int]]:
    """The lines of a centre that no office has in doubt, and whose recordal no other centre holds."""
    contested = contested_in(lines)
    own = {(line.entry, line.line) for line in lines if line.centre == centre and line.registered_standing > Standing.CONTESTED}
    return own - contested.keys()


def _received(state: DealState) -> Iterator[date]:
    """The days of the payments that no office has in doubt."""
    for entry in state.payments:
        if isinstance(entry.fact, d.Payment) and state.verdicts.standing(entry.index) > Standing.CONTESTED:
            yield entry.fact.received_on


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


def hold_on(fact: Fact, centre: str, periods: Periods, world: World) -> tuple[Dated, Hold] | None:
    """The earliest day of an entry and the period that it lies in; None where it may be taken."""
    if not periods.standing or (first := min(days_of(fact, centre, world), default=None)) is None:
        return None
    hold = periods.over(first.day)
    return (first, hold) if hold else None


def the_period_is_open(fact: Fact, saying: Saying) -> Iterator[Problem]:
    """A centre writes nothing into a period that it submitted, unless that is returned or reopened."""
    if saying.office or not (type(fact) in DATED or isinstance(fact, s.Reversal)):
        return
    periods = Periods.of(saying.world.history(mention("periods", saying.centre)))
    if found := hold_on(fact, saying.centre, periods, saying.world):
        dated, hold = found
        code, zh, en = ("period-closed", "验收", "accepted") if hold.closed else ("period-held", "提交", "submitted")
        zh_day, en_day = f"日期 {dated.day} ", f"{dated.day} "
        if dated.moved:
            zh_day, en_day = f"本记录会改变 {dated.day} 当日的计数,该日", f"this would change what counts on {dated.day}, which "
        yield problem(
            code,
            dated.path,
            f"{zh_day}落在项目 {hold.programme} 截至 {hold.through} 的期间内,该期间已由第 {hold.entry} 号记录{zh}",
            f"{en_day}lies in the period through {hold.through} of programme {hold.programme}, {en} by entry {hold.entry}",
            hold.entry,
        )
