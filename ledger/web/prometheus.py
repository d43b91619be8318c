"""Figures for Prometheus: what every worker has counted since the service started, and what is looked up when somebody asks.

- Figures are kept by route, kind and code, never by path or caller, so that they stay few and tell no secret.
- Several workers of one service put theirs together where the server says where (PROMETHEUS_MULTIPROC_DIR, see gunicorn.conf.py).
- A counter never goes back while the service runs: what a worker has counted stays when it ends. What a worker has at the moment
  (requests, connections) goes with it, also if it was killed.
"""

import os
from collections.abc import Iterator, Mapping
from typing import Final

from prometheus_client import REGISTRY, CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector

BUCKETS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)

REQUESTS: Final = Counter("ledger_requests", "Requests answered", ("method", "route", "status"))
SECONDS: Final = Histogram("ledger_request_seconds", "Time until a request was answered", ("route",), buckets=BUCKETS)
IN_FLIGHT: Final = Gauge("ledger_requests_in_flight", "Requests being answered", multiprocess_mode="livesum")
ENTRIES: Final = Counter("ledger_entries_recorded", "Entries recorded by requests", ("kind",))
REFUSALS: Final = Counter("ledger_refusals", "Requests that were not carried out", ("code",))
ROUNDS: Final = Counter("ledger_publishing_rounds", "Looks whether the log has grown, by how they ended", ("outcome",))
CONNECTIONS: Final = Gauge(
    "ledger_database_connections", "Connections to the database that are open, and in use", ("state",), multiprocess_mode="livesum"
)

for _outcome in ("published", "hindered", "failed"):
    ROUNDS.labels(_outcome)  # told from the start: an alert that compares with nothing never fires


def count_round(outcome: str) -> None:
    """A look whether the log has grown has ended."""
    ROUNDS.labels(outcome).inc()


def count_connections(state: str, change: int) -> None:
    """One more, or one less, is `open` or `in_use` in this process."""
    CONNECTIONS.labels(state).inc(change)


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
