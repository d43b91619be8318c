"""How much one caller may ask for, and how often somebody may be wrong: counted by worker, held against nobody else."""

import http.client
import json
import shutil
import time
from collections.abc import Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import limits.storage.memory
import pytest
from limits import RateLimitItemPerSecond
from sqlalchemy import func, select
from werkzeug.exceptions import TooManyRequests
from werkzeug.test import TestResponse

from ledger.actions.access import create_token, list_tokens, revoke_token
from ledger.store import tables as t
from ledger.web import limits as doors
from ledger.web.limits import DRAWERS, FAILURE_SECONDS, FAILURES, SIGN_IN_SECONDS, SIGN_INS, Limits, network, share, workers
from tests.actions.scene import patent
from tests.web.service import Caller, Service, gunicorn, played, problem_of

PER_SECOND = 3
WRONG = {"Authorization": "Bearer " + "A" * 43}


@dataclass
class Clock:
    now: float = 1_800_000_000.0

    def time(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Time stands still while a test counts."""
    standing = Clock()
    monkeypatch.delenv(doors.WORKERS, raising=False)
    monkeypatch.setattr(doors, "time", SimpleNamespace(time=standing.time))
    monkeypatch.setattr(limits.storage.memory, "time", SimpleNamespace(time=standing.time))
    return standing


def on_a_copy(migrated_file: Path, folder: Path) -> str:
    return f"sqlite:///{shutil.copyfile(migrated_file, folder / 'ledger.db')}"


@pytest.fixture(scope="module")
def open_house(migrated_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with played(on_a_copy(migrated_file, tmp_path_factory.mktemp("limits"))) as service:
        yield service


@pytest.fixture
def unlimited(open_house: Service, clock: Clock) -> Service:
    """Nothing is set, and nobody has been counted."""
    open_house.app.extensions[doors._EXTENSION] = Limits()
    return open_house


@pytest.fixture
def limited(open_house: Service, clock: Clock) -> Service:
    open_house.app.extensions[doors._EXTENSION] = Limits(PER_SECOND)
    return open_house


def statuses(caller: Caller, path: str, times: int, **headers: str) -> list[int]:
    return [caller.get(path, **headers).status_code for _ in range(times)]


def waits(answer: TestResponse) -> int:
    assert problem_of(answer)["code"] == "too-many-requests"
    return int(answer.headers["Retry-After"])


# --- requests a second -----------------------------------------------------------------------------------------------


def test_a_caller_beyond_the_limit_is_told_when_to_come_back(limited: Service, clock: Clock) -> None:
    caller = limited.as_("auditor")
    assert statuses(caller, "/v1/entries", PER_SECOND) == [200] * PER_SECOND
    assert waits(caller.get("/v1/entries")) == 1
    clock.now += 1
    assert caller.get("/v1/entries").status_code == 200


def test_a_refused_request_does_nothing(limited: Service) -> None:
    caller = limited.as_("recorder", "c1")
    kind, body = patent(80)
    before = limited.size
    answers = [caller.post("/v1/entries", {"kind": kind, "centre": "c1", "body": body}) for _ in range(PER_SECOND + 2)]
    assert [answer.status_code for answer in answers] == [201] * PER_SECOND + [429] * 2
    assert limited.size == before + PER_SECOND


def test_a_token_is_one_caller_by_whatever_way_and_from_wherever_it_comes(limited: Service) -> None:
    caller = limited.as_("auditor")
    opened = limited.nobody.post("/session", {"token": caller.token}).headers["Set-Cookie"].partition(";")[0]
    by_cookie = Caller(limited.app, headers={"Cookie": opened})
    assert by_cookie.get("/v1/entries").status_code == 200
    assert statuses(Caller(limited.app, caller.token), "/v1/entries", 2) == [200, 200]
    waits(by_cookie.get("/v1/entries"))
    waits(caller.get("/v1/entries"))


def test_callers_behind_one_address_are_counted_apart(limited: Service) -> None:
    callers = [Caller(limited.app, limited.as_(role).token, address="10.9.9.9") for role in ("auditor", "reader")]
    callers.append(Caller(limited.app, address="10.9.9.9"))
    waits([callers[0].get("/v1/entries") for _ in range(PER_SECOND + 1)][-1])
    assert callers[1].get("/v1/programmes/hubei-2025/scorecards").status_code == 200
    assert callers[2].get("/v1/programmes").status_code == 200


@pytest.mark.parametrize(
    ("path", "status"), [("/v1/programmes", 200), ("/healthz", 200), ("/log/checkpoint", 404), ("/nope", 404), ("/v1/entries", 401)]
)
def test_nobody_is_counted_by_address_wherever_they_knock(limited: Service, path: str, status: int) -> None:
    nobody = limited.nobody
    assert statuses(nobody, path, PER_SECOND) == [status] * PER_SECOND
    waits(nobody.get(path))
    assert limited.nobody.get(path).status_code == status


def test_a_method_that_does_not_apply_is_counted_too(limited: Service) -> None:
    nobody = limited.nobody
    assert [nobody.ask("DELETE", "/v1/entries").status_code for _ in range(PER_SECOND + 1)] == [405] * PER_SECOND + [429]


def test_without_a_setting_nothing_is_counted(unlimited: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise AssertionError("counted")

    monkeypatch.setattr(Limits, "_count", fail)
    assert statuses(unlimited.as_("auditor"), "/v1/entries", 30) == [200] * 30
    assert statuses(unlimited.nobody, "/v1/programmes", 30) == [200] * 30
    assert statuses(unlimited.nobody, "/nope", 30) == [404] * 30


@pytest.mark.parametrize(
    ("per_second", "of", "wanted"),
    [(10, 1, (10, 1)), (10, 2, (5, 1)), (5, 2, (5, 2)), (1, 4, (1, 4)), (100, 16, (25, 4)), (6, 4, (3, 2))],
)
def test_the_shares_of_all_workers_are_the_whole(per_second: int, of: int, wanted: tuple[int, int]) -> None:
    item = share(per_second, of)
    assert (item.amount, item.get_expiry()) == wanted
    assert item.amount * of == per_second * item.get_expiry()


@pytest.mark.parametrize(("told", "number"), [(None, 1), ("", 1), ("3", 3), ("0", 1), ("-2", 1), ("two", 1), ("²", 1)])
def test_the_number_of_workers_is_what_the_server_says(monkeypatch: pytest.MonkeyPatch, told: str | None, number: int) -> None:
    if told is None:
        monkeypatch.delenv(doors.WORKERS, raising=False)
    else:
        monkeypatch.setenv(doors.WORKERS, told)
    assert workers() == number


# --- credentials that are not good -----------------------------------------------------------------------------------


@pytest.mark.parametrize("wrong", ["Bearer " + "A" * 43, "Bearer x", "Bearer a.b.c", "Bearer", "", "Basic YTpi"])
def test_an_address_that_is_wrong_too_often_is_slowed(unlimited: Service, clock: Clock, wrong: str) -> None:
    caller = unlimited.nobody
    assert statuses(caller, "/v1/entries", FAILURES, Authorization=wrong) == [401] * FAILURES
    assert waits(caller.get("/v1/entries", Authorization=wrong)) == FAILURE_SECONDS
    clock.now += FAILURE_SECONDS / 2
    assert waits(caller.get("/v1/entries", Authorization=wrong)) == FAILURE_SECONDS / 2
    clock.now += FAILURE_SECONDS / 2
    assert caller.get("/v1/entries", Authorization=wrong).status_code == 401


def test_good_credentials_pass_from_where_others_fail(unlimited: Service) -> None:
    """An office behind one address cannot be shut out by whoever fails there on purpose, by no way in."""
    address = "10.9.9.9"
    waits([Caller(unlimited.app, address=address).get("/v1/entries", **WRONG) for _ in range(FAILURES + 1)][-1])
    good = Caller(unlimited.app, unlimited.as_("auditor").token, address=address)
    assert good.get("/v1/entries").status_code == 200
    opened = Caller(unlimited.app, address=address).post("/session", {"token": good.token})
    assert opened.status_code == 201
    cookie = opened.headers["Set-Cookie"].partition(";")[0]
    assert Caller(unlimited.app, headers={"Cookie": cookie}, address=address).get("/v1/entries").status_code == 200


def test_one_address_does_not_wait_for_another(unlimited: Service) -> None:
    waits([Caller(unlimited.app, address="10.9.9.9").get("/v1/entries", **WRONG) for _ in range(FAILURES + 1)][-1])
    assert Caller(unlimited.app, address="10.9.9.8").get("/v1/entries", **WRONG).status_code == 401


def test_all_ways_in_count_together_and_the_page_says_how_long(unlimited: Service) -> None:
    caller = unlimited.nobody
    tries = [lambda: caller.get("/v1/entries", **WRONG), lambda: caller.post("/session", {"token": "A" * 43})]
    assert [tries[number % 2]().status_code for number in range(FAILURES)] == [401] * FAILURES
    waits(caller.post("/session", {"token": "a.b.c"}))
    page = caller.ask("POST", "/session", data={"token": "A" * 43}, headers={"Accept": "text/html", "Accept-Language": "en"})
    assert (page.status_code, page.headers["Retry-After"]) == (429, str(FAILURE_SECONDS))
    assert f"Try again in {FAILURE_SECONDS} seconds; a good token need not wait." in page.text


def test_who_shows_nothing_or_a_session_that_has_ended_has_not_tried(unlimited: Service) -> None:
    caller = unlimited.nobody
    assert statuses(caller, "/v1/entries", FAILURES + 5) == [401] * (FAILURES + 5)
    assert statuses(caller, "/v1/entries", FAILURES + 5, Cookie="ledger=" + "A" * 43) == [401] * (FAILURES + 5)
    assert caller.get("/v1/entries", **WRONG).status_code == 401


# --- sign-ins that succeed -------------------------------------------------------------------------------------------


def rows(service: Service) -> int:
    with service.ledger.engine.connect() as connection:
        return connection.scalar(select(func.count()).select_from(t.session)) or 0


def test_whoever_signs_in_without_end_has_to_wait_and_leaves_no_more_rows(unlimited: Service, clock: Clock) -> None:
    """From whatever address, and however good the token: rows of sessions are never deleted."""
    token, before = create_token(unlimited.ledger, role="auditor"), rows(unlimited)
    answers = [Caller(unlimited.app, address=f"10.8.0.{n}").post("/session", {"token": token}) for n in range(SIGN_INS + 2)]
    assert [answer.status_code for answer in answers] == [201] * SIGN_INS + [429] * 2
    assert waits(answers[-1]) == SIGN_IN_SECONDS
    assert "Set-Cookie" not in answers[-1].headers
    assert rows(unlimited) == before + SIGN_INS
    clock.now += SIGN_IN_SECONDS
    assert unlimited.nobody.post("/session", {"token": token}).status_code == 201


def test_whoever_has_to_wait_to_sign_in_keeps_the_session_they_have_and_holds_up_nobody(unlimited: Service) -> None:
    token, other = (create_token(unlimited.ledger, role="auditor") for _ in range(2))
    opened = [unlimited.nobody.post("/session", {"token": token}) for _ in range(SIGN_INS)][-1]
    browser = Caller(unlimited.app, headers={"Cookie": opened.headers["Set-Cookie"].partition(";")[0]})
    waits(browser.post("/session", {"token": token}))
    assert browser.get("/v1/entries").status_code == 200
    assert Caller(unlimited.app, token).get("/v1/entries").status_code == 200
    assert unlimited.nobody.post("/session", {"token": other}).status_code == 201


def test_the_page_tells_whoever_signed_in_too_often_to_wait_whatever_their_token(unlimited: Service) -> None:
    token = create_token(unlimited.ledger, role="auditor")
    said = {"data": {"token": token}, "headers": {"Accept": "text/html", "Accept-Language": "en"}}
    caller = unlimited.nobody
    page = [caller.ask("POST", "/session", **said) for _ in range(SIGN_INS + 1)][-1]
    assert (page.status_code, page.headers["Retry-After"]) == (429, str(SIGN_IN_SECONDS))
    assert f"Signed in too often with this token: try again in {SIGN_IN_SECONDS} seconds." in page.text
    assert "need not wait" not in page.text


# --- addresses -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("10.0.0.1", "10.0.0.1", True), ("10.0.0.1", "10.0.0.2", False), ("::ffff:10.0.0.1", "10.0.0.1", True),
        ("2001:db8:0:1::1", "2001:db8:0:1:ffff:ffff:ffff:ffff", True), ("2001:db8:0:1::1", "2001:db8:0:2::1", False),
        ("2001:DB8:0:1::1", "2001:db8:0:1::", True), ("fe80::1%eth0", "fe80::2%eth1", True), ("", "unknown", False),
    ],
)  # fmt: skip
def test_an_address_is_what_a_subscriber_is_given(one: str, other: str, same: bool) -> None:
    assert (network(one) == network(other)) == same


def test_a_flood_of_addresses_fills_no_memory(clock: Clock) -> None:
    counted = Limits()
    for number in range(3 * DRAWERS):
        counted.failure(f"2001:db8:{number:x}::1")
    assert len(counted._storage.storage) <= DRAWERS
    assert len(counted._storage.expirations) <= DRAWERS
    assert len(counted._storage.locks) <= DRAWERS


def test_what_shares_a_drawer_differs_from_worker_to_worker() -> None:
    addresses = [f"10.0.{number // 256}.{number % 256}" for number in range(500)]
    assert [Limits().drawer(one) for one in addresses] != [Limits().drawer(one) for one in addresses]


def test_a_clock_that_is_set_back_makes_nobody_wait_for_it(clock: Clock) -> None:
    counted = Limits(2)
    for _ in range(2):
        counted.request("token:1")
    with pytest.raises(TooManyRequests):
        counted.request("token:1")
    clock.now -= 3600
    counted.request("token:1")


def test_what_is_over_is_forgotten() -> None:
    """In real time: the library clears away by itself what has run out."""
    counted = Limits()
    counted._count(RateLimitItemPerSecond(1), "somebody")
    assert counted._storage.storage
    time.sleep(1.05)
    counted._count(RateLimitItemPerSecond(1), "somebody else")
    until = time.monotonic() + 5
    while len(counted._storage.storage) > 1 and time.monotonic() < until:
        time.sleep(0.02)
    assert len(counted._storage.storage) == 1


# --- the real server -------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def served(migrated_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Service, int, Path]]:
    """Two workers that allow five requests in two seconds each, and what they write."""
    folder = tmp_path_factory.mktemp("limited")
    words = ("--capture-output", "--error-logfile", str(folder / "lines"))
    with (
        played(on_a_copy(migrated_file, folder)) as service,
        gunicorn(service, 2, words=words, more={"LEDGER_RATE_LIMIT": "5", "WEB_CONCURRENCY": "7"}) as port,
    ):
        yield service, port, folder / "lines"


def ask(port: int, name: str, path: str = "/v1/entries?limit=1", method: str = "GET", **headers: str) -> http.client.HTTPResponse:
    """On a connection of its own, so that either worker may get it."""
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=30)) as one:
        one.request(method, path, headers={"X-Request-ID": name} | headers)
        answer = one.getresponse()
        answer.read()
        return answer


def by_worker(port: int, lines: Path, name: str, **headers: str) -> dict[int, list[http.client.HTTPResponse]]:
    """The answers of each worker, asked from several sides at once until both have answered some."""
    answers: dict[str, http.client.HTTPResponse] = {}
    with ThreadPoolExecutor(8) as threads:
        for turn in range(20):
            names = [f"{name}-{turn}-{number}" for number in range(40)]
            answers |= dict(zip(names, threads.map(lambda one: ask(port, one, **headers), names), strict=True))
            found: dict[int, list[http.client.HTTPResponse]] = {}
            for line in told(lines, answers):
                found.setdefault(line["pid"], []).append(answers[line["request_id"]])
            if len(found) == 2:
                return found
    raise AssertionError("one worker got all of it")


def told(lines: Path, wanted: Collection[str]) -> list[dict[str, Any]]:
    """The lines about these requests, as soon as all are there."""
    until = time.monotonic() + 10
    while time.monotonic() < until:
        written = lines.read_text(encoding="utf-8").rpartition("\n")[0]  # the last line may be half there
        read = [json.loads(line) for line in written.splitlines() if '"request_id"' in line]
        if len(found := [line for line in read if line["request_id"] in wanted and line["event"] == "request"]) == len(wanted):
            return found
        time.sleep(0.05)
    raise AssertionError("the workers do not tell what they answered")


def test_each_worker_allows_its_share(served: tuple[Service, int, Path]) -> None:
    """Half of five a second is five in two; the number of workers is that of the command line, whatever the environment said."""
    service, port, lines = served
    token = create_token(service.ledger, role="auditor")
    begun = time.monotonic()
    found = by_worker(port, lines, "share", Authorization=f"Bearer {token}")
    windows = int((time.monotonic() - begun) / 2) + 1
    assert {answer.status for answers in found.values() for answer in answers} == {200, 429}
    for answers in found.values():
        allowed = [answer.status for answer in answers].count(200)
        assert min(5, len(answers)) <= allowed <= 5 * windows
        assert all(answer.headers["Retry-After"] in ("1", "2") for answer in answers if answer.status == 429)


def test_a_revoked_tokens_session_is_dead_at_once_in_every_worker(served: tuple[Service, int, Path]) -> None:
    service, port, lines = served
    token = create_token(service.ledger, role="auditor")
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=30)) as one:
        one.request("POST", "/session", json.dumps({"token": token}), {"Content-Type": "application/json"})
        cookie = one.getresponse().headers["Set-Cookie"].partition(";")[0]
    alive = by_worker(port, lines, "alive", Cookie=cookie)
    assert all(200 in [answer.status for answer in answers] for answers in alive.values())
    revoke_token(service.ledger, list_tokens(service.ledger)[-1].id)
    dead = by_worker(port, lines, "dead", Cookie=cookie)
    # Whoever shows the cookie of a session that is over is nobody, whose requests are counted by address.
    for answers in dead.values():
        assert {401} <= {answer.status for answer in answers} <= {401, 429}
