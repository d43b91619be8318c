"""Every refusal has one shape, one code and the caller's language, wherever it comes from."""

import errno
import json
import os
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError

from ledger.facts.problems import STATUS
from ledger.web.codes import CODES
from schemas.problems import ProblemSchema
from tests.web.service import Service, codes, problem_of


def test_every_code_is_explained_and_no_other() -> None:
    assert list(CODES) == list(STATUS)


@pytest.mark.parametrize("code", STATUS)
def test_a_code_has_a_page_in_both_languages(house: Service, code: str) -> None:
    told = house.nobody.get(f"/problems/{code}").json
    assert told is not None
    assert (told["code"], told["status"], told["type"]) == (code, STATUS[code], f"/problems/{code}")
    for language in ("zh", "en"):
        assert told["title"][language] in house.nobody.get(f"/problems/{code}", Accept="text/html", Accept_Language=language).text


def test_a_code_that_does_not_exist_has_none(house: Service) -> None:
    assert problem_of(house.nobody.get("/problems/teapot"))["code"] == "not-found"


@pytest.mark.parametrize(
    "path", ["/nope", "/v1", "/v1/", "/v1/entries/", "/v1//entries", "/v1/entries/x", "/v1/entries/-1", "/v1/entries/01", "/%00",
             "/%ff"],
)  # fmt: skip
def test_an_unknown_path_is_a_problem_too(house: Service, path: str) -> None:
    assert problem_of(house.as_("auditor").get(path))["code"] == "not-found"


def test_a_method_that_does_not_apply_is_told_which_do(house: Service) -> None:
    response = house.as_("auditor").ask("DELETE", "/v1/entries")
    assert problem_of(response)["code"] == "method-not-allowed"
    assert {word.strip() for word in response.headers["Allow"].split(",")} == {"GET", "HEAD", "OPTIONS", "POST"}


@pytest.mark.parametrize(
    ("wanted", "language"),
    [(None, "zh"), ("zh-CN", "zh"), ("en", "en"), ("en-GB,zh;q=0.5", "en"), ("zh,en;q=0.9", "zh"), ("zh;q=0,en", "en"),
     ("fr", "zh"), ("*", "zh"), ("§§", "zh")],
)  # fmt: skip
def test_the_language_is_the_callers_and_chinese_otherwise(house: Service, wanted: str | None, language: str) -> None:
    headers = {} if wanted is None else {"Accept_Language": wanted}
    response = house.nobody.get("/nope", **headers)
    assert problem_of(response)["title"] == CODES["not-found"].title[language]
    assert response.headers["Content-Language"] == language


def test_a_refusal_is_what_the_document_says(house: Service) -> None:
    told = problem_of(house.as_("recorder", "c1").post("/v1/entries", {"kind": "licence", "centre": "c1", "body": {}}))
    told.pop("instance")
    ProblemSchema().load(told)


def test_everything_that_is_wrong_is_told_at_once(house: Service) -> None:
    body = {"pool_id": "", "patents": ["CN202010000001.2"], "on": "2025-02-30", "colour": "red"}
    response = house.as_("recorder", "c1").post("/v1/entries", {"kind": "admission", "centre": "c1", "body": body, "x": 1})
    assert codes(response) == {
        ("x", "invalid"), ("body.pool_id", "invalid"), ("body.patents.0", "invalid"), ("body.on", "invalid"),
        ("body.colour", "invalid"),
    }  # fmt: skip


def test_the_entry_in_the_way_is_named(house: Service) -> None:
    again = house.as_("recorder", "c1").post(
        "/v1/entries", {"kind": "reversal", "centre": "c1", "body": {"entry": house.at["licence"] + 2, "reason": "void"}}
    )
    told = problem_of(again)
    assert (told["status"], told["code"]) == (409, "already-reversed")
    assert told["entry"] == told["errors"][0]["entry"] == house.at["reversal"]


@pytest.mark.parametrize("given", ["abc-123", "9f.~_:-x", "A" * 128])
def test_a_sane_request_id_comes_back(house: Service, given: str) -> None:
    response = house.nobody.get("/nope", X_Request_ID=given)
    assert problem_of(response)["request_id"] == given


@pytest.mark.parametrize("given", ["", " ", "a b", "<script>", "A" * 129, "-x", "ä", '"'])
def test_any_other_is_replaced_by_one_of_ours(house: Service, given: str) -> None:
    assert problem_of(house.nobody.get("/nope", X_Request_ID=given))["request_id"] != given


class Accident(Exception):
    """Something that nobody foresaw."""


def broken(error: Exception) -> Any:
    def fail(*_: Any, **__: Any) -> Any:
        raise error

    return fail


def test_an_accident_is_logged_under_its_request_and_told_as_no_more(
    house: Service, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        try:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        except OSError as error:
            raise Accident("the secret of the database") from error

    monkeypatch.setattr("ledger.actions.entries.one", fail)
    caller = house.as_("auditor")
    response = caller.get("/v1/entries/0", X_Request_ID="accident-1")
    assert problem_of(response)["code"] == "internal-error"
    assert "secret" not in response.text
    logged = [line for line in map(json.loads, capsys.readouterr().err.splitlines()) if line["event"] == "unexpected error"]
    assert [line["request_id"] for line in logged] == ["accident-1"]
    told, cause = logged[0]["exception"]
    assert (told["exc_type"], told["frames"][-1]["name"]) == ("Accident", "fail")
    assert "No space left on device" in cause["exc_value"]
    assert "secret" not in json.dumps(logged)
    assert caller.token
    assert caller.token not in json.dumps(logged)


def test_a_database_that_is_away_is_told_apart_from_an_accident(
    house: Service, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    away = OperationalError("SELECT secret", {}, Exception("could not connect to 10.0.0.7"))
    monkeypatch.setattr("ledger.actions.entries.one", broken(away))
    response = house.as_("auditor").get("/v1/entries/0")
    assert problem_of(response)["code"] == "unavailable"
    assert int(response.headers["Retry-After"]) > 0
    assert "secret" not in response.text
    assert "10.0.0.7" not in response.text
    logged = [line for line in capsys.readouterr().err.splitlines() if "database unavailable" in line]
    assert len(logged) == 1
    assert "10.0.0.7" in logged[0]
    assert "secret" not in logged[0]


def test_the_log_of_requests_holds_no_body_no_query_and_no_token(house: Service, capsys: pytest.CaptureFixture[str]) -> None:
    caller = house.as_("recorder", "c1")
    caller.post("/v1/entries?dry_run=perhaps-a-secret", {"kind": "licence", "centre": "c1", "body": {"deal_no": "机密合同"}})
    written = capsys.readouterr().err
    line = json.loads(written.splitlines()[-1])
    assert (line["route"], line["status"], line["role"], line["caller"]) == ("entries.record_entry", 422, "recorder", "recorder@c1")
    assert caller.token
    assert not any(secret in written for secret in (caller.token, "机密", "perhaps"))


@pytest.mark.parametrize("path", ["/nope", "/healthz", "/docs", "/v1/metrics"])
def test_nothing_from_elsewhere_may_run_on_what_we_answer(house: Service, path: str) -> None:
    headers = house.nobody.get(path).headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
