"""Parties: the record in force on a day."""

from typing import Any

from ledger.actions import standing
from ledger.actions.ledger import Ask, Reading
from ledger.web.auth import actor, guard
from ledger.web.openapi import Blueprint
from schemas.answers import PartyAnswerSchema
from schemas.queries import OnQuerySchema

blueprint = Blueprint("parties", __name__, url_prefix="/v1/parties", description="Universities, enterprises and others")


@blueprint.get("/<party:party_id>")
@guard("master")
@blueprint.query(OnQuerySchema)
@blueprint.answers(PartyAnswerSchema, missing=True)
def read_party(reading: Reading, query: dict[str, Any], party_id: str) -> Ask:
    """The record of a party that is in force on a day, and its history"""
    return standing.party(reading, actor(), party_id, **query)
