"""The walk through everything that is written: by request, in batches, out of order, and past the web."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

from ledger.actions.record import Submission, rehearse
from ledger.actions.roles import check_actor
from ledger.facts.actors import Actor
from ledger.facts.problems import Refused
from ledger.facts.text import half_width
from ledger.facts.world import World
from ledger.store.worlds import StoredLog
from schemas.entries import load_batch
from tests.access.answers import Deviation, marks_beyond
from tests.access.house import CALLERS, House
from tests.access.scenery import CENTRES, KEY, OFFICES, claims, closing, entry_of, party, with_indices
from tests.access.scenery import centre as centre_of
from tests.access.writing import BY_ROLE, KINDS, LATER, SPEAKERS, SPEAKING, Case, attestation, cases


def said(house: House, case: Case) -> dict[str, Any]:
    return {"kind": case.kind, "centre": case.stream, "body": with_indices(case.body, house.at)}


def senders(case: Case) -> Sequence[str]:
    """Everybody, of the cases of a centre and of an office; of the others', whoever speaks for that stream."""
    return [who for who, (_, centre, _) in CALLERS.items() if case.stream in ("wh-optics", "hb-ipo", centre)]


def by_request(house: House, only: str = "") -> Iterator[Deviation]:
    """Each case, sent as a request of its own: as a dry run where it would be taken, and for good where it is not."""
    for case in (one for one in cases() if only in one.name):
        body = said(house, case)
        for who in senders(case):
            expected = 200 if who in case.may else 403
            path = "/v1/entries?dry_run=true" if expected == 200 else "/v1/entries"
            yield from refusal("request", house, who, case.name, expected, path, body)


def by_batch(house: House, only: str = "") -> Iterator[Deviation]:
    """The same in batches: after something that whoever writes to the stream may say."""
    first = {code: {"kind": "party", "centre": code, "body": party("ORG:first")} for code in (*CENTRES, *OFFICES)}
    writers = {code: recorders for code, (recorders, _) in SPEAKERS.items()} | SPEAKING
    for case in (one for one in cases() if only in one.name):
        for who in writers[case.stream]:
            expected, batch = 200 if who in case.may else 403, {"entries": [first[case.stream], said(house, case)]}
            yield from refusal("batch", house, who, case.name, expected, "/v1/entries/batch?dry_run=true", batch, "entries.1")


def refusal(
    part: str, house: House, who: str, what: str, expected: int, path: str, body: Any, place: str = ""
) -> Iterator[Deviation]:
    """Ask, and look at the status; of what is forbidden, that nothing else is told."""
    response = house.ask(who, "POST", path, body)
    if response.status_code != expected:
        yield Deviation(part, who, what, expected, response.status_code)
    elif expected == 403:
        errors: Any = response.json["errors"]  # type: ignore[index]
        told = {(error["code"], error["path"].startswith(place)) for error in errors}
        if told != {("forbidden", True)}:
            yield Deviation(part, who, what, {("forbidden", True)}, told)
        if beyond := marks_beyond(who, response):
            yield Deviation("marks", who, what, [], beyond)


def without_a_body(house: House, only: str = "") -> Iterator[Deviation]:
    """What is forbidden is so before anything else is judged, whatever the body looks like (RULINGS 43)."""
    for who, (role, centre, _) in ((who, told) for who, told in CALLERS.items() if only in who):
        for path in ("/v1/entries", "/v1/entries/batch"):
            expected = 415 if BY_ROLE[role] else 403
            if (given := house.ask(who, "POST", path).status_code) != expected:
                yield Deviation("shape", who, f"nothing at {path}", expected, given)
        for kind in KINDS:
            for stream in filter(None, (centre, "yc-chem", "hb-ipo")):
                own = kind in BY_ROLE[role] and stream == centre
                expected = 422 if own else 403
                bodies: tuple[Any, ...] = ({}, "none", None) if stream == centre else ({},)
                for body in bodies:
                    item: dict[str, Any] = {"kind": kind, "centre": stream, "body": body}
                    yield from refusal("shape", house, who, f"{stream} {kind} {body}", expected, "/v1/entries", item)
                item = {"kind": kind, "centre": stream, "body": {}, "more": 1}
                batch = {"entries": [item]}
                yield from refusal("shape", house, who, f"{stream} {kind} in a batch", expected, "/v1/entries/batch", batch)
                if not own:
                    yield from refusal("shape", house, who, f"{stream} {kind} beside", 403, "/v1/entries", item | {"entries": []})
        if centre is not None:
            # No way of writing the name of another stream slips past.
            for other in ("js-ipo", "ｙｃ-chem"):
                if half_width(other) != centre:
                    item = {"kind": "party", "centre": f" {other} ", "body": party("ORG:new")}
                    yield from refusal("shape", house, who, f"as {other}", 403, "/v1/entries?dry_run=true", item)
        if role == "authority" and who not in ("province", "narrowed"):
            # Nor is anything told of what would be wrong with it besides.
            body = attestation("@yc-chem:activity reversed", "verified")
            item = {"kind": "attestation", "centre": centre, "body": with_indices(body, house.at)}
            yield from refusal("shape", house, who, "a verdict in vain", 403, "/v1/entries?dry_run=true", item)


def by_the_rules(house: House, only: str = "") -> Iterator[Deviation]:
    """Each case, put to the ledger as whoever comes in by another door than the web would put it."""
    for case in (one for one in cases() if only in one.name):
        items = load_batch({"entries": [said(house, case)]})
        for who in senders(case):
            expected = "taken" if who in case.may else "forbidden"
            told = f"{case.name} (only reads)" if not BY_ROLE[CALLERS[who][0]] else case.name
            yield from put(house, "rules", house.actor(who), Submission(house.actor(who), items), told, expected)


def put(house: House, part: str, actor: Actor, submission: Submission, what: str, expected: str) -> Iterator[Deviation]:
    outcome = rehearse(house.ledger, submission)
    given = outcome.code if isinstance(outcome, Refused) else "taken"
    if given != expected:
        yield Deviation(part, actor.name, what, expected, given)
    elif isinstance(outcome, Refused) and what.endswith("(only reads)") and outcome.problems[0].path:
        # Not that the stream is another's: there is none that would be theirs.
        yield Deviation(part, actor.name, what, "", outcome.problems[0].path)


def by_nobody_there_is(house: House, only: str = "") -> Iterator[Deviation]:
    """No token is made for these; were there one, it would open nothing. And the command line founds offices, nothing else."""
    for role, stream in (("recorder", "hb-ipo"), ("authority", "wh-optics"), ("signatory", "hb-ipo")):
        actor = Actor(role, "nobody", stream)  # type: ignore[arg-type]
        kind, body = ("party", party("ORG:new"))
        if role == "signatory":
            kind, body = "closing", with_indices(closing("wh-optics", "submit", LATER), house.at)
        items = load_batch({"entries": [{"kind": kind, "centre": stream, "body": body}]})
        yield from put(house, "impostors", actor, Submission(actor, items), f"{role} of {stream}", "forbidden")
    founder = Actor("authority", "pool-ledger", "gd-ipo")
    for kind, body, expected in (
        ("centre", centre_of("gd-ipo", "province_office", "440000"), "taken"),
        ("centre", centre_of("gd-ipo", "centre", "440000"), "forbidden"),
        ("centre", centre_of("gz-chips", "city_office", "440100"), "forbidden"),
        ("party", party("ORG:new"), "forbidden"),
    ):
        items = load_batch({"entries": [{"kind": kind, "centre": "gd-ipo", "body": body}]})
        what = f"founding by {kind} {body.get('code')}"
        yield from put(house, "impostors", founder, Submission(founder, items, founding=True), what, expected)
    for role, centre_, region, expected in TOKENS:
        try:
            with house.ledger.read() as reading:
                check_actor(Actor(role, "new", centre_, region), World(StoredLog(reading.connection)))  # type: ignore[arg-type]
            given = "made"
        except Refused as refused:
            given = refused.code
        if given != expected:
            yield Deviation("impostors", f"{role} {centre_} {region}", "a token", expected, given)


# What a token may be made of, and what the issuer may say of a subject: role, centre, region.
TOKENS: Final = (
    ("recorder", "wh-optics", None, "made"),
    ("recorder", "nobody-yet", None, "made"),
    ("recorder", "hb-ipo", None, "invalid"),
    ("signatory", "wh-ipo", None, "invalid"),
    ("recorder", None, None, "invalid"),
    ("recorder", "wh-optics", "420100", "invalid"),
    ("authority", "hb-ipo", None, "made"),
    ("authority", "hb-ipo", "420500", "made"),
    ("authority", "hb-ipo", "320000", "invalid"),
    ("authority", "wh-ipo", "420000", "invalid"),
    ("authority", "wh-ipo", "420500", "invalid"),
    ("authority", "wh-optics", None, "invalid"),
    ("authority", "gd-ipo", None, "unknown-centre"),
    ("authority", None, None, "invalid"),
    ("reader", "wh-optics", None, "invalid"),
    ("auditor", None, "420000", "invalid"),
    ("auditor", None, None, "made"),
)


def by_key(house: House, only: str = "") -> Iterator[Deviation]:
    """A key stands for what a centre said with it: to that centre, and to nobody else (DESIGN section 3)."""
    again = {"entries": [entry_of("wh-optics", one, house.at) for one in claims("wh-optics", "L-9")]}
    # Who may send it gets the first answer again; nobody else hears of it.
    for who in CALLERS:
        response = house.ask(who, "POST", "/v1/entries/batch?dry_run=true", again, Idempotency_Key=KEY)
        given = response.status_code, response.headers.get("Idempotency-Replayed")
        if given != (expected := (200, "true") if who == "recorder" else (403, None)):
            yield Deviation("keys", who, "the first answer again", expected, given)
    # In another stream the same key is another one.
    for who in ("neighbour", "park", "stranger", "province"):
        centre = CALLERS[who][1]
        item = {"kind": "party", "centre": centre, "body": party("ORG:new")}
        response = house.ask(who, "POST", "/v1/entries?dry_run=true", item, Idempotency_Key=KEY)
        given = response.status_code, response.headers.get("Idempotency-Replayed")
        if given != (200, None):
            yield Deviation("keys", who, "the same key of one's own", (200, None), given)
    items = load_batch(again)
    for who in CALLERS:
        if who not in ("recorder", "signatory"):  # what the centre has recorded is its signatory's to read
            outcome = rehearse(house.ledger, Submission(house.actor(who), items, batch=True, key=KEY))
            if (code := outcome.code if isinstance(outcome, Refused) else "taken") != "forbidden":
                yield Deviation("keys", who, "by another door", "forbidden", code)
