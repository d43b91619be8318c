"""Bodies of what a centre brings about beside deals: pledge loans, activities, outputs."""

from collections.abc import Mapping
from typing import Any, ClassVar

from marshmallow import ValidationError

from ledger.facts.kinds import outcomes
from schemas.base import FactSchema, Messages, Strict
from schemas.deals import PARTIES_MAX
from schemas.fields import Choice, Day, Many, Money, Object, Whole
from schemas.names import PartyId, PatentId, Ref, Text, Token
from schemas.pools import PATENTS_MAX

RIGHTS_MAX = 2000
ATTENDEES_MAX = 5000
HOSTS_MAX = 50
COUNT_MAX = 1_000_000_000  # of visits, firms or pushes at one activity

_PATENT_ID = PatentId()


class PledgedRightSchema(Strict):
    """The `right_id` of a patent is a patent id; that of a trademark or another right is any text."""

    also: ClassVar[Messages] = {
        "if": {"properties": {"right_kind": {"const": "patent"}}},
        "then": {"properties": {"right_id": {key: PatentId.described[key] for key in ("format", "pattern")}}},
    }
    right_kind = Choice(outcomes.RightKind, required=True)
    right_id = Ref(required=True)
    registration_no = Text()

    def check(self, values: Mapping[str, Any], raw: Mapping[str, Any]) -> Messages:
        if values.get("right_kind") == "patent" and "right_id" in values:
            try:
                _PATENT_ID.take(values["right_id"])
            except ValidationError as error:
                return {"right_id": error.messages}
        return {}

    def build(self, values: dict[str, Any]) -> outcomes.PledgedRight:
        if values["right_kind"] == "patent":
            values["right_id"] = _PATENT_ID.take(values["right_id"])
        return outcomes.PledgedRight(**values)


class PledgeSchema(FactSchema):
    """A new or renewed loan takes borrower, pledgors, pledgee, rights and loan_amount as well; the rules ask for them."""

    fact = outcomes.Pledge
    loan_ref = Ref(required=True)
    action = Choice(outcomes.PledgeAction, required=True)
    registered_on = Day(required=True)
    borrower = PartyId()
    pledgors = Many(PartyId(), 1, PARTIES_MAX)
    pledgee = PartyId()
    rights = Many(Object(PledgedRightSchema), 1, RIGHTS_MAX)
    loan_amount = Money()
    credit_line = Money()


class AttendeeSchema(Strict):
    token = Token(required=True)
    role = Text()
    employer = PartyId()

    def build(self, values: dict[str, Any]) -> outcomes.Attendee:
        return outcomes.Attendee(**values)


class ActivitySchema(FactSchema):
    fact = outcomes.Activity
    activity_type = Choice(outcomes.ActivityType, required=True)
    title = Text(required=True)
    held_on = Day(required=True)
    mode = Choice(outcomes.ActivityMode)
    sessions = Whole(1, COUNT_MAX)
    deliveries = Whole(0, COUNT_MAX)
    count = Whole(0, COUNT_MAX)
    headcount = Whole(0, COUNT_MAX)
    firms = Whole(0, COUNT_MAX)
    patents_presented = Whole(0, COUNT_MAX)
    intentions = Whole(0, COUNT_MAX)
    contracts = Whole(0, COUNT_MAX)
    contract_amount = Money()
    financing_amount = Money()
    attendees = Many(Object(AttendeeSchema), 0, ATTENDEES_MAX)
    hosts = Many(Text(), 0, HOSTS_MAX)
    service_type = Text()
    programme = Text()


class OutputSchema(FactSchema):
    fact = outcomes.Output
    output_type = Choice(outcomes.OutputType, required=True)
    ref_no = Ref(required=True)
    title = Text(required=True)
    on = Day(required=True)
    status = Choice(outcomes.OutputStatus, required=True)
    party_id = PartyId()
    value_amount = Money()
    patents = Many(PatentId(), 0, PATENTS_MAX)
    issuer_level = Choice(outcomes.IssuerLevel)
