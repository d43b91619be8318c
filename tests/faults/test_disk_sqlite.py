"""No room left for the SQLite file and its log: writes are refused with 503 until there is room again, and nothing half remains.

- `small_disk` is a file system of its own in memory, filled to the brim with ballast: the very ENOSPC of a full disk. It takes the
  right to mount one.
- `file_limit` needs no rights: no file of the service may grow beyond a size (RLIMIT_FSIZE, set on the running processes), which
  writes meet in the same places, as EFBIG.

On the small disk everything of the service lies: database, key, fence, its own log and temporary files.
"""

import random
import resource
import shutil
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from tests.faults.cluster import small_disk
from tests.faults.drill import Crew, Place, Server, Tally, audit, serving, writing
from tests.postgres import wait_until

DISK_MIB, PIECE = 24, 4096  # what is asked for, and what a file system gives at a time
REFUSALS = 10  # 503s that a round waits for
SECONDS = 60.0


@dataclass
class SmallDisk:
    """Full by ballast, with some room left to be written full in the drill."""

    folder: Path

    def fill(self, server: Server, luck: random.Random) -> None:
        with open(self.folder / "ballast", "wb", buffering=0) as ballast:
            with suppress(OSError):
                while ballast.write(bytes(PIECE)):
                    pass
            ballast.truncate(max(ballast.tell() - luck.randint(0, 40) * PIECE, 0))

    def clear(self, server: Server) -> None:
        (self.folder / "ballast").unlink()


@dataclass
class FileLimit:
    """No file may become larger than the database's log is now, or a little more."""

    folder: Path

    def fill(self, server: Server, luck: random.Random) -> None:
        at_most = (self.folder / "ledger.db-wal").stat().st_size + luck.randint(0, 200_000)
        self._limit(server, at_most)

    def clear(self, server: Server) -> None:
        self._limit(server, resource.RLIM_INFINITY)

    def _limit(self, server: Server, size: int) -> None:
        for pid in [server.master.pid, *server.worker_pids()]:
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))


Disk = SmallDisk | FileLimit


@pytest.fixture(params=["small_disk", "file_limit"])
def full(request: pytest.FixtureRequest, sqlite_place: Place, tmp_path: Path) -> Iterator[tuple[Place, Disk]]:
    if request.param == "file_limit":
        yield sqlite_place, FileLimit(tmp_path)
        return
    with small_disk(DISK_MIB) as folder:
        for file in (tmp_path / "ledger.db", sqlite_place.key_file):
            shutil.copy2(file, folder)
        yield replace(sqlite_place, url=f"sqlite:///{folder / 'ledger.db'}", folder=folder), SmallDisk(folder)


def test_a_full_disk_refuses_writes_until_there_is_room(full: tuple[Place, Disk], luck: random.Random, tally: Tally) -> None:
    place, disk = full
    crew = Crew(place, 0, str(luck.random()))
    # The service is left to choose where its figures go; whatever would go to a temporary folder goes to the same disk.
    more = {"TMPDIR": str(place.folder), "PROMETHEUS_MULTIPROC_DIR": None}
    with serving(place, more=more) as server, writing(crew.at(server)):
        crew.wait_for(5)
        disk.fill(server, luck)
        workers = server.worker_pids()
        wait_until(lambda: crew.told.unavailable >= REFUSALS or bool(crew.told.faults), SECONDS)
        assert server.answers("/healthz")
        assert server.answers("/readyz"), "reading needs no room"
        assert server.worker_pids() == workers, "a worker died of a full disk"
        disk.clear(server)
        crew.wait_for(10)
        told = crew.finish()
        server.stop()
        tally.add(audit(place, told, server))
    assert told.unavailable >= REFUSALS
