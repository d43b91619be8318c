"""What offices and signatories decide, and how an entry is taken back."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import ClassVar, Literal

from ledger.facts.kinds.base import Fact

ParticipationState = Literal[
    "applied", "recommended", "recognised", "started", "midterm", "accepted", "delisted", "cancelled",
]  # fmt: skip
Verdict = Literal["attested", "verified", "rejected", "contested"]
AttestationReason = Literal["duplicate", "abnormal", "related", "no_evidence", "other"]
ReversalReason = Literal["data_error", "void", "abnormal", "duplicate"]
ClosingAction = Literal["submit", "accept", "return", "reopen"]


@dataclass(frozen=True, kw_only=True)
class Participation(Fact):
    """Where a subject stands in a programme; `overrides` are promised values, never below the programme's floor."""

    kind: ClassVar[str] = "participation"
    programme: str
    subject: str
    state: ParticipationState
    on: date
    start_on: date | None = None
    months: int | None = None
    industry: str | None = None
    overrides: Mapping[str, str] | None = None


@dataclass(frozen=True, kw_only=True)
class Baseline(Fact):
    """A figure from before the ledger: value in the metric's unit over [from, to)."""

    kind: ClassVar[str] = "baseline"
    metric: str
    subject: str
    from_: date
    to: date
    value: str
    source: str


@dataclass(frozen=True, kw_only=True)
class Attestation(Fact):
    kind: ClassVar[str] = "attestation"
    entry: int
    verdict: Verdict
    lines: tuple[int, ...] | None = None
    reason: AttestationReason | None = None
    note: str | None = None


@dataclass(frozen=True, kw_only=True)
class Reversal(Fact):
    kind: ClassVar[str] = "reversal"
    entry: int
    reason: ReversalReason
    note: str | None = None
    replaced_by: int | None = None


@dataclass(frozen=True, kw_only=True)
class Closing(Fact):
    """Submit, accept, return or reopen a period. `size` and `programme_digest` are filled in by the service on accept."""

    kind: ClassVar[str] = "closing"
    programme: str
    subject: str
    through: date
    action: ClosingAction
    note: str | None = None
    decisions: Mapping[str, bool] | None = None
    scorecard_digest: str | None = None
    size: int | None = None
    programme_digest: str | None = None
