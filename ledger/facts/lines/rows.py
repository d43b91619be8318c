"""The rows that follow from the entries: countable lines, and what is joined to them when a figure is read.

Every row is a frozen value that follows from the history of one subject. It is never changed: when an entry changes
what follows, the row is closed and another opened, at that entry's place in the log. `KEY` names the fields that tell
rows apart which stand at the same time. Days are half-open: a row with `begins` and `ends` holds on begins ≤ day < ends.
"""

from dataclasses import dataclass
from datetime import date
from enum import IntEnum
from typing import ClassVar

FIRST_DAY = date(1, 1, 1)
NEVER = date.max  # the end of what has no end


class Standing(IntEnum):
    """How far an entry is believed; of several that a line rests on, the least counts."""

    REJECTED = 0
    CONTESTED = 1
    RECORDED = 2
    ATTESTED = 3
    VERIFIED = 4


class Row:
    """Base of all rows."""

    KEY: ClassVar[tuple[str, ...]]
    __slots__ = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DealLine(Row):
    """One patent of one deal. `standing` is the deal's; the dated ones are the least of the deal's and the registration's."""

    KEY = ("entry", "line")
    entry: int
    line: int
    centre: str
    kind: str
    deal_no: str
    patent_id: str
    grantors: tuple[str, ...]  # the principals, where the deal has them
    grantees: tuple[str, ...]
    amount: int | None
    related_party: bool
    role: str
    payment_mode: str
    matched_via: str | None
    cause: str | None
    licence_type: str | None
    term_months: int | None
    signed_on: date
    effective_on: date | None
    registered_on: date | None
    announced_on: date | None
    registration_no: str | None
    ended_on: date | None
    moves_title: bool
    standing: int
    registered_standing: int
    announced_standing: int
    fingerprint: str | None
    complete_at: int | None  # the entry that completed the fingerprint


@dataclass(frozen=True, slots=True, kw_only=True)
class DealPart(Row):
    """A line's share of an amendment, a termination's change, or a payment; `entry` is the one that brought it."""

    KEY = ("entry", "line")
    entry: int
    line: int
    deal: int  # the deal's entry; (deal, line) is the deal line it belongs to
    centre: str
    received: bool  # money received, not a change of the contract sum
    on: date
    amount: int
    standing: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim(Row):
    """Who holds a fingerprint that several centres claim: the lines of all other centres are contested."""

    KEY = ("fingerprint",)
    fingerprint: str
    centre: str
    entry: int
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolLine(Row):
    KEY = ("entry",)
    entry: int
    centre: str
    pool_id: str
    begins: date
    ends: date
    standing: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberLine(Row):
    """One patent's time in one pool by one admission, until it is withdrawn; the pool's own days are joined on read."""

    KEY = ("entry", "line")
    entry: int
    line: int
    centre: str
    pool_id: str
    patent_id: str
    mode: str | None
    begins: date
    ends: date
    standing: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivityLine(Row):
    KEY = ("entry",)
    entry: int
    centre: str
    type: str
    mode: str | None
    service_type: str | None
    programme: str | None
    held_on: date
    sessions: int
    deliveries: int
    count: int
    headcount: int
    firms: int
    patents_presented: int
    intentions: int
    contracts: int
    contract_amount: int | None
    financing_amount: int | None
    standing: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AttendeeRow(Row):
    """A person at an activity; kept apart because tests look for one attendee who passes them all."""

    KEY = ("entry", "place")
    entry: int
    place: int
    token: str
    role: str | None
    employer: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LoanLine(Row):
    """A loan newly secured or renewed, until its release; a release is a line too, of its own action."""

    KEY = ("entry",)
    entry: int
    centre: str
    loan_ref: str
    action: str
    borrower: str | None
    loan_amount: int
    begins: date
    ends: date
    standing: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OutputLine(Row):
    """One report on an output; it speaks from its day until the output is revoked (`revoked` rows speak of the revocation)."""

    KEY = ("entry",)
    entry: int
    centre: str
    type: str
    ref_no: str
    status: str
    issuer_level: str | None
    party_id: str | None
    value_amount: int | None
    patents: tuple[str, ...]
    begins: date
    ends: date
    standing: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PartyLine(Row):
    """A party as one entry describes it, on the days on which that entry is in force."""

    KEY = ("entry",)
    entry: int
    centre: str
    party_id: str
    name: str
    kind: str
    size: str | None
    region: str | None
    industry: str | None
    chains: tuple[str, ...]
    tags: tuple[str, ...]
    begins: date
    ends: date


@dataclass(frozen=True, slots=True, kw_only=True)
class CentreRow(Row):
    """A recording organisation on the days one entry describes; the first one reaches back to the first day (RULINGS 32)."""

    KEY = ("entry",)
    entry: int
    code: str
    name: str
    centre_kind: str
    region: str
    operator: str | None
    begins: date
    ends: date


@dataclass(frozen=True, slots=True, kw_only=True)
class InForce(Row):
    """Days on which a patent is granted and in force."""

    KEY = ("patent_id", "begins")
    patent_id: str
    begins: date
    ends: date


ROWS: tuple[type[Row], ...] = (
    DealLine, DealPart, Claim, PoolLine, MemberLine, ActivityLine, AttendeeRow, LoanLine, OutputLine, PartyLine,
    CentreRow, InForce,
)  # fmt: skip
