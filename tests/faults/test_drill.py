"""The audit itself: what it must find is put there by hand, and it is not content with less than the whole truth."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from ledger.actions.record import submit
from ledger.facts.actors import Actor
from schemas.entries import load_batch
from tests.actions.scene import licence, patent
from tests.faults.drill import Counts, Place, Told, audit
from tests.faults.writers import Acknowledged, Request, request_of

SINGLE = request_of("single", "c1", [patent(1)], batch=False)
BATCH = request_of("batch", "c2", [patent(2), patent(3), licence("L-2", [2, 3])], batch=True)
UNHEARD = request_of("unheard", "c1", [patent(4), patent(5)], batch=True)


def record(place: Place, request: Request, *, key: str | None = "", items: slice = slice(None)) -> bytes:
    """Put a request, or some items of it, into the log; under its own key if no other is given."""
    value: dict[str, Any] = json.loads(request.body)
    with place.ledger() as ledger:
        said = load_batch({"entries": value.get("entries", [value])[items]})
        key = request.key if key == "" else key
        return submit(ledger, Actor("recorder", "recorder", request.centre), said, batch="entries" in value, key=key).body


@pytest.fixture
def told(sqlite_place: Place) -> Told:
    """Two requests recorded and acknowledged, and one that nobody heard of again."""
    made = Told(sent={request.key: request for request in (SINGLE, BATCH, UNHEARD)}, unknown=1)
    for request in (SINGLE, BATCH):
        made.acknowledged[request.key] = Acknowledged(request, record(sqlite_place, request))
    return made


@pytest.mark.parametrize("recorded", [False, True])
def test_the_truth_passes_whether_the_unheard_was_recorded_or_not(sqlite_place: Place, told: Told, recorded: bool) -> None:
    if recorded:
        record(sqlite_place, UNHEARD)
    assert audit(sqlite_place, told) == Counts(acknowledged=2, unknown=1, entries=4)


def lost_a_request(place: Place, told: Told) -> str:
    told.acknowledged["unheard"] = Acknowledged(UNHEARD, told.acknowledged["batch"].answer)
    return "the kept answer is another one"


def answered_differently(place: Place, told: Told) -> str:
    told.acknowledged["batch"] = replace(told.acknowledged["batch"], answer=told.acknowledged["batch"].answer + b" ")
    return "batch: the kept answer is another one"


def recorded_twice(place: Place, told: Told) -> str:
    record(place, SINGLE, key=None)
    return "1 times too often"


def recorded_twice_by_keys(place: Place, told: Told) -> str:
    record(place, SINGLE, key="another")
    return "a key that nobody has sent"


def recorded_half(place: Place, told: Told) -> str:
    record(place, UNHEARD, key=None, items=slice(1))
    return "1 times too often"


def recorded_half_under_its_key(place: Place, told: Told) -> str:
    record(place, UNHEARD, items=slice(1))
    return "missing"


def recorded_by_nobody(place: Place, told: Told) -> str:
    record(place, request_of("foreign", "c1", [patent(9)], batch=False), key=None)
    return "1 times too often"


def sent_something_else(place: Place, told: Told) -> str:
    other = replace(SINGLE, body=SINGLE.body.replace("光模块 1".encode(), "光模块 7".encode()))
    told.acknowledged["single"] = replace(told.acknowledged["single"], request=other)
    return "is not what was sent"


def met_a_fault(place: Place, told: Told) -> str:
    told.faults.append("w1-1: 500")
    return "w1-1: 500"


@pytest.mark.parametrize(
    "spoil",
    [lost_a_request, answered_differently, recorded_twice, recorded_twice_by_keys, recorded_half, recorded_half_under_its_key,
     recorded_by_nobody, sent_something_else, met_a_fault],
)  # fmt: skip
def test_what_is_not_as_it_was_told_is_named(sqlite_place: Place, told: Told, spoil: Callable[[Place, Told], str]) -> None:
    named = spoil(sqlite_place, told)
    with pytest.raises(AssertionError, match=named):
        audit(sqlite_place, told)
