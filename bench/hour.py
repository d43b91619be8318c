"""`python -m bench.hour [MINUTES]`: writers, readers, exports, log readers and page users at once, with a restart in the middle.

What is looked for is not speed but steadiness: no answer that is an error, nothing acknowledged that is not there afterwards, and
workers whose memory does not grow. The load is paced, so that two runs on different machines ask for the same work. While the
service is down for its restart, callers try again; whoever wrote sends the same Idempotency-Key. A line a minute is printed, and
a summary at the end; `--csv FILE` keeps every sample.
"""

import argparse
import csv
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path

from bench.callers import PATIENCE_SECONDS, WRITERS, Load, Tally
from bench.load import percentile
from bench.scene import settle
from bench.servers import HOME, STOP_SECONDS, database, opened
from bench.years import centres_of, record_all, years
from ledger.actions.check import check
from ledger.actions.ledger import Ledger
from ledger.signing import load_key
from tests.postgres import end_with_parent, free_port, postgres, wait_until

ROWS = 3_000  # deal lines that are there before the hour begins
SAMPLE_SECONDS = 10
WARM_SECONDS = 300  # of each worker's life, in which its caches fill


class Server:
    """The service, by the project's own gunicorn.conf.py, always on the same port."""

    def __init__(self, environment: dict[str, str]) -> None:
        self.port = free_port()
        self.environment = environment
        self.running: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        words = [sys.executable, "-m", "gunicorn", "--config", "gunicorn.conf.py", "--bind", f"127.0.0.1:{self.port}", "wsgi:app"]
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(("LEDGER_", "PROMETHEUS_", "WEB_"))}
        self.running = subprocess.Popen(
            words, cwd=HOME, env=inherited | self.environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, preexec_fn=end_with_parent,
        )  # fmt: skip
        wait_until(self.answers, 60)

    def answers(self) -> bool:
        asking = HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            asking.request("GET", "/readyz")
            return asking.getresponse().status == 200
        except OSError:
            return False
        finally:
            asking.close()

    def end(self) -> None:
        if self.running:
            self.running.send_signal(signal.SIGTERM)
            self.running.wait(STOP_SECONDS * 5)
            self.running = None

    def memory(self) -> dict[int, float]:
        """MiB that are each worker's alone: shares of libraries move with the neighbours. The master serves nobody."""
        assert self.running
        found = {}
        for task in Path(f"/proc/{self.running.pid}/task").iterdir():
            for pid in (task / "children").read_text().split():
                if (size := private(int(pid))) is not None:
                    found[int(pid)] = size
        return found


def private(pid: int) -> float | None:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return None
    return sum(int(line.split()[1]) for line in lines if line.startswith("Private_")) / 1024


@dataclass(frozen=True)
class Sample:
    seconds: float
    workers: dict[int, float]
    asked: int
    recorded: int
    again: int
    errors: int
    p50: float
    p99: float


def main() -> None:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended"))
    parser = argparse.ArgumentParser(prog="python -m bench.hour", description="A steady mixed load, with a restart in the middle.")
    parser.add_argument("minutes", nargs="?", type=float, default=60)
    parser.add_argument("--csv", type=Path, metavar="FILE")
    parser.add_argument("--sqlite", action="store_true", help="on SQLite in place of PostgreSQL")
    told = parser.parse_args()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="ledger-hour-")))
        url = f"sqlite:///{folder / 'ledger.db'}"
        if not told.sqlite:
            url = stack.enter_context(database(stack.enter_context(postgres(durable=True)), "hour"))
        key = folder / "signing.key"
        ledger = stack.enter_context(opened(url, key))
        held = record_all(ledger, years(ROWS))
        if not told.sqlite:
            settle(ledger)
        server = Server({"LEDGER_DATABASE_URL": url, "LEDGER_SIGNING_KEY_FILE": str(key)})
        stack.callback(server.end)
        server.start()
        ok = drive(server, ledger, folder, key, held.entries, told.minutes * 60, told.csv)
    sys.exit(0 if ok else 1)


def drive(server: Server, ledger: Ledger, folder: Path, key: Path, entries: int, seconds: float, file: Path | None) -> bool:
    tally, stop = Tally(), threading.Event()
    load = Load(server.port, tally, ledger, centres_of(ROWS), stop)
    wait_until(lambda: load_key(key) is not None, 60)  # made with the first checkpoint
    signer = load_key(key)
    assert signer is not None
    work: list[tuple[str, Callable[[], None]]] = [
        *((f"w{n}", lambda n=n: load.writer(n)) for n in range(WRITERS)), ("batches", load.batches),
        *((f"r{n}", lambda n=n: load.reader(n)) for n in range(3)),
        ("exporter", lambda: load.exporter(folder, str(signer.key))), ("log", load.log_reader), ("page", load.page_user),
        ("monitor", load.monitor),
    ]  # fmt: skip
    threads = [threading.Thread(target=guarded, args=(tally, name, one), name=name) for name, one in work]
    for thread in threads:
        thread.start()
    samples: list[Sample] = []
    begun, restarted, down = time.monotonic(), False, 0.0
    try:
        while (passed := time.monotonic() - begun) < seconds:
            time.sleep(min(SAMPLE_SECONDS, max(0.1, seconds - passed)))
            samples.append(sample(server, tally, time.monotonic() - begun))
            if not restarted and time.monotonic() - begun > seconds / 2:
                restarted, away = True, time.monotonic()
                server.end()
                server.start()
                down = time.monotonic() - away
                print(f"restarted: away for {down:.1f} s", flush=True)
            tell(samples)
    finally:
        stop.set()
        for thread in threads:
            thread.join(PATIENCE_SECONDS * 2)
    if file:
        keep(file, samples)
    return summary(ledger, tally, samples, entries, down)


def guarded(tally: Tally, name: str, work: Callable[[], None]) -> None:
    try:
        work()
    except Exception as error:  # whatever a caller meets is a finding of the run
        tally.wrong(f"{name}: {error!r}")


def sample(server: Server, tally: Tally, seconds: float) -> Sample:
    workers = server.memory()
    with tally.lock:
        recent = list(tally.recent) or [0.0]
        tally.recent.clear()
        return Sample(seconds, workers, tally.asked.total(), tally.recorded, tally.again, len(tally.errors),
                      percentile(recent, 50), percentile(recent, 99))  # fmt: skip


def tell(samples: list[Sample]) -> None:
    per_minute = round(60 / SAMPLE_SECONDS)
    if len(samples) % per_minute == 1:
        one = samples[-1]
        memory = " + ".join(f"{size:.1f}" for size in one.workers.values())
        print(f"{one.seconds / 60:5.1f} min  {one.recorded:6} recorded  {one.asked:7} answers  {one.errors} errors  "
              f"p50 {one.p50:6.1f} ms  p99 {one.p99:7.1f} ms  workers {memory} MiB", flush=True)  # fmt: skip


def keep(file: Path, samples: list[Sample]) -> None:
    with file.open("w", newline="") as out:
        rows = csv.writer(out)
        rows.writerow(["seconds", "worker_mib", "answers", "recorded", "sent_again", "errors", "p50_ms", "p99_ms"])
        for one in samples:
            memory = "+".join(f"{size:.1f}" for size in one.workers.values())
            times = (f"{one.p50:.1f}", f"{one.p99:.1f}")
            rows.writerow([f"{one.seconds:.0f}", memory, one.asked, one.recorded, one.again, one.errors, *times])


def summary(ledger: Ledger, tally: Tally, samples: list[Sample], entries: int, down: float) -> bool:
    with ledger.read() as reading:
        size = reading.size
    deviations = list(check(ledger))
    print(f"answers   {dict(tally.asked)}; sent again {tally.again}, replayed {tally.replayed}; away {down:.1f} s")
    print(f"entries   {entries} before, {tally.recorded} acknowledged, {size} there: {size - entries - tally.recorded} too many")
    for pid in sorted({pid for one in samples for pid in one.workers}):
        life = [(one.seconds, one.workers[pid]) for one in samples if pid in one.workers]
        warm = [point for point in life if point[0] > life[0][0] + WARM_SECONDS]
        if len(warm) > 2:
            slope = statistics.linear_regression([t for t, _ in warm], [size for _, size in warm]).slope * 3600
            sizes = f"{life[0][1]:.1f} MiB at first, {warm[0][1]:.1f} when warm, {warm[-1][1]:.1f} at the end"
            print(f"memory    worker {pid}: {sizes}; {slope:+.1f} MiB an hour")
    print(f"errors    {len(tally.errors)}; check: {len(deviations)} deviations", flush=True)
    for what in [*tally.errors, *map(str, deviations)][:20]:
        print(f"          {what[:400]}")
    return not tally.errors and not deviations and size == entries + tally.recorded


if __name__ == "__main__":
    main()
