"""What whoever runs the service sees of it, from the real server: its lines, its figures, and whether it is ready."""

import http.client
import json
import os
import re
import shutil
import signal
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from ledger.actions.access import create_token
from ledger.actions.ledger import Ledger
from ledger.config import Settings
from tests.actions.scene import licence, patent, play
from tests.faults.service import ROOT, Place, Server, serving
from tests.postgres import wait_until

SECONDS = 20.0
MEMORY, FOLDER = Path("/dev/shm"), "ledger-metrics-"
SECRET = "机密合同-4711"


@pytest.fixture(scope="module")
def place(migrated_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Place:
    return played(migrated_file, tmp_path_factory.mktemp("machine-room"))


def played(migrated_file: Path, folder: Path) -> Place:
    url = f"sqlite:///{shutil.copyfile(migrated_file, folder / 'ledger.db')}"
    ledger = Ledger.open(Settings(database_url=url, signing_key_file=folder / "signing.key"))
    play(ledger)
    recorder = create_token(ledger, role="recorder", centre="c1", name="张三")
    tokens = {"c1": recorder, "auditor": create_token(ledger, role="auditor")}
    ledger.engine.dispose()
    return Place(url, folder, tokens, 0)


@pytest.fixture(scope="module")
def server(place: Place) -> Iterator[Server]:
    with serving(place, workers=2) as running:
        yield running


def ask(
    server: Server, method: str, path: str, body: Any = None, *, token: str = "", **headers: str
) -> tuple[http.client.HTTPResponse, bytes]:
    told = {name.replace("_", "-"): value for name, value in headers.items()}
    if token:
        told["Authorization"] = f"Bearer {token}"
    if body is not None:
        told["Content-Type"] = "application/json"
    with closing(http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)) as line:
        line.request(method, path, None if body is None else json.dumps(body).encode(), told)
        answer = line.getresponse()
        return answer, answer.read()


def lines(server: Server) -> list[dict[str, Any]]:
    """All that it has said; every line is JSON."""
    return [json.loads(line) for line in server.told().splitlines()]


def line_of(server: Server, request: str) -> dict[str, Any]:
    """The line of one request, once it is written."""
    found: list[dict[str, Any]] = []

    def there() -> bool:
        found[:] = [line for line in lines(server) if line["event"] == "request" and line["request_id"] == request]
        return bool(found)

    wait_until(there, SECONDS)
    assert len(found) == 1
    return found[0]


# --- lines -----------------------------------------------------------------------------------------------------------


def said(number: int) -> dict[str, Any]:
    kind, body = patent(number)
    return {"kind": kind, "centre": "c1", "body": body}


def test_a_line_tells_who_recorded_which_entry_and_how_long_it_took(server: Server, place: Place) -> None:
    answer, body = ask(server, "POST", "/v1/entries", said(700), token=place.tokens["c1"], X_Request_ID="one", Idempotency_Key="k1")
    assert answer.status == 201
    line = line_of(server, "one")
    told = {name: line[name] for name in ("method", "path", "route", "status", "role", "caller", "centre", "entry", "count")}
    assert told == {
        "method": "POST", "path": "/v1/entries", "route": "entries.record_entry", "status": 201, "role": "recorder",
        "caller": "张三", "centre": "c1", "entry": json.loads(body)["index"], "count": 1,
    }  # fmt: skip
    assert line["ms"] > 0
    assert {"timestamp", "level", "pid"} <= line.keys()
    assert "code" not in line


def test_a_batch_tells_its_first_entry_and_how_many(server: Server, place: Place) -> None:
    batch = {"entries": [said(number) for number in range(710, 715)]}
    _, body = ask(server, "POST", "/v1/entries/batch", batch, token=place.tokens["c1"], X_Request_ID="batch")
    line = line_of(server, "batch")
    assert (line["entry"], line["count"]) == (json.loads(body)["first"], 5)


def test_a_replay_and_a_rehearsal_are_not_told_as_recorded(server: Server, place: Place) -> None:
    token, key = place.tokens["c1"], {"Idempotency_Key": "k2"}
    first = json.loads(ask(server, "POST", "/v1/entries", said(720), token=token, X_Request_ID="first", **key)[1])
    ask(server, "POST", "/v1/entries", said(720), token=token, X_Request_ID="again", **key)
    ask(server, "POST", "/v1/entries?dry_run=true", said(721), token=token, X_Request_ID="dry")
    assert line_of(server, "first")["count"] == 1
    again, dry = line_of(server, "again"), line_of(server, "dry")
    assert (again["entry"], again["replayed"], "count" in again) == (first["index"], True, False)
    assert not {"entry", "count"} & dry.keys()


def test_a_refusal_tells_its_code(server: Server, place: Place) -> None:
    ask(server, "GET", "/v1/entries/999999", token=place.tokens["auditor"], X_Request_ID="missing")
    ask(server, "POST", "/v1/entries", said(730), X_Request_ID="nobody")
    assert (line_of(server, "missing")["status"], line_of(server, "missing")["code"]) == (404, "not-found")
    assert (line_of(server, "nobody")["code"], "caller" in line_of(server, "nobody")) == ("unauthenticated", False)


def test_no_line_holds_a_token_a_body_or_a_query(server: Server, place: Place) -> None:
    token, wrong = place.tokens["c1"], "A" * 43
    kind, body = licence(SECRET, [1])
    contract = {"kind": kind, "centre": "c1", "body": body}
    ask(server, "POST", f"/v1/entries?dry_run={SECRET_IN_A_QUERY}", contract, token=token, X_Request_ID="q1")
    ask(server, "POST", "/v1/entries", contract, token=token, X_Request_ID="q2")
    ask(server, "GET", f"/v1/entries?party={SECRET_IN_A_QUERY}", token=token, X_Request_ID="q3")
    ask(server, "GET", "/v1/entries", token=wrong, X_Request_ID="q4")
    ask(server, "GET", f"/v1/entries?token={token}", X_Request_ID="q5")
    for name in ("q1", "q2", "q3", "q4", "q5"):
        line_of(server, name)
    # A token where nobody looks for one.
    ask(server, "GET", f"/v1/patents/{token}", token=token)
    ask(server, "GET", f"/v1/entries/{token}", token=token, X_Request_ID=token)
    # What never becomes a request: a token where no header may be.
    for raw in (f"GET /v1/entries HTTP/1.1\r\nAuthorization Bearer {token}\r\n\r\n", f"{token} / HTTP/9\r\n\r\n"):
        with closing(http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)) as line:
            line.connect()
            line.sock.sendall(raw.encode())
            line.sock.recv(65_536)
    told = server.told()
    for secret in (token, wrong, SECRET, SECRET_IN_A_QUERY, json.dumps(SECRET)[1:-1]):
        assert secret not in told


SECRET_IN_A_QUERY = "perhaps-a-secret"


def test_start_stop_and_publishing_are_told_in_the_same_form(migrated_file: Path, tmp_path: Path) -> None:
    place = played(migrated_file, tmp_path)
    with serving(place, workers=1, words=["--access-logfile", "-"]) as server:
        ask(server, "POST", "/v1/entries?dry_run=false", said(740), token=place.tokens["c1"])
        wait_until(lambda: "published" in [line["event"] for line in lines(server)], SECONDS)
        _, receipt = ask(server, "POST", "/v1/entries", said(741), token=place.tokens["c1"])
        server.stop()
        told = lines(server)
    events = [line["event"] for line in told]
    assert events[0].startswith("Starting gunicorn")
    assert any(event.startswith("Booting worker") for event in events)
    assert events[-1].startswith("Shutting down")
    # What was acknowledged is signed before it ends, and lies in the file itself, with nothing beside it.
    assert not (tmp_path / "ledger.db-wal").exists()
    [size] = [line["size"] for line in told if line["event"] == "published"][-1:]
    assert size == json.loads(receipt)["index"] + 1
    assert all({"level", "timestamp", "pid"} <= line.keys() for line in told)
    assert "dry_run" not in server.told()  # its own access log would hold queries


# --- figures ---------------------------------------------------------------------------------------------------------


def figures(server: Server, place: Place) -> dict[str, float]:
    answer, body = ask(server, "GET", "/metrics", token=place.tokens["auditor"])
    assert answer.status == 200
    told = [line.rsplit(" ", 1) for line in body.decode().splitlines() if not line.startswith("#")]
    return {name: float(value) for name, value in told}


def summed(told: Mapping[str, float], name: str, word: str = "") -> float:
    return sum(value for key, value in told.items() if key.partition("{")[0] == name and word in key)


def test_figures_tell_what_was_recorded_refused_published_and_is_in_use(server: Server, place: Place) -> None:
    before = figures(server, place)
    token = place.tokens["c1"]
    ask(server, "POST", "/v1/entries/batch", {"entries": [said(number) for number in range(800, 807)]}, token=token)
    ask(server, "POST", "/v1/entries", said(807), token=token, Idempotency_Key="k3")
    ask(server, "POST", "/v1/entries", said(807), token=token, Idempotency_Key="k3")
    ask(server, "POST", "/v1/entries?dry_run=true", said(808), token=token)
    ask(server, "POST", "/v1/entries", {"kind": "patent"}, token=token)
    after = figures(server, place)

    def more(name: str, word: str = "") -> float:
        return summed(after, name, word) - summed(before, name, word)

    assert more("ledger_entries_recorded_total", 'kind="patent"') == more("ledger_entries_recorded_total") == 8
    assert more("ledger_refusals_total") == 1
    assert more("ledger_requests_total", 'route="entries.record_entry"') == 4
    assert more("ledger_request_seconds_count", "entries.record_entry") == 4
    assert summed(after, "ledger_requests_in_flight") == 1  # this very one
    opened, used = (summed(after, "ledger_database_connections", f'state="{state}"') for state in ("open", "in_use"))
    assert opened >= max(used, 1)
    assert used >= 0
    wait_until(lambda: summed(figures(server, place), "ledger_publishing_rounds_total", "published") > 0, SECONDS)
    assert [summed(after, "ledger_publishing_rounds_total", outcome) for outcome in ("hindered", "failed")] == [0, 0]
    assert after["ledger_size"] > before["ledger_size"]


def test_the_figures_that_the_page_on_operations_names_are_told(server: Server, place: Place) -> None:
    ask(server, "GET", "/v1/entries/999999", token=place.tokens["auditor"])
    ask(server, "POST", "/v1/entries", said(850), token=place.tokens["c1"])
    page = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    named = set(re.findall(r"\b(ledger_(?:[a-z]+_)*(?:total|seconds|bucket|flight|connections|size))\b", page))
    named -= {"ledger_backup_timestamp_seconds"}  # which the job that makes backups leaves
    there = {name.partition("{")[0] for name in figures(server, place)}
    assert named
    assert {name for name in named if not {name, f"{name}_bucket"} & there} == set()


def test_counters_outlive_a_killed_worker_and_what_it_held_does_not(place: Place) -> None:
    with serving(place, workers=2) as server:
        metrics = place.folder / f"metrics-{server.port}"
        first, second = server.worker_pids()
        sent = 0
        while not all(any(name.startswith("histogram") for name in of_process(metrics, pid)) for pid in (first, second)):
            with ThreadPoolExecutor(8) as threads:  # at once, so that both workers have some to answer
                sent += len(list(threads.map(lambda _: ask(server, "GET", "/v1/programmes"), range(16))))
        told = figures(server, place)
        assert summed(told, "ledger_requests_total", "list_programmes") == sent
        os.kill(first, signal.SIGKILL)
        wait_until(lambda: first not in server.worker_pids() and len(server.worker_pids()) == 2, SECONDS)
        wait_until(lambda: not [name for name in of_process(metrics, first) if name.startswith("gauge_live")], SECONDS)
        after = figures(server, place)
        back = {name: (value, after.get(name)) for name, value in told.items() if is_counter(name) and after.get(name, 0) < value}
        assert back == {}
        assert summed(after, "ledger_requests_in_flight") == 1
        server.stop()


def of_process(folder: Path, pid: int) -> list[str]:
    return [path.name for path in folder.glob(f"*_{pid}.db")]


def is_counter(name: str) -> bool:
    return name.partition("{")[0].endswith(("_total", "_count", "_sum", "_bucket"))


def test_the_folder_of_figures_begins_empty_and_goes_with_the_service(place: Place, tmp_path: Path) -> None:
    stale = tmp_path / "counter_1.db"
    stale.write_bytes(b"\0" * 100)
    with serving(place, workers=1, more={"PROMETHEUS_MULTIPROC_DIR": str(tmp_path)}) as server:
        assert not stale.exists()
        figures(server, place)
        server.stop()
    # One that the service has made for itself is gone with it.
    with serving(place, workers=1, more={"PROMETHEUS_MULTIPROC_DIR": None, "TMPDIR": str(tmp_path)}) as server:
        [made] = [found for pid in server.worker_pids() for found in opened_below(pid, FOLDER)]
        assert made.is_dir()
        server.stop()
    assert not made.exists()


def test_the_folder_of_a_service_that_was_killed_goes_when_the_next_one_starts(place: Place, tmp_path: Path) -> None:
    others = MEMORY / f"{FOLDER}{os.getpid()}-living"
    others.mkdir()
    try:
        with serving(place, workers=1, more={"PROMETHEUS_MULTIPROC_DIR": None}) as server:
            [left] = [found for pid in server.worker_pids() for found in opened_below(pid, FOLDER)]
            server.kill()
            assert left.is_dir()
            server.start()
            [made] = [found for pid in server.worker_pids() for found in opened_below(pid, FOLDER)]
            assert not left.exists()
            assert made.is_dir()
            assert others.is_dir()
    finally:
        others.rmdir()
    assert not made.exists()


def opened_below(pid: int, name: str) -> set[Path]:
    """The folders of that name whose files a process has mapped (Linux)."""
    mapped = (line.split(maxsplit=5)[-1] for line in Path(f"/proc/{pid}/maps").read_text().splitlines())
    return {Path(path).parent for path in mapped if name in path}
