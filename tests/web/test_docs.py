"""The document says what the service does, and the page shows it in a real browser with nothing from elsewhere."""

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Page
from werkzeug.serving import make_server

from ledger.facts.encoding import KINDS
from ledger.web.auth import LOG, OPEN
from tests.web.service import Service, problem_of

# What a browser or a person opens is no part of the API.
NOT_IN_THE_DOCUMENT = ("docs.", "pages.")


@pytest.fixture(scope="module")
def document(house: Service) -> Any:
    return house.nobody.get("/openapi.json").json


def operations(document: Any) -> Iterator[tuple[str, str, Any]]:
    for path, item in document["paths"].items():
        for method, operation in item.items():
            if method != "parameters":
                yield path, method, operation


def test_the_document_is_openapi_of_this_release(house: Service, document: Any) -> None:
    from ledger import __version__

    assert document["openapi"] == "3.1.0"
    assert document["info"]["version"] == __version__
    assert document["components"]["securitySchemes"] == {"bearer": {"type": "http", "scheme": "bearer"}}


def test_every_route_of_the_api_is_in_it(house: Service, document: Any) -> None:
    told = {(path, method.upper()) for path, method, _ in operations(document)}
    routes = set()
    for rule in house.app.url_map.iter_rules():
        if not rule.endpoint.startswith(NOT_IN_THE_DOCUMENT):
            path = "".join(part if not dynamic else f"{{{part}}}" for dynamic, part in rule._trace).removeprefix("|")
            routes |= {(path, method) for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}}
    assert told == routes


def test_every_operation_says_who_may_and_how_it_may_fail(house: Service, document: Any) -> None:
    areas = {view.__name__: getattr(view, "guarded_by", None) for view in house.app.view_functions.values()}
    names = [operation["operationId"] for *_, operation in operations(document)]
    assert len(set(names)) == len(names)
    for path, method, operation in operations(document):
        area = areas[operation["operationId"]]
        who = {OPEN: [], LOG: [{}, {"bearer": []}]}.get(area, [{"bearer": []}])  # the log is open or not as the settings say
        assert operation.get("security", document["security"]) == who, path
        statuses = set(operation["responses"])
        assert {"429", "500", "503"} <= statuses
        assert ({"401", "403"} <= statuses) == (area != OPEN or (path == "/session" and method == "post"))
        assert ("304" in statuses) == (method == "get" and path.startswith("/v1"))
        assert ({"400", "409", "413", "415", "422"} <= statuses) == (method == "post" and path.startswith("/v1"))
        assert "default" not in statuses
        assert operation["summary"]


def test_every_refusal_is_documented_as_problem_details(document: Any) -> None:
    for name, response in document["components"]["responses"].items():
        assert list(response["content"]) == ["application/problem+json"], name
    assert "WWW-Authenticate" in document["components"]["responses"]["UNAUTHORIZED"]["headers"]
    for name in ("SERVICE_UNAVAILABLE", "TOO_MANY_REQUESTS"):
        assert "Retry-After" in document["components"]["responses"][name]["headers"]


def test_a_request_is_one_of_the_kinds(document: Any) -> None:
    told = document["components"]["schemas"]["EntryRequest"]
    assert list(told["discriminator"]["mapping"]) == list(KINDS)
    assert told["oneOf"] == [{"$ref": ref} for ref in told["discriminator"]["mapping"].values()]


def test_every_reference_leads_somewhere(document: Any) -> None:
    def references(value: Any) -> Iterator[str]:
        if isinstance(value, dict):
            if isinstance(value.get("$ref"), str):
                yield value["$ref"]
            for below in value.values():
                yield from references(below)
        elif isinstance(value, list):
            for below in value:
                yield from references(below)

    for reference in set(references(document)):
        found = document
        for part in reference.removeprefix("#/").split("/"):
            found = found[part]


def test_the_document_is_not_sent_twice(house: Service) -> None:
    first = house.nobody.get("/openapi.json")
    assert house.nobody.get("/openapi.json", If_None_Match=first.headers["ETag"]).status_code == 304


@pytest.mark.parametrize("name", ["index.html", "oauth2-redirect.html", "..%2F__init__.py", "x"])
def test_only_the_files_of_the_page_are_served(house: Service, name: str) -> None:
    assert problem_of(house.nobody.get(f"/docs/ui/{name}"))["code"] == "not-found"


@pytest.fixture(scope="module")
def address(house: Service) -> Iterator[str]:
    with serving(house.app) as where:
        yield where


class serving:  # noqa: N801  # reads as a verb where it is used
    """The application on a port of its own, for as long as the block runs."""

    def __init__(self, app: Flask) -> None:
        self.server = make_server("127.0.0.1", 0, app, threaded=True)
        self.thread = threading.Thread(target=self.server.serve_forever)

    def __enter__(self) -> str:
        self.thread.start()
        return f"http://127.0.0.1:{self.server.server_port}"

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


@pytest.mark.browser
def test_the_page_shows_every_operation_in_a_real_browser(page: Page, address: str, document: Any) -> None:
    page.goto(f"{address}/docs")
    page.wait_for_selector(".opblock")
    shown = {block.inner_text().replace("\u200b", "") for block in page.query_selector_all(".opblock-summary-path")}
    assert shown == set(document["paths"])


@pytest.mark.browser
def test_an_operation_opens_and_can_be_tried(page: Page, address: str, house: Service) -> None:
    page.goto(f"{address}/docs")
    page.get_by_text("/healthz", exact=False).first.click()
    page.get_by_role("button", name="Try it out").click()
    page.get_by_role("button", name="Execute").click()
    page.wait_for_selector(".live-responses-table .response")
    assert "200" in page.inner_text(".live-responses-table .response")
