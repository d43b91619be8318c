"""Scorecards of a programme's participants, the lines behind a figure, why figures moved, and what was accepted."""

from typing import Any

from ledger.actions import explain, score
from ledger.actions import published as acceptances
from ledger.actions.ledger import Ask, Reading
from ledger.web.auth import actor, guard
from ledger.web.openapi import Blueprint
from schemas.figures import ChangesSchema, LinePageSchema, PublishedPageSchema, ScorecardPageSchema, ScorecardSchema
from schemas.queries import ChangesQuerySchema, FigureQuerySchema, LinesQuerySchema, PublishedQuerySchema, ScorecardsQuerySchema

blueprint = Blueprint(
    "scorecards",
    __name__,
    url_prefix="/v1/programmes/<name:programme>/scorecards",
    description="What a programme asks, and how far its participants are",
)


@blueprint.get("")
@guard("figures")
@blueprint.query(ScorecardsQuerySchema)
@blueprint.answers(ScorecardPageSchema, missing=True)
def list_scorecards(reading: Reading, query: dict[str, Any], programme: str) -> Ask:
    """All participants of a programme, one row each"""
    return score.scorecards(reading, actor(), programme, **query)


@blueprint.get("/<code:subject>")
@guard("figures")
@blueprint.query(FigureQuerySchema)
@blueprint.answers(ScorecardSchema, missing=True)
def read_scorecard(reading: Reading, query: dict[str, Any], programme: str, subject: str) -> Ask:
    """One participant, target by target"""
    return score.scorecard(reading, actor(), programme, subject, **query)


@blueprint.get("/<code:subject>/lines")
@guard("entries")
@blueprint.query(LinesQuerySchema)
@blueprint.answers(LinePageSchema, missing=True)
def read_lines(reading: Reading, query: dict[str, Any], programme: str, subject: str) -> Ask:
    """The lines behind one figure: counted, pending, and excluded with the first failing test"""
    return explain.lines(reading, actor(), programme, subject, **query)


@blueprint.get("/<code:subject>/changes")
@guard("entries")
@blueprint.query(ChangesQuerySchema)
@blueprint.answers(ChangesSchema, missing=True)
def read_changes(reading: Reading, query: dict[str, Any], programme: str, subject: str) -> Ask:
    """Which figures moved since a size of the log, and the entries responsible"""
    return explain.changes(reading, actor(), programme, subject, **query)


@blueprint.get("/<code:subject>/published")
@guard("figures")
@blueprint.query(PublishedQuerySchema)
@blueprint.answers(PublishedPageSchema, missing=True)
def read_published(reading: Reading, query: dict[str, Any], programme: str, subject: str) -> Ask:
    """What was accepted as it was published, beside the same as known now, and the entries that made the difference"""
    return acceptances.published(reading, actor(), programme, subject, **query)
