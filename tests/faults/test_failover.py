"""Two servers, one following the other: the primary is killed and the standby promoted, or the follower lags, stops and dies.

With a synchronous standby, what was acknowledged is on both. The service is given the addresses of both and is not restarted.
"""

import random
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from tests.actions.scene import patent
from tests.faults.cluster import cluster, multi_host, standby_of
from tests.faults.doors import Door
from tests.faults.drill import Counts, Crew, Tally, audit, serving, writing
from tests.faults.service import prepare
from tests.faults.wire import wire_to
from tests.postgres import wait_until

PATIENCE_SECONDS = 10.0


def test_a_promoted_standby_has_all_that_was_acknowledged(luck: random.Random, tally: Tally, tmp_path: Path) -> None:
    with cluster() as primary, standby_of(primary) as standby:
        place = prepare(primary.url, tmp_path)
        primary.wait_for_standby()
        crew = Crew(place, 0, str(luck.random()), patience_seconds=PATIENCE_SECONDS)
        with serving(replace(place, url=multi_host(primary, standby))) as server, writing(crew.at(server)):
            crew.wait_for(luck.randint(5, 25))
            time.sleep(luck.uniform(0, 0.05))
            primary.kill()
            time.sleep(luck.uniform(0, 1))
            standby.promote()
            crew.wait_for(10)
            told = crew.finish()
            server.stop()
        tally.add(audit(replace(place, url=standby.url), told, server))


def test_a_commit_that_the_standby_has_not_confirmed_is_not_acknowledged(
    luck: random.Random, tally: Tally, tmp_path: Path
) -> None:
    """PostgreSQL answers a COMMIT whose waiting is broken off with success and a warning: it is on one disk only."""
    with cluster() as primary, standby_of(primary) as standby:
        place = prepare(primary.url, tmp_path)
        primary.wait_for_standby()
        with serving(replace(place, url=multi_host(primary, standby))) as server, ThreadPoolExecutor(1) as pool:
            door = Door(place, server.port, "c1")
            kind, body = patent(luck.randrange(10**6))
            standby.stop()
            waiting = pool.submit(door.say, kind, body, key="unconfirmed")
            waiters = "SELECT pid FROM pg_stat_activity WHERE wait_event = 'SyncRep' AND query = 'COMMIT'"
            # The publisher's COMMITs wait too; ours is the one that holds the head.
            holder = f"{waiters} AND pid IN (SELECT pid FROM pg_locks WHERE relation = 'entry'::regclass)"
            wait_until(lambda: primary.ask(holder) != [], PATIENCE_SECONDS)
            primary.ask(f"SELECT pg_cancel_backend(pid) FROM ({holder}) AS held")
            assert waiting.result(PATIENCE_SECONDS).status == 503
            again = pool.submit(door.say, kind, body, key="unconfirmed")
            time.sleep(0.3)
            assert not again.done(), "what is kept on one disk only is not repeated either"
            standby.start()
            reply = again.result(PATIENCE_SECONDS)
            assert (reply.status, reply.headers.get("idempotency-replayed")) == (201, "true")
            primary.kill()
            standby.promote()
            wait_until(lambda: door.get("/readyz").status == 200, PATIENCE_SECONDS)
            assert [entry["index"] for entry in door.entries("patent")] == [reply.value["index"]]
            assert not server.complaints()
        tally.add(Counts(acknowledged=1, unavailable=1, replayed=1, entries=1))


def test_an_address_that_leads_to_a_standby_takes_no_writes_and_is_looked_up_again(
    luck: random.Random, tally: Tally, tmp_path: Path
) -> None:
    with cluster() as primary, standby_of(primary) as standby, wire_to(primary) as wire:
        place = prepare(primary.url, tmp_path)
        primary.wait_for_standby()
        crew = Crew(place, 0, str(luck.random()), patience_seconds=PATIENCE_SECONDS)
        moved = replace(place, url=f"postgresql://postgres@127.0.0.1:{wire.port}/ledger")
        with serving(moved) as server, writing(crew.at(server)):
            crew.wait_for(5)
            wire.target = ("127.0.0.1", standby.port)
            wire.sever()
            before = crew.told.unavailable
            wait_until(lambda: bool(crew.told.faults) or crew.told.unavailable > before + 10, PATIENCE_SECONDS)
            wire.target = ("127.0.0.1", primary.port)  # connections to the standby stay open: nobody ends them for us
            crew.wait_for(10)
            told = crew.finish()
            server.stop()
        tally.add(audit(place, told, server))


def test_a_replica_that_lags_or_dies_holds_up_no_writes(luck: random.Random, tally: Tally, tmp_path: Path) -> None:
    with cluster() as primary, standby_of(primary) as replica:
        place = prepare(primary.url, tmp_path)
        crew = Crew(place, 0, str(luck.random()), patience_seconds=PATIENCE_SECONDS)
        more = {"LEDGER_READ_DATABASE_URL": replica.url}
        with serving(place, more=more) as server, writing(crew.at(server)):
            door = Door(place, server.port, "c1")
            crew.wait_for(luck.randint(2, 12))
            replica.ask("SELECT pg_wal_replay_pause()")
            wait_until(lambda: replica.ask("SELECT pg_get_wal_replay_pause_state()") == [("paused",)], PATIENCE_SECONDS)
            old = door.get("/v1/entries")
            crew.wait_for(5)
            assert (door.get("/v1/entries").size, old.status) == (old.size, 200)
            replica.ask("SELECT pg_wal_replay_resume()")
            wait_until(lambda: door.get("/v1/entries").size > old.size, PATIENCE_SECONDS)
            replica.kill()
            assert door.get("/v1/entries").status == 503
            crew.wait_for(5)
            replica.start(wait=False)
            wait_until(lambda: door.get("/v1/entries").status == 200, PATIENCE_SECONDS)
            crew.wait_for(5)
            told = crew.finish()
            faults = told.faults + server.complaints()
            server.stop()
        assert not faults
        assert told.unavailable == 0
        tally.add(audit(place, told, server))
