"""What the service answers about entries and what they speak of: receipts, patents, parties, pools, deals.

The actions build answers as plain JSON values; these schemas document them, and loading an answer proves that it is what the
contract says: no member missing, none too many, every body normalised. Figures have a module of their own.
"""

from collections.abc import Mapping
from typing import Any, ClassVar, Final

from ledger.facts.encoding import Undecodable, decode, encode
from ledger.facts.kinds import pools, registry
from ledger.facts.kinds.deals import DEAL_KINDS
from schemas.base import FactSchema, Messages, Strict
from schemas.deals import LINES_MAX
from schemas.entries import BATCH_MAX, BODY_SCHEMAS, EVIDENCE_MAX, EvidenceSchema
from schemas.errors import Words
from schemas.fields import Anything, Choice, Day, Instant, Line, Many, Money, Object, Truth, Whole
from schemas.names import Base64Hash, Code, PartyId, PatentId, ProofPath, Ref, Region, Sha256, Text
from schemas.problems import WarningSchema
from schemas.registry import LABELS_MAX
from schemas.rulings import ClosingSchema

PAGE_MAX: Final = 1000
HISTORY_MAX: Final = 100_000
STANDINGS: Final = ("recorded", "attested", "verified", "rejected", "contested")


class ClosingAnswerSchema(ClosingSchema):
    """A closing as it is kept: on accept with what the service filled in."""

    size = Whole()
    programme_digest = Sha256()


BODIES: Final[Mapping[str, type[FactSchema]]] = {**BODY_SCHEMAS, "closing": ClosingAnswerSchema}


class AnyBody(Anything):
    """The normalised body of an entry of any kind; the `kind` beside it says of which."""

    described: ClassVar[Mapping[str, Any]] = {}  # openapi.py names the bodies


class ReceiptSchema(Strict):
    """An entry and what became of it. `leaf_hash` and `proof` are null after a dry run only."""

    index = Whole(required=True)
    centre = Code(required=True)
    seq = Whole(required=True)
    kind = Choice(BODIES, required=True)
    recorded_at = Instant(required=True)
    recorded_by = Line(required=True)
    body = AnyBody(required=True)
    evidence = Many(Object(EvidenceSchema), 0, EVIDENCE_MAX, required=True)
    leaf_hash = Base64Hash(required=True, allow_none=True)
    proof = ProofPath(required=True, allow_none=True)
    reversed_by = Whole(required=True, allow_none=True)
    verdict = Choice(STANDINGS, required=True)
    warnings = Many(Object(WarningSchema), 0, HISTORY_MAX, required=True)

    def check(self, values: Mapping[str, Any], raw: Mapping[str, Any]) -> Messages:
        if values.get("body") is None or "kind" not in values:
            return {}
        return check_body(values["kind"], values["body"])


class HistoryItemSchema(ReceiptSchema):
    """An entry in the history of a patent or party. Another centre's is told without its body and evidence."""

    body = AnyBody(required=True, allow_none=True)


class BatchReceiptSchema(Strict):
    first = Whole(required=True)
    count = Whole(1, BATCH_MAX, required=True)
    entries = Many(Object(ReceiptSchema), 1, BATCH_MAX, required=True)


class EntryPageSchema(Strict):
    items = Many(Object(ReceiptSchema), 0, PAGE_MAX, required=True)
    next = Line(required=True, allow_none=True)


class PatentAnswerSchema(Strict):
    """A patent as it stands on a day."""

    patent_id = PatentId(required=True)
    on = Day(required=True)
    right = Choice(registry.Right, required=True)
    title = Text(required=True)
    filed_on = Day(required=True)
    granted_on = Day(required=True, allow_none=True)
    term_end = Day(required=True)
    in_force = Truth(required=True)
    holders = Many(PartyId(), 0, HISTORY_MAX, required=True)
    pools = Many(Ref(), 0, HISTORY_MAX, required=True)
    history = Many(Object(HistoryItemSchema), 0, HISTORY_MAX, required=True)


class PartyAnswerSchema(Strict):
    """The record in force on a day; every member of it is null where there is none."""

    party_id = PartyId(required=True)
    on = Day(required=True)
    name = Text(required=True, allow_none=True)
    party_kind = Choice(registry.PartyKind, required=True, allow_none=True)
    valid_from = Day(required=True, allow_none=True)
    size = Choice(registry.Size, required=True, allow_none=True)
    size_basis = Choice(registry.SizeBasis, required=True, allow_none=True)
    region = Region(required=True, allow_none=True)
    industry = Text(required=True, allow_none=True)
    chains = Many(Text(), 0, LABELS_MAX, required=True, allow_none=True)
    tags = Many(Text(), 0, LABELS_MAX, required=True, allow_none=True)
    history = Many(Object(HistoryItemSchema), 0, HISTORY_MAX, required=True)


class PoolAnswerSchema(Strict):
    """A pool on a day; `patents` and `in_force` count those in it."""

    pool_id = Ref(required=True)
    centre = Code(required=True)
    name = Text(required=True)
    industry = Text(required=True)
    operator = PartyId(required=True)
    opened_on = Day(required=True)
    closed_on = Day(required=True, allow_none=True)
    on = Day(required=True)
    patents = Whole(required=True)
    in_force = Whole(required=True)


class PoolPageSchema(Strict):
    items = Many(Object(PoolAnswerSchema), 0, PAGE_MAX, required=True)
    next = Line(required=True, allow_none=True)


class PoolPatentSchema(Strict):
    patent_id = PatentId(required=True)
    title = Text(required=True)
    admitted_on = Day(required=True)
    mode = Choice(pools.AdmissionMode, required=True, allow_none=True)
    in_force = Truth(required=True)
    granted_on = Day(required=True, allow_none=True)
    term_end = Day(required=True)


class PoolPatentPageSchema(Strict):
    items = Many(Object(PoolPatentSchema), 0, PAGE_MAX, required=True)
    next = Line(required=True, allow_none=True)


class DealLineSchema(Strict):
    """One line as it stands after all that followed the deal."""

    line = Whole(1, LINES_MAX, required=True)
    patent_id = PatentId(required=True)
    amount = Money(signed=True, required=True, allow_none=True)
    registered_on = Day(required=True, allow_none=True)
    registration_no = Text(required=True, allow_none=True)
    announced_on = Day(required=True, allow_none=True)
    standing = Choice(STANDINGS, required=True)


class DealAnswerSchema(Strict):
    """The live deal under a number, else the last one that had it."""

    index = Whole(required=True)
    centre = Code(required=True)
    deal_no = Ref(required=True)
    kind = Choice(DEAL_KINDS, required=True)
    body = AnyBody(required=True)
    lines = Many(Object(DealLineSchema), 1, LINES_MAX, required=True)
    history = Many(Object(ReceiptSchema), 1, HISTORY_MAX, required=True)

    def check(self, values: Mapping[str, Any], raw: Mapping[str, Any]) -> Messages:
        return check_body(values["kind"], values["body"]) if {"kind", "body"} <= values.keys() else {}


def check_body(kind: str, body: Any) -> Messages:
    """Whether a body is the normalised one of its kind."""
    try:
        if encode(decode(kind, body)) == body:
            return {}
    except Undecodable:
        pass
    return {"body": [Words(f"不是规范的 {kind} 内容", f"This is no normalised body of {kind}")]}
