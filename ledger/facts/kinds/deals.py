"""Deals (transfer, licence, open licence, equity) and what follows a deal: recordal, change, end, money received."""

from dataclasses import dataclass
from datetime import date
from typing import ClassVar, Literal

from ledger.facts.kinds.base import Fact, Yuan

DealRole = Literal["own", "served"]
PaymentMode = Literal["lump", "instalment", "annual", "royalty", "mixed", "deferred", "free"]
Cause = Literal["assignment", "merger_division", "inheritance", "judicial", "other"]
LicenceType = Literal["exclusive", "sole", "non_exclusive", "sub", "cross"]
StatementAction = Literal["publish", "withdraw"]
AmendmentReason = Literal["agreed", "condition_met", "breach", "other"]
TerminationReason = Literal["expiry", "mutual", "breach", "patent_lost", "other"]
PaymentType = Literal["upfront", "instalment", "royalty", "equity_cash", "refund"]

# A contract sum of nought is a statement about how it is paid (RULINGS 1).
NOUGHT_MODES = ("free", "deferred", "royalty", "mixed")


@dataclass(frozen=True, kw_only=True)
class LineItem:
    """One patent of a deal; what it leaves open, the deal says."""

    patent_id: str
    grantor: str | None = None
    grantee: str | None = None
    amount: Yuan | None = None
    registered_on: date | None = None
    registration_no: str | None = None
    announced_on: date | None = None


@dataclass(frozen=True, kw_only=True)
class Deal(Fact):
    """The common part of the four kinds of deal. `amount` None: unknown, which is not zero."""

    deal_no: str
    grantors: tuple[str, ...]
    grantees: tuple[str, ...]
    lines: tuple[LineItem, ...]
    related_party: bool
    role: DealRole
    payment_mode: PaymentMode
    amount: Yuan | None
    signed_on: date
    effective_on: date | None = None
    registered_on: date | None = None
    registration_no: str | None = None
    announced_on: date | None = None
    tech_contract_no: str | None = None
    matched_via: str | None = None
    principals: tuple[str, ...] | None = None
    agent: str | None = None
    royalty_text: str | None = None


@dataclass(frozen=True, kw_only=True)
class Transfer(Deal):
    kind: ClassVar[str] = "transfer"
    cause: Cause


@dataclass(frozen=True, kw_only=True)
class Licence(Deal):
    kind: ClassVar[str] = "licence"
    licence_type: LicenceType
    term_months: int
    annual_fee: Yuan | None = None


@dataclass(frozen=True, kw_only=True)
class OpenLicence(Deal):
    kind: ClassVar[str] = "open_licence"
    statement_ref: str
    term_months: int


@dataclass(frozen=True, kw_only=True)
class Equity(Deal):
    """A contribution in kind; the title may move with it, which is not a second deal."""

    kind: ClassVar[str] = "equity"
    investee: str
    title_transferred: bool
    appraised_amount: Yuan | None = None
    share_ratio: str | None = None


@dataclass(frozen=True, kw_only=True)
class OpenLicenceStatement(Fact):
    """An offer to anyone: it counts nothing, the licences taken under it do."""

    kind: ClassVar[str] = "open_licence_statement"
    statement_ref: str
    patents: tuple[str, ...]
    action: StatementAction
    on: date
    fee_text: str | None = None
    fee_amount: Yuan | None = None


@dataclass(frozen=True, kw_only=True)
class Registration(Fact):
    """The recordal that follows a contract; `lines` are 1-based, all when left out."""

    kind: ClassVar[str] = "registration"
    deal_no: str
    registered_on: date
    registration_no: str | None = None
    announced_on: date | None = None
    lines: tuple[int, ...] | None = None


@dataclass(frozen=True, kw_only=True)
class Amendment(Fact):
    kind: ClassVar[str] = "amendment"
    deal_no: str
    on: date
    amount_change: Yuan
    reason: AmendmentReason


@dataclass(frozen=True, kw_only=True)
class Termination(Fact):
    kind: ClassVar[str] = "termination"
    deal_no: str
    on: date
    reason: TerminationReason
    amount_change: Yuan | None = None


@dataclass(frozen=True, kw_only=True)
class Payment(Fact):
    """Money received under a deal; a refund is negative."""

    kind: ClassVar[str] = "payment"
    deal_no: str
    received_on: date
    amount: Yuan
    payment_type: PaymentType


DEAL_KINDS = ("transfer", "licence", "open_licence", "equity")
Follower = Registration | Amendment | Termination | Payment
