"""Totals of one metric."""

from typing import Any

from ledger.actions import score
from ledger.actions.ledger import Ask, Reading
from ledger.web.auth import actor, guard
from ledger.web.openapi import Blueprint
from schemas.figures import TotalsSchema
from schemas.queries import TotalsQuerySchema

blueprint = Blueprint("totals", __name__, url_prefix="/v1/totals", description="One metric over a centre, a region or all")


@blueprint.get("")
@guard("figures")
@blueprint.query(TotalsQuerySchema)
@blueprint.answers(TotalsSchema, missing=True)
def read_totals(reading: Reading, query: dict[str, Any]) -> Ask:
    """One metric over a window, whole or by groups"""
    return score.totals(reading, actor(), score.TotalsRequest(**query))
