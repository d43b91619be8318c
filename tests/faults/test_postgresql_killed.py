"""kill -9 of PostgreSQL while many write: of all of it, of one of its processes, and of the service's workers while it is away.

The service is not started anew: while the database is away it says so, and goes on by itself. What was acknowledged is there after
recovery.
"""

import random
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import psycopg2

from tests.faults.cluster import Cluster, cluster
from tests.faults.doors import Door
from tests.faults.drill import Crew, Place, Server, Tally, audit, serving, writing
from tests.faults.service import prepare
from tests.postgres import wait_until

PATIENCE_SECONDS = 12.0  # no request waits longer for a database that is not there


def test_a_killed_database_has_kept_what_was_acknowledged(luck: random.Random, tally: Tally, tmp_path: Path) -> None:
    with cluster() as primary:
        place = prepare(primary.url, tmp_path)
        crew = Crew(place, 0, str(luck.random()), patience_seconds=PATIENCE_SECONDS)
        with serving(place) as server, writing(crew.at(server)):
            faults = [_all_of_it, _a_session, _any_process, _a_session_in_order]
            luck.shuffle(faults)
            for fault in faults:
                crew.wait_for(luck.randint(2, 8))
                time.sleep(luck.uniform(0, 0.05))
                fault(primary, luck)
            crew.wait_for(luck.randint(2, 8))
            _all_of_it_and_every_worker(primary, place, server)
            crew.wait_for(5)
            told = crew.finish()
            server.stop()
        tally.add(audit(place, told, server))


def _all_of_it(primary: Cluster, luck: random.Random) -> None:
    primary.kill()
    time.sleep(luck.uniform(0, 0.3))
    primary.start(wait=False)
    primary.wait_ready()


def _a_session(primary: Cluster, luck: random.Random) -> None:
    _until_done(primary, lambda: primary.kill_one(luck.choice(primary.backends())))


def _any_process(primary: Cluster, luck: random.Random) -> None:
    # The checkpointer, the writer of the log, or a session: after each the postmaster starts all of them anew.
    _until_done(primary, lambda: primary.kill_one(luck.choice(primary.processes())))


def _a_session_in_order(primary: Cluster, luck: random.Random) -> None:
    # As an administrator ends it: the session is told why, and the others go on.
    _until_done(primary, lambda: primary.ask(f"SELECT pg_terminate_backend({luck.choice(primary.backends())})") == [(True,)])


def _until_done(primary: Cluster, kill: Callable[[], bool]) -> None:
    """Whoever was chosen may have ended by itself, and the service may be between two sessions."""

    def done() -> bool:
        with suppress(psycopg2.OperationalError, IndexError):
            return kill()
        return False

    primary.wait_ready()
    wait_until(done, PATIENCE_SECONDS)


def _all_of_it_and_every_worker(primary: Cluster, place: Place, server: Server) -> None:
    """Workers that begin while the database is away wait for it, and say so meanwhile."""
    primary.kill()
    before = server.worker_pids()
    for pid in before:
        server.kill_worker(pid)
    wait_until(lambda: len(set(server.worker_pids()) - set(before)) == len(before), PATIENCE_SECONDS)
    wait_until(lambda: server.answers("/healthz"), PATIENCE_SECONDS)
    door = Door(place, server.port, "c1")
    assert door.get("/readyz").status == 503
    assert door.get("/v1/entries").status == 503
    primary.start(wait=False)
