"""pgbouncer in transaction mode between service and PostgreSQL: a session of the server is lent for one transaction only.

So nothing may be left in a session that the next transaction would need, and nothing that it would meet. Without pgbouncer the
drill is passed over, except where the whole of the tests is promised.
"""

import os
import random
import time
from dataclasses import replace
from pathlib import Path

import pytest

from tests.actions.scene import patent
from tests.faults.cluster import cluster, pgbouncer, pgbouncer_binary
from tests.faults.doors import Door
from tests.faults.drill import Crew, Tally, audit, serving, writing
from tests.faults.service import prepare

SESSIONS = 4  # of the server, for eight threads and two publishers
PATIENCE_SECONDS = 15.0
SCORECARD = "/v1/programmes/hubei-2025/scorecards"
READS = (
    "/v1/entries?limit=5", "/v1/pools", "/v1/programmes", SCORECARD, f"{SCORECARD}/c1", f"{SCORECARD}/c1/lines?target=times",
    f"{SCORECARD}/c1/changes?since=1",
    "/v1/totals?metric=hei_sme_times&centre=c1", "/v1/exports/bundle?programme=hubei-2025&subject=c1",
    "/readyz",
)  # fmt: skip


@pytest.fixture(autouse=True)
def _there_is_one() -> None:
    if pgbouncer_binary() is None:
        assert not os.environ.get("CI"), "pgbouncer is missing: apt-get install pgbouncer"
        pytest.skip("pgbouncer is not installed (Debian's package of that name)")


def test_behind_pgbouncer_everything_works_and_nothing_acknowledged_is_lost(
    luck: random.Random, tally: Tally, tmp_path: Path
) -> None:
    with cluster() as primary, pgbouncer(primary, SESSIONS) as bouncer:
        place = prepare(bouncer.url, tmp_path)
        crew = Crew(place, 0, str(luck.random()), patience_seconds=PATIENCE_SECONDS)
        with serving(place) as server, writing(crew.at(server)):
            door = Door(place, server.port, "c1")
            crew.wait_for(10)
            own = door.entries("patent")[0]["index"]
            # The proof takes a checkpoint: that is signed under a lock which only the transaction holds.
            paths = [*READS, f"/v1/entries/{own}", f"/v1/entries/{own}/proof", "/log/checkpoint"]
            assert {path: door.get(path).status for path in paths} == dict.fromkeys(paths, 200)
            kind, body = patent(luck.randrange(10**6))
            assert door.say(kind, body, dry_run=True).status == 200
            assert crew.told.unavailable == 0
            assert len(primary.backends()) <= SESSIONS
            bouncer.kill()
            time.sleep(luck.uniform(0, 0.5))
            bouncer.start()
            crew.wait_for(luck.randint(2, 12))
            primary.kill()
            time.sleep(luck.uniform(0, 0.5))
            primary.start()
            crew.wait_for(10)
            told = crew.finish()
            server.stop()
        tally.add(audit(place, told, server))  # reading the whole log and checking it through pgbouncer as well
        audit(replace(place, url=primary.url), told, server)
