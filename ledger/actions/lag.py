"""How far the public log lags behind what was recorded: the figure by which whoever runs the service sees that publishing hangs."""

from dataclasses import dataclass

from ledger.actions.ledger import Reading
from ledger.actions.publish import published
from ledger.facts.days import micros
from ledger.store import log


@dataclass(frozen=True, slots=True)
class Lag:
    """Entries recorded, entries published, and for how long the first one that is not published has waited (0 without any)."""

    size: int
    published_size: int
    waiting_seconds: float


def lag(reading: Reading) -> Lag:
    newest = published(reading)
    size = newest.size if newest else 0
    since = log.recorded_at(reading.connection, size + 1) if size < reading.size else None
    # Instants of entries may run ahead of the clock by some millionths.
    waiting = 0.0 if since is None else max(0.0, (micros(reading.ledger.clock()) - since) / 1e6)
    return Lag(reading.size, size, waiting)
