"""The worked cases, played on both databases: through the actions, as every door does."""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import pytest

from ledger.actions import offices, score, standing
from ledger.actions.ledger import Ask, Ledger, Reading
from ledger.actions.record import submit, to_json
from ledger.config import Settings
from ledger.facts.actors import Actor
from ledger.facts.problems import Refused
from schemas.entries import load_batch, load_entry
from tests.cases.player import FILES, PROGRAMMES, Answer, Case, load, play


class Actions:
    """A door that calls the actions themselves."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self.office = ""

    def found(self, office: Mapping[str, Any]) -> None:
        self.office = office["code"]
        told = {"code": office["code"], "name": office["name"], "centre_kind": office["kind"], "region": office["region"]}
        assert offices.found(self.ledger, **told) == 0

    def actor(self, who: str) -> Actor:
        if who == "auditor":
            return Actor("auditor", who)
        if who == "authority":
            return Actor("authority", f"{who}@{self.office}", self.office)
        centre, _, role = who.partition("/")
        return Actor(role or "recorder", f"{role or 'recorder'}@{centre}", centre)  # type: ignore[arg-type]

    def post(self, who: str, request: Mapping[str, Any], *, batch: bool) -> Answer:
        actor = self.actor(who)
        try:
            if batch:
                items = load_batch({"entries": [{"centre": actor.centre, **item} for item in request["entries"]]})
            else:
                items = (load_entry({"centre": actor.centre, **request}),)
            done = submit(self.ledger, actor, items, batch=batch)
        except Refused as refusal:
            return refused(refusal)
        return Answer(done.status, done.body)

    def get(self, who: str, path: str) -> Answer:
        with self.ledger.read() as reading:
            try:
                return Answer(200, to_json(asked(reading, self.actor(who), path).answer()))
            except Refused as refusal:
                return refused(refusal)


def refused(refusal: Refused) -> Answer:
    return Answer(refusal.status, to_json({"code": refusal.code, "errors": [problem.en for problem in refusal.problems]}))


def asked(reading: Reading, actor: Actor, path: str) -> Ask:
    """The action behind one of the paths that cases read."""
    parts = urlsplit(path)
    query: dict[str, Any] = dict(parse_qsl(parts.query))
    days = {name: date.fromisoformat(query.pop(name)) for name in ("on", "from", "to") if name in query}
    if parts.path == "/v1/totals":
        wanted = score.TotalsRequest(
            from_=days.get("from"), to=days.get("to"), on=days.get("on"),
            group_by=tuple(filter(None, query.pop("group_by", "").split(","))), **query,
        )  # fmt: skip
        return score.totals(reading, actor, wanted)
    if found := re.fullmatch("/v1/programmes/([^/]+)/scorecards/([^/]+)", parts.path):
        programme, subject = found.groups()
        return score.scorecard(
            reading, actor, programme, subject, on=days.get("on"), known_at=query.get("known_at"), level=query.get("level", "recorded")
        )
    found = re.fullmatch("/v1/deals/([^/]+)/([^/]+)", parts.path)
    assert found, f"no case reads {path} so far"
    return standing.deal(reading, actor, found[1], unquote(found[2]))


@pytest.fixture
def ledger(database_url: str):
    opened = Ledger.open(Settings(database_url=database_url, programmes=(PROGRAMMES,)))
    yield opened
    opened.engine.dispose()


@pytest.mark.parametrize("path", [pytest.param(path, id=path.stem) for path in FILES])
def test_a_worked_case_comes_out_as_worked(path: Path, ledger: Ledger) -> None:
    play(load(path), Actions(ledger))


def test_a_case_that_is_off_by_one_is_caught(sqlite_url: str) -> None:
    """The player tells what differs and where: a player that passes everything would prove nothing."""
    case = load(FILES[0])
    at = next(number for number, step in enumerate(case.steps) if "read" in step)
    spoilt = {**case.steps[at], "expect": {**case.steps[at]["expect"], "targets.times.value": "4", "targets.nothing.value": "1"}}
    ledger = Ledger.open(Settings(database_url=sqlite_url, programmes=(PROGRAMMES,)))
    with pytest.raises(AssertionError) as told:
        play(replace(case, steps=(*case.steps[:at], spoilt)), Actions(ledger))
    ledger.engine.dispose()
    assert "targets.times.value: expected '4', got '3'" in str(told.value)
    assert "targets.nothing.value: expected '1', and nothing is there" in str(told.value)


def test_a_refusal_that_does_not_come_is_caught(sqlite_url: str) -> None:
    case = load(FILES[0])
    at = next(number for number, step in enumerate(case.steps) if step.get("kind") == "licence")
    spoilt = {**case.steps[at], "refused": {"status": 409}}
    ledger = Ledger.open(Settings(database_url=sqlite_url, programmes=(PROGRAMMES,)))
    with pytest.raises(AssertionError, match="to be refused"):
        play(Case(case.title, case.office, (*case.steps[:at], spoilt)), Actions(ledger))
    ledger.engine.dispose()
