"""Identifiers in paths: with slashes, in Chinese, with signs that mean something elsewhere; here and through gunicorn."""

import http.client
import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from tests.actions import scene
from tests.actions.scene import OPERATOR
from tests.web.service import Service, gunicorn, played

NUMBERS = [
    "许-2025/001", "a/patents", "patents", "a//b", "/a", "a/", "100%", "%2F", "a%2Fb", "%252F", "a?b=c", "a#b", "a&b", "a+b", "a b",
    "..", "../x", ".", ";a=1", "合同(甲)", "光通信/专利池/patents", "'\"<>", "\\", "😀", "a%",
]  # fmt: skip

Get = Callable[[str], tuple[int, Any]]


@pytest.fixture(scope="module")
def named(migrated_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A ledger with a deal and a pool under every number."""
    path = shutil.copyfile(migrated_file, tmp_path_factory.mktemp("named") / "ledger.db")
    opened = {"name": "池", "industry": "laser", "operator": OPERATOR, "action": "open", "on": "2025-01-01"}
    with played(f"sqlite:///{path}") as service:
        scene.say(service.ledger, "recorder", "c1", *(scene.licence(number, [1], amount="1.00") for number in NUMBERS))
        scene.say(service.ledger, "recorder", "c1", *(("pool", {"pool_id": number, **opened}) for number in NUMBERS))
        party = {"party_kind": "other", "valid_from": "2020-01-01"}
        scene.say(
            service.ledger, "recorder", "c1",
            *(("party", {"party_id": f"US:{number}", "name": number, **party}) for number in NUMBERS if " " not in number),
            ("patent", {"patent_id": "PCT/CN2021/123456", "right": "invention", "title": "一", "filed_on": "2021-01-01"}),
        )  # fmt: skip
        yield service


@pytest.fixture(scope="module", params=["the test client", "gunicorn"])
def get(request: pytest.FixtureRequest, named: Service) -> Iterator[Get]:
    caller = named.as_("recorder", "c1")
    if request.param == "the test client":

        def here(path: str) -> tuple[int, Any]:
            response = caller.get(path)
            return response.status_code, response.json

        yield here
        return
    with gunicorn(named) as port:

        def there(path: str) -> tuple[int, Any]:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
            try:
                connection.request("GET", path, headers={"Authorization": f"Bearer {caller.token}"})
                answer = connection.getresponse()
                return answer.status, json.loads(answer.read())
            finally:
                connection.close()

        yield there


@pytest.mark.parametrize("number", NUMBERS)
def test_a_number_of_any_text_is_found_when_it_is_escaped(get: Get, number: str) -> None:
    escaped = quote(number, safe="")
    status, deal = get(f"/v1/deals/c1/{escaped}")
    assert (status, deal.get("deal_no")) == (200, number), deal
    status, pool = get(f"/v1/pools/{escaped}")
    assert (status, pool.get("pool_id")) == (200, number), pool
    status, patents = get(f"/v1/pools/{escaped}/patents")
    assert (status, patents) == (200, {"items": [], "next": None})


@pytest.mark.parametrize("number", [number for number in NUMBERS if " " not in number])
def test_so_is_a_party(get: Get, number: str) -> None:
    status, party = get("/v1/parties/" + quote(f"US:{number}", safe=""))
    assert (status, party.get("party_id")) == (200, f"US:{number}")


@pytest.mark.parametrize("path", ["PCT%2FCN2021%2F123456", "PCT/CN2021/123456", "pct%2fcn2021%2f123456"])
def test_a_patent_with_slashes_is_found_escaped_or_not(get: Get, path: str) -> None:
    status, patent = get(f"/v1/patents/{path}")
    assert (status, patent.get("patent_id")) == (200, "PCT/CN2021/123456")


def test_an_open_slash_is_part_of_a_number_where_nothing_else_is_meant(get: Get) -> None:
    assert get("/v1/deals/c1/" + quote("许-2025/001", safe="/"))[1]["deal_no"] == "许-2025/001"
    # …and where something else is meant, it is that: pool `a` is not there, and its patents are not either.
    status, problem = get("/v1/pools/a/patents")
    assert (status, problem["code"], problem["errors"][0]["path"]) == (404, "not-found", "pool_id")
    assert get("/v1/pools/a%2Fpatents")[1]["pool_id"] == "a/patents"
    assert get("/v1/pools/a%2Fpatents/patents")[0] == 200


@pytest.mark.parametrize(
    "path",
    ["/v1/deals/c1/%00", "/v1/deals/c1/a%0d%0aSet-Cookie:%20x=y", "/v1/deals/c1/%ff", "/v1/deals/c1/%ed%a0%80",
     "/v1/deals/c1/%e2%80%ae", "/v1/deals/c1/" + "a" * 65, "/v1/deals/c1/", "/v1/deals//L-1", "/v1/deals/C1/L-1",
     "/v1/deals/c1%2FL-1", "/v1/pools/%20", "/v1/pools/", "/v1/entries/%31%00",
     "/v1/entries/" + "9" * 30, "/v1/entries/%D9%A1", "/v1%2Fentries", "/v1/parties/PER:420106199001011234",
     "/v1/programmes/" + "a" * 500, "/v1/programmes/x%2Fscorecards", "/v1/patents/CN202010000001.2"],
)  # fmt: skip
def test_what_names_nothing_is_not_found(get: Get, path: str) -> None:
    status, problem = get(path)
    assert (status, problem["code"]) == (404, "not-found")
