"""How far the public log lags behind what was recorded: the figure by which whoever runs the service sees that publishing hangs."""

import time
from dataclasses import dataclass
from typing import Final
from weakref import WeakKeyDictionary

from sqlalchemy import Engine

from ledger.actions.ledger import Reading
from ledger.actions.publish import published
from ledger.facts.days import micros
from ledger.store import log


@dataclass(frozen=True, slots=True)
class _Seen:
    """Since when this process has seen that no more than `size` entries are published, though there are others."""

    size: int
    since: float  # by the clock that only goes forward


_SEEN: Final[WeakKeyDictionary[Engine, _Seen]] = WeakKeyDictionary()


@dataclass(frozen=True, slots=True)
class Lag:
    """Entries recorded, entries published, and for how long the first one that is not published has waited (0 without any)."""

    size: int
    published_size: int
    waiting_seconds: float


def lag(reading: Reading) -> Lag:
    newest = published(reading)
    size = newest.size if newest else 0
    seen = _SEEN.get(reading.ledger.engine)
    if seen is None or seen.size != size or size == reading.size:
        seen = _SEEN[reading.ledger.engine] = _Seen(size, time.monotonic())
    since = log.recorded_at(reading.connection, size + 1) if size < reading.size else None
    if since is None:
        return Lag(reading.size, size, 0.0)
    # A clock that ran ahead leaves instants in the future: what has waited before our eyes has waited all the same.
    told = (micros(reading.ledger.clock()) - since) / 1e6
    return Lag(reading.size, size, max(0.0, told, time.monotonic() - seen.since))
