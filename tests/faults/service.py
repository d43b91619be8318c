"""The service as it is run: gunicorn and its workers, started, hurt and ended; and the ledger that they serve.

- A server keeps its port from one start to the next, so its clients find it again.
- Each is a process group of its own, ended with everything in it; the kernel ends it with the process that started it, too.
- Only what was started here is ever signalled.

Linux only: a group that outlives its master is found by /proc.
"""

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from ledger.actions.access import create_token
from ledger.actions.ledger import Ledger
from ledger.config import Settings
from ledger.signing import new_key
from ledger.store.database import connect
from ledger.store.schema import migrate
from tests.actions.scene import found
from tests.postgres import free_port, wait_until

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS, STOP_SECONDS = 60.0, 75.0  # the second is more than gunicorn.conf.py's graceful_timeout
CENTRES = ("c1", "c2")
# What the application, and the worker around it, say of an error that nobody foresaw; and what Python says when nobody caught it.
COMPLAINTS = ("unexpected error", "failed outside of the application", "a connection has failed", "Traceback (most recent")

# The order to end with its parent is given in the new process, before it becomes gunicorn: between fork and exec of a process with
# threads, Python code is not safe. It holds for the thread that starts a server: that should be the test's own.
LAUNCH = "import ctypes, os, sys; ctypes.CDLL(None).prctl(1, 15); os.execv(sys.executable, [sys.executable, *sys.argv[1:]])"


@dataclass(frozen=True)
class Place:
    """A ledger to be written to: founded, with two centres, and a recorder's token for each."""

    url: str
    folder: Path  # for key, logs and metrics
    tokens: Mapping[str, str]  # by centre
    size: int  # entries that are there before anybody writes

    @property
    def key_file(self) -> Path:
        return self.folder / "signing.key"

    @contextmanager
    def ledger(self) -> Iterator[Ledger]:
        """Opened in this process."""
        opened = Ledger.open(Settings(database_url=self.url, signing_key_file=self.key_file))
        try:
            yield opened
        finally:
            opened.engine.dispose()


def prepare(url: str, folder: Path, *, migrated: bool = False) -> Place:
    """A place on an empty database (or a `migrated` one): schema, office, centres, parties, tokens, signing key."""
    place = Place(url, folder, {}, 0)
    new_key(place.key_file, Settings.origin)
    if not migrated:
        engine = connect(url)
        migrate(engine)
        engine.dispose()
    with place.ledger() as ledger:
        found(ledger)
        tokens = {centre: create_token(ledger, role="recorder", centre=centre) for centre in CENTRES}
        with ledger.read() as reading:
            return Place(url, folder, tokens, reading.size)


@dataclass
class Server:
    """gunicorn on 127.0.0.1, on a place. `app` may be another module that serves the same application."""

    place: Place
    workers: int = 2
    app: str = "wsgi:app"
    words: Sequence[str] = ()
    more: Mapping[str, str | None] = field(default_factory=dict)  # variables; None takes one away
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = field(default=None, init=False)

    @property
    def log(self) -> Path:
        return self.place.folder / f"server-{self.port}.log"

    @property
    def master(self) -> subprocess.Popen[bytes]:
        assert self.process, "the server was not started"
        return self.process

    def start(self, *, wait: bool = True) -> None:
        assert self.process is None or self.process.poll() is not None, "it runs already"
        metrics = self.place.folder / f"metrics-{self.port}"  # our own: a service that is killed cannot remove its folder
        metrics.mkdir(exist_ok=True)
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("LEDGER_", "PROMETHEUS_"))}
        environment["LEDGER_DATABASE_URL"] = self.place.url
        environment["LEDGER_SIGNING_KEY_FILE"] = str(self.place.key_file)
        environment["LEDGER_PUBLISH_SECONDS"] = "1"  # so that faults meet the signing of the log, too
        environment["PROMETHEUS_MULTIPROC_DIR"] = str(metrics)
        environment = {name: value for name, value in {**environment, **self.more}.items() if value is not None}
        told = [sys.executable, "-c", LAUNCH, "-m", "gunicorn", self.app, "--bind", f"127.0.0.1:{self.port}"]
        told += ["--workers", str(self.workers), *self.words]
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(told, cwd=ROOT, env=environment, stdout=log, stderr=log, start_new_session=True)
        if wait:
            self.wait_ready()

    def wait_ready(self, seconds: float = START_SECONDS) -> None:
        """Until all workers are there, and the database answers one of them."""

        def ready() -> bool:
            assert self.master.poll() is None, f"gunicorn ended with {self.master.returncode}\n{self.told()[-3000:]}"
            return len(self.worker_pids()) >= self.workers and self.answers()

        wait_until(ready, seconds)

    def answers(self, path: str = "/readyz") -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request("GET", path)
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def worker_pids(self) -> list[int]:
        """Its living workers, oldest first."""
        return sorted(pid for pid, parent in group_of(self.master.pid).items() if parent == self.master.pid)

    def kill_worker(self, pid: int) -> None:
        assert pid in self.worker_pids()
        os.kill(pid, signal.SIGKILL)

    def kill_master(self) -> None:
        """The master alone; its workers find out and end by themselves."""
        self.master.send_signal(signal.SIGKILL)
        self.master.wait()

    def kill(self) -> None:
        """Master and workers, at once and without a word."""
        with suppress(ProcessLookupError):
            os.killpg(self.master.pid, signal.SIGKILL)
        self.master.wait()
        wait_until(lambda: not group_of(self.master.pid), 10)

    def stop(self, seconds: float = STOP_SECONDS) -> float:
        """In order; how many seconds it took. Raises TimeoutError where it does not end."""
        began = time.monotonic()
        self.master.terminate()
        try:
            self.master.wait(seconds)
        except subprocess.TimeoutExpired:
            raise TimeoutError(f"the service did not end within {seconds} s\n{self.told()[-3000:]}") from None
        wait_until(lambda: not group_of(self.master.pid), 10)
        return time.monotonic() - began

    def told(self) -> str:
        """What it has logged, all starts together."""
        return self.log.read_text(encoding="utf-8", errors="replace")

    def complaints(self) -> list[str]:
        """Lines of its log that no fault excuses: errors that nobody foresaw."""
        return [line for line in self.told().splitlines() if any(words in line for words in COMPLAINTS)]


@contextmanager
def serving(
    place: Place,
    workers: int = 2,
    *,
    app: str = "wsgi:app",
    words: Sequence[str] = (),
    more: Mapping[str, str | None] | None = None,
) -> Iterator[Server]:
    """A server that is ready; whatever becomes of it, nothing of it is left afterwards."""
    server = Server(place, workers, app, words, more or {})
    try:
        server.start()
        yield server
        if server.master.poll() is None:
            server.stop()
    finally:
        if server.process:
            server.kill()


def group_of(group: int) -> dict[int, int]:
    """The living processes of a process group, each with its parent."""
    found: dict[int, int] = {}
    for path in Path("/proc").iterdir():
        if path.name.isdigit():
            with suppress(OSError):  # it has ended meanwhile
                state, parent, of, *_ = (path / "stat").read_text().rpartition(")")[2].split()
                if int(of) == group and state not in "ZX":
                    found[int(path.name)] = int(parent)
    return found


def taken_in(port: int, client: socket.socket) -> bool:
    """Whether a worker has accepted this connection, and read all that was sent on it so far.

    By the kernel's own table: a connection that nobody has accepted yet belongs to no file (inode 0).
    """
    ports = f":{port:04X}", f":{client.getsockname()[1]:04X}"
    for row in Path("/proc/net/tcp").read_text(encoding="ascii").splitlines()[1:]:
        _, local, remote, _, queues, _, _, _, _, inode, *_ = row.split()
        if local.endswith(ports[0]) and remote.endswith(ports[1]):
            return inode != "0" and int(queues.partition(":")[2], 16) == 0
    return False


def raw_post(port: int, token: str, path: str, body: bytes, key: str, *, cut: int | None = None) -> socket.socket:
    """A socket on which a whole request was just sent, or `cut` bytes of its body; nobody has read from it."""
    head = [
        f"POST {path} HTTP/1.1", "Host: 127.0.0.1", f"Authorization: Bearer {token}", "Content-Type: application/json",
        f"Content-Length: {len(body)}", f"Idempotency-Key: {key}", "", "",
    ]  # fmt: skip
    opened = socket.create_connection(("127.0.0.1", port), timeout=30)
    try:
        opened.sendall("\r\n".join(head).encode() + body[:cut])
    except BaseException:
        opened.close()
        raise
    return opened
