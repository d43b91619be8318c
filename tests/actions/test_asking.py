"""One request and its reply: how long it is waited for, how much of it is read, and what is never asked.

What the two callers make of it stands in `test_witnesses` and `test_issuer`; both servers there are slow, long and elsewhere too.
"""

import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any, Final
from urllib.parse import urlsplit

import pytest

from ledger.actions.asking import NoReply, Reply, exchange

LIMIT: Final = 1000
SECONDS: Final = 5.0


class _Handler(BaseHTTPRequestHandler):
    """Answers what the path says: a status, and so many bytes after it, all at once or one after the other."""

    heard: list[tuple[str, str, dict[str, str], bytes]]

    def do_GET(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        self.heard.append((self.command, self.path, dict(self.headers), body))
        status, length, *slow = urlsplit(self.path).path.strip("/").split("/")
        self.send_response(int(status))
        self.send_header("Content-Type", "text/plain; charset=utf-8")
        self.send_header("Location", "/200/1")
        self.end_headers()
        try:
            for _ in range(int(length) if slow else 0):
                time.sleep(0.05)
                self.wfile.write(b"x")
            self.wfile.write(b"x" * (0 if slow else int(length)))
        except OSError:
            pass  # whoever asked has gone

    def do_POST(self) -> None:
        self.do_GET()

    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture(scope="module")
def server() -> Iterator[HTTPServer]:
    with HTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"heard": []})) as one:
        thread = Thread(target=one.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield one
        one.shutdown()
        thread.join()


@pytest.fixture
def url(server: HTTPServer) -> str:
    _heard(server).clear()
    return f"http://127.0.0.1:{server.server_port}"


def _heard(server: HTTPServer) -> list[tuple[str, str, dict[str, str], bytes]]:
    return server.RequestHandlerClass.heard  # type: ignore[attr-defined,no-any-return]


def ask(url: str, seconds: float = SECONDS, **told: Any) -> Reply:
    return exchange(url, time.monotonic() + seconds, LIMIT, **{"headers": {}, **told})


def test_a_reply_is_its_status_kind_and_body(url: str) -> None:
    assert ask(f"{url}/409/3") == Reply(409, "text/plain", b"xxx")


def test_a_body_makes_it_a_post_and_headers_go_along_with_our_name(server: HTTPServer, url: str) -> None:
    ask(f"{url}/200/1", headers={"Accept": "application/json"})
    ask(f"{url}/200/1", body=b"body")
    (got, _, headers, nothing), (posted, _, _, body) = _heard(server)
    assert (got, nothing, posted, body) == ("GET", b"", "POST", b"body")
    assert (headers["User-Agent"], headers["Accept"]) == ("pool-ledger", "application/json")


def test_no_more_is_read_than_the_limit(url: str) -> None:
    assert len(ask(f"{url}/200/{LIMIT}").body) == LIMIT
    with pytest.raises(NoReply, match="at too great a length"):
        ask(f"{url}/200/{LIMIT + 1}")


def test_a_status_that_is_not_taken_is_told_whatever_stands_behind_it(url: str) -> None:
    assert ask(f"{url}/200/1", only_good=True).body == b"x"
    for status in (204, 302, 500):
        with pytest.raises(NoReply, match=f"^answers with status {status}$") as caught:
            ask(f"{url}/{status}/{LIMIT + 1}", only_good=True)
        assert caught.value.zh == f"答复状态 {status}"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_a_reply_and_leads_nowhere(server: HTTPServer, url: str, status: int) -> None:
    assert ask(f"{url}/{status}/0").status == status
    assert len(_heard(server)) == 1


def test_who_sends_byte_by_byte_is_not_waited_for_beyond_the_deadline(url: str) -> None:
    began = time.monotonic()
    with pytest.raises(NoReply, match="did not answer in time"):
        ask(f"{url}/200/100/slow", seconds=0.3)
    assert time.monotonic() - began < 2


def test_after_the_deadline_nobody_is_asked(server: HTTPServer, url: str) -> None:
    with pytest.raises(NoReply, match="did not answer in time"):
        ask(f"{url}/200/1", seconds=-1)
    assert _heard(server) == []


def test_nothing_but_http_is_asked(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("secret")
    for other in ((tmp_path / "file").as_uri(), "data:text/plain,secret", "ftp://127.0.0.1/file"):
        with pytest.raises(NoReply, match=r"^cannot be reached \(ValueError\)$"):
            ask(other)


def test_the_proxy_of_the_environment_is_asked_instead(server: HTTPServer, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", url)
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    assert ask("http://elsewhere.invalid/200/2").body == b"xx"
    assert [path for _, path, _, _ in _heard(server)] == ["http://elsewhere.invalid/200/2"]
