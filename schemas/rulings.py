"""Bodies of what offices and signatories decide, and of how an entry is taken back."""

from ledger.facts.kinds import rulings
from schemas.base import FactSchema
from schemas.deals import LINES_MAX, MONTHS_MAX
from schemas.fields import Choice, Day, DecimalText, Many, Table, Truth, Whole
from schemas.names import Code, LongText, Ref, Sha256, Text


class ParticipationSchema(FactSchema):
    """`subject` is the code of a centre or park, or a region of six digits, which has the form of a code."""

    fact = rulings.Participation
    programme = Ref(required=True)
    subject = Code(required=True)
    state = Choice(rulings.ParticipationState, required=True)
    on = Day(required=True)
    start_on = Day()
    months = Whole(1, MONTHS_MAX)
    industry = Text()
    overrides = Table(Ref(), DecimalText())


class BaselineSchema(FactSchema):
    fact = rulings.Baseline
    metric = Ref(required=True)
    subject = Code(required=True)
    from_ = Day(required=True, data_key="from")
    to = Day(required=True)
    value = DecimalText(required=True)
    source = LongText(required=True)


class AttestationSchema(FactSchema):
    fact = rulings.Attestation
    entry = Whole(required=True)
    verdict = Choice(rulings.Verdict, required=True)
    lines = Many(Whole(1, LINES_MAX), 1, LINES_MAX)
    reason = Choice(rulings.AttestationReason)
    note = LongText()


class ReversalSchema(FactSchema):
    fact = rulings.Reversal
    entry = Whole(required=True)
    reason = Choice(rulings.ReversalReason, required=True)
    note = LongText()
    replaced_by = Whole()


class ClosingSchema(FactSchema):
    """`size` and `programme_digest` are the service's to fill in, so there is no field for them here."""

    fact = rulings.Closing
    programme = Ref(required=True)
    subject = Code(required=True)
    through = Day(required=True)
    action = Choice(rulings.ClosingAction, required=True)
    note = LongText()
    decisions = Table(Ref(), Truth())
    scorecard_digest = Sha256()
