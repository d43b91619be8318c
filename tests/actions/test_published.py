"""What was accepted stays readable: as it was published, as it is known now, and what made the difference."""

import hashlib
import json
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
import rfc8785
from sqlalchemy import Engine, delete, update

from ledger.actions.explain import changes
from ledger.actions.ledger import Ledger
from ledger.actions.published import published
from ledger.actions.record import to_json
from ledger.actions.score import scorecard
from ledger.facts.actors import Actor
from ledger.facts.problems import Refused
from ledger.kpi.language import Catalogue
from ledger.store import tables as t
from tests.actions.scene import found, ledger_on, licence, patent, say

AUDITOR, READER = Actor("auditor", "auditor"), Actor("reader", "reader")
RECORDER = Actor("recorder", "recorder@c1", "c1")
OFFICE = Actor("authority", "authority@hb-ipo", "hb-ipo", "420000")
ELSEWHERE = Actor("authority", "authority@hb-ipo", "hb-ipo", "420500")
THROUGH = date(2025, 12, 31)
PERIOD = {"programme": "hubei-2025", "subject": "c1", "through": THROUGH.isoformat()}


@pytest.fixture
def ledger(engine: Engine) -> Ledger:
    """c1 has two licences: entries 13 and 14, registered in the period, the second for 30 万元."""
    made = ledger_on(engine)
    found(made)
    deals = [licence("L-1", [1], registered_on="2025-09-10"), licence("L-2", [2], registered_on="2025-10-10")]
    assert say(made, "recorder", "c1", patent(1), patent(2), *deals) == 10
    return made


def step(ledger: Ledger, action: str, **more: Any) -> int:
    by: Any = ("signatory", "c1") if action == "submit" else ("authority", "hb-ipo")
    return say(ledger, *by, ("closing", {**PERIOD, "action": action, **more}))


def accept(ledger: Ledger, **more: Any) -> int:
    step(ledger, "submit", **{name: value for name, value in more.items() if name == "through"})
    return step(ledger, "accept", **more)


def asked(ledger: Ledger, who: Actor = AUDITOR, programme: str = "hubei-2025", subject: str = "c1", **told: Any) -> dict[str, Any]:
    """The page, as it is answered."""
    query: dict[str, Any] = {"through": None, "known_at": None, "limit": 10, "cursor": None} | told
    with ledger.read() as reading:
        page: dict[str, Any] = json.loads(to_json(published(reading, who, programme, subject, **query).answer()))
    return page


def items(ledger: Ledger, who: Actor = AUDITOR, **told: Any) -> list[dict[str, Any]]:
    return list(asked(ledger, who, **told)["items"])


def card(ledger: Ledger, size: int | None = None, who: Actor = AUDITOR) -> Any:
    with ledger.read() as reading:
        known_at = None if size is None else str(size)
        ask = scorecard(reading, who, "hubei-2025", "c1", on=THROUGH, known_at=known_at, level="recorded")
        return json.loads(to_json(ask.answer()))


def figures(card: Any, name: str = "value") -> dict[str, Any]:
    return {row["id"]: row[name] for row in card["targets"]}


def reverse(ledger: Ledger, index: int) -> int:
    return say(ledger, "recorder", "c1", ("reversal", {"entry": index, "reason": "data_error"}))


def test_what_was_published_is_what_the_acceptance_bound_to_the_byte(ledger: Ledger) -> None:
    index = accept(ledger, decisions={"growth": True}, note="同意")
    step(ledger, "reopen", note="补正")
    reverse(ledger, 13)
    (item,) = items(ledger)
    assert item["published"] == card(ledger, index)
    assert hashlib.sha256(rfc8785.dumps(item["published"])).hexdigest() == item["scorecard_digest"]
    assert item["holds"] is True
    with ledger.read() as reading:
        fact = reading.book(reading.size).history(("closing", "hubei-2025\tc1"))[1].fact  # type: ignore[arg-type]
    bound = {name: getattr(fact, name) for name in ("size", "scorecard_digest", "programme_digest", "decisions", "note")}
    assert {name: item[name] for name in bound} == bound
    assert (item["entry"], item["through"], item["size"]) == (index, "2025-12-31", index)


def test_what_is_known_now_stands_beside_it_with_the_entries_that_made_the_difference(ledger: Ledger) -> None:
    index = accept(ledger)
    step(ledger, "reopen", note="补正")
    taken_back = reverse(ledger, 13)
    added = say(ledger, "recorder", "c1", licence("L-3", [1, 2], registered_on="2025-11-10"))
    (item,) = items(ledger)
    assert item["now"] == card(ledger)
    assert (figures(item["published"])["times"], figures(item["now"])["times"]) == ("2", "3")
    with ledger.read() as reading:
        ask = changes(reading, AUDITOR, "hubei-2025", "c1", since=index, on=THROUGH, known_at=None, level="recorded")
        assert item["changes"] == json.loads(to_json(ask.answer()))
    moved = {one["id"]: one["entries"] for one in item["changes"]["targets"]}
    assert moved["times"] == [taken_back, added]


def test_while_nothing_has_moved_the_two_differ_in_what_was_known_alone(ledger: Ledger) -> None:
    accept(ledger)
    (item,) = items(ledger)
    assert item["changes"]["targets"] == []
    assert {name for name in item["now"] if item["now"][name] != item["published"][name]} == {"known_at"}


def test_decisions_are_in_what_is_known_and_not_in_what_was_published(ledger: Ledger) -> None:
    accept(ledger, decisions={"growth": True})
    (item,) = items(ledger)
    assert (figures(item["published"], "met")["growth"], figures(item["now"], "met")["growth"]) == (None, True)


def test_acceptances_that_were_reopened_are_told_as_such_beside_those_that_stand(ledger: Ledger) -> None:
    first = accept(ledger)
    reopened = step(ledger, "reopen", note="补正")
    second = accept(ledger)
    other = accept(ledger, through="2026-06-30")
    told = [(item["entry"], item["state"], item["reopened_by"]) for item in items(ledger)]
    assert told == [(first, "reopened", reopened), (second, "accepted", None), (other, "accepted", None)]
    assert [item["entry"] for item in items(ledger, through=THROUGH)] == [first, second]
    assert items(ledger, through=date(2025, 1, 1)) == []


def test_pages_follow_each_other_in_the_order_of_the_log(ledger: Ledger) -> None:
    throughs = ("2025-12-31", "2026-06-30", "2025-06-30")
    expected = [accept(ledger, through=through) for through in throughs]
    found_, cursor = [], None
    while True:
        page = asked(ledger, limit=1, cursor=cursor)
        found_ += [item["entry"] for item in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert found_ == expected


@pytest.mark.parametrize("cursor", ["x", "-1", "1.1", "²", "9" * 19])
def test_a_cursor_that_no_page_gave_is_refused(ledger: Ledger, cursor: str) -> None:
    with pytest.raises(Refused) as caught:
        asked(ledger, cursor=cursor)
    assert [(p.code, p.path) for p in caught.value.problems] == [("invalid", "cursor")]


def test_known_at_looks_at_the_log_as_it_was(ledger: Ledger) -> None:
    index = accept(ledger)
    at_once = items(ledger, known_at=str(index + 1))
    step(ledger, "reopen", note="补正")
    reverse(ledger, 13)
    assert items(ledger, known_at=str(index)) == []
    assert items(ledger, known_at=str(index + 1)) == at_once
    assert at_once[0]["state"] == "accepted"


# --- when files and people move on


def without_the_programme(ledger: Ledger) -> Ledger:
    programmes = {id_: programme for id_, programme in ledger.catalogue.programmes.items() if id_ != "hubei-2025"}
    return replace(ledger, catalogue=Catalogue(ledger.catalogue.metrics, programmes))


def with_another_programme(ledger: Ledger) -> Ledger:
    """Another definition under the same name."""
    other = ledger.catalogue.programmes["hubei-2025"]
    moved = replace(other, targets=other.targets[:1], digest="0" * 64)
    return replace(ledger, catalogue=Catalogue(ledger.catalogue.metrics, {**ledger.catalogue.programmes, "hubei-2025": moved}))


@pytest.mark.parametrize("move_on", [without_the_programme, with_another_programme])
def test_what_was_published_is_counted_by_the_definition_that_was_kept(ledger: Ledger, move_on: Any) -> None:
    accept(ledger)
    before = items(ledger)
    later = move_on(ledger)
    assert items(later) == before
    assert before[0]["holds"]


def test_a_subject_whose_participation_was_taken_back_is_known_no_more_and_stays_published(ledger: Ledger) -> None:
    accept(ledger)
    with ledger.read() as reading:
        (joined, *_) = reading.book(reading.size).history(("participation", "hubei-2025\tc1"))  # type: ignore[arg-type]
    say(ledger, "authority", "hb-ipo", ("reversal", {"entry": joined.index, "reason": "data_error"}))
    (item,) = items(ledger)
    assert item["holds"]
    assert (item["now"], item["changes"]["targets"]) == (None, [])


def test_without_the_definition_nothing_is_shown_and_nothing_holds(ledger: Ledger) -> None:
    accept(ledger)
    with ledger.engine.begin() as connection:
        connection.execute(delete(t.definition))
    (item,) = items(without_the_programme(ledger))
    assert (item["holds"], item["published"], item["now"]) == (False, None, None)


@pytest.mark.parametrize("text", ["{", "[]", "{}", None])
def test_by_a_definition_that_was_altered_nothing_holds(ledger: Ledger, text: str | None) -> None:
    accept(ledger)
    another = dict(ledger.catalogue.programmes["hubei-2025"].resolved) | {"source": "另一文件"}
    text = text or rfc8785.dumps(another).decode()  # type: ignore[arg-type]
    with ledger.engine.begin() as connection:
        connection.execute(update(t.definition).values(definition=text))
    (item,) = items(without_the_programme(ledger))
    assert item["holds"] is False
    assert (item["published"] is None) == (len(text) < 3)


def test_figures_that_the_tables_no_longer_bear_out_do_not_hold(ledger: Ledger) -> None:
    accept(ledger)
    with ledger.engine.begin() as connection:
        connection.execute(update(t.deal_line).values(amount=1))
    (item,) = items(ledger)
    assert item["holds"] is False


# --- who sees what


def prices(ledger: Ledger) -> None:
    """An accepted period in which the price of a single contract has moved since."""
    accept(ledger, note="同意")
    step(ledger, "reopen", note="补正")
    reverse(ledger, 13)


def test_a_reader_sees_what_was_published_and_no_price_and_no_entry(ledger: Ledger) -> None:
    prices(ledger)
    (item,) = items(ledger, READER)
    assert item["holds"]
    assert item["note"] is None
    assert item["scorecard_digest"] is None  # the hidden amounts could be tried out until it fits
    assert items(ledger)[0]["scorecard_digest"] is not None
    for name, size in (("published", item["size"]), ("now", None)):
        assert item[name] == card(ledger, size, READER)
        assert figures(item[name])["amount"] is None
    moved = {one["id"]: one for one in item["changes"]["targets"]}
    assert moved["amount"] == {"id": "amount", "before": None, "after": None, "entries": [], "suppressed": True}
    assert moved["times"] == {"id": "times", "before": "2", "after": "1", "entries": []}


@pytest.mark.parametrize(("who", "reads"), [(RECORDER, True), (OFFICE, True), (ELSEWHERE, False)])
def test_entries_and_notes_are_for_those_who_read_the_entries(ledger: Ledger, who: Actor, reads: bool) -> None:
    prices(ledger)
    (item,), (whole,) = items(ledger, who), items(ledger)
    assert [bool(one["entries"]) for one in item["changes"]["targets"]] == [reads] * len(whole["changes"]["targets"])
    assert item["note"] == ("同意" if reads or who.centre == "hb-ipo" else None)
    assert (item["published"], item["now"]) == (whole["published"], whole["now"])


@pytest.mark.parametrize("who", [Actor("recorder", "r", "c2"), Actor("signatory", "s", "c2")])
def test_another_centre_sees_nothing_of_it(ledger: Ledger, who: Actor) -> None:
    accept(ledger)
    with pytest.raises(Refused) as caught:
        asked(ledger, who)
    assert caught.value.code == "forbidden"


@pytest.mark.parametrize(("programme", "subject"), [("hubei-2025", "c9"), ("hubei-2025", "420000"), ("none", "c1")])
def test_who_takes_no_part_is_not_found(ledger: Ledger, programme: str, subject: str) -> None:
    with pytest.raises(Refused) as caught:
        asked(ledger, AUDITOR, programme, subject)
    assert caught.value.code == "not-found"


def test_who_takes_part_and_was_never_accepted_has_an_empty_list(ledger: Ledger) -> None:
    step(ledger, "submit")
    assert asked(ledger) == {"items": [], "next": None}


