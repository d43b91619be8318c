"""Bodies of deals, and of what follows a deal: recordal, change, end, money received."""

from typing import Any

from ledger.facts.kinds import deals
from schemas.base import FactSchema, Strict
from schemas.fields import Choice, Day, DecimalText, Many, Money, Object, Truth, Whole
from schemas.names import LongText, PartyId, PatentId, Ref, Text
from schemas.pools import PATENTS_MAX

LINES_MAX = 2000
PARTIES_MAX = 200
MONTHS_MAX = 1200  # a hundred years: no right that is licensed here lasts longer


class LineSchema(Strict):
    """One patent of a deal; what it leaves open, the deal says."""

    patent_id = PatentId(required=True)
    grantor = PartyId()
    grantee = PartyId()
    amount = Money()
    registered_on = Day()
    registration_no = Text()
    announced_on = Day()

    def build(self, values: dict[str, Any]) -> deals.LineItem:
        return deals.LineItem(**values)


class DealSchema(FactSchema):
    """The common part of the four kinds. `amount` null: unknown, which is not zero."""

    deal_no = Ref(required=True)
    grantors = Many(PartyId(), 1, PARTIES_MAX, required=True)
    grantees = Many(PartyId(), 1, PARTIES_MAX, required=True)
    lines = Many(Object(LineSchema), 1, LINES_MAX, required=True)
    related_party = Truth(required=True)
    role = Choice(deals.DealRole, required=True)
    payment_mode = Choice(deals.PaymentMode, required=True)
    amount = Money(required=True, allow_none=True)
    signed_on = Day(required=True)
    effective_on = Day()
    registered_on = Day()
    registration_no = Text()
    announced_on = Day()
    tech_contract_no = Text()
    matched_via = Text()
    principals = Many(PartyId(), 1, PARTIES_MAX)
    agent = PartyId()
    royalty_text = LongText()


class TransferSchema(DealSchema):
    fact = deals.Transfer
    cause = Choice(deals.Cause, required=True)


class LicenceSchema(DealSchema):
    fact = deals.Licence
    licence_type = Choice(deals.LicenceType, required=True)
    term_months = Whole(1, MONTHS_MAX, required=True)
    annual_fee = Money()


class OpenLicenceSchema(DealSchema):
    fact = deals.OpenLicence
    statement_ref = Ref(required=True)
    term_months = Whole(1, MONTHS_MAX, required=True)


class EquitySchema(DealSchema):
    fact = deals.Equity
    investee = PartyId(required=True)
    title_transferred = Truth(required=True)
    appraised_amount = Money()
    share_ratio = DecimalText()


class OpenLicenceStatementSchema(FactSchema):
    fact = deals.OpenLicenceStatement
    statement_ref = Ref(required=True)
    patents = Many(PatentId(), 1, PATENTS_MAX, required=True)
    action = Choice(deals.StatementAction, required=True)
    on = Day(required=True)
    fee_text = LongText()
    fee_amount = Money()


class RegistrationSchema(FactSchema):
    fact = deals.Registration
    deal_no = Ref(required=True)
    registered_on = Day(required=True)
    registration_no = Text()
    announced_on = Day()
    lines = Many(Whole(1, LINES_MAX), 1, LINES_MAX)


class AmendmentSchema(FactSchema):
    fact = deals.Amendment
    deal_no = Ref(required=True)
    on = Day(required=True)
    amount_change = Money(signed=True, required=True)
    reason = Choice(deals.AmendmentReason, required=True)


class TerminationSchema(FactSchema):
    fact = deals.Termination
    deal_no = Ref(required=True)
    on = Day(required=True)
    reason = Choice(deals.TerminationReason, required=True)
    amount_change = Money(signed=True)


class PaymentSchema(FactSchema):
    fact = deals.Payment
    deal_no = Ref(required=True)
    received_on = Day(required=True)
    amount = Money(signed=True, required=True)
    payment_type = Choice(deals.PaymentType, required=True)
