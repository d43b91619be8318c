"""What is written about requests: one line of JSON each, and figures for Prometheus. Never a body, a query, or a token.

A line names the request, who asked (role and name, which are labels and no secrets), the route, and how it ended. Figures are kept
by route, not by path, so that they stay few. Several workers of one service put theirs together where the server says where
(PROMETHEUS_MULTIPROC_DIR, see gunicorn.conf.py).
"""

import logging
import os
import sys
from collections.abc import Iterator, Mapping
from time import perf_counter
from typing import Any, Final

import structlog
from flask import Flask, Response, g, request
from prometheus_client import REGISTRY, CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector
from structlog.tracebacks import ExceptionDictTransformer

from ledger.facts.actors import Actor
from ledger.web.context import request_id

METHODS: Final = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
BUCKETS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)

REQUESTS: Final = Counter("ledger_requests", "Requests answered", ("method", "route", "status"))
SECONDS: Final = Histogram("ledger_request_seconds", "Time until a request was answered", ("route",), buckets=BUCKETS)

_LOG: Final = structlog.get_logger("ledger.access")


def configure_logs() -> None:
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            # Without the values of variables: among them are tokens and bodies.
            structlog.processors.ExceptionRenderer(ExceptionDictTransformer(show_locals=False)),
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        # Looked up for each line: where errors go may change under us (a test, a server that reopens its logs).
        logger_factory=lambda *_: structlog.WriteLogger(sys.stderr),
        cache_logger_on_first_use=False,
    )


def register_logs(app: Flask) -> None:
    app.before_request(_begin)
    app.after_request(_end)


def _begin() -> None:
    g.begun = perf_counter()


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
        "path": request.path[:500],
        "route": route,
        "status": response.status_code,
        "ms": round(seconds * 1000, 1),
    }
    if who is not None:
        told |= {"role": who.role, "caller": who.name}
    _LOG.info("request", **told)
    return response


def exposition(now: Mapping[str, tuple[str, float]]) -> bytes:
    """All figures in the text form of Prometheus; `now` are those that are looked up when they are asked for: what each tells."""
    if not os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        return generate_latest(REGISTRY) + generate_latest(_Now(now))
    registry = CollectorRegistry()
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return generate_latest(registry) + generate_latest(_Now(now))


class _Now(CollectorRegistry):
    """Figures that belong to no worker: a `Gauge` would be kept in the file of one, and be told on when it is past."""

    def __init__(self, now: Mapping[str, tuple[str, float]]) -> None:
        super().__init__()
        self._now = now

    def collect(self) -> Iterator[GaugeMetricFamily]:
        for name, (told, value) in self._now.items():
            yield GaugeMetricFamily(name, told, value)
