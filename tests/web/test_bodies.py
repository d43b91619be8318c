"""Bodies that mean no good, or are none: always a refusal with its place, never a failure of ours, and nothing is written."""

import io
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from ledger.web.messages import BATCH_BYTES_MAX, ENTRY_BYTES_MAX
from tests.actions.scene import patent_id
from tests.schemas.examples import BODIES
from tests.web.service import Caller, Service, codes, problem_of

PATHS = ("/v1/entries", "/v1/entries/batch")
PATENT: dict[str, Any] = {"patent_id": patent_id(9), "right": "invention", "title": "一", "filed_on": "2020-03-02"}
FINE: dict[str, Any] = {"kind": "patent", "centre": "c1", "body": PATENT}


@pytest.fixture
def recorder(house: Service) -> Iterator[Caller]:
    """Whatever a test here sends, the log is as long after it as before."""
    size = house.size
    yield house.as_("recorder", "c1")
    assert house.size == size


MALFORMED = {
    "empty": b"",
    "blank": b" \n",
    "cut short": b'{"kind": "patent", "centre"',
    "two values": b"{} {}",
    "single quotes": b"{'kind': 'patent'}",
    "a comma too many": b'{"kind": "patent",}',
    "a comment": b'{"kind": "patent" /* ! */}',
    "NaN": b'{"kind": NaN}',
    "infinity": b'{"kind": [1, -Infinity]}',
    "not UTF-8": b'{"kind": "\xff\xfe"}',
    "GB 18030": '{"kind": "专利"}'.encode("gb18030"),
    "UTF-16": '{"kind": "patent"}'.encode("utf-16"),
    "an overlong slash": b'{"kind": "\xc0\xaf"}',
    "a byte order mark": b"\xef\xbb\xbf{}",
    "a surrogate in UTF-8": b'{"kind": "\xed\xa0\x80"}',
    "a lone surrogate": b'{"kind": "patent", "centre": "c1", "body": {"title": "\\ud800"}}',
    "a lone surrogate as a name": b'{"kind": "patent", "\\uDFFF": 1}',
    "surrogates the wrong way round": b'{"kind": "\\udc00\\ud800"}',
    "a name twice": b'{"kind": "patent", "kind": "licence"}',
    "a name twice further down": b'{"kind": "patent", "body": {"a": 1, "b": 2, "a": 3}}',
    "a raw control character": b'{"kind": "pat\nent"}',
    "a number without an end": b'{"kind": ' + b"9" * 5000 + b"}",
    "nested without an end": b'{"kind": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "nested objects": b'{"a":' * 50_000 + b"1" + b"}" * 50_000,
    "null bytes": b"\x00\x00\x00",
}  # fmt: skip


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("raw", MALFORMED.values(), ids=MALFORMED.keys())
def test_what_is_no_json_is_malformed(recorder: Caller, path: str, raw: bytes) -> None:
    response = recorder.post(path, raw=raw)
    assert (response.status_code, problem_of(response)["code"]) == (400, "malformed")


def test_surrogates_in_pairs_are_a_character(recorder: Caller) -> None:
    body = PATENT | {"title": "PLACE"}
    raw = json.dumps({**FINE, "body": body}).replace("PLACE", r"\ud83d\ude00").encode()
    response = recorder.post("/v1/entries?dry_run=true", raw=raw)
    assert response.status_code == 200, response.text
    assert response.json is not None
    assert response.json["body"]["title"] == "😀"


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    "value", [None, True, 1, 1.5, "text", [], [[]], [1, 2], {}, {"entries": None}, {"entries": {}}, {"entries": []}, {"": 1}]
)
def test_json_of_another_shape_is_invalid(recorder: Caller, path: str, value: Any) -> None:
    response = recorder.post(path, value)
    assert (response.status_code, problem_of(response)["code"]) == (422, "invalid")


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    "media_type",
    ["", "text/plain", "text/json", "application/xml", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x",
     "application/json; charset=gbk", "application/problem+json", "json", "application/json, text/plain", "\x00"],
)  # fmt: skip
def test_only_json_in_utf8_is_read(recorder: Caller, path: str, media_type: str) -> None:
    response = recorder.post(path, FINE, Content_Type=media_type)
    assert (response.status_code, problem_of(response)["code"]) == (415, "unsupported-media-type")


@pytest.mark.parametrize("media_type", ["application/json", "application/json; charset=utf-8", "Application/JSON;charset=UTF-8"])
def test_json_may_say_that_it_is_utf8(recorder: Caller, media_type: str) -> None:
    assert recorder.post("/v1/entries?dry_run=true", FINE, Content_Type=media_type).status_code == 200


@pytest.mark.parametrize("coding", ["gzip", "br", "gzip, identity"])
def test_what_is_packed_is_not_unpacked(recorder: Caller, coding: str) -> None:
    assert recorder.post("/v1/entries", FINE, Content_Encoding=coding).status_code == 415


@pytest.mark.parametrize(("path", "limit"), [("/v1/entries", ENTRY_BYTES_MAX), ("/v1/entries/batch", BATCH_BYTES_MAX)])
@pytest.mark.parametrize("chunked", [False, True], ids=["with its length", "chunked"])
def test_a_body_beyond_its_limit_is_not_read(recorder: Caller, path: str, limit: int, chunked: bool) -> None:
    def send(raw: bytes) -> tuple[int, str]:
        told: dict[str, Any] = {"data": raw}
        if chunked:  # as a server hands it over: no length, and an end that it looks after
            told = {"input_stream": io.BytesIO(raw), "environ_overrides": {"wsgi.input_terminated": True}}
        response = recorder.ask("POST", path, headers={"Content-Type": "application/json"}, **told)
        return response.status_code, problem_of(response)["code"]

    assert send(b" " * (limit + 1)) == (413, "too-large")
    assert send(b" " * limit) == (400, "malformed")


def licence(**changes: Any) -> dict[str, Any]:
    return {"kind": "licence", "centre": "c1", "body": {**BODIES["licence"], **changes}}


HOSTILE: dict[str, tuple[dict[str, Any], set[str]]] = {
    "a float as an amount": (licence(amount=1000000.0), {"body.amount"}),
    "a whole number as an amount": (licence(amount=1000000), {"body.amount"}),
    "an amount in exponents": (licence(amount="1e6"), {"body.amount"}),
    "an amount of three decimals": (licence(amount="0.001"), {"body.amount"}),
    "an amount with a sign": (licence(amount="+1.00"), {"body.amount"}),
    "an amount in full width": (licence(amount="１００"), {"body.amount"}),
    "an amount beyond a BIGINT": (licence(amount="9" * 40), {"body.amount"}),
    "a day that never was": (licence(signed_on="2025-02-30"), {"body.signed_on"}),
    "a day of another calendar": (licence(signed_on="2025-W10-1"), {"body.signed_on"}),
    "an instant for a day": (licence(signed_on="2025-08-01T00:00:00Z"), {"body.signed_on"}),
    "a year long past": (licence(signed_on="0001-01-01"), {"body.signed_on"}),
    "a truth value in words": (licence(related_party="false"), {"body.related_party"}),
    "a number for a truth value": (licence(related_party=0), {"body.related_party"}),
    "a truth value for a number": (licence(term_months=True), {"body.term_months"}),
    "a float for a number": (licence(term_months=36.0), {"body.term_months"}),
    "a number beyond 64 bits": (licence(term_months=2**64), {"body.term_months"}),
    "an object for a text": (licence(deal_no={"$ne": None}), {"body.deal_no"}),
    "a list for a text": (licence(deal_no=["L-1"]), {"body.deal_no"}),
    "a control character": (licence(deal_no="L\x001"), {"body.deal_no"}),
    "a line break": (licence(deal_no="L\r\nSet-Cookie: a=b"), {"body.deal_no"}),
    "a text that turns around": (licence(deal_no="L\u202e1"), {"body.deal_no"}),
    "a text without an end": (licence(royalty_text="长" * 2001), {"body.royalty_text"}),
    "a party that is none": (licence(grantees=["'; DROP TABLE entry; --"]), {"body.grantees.0"}),
    "a patent that is none": (licence(lines=[{"patent_id": "<img src=x>"}]), {"body.lines.0.patent_id"}),
    "an identity number": (licence(grantees=["PER:420106199001011234"]), {"body.grantees.0"}),
    "a field that is not known": (licence(__proto__={"admin": True}), {"body.__proto__"}),
    "many thousand items": (licence(grantees=[BODIES["licence"]["grantees"][0]] * 50_000), {"body.grantees"}),
    "a kind that is not known": ({"kind": "drop", "centre": "c1", "body": {}}, {"kind"}),
    "a kind of another type": ({"kind": ["licence"], "centre": "c1", "body": {}}, {"kind"}),
    "no kind": ({"centre": "c1", "body": {}}, {"kind"}),
    "evidence that is none": (
        {**FINE, "evidence": [{"sha256": "x" * 64, "media_type": "text/html\r\nX: y"}]},
        {"evidence.0.sha256", "evidence.0.media_type"},
    ),
    "a member of ours": ({**FINE, "index": 0, "recorded_by": "auditor"}, {"index", "recorded_by"}),
}  # fmt: skip


@pytest.mark.parametrize(("value", "places"), HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_content_is_refused_at_its_place(recorder: Caller, value: dict[str, Any], places: set[str]) -> None:
    single = recorder.post("/v1/entries", value)
    assert single.status_code == 422, single.text
    assert codes(single) == {(place, "invalid") for place in places}
    batch = recorder.post("/v1/entries/batch", {"entries": [FINE, value]})
    assert batch.status_code == 422
    assert codes(batch) == {(f"entries.1.{place}", "invalid") for place in places}


@pytest.mark.parametrize(
    "title",
    ["'; DROP TABLE entry; --", "<script>alert(1)</script>", "{{ 7*7 }}", "${jndi:ldap://x}", "%s%n", "=cmd|' /C calc'!A0", "\\"],
)
def test_text_is_only_text(recorder: Caller, title: str) -> None:
    response = recorder.post("/v1/entries?dry_run=true", FINE | {"body": PATENT | {"title": title}})
    assert response.status_code == 200
    assert response.content_type == "application/json"
    assert response.json is not None
    assert response.json["body"]["title"] == title


NUMBER = "9" * 400
QUERIES = [
    *(f"/v1/entries?limit={limit}" for limit in ("0", "1001", "-1", "1e3", "", "١", NUMBER, "10&limit=20")),
    *(f"/v1/entries?cursor={cursor}" for cursor in ("", "x", "-1", "1.5", "1%00", "%31%00", NUMBER)),
    *(f"/v1/entries?since={index}" for index in ("-1", "1.0", NUMBER)),
    *(f"/v1/entries?{one}" for one in ("kind=drop", "centre=C1", "centre=%27", "patent=1", "party=1", "deal_no=", "deal_no=%00")),
    "/v1/entries?deal_no=" + "a" * 65, "/v1/entries?nothing=1", "/v1/pools?cursor=x",
    *(f"/v1/pools/Q1/patents?{one}" for one in ("cursor=1", "cursor=1.", "cursor=.1", f"cursor={NUMBER}.1", "in_force=1")),
    *(f"/v1/patents/{patent_id(1)}?on={day}" for day in ("2025-02-30", "today", "20250101", "")),
    "/v1/totals", "/v1/totals?metric=", "/v1/totals?metric=hei_sme_times&group_by=colour",
    *(
        f"/v1/totals?metric=hei_sme_times&centre=c1&{one}"
        for one in ("level=sure", "known_at=-1", "known_at=99999999", "known_at=2999-01-01T00:00:00Z", "known_at=yesterday",
                    "from=2026-01-01&to=2025-01-01", "region=420000")
    ),
    "/v1/programmes/hubei-2025/scorecards?cursor=x", "/v1/programmes/hubei-2025/scorecards/c1?on=1",
    *(f"/v1/programmes/hubei-2025/scorecards/c1/lines{one}" for one in ("", "?target=nothing", "?target=times&cursor=x")),
    *(f"/v1/programmes/hubei-2025/scorecards/c1/changes{one}" for one in ("", "?since=99999999", "?since=-1")),
    *(f"/v1/programmes/hubei-2025/scorecards/c1/published?{one}" for one in ("through=x", "limit=101", "cursor=x", "on=1")),
]  # fmt: skip


@pytest.mark.parametrize("path", QUERIES)
def test_a_query_out_of_order_is_refused_under_its_parameter(house: Service, path: str) -> None:
    response = house.as_("auditor").get(path)
    assert response.status_code == 422, response.text
    told = problem_of(response)
    assert told["errors"]
    assert all(error["path"] for error in told["errors"])


@pytest.mark.parametrize("query", ["deal_no=%ff%fe", "%ff=1", "deal_no=%ed%a0%80", "deal_no=\xff", "a=1&" * 200])
def test_a_query_that_is_no_text_is_malformed(house: Service, query: str) -> None:
    response = house.as_("auditor").ask("GET", "/v1/entries", environ_overrides={"QUERY_STRING": query})
    assert (response.status_code, problem_of(response)["code"]) == (400, "malformed")


@pytest.mark.parametrize("key", ["", " ", "a b", "ü", "键", "x" * 256, "\t", "a\x7f"])
def test_a_key_is_visible_ascii_and_not_long(recorder: Caller, key: str) -> None:
    response = recorder.post("/v1/entries", FINE, Idempotency_Key=key)
    assert response.status_code == 422
    assert codes(response) == {("Idempotency-Key", "invalid")}


NOT_YOURS: dict[str, Callable[[], dict[str, Any]]] = {
    "another centre's stream": lambda: {**FINE, "centre": "c2"},
    "the stream of an office": lambda: {**FINE, "centre": "hb-ipo"},
    "a kind for offices": lambda: {"kind": "participation", "centre": "c1", "body": "not even an object"},
    "a verdict": lambda: {"kind": "attestation", "centre": "c1", "body": {"verdict": "verified"}},
    "written in full width": lambda: {"kind": "centre", "centre": "ｃ１"},
    "a baseline for another": lambda: {"kind": "baseline", "centre": "c1", "body": {"subject": "c2"}},
}


@pytest.mark.parametrize("made", NOT_YOURS.values(), ids=NOT_YOURS.keys())
def test_what_the_caller_may_not_write_is_refused_before_anything_else(recorder: Caller, made: Callable[[], Any]) -> None:
    value = {**made(), "colour": "red"}
    assert problem_of(recorder.post("/v1/entries", value))["code"] == "forbidden"
    batch = recorder.post("/v1/entries/batch", {"entries": [{"kind": "nothing"}, value], "colour": "red"})
    assert problem_of(batch)["code"] == "forbidden"
    assert {place.split(".")[1] for place, _ in codes(batch)} == {"1"}
