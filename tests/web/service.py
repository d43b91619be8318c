"""The application in the test's own process, and callers with tokens: `Service(app).as_("recorder", "c1").get("/v1/entries")`.

The ledger is that of `tests.actions.scene`: an office, two centres, and a little of everything.
"""

import http.client
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from ipaddress import ip_address
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from flask import Flask
from werkzeug.test import TestResponse

from ledger.actions.access import create_token
from ledger.actions.ledger import Ledger
from ledger.app import create_app
from ledger.config import Settings
from ledger.store.log import read_head
from ledger.web.context import _EXTENSION
from tests.actions import scene

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 30
CENTRES = {"authority": "hb-ipo"}
ADDRESSES = map(str, map(ip_address, count(int(ip_address("10.0.0.1")))))


@dataclass
class Caller:
    """Somebody with a token (or without one), at an address of their own: what one gets wrong is not held against another."""

    app: Flask
    token: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    address: str = field(default_factory=lambda: next(ADDRESSES))

    def get(self, path: str, **headers: str) -> TestResponse:
        return self.ask("GET", path, headers=headers)

    def post(self, path: str, value: Any = None, *, raw: bytes | None = None, **headers: str) -> TestResponse:
        data = json.dumps(value, ensure_ascii=False).encode() if raw is None else raw
        return self.ask("POST", path, data=data, headers={"Content-Type": "application/json"} | headers)

    def ask(self, method: str, path: str, *, headers: Mapping[str, str] | None = None, **told: Any) -> TestResponse:
        sent = {**self.headers, **{name.replace("_", "-"): value for name, value in (headers or {}).items()}}
        if self.token:
            sent.setdefault("Authorization", f"Bearer {self.token}")
        told.setdefault("environ_base", {"REMOTE_ADDR": self.address})
        # Without a jar of its own, which would send its cookies in place of those among the headers.
        return self.app.test_client(use_cookies=False).open(path, method=method, headers=sent, **told)


class Service:
    """An application with a ledger behind it."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.ledger: Ledger = app.extensions[_EXTENSION]
        self._tokens: dict[tuple[str, str | None, str | None], str] = {}
        self.at: dict[str, int] = {}

    @property
    def nobody(self) -> Caller:
        return Caller(self.app)

    def as_(self, role: str, centre: str | None = None, region: str | None = None, **headers: str) -> Caller:
        key = (role, centre or CENTRES.get(role), region)
        if key not in self._tokens:
            self._tokens[key] = create_token(self.ledger, role=role, centre=key[1], region=region)
        return Caller(self.app, self._tokens[key], {name.replace("_", "-"): value for name, value in headers.items()})

    @property
    def size(self) -> int:
        with self.ledger.read() as reading:
            return read_head(reading.connection).size


@contextmanager
def running(url: str, **settings: Any) -> Iterator[Service]:
    """On a database, with a signing key of its own that goes when the service does."""
    with TemporaryDirectory(prefix="ledger-key-") as folder:
        app = create_app(Settings(**{"database_url": url, "signing_key_file": Path(folder) / "signing.key"} | settings))
        service = Service(app)
        try:
            yield service
        finally:
            service.ledger.engine.dispose()


@contextmanager
def played(url: str, **settings: Any) -> Iterator[Service]:
    """With the scene on it; `at` tells the index of its entries by name."""
    with running(url, **settings) as service:
        service.at = scene.play(service.ledger)
        yield service


def problem_of(response: TestResponse) -> dict[str, Any]:
    """The problem details of a refusal, after looking at what all of them have in common."""
    assert response.content_type == "application/problem+json", (response.status, response.data[:300])
    told: dict[str, Any] = response.json  # type: ignore[assignment]
    assert told["status"] == response.status_code
    assert told["type"] == f"/problems/{told['code']}"
    assert told["request_id"] == response.headers["X-Request-ID"]
    assert told["title"]
    assert told["detail"]
    return told


def codes(response: TestResponse) -> set[tuple[str, str]]:
    """(path, code) of everything that is wrong."""
    return {(error["path"], error["code"]) for error in problem_of(response)["errors"]}


@contextmanager
def gunicorn(
    service: Service, workers: int = 1, *, words: Sequence[str] = (), more: Mapping[str, str] | None = None
) -> Iterator[int]:
    """The real server on the same database, with more words and variables where they are given; its port on 127.0.0.1."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("LEDGER_", "PROMETHEUS_"))}
    environment["LEDGER_DATABASE_URL"] = service.ledger.settings.database_url
    environment["LEDGER_SIGNING_KEY_FILE"] = str(service.ledger.settings.signing_key_file)
    environment |= more or {}
    told = [sys.executable, "-m", "gunicorn", "wsgi:app", "--bind", f"127.0.0.1:{port}", "--workers", str(workers), *words]
    server = subprocess.Popen(told, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        until = time.monotonic() + START_SECONDS
        while not _answers(port):
            assert server.poll() is None, "gunicorn did not start"
            assert time.monotonic() < until, "gunicorn does not answer"
            time.sleep(0.1)
        yield port
    finally:
        server.terminate()
        server.wait(20)


def _answers(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()
