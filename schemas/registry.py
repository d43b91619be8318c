"""Bodies of master data: centres, parties, patents and their legal events."""

from ledger.facts.kinds import registry
from schemas.base import FactSchema
from schemas.fields import Choice, Day, Many
from schemas.names import Code, Ipc, PartyId, PatentId, Region, Text

LABELS_MAX = 50  # chains and tags of a party, classes of a patent
OWNERS_MAX = 200


class CentreSchema(FactSchema):
    fact = registry.Centre
    code = Code(required=True)
    name = Text(required=True)
    centre_kind = Choice(registry.CentreKind, required=True)
    region = Region(required=True)
    valid_from = Day(required=True)
    operator = PartyId()
    contact = Text()


class PartySchema(FactSchema):
    """Empty `chains` or `tags` say that there are none; left out, nothing is said."""

    fact = registry.Party
    party_id = PartyId(required=True)
    name = Text(required=True)
    party_kind = Choice(registry.PartyKind, required=True)
    valid_from = Day(required=True)
    size = Choice(registry.Size)
    size_basis = Choice(registry.SizeBasis)
    region = Region()
    industry = Text()
    chains = Many(Text(), 0, LABELS_MAX)
    tags = Many(Text(), 0, LABELS_MAX)


class PatentSchema(FactSchema):
    fact = registry.Patent
    patent_id = PatentId(required=True)
    right = Choice(registry.Right, required=True)
    title = Text(required=True)
    filed_on = Day(required=True)
    granted_on = Day()
    publication_no = Text()
    term_end = Day()
    ipc = Many(Ipc(), 1, LABELS_MAX)
    owners = Many(PartyId(), 1, OWNERS_MAX)


class PatentStatusSchema(FactSchema):
    fact = registry.PatentStatus
    patent_id = PatentId(required=True)
    code = Choice(registry.StatusCode, required=True)
    effective_on = Day(required=True)
    announced_on = Day()
