"""The machine's clock jumps back and forth under running workers: entries keep their order, and instants only grow."""

import random
from itertools import pairwise
from pathlib import Path

from sqlalchemy import select

from ledger.store import tables as t
from ledger.store.database import reading
from tests.faults.drill import Crew, Place, Tally, audit, serving, writing
from tests.faults.writers import Told

MINUTE, HOUR, DAY = 60.0, 3_600.0, 86_400.0
JUMPS = (0.0, 1e-3, -1e-3, 0.7, -0.7, MINUTE, -MINUTE, HOUR, -HOUR, DAY, -2 * DAY, -20 * DAY)


def put(file: Path, seconds: float) -> None:
    """Put the clock forward or back: at once, for every process that goes by it."""
    fresh = file.with_suffix(".new")
    fresh.write_text(repr(seconds), encoding="ascii")
    fresh.replace(file)


def test_whatever_the_clock_does_instants_follow_the_order_of_entries(place: Place, luck: random.Random, tally: Tally) -> None:
    file = place.folder / "clock"
    put(file, 0.0)
    with serving(place, app="tests.faults.clocked:app", more={"LEDGER_FAULT_CLOCK": str(file)}) as server:
        with writing(Crew(place, server.port, str(luck.random()))) as crew:
            for seconds in [*luck.sample(JUMPS, 5), 2 * DAY, -DAY]:  # luck may jump forth only; the last one goes back
                put(file, seconds)
                crew.wait_for(luck.randint(3, 10))
            told = crew.finish()
        server.stop()
        tally.add(audit(place, told, server))
    assert requests_behind_the_clock(place, told) > 0, "no entry was recorded while the clock was behind: nothing was drilled"


def requests_behind_the_clock(place: Place, told: Told) -> int:
    """How many requests got the next instant after the one before, to the microsecond: no clock that runs would come to that."""
    with place.ledger() as ledger, reading(ledger.engine) as connection:
        at = list(connection.scalars(select(t.entry.c.recorded_at).order_by(t.entry.c.index)))
    firsts = {one.receipts[0]["index"] for one in told.acknowledged.values()}
    return sum(later - earlier == 1 for index, (earlier, later) in enumerate(pairwise(at), 1) if index in firsts)
