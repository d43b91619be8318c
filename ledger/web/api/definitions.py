"""What is counted and what is asked: metrics and programmes as they are in force, open to everybody."""

from ledger.actions import definitions
from ledger.actions.ledger import Ask, Reading
from ledger.web.auth import OPEN, guard
from ledger.web.openapi import Blueprint
from schemas.figures import MetricPageSchema, ProgrammeDefinitionSchema, ProgrammePageSchema

blueprint = Blueprint("definitions", __name__, url_prefix="/v1", description="Metrics and programmes, resolved, with digests")


@blueprint.get("/metrics")
@guard(OPEN)
@blueprint.answers(MetricPageSchema)
def list_metrics(reading: Reading) -> Ask:
    """All metrics"""
    return definitions.metrics(reading)


@blueprint.get("/programmes")
@guard(OPEN)
@blueprint.answers(ProgrammePageSchema)
def list_programmes(reading: Reading) -> Ask:
    """All programmes"""
    return definitions.programmes(reading)


@blueprint.get("/programmes/<name:programme>")
@guard(OPEN)
@blueprint.answers(ProgrammeDefinitionSchema, missing=True)
def read_programme(reading: Reading, programme: str) -> Ask:
    """One programme with all that its figures follow from"""
    return definitions.programme(reading, programme)
