"""Who is first when all begin together: one of them, and the rows are those of the log that came of it.

`test_writers` lets writers work side by side for longer, also in processes of their own.
"""

import json
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import Engine

from ledger.actions.ledger import Ledger
from ledger.actions.record import Answer, submit
from ledger.facts.actors import Actor
from ledger.facts.problems import Refused
from ledger.store import log
from schemas.entries import load_entry
from tests.actions.scene import found, ledger_on, licence, patent
from tests.store.truth import replayed, rows_follow_from_the_entries, the_log_is_whole

FOUND, WRITERS, READERS, TURNS = 10, 8, 4, 5


@pytest.fixture
def ledger(engine: Engine) -> Ledger:
    made = ledger_on(engine)
    found(made)
    return made


def say(ledger: Ledger, centre: str, kind: str, body: dict[str, Any], **told: Any) -> Answer | str:
    """The answer, or the code of the refusal."""
    item = load_entry({"kind": kind, "centre": centre, "body": body})
    try:
        return submit(ledger, Actor("recorder", f"recorder@{centre}", centre), [item], **told)
    except Refused as refusal:
        return refusal.code


def index_of(answer: Answer | str) -> int:
    assert isinstance(answer, Answer)
    index: int = json.loads(answer.body)["index"]
    return index


def at_once(count: int, do: Callable[[int], Any]) -> list[Any]:
    """The results of calls that begin together."""
    ready = Barrier(count)

    def begin(number: int) -> Any:
        ready.wait(60)
        return do(number)

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(begin, range(count), timeout=120))


def size_when_whole(ledger: Ledger) -> int:
    """The size of one state of the log, after everything that follows from its entries was worked out again."""
    with ledger.read() as reading:
        entries = list(log.walk(reading.connection, reading.size))
        the_log_is_whole(reading.connection, entries)
        rows_follow_from_the_entries(reading.connection, replayed(entries))
    return len(entries)


def refusals(answers: list[Answer | str]) -> Counter[str]:
    return Counter(answer for answer in answers if isinstance(answer, str))


def test_a_key_with_different_contents_is_given_to_the_first_alone(ledger: Ledger) -> None:
    answers = at_once(WRITERS, lambda number: say(ledger, "c1", *patent(number), key="once"))
    assert refusals(answers) == {"idempotency-mismatch": WRITERS - 1}
    assert size_when_whole(ledger) == FOUND + 1


def test_a_key_of_two_centres_is_two_keys(ledger: Ledger) -> None:
    answers = at_once(WRITERS, lambda number: say(ledger, f"c{number % 2 + 1}", *patent(1), key="once"))
    assert len({answer.body for answer in answers}) == 2
    assert Counter(answer.replayed for answer in answers) == {True: WRITERS - 2, False: 2}
    assert size_when_whole(ledger) == FOUND + 2


def test_of_all_who_reverse_an_entry_one_does(ledger: Ledger) -> None:
    say(ledger, "c1", *patent(1))
    index = index_of(say(ledger, "c1", *licence("L-1", [1])))
    answers = at_once(WRITERS, lambda _: say(ledger, "c1", "reversal", {"entry": index, "reason": "void"}))
    assert refusals(answers) == {"already-reversed": WRITERS - 1}
    assert size_when_whole(ledger) == FOUND + 3


def test_of_all_who_pay_back_what_was_received_one_does(ledger: Ledger) -> None:
    """A running total is looked at and changed under one lock."""
    say(ledger, "c1", *patent(1))
    say(ledger, "c1", *licence("L-1", [1]))
    paid = {"deal_no": "L-1", "received_on": "2025-10-01", "payment_type": "upfront"}
    say(ledger, "c1", "payment", {**paid, "amount": "100.00"})
    answers = at_once(WRITERS, lambda _: say(ledger, "c1", "payment", {**paid, "amount": "-60.00", "payment_type": "refund"}))
    assert refusals(answers) == {"below-zero": WRITERS - 1}
    assert size_when_whole(ledger) == FOUND + 4


def test_of_two_centres_that_claim_a_recordal_one_is_first_for_both(ledger: Ledger) -> None:
    say(ledger, "c1", *patent(1))
    claim = licence("L-1", [1], registered_on="2025-09-10", registration_no="R-1")
    answers = at_once(2, lambda number: say(ledger, f"c{number + 1}", *claim))
    told = {index_of(answer): [w["code"] for w in json.loads(answer.body)["warnings"]] for answer in answers}
    assert ["contested" in told[index] for index in sorted(told)] == [False, True]
    assert size_when_whole(ledger) == FOUND + 3


def test_who_reads_meanwhile_sees_one_state_and_never_an_older_one(ledger: Ledger) -> None:
    def work(number: int) -> list[int]:
        if number < READERS:
            return [size_when_whole(ledger) for _ in range(TURNS)]
        return [index_of(say(ledger, "c1", *patent(100 * number + turn))) for turn in range(TURNS)]

    for seen in at_once(READERS + WRITERS, work):
        assert seen == sorted(seen)
    assert size_when_whole(ledger) == FOUND + WRITERS * TURNS
