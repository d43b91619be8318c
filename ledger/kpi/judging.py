"""Whether a line passes a metric's tests on a day: the first test that it fails, and the parties left by the others.

- Tests are judged in the metric's order. Those of one side (grantors, grantees, attendees …) must be passed by one and
  the same party: each test narrows the side, and the one that leaves nobody is the failing one (RULINGS 11).
- `match = "all"`: every party of a side passes; `"lead"`: only the first is looked at. `party` and attendees are always any.
- A party that is not registered, or lacks the tested attribute, passes no test of it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
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
SIDES = {"grantor": "grantor", "grantee": "grantee", "party": "party", "borrower": "borrower", "attendee": "attendee",
         "employer": "attendee"}  # fmt: skip
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


def side_of(test: str) -> str | None:
    return SIDES.get(test.partition(".")[0])


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
    """The rows of a whole log, laid out for judging."""

    lines: dict[str, list[Any]] = field(default_factory=dict)
    parts: dict[tuple[int, int], list[DealPart]] = field(default_factory=dict)
    claims: dict[str, Claim] = field(default_factory=dict)
    parties: dict[str, list[PartyLine]] = field(default_factory=dict)
    centres: dict[str, list[CentreRow]] = field(default_factory=dict)
    in_force: dict[str, list[InForce]] = field(default_factory=dict)
    pools: dict[str, PoolLine] = field(default_factory=dict)
    attendees: dict[int, list[AttendeeRow]] = field(default_factory=dict)

    @classmethod
    def of(cls, rows: Sequence[Row]) -> "Rows":
        laid = cls()
        for row in rows:
            if family := FAMILY_OF.get(type(row)):
                laid.lines.setdefault(family, []).append(row)
            match row:
                case DealPart():
                    laid.parts.setdefault((row.deal, row.line), []).append(row)
                case Claim():
                    laid.claims[row.fingerprint] = row
                case PoolLine():
                    laid.pools[row.pool_id] = row
                case AttendeeRow():
                    laid.attendees.setdefault(row.entry, []).append(row)
                case PartyLine():
                    laid.parties.setdefault(row.party_id, []).append(row)
                case CentreRow():
                    laid.centres.setdefault(row.code, []).append(row)
                case InForce():
                    laid.in_force.setdefault(row.patent_id, []).append(row)
        for people in laid.attendees.values():
            people.sort(key=lambda person: person.place)
        return laid

    def party(self, party_id: str | None, day: date) -> PartyLine | None:
        return next((r for r in self.parties.get(party_id or "", ()) if r.begins <= day < r.ends), None)

    def centre(self, code: str, day: date) -> CentreRow | None:
        return next((r for r in self.centres.get(code, ()) if r.begins <= day < r.ends), None)

    def region_of(self, centre: str, day: date) -> str | None:
        record = self.centre(centre, day)
        return record.region if record else None

    def is_in_force(self, patent_id: str, day: date) -> bool:
        return any(r.begins <= day < r.ends for r in self.in_force.get(patent_id, ()))

    def is_contested(self, line: Any) -> bool:
        claim = self.claims.get(getattr(line, "fingerprint", None) or "")
        return claim is not None and claim.centre != line.centre


@dataclass
class Judgement:
    """`fails`: the first failing test, None if all pass. `left`: who is left on each side that was tested."""

    fails: str | None
    left: dict[str, list[Any]]


def judge(line: Any, day: date, metric: Metric, scope: Scope, rows: Rows) -> Judgement:
    left: dict[str, list[Any]] = {}
    for test in metric.where:
        values = allowed(test, scope)
        side = side_of(test.field)
        if side is None:
            passed = _passes_plain(line, test.field, values, day, rows)
        else:
            asked = left.get(side)
            if asked is None:
                asked = people_of(line, side, rows)[: 1 if metric.match == "lead" and side not in ALWAYS_ANY else None]
            passing = [one for one in asked if _passes_party(one, test.field, values, day, rows, scope)]
            every = metric.match == "all" and side not in ALWAYS_ANY
            passed = bool(passing) and (not every or len(passing) == len(asked))
            left[side] = passing
        if not passed:
            return Judgement(test.field, left)
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


def _passes_plain(line: Any, name: str, values: Sequence[str | bool], day: date, rows: Rows) -> bool:
    if name in ONLY_FOR and line.kind != ONLY_FOR[name]:
        return True
    if name == "patent.in_force":
        return rows.is_in_force(line.patent_id, day) in values
    if name == "recorder.region":
        return _in_regions(rows.region_of(line.centre, day), values)
    return getattr(line, PLAIN[name]) in values


def _passes_party(one: Any, name: str, values: Sequence[str | bool], day: date, rows: Rows, scope: Scope) -> bool:
    attribute = name.partition(".")[2]
    if name == "grantee.is_operator":
        return (one == scope.operator_on(day)) in values
    if name == "attendee.role":
        return one.role in values
    record = rows.party(one.employer if isinstance(one, AttendeeRow) else one, day)
    if record is None:
        return False
    if attribute == "region":
        return _in_regions(record.region, values)
    if attribute in LIST_VALUED:
        return any(value in values for value in getattr(record, LIST_VALUED[attribute]))
    return getattr(record, attribute) in values


def _in_regions(region: str | None, values: Sequence[str | bool]) -> bool:
    return any(covers(str(value), region) for value in values)
