"""A long log in a few seconds: entries put in at the level of the store, with no rule asked and no rows beside them."""

from datetime import UTC, datetime

from sqlalchemy import Engine

from ledger.facts.days import from_micros, micros
from ledger.facts.encoding import decode
from ledger.facts.entries import Entry
from ledger.store import log
from ledger.store.database import writing

BEGAN = datetime(2025, 9, 1, tzinfo=UTC)
CHUNK = 5_000


def fill(engine: Engine, size: int, centre: str = "c1") -> None:
    """Let the log grow until it holds `size` entries, the new ones all of one centre."""
    body = {"activity_type": "roadshow", "title": "光通信专利路演", "held_on": "2025-09-10"}
    fact = decode("activity", body)
    grown = 0
    while grown < size:
        with writing(engine) as connection:
            head = log.lock_head(connection)
            ends = log.stream_ends(connection, [centre])
            at = max(head.recorded_at, micros(BEGAN))
            new = range(min(CHUNK, size - head.size))
            entries = [
                Entry(head.size + n, centre, ends[centre].seq + 1 + n, from_micros(at + 1 + n), "recorder@c1", fact) for n in new
            ]
            log.append(connection, head, entries, ends)
            grown = head.size
