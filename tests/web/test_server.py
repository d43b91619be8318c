"""What only the real server shows: bodies without a length, connections that are kept, several workers with one set of figures."""

import http.client
import json
import shutil
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from ledger.web.connections import UNREAD_BYTES_MAX
from ledger.web.messages import ENTRY_BYTES_MAX
from tests.actions.scene import patent
from tests.web.service import Service, gunicorn, played

WORKERS = 2


@pytest.fixture(scope="module")
def served(migrated_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Service, int]]:
    path = shutil.copyfile(migrated_file, tmp_path_factory.mktemp("served") / "ledger.db")
    with played(f"sqlite:///{path}") as service, gunicorn(service, WORKERS) as port:
        yield service, port


@pytest.fixture
def connection(served: tuple[Service, int]) -> Iterator[http.client.HTTPConnection]:
    with closing(http.client.HTTPConnection("127.0.0.1", served[1], timeout=60)) as opened:
        yield opened


def headers(service: Service) -> dict[str, str]:
    return {"Authorization": f"Bearer {service.as_('recorder', 'c1').token}", "Content-Type": "application/json"}


def answer_of(connection: http.client.HTTPConnection) -> tuple[http.client.HTTPResponse, Any]:
    answer = connection.getresponse()
    return answer, json.loads(answer.read())


def in_chunks(size: int) -> Iterator[bytes]:
    while size > 0:
        yield b" " * min(size, 65_536)
        size -= 65_536


@pytest.mark.parametrize("path", ["/v1/entries", "/v1/entries/batch"])
@pytest.mark.parametrize("megabytes", [3, 10, 40])
def test_a_body_beyond_its_limit_is_answered(
    served: tuple[Service, int], connection: http.client.HTTPConnection, path: str, megabytes: int
) -> None:
    size, before = megabytes * 2**20, served[0].size
    too_large = path == "/v1/entries" or megabytes > 32
    for told in ({"Content-Length": str(size)}, {"Transfer-Encoding": "chunked"}):
        try:
            connection.request("POST", path, in_chunks(size), headers(served[0]) | told, encode_chunked="Transfer-Encoding" in told)
            answer, problem = answer_of(connection)
        except (BrokenPipeError, ConnectionResetError):
            # A server may hang up on what it does not want to read; then it has not written anything either.
            connection.close()
            continue
        assert (answer.status, problem["code"]) == ((413, "too-large") if too_large else (400, "malformed"))
    assert served[0].size == before


def entry(number: int) -> bytes:
    kind, body = patent(number)
    return json.dumps({"kind": kind, "centre": "c1", "body": body}).encode()


def test_a_chunked_entry_is_recorded_like_any_other(served: tuple[Service, int], connection: http.client.HTTPConnection) -> None:
    raw = entry(60)
    connection.request("POST", "/v1/entries?dry_run=true", iter([raw[:10], raw[10:]]), headers(served[0]), encode_chunked=True)
    answer, receipt = answer_of(connection)
    assert (answer.status, receipt["kind"]) == (200, "patent")


@pytest.mark.parametrize(
    "body", [b"zz\r\n{}\r\n0\r\n\r\n", b"5\r\n{}\r\n0\r\n\r\n", b"-1\r\n{}\r\n", b"2\r\n{}", b"", b"2;x=\"\r\n{}\r\n0\r\n\r\n"]
)
def test_a_body_in_broken_chunks_is_malformed(served: tuple[Service, int], body: bytes) -> None:
    told = {"Host": "x", "Connection": "close", "Transfer-Encoding": "chunked"} | headers(served[0])
    head = "POST /v1/entries HTTP/1.1\r\n" + "".join(f"{name}: {value}\r\n" for name, value in told.items()) + "\r\n"
    with socket.create_connection(("127.0.0.1", served[1]), timeout=30) as plain:
        plain.sendall(head.encode() + body)
        plain.shutdown(socket.SHUT_WR)
        raw = b"".join(iter(lambda: plain.recv(65_536), b""))
    assert int(raw.split()[1]) in (400, 422), raw[:300]


def test_a_connection_goes_on_after_a_refusal_that_read_no_body(
    served: tuple[Service, int], connection: http.client.HTTPConnection
) -> None:
    for _ in range(3):
        connection.request("POST", "/v1/entries", b"[" * UNREAD_BYTES_MAX, {"Content-Type": "application/json"})
        line = connection.sock
        answer, problem = answer_of(connection)
        assert (answer.status, problem["code"]) == (401, "unauthenticated")
        connection.request("GET", "/healthz")
        assert answer_of(connection)[1] == {"status": "ok"}
        assert connection.sock is line


def test_and_says_that_it_ends_after_one_of_a_body_that_nobody_asked_for(
    served: tuple[Service, int], connection: http.client.HTTPConnection
) -> None:
    for told in ({}, {"Transfer-Encoding": "chunked"}):
        body = in_chunks(ENTRY_BYTES_MAX) if told else b" " * ENTRY_BYTES_MAX
        connection.request("POST", "/v1/entries", body, {"Content-Type": "application/json"} | told, encode_chunked=bool(told))
        answer, problem = answer_of(connection)
        assert (answer.status, problem["code"]) == (401, "unauthenticated")
        assert answer.headers["Connection"] == "close"


def test_a_long_body_that_was_not_read_is_not_looked_through_for_the_next_request(served: tuple[Service, int]) -> None:
    head = b"POST /v1/entries HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer none\r\nContent-Length: %d\r\n\r\n"
    behind = b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    for size, answers in ((UNREAD_BYTES_MAX, 2), (2 * UNREAD_BYTES_MAX, 1)):
        with socket.create_connection(("127.0.0.1", served[1]), timeout=30) as plain:
            plain.sendall(head % size + b" " * size + behind)
            raw = b"".join(iter(lambda: plain.recv(65_536), b""))
        assert raw.startswith(b"HTTP/1.1 401 ")
        assert raw.count(b"HTTP/1.1 ") == answers


def test_the_same_key_at_the_same_time_records_once(served: tuple[Service, int]) -> None:
    service, port = served
    before, told = service.size, headers(service) | {"Idempotency-Key": "all-at-once"}

    def send(_: int) -> tuple[int, bytes, str | None]:
        with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=60)) as one:
            one.request("POST", "/v1/entries", entry(61), told)
            answer = one.getresponse()
            return answer.status, answer.read(), answer.headers["Idempotency-Replayed"]

    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(send, range(8)))
    assert {(status, body) for status, body, _ in answers} == {(201, answers[0][1])}
    assert sorted(replayed or "" for *_, replayed in answers) == [""] + ["true"] * 7
    assert service.size == before + 1


def test_a_head_sends_no_body(served: tuple[Service, int], connection: http.client.HTTPConnection) -> None:
    for path in ("/v1/metrics", "/nope", "/v1/entries"):
        connection.request("HEAD", path)
        answer = connection.getresponse()
        assert int(answer.headers["Content-Length"]) > 0
        assert answer.read() == b""


@pytest.mark.parametrize(
    "line",
    [b"X-Request-ID: a\r\nSet-Cookie: x=y", b"X-Request-ID: \xff\xfe", b"Idempotency-Key: \xe9\x94\xae", b"If-None-Match: \xff",
     b"Accept-Language: en;q=a,\x80", b"Accept: */*;q=2", b"Authorization: Bearer \xff" + b"A" * 43, b"Content-Type: \xff/\xfe"],
)  # fmt: skip
@pytest.mark.parametrize("request_line", [b"GET /v1/entries", b"POST /v1/entries", b"GET /v1/metrics", b"GET /problems/invalid"])
def test_odd_headers_fail_nothing_and_are_not_sent_back(served: tuple[Service, int], request_line: bytes, line: bytes) -> None:
    service, port = served
    token = f"Authorization: Bearer {service.as_('recorder', 'c1').token}".encode()
    told = [request_line + b" HTTP/1.1", b"Host: x", b"Connection: close", b"Content-Length: 0", line]
    with socket.create_connection(("127.0.0.1", port), timeout=30) as plain:
        plain.sendall(b"\r\n".join([*told, *([] if line.startswith(b"Auth") else [token]), b"", b""]))
        raw = b"".join(iter(lambda: plain.recv(65_536), b""))
    head, _, body = raw.partition(b"\r\n\r\n")
    status = int(head.split()[1])
    assert status < 500, raw[:500]
    assert b"set-cookie" not in head.lower()
    if status >= 400:
        assert json.loads(body)["status"] == status


def test_the_figures_of_all_workers_are_told_by_each(served: tuple[Service, int]) -> None:
    service, port = served
    token = service.as_("auditor").token

    def counted() -> float:
        with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=30)) as one:
            one.request("GET", "/metrics", headers={"Authorization": f"Bearer {token}"})
            told = one.getresponse().read().decode()
        lines = [line for line in told.splitlines() if line.startswith("ledger_requests_total{") and "list_programmes" in line]
        return sum(float(line.rsplit(" ", 1)[1]) for line in lines)

    before = counted()
    for _ in range(12):  # each on a connection of its own, so that both workers get some
        with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=30)) as one:
            one.request("GET", "/v1/programmes")
            assert one.getresponse().status == 200
    assert {counted() - before for _ in range(6)} == {12}
