"""Master data: who and what the other entries speak of. Each entry replaces what stood, from its day on."""

from dataclasses import dataclass
from datetime import date
from typing import ClassVar, Literal

from ledger.facts.kinds.base import Fact

CentreKind = Literal["centre", "park", "city_office", "province_office"]
PartyKind = Literal[
    "university", "research_institute", "enterprise", "financial_institution", "park", "association", "agency",
    "government", "individual", "other",
]  # fmt: skip
Size = Literal["large", "medium", "small", "micro"]
SizeBasis = Literal["declared", "registry", "statistics"]
Right = Literal["invention", "utility_model", "design"]
StatusCode = Literal["GR01", "CF01", "CX01", "AV01", "IW01", "IP01", "RR01", "other"]

OFFICE_KINDS = ("city_office", "province_office")
ENDING_CODES = ("CF01", "CX01", "AV01", "IW01")  # lapse, expiry, surrender, invalidation; IP01 and the rest end nothing


@dataclass(frozen=True, kw_only=True)
class Centre(Fact):
    """A recording organisation: operating centre, park, city or province office."""

    kind: ClassVar[str] = "centre"
    code: str
    name: str
    centre_kind: CentreKind
    region: str
    valid_from: date
    operator: str | None = None
    contact: str | None = None


@dataclass(frozen=True, kw_only=True)
class Party(Fact):
    """A legal person, body or (under an opaque id) individual, as of valid_from."""

    kind: ClassVar[str] = "party"
    party_id: str
    name: str
    party_kind: PartyKind
    valid_from: date
    size: Size | None = None
    size_basis: SizeBasis | None = None
    region: str | None = None
    industry: str | None = None
    chains: tuple[str, ...] | None = None
    tags: tuple[str, ...] | None = None


@dataclass(frozen=True, kw_only=True)
class Patent(Fact):
    """A patent or application under its canonical number."""

    kind: ClassVar[str] = "patent"
    patent_id: str
    right: Right
    title: str
    filed_on: date
    granted_on: date | None = None
    publication_no: str | None = None
    term_end: date | None = None
    ipc: tuple[str, ...] | None = None
    owners: tuple[str, ...] | None = None


@dataclass(frozen=True, kw_only=True)
class PatentStatus(Fact):
    """A legal event of a patent: grant, lapse, restoration …"""

    kind: ClassVar[str] = "patent_status"
    patent_id: str
    code: StatusCode
    effective_on: date
    announced_on: date | None = None
