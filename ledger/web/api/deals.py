"""Deals, by the centre and its number."""

from ledger.actions import standing
from ledger.actions.ledger import Ask, Reading
from ledger.web.auth import actor, guard
from ledger.web.openapi import Blueprint
from schemas.answers import DealAnswerSchema

blueprint = Blueprint("deals", __name__, url_prefix="/v1/deals", description="Transfers, licences and contributions in kind")


@blueprint.get("/<code:centre>/<ref:deal_no>")
@guard("entries")
@blueprint.answers(DealAnswerSchema, missing=True)
def read_deal(reading: Reading, centre: str, deal_no: str) -> Ask:
    """A deal with its lines as they stand, and all that was said about it"""
    return standing.deal(reading, actor(), centre, deal_no)
