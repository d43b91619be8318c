"""Patent pools: opened and closed, and the patents admitted to them and withdrawn."""

from dataclasses import dataclass
from datetime import date
from typing import ClassVar, Literal

from ledger.facts.kinds.base import Fact

PoolAction = Literal["open", "close"]
AdmissionMode = Literal["custody", "buyout", "equity", "licence_in", "own"]


@dataclass(frozen=True, kw_only=True)
class Pool(Fact):
    """Opens a pool (then name, industry and operator are required) or closes it."""

    kind: ClassVar[str] = "pool"
    pool_id: str
    action: PoolAction
    on: date
    name: str | None = None
    industry: str | None = None
    operator: str | None = None


@dataclass(frozen=True, kw_only=True)
class Admission(Fact):
    kind: ClassVar[str] = "admission"
    pool_id: str
    patents: tuple[str, ...]
    on: date
    mode: AdmissionMode | None = None
    agreement_no: str | None = None


@dataclass(frozen=True, kw_only=True)
class Withdrawal(Fact):
    kind: ClassVar[str] = "withdrawal"
    pool_id: str
    patents: tuple[str, ...]
    on: date
    reason: str | None = None
