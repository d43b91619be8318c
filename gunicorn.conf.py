"""How the service is served: gunicorn reads this file by itself where it is started; its command line wins over it."""

import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

bind = "127.0.0.1:8000"
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
worker_class = "gthread"
threads = 4

# Requests run in threads while the worker's heart goes on beating: this only ends a worker that hangs as a whole.
timeout = 120
# A batch of 32 MiB may be on its way into the log when the service is told to stop: it is given time to commit and answer.
graceful_timeout = 60

# By default this would open a socket in the home folder, one for all services of a user.
control_socket_disable = True

# What the workers measure is gathered in files: theirs end with them, and the folder with the service that made it.
METRICS = "PROMETHEUS_MULTIPROC_DIR"
made: list[str] = []


def on_starting(server: Any) -> None:
    if METRICS not in os.environ:
        os.environ[METRICS] = tempfile.mkdtemp(prefix="ledger-metrics-")
        made.append(os.environ[METRICS])
    for old in Path(os.environ[METRICS]).glob("*.db"):
        old.unlink()  # figures of an earlier run would be added to ours


def post_worker_init(worker: Any) -> None:
    if loaded := sys.modules.get("wsgi"):  # whatever else is served by these settings publishes nothing
        loaded.publish()


def child_exit(server: Any, worker: Any) -> None:
    from prometheus_client.multiprocess import mark_process_dead

    mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]


def on_exit(server: Any) -> None:
    for folder in made:
        shutil.rmtree(folder, ignore_errors=True)
