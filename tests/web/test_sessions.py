"""Page sessions at the door: who is let in by a cookie, for how long, what they may send by it, and from where."""

import json
import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from flask.testing import FlaskClient
from playwright.sync_api import Browser, Page
from werkzeug.test import TestResponse

from ledger.actions.access import create_token, list_tokens, revoke_token
from ledger.actions.ledger import Ledger
from ledger.web import limits
from ledger.web.context import keep_ledger
from tests.actions.scene import patent
from tests.web.service import ADDRESSES, Service, played, problem_of
from tests.web.test_caching import queries
from tests.web.test_docs import serving

HTML = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
FORM = "application/x-www-form-urlencoded"
SECURE = "https://ledger.example"


@pytest.fixture(scope="module")
def one(migrated_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service of this module's own: whoever signs in writes."""
    path = shutil.copyfile(migrated_file, tmp_path_factory.mktemp("sessions") / "ledger.db")
    with played(f"sqlite:///{path}") as service:
        yield service


@pytest.fixture(autouse=True)
def nobody_has_signed_in(request: pytest.FixtureRequest) -> None:
    """What a worker allows one caller in a minute would be used up by a module of sign-ins."""
    if "one" in request.fixturenames:
        app = request.getfixturevalue("one").app
        app.extensions[limits._EXTENSION] = limits.Limits()


class Browsing:
    """A browser that keeps cookies, without scripts, at an address of its own: what it says of itself is what it is told to."""

    def __init__(self, service: Service, base: str = "http://localhost", **headers: str) -> None:
        self.client: FlaskClient = service.app.test_client()
        self.client.environ_base["REMOTE_ADDR"] = next(ADDRESSES)
        self.base, self.headers = base, headers

    def get(self, path: str, **headers: str) -> TestResponse:
        return self._open("GET", path, headers)

    def post(self, path: str, form: dict[str, str] | None = None, value: Any = None, **headers: str) -> TestResponse:
        return self._open("POST", path, headers, **({"data": form or {}} if value is None else {"json": value}))

    def _open(self, method: str, path: str, headers: dict[str, str], **told: Any) -> TestResponse:
        sent = self.headers | {name.replace("_", "-"): value for name, value in headers.items()}
        return self.client.open(path, method=method, base_url=self.base, headers=sent, **told)

    def sign_in(self, token: str | None) -> str:
        """The session's CSRF token."""
        answer = self.post("/session", value={"token": token})
        assert answer.status_code == 201, answer.text
        told: dict[str, str] = answer.json  # type: ignore[assignment]
        return told["csrf"]

    @property
    def secret(self) -> str | None:
        cookie = self.client.get_cookie("ledger" if self.base.startswith("http://") else "__Host-ledger", self.base.partition("://")[2])
        return cookie.value if cookie else None


def entry(number: int, centre: str = "c1") -> dict[str, Any]:
    kind, body = patent(number)
    return {"kind": kind, "centre": centre, "body": body}


# --- in and out ------------------------------------------------------------------------------------------------------


def test_whoever_signs_in_is_known_by_the_cookie(one: Service) -> None:
    browser, token = Browsing(one), one.as_("recorder", "c1").token
    answer = browser.post("/session", value={"token": token})
    assert answer.status_code == 201
    assert answer.json == browser.get("/session").json
    told = {name: value for name, value in (answer.json or {}).items() if name not in ("csrf", "expires_at")}
    assert told == {"role": "recorder", "name": "recorder@c1", "centre": "c1", "region": None}
    assert browser.get("/v1/entries?centre=c1").data == one.as_("recorder", "c1").get("/v1/entries?centre=c1").data
    assert problem_of(browser.get("/metrics"))["code"] == "forbidden"


@pytest.mark.parametrize(("base", "name", "secure"), [("http://localhost", "ledger", False), (SECURE, "__Host-ledger", True)])
def test_the_cookie_is_for_this_host_and_for_no_script(one: Service, base: str, name: str, secure: bool) -> None:
    answer = Browsing(one, base).post("/session", value={"token": one.as_("auditor").token})
    cookie = answer.headers["Set-Cookie"]
    assert re.fullmatch(rf"{name}=[A-Za-z0-9_-]{{43}}; (Secure; )?HttpOnly; Path=/; SameSite=Strict", cookie)
    assert ("Secure" in cookie) == secure


def test_a_cookie_of_plain_http_is_none_over_https(one: Service) -> None:
    plain = Browsing(one)
    plain.sign_in(one.as_("auditor").token)
    for name in ("ledger", "__Host-ledger"):
        browser = Browsing(one, SECURE)
        browser.client.set_cookie(name, plain.secret or "", domain="ledger.example", secure=True)
        assert browser.get("/v1/entries").status_code == (401 if name == "ledger" else 200)


@pytest.mark.parametrize("as_page", [False, True])
def test_signing_out_ends_the_session_for_whoever_kept_the_cookie(one: Service, as_page: bool) -> None:
    browser, thief = Browsing(one), Browsing(one)
    csrf = browser.sign_in(one.as_("auditor").token)
    thief.client.set_cookie("ledger", browser.secret or "")
    assert thief.get("/v1/entries").status_code == 200
    answer = browser.post("/session/end", {"csrf": csrf}, **HTML) if as_page else browser.post("/session/end", X_CSRF_Token=csrf)
    assert answer.status_code == (303 if as_page else 204)
    assert answer.headers["Clear-Site-Data"] == '"cache"'
    assert browser.secret is None
    told = problem_of(thief.get("/v1/entries", Accept_Language="en"))
    assert (told["code"], told["detail"]) == ("unauthenticated", "the session has ended: sign in again")


def test_signing_in_again_ends_the_session_before(one: Service) -> None:
    browser, kept = Browsing(one), Browsing(one)
    browser.sign_in(one.as_("auditor").token)
    kept.client.set_cookie("ledger", browser.secret or "")
    browser.sign_in(one.as_("reader").token)
    assert browser.secret != kept.secret
    assert (browser.get("/session").json or {})["role"] == "reader"
    assert kept.get("/session").status_code == 401


def test_a_cookie_that_somebody_was_given_is_not_taken_over_by_signing_in(one: Service) -> None:
    browser = Browsing(one)
    browser.client.set_cookie("ledger", "A" * 43)
    browser.sign_in(one.as_("auditor").token)
    assert browser.secret != "A" * 43
    given = Browsing(one)
    given.client.set_cookie("ledger", "A" * 43)
    assert given.get("/v1/entries").status_code == 401


def test_a_refused_sign_in_leaves_the_session_as_it_is(one: Service) -> None:
    browser = Browsing(one)
    browser.sign_in(one.as_("auditor").token)
    before = browser.secret
    refused = browser.post("/session", value={"token": "A" * 43})
    assert problem_of(refused)["code"] == "unauthenticated"
    assert refused.headers["WWW-Authenticate"].startswith("Bearer")
    assert "Set-Cookie" not in refused.headers
    assert browser.secret == before
    assert browser.get("/v1/entries").status_code == 200


@pytest.mark.parametrize(
    ("told", "status"),
    [({"json": {"token": ""}}, 422), ({"json": {"token": "a b"}}, 422), ({"json": {}}, 422), ({"json": []}, 422),
     ({"json": {"token": 1}}, 422), ({"json": {"token": "A" * 43, "x": 1}}, 422), ({"json": {"token": "A" * 9000}}, 422),
     ({"json": {"token": "A" * 20_000}}, 413), ({"data": {"token": "A" * 20_000}}, 413), ({"data": b"", "content_type": FORM}, 422),
     ({"data": {"token": " "}}, 422), ({"data": {"token": "密钥"}}, 422), ({"data": b"{", "content_type": "application/json"}, 400),
     ({"data": b"A", "content_type": "text/plain"}, 415),
     ({"data": {"token": "A" * 43}, "content_type": "multipart/form-data"}, 415),
     ({"data": b"%ff=%ff&token=%ff", "content_type": FORM}, 401)],
)  # fmt: skip
@pytest.mark.parametrize("accept", [{}, HTML])
def test_what_is_no_sign_in_is_refused_and_not_repeated(
    one: Service, told: dict[str, Any], status: int, accept: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    answer = Browsing(one).client.post("/session", headers=accept, **told)
    assert answer.status_code == status, answer.text
    assert answer.mimetype == ("text/html" if accept else "application/problem+json")
    assert "Set-Cookie" not in answer.headers
    for said in (answer.text, capsys.readouterr().err):
        assert "AAAA" not in said
        assert "密钥" not in said


def test_a_bearer_token_wins_over_the_cookie(one: Service) -> None:
    browser = Browsing(one)
    browser.sign_in(one.as_("auditor").token)
    as_reader = {"Authorization": f"Bearer {one.as_('reader').token}"}
    told = browser.get("/session", **as_reader).json
    assert told == {"role": "reader", "name": "reader", "centre": None, "region": None, "expires_at": None, "csrf": None}
    for wrong in ("", "Bearer", "Bearer x", "Basic YTpi"):
        assert browser.get("/v1/entries", Authorization=wrong).status_code == 401


def test_a_cookie_costs_one_query_and_a_bearer_token_no_more_than_before(one: Service) -> None:
    browser = Browsing(one)
    browser.sign_in(one.as_("auditor").token)
    tag = browser.get("/v1/entries").headers["ETag"]
    for asked, table in (({}, "session"), ({"Authorization": f"Bearer {one.as_('auditor').token}"}, "token")):
        with queries(one.ledger.engine) as sent:
            assert browser.get("/v1/entries", If_None_Match=tag, **asked).status_code == 304
        assert {statement.partition("FROM")[2].split()[0] for statement in sent} == {"log_head", table}
        assert len(sent) == 2


def test_an_answer_by_cookie_says_that_it_hangs_on_the_cookie(one: Service) -> None:
    browser = Browsing(one)
    browser.sign_in(one.as_("auditor").token)
    varied = {word.strip() for word in browser.get("/v1/entries").headers["Vary"].split(",")}
    assert varied == {"Authorization", "Accept-Language", "Cookie"}


def test_a_revoked_token_ends_its_sessions_on_the_next_request(service: Service) -> None:
    browser = Browsing(service)
    browser.sign_in(service.as_("auditor").token)
    assert browser.get("/v1/entries").status_code == 200
    revoke_token(service.ledger, list_tokens(service.ledger)[-1].id)
    assert browser.get("/v1/entries").status_code == 401


def test_a_session_is_no_longer_good_than_twelve_hours(one: Service) -> None:
    browser = Browsing(one)
    browser.sign_in(one.as_("auditor").token)
    before: Ledger = one.ledger
    at = before.clock()
    try:
        for hours, status in ((11.9, 200), (12.1, 401)):
            keep_ledger(one.app, replace(before, clock=lambda hours=hours: at + timedelta(hours=hours)))
            assert browser.get("/v1/entries").status_code == status
    finally:
        keep_ledger(one.app, before)


# --- writing by a cookie ---------------------------------------------------------------------------------------------

OURS = [{}, {"Sec-Fetch-Site": "same-origin"}, {"Sec-Fetch-Site": "none"}, {"Origin": "http://localhost"}]
OTHERS = [
    {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {"Sec-Fetch-Site": "x"}, {"Sec-Fetch-Site": ""},
    {"Sec-Fetch-Site": "cross-site", "Origin": "http://localhost"}, {"Origin": "null"}, {"Origin": ""},
    {"Origin": "http://localhost:8001"}, {"Origin": "http://localhost.evil.example"}, {"Origin": "http://evil.example"},
    {"Origin": "file://"}, {"Origin": "http://localhost http://evil.example"},
]  # fmt: skip


@pytest.mark.parametrize("told", OURS, ids=str)
def test_a_page_of_ours_writes_with_the_sessions_token(one: Service, told: dict[str, str]) -> None:
    browser = Browsing(one)
    csrf = browser.sign_in(one.as_("recorder", "c1").token)
    answer = browser.post("/v1/entries", value=entry(70), X_CSRF_Token=csrf, **told)
    assert answer.status_code == 201, answer.text
    assert (answer.json or {})["recorded_by"] == "recorder@c1"


@pytest.mark.parametrize("told", OTHERS, ids=str)
def test_a_page_of_another_site_writes_nothing_even_with_the_token(one: Service, told: dict[str, str]) -> None:
    browser = Browsing(one)
    csrf = browser.sign_in(one.as_("recorder", "c1").token)
    before = one.size
    for path, value in (("/v1/entries", entry(70)), ("/v1/entries/batch", {"entries": [entry(70)]}), ("/session/end", {})):
        assert problem_of(browser.post(path, value=value, X_CSRF_Token=csrf, **told))["code"] == "forbidden"
    assert one.size == before
    assert browser.get("/v1/entries").status_code == 200  # still signed in


@pytest.mark.parametrize("told", [None, "", "x", "é", "of another session", "the cookie"])
def test_without_the_sessions_own_token_nothing_is_written(one: Service, told: str | None) -> None:
    browser = Browsing(one)
    browser.sign_in(one.as_("recorder", "c1").token)
    if told == "of another session":
        told = Browsing(one).sign_in(one.as_("recorder", "c1").token)
    elif told == "the cookie":
        told = browser.secret
    before, header = one.size, {} if told is None else {"X-CSRF-Token": told}
    for path in ("/v1/entries", "/session/end"):
        assert problem_of(browser.post(path, value=entry(70), **header))["code"] == "forbidden"
    assert problem_of(browser.post("/session/end", {} if told is None else {"csrf": told}))["code"] == "forbidden"
    assert one.size == before
    assert browser.get("/v1/entries").status_code == 200


def test_a_form_brings_the_token_along_in_either_encoding(one: Service) -> None:
    """It gets past the guard; that an entry is no form is said next."""
    for media_type in (FORM, "multipart/form-data"):
        browser = Browsing(one)
        csrf = browser.sign_in(one.as_("recorder", "c1").token)
        for told, code in ((csrf, "unsupported-media-type"), ("x", "forbidden")):
            answer = browser.client.post("/v1/entries", data={"csrf": told}, content_type=media_type)
            assert problem_of(answer)["code"] == code


@pytest.mark.parametrize(
    ("raw", "media_type"),
    [(b"--x\r\nContent-Disposition: form-data; name=csrf\r\n\r\nnot closed", "multipart/form-data; boundary=x"),
     (b"csrf=x", "multipart/form-data"), (b"\xff\x00", FORM), (b"&" * 2000, FORM), (b"csrf=" + b"A" * 2**20, FORM)],
)  # fmt: skip
def test_a_form_that_cannot_be_read_brings_no_token(one: Service, raw: bytes, media_type: str) -> None:
    browser = Browsing(one)
    browser.sign_in(one.as_("recorder", "c1").token)
    answer = browser.client.post("/session/end", data=raw, content_type=media_type)
    assert problem_of(answer)["code"] in ("forbidden", "malformed", "too-large")
    assert browser.get("/v1/entries").status_code == 200


def test_a_bearer_token_needs_no_form_token_and_may_come_from_anywhere(one: Service) -> None:
    caller = one.as_("recorder", "c1")
    assert caller.post("/v1/entries", entry(71), Sec_Fetch_Site="cross-site", Origin="http://evil.example").status_code == 201


@pytest.mark.parametrize("told", OTHERS, ids=str)
def test_another_site_signs_nobody_in(one: Service, told: dict[str, str]) -> None:
    browser = Browsing(one)
    for form in ({"token": one.as_("auditor").token or ""}, None):
        value = {"token": one.as_("auditor").token} if form is None else None
        answer = browser.post("/session", form, value, **told)
        assert problem_of(answer)["code"] == "forbidden"
        assert browser.secret is None


def test_another_site_signs_nobody_out_though_the_cookie_stays_away(one: Service) -> None:
    """A strict cookie is not sent along from there; the answer must not take it away either."""
    answer = Browsing(one).post("/session/end", {}, Sec_Fetch_Site="cross-site")
    assert problem_of(answer)["code"] == "forbidden"
    assert "Set-Cookie" not in answer.headers
    gone = Browsing(one).post("/session/end")
    assert gone.status_code == 204
    assert "Set-Cookie" not in gone.headers


def test_over_https_a_page_that_came_by_plain_http_is_another_site(one: Service) -> None:
    for origin, status in (("https://ledger.example", 201), ("http://ledger.example", 403), ("https://LEDGER.example", 201)):
        browser = Browsing(one, SECURE, Origin=origin)
        assert browser.post("/session", value={"token": one.as_("auditor").token}).status_code == status


# --- the page --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("language", "words"), [("zh-CN", ("登录", "访问令牌")), ("en", ("Sign in", "Access token"))])
def test_the_page_is_in_the_readers_language(one: Service, language: str, words: tuple[str, ...]) -> None:
    answer = Browsing(one).get("/session", Accept_Language=language, **HTML)
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    assert all(word in answer.text for word in words)


def test_the_page_holds_no_script_no_style_and_no_address_of_others(one: Service) -> None:
    browser = Browsing(one)
    browser.sign_in(create_token(one.ledger, role="reader", name='<script>alert("1")</script>'))
    text = browser.get("/session", **HTML).text
    assert "&lt;script&gt;" in text
    for word in ("<script", "<style", "style=", "onclick", "javascript:", "://"):
        assert word not in text, word


def test_the_page_knows_a_cookie_and_no_bearer_token(one: Service) -> None:
    """A browser sends no such header by itself, and the page would offer to end a session that is none."""
    answer = one.as_("auditor").get("/session", **HTML)
    assert answer.status_code == 200
    assert "访问令牌" in answer.text


def test_the_session_of_a_page_is_told_to_no_log(one: Service, capsys: pytest.CaptureFixture[str]) -> None:
    browser, token = Browsing(one), one.as_("auditor").token
    csrf = browser.sign_in(token)
    secret = browser.secret
    browser.get("/v1/entries")
    browser.post("/session/end", {"csrf": csrf})
    written = capsys.readouterr().err
    lines = [json.loads(line) for line in written.splitlines()]
    assert [line.get("caller") for line in lines if line.get("event") == "request"] == ["auditor"] * 3
    assert not any(secret and word in written for word in (token, secret, csrf) if word)


@pytest.fixture(scope="module")
def address(migrated_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Service, str]]:
    path = shutil.copyfile(migrated_file, tmp_path_factory.mktemp("signed-in") / "ledger.db")
    with played(f"sqlite:///{path}") as service, serving(service.app) as where:
        yield service, where


@pytest.mark.browser
def test_somebody_signs_in_reads_their_name_and_signs_out(page: Page, address: tuple[Service, str]) -> None:
    service, where = address
    page.goto(f"{where}/session")
    page.get_by_label("访问令牌").fill(f"  {service.as_('recorder', 'c1').token}\n")
    page.get_by_role("button", name="登录").click()
    page.get_by_role("heading", name="当前登录").wait_for()
    assert "recorder@c1" in page.inner_text("main")
    assert "记录员" in page.inner_text("main")
    assert page.evaluate("document.cookie") == ""
    cookie = next(one for one in page.context.cookies() if one["name"] == "ledger")
    assert (cookie["httpOnly"], cookie["sameSite"], cookie["expires"]) == (True, "Strict", -1)
    page.get_by_role("button", name="退出登录").click()
    page.get_by_label("访问令牌").wait_for()
    assert page.context.cookies() == []
    page.go_back()
    page.get_by_label("访问令牌").wait_for()  # nothing was kept of the page before


@pytest.mark.browser
def test_a_wrong_token_is_answered_on_the_page(browser: Browser, address: tuple[Service, str]) -> None:
    with browser.new_context(locale="en-GB") as context:  # not watched: a browser complains of every 401
        page = context.new_page()
        page.goto(f"{address[1]}/session")
        page.get_by_label("Access token").fill("A" * 43)
        page.get_by_role("button", name="Sign in").click()
        assert "has expired or was revoked" in page.get_by_role("alert").inner_text()
        assert page.get_by_label("Access token").input_value() == ""


@pytest.mark.browser
@pytest.mark.parametrize("neighbour", [False, True])
def test_a_form_on_another_site_changes_nothing_in_a_real_browser(
    browser: Browser, address: tuple[Service, str], neighbour: bool
) -> None:
    """A page of nowhere is sent no cookie along; one on another port is of the same site, so it is, and is refused all the same."""
    service, where = address
    evil = (
        f'<form id=out method=post action="{where}/session/end"><input name=csrf value=x></form>'
        f'<form id=in method=post action="{where}/session"><input name=token value="{service.as_("reader").token}"></form>'
    )
    with browser.new_context(locale="zh-CN") as context:
        page = context.new_page()
        page.goto(f"{where}/session")
        page.get_by_label("访问令牌").fill(service.as_("auditor").token or "")
        page.get_by_role("button", name="登录").click()
        page.get_by_role("heading", name="当前登录").wait_for()
        before = context.cookies()
        for form in ("out", "in"):
            if neighbour:
                page.route("http://127.0.0.1:9/", lambda route: route.fulfill(body=evil, content_type="text/html"))
                page.goto("http://127.0.0.1:9/")
            else:
                page.goto(f"data:text/html,{quote(evil)}")
            with page.expect_response(lambda answer: answer.request.method == "POST") as answered, page.expect_navigation():
                page.evaluate(f"document.getElementById('{form}').submit()")
            assert answered.value.status == 403
            assert ("cookie" in answered.value.request.all_headers()) == neighbour
            assert context.cookies() == before
        page.goto(f"{where}/session")
        assert "auditor" in page.inner_text("main")
