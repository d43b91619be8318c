"""How the service is served: gunicorn reads this file by itself where it is started; its command line wins over it."""

import ctypes
import gc
import os
import re
import shutil
import signal
import sys
import tempfile
from pathlib import Path
from typing import Any

bind = "127.0.0.1:8000"
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
worker_class = "ledger.web.worker.PatientWorker"  # gthread, whose threads wait on nobody's line
threads = 4
# Longer than a proxy keeps its connections (nginx: 60), so that it is never we who hang up while the next request is on its way.
keepalive = 75

# Who asks, and by which scheme, is told by as many proxies as the settings say (LEDGER_PROXIES), and by no header that a client
# may write: gunicorn would believe whatever comes from this machine, and fail on a SCRIPT_NAME that fits no path.
secure_scheme_headers: dict[str, str] = {}
forwarder_headers = ""

logger_class = "ledger.web.serverlog.ServerLog"  # its own words as lines of JSON, like all others

# Requests run in threads while the worker's heart goes on beating: this only ends a worker that hangs as a whole.
timeout = 120
# A batch of 32 MiB may be on its way into the log when the service is told to stop: it is given time to commit and answer.
graceful_timeout = 60

# By default this would open a socket in the home folder, one for all services of a user.
control_socket_disable = True

# What the workers measure is gathered in files: theirs end with them, and the folder with the service that made it. They are
# mapped into memory, and a disk without room for them ends the worker (SIGBUS): where there is one, they lie on one in memory.
# A master that is killed leaves its folder behind; by the process id in its name the next service knows that it is nobody's.
MEMORY = Path("/dev/shm")
FOLDER = "ledger-metrics-"
METRICS = "PROMETHEUS_MULTIPROC_DIR"
made: list[str] = []


def on_starting(server: Any) -> None:
    if METRICS not in os.environ:
        place = MEMORY if os.access(MEMORY, os.W_OK) else Path(tempfile.gettempdir())
        remove_left(place)
        os.environ[METRICS] = tempfile.mkdtemp(prefix=f"{FOLDER}{os.getpid()}-", dir=place)
        made.append(os.environ[METRICS])
    for old in Path(os.environ[METRICS]).glob("*.db"):
        old.unlink()  # figures of an earlier run would be added to ours


def remove_left(place: Path) -> None:
    for folder in place.glob(f"{FOLDER}*"):
        master = re.match(rf"{FOLDER}([0-9]{{1,9}})-", folder.name)
        if master and not is_there(int(master[1])):
            shutil.rmtree(folder, ignore_errors=True)


def is_there(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # somebody else's
        return True
    return pid != os.getpid()  # ours is of this moment: what bears its number is of one who had it before


def pre_fork(server: Any, worker: Any) -> None:
    # How many there are in truth, whatever the command line said: each allows its share of what a caller may ask for.
    os.environ["WEB_CONCURRENCY"] = str(server.num_workers)


def post_fork(server: Any, worker: Any) -> None:
    # A worker whose master was killed would go on serving those who keep their connections, and hold the port against the next
    # master for as long. On Linux the kernel tells it to stop in order (PR_SET_PDEATHSIG).
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGTERM)


def post_worker_init(worker: Any) -> None:
    # What is loaded stays for good. Counted among the rest, it would let garbage pile up to a quarter of its size before anybody
    # looks: memory that grows for hours.
    gc.collect()
    gc.freeze()
    if loaded := sys.modules.get("wsgi"):  # whatever else is served by these settings publishes nothing
        loaded.publish()


def child_exit(server: Any, worker: Any) -> None:
    from prometheus_client.multiprocess import mark_process_dead

    mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]


def on_exit(server: Any) -> None:
    for folder in made:
        shutil.rmtree(folder, ignore_errors=True)
