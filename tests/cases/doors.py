"""Ways into a ledger for the worked cases: the actions themselves, and HTTP on the application in this process."""

import re
from collections.abc import Mapping
from datetime import date
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from ledger.actions import offices, score, standing
from ledger.actions.ledger import Ask, Ledger, Reading
from ledger.actions.record import submit, to_json
from ledger.facts.actors import Actor
from ledger.facts.problems import Refused
from schemas.entries import load_batch, load_entry
from tests.cases.player import Answer
from tests.web.service import Service


def speaks_for(who: str, office: str) -> tuple[Any, str | None]:
    """The role and the centre behind `authority`, `auditor`, `c1` or `c1/signatory`."""
    if who in ("auditor", "reader"):
        return who, None
    if who == "authority":
        return who, office
    centre, _, role = who.partition("/")
    return role or "recorder", centre


def with_centre(centre: str | None, request: Mapping[str, Any], *, batch: bool) -> dict[str, Any]:
    if batch:
        return {"entries": [{"centre": centre, **item} for item in request["entries"]]}
    return {"centre": centre, **request}


class Door:
    """What both doors have in common: an office is founded as the command line does it."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self.office = ""

    def found(self, office: Mapping[str, Any]) -> None:
        self.office = office["code"]
        told = {"code": office["code"], "name": office["name"], "centre_kind": office["kind"], "region": office["region"]}
        assert offices.found(self.ledger, **told) == 0


class Actions(Door):
    """A door that calls the actions themselves."""

    def actor(self, who: str) -> Actor:
        role, centre = speaks_for(who, self.office)
        return Actor(role, who, centre)

    def post(self, who: str, request: Mapping[str, Any], *, batch: bool) -> Answer:
        actor = self.actor(who)
        said = with_centre(actor.centre, request, batch=batch)
        try:
            items = load_batch(said) if batch else (load_entry(said),)
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
        level = query.get("level", "recorded")
        return score.scorecard(reading, actor, programme, subject, on=days.get("on"), known_at=query.get("known_at"), level=level)
    found = re.fullmatch("/v1/deals/([^/]+)/([^/]+)", parts.path)
    assert found, f"no case reads {path} so far"
    return standing.deal(reading, actor, found[1], unquote(found[2]))


class Http(Door):
    """A door that sends requests, each with the token of whoever speaks."""

    def __init__(self, service: Service) -> None:
        super().__init__(service.ledger)
        self.service = service

    def post(self, who: str, request: Mapping[str, Any], *, batch: bool) -> Answer:
        role, centre = speaks_for(who, self.office)
        path = "/v1/entries/batch" if batch else "/v1/entries"
        answer = self.service.as_(role, centre).post(path, with_centre(centre, request, batch=batch))
        return Answer(answer.status_code, answer.data)

    def get(self, who: str, path: str) -> Answer:
        answer = self.service.as_(*speaks_for(who, self.office)).get(path)
        return Answer(answer.status_code, answer.data)
