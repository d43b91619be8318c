"""What every answer tells a browser, whatever it answers and to whom."""

import pytest
from flask import Flask, request
from werkzeug.test import TestResponse

from ledger.app import trust_proxies
from ledger.web.headers import HSTS
from ledger.web.pages import SERVED, STATIC
from tests.web.service import Caller, Service

HTML = "text/html,application/xhtml+xml,*/*;q=0.8"
ANSWERS = ["/nope", "/healthz", "/v1/metrics", "/v1/entries", "/openapi.json", "/log/checkpoint", "/static/pages.css", "/session"]


def get(house: Service, path: str, **headers: str) -> TestResponse:
    """Read to its end, or the file behind an answer would stay open."""
    return house.nobody.ask("GET", path, headers=headers, buffered=True)


def policy(response_headers: object) -> dict[str, str]:
    told: str = response_headers["Content-Security-Policy"]  # type: ignore[index]
    return {name: value for name, _, value in (part.strip().partition(" ") for part in told.split(";"))}


@pytest.mark.parametrize("path", ANSWERS)
def test_an_answer_loads_nothing_and_is_framed_by_nobody(house: Service, path: str) -> None:
    headers = get(house, path).headers
    assert policy(headers) == {
        "default-src": "'none'", "form-action": "'none'", "base-uri": "'none'", "frame-ancestors": "'none'"
    }  # fmt: skip
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "camera=()" in headers["Permissions-Policy"]


@pytest.mark.parametrize("path", ["/session", "/problems/forbidden"])
def test_a_page_loads_our_files_and_sends_its_forms_here(house: Service, path: str) -> None:
    headers = get(house, path, Accept=HTML).headers
    assert headers["Content-Type"].startswith("text/html")
    assert policy(headers) == {
        "default-src": "'none'", "style-src": "'self'", "img-src": "'self'", "form-action": "'self'", "base-uri": "'none'",
        "frame-ancestors": "'none'",
    }  # fmt: skip
    assert headers["Referrer-Policy"] == "same-origin"


def test_the_page_of_the_api_runs_scripts_of_ours_and_sends_no_form(house: Service) -> None:
    told = policy(get(house, "/docs").headers)
    assert (told["default-src"], told["script-src"], told["connect-src"], told["form-action"]) == (
        "'none'", "'self'", "'self'", "'none'"
    )  # fmt: skip
    assert not any("unsafe" in value for value in told.values())


@pytest.mark.parametrize(
    ("path", "kept"), [("/healthz", "no-store"), ("/metrics", "no-store"), ("/v1/entries", "private, no-cache")]
)
def test_what_is_not_said_to_be_kept_is_not_kept(house: Service, path: str, kept: str) -> None:
    assert house.as_("auditor").get(path).headers["Cache-Control"] == kept


def test_the_public_log_and_nothing_else_is_open_to_pages_of_other_sites(house: Service) -> None:
    for path in ANSWERS:
        headers = get(house, path, Origin="https://elsewhere.example").headers
        public = path.startswith("/log/")
        assert headers.get("Access-Control-Allow-Origin") == ("*" if public else None)
        assert headers["Cross-Origin-Resource-Policy"] == ("cross-origin" if public else "same-origin")
        assert "Access-Control-Allow-Credentials" not in headers


def test_over_https_a_browser_is_told_to_stay_there(house: Service) -> None:
    told = [house.nobody.ask("GET", "/healthz", base_url=f"{scheme}://ledger.example").headers for scheme in ("https", "http")]
    assert [headers.get("Strict-Transport-Security") for headers in told] == [HSTS, None]


@pytest.mark.parametrize("name", ["..%2Fpages.py", "docs.js", "x", "%2Fetc%2Fpasswd", "..%5cpages.py"])
def test_only_the_files_of_the_pages_are_served(house: Service, name: str) -> None:
    assert get(house, f"/static/{name}").status_code == 404


def test_the_files_of_the_pages_load_nothing_from_elsewhere(house: Service) -> None:
    for name, media_type in (("pages.css", "text/css"), ("icon.svg", "image/svg+xml")):
        answer = get(house, f"/static/{name}")
        assert (answer.status_code, answer.mimetype) == (200, media_type)
        for word in ("url(", "@import", "<script", "href"):
            assert word not in answer.text


def test_every_file_of_the_pages_is_served(house: Service) -> None:
    assert {path.name for path in STATIC.iterdir()} == {*SERVED, "docs.js"}


@pytest.mark.parametrize(
    ("proxies", "forwarded", "proto", "scheme", "address"),
    [
        (0, "9.9.9.9", "https", "http", "10.1.1.1"),
        (1, "9.9.9.9", "https", "https", "9.9.9.9"),
        (1, "6.6.6.6, 9.9.9.9", "https", "https", "9.9.9.9"),  # what a client has put before it is not believed
        (2, "6.6.6.6, 9.9.9.9, 8.8.8.8", "http, https", "https", "9.9.9.9"),
        (2, "8.8.8.8", None, "http", "10.1.1.1"),  # fewer than there are said to be: nobody to believe
        (1, None, None, "http", "10.1.1.1"),
    ],
)
def test_as_many_proxies_are_believed_as_the_settings_say(
    proxies: int, forwarded: str | None, proto: str | None, scheme: str, address: str
) -> None:
    app = Flask("behind", static_folder=None)
    app.add_url_rule("/", view_func=lambda: f"{request.scheme} {request.remote_addr} {request.host}")
    trust_proxies(app, proxies)
    told = {"X-Forwarded-For": forwarded, "X-Forwarded-Proto": proto, "X-Forwarded-Host": "evil.example", "Host": "ledger.example"}
    answer = Caller(app, address="10.1.1.1").get("/", **{name: value for name, value in told.items() if value is not None})
    assert answer.text == f"{scheme} {address} ledger.example"
