"""What is written about requests: one line each, and figures for Prometheus. Never a body, a query, or a token.

A line names the request, who asked (role, name and centre, the number of a token: no secrets), the route, how it ended and how long
it took; beside them the entries that were recorded (the first index, and how many), or the code of the problem. Whatever else is
said while the request is answered bears its name. How a line looks is `ledger.journal`, the figures are `ledger.web.prometheus`.
"""

from time import perf_counter
from typing import Any, Final

import structlog
from flask import Flask, Response, g, request

from ledger.actions.record import Answer
from ledger.facts.actors import Actor
from ledger.web.context import request_id, without_secrets
from ledger.web.prometheus import ENTRIES, IN_FLIGHT, REFUSALS, REQUESTS, SECONDS

METHODS: Final = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")

_LOG: Final = structlog.get_logger("ledger.access")


def register_logs(app: Flask) -> None:
    app.before_request(_begin)
    app.after_request(_end)
    app.teardown_request(_leave)


def note_recorded(answer: Answer) -> None:
    """What this request has put into the log, for its line and the figures; of a rehearsal nothing."""
    if answer.first is not None:
        g.recorded = {"entry": answer.first} | ({"replayed": True} if answer.replayed else {"count": sum(answer.kinds.values())})
    for kind, count in answer.kinds.items():
        ENTRIES.labels(kind).inc(count)


def note_refused(code: str) -> None:
    """The code of the problem that this request is answered with."""
    g.refused = code


def _begin() -> None:
    g.begun = perf_counter()
    g.in_flight = True
    IN_FLIGHT.inc()
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request_id=request_id())


def _leave(_: BaseException | None) -> None:
    if g.pop("in_flight", False):
        IN_FLIGHT.dec()
        structlog.contextvars.clear_contextvars()


def _end(response: Response) -> Response:
    response.headers["X-Request-ID"] = request_id()
    seconds = perf_counter() - g.get("begun", perf_counter())
    route = request.endpoint or "none"
    method = request.method if request.method in METHODS else "other"
    REQUESTS.labels(method, route, str(response.status_code)).inc()
    SECONDS.labels(route).observe(seconds)
    who: Actor | None = g.get("actor")
    told: dict[str, Any] = {
        "request_id": request_id(),
        "method": method,
        "path": without_secrets(request.path)[:500],
        "route": route,
        "status": response.status_code,
        "ms": round(seconds * 1000, 1),
    }
    if who is not None:
        told |= {"role": who.role, "caller": who.name} | ({} if who.centre is None else {"centre": who.centre})
        told |= {} if (token := g.get("token")) is None else {"token": token}
    told |= g.get("recorded", {})
    if (code := g.get("refused")) is not None:
        told["code"] = code
        REFUSALS.labels(code).inc()
    _LOG.info("request", **told)
    return response
