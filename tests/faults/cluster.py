"""PostgreSQL as it is run in earnest, and as it dies: clusters that wait for the disk, are killed outright, and recover.

    with cluster() as primary: primary.kill(); primary.start()
    with cluster() as primary, standby_of(primary) as standby: primary.kill(); standby.promote()
    with cluster() as primary, pgbouncer(primary) as pool: pool.kill(); pool.start()

- `kill` leaves no process of a server the time for a last word: the postmaster is stopped, then all of them are killed.
- Everything is PostgreSQL's default, durability above all; it listens on a port of 127.0.0.1 and on a socket in its folder.
- Linux only: the processes of a server are found by /proc, and end with the process that started it by setpriv.
- At the end nothing is left: no process, no folder, no segment of shared memory that a killed server could not give back.

How PostgreSQL is found and made to run as root is `tests.postgres`'s business.
"""

import ctypes
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final

import psycopg2
import pytest

from tests.postgres import STOP_SECONDS, binaries, free_port, run, unprivileged, wait_until

START_SECONDS: Final = 60
PROC: Final = Path("/proc")
IPC_RMID: Final = 0
DATABASE: Final = "ledger"
# A test that is killed takes its servers along. Said by a program of its own: this process has threads while servers are started.
WITH_PARENT: Final = ("setpriv", "--pdeathsig", "INT")


class Died(Exception):
    """A server that did not come up, or went by itself; the message is the end of its log."""


class Cluster:
    """One PostgreSQL server and its data folder. Started from the thread that outlives it: the kernel ends it with that thread."""

    def __init__(self, folder: Path, bin_: Path, data: Path) -> None:
        self.folder, self.bin, self.data = folder, bin_, data
        self.port = free_port()
        self._server: subprocess.Popen[bytes] | None = None
        self._pids: set[int] = set()  # of every postmaster that it had

    # --- life and death ----------------------------------------------------------------------------------------------

    def start(self, *, wait: bool = True) -> None:
        """Start it; what a crash left undone is recovered before it answers."""
        assert self._server is None
        settings = {"unix_socket_directories": self.folder, "listen_addresses": "127.0.0.1", "port": self.port}
        # In files of the data folder: what a killed server leaves in /dev/shm would stay there.
        settings["dynamic_shared_memory_type"] = "mmap"
        words: list[str | Path] = [*WITH_PARENT, self.bin / "postgres", "-D", self.data]
        words += [f"--{name}={value}" for name, value in settings.items()]
        with open(self.folder / "log", "ab") as log:
            self._server = subprocess.Popen(words, cwd=self.folder, stdout=log, stderr=log, **unprivileged())
        self._pids.add(self._server.pid)
        if wait:
            self.wait_ready()

    def wait_ready(self) -> None:
        wait_until(self._is_ready, START_SECONDS)

    def _is_ready(self) -> bool:
        assert self._server
        if self._server.poll() is not None:
            self._server = None
            raise Died(self.log_end())
        with suppress(psycopg2.OperationalError):
            self.connect("postgres").close()
            return True
        return False

    @property
    def is_running(self) -> bool:
        return self._server is not None and self._server.poll() is None

    def kill(self) -> None:
        """kill -9 of the postmaster and all that it started, at one instant."""
        assert self._server
        if self._server.poll() is None:
            # Stopped, it neither starts another process nor tells the rest to end in good order.
            self._server.send_signal(signal.SIGSTOP)
            killed = self.processes()
            for pid in killed:
                _signal(pid, signal.SIGKILL)
            self._server.kill()
            # One that was writing just then dies a moment later, and holds its files until then.
            wait_until(lambda: not any(map(_lives, killed)), STOP_SECONDS)
        self._server.wait(STOP_SECONDS)
        self._server = None

    def processes(self) -> list[int]:
        """All that the postmaster has started: sessions and its helpers."""
        assert self._server
        return children(self._server.pid)

    def kill_one(self, pid: int) -> bool:
        """kill -9 of one process of the server, where it is one; the postmaster then ends the others and recovers by itself."""
        if pid not in self.processes():
            return False
        _signal(pid, signal.SIGKILL)
        return True

    def wait_gone(self, seconds: float) -> bool:
        """Whether the server ends by itself within some seconds, as it does when it cannot write its log."""
        assert self._server
        try:
            self._server.wait(seconds)
        except subprocess.TimeoutExpired:
            return False
        self._server = None
        return True

    def stop(self) -> None:
        """In good order ("fast"); a server that takes too long over it is killed."""
        if self._server is None:
            return
        self._server.send_signal(signal.SIGINT)
        try:
            self._server.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()
        self._server = None

    def close(self) -> None:
        if self._server:
            self.kill()  # its files go with it: it need not write them first
        self._give_back_memory()

    def _give_back_memory(self) -> None:
        # A killed server leaves its small segment of System V memory, until it is started again. Lines of the kernel's list begin:
        # key shmid perms size cpid lpid nattch
        for line in (PROC / "sysvipc" / "shm").read_text().splitlines()[1:]:
            _, segment, _, _, made_by, _, attached, *_ = map(int, line.split())
            if made_by in self._pids and not attached:
                ctypes.CDLL(None).shmctl(segment, IPC_RMID, None)

    # --- speaking to it ----------------------------------------------------------------------------------------------

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        return f"postgresql://postgres@{self.host}/{DATABASE}"

    def connect(self, database: str = DATABASE) -> "psycopg2.extensions.connection":
        """A session beside the service's own, in which every statement is its own transaction."""
        session: psycopg2.extensions.connection = psycopg2.connect(
            host="127.0.0.1", port=self.port, user="postgres", dbname=database, connect_timeout=5, application_name="drill"
        )
        session.autocommit = True
        return session

    def ask(self, statement: str, database: str = DATABASE) -> list[tuple[Any, ...]]:
        session = self.connect(database)
        try:
            with session.cursor() as cursor:
                cursor.execute(statement)
                return cursor.fetchall() if cursor.description else []
        finally:
            session.close()

    def backends(self) -> list[int]:
        """The processes that serve other sessions than those of the drill."""
        others = "datname IS NOT NULL AND application_name <> 'drill'"
        return [pid for (pid,) in self.ask(f"SELECT pid FROM pg_stat_activity WHERE {others}")]

    def log_end(self) -> str:
        return (self.folder / "log").read_text(errors="replace")[-3000:]

    # --- standbys ----------------------------------------------------------------------------------------------------

    def wait_for_standby(self) -> None:
        """From now on, a commit is answered when the standby has it on its disk too."""
        wait_until(lambda: self.ask("SELECT 1 FROM pg_stat_replication WHERE state = 'streaming'") != [], START_SECONDS)
        self.ask("ALTER SYSTEM SET synchronous_standby_names = '*'")
        self.ask("SELECT pg_reload_conf()")
        wait_until(lambda: self.ask("SELECT 1 FROM pg_stat_replication WHERE sync_state = 'sync'") != [], START_SECONDS)

    def promote(self) -> None:
        self.ask("SELECT pg_promote(true, 60)", "postgres")

    @property
    def is_standby(self) -> bool:
        return bool(self.ask("SELECT pg_is_in_recovery()", "postgres")[0][0])


@contextmanager
def cluster(*words: str, data: Path | None = None) -> Iterator[Cluster]:
    """A running server with an empty database for the ledger. `words` are initdb's; `data` is where its files are to be."""
    with _folder("ledger-pg-") as folder:
        bin_ = binaries(folder, unprivileged())
        made = Cluster(folder, bin_, data or folder / "data")
        form = ["--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync"]
        run([bin_ / "initdb", "-D", made.data, *form, *words], folder, unprivileged())
        try:
            made.start()
            made.ask(f"CREATE DATABASE {DATABASE}", "postgres")
            yield made
        finally:
            made.close()


@contextmanager
def standby_of(primary: Cluster) -> Iterator[Cluster]:
    """A copy of a running server that follows it by streaming. Whether commits wait for it, the primary decides."""
    with _folder("ledger-pg-") as folder:
        bin_ = binaries(folder, unprivileged())
        made = Cluster(folder, bin_, folder / "data")
        source = ["-h", "127.0.0.1", "-p", str(primary.port), "-U", "postgres", "-X", "stream", "-c", "fast", "--no-sync"]
        run([bin_ / "pg_basebackup", *source, "-R", "-D", made.data], folder, unprivileged())
        try:
            made.start()
            yield made
        finally:
            made.close()


def multi_host(*clusters: Cluster) -> str:
    """The address of whichever of them takes writes."""
    hosts = "&".join(f"host={one.host}" for one in clusters)
    return f"postgresql+psycopg2://postgres@/{DATABASE}?{hosts}&target_session_attrs=read-write&connect_timeout=2"


# --- pgbouncer -------------------------------------------------------------------------------------------------------


class Bouncer:
    """pgbouncer in transaction mode before a server."""

    def __init__(self, folder: Path, binary: str, behind: Cluster, size: int) -> None:
        self.folder, self._binary = folder, binary
        self.port = free_port()
        self._server: subprocess.Popen[bytes] | None = None
        told = f"""[databases]
{DATABASE} = host=127.0.0.1 port={behind.port} dbname={DATABASE}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {self.port}
unix_socket_dir =
auth_type = trust
auth_file = {folder / "users"}
pool_mode = transaction
default_pool_size = {size}
# A server that is away is told to the client instead of being waited for, and is looked for again soon.
query_wait_timeout = 5
server_connect_timeout = 3
server_login_retry = 1
logfile = {folder / "log"}
"""
        (folder / "pgbouncer.ini").write_text(told)
        (folder / "users").write_text('"postgres" ""\n')

    def start(self) -> None:
        assert self._server is None
        self._server = subprocess.Popen(
            [*WITH_PARENT, self._binary, "-q", self.folder / "pgbouncer.ini"],
            cwd=self.folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            **unprivileged(),
        )
        wait_until(self._is_ready, START_SECONDS)

    def _is_ready(self) -> bool:
        assert self._server
        if self._server.poll() is not None:
            raise Died((self.folder / "log").read_text(errors="replace")[-3000:])
        with suppress(psycopg2.OperationalError):
            psycopg2.connect(host="127.0.0.1", port=self.port, user="postgres", dbname=DATABASE, connect_timeout=5).close()
            return True
        return False

    def kill(self) -> None:
        assert self._server
        self._server.kill()
        self._server.wait(STOP_SECONDS)
        self._server = None

    @property
    def url(self) -> str:
        return f"postgresql://postgres@127.0.0.1:{self.port}/{DATABASE}"


@contextmanager
def pgbouncer(behind: Cluster, size: int = 4) -> Iterator[Bouncer]:
    """`size` sessions of the server are shared by all that connect. The binary must be there: `pgbouncer_binary`."""
    binary = pgbouncer_binary()
    assert binary
    with _folder("ledger-bouncer-") as folder:
        made = Bouncer(folder, binary, behind, size)
        try:
            made.start()
            yield made
        finally:
            if made._server:
                made.kill()


def pgbouncer_binary() -> str | None:
    return shutil.which("pgbouncer", path=f"{os.environ.get('PATH', '')}:/usr/sbin")


# --- processes and folders -------------------------------------------------------------------------------------------


def children(pid: int) -> list[int]:
    """The processes that a process has started and that are still there."""
    found = []
    for folder in PROC.iterdir():
        if folder.name.isdigit():
            with suppress(OSError):
                # The name, in brackets, may itself hold spaces and brackets.
                if int((folder / "stat").read_text().rpartition(")")[2].split()[1]) == pid:
                    found.append(int(folder.name))
    return found


def _lives(pid: int) -> bool:
    with suppress(OSError):
        return (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()[0] not in ("Z", "X")
    return False


def _signal(pid: int, number: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, number)


@contextmanager
def _folder(prefix: str) -> Iterator[Path]:
    """A folder that nobody may enter where we are root: a server runs as nobody there."""
    folder = Path(tempfile.mkdtemp(prefix=prefix))
    try:
        if drop := unprivileged():
            os.chown(folder, drop["user"], drop["group"])
        yield folder
    finally:
        _remove(folder)


@contextmanager
def small_disk(mib: int) -> Iterator[Path]:
    """A file system of its own in memory, fit for a server's folder. Passes the test over where mounting is not ours to do."""
    with _folder("ledger-disk-") as folder:
        drop = unprivileged() or {"user": os.geteuid(), "group": os.getegid()}
        options = f"size={mib}m,mode=700,uid={drop['user']},gid={drop['group']}"
        mount: list[str | Path] = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", folder]
        made = subprocess.run(mount, capture_output=True, text=True, check=False)
        if made.returncode:
            pytest.skip(f"mounting takes rights that are not ours: {made.stderr.strip()}")
        try:
            yield folder
        finally:
            wait_until(lambda: not subprocess.run(["umount", "-q", folder], check=False).returncode, STOP_SECONDS)


def _remove(folder: Path) -> None:
    # The last child of a killed server may still be writing while its folder is emptied.
    for _ in range(20):
        shutil.rmtree(folder, ignore_errors=True)
        if not folder.exists():
            return
        time.sleep(0.1)
    raise OSError(f"{folder} cannot be removed")
