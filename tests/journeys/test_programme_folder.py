"""A new programme is a file in a folder: served after a restart, or named with its faults, and then nothing is served at all.

Everything here is the service as it is run: its own processes, settings from the environment, HTTP.
"""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from sqlalchemy import Engine

from ledger.actions.access import create_token
from tests.actions.scene import found, ledger_on, licence, patent, say
from tests.kpi.test_refusals import BROKEN, REFUSED
from tests.postgres import free_port, wait_until

HOME = Path(__file__).parents[2]
START_SECONDS = 30
NAMES = ("circles", "drops", "encoding", "goals", "ids", "missing", "sums", "syntax", "units", "windows")

PROGRAMME = """
[metric.licences_to_small_firms]
extends = "hei_sme_times"
label = { zh = "许可次数", en = "Licences" }
[metric.licences_to_small_firms.where]
"kind" = ["licence"]

[programme.yichang-2026]
title = { zh = "宜昌市专项", en = "Yichang" }
source = "市局文件"
subject = "centre"
months = 12
target = [
  { id = "licences", clause = "一", metric = "licences_to_small_firms", window = "period", op = ">=", value = "2" },
]
"""


def environment(url: str, folder: Path | None, **more: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("LEDGER_", "PROMETHEUS_"))}
    told = {"LEDGER_DATABASE_URL": url, "LEDGER_PROGRAMMES": str(folder or ""), "WEB_CONCURRENCY": "1", "LC_ALL": "C.UTF-8"}
    return kept | told | more


def gunicorn(port: int) -> list[str]:
    return [sys.executable, "-m", "gunicorn", "--bind", f"127.0.0.1:{port}", "wsgi:app"]


@contextmanager
def served(url: str, folder: Path | None, log: Path) -> Iterator[str]:
    """The address of a service, which is asked to end afterwards and must do so in order."""
    port = free_port()
    told = environment(url, folder, LEDGER_SIGNING_KEY_FILE=str(log.with_name("signing.key")))
    with log.open("wb") as said:
        server = subprocess.Popen(gunicorn(port), cwd=HOME, env=told, stdout=said, stderr=said)
    try:
        wait_until(lambda: server.poll() is not None or _listens(port), START_SECONDS)
        yield f"http://127.0.0.1:{port}"
        server.send_signal(signal.SIGTERM)
        assert server.wait(START_SECONDS) == 0, log.read_text()
    finally:
        server.kill()
        server.wait()


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def ask(address: str, token: str | None = None, value: Any = None) -> tuple[int, Any]:
    headers = {"Content-Type": "application/json", **({"Authorization": f"Bearer {token}"} if token else {})}
    try:
        with urlopen(Request(address, None if value is None else json.dumps(value).encode(), headers), timeout=30) as answer:
            return answer.status, json.load(answer)
    except HTTPError as error:
        with error:
            return error.code, json.load(error)


def test_a_programme_is_served_from_its_folder_after_a_restart(database_url: str, engine: Engine, tmp_path: Path) -> None:
    ledger = ledger_on(engine)
    found(ledger)
    say(ledger, "recorder", "c1", patent(1), licence("L-1", [1], registered_on="2025-09-10"))
    office = create_token(ledger, role="authority", centre="hb-ipo")
    auditor = create_token(ledger, role="auditor")
    folder, log = tmp_path / "programmes", tmp_path / "log"
    folder.mkdir()
    takes_part = {"programme": "yichang-2026", "subject": "c1", "state": "started", "on": "2025-09-01", "start_on": "2025-09-01",
                  "industry": "photonics"}  # fmt: skip
    entry = {"kind": "participation", "centre": "hb-ipo", "body": takes_part}

    with served(database_url, folder, log) as address:
        assert ask(f"{address}/v1/programmes/yichang-2026")[0] == 404
        (folder / "yichang.toml").write_text(PROGRAMME, encoding="utf-8")
        assert ask(f"{address}/v1/programmes/yichang-2026")[0] == 404  # files are read at the start, once
        assert ask(f"{address}/v1/entries", office, entry)[0] == 422

    with served(database_url, folder, log) as address:
        status, programme = ask(f"{address}/v1/programmes/yichang-2026")
        assert (status, programme["id"], programme["title"]["zh"]) == (200, "yichang-2026", "宜昌市专项")
        assert {one["id"] for one in ask(f"{address}/v1/programmes")[1]["items"]} >= {"yichang-2026", "hubei-2025"}
        assert "licences_to_small_firms" in {one["id"] for one in ask(f"{address}/v1/metrics")[1]["items"]}
        assert ask(f"{address}/v1/entries", office, entry)[0] == 201
        status, card = ask(f"{address}/v1/programmes/yichang-2026/scorecards/c1?on=2025-12-31", auditor)
    assert status == 200
    assert card["programme_digest"] == programme["digest"]
    assert card["period"] == {"from": "2025-09-01", "to": "2026-09-01"}
    [target] = card["targets"]
    assert (target["id"], target["value"], target["target"], target["completion"]) == ("licences", "1", "2", "50.00")


def ended(words: list[str], url: str, folder: Path) -> tuple[int, str]:
    """How a process ends by itself: its exit code and what it said on stderr."""
    done = subprocess.run(words, cwd=HOME, env=environment(url, folder), capture_output=True, timeout=START_SECONDS)
    assert done.stdout == b""
    return done.returncode, done.stderr.decode()


def names_every_fault(said: str, name: str, file: Path) -> None:
    for key, reason in REFUSED[f"{name}.toml"]:
        assert any(f"{file}: {key}: " in line and reason in line for line in said.splitlines()), (key, reason)


@pytest.fixture
def folder(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    """A folder with a good file and a broken one."""
    made = tmp_path / "programmes"
    made.mkdir()
    (made / "yichang.toml").write_text(PROGRAMME, encoding="utf-8")
    (made / "broken.toml").write_bytes((BROKEN / f"{request.param}.toml").read_bytes())
    return made


def broken(*names: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize(("folder", "name"), [(name, name) for name in names], ids=names, indirect=["folder"])


@broken(*NAMES)
def test_the_command_refuses_to_serve_and_names_every_fault(sqlite_url: str, folder: Path, name: str) -> None:
    code, said = ended([sys.executable, "-m", "ledger", "serve", "--bind", f"127.0.0.1:{free_port()}"], sqlite_url, folder)
    assert code == 1
    assert said.startswith("Error: the programmes are wrong:\n")
    assert len(said.splitlines()) == 1 + len(REFUSED[f"{name}.toml"])
    names_every_fault(said, name, folder / "broken.toml")


@broken("units", "syntax")
def test_the_server_ends_at_once_and_names_every_fault(sqlite_url: str, folder: Path, name: str) -> None:
    code, said = ended(gunicorn(free_port()), sqlite_url, folder)
    assert code != 0
    names_every_fault(said, name, folder / "broken.toml")
    assert said.count("Booting worker") == 1  # it does not try again and again


@broken("units")
def test_the_schema_can_be_brought_up_while_programmes_are_wrong(folder: Path, name: str, tmp_path: Path) -> None:
    new = f"sqlite:///{tmp_path}/new.db"
    code, said = ended([sys.executable, "-m", "ledger", "migrate"], new, folder)
    assert (code, [line for line in said.splitlines() if "broken" in line]) == (0, [])
