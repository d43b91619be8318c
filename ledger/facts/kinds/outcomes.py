"""What a centre brings about beside deals: pledge loans, activities, outputs."""

from dataclasses import dataclass
from datetime import date
from typing import ClassVar, Literal

from ledger.facts.kinds.base import Fact, Yuan

PledgeAction = Literal["new", "renew", "release"]
RightKind = Literal["patent", "trademark", "other"]
ActivityType = Literal[
    "matchmaking", "roadshow", "auction", "policy_talk", "training", "demand_collection", "service",
    "platform_evaluation", "platform_intention", "push", "product_survey",
]  # fmt: skip
ActivityMode = Literal["online", "offline", "hybrid"]
OutputType = Literal[
    "navigation_report", "catalogue", "product_filing", "product_recognition", "abs_product", "industrialisation_project",
    "brand", "recognition", "operating_income", "alliance",
]  # fmt: skip
OutputStatus = Literal["draft", "filed", "approved", "published", "issued", "revoked"]
IssuerLevel = Literal["county", "city", "province", "nation"]


@dataclass(frozen=True, kw_only=True)
class PledgedRight:
    right_kind: RightKind
    right_id: str
    registration_no: str | None = None


@dataclass(frozen=True, kw_only=True)
class Pledge(Fact):
    """A loan secured by intellectual property: new, renewed or released; one loan, however many rights secure it."""

    kind: ClassVar[str] = "pledge"
    loan_ref: str
    action: PledgeAction
    registered_on: date
    borrower: str | None = None
    pledgors: tuple[str, ...] | None = None
    pledgee: str | None = None
    rights: tuple[PledgedRight, ...] | None = None
    loan_amount: Yuan | None = None
    credit_line: Yuan | None = None


@dataclass(frozen=True, kw_only=True)
class Attendee:
    """A person under an opaque token: never a name or an identity number."""

    token: str
    role: str | None = None
    employer: str | None = None


@dataclass(frozen=True, kw_only=True)
class Activity(Fact):
    kind: ClassVar[str] = "activity"
    activity_type: ActivityType
    title: str
    held_on: date
    mode: ActivityMode | None = None
    sessions: int | None = None
    deliveries: int | None = None
    count: int | None = None
    headcount: int | None = None
    firms: int | None = None
    patents_presented: int | None = None
    intentions: int | None = None
    contracts: int | None = None
    contract_amount: Yuan | None = None
    financing_amount: Yuan | None = None
    attendees: tuple[Attendee, ...] | None = None
    hosts: tuple[str, ...] | None = None
    service_type: str | None = None
    programme: str | None = None


@dataclass(frozen=True, kw_only=True)
class Output(Fact):
    kind: ClassVar[str] = "output"
    output_type: OutputType
    ref_no: str
    title: str
    on: date
    status: OutputStatus
    party_id: str | None = None
    value_amount: Yuan | None = None
    patents: tuple[str, ...] | None = None
    issuer_level: IssuerLevel | None = None
