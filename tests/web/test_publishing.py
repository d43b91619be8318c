"""The server publishes by itself: from each process that serves, from none that only loads, and without standing in its own way."""

import http.client
import os
import runpy
import subprocess
import sys
import time
from contextlib import closing
from types import SimpleNamespace

import pytest

from tests.actions import scene
from tests.web.service import ROOT, Service, gunicorn

AT_ONCE = {"LEDGER_PUBLISH_SECONDS": "1"}
SECONDS = 20
STOP_SECONDS = 5


def published_size(port: int) -> int:
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=30)) as connection:
        connection.request("GET", "/log/checkpoint")
        answer = connection.getresponse()
        text = answer.read().decode()
        return int(text.splitlines()[1]) if answer.status == 200 else 0


def is_published(port: int, size: int) -> bool:
    until = time.monotonic() + SECONDS
    while published_size(port) != size:
        if time.monotonic() > until:
            return False
        time.sleep(0.05)
    return True


@pytest.mark.parametrize("words", [(), ("--preload",)], ids=["loaded by each worker", "loaded before they fork"])
def test_what_is_recorded_is_published_while_nobody_asks_and_the_end_comes_promptly(
    service: Service, words: tuple[str, ...]
) -> None:
    with gunicorn(service, 2, words=words, more=AT_ONCE) as port:
        assert is_published(port, service.size)
        scene.say(service.ledger, "recorder", "c1", scene.patent(90))
        assert is_published(port, service.size)
        ending = time.monotonic()
    assert time.monotonic() - ending < STOP_SECONDS


def in_a_process(service: Service, code: str) -> str:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("LEDGER_", "PROMETHEUS_"))}
    environment["LEDGER_DATABASE_URL"] = service.ledger.settings.database_url
    environment["LEDGER_SIGNING_KEY_FILE"] = str(service.ledger.settings.signing_key_file)
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


FORKS = """
import os, sys, threading, time
import wsgi
names = lambda: sorted(thread.name for thread in threading.enumerate())
print(names(), wsgi.ledger.engine.pool.checkedin(), flush=True)
if not (child := os.fork()):
    client = wsgi.app.test_client()
    codes = {client.get("/healthz").status_code for _ in range(3)}
    print(names(), codes, flush=True)
    while client.get("/log/checkpoint").status_code != 200:
        time.sleep(0.05)
    sys.stdout.flush()
    os._exit(0)
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
print(names())
"""


def test_a_process_publishes_once_it_serves_and_not_before(service: Service) -> None:
    """Whoever forked it: loading starts no thread and keeps no connection, which a fork would lose or share."""
    loaded, child, parent = in_a_process(service, FORKS).splitlines()
    assert loaded == "['MainThread'] 0"
    assert child == "['MainThread', 'keeper', 'publisher'] {200}"
    assert parent == "['MainThread']"


def test_a_worker_of_gunicorn_begins_before_the_first_request(monkeypatch: pytest.MonkeyPatch) -> None:
    called: list[str] = []
    monkeypatch.setitem(sys.modules, "wsgi", SimpleNamespace(publish=lambda: called.append("publish")))
    hook = runpy.run_path(str(ROOT / "gunicorn.conf.py"))["post_worker_init"]
    hook(None)
    assert called == ["publish"]
    monkeypatch.delitem(sys.modules, "wsgi")
    hook(None)  # something else is served
    assert called == ["publish"]
