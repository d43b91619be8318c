"""Whether a line passes a metric's tests on a day: the first test that it fails, and the parties left by the others.

- Tests are judged in the metric's order. Those of one side (grantors, grantees, attendees …) must be passed by one and
  the same party: each test narrows the side, and the one that leaves nobody is the failing one (RULINGS 11).
- `match = "all"`: every party of a side passes; `"lead"`: only the first is looked at. `party` and attendees are always any.
- A party that is not registered, or lacks the tested attribute, passes no test of it.
"""

from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from operator import attrgetter
from typing import Any

from ledger.facts.lines.rows import (
    ActivityLine,
    AttendeeRow,
    CentreRow,
    Claim,
    DealLine,
    DealPart,
    InForce,
    LoanLine,
    MemberLine,
    OutputLine,
    PartyLine,
    PoolLine,
    Row,
    Standing,
)
from ledger.facts.regions import covers
from ledger.kpi.book import Scope
from ledger.kpi.language import Metric, Test

# A test that is read off the line itself: its field, and the row's field (and the table's column) of that name.
PLAIN: Mapping[str, str] = {
    "kind": "kind",
    "deal.related_party": "related_party",
    "deal.role": "role",
    "deal.payment_mode": "payment_mode",
    "deal.matched_via": "matched_via",
    "transfer.cause": "cause",
    "licence.licence_type": "licence_type",
    "pledge.action": "action",
    "activity.type": "type",
    "activity.mode": "mode",
    "activity.service_type": "service_type",
    "activity.programme": "programme",
    "output.type": "type",
    "output.status": "status",
    "output.issuer_level": "issuer_level",
}
ONLY_FOR = {"transfer.cause": "transfer", "licence.licence_type": "licence"}  # no test at all for other kinds of deal
LIST_VALUED = {"chain": "chains", "tags": "tags"}
ALWAYS_ANY = ("party", "attendee", "borrower")


FAMILY_OF: Mapping[type[Row], str] = {
    DealLine: "deal",
    PoolLine: "pool",
    MemberLine: "admission",
    ActivityLine: "activity",
    LoanLine: "pledge",
    OutputLine: "output",
    PartyLine: "party",
}


def allowed(test: Test, scope: Scope) -> tuple[str | bool, ...]:
    """What a test allows, with `$subject…` filled in; what the subject lacks allows nothing."""
    found: list[str | bool] = []
    for value in test.allowed:
        if isinstance(value, str) and value.startswith("$subject."):
            told = scope.terms.get(value.removeprefix("$subject."))
            if told is not None:
                found.append(told)
        else:
            found.append(value)
    return tuple(found)


def word_for(standing: int, contested: bool, floor: Standing) -> str | None:
    """Why a line that passes all tests is not counted; None when it is."""
    if standing == Standing.REJECTED:
        return "rejected"
    if contested or standing == Standing.CONTESTED:
        return "contested"
    return None if standing >= floor else "level"


@dataclass
class Rows:
    """The rows of a whole log, or of a portion of it, laid out for judging.

    Which deal lines are contested is told by the claims, or by name in `contested`, where the claims lie elsewhere.
    """

    lines: dict[str, list[Any]] = field(default_factory=dict)
    parts: dict[tuple[int, int], list[DealPart]] = field(default_factory=dict)
    claims: dict[str, Claim] = field(default_factory=dict)
    parties: dict[str, list[PartyLine]] = field(default_factory=dict)
    centres: dict[str, list[CentreRow]] = field(default_factory=dict)
    in_force: dict[str, list[InForce]] = field(default_factory=dict)
    pools: dict[str, PoolLine] = field(default_factory=dict)
    attendees: dict[int, list[AttendeeRow]] = field(default_factory=dict)
    contested: Container[tuple[int, int]] = ()

    @classmethod
    def of(cls, rows: Iterable[Row]) -> "Rows":
        laid = cls()
        for row in rows:
            sort = type(row)
            if family := FAMILY_OF.get(sort):
                laid.lines.setdefault(family, []).append(row)
            if place := PLACES.get(sort):
                place(laid, row)
        for people in laid.attendees.values():
            people.sort(key=lambda person: person.place)
        return laid

    def among(self, context: "Rows", contested: Container[tuple[int, int]]) -> "Rows":
        """The rows of a portion, among the master data of the whole log."""
        return replace(
            self, parties=context.parties, centres=context.centres, in_force=context.in_force, contested=contested
        )  # fmt: skip

    def party(self, party_id: str | None, day: date) -> PartyLine | None:
        for record in self.parties.get(party_id or "", ()):
            if record.begins <= day < record.ends:
                return record
        return None

    def centre(self, code: str, day: date) -> CentreRow | None:
        for record in self.centres.get(code, ()):
            if record.begins <= day < record.ends:
                return record
        return None

    def region_of(self, centre: str, day: date) -> str | None:
        record = self.centre(centre, day)
        return record.region if record else None

    def is_in_force(self, patent_id: str, day: date) -> bool:
        return any(r.begins <= day < r.ends for r in self.in_force.get(patent_id, ()))

    def is_contested(self, line: Any) -> bool:
        if not isinstance(line, DealLine):
            return False
        if (line.entry, line.line) in self.contested:
            return True
        claim = self.claims.get(line.fingerprint or "")
        return claim is not None and claim.centre != line.centre


PLACES: Mapping[type[Row], Callable[[Rows, Any], None]] = {
    DealPart: lambda rows, row: rows.parts.setdefault((row.deal, row.line), []).append(row),
    Claim: lambda rows, row: rows.claims.update({row.fingerprint: row}),
    PoolLine: lambda rows, row: rows.pools.update({row.pool_id: row}),
    AttendeeRow: lambda rows, row: rows.attendees.setdefault(row.entry, []).append(row),
    PartyLine: lambda rows, row: rows.parties.setdefault(row.party_id, []).append(row),
    CentreRow: lambda rows, row: rows.centres.setdefault(row.code, []).append(row),
    InForce: lambda rows, row: rows.in_force.setdefault(row.patent_id, []).append(row),
}


@dataclass(slots=True)
class Judgement:
    """`fails`: the first failing test, None if all pass. `left`: who is left on each side that was tested."""

    fails: str | None
    left: dict[str, list[Any]]


def judge(line: Any, day: date, metric: Metric, scope: Scope, rows: Rows) -> Judgement:
    return Judge(metric, scope, rows)(line, day)


class Judge:
    """A metric's tests, made ready for one scope and the rows around it, so that many lines can be judged.

    Lines of one deal differ in their patent, parties and days alone: what was found of one of them holds for its neighbours
    that agree in these.
    """

    def __init__(self, metric: Metric, scope: Scope, rows: Rows) -> None:
        self._rows = rows
        self._match = metric.match
        self._tests = [(test.field, test.side, _passing(test, scope, rows)) for test in metric.where]
        self._by_patent = any(test.field == "patent.in_force" for test in metric.where)
        self._last: tuple[Any, Judgement] | None = None

    def __call__(self, line: Any, day: date) -> Judgement:
        if not isinstance(line, DealLine):
            return self._judged(line, day)
        alike = (line.entry, day, line.grantors, line.grantees, line.patent_id if self._by_patent else None)
        if self._last is None or self._last[0] != alike:
            self._last = alike, self._judged(line, day)
        return self._last[1]

    def _judged(self, line: Any, day: date) -> Judgement:
        left: dict[str, list[Any]] = {}
        for name, side, passes in self._tests:
            if side is None:
                passed = passes(line, day)
            else:
                asked = left.get(side)
                every = self._match == "all" and side not in ALWAYS_ANY
                if asked is None:
                    asked = people_of(line, side, self._rows)
                    if self._match == "lead" and side not in ALWAYS_ANY:
                        asked = asked[:1]
                left[side] = passing = [one for one in asked if passes(one, day)]
                passed = len(passing) == len(asked) > 0 if every else len(passing) > 0
            if not passed:
                return Judgement(name, left)
        return Judgement(None, left)


def people_of(line: Any, side: str, rows: Rows) -> list[Any]:
    """The parties (or attendees) on one side of a line, in their order."""
    match line, side:
        case DealLine(), "grantor":
            return list(line.grantors)
        case DealLine(), "grantee":
            return list(line.grantees)
        case DealLine(), "party":
            return [*line.grantors, *line.grantees]
        case LoanLine(), "borrower":
            return [line.borrower] if line.borrower else []
        case OutputLine() | PartyLine(), "party":
            return [line.party_id] if line.party_id else []
        case ActivityLine(), "attendee":
            return list(rows.attendees.get(line.entry, ()))
    raise AssertionError(f"{type(line).__name__} has no side {side}")  # the loader admits no such test


def _passing(test: Test, scope: Scope, rows: Rows) -> Callable[[Any, date], bool]:
    """One test as a question to a line, or to one party (or attendee) of it, on a day."""
    name, values = test.field, allowed(test, scope)
    if test.side is None:
        return _passing_line(name, values, rows)
    if name == "grantee.is_operator":
        return lambda one, day: (one == scope.operator_on(day)) in values
    if name == "attendee.role":
        return lambda one, day: one.role in values
    return _passing_party(name.partition(".")[2], values, rows)


def _passing_line(name: str, values: Sequence[str | bool], rows: Rows) -> Callable[[Any, date], bool]:
    if name == "patent.in_force":
        return lambda line, day: rows.is_in_force(line.patent_id, day) in values
    if name == "recorder.region":
        return lambda line, day: _in_regions(rows.region_of(line.centre, day), values)
    told = attrgetter(PLAIN[name])
    if name in ONLY_FOR:
        kind = ONLY_FOR[name]
        return lambda line, day: line.kind != kind or told(line) in values
    return lambda line, day: told(line) in values


def _passing_party(attribute: str, values: Sequence[str | bool], rows: Rows) -> Callable[[Any, date], bool]:
    known: dict[int, bool] = {}  # by the entry of a party's record: there are far fewer of them than of lines

    def passes(one: Any, day: date) -> bool:
        record = rows.party(one.employer if isinstance(one, AttendeeRow) else one, day)
        if record is None:
            return False
        passed = known.get(record.entry)
        if passed is None:
            passed = known[record.entry] = _record_passes(record, attribute, values)
        return passed

    return passes


def _record_passes(record: PartyLine, attribute: str, values: Sequence[str | bool]) -> bool:
    if attribute == "region":
        return _in_regions(record.region, values)
    if attribute in LIST_VALUED:
        return any(value in values for value in getattr(record, LIST_VALUED[attribute]))
    return getattr(record, attribute) in values


def _in_regions(region: str | None, values: Sequence[str | bool]) -> bool:
    return any(covers(str(value), region) for value in values)
