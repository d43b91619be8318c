"""An answer that the caller holds is not made again: it costs the token and the head of the log, and no query over lines."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import Engine, event

from tests.actions import scene
from tests.actions.scene import FIRM, patent_id
from tests.web.service import Caller, Service

CARD = "/v1/programmes/hubei-2025/scorecards/c1"
READS = [
    "/v1/entries", "/v1/entries/20", f"/v1/patents/{patent_id(1)}", f"/v1/parties/{FIRM}", "/v1/pools", "/v1/pools/Q1",
    "/v1/pools/Q1/patents", "/v1/deals/c1/L-1", "/v1/totals?metric=hei_sme_times&centre=c1", "/v1/programmes/hubei-2025/scorecards",
    CARD, f"{CARD}/lines?target=times", f"{CARD}/changes?since=12", f"{CARD}/published",
]  # fmt: skip
OPEN = ["/v1/metrics", "/v1/programmes", "/v1/programmes/hubei-2025"]


@contextmanager
def queries(engine: Engine) -> Iterator[list[str]]:
    """The statements that are sent while we look."""
    seen: list[str] = []

    def note(_: Any, __: Any, statement: str, *___: Any) -> None:
        if statement.lstrip().upper().startswith(("SELECT", "WITH")):
            seen.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", note)


def tag(caller: Caller, path: str, **headers: str) -> str:
    response = caller.get(path, **headers)
    assert response.status_code == 200, response.text
    return response.headers["ETag"]


@pytest.mark.parametrize("path", READS + OPEN)
def test_an_answer_held_costs_the_token_and_the_head(house: Service, path: str) -> None:
    caller = house.as_("auditor")
    first = caller.get(path)
    with queries(house.ledger.engine) as sent:
        again = caller.get(path, If_None_Match=first.headers["ETag"])
    assert (again.status_code, again.data) == (304, b"")
    for name in ("ETag", "Ledger-Size", "Vary", "Cache-Control"):
        assert again.headers[name] == first.headers[name]
    assert "Content-Type" not in again.headers
    tables = {statement.partition("FROM")[2].split()[0] for statement in sent}
    assert tables == ({"log_head"} if path in OPEN else {"log_head", "token"})
    assert len(sent) == len(tables)


@pytest.mark.parametrize("held", ['"x", {tag}', "W/{tag}", '{tag}, "y"'])
def test_the_tag_may_stand_among_others(house: Service, held: str) -> None:
    caller = house.as_("auditor")
    assert caller.get(CARD, If_None_Match=held.format(tag=tag(caller, CARD))).status_code == 304


@pytest.mark.parametrize("held", ['"x"', "*", "", "{bare}", '"', "W/"])
def test_another_tag_gets_the_answer(house: Service, held: str) -> None:
    caller = house.as_("auditor")
    assert caller.get(CARD, If_None_Match=held.format(bare=tag(caller, CARD).strip('"')[:-1])).status_code == 200


def test_an_append_makes_every_answer_new(service: Service) -> None:
    caller = service.as_("auditor")
    held = {path: tag(caller, path) for path in READS}
    scene.say(service.ledger, "recorder", "c2", scene.patent(50))
    for path in READS:
        assert caller.get(path, If_None_Match=held[path]).status_code == 200, path


def test_an_append_leaves_definitions_and_what_was_known_then_as_they_are(service: Service) -> None:
    caller = service.as_("auditor")
    then = [f"{CARD}?known_at={service.size}&on=2026-01-31", "/v1/metrics", "/v1/programmes/hubei-2025"]
    held = {path: tag(caller, path) for path in then}
    bodies = {path: caller.get(path).data for path in then}
    scene.say(service.ledger, "recorder", "c1", scene.licence("L-50", [6], registered_on="2025-12-01"))
    for path in then:
        assert caller.get(path, If_None_Match=held[path]).status_code == 304
        assert caller.get(path).data == bodies[path]
        assert caller.get(path).headers["Ledger-Size"] == str(service.size)


def test_tags_differ_by_caller_language_and_request(service: Service) -> None:
    callers = [service.as_("auditor"), service.as_("reader"), service.as_("recorder", "c1"), service.as_("signatory", "c1"),
               service.as_("authority"), service.as_("authority", None, "420500")]  # fmt: skip
    tags = [tag(caller, CARD, Accept_Language=language) for caller in callers for language in ("zh", "en")]
    tags += [
        tag(callers[0], f"{CARD}?{query}")
        for query in ("on=2026-01-31", "on=2026-02-01", "level=verified", "known_at=30", "on=2026-01-31&level=attested")
    ]
    assert len(set(tags)) == len(tags)


def test_what_is_filled_in_is_part_of_the_request(house: Service) -> None:
    caller = house.as_("auditor")
    with house.ledger.read() as reading:
        today = reading.today.isoformat()
    assert tag(caller, CARD) == tag(caller, f"{CARD}?on={today}&known_at={house.size}&level=recorded")


def test_the_same_request_is_answered_by_the_same_bytes(house: Service) -> None:
    caller = house.as_("auditor")
    for path in READS + OPEN:
        assert caller.get(path).data == caller.get(path).data
