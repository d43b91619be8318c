"""Requests to record: one entry or a batch of them, read into what was said.

- `load_entry` and `load_batch` are the way in. They take parsed JSON of any shape and either return values or raise `Refused` with
  every problem at its path: `body.lines.0.patent_id`, in a batch `entries.17.body.on`.
- A batch names one centre, and has at most as many lines and patents together as its limit says (DESIGN 3).
- A request has one schema for each kind, told apart by `kind`: the same schemas read it and document it.

Whether what was said may be said is asked of `ledger.facts.rules`.
"""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

from marshmallow import Schema, ValidationError
from marshmallow_oneofschema.one_of_schema import OneOfSchema

from ledger.facts.encoding import KINDS
from ledger.facts.entries import Evidence
from ledger.facts.kinds.base import Fact
from ledger.facts.problems import Refused
from schemas import deals, outcomes, pools, registry, rulings
from schemas.base import FactSchema, Messages, Strict
from schemas.errors import Words, refused
from schemas.fields import Anything, Choice, Constant, Many, Object
from schemas.names import Code, MediaType, Sha256, Text

BATCH_MAX: Final = 10_000
BATCH_PARTS_MAX: Final = 100_000
PARTS: Final = ("lines", "patents", "rights")
EVIDENCE_MAX: Final = 100

BODY_SCHEMAS: Final[Mapping[str, type[FactSchema]]] = {
    schema.fact.kind: schema
    for schema in (
        registry.CentreSchema, registry.PartySchema, registry.PatentSchema, registry.PatentStatusSchema,
        pools.PoolSchema, pools.AdmissionSchema, pools.WithdrawalSchema,
        deals.TransferSchema, deals.LicenceSchema, deals.OpenLicenceSchema, deals.EquitySchema,
        deals.OpenLicenceStatementSchema,
        deals.RegistrationSchema, deals.AmendmentSchema, deals.TerminationSchema, deals.PaymentSchema,
        outcomes.PledgeSchema, outcomes.ActivitySchema, outcomes.OutputSchema,
        rulings.ParticipationSchema, rulings.BaselineSchema, rulings.AttestationSchema, rulings.ReversalSchema,
        rulings.ClosingSchema,
    )
}  # fmt: skip


@dataclass(frozen=True)
class Said:
    """What somebody wants recorded in the stream of a centre."""

    kind: str
    centre: str
    fact: Fact
    evidence: tuple[Evidence, ...] = ()


class EvidenceSchema(Strict):
    """A file that stays with the centre: its digest, and how it is called there."""

    sha256 = Sha256(required=True)
    title = Text()
    media_type = MediaType()

    def build(self, values: dict[str, Any]) -> Evidence:
        return Evidence(**values)


class _RequestSchema(Strict):
    """What all requests have in common. On its own it reads those of no known kind, whose bodies nothing can be said about."""

    kind = Choice(KINDS, required=True)
    centre = Code(required=True)
    body = Anything(required=True)
    evidence = Many(Object(EvidenceSchema), 0, EVIDENCE_MAX)

    def build(self, values: dict[str, Any]) -> Said:
        return Said(values["kind"], values["centre"], values["body"], values.get("evidence", ()))


def _request_schema(kind: str, body: type[FactSchema]) -> _RequestSchema:
    name = body.__name__.removesuffix("Schema") + "EntrySchema"
    fields = {"kind": Constant(kind, required=True), "body": Object(body, required=True), "__module__": __name__}
    made: _RequestSchema = type(name, (_RequestSchema,), fields)()
    return made


REQUEST_SCHEMAS: Final[Mapping[str, _RequestSchema]] = {kind: _request_schema(kind, body) for kind, body in BODY_SCHEMAS.items()}
_OF_NO_KIND: Final = _RequestSchema()


class EntryRequestSchema(OneOfSchema):
    """One entry to be recorded; `kind` says what its body holds."""

    type_field = "kind"
    type_field_remove = False
    type_schemas = REQUEST_SCHEMAS

    def read(self, raw: Any) -> Said:
        return _schema_for(raw).read(raw)  # type: ignore[no-any-return]

    def load(self, data: Any, **_: Any) -> Said:
        # Not by the way of OneOfSchema: it speaks English only, repeats what it was given, and stops at a missing kind.
        return _schema_for(data).load(data)  # type: ignore[no-any-return]


def _schema_for(raw: Any) -> _RequestSchema:
    kind = raw.get("kind") if isinstance(raw, Mapping) else None
    return REQUEST_SCHEMAS.get(kind, _OF_NO_KIND) if isinstance(kind, str) else _OF_NO_KIND


class BatchSchema(Strict):
    """Entries of one centre, recorded together or not at all."""

    entries = Many(Object(EntryRequestSchema), 1, BATCH_MAX, required=True)

    def load(self, data: Any, **told: Any) -> Any:
        # Before any item is looked at: what is wrong with a million lines takes minutes to find out, and nobody's while to read.
        if isinstance(data, Mapping) and _is_too_long(data.get("entries")):
            raise ValidationError({"entries": [_TOO_MANY_PARTS]})
        return super().load(data, **told)

    def check(self, values: Mapping[str, Any], raw: Mapping[str, Any]) -> Messages:
        # By what was sent, for the places in the list stay right there when some of the entries are not in order.
        items = raw.get("entries")
        if not isinstance(items, list) or len(items) > BATCH_MAX:
            return {}
        centres = [_centre_of(item) for item in items]
        first = next(filter(None, centres), None)
        other = Words("一批只能属于一个机构", "A batch names one centre")
        strangers = {place: {"centre": [other]} for place, centre in enumerate(centres) if centre not in (None, first)}
        return {"entries": strangers} if strangers else {}

    def build(self, values: dict[str, Any]) -> tuple[Said, ...]:
        entries: tuple[Said, ...] = values["entries"]
        return entries


def load_entry(raw: object) -> Said:
    """What one request says. Raises Refused."""
    return _loaded(_ENTRY, raw)  # type: ignore[no-any-return]


def load_batch(raw: object) -> tuple[Said, ...]:
    """What a batch says, in its order. Raises Refused."""
    return _loaded(_BATCH, raw)  # type: ignore[no-any-return]


def sound_items(raw: object) -> list[tuple[int, Said]]:
    """The items of a refused batch that are right by themselves, with their places: the rules can judge those all the same."""
    items = raw.get("entries") if isinstance(raw, dict) else None
    if not isinstance(items, list) or len(items) > BATCH_MAX or _is_too_long(items):
        return []
    found: list[tuple[int, Said]] = []
    for place, item in enumerate(items):
        with suppress(Refused):
            said = load_entry(item)
            if not found or said.centre == found[0][1].centre:
                found.append((place, said))
    return found


_ENTRY: Final = EntryRequestSchema()
_BATCH: Final = BatchSchema()
_CENTRE: Final = Code()
_TOO_MANY_PARTS: Final = Words(
    f"一批至多 {BATCH_PARTS_MAX} 个明细行、专利与质押权利",
    f"A batch has at most {BATCH_PARTS_MAX} lines, patents and pledged rights together",
)


def _loaded(schema: Schema, raw: object) -> Any:
    try:
        return schema.load(raw)  # type: ignore[arg-type]  # of any shape: that is what the schema is for
    except ValidationError as error:
        raise refused(error) from None


def _is_too_long(items: Any) -> bool:
    return isinstance(items, list) and len(items) <= BATCH_MAX and sum(map(_parts_of, items)) > BATCH_PARTS_MAX


def _parts_of(item: Any) -> int:
    body = item.get("body") if isinstance(item, dict) else None
    if not isinstance(body, dict):
        return 0
    return sum(len(part) for name in PARTS if isinstance(part := body.get(name), list))


def _centre_of(item: Any) -> str | None:
    try:
        return _CENTRE.take(item.get("centre")) if isinstance(item, dict) else None
    except ValidationError:
        return None
