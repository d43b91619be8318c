"""No room left where PostgreSQL keeps its data, or its log: it refuses or dies, and has all that was acknowledged when it is back.

Both lie on file systems of their own in memory, which are filled with ballast while many write. Mounting them takes rights.
"""

import random
from contextlib import suppress
from pathlib import Path

import psycopg2

from tests.faults.cluster import Cluster, cluster, small_disk
from tests.faults.drill import Crew, Server, Tally, audit, serving, writing
from tests.faults.service import prepare
from tests.postgres import wait_until

PATIENCE_SECONDS = 12.0
DATA_MIB, LOG_MIB = 80, 48
PIECE = 4096  # what a file system gives at a time
REFUSALS = 10  # 503s that are waited for
SECONDS = 40.0


def test_a_full_disk_loses_nothing_that_was_acknowledged(luck: random.Random, tally: Tally, tmp_path: Path) -> None:
    with (
        small_disk(DATA_MIB) as data,
        small_disk(LOG_MIB) as log,
        # Segments of 1 MiB: the log asks for room soon.
        cluster("--wal-segsize=1", f"--waldir={log / 'wal'}", data=data / "data") as primary,
    ):
        place = prepare(primary.url, tmp_path)
        crew = Crew(place, 0, str(luck.random()), patience_seconds=PATIENCE_SECONDS)
        with serving(place) as server, writing(crew.at(server)):
            for disk in luck.sample([data, log], 2):
                crew.wait_for(5)
                _filled_and_cleared(disk, crew, server, primary, luck, switching=disk == log)
            crew.wait_for(5, seconds=60)
            told = crew.finish()
            server.stop()
        tally.add(audit(place, told, server))


def _filled_and_cleared(
    disk: Path, crew: Crew, server: Server, primary: Cluster, luck: random.Random, *, switching: bool
) -> None:
    refused = crew.told.unavailable

    def noticed() -> bool:
        if switching:
            with suppress(psycopg2.Error):
                primary.ask("SELECT pg_switch_wal()")  # however little was written, the log asks for another segment
        return bool(crew.told.faults) or crew.told.unavailable >= refused + REFUSALS

    fill(disk, luck)
    wait_until(noticed, SECONDS)
    assert server.answers("/healthz")
    (disk / "ballast").unlink()
    if primary.wait_gone(0.5):  # a server that cannot write its log ends; whoever runs it makes room and starts it again
        primary.start(wait=False)
    primary.wait_ready()


def fill(disk: Path, luck: random.Random) -> None:
    """To the brim, but for a little that is left to be written full in the drill."""
    with open(disk / "ballast", "wb", buffering=0) as ballast:
        with suppress(OSError):
            while ballast.write(bytes(PIECE)):
                pass
        ballast.truncate(max(ballast.tell() - luck.randint(0, 100) * PIECE, 0))
