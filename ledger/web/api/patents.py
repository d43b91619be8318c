"""Patents: how they stand on a day."""

from typing import Any

from ledger.actions import standing
from ledger.actions.ledger import Ask, Reading
from ledger.web.auth import actor, guard
from ledger.web.openapi import Blueprint
from schemas.answers import PatentAnswerSchema
from schemas.queries import OnQuerySchema

blueprint = Blueprint("patents", __name__, url_prefix="/v1/patents", description="Patents and their standing")


@blueprint.get("/<patent:patent_id>")
@guard("master")
@blueprint.query(OnQuerySchema)
@blueprint.answers(PatentAnswerSchema, missing=True)
def read_patent(reading: Reading, query: dict[str, Any], patent_id: str) -> Ask:
    """A patent as it stands on a day, and its history"""
    return standing.patent(reading, actor(), patent_id, **query)
