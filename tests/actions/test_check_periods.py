"""A log that something else has written: entries in periods that took none, and acceptances of other figures than its own."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import Engine

from ledger.actions import record
from ledger.actions.check import check
from ledger.actions.closing import filled
from ledger.actions.deviations import Deviation
from ledger.actions.ledger import Ledger
from ledger.facts.kinds.rulings import Closing
from ledger.facts.rules import table
from tests.actions.scene import found, ledger_on, licence, patent, say

PERIOD = {"programme": "hubei-2025", "subject": "c1", "through": "2025-12-31"}
TRAINING = ("activity", {"activity_type": "training", "title": "培训", "held_on": "2025-11-01"})
PAYMENT = {"deal_no": "L-1", "received_on": "2025-11-05", "amount": "1.00", "payment_type": "upfront"}


@pytest.fixture
def ledger(engine: Engine) -> Ledger:
    """c1 has licensed a patent, registered after the period and paid for in it (entries 11 and 12), and submits (13)."""
    made = ledger_on(engine)
    found(made)
    say(made, "recorder", "c1", patent(1), licence("L-1", [1], registered_on="2026-02-01"), ("payment", PAYMENT))
    step(made, "submit")
    return made


@pytest.fixture
def without_the_rule(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table, "ALWAYS", ())


def step(ledger: Ledger, action: str) -> int:
    by: Any = ("signatory", "c1") if action == "submit" else ("authority", "hb-ipo")
    note = {} if action in ("submit", "accept") else {"note": "补正"}
    return say(ledger, *by, ("closing", {**PERIOD, "action": action, **note}))


def told(ledger: Ledger) -> list[Deviation]:
    return list(check(ledger))


def in_the_period(index: int, day: str, closing: int, how: str) -> Deviation:
    period = f"the period through 2025-12-31 of hubei-2025, which entry {closing} had {how}"
    return Deviation("entry", f"is dated {day}, in {period}", index)


@pytest.mark.usefixtures("without_the_rule")
def test_an_entry_in_a_period_that_took_none_is_told_with_the_closing(ledger: Ledger) -> None:
    in_a_held_one = say(ledger, "recorder", "c1", TRAINING)
    accepted = step(ledger, "accept")
    in_a_closed_one = say(ledger, "recorder", "c1", TRAINING)
    assert told(ledger) == [
        in_the_period(in_a_held_one, "2025-11-01", 13, "submitted"),
        in_the_period(in_a_closed_one, "2025-11-01", accepted, "accepted"),
    ]


@pytest.mark.usefixtures("without_the_rule")
def test_a_reversal_that_took_something_out_of_a_closed_period_is_told(ledger: Ledger) -> None:
    accepted = step(ledger, "accept")
    index = say(ledger, "recorder", "c1", ("reversal", {"entry": 11, "reason": "void"}))
    assert told(ledger) == [in_the_period(index, "2025-11-05", accepted, "accepted")]


def test_what_came_before_after_between_and_from_others_is_as_it_should_be(ledger: Ledger) -> None:
    say(ledger, "recorder", "c2", TRAINING)
    step(ledger, "accept")
    say(ledger, "recorder", "c1", ("activity", {**TRAINING[1], "held_on": "2026-01-01"}))
    step(ledger, "reopen")
    say(ledger, "recorder", "c1", TRAINING, ("reversal", {"entry": 11, "reason": "void"}))
    step(ledger, "submit")
    step(ledger, "return")
    say(ledger, "recorder", "c1", TRAINING)
    assert told(ledger) == []


@pytest.mark.parametrize(
    ("change", "table_", "what"),
    [
        (lambda fact: replace(fact, scorecard_digest="0" * 64), "figures", "what it accepted is counted otherwise now"),
        (lambda fact: replace(fact, size=13), "entry", "it accepted figures at size 13, and the log before it had another"),
    ],
    ids=["digest", "size"],
)
def test_an_acceptance_that_does_not_follow_from_the_log_at_its_size_is_told(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch, change: Callable[[Closing], Closing], table_: str, what: str
) -> None:
    monkeypatch.setattr(record, "filled", lambda *told, **more: change(filled(*told, **more)))
    accepted = step(ledger, "accept")
    assert told(ledger) == [Deviation(table_, what, accepted)]
