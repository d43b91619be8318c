"""Whether the service lives, whether it can work, and its figures."""

from flask import Response
from prometheus_client import CONTENT_TYPE_LATEST

from ledger.actions.lag import lag
from ledger.actions.readiness import readiness
from ledger.web.auth import METRICS, OPEN, guard
from ledger.web.context import json_answer, the_ledger
from ledger.web.errors import RETRY_AFTER_SECONDS, problem
from ledger.web.openapi import Blueprint
from ledger.web.prometheus import exposition
from schemas.base import Strict
from schemas.fields import Constant, Whole

blueprint = Blueprint("service", __name__, description="The service itself")


class HealthSchema(Strict):
    status = Constant("ok", required=True)


class ReadinessSchema(Strict):
    status = Constant("ready", required=True)
    size = Whole(required=True)


@blueprint.get("/healthz")
@guard(OPEN)
@blueprint.tells(HealthSchema)
def healthz() -> Response:
    """The process answers; nothing else is asked"""
    return json_answer({"status": "ok"})


@blueprint.get("/readyz")
@guard(OPEN)
@blueprint.tells(ReadinessSchema)
def readyz() -> Response:
    """The database answers too, has the schema of this release and takes entries; otherwise 503 with all that keeps it from it"""
    found = readiness(the_ledger())
    if found.problems:
        answer = problem("unavailable", found.problems)
        answer.headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
        return answer
    return json_answer({"status": "ready", "size": found.size})


@blueprint.get("/metrics")
@guard(METRICS)
@blueprint.tells({"type": "string"}, content_type="text/plain")
def metrics() -> Response:
    """Figures for Prometheus, for auditors"""
    with the_ledger().read() as reading:
        found = lag(reading)
    now = {
        "ledger_size": ("Entries recorded", found.size),
        "ledger_published_size": ("Entries covered by the newest published checkpoint", found.published_size),
        "ledger_unpublished_seconds": ("How long the first entry that is not published has waited", found.waiting_seconds),
    }
    return Response(exposition(now), content_type=CONTENT_TYPE_LATEST)
