"""What is measured, set up for the time of a run: databases on a PostgreSQL of one's own and on SQLite, and gunicorn in front.

Servers listen on 127.0.0.1 alone, are served by the project's own `gunicorn.conf.py`, and are gone when the run is over, also
when it is broken off. PostgreSQL waits for the disk at every commit, as in production (`tests.postgres`, durable).
"""

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import IO

from sqlalchemy import create_engine, make_url

from ledger.actions.ledger import Ledger
from ledger.config import Settings
from ledger.store.database import connect
from ledger.store.schema import migrate
from tests.postgres import end_with_parent, free_port, wait_until

HOME = Path(__file__).resolve().parent.parent
START_SECONDS, STOP_SECONDS = 30, 20


@contextmanager
def database(server_url: str, name: str) -> Iterator[str]:
    """A database of its own on a PostgreSQL server."""
    admin = create_engine(server_url, isolation_level="AUTOCOMMIT")
    try:
        with admin.connect() as connection:
            connection.exec_driver_sql(f"CREATE DATABASE {name}")
        try:
            yield make_url(server_url).set(database=name).render_as_string(hide_password=False)
        finally:
            with admin.connect() as connection:
                connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")
    finally:
        admin.dispose()


@contextmanager
def opened(url: str, key: Path) -> Iterator[Ledger]:
    """A ledger on a database that is brought to the newest schema first, signed with a key of its own."""
    engine = connect(url)
    migrate(engine)
    engine.dispose()
    ledger = Ledger.open(Settings(database_url=url, signing_key_file=key))
    try:
        yield ledger
    finally:
        ledger.engine.dispose()


@dataclass(frozen=True)
class Served:
    """A gunicorn that was started; it answers when `wait` is over."""

    port: int
    answers_at: str
    running: subprocess.Popen[bytes]
    said: IO[bytes]

    def wait(self) -> int:
        """Its port, once it answers."""
        wait_until(self._answers, START_SECONDS)
        return self.port

    def _answers(self) -> bool:
        if self.running.poll() is not None:
            self.said.seek(0)
            raise RuntimeError(f"gunicorn did not start\n{self.said.read().decode(errors='replace')}")
        asking = HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            asking.request("GET", self.answers_at)
            return asking.getresponse().status == 200
        except OSError:
            return False
        finally:
            asking.close()


@contextmanager
def served(application: str, answers_at: str, environment: Mapping[str, str] | None = None) -> Iterator[Served]:
    """An application behind gunicorn, on a free port."""
    port = free_port()
    inherited = {name: value for name, value in os.environ.items() if name not in ("PROMETHEUS_MULTIPROC_DIR", "WEB_CONCURRENCY")}
    words = [sys.executable, "-m", "gunicorn", "--config", "gunicorn.conf.py", "--bind", f"127.0.0.1:{port}", application]
    with tempfile.TemporaryFile() as said:
        running = subprocess.Popen(
            words, cwd=HOME, env=inherited | dict(environment or {}), stdin=subprocess.DEVNULL, stdout=said, stderr=said,
            preexec_fn=end_with_parent,
        )  # fmt: skip
        try:
            yield Served(port, answers_at, running, said)
        finally:
            running.send_signal(signal.SIGTERM)
            try:
                running.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                running.kill()
                running.wait()
