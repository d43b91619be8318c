"""What leaves the ledger as files: bundles, which anybody can check without us."""

from typing import Any

from flask import Response

from ledger.actions.bundle import CONTENT_TYPE, bundle
from ledger.web.auth import actor, guard
from ledger.web.context import the_ledger
from ledger.web.openapi import Blueprint
from ledger.web.streaming import streamed
from schemas.queries import BundleQuerySchema

blueprint = Blueprint("exports", __name__, url_prefix="/v1/exports", description="What is known, as files to take along")


@blueprint.get("/bundle")
@guard("exports")
@blueprint.query(BundleQuerySchema)
@blueprint.streams(CONTENT_TYPE)
def export_bundle(query: dict[str, Any]) -> Response:
    """One scorecard with everything that it can be recomputed from, offline, by anybody"""
    return streamed(bundle(the_ledger(), actor(), **query))
