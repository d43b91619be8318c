"""The whole surface: who may pass each door, and what every answer carries."""

import pytest
from flask import Flask

from ledger.actions.publish import publish
from ledger.facts.actors import READS, ROLES
from ledger.web.auth import AREAS, LOG, OPEN
from tests.web.service import Service, problem_of

# All that anybody may see without a token (DESIGN section 7). The log is open too, unless the settings say otherwise.
OPEN_ROUTES = {
    "/healthz", "/readyz", "/v1/metrics", "/v1/programmes", "/v1/programmes/<name:programme>", "/openapi.json", "/docs",
    "/docs/ui/<name>", "/docs/start.js", "/problems/<code>", "/static/<name>",
    "/session", "/session/end",  # whoever signs in is nobody yet, and whoever signs out may be nobody any more
}  # fmt: skip

READ_PATHS = [
    ("entries", "/v1/entries"), ("entries", "/v1/entries/0"), ("entries", "/v1/entries/0/proof"),
    ("master", "/v1/patents/CN202010000001.1"), ("master", "/v1/parties/1242000044160001X2"), ("entries", "/v1/pools"),
    ("entries", "/v1/pools/Q1"), ("entries", "/v1/pools/Q1/patents"), ("entries", "/v1/deals/c1/L-1"),
    ("figures", "/v1/totals?metric=hei_sme_times&centre=c1"),
    ("figures", "/v1/programmes/hubei-2025/scorecards"), ("figures", "/v1/programmes/hubei-2025/scorecards/c1"),
    ("entries", "/v1/programmes/hubei-2025/scorecards/c1/lines?target=times"),
    ("entries", "/v1/programmes/hubei-2025/scorecards/c1/changes?since=5"), ("metrics", "/metrics"),
    ("figures", "/v1/programmes/hubei-2025/scorecards/c1/published"),
    ("exports", "/v1/exports/bundle?programme=hubei-2025&subject=c1"),
]  # fmt: skip


def areas(app: Flask) -> dict[str, str | None]:
    """The area that each route is guarded by."""
    return {rule.rule: getattr(app.view_functions[rule.endpoint], "guarded_by", None) for rule in app.url_map.iter_rules()}


def test_every_route_is_guarded_or_known_to_be_open(house: Service) -> None:
    found = areas(house.app)
    assert [rule for rule, area in found.items() if area is None] == []
    assert {rule for rule, area in found.items() if area == OPEN} == OPEN_ROUTES
    assert {rule for rule, area in found.items() if area == LOG} == {rule for rule in found if rule.startswith("/log/")}


def test_every_guard_names_an_area(house: Service) -> None:
    assert set(areas(house.app).values()) <= AREAS.keys()


@pytest.mark.parametrize(("area", "path"), READ_PATHS)
@pytest.mark.parametrize(
    "authorization", [None, "", "Bearer", "Bearer ", "Bearer x", "Basic YTpi", "Bearer " + "A" * 43, "Bearer é", "Bearer a b"]
)
def test_no_token_no_entry(house: Service, area: str, path: str, authorization: str | None) -> None:
    headers = {} if authorization is None else {"Authorization": authorization}
    response = house.nobody.get(path, **headers)
    assert problem_of(response)["code"] == "unauthenticated"
    assert response.status_code == 401
    challenge = response.headers["WWW-Authenticate"]
    assert challenge.startswith("Bearer")
    assert ("invalid_token" in challenge) == (authorization is not None)


@pytest.mark.parametrize(("area", "path"), READ_PATHS)
@pytest.mark.parametrize("role", ROLES)
def test_a_role_passes_where_the_table_gives_it_reach(house: Service, area: str, path: str, role: str) -> None:
    centre = {"recorder": "c1", "signatory": "c1"}.get(role)
    response = house.as_(role, centre).get(path)
    reaches = area == "metrics" and role == "auditor" if area not in READS else READS[area][role] is not None  # type: ignore[index]
    # The list of entries begins with one of the office, which no centre may read.
    refused = not reaches or (path.startswith("/v1/entries/0") and centre == "c1")
    assert response.status_code == (403 if refused else 200), response.text
    if refused:
        assert problem_of(response)["code"] == "forbidden"


@pytest.mark.parametrize("role", ["reader", "auditor"])
@pytest.mark.parametrize("path", ["/v1/entries", "/v1/entries/batch"])
def test_who_only_reads_is_refused_whatever_the_body_is(house: Service, role: str, path: str) -> None:
    assert problem_of(house.as_(role).post(path, raw=b"{not json", Content_Type="text/plain"))["code"] == "forbidden"


def test_a_revoked_token_opens_nothing_from_then_on(service: Service) -> None:
    from ledger.actions.access import list_tokens, revoke_token

    caller = service.as_("auditor")
    assert caller.get("/v1/entries").status_code == 200
    revoke_token(service.ledger, list_tokens(service.ledger)[-1].id)
    assert problem_of(caller.get("/v1/entries"))["code"] == "unauthenticated"


@pytest.mark.parametrize(("area", "path"), [pair for pair in READ_PATHS if pair[0] != "metrics"] + [("open", "/v1/metrics")])
def test_every_read_says_how_long_the_log_was_and_how_it_may_be_kept(house: Service, area: str, path: str) -> None:
    response = house.as_("auditor").get(path)
    assert response.status_code == 200
    assert response.headers["Ledger-Size"] == str(house.size)
    assert response.headers["Cache-Control"] == "private, no-cache"
    assert {word.strip() for word in response.headers["Vary"].split(",")} == {"Authorization", "Accept-Language"}
    tag, weak = response.get_etag()
    assert tag
    assert not weak


@pytest.mark.parametrize(("area", "path"), READ_PATHS)
def test_a_head_says_what_a_get_would(house: Service, area: str, path: str) -> None:
    caller = house.as_("auditor")
    got, headed = caller.get(path), caller.ask("HEAD", path)
    assert headed.status_code == 200
    assert headed.data == b""
    kept = ("Content-Type", "ETag", "Ledger-Size")
    assert {name: headed.headers.get(name) for name in kept} == {name: got.headers.get(name) for name in kept}


def test_prometheus_is_told_of_requests_by_route_and_status(house: Service) -> None:
    house.as_("auditor").get("/v1/entries/999999")
    told = house.as_("auditor").get("/metrics")
    assert told.content_type.startswith("text/plain")
    counted = (line for line in told.text.splitlines() if line.startswith("ledger_requests_total{"))
    lines = [line for line in counted if 'route="entries.read_entry"' in line and 'status="404"' in line]
    assert len(lines) == 1
    assert float(lines[0].rsplit(" ", 1)[1]) >= 1


def test_prometheus_is_told_how_far_publishing_lags_behind(service: Service) -> None:
    def told() -> dict[str, float]:
        lines = service.as_("auditor").get("/metrics").text.splitlines()
        wanted = [line.split() for line in lines if line.startswith(("ledger_size", "ledger_published", "ledger_unpublished"))]
        return {name: float(value) for name, value in wanted}

    before = told()
    assert (before["ledger_size"], before["ledger_published_size"]) == (service.size, 0)
    assert before["ledger_unpublished_seconds"] > 0
    publish(service.ledger)
    assert told() == {"ledger_size": service.size, "ledger_published_size": service.size, "ledger_unpublished_seconds": 0}


def test_the_service_says_that_it_lives_and_that_it_can_work(house: Service) -> None:
    assert house.nobody.get("/healthz").json == {"status": "ok"}
    assert house.nobody.get("/readyz").json == {"status": "ready", "size": house.size}
