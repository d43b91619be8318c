"""A centre submits while it still records: whoever comes first into the log is first, and a period is shut at once for all."""

import json
from datetime import date, timedelta
from random import Random
from typing import Any

import pytest
from sqlalchemy import Engine

from ledger.actions.check import check
from ledger.actions.ledger import Ledger
from ledger.actions.record import Answer, submit
from ledger.facts.actors import Actor, Role
from ledger.facts.problems import Refused
from schemas.entries import load_entry
from tests.actions.scene import found, ledger_on, say
from tests.actions.test_races import at_once

ROUNDS, WRITERS = 8, 4


@pytest.fixture
def ledger(engine: Engine) -> Ledger:
    made = ledger_on(engine)
    found(made)
    return made


def try_to_say(ledger: Ledger, role: Role, kind: str, body: dict[str, Any]) -> int | Refused:
    """The index, or the refusal."""
    centre = "hb-ipo" if role == "authority" else "c1"
    item = load_entry({"kind": kind, "centre": centre, "body": body})
    try:
        answer = submit(ledger, Actor(role, f"{role}@{centre}", centre), [item], language="en")
    except Refused as refusal:
        return refusal
    assert isinstance(answer, Answer)
    index: int = json.loads(answer.body)["index"]
    return index


def test_who_comes_after_the_submit_is_held_and_who_came_before_is_in_it(ledger: Ledger) -> None:
    """Each round ends on a day of its own, so that the rounds before hold nothing of it."""
    order = Random(20260301)
    for number in range(ROUNDS):
        day = (date(2025, 9, 1) + timedelta(days=number)).isoformat()
        period = {"programme": "hubei-2025", "subject": "c1", "through": day}
        said: list[tuple[Role, str, dict[str, Any]]] = [("signatory", "closing", {**period, "action": "submit"})]
        said += [("recorder", "activity", {"activity_type": "training", "title": f"{n}", "held_on": day}) for n in range(WRITERS)]
        order.shuffle(said)
        results = at_once(len(said), lambda n, said=said: try_to_say(ledger, *said[n]))  # type: ignore[misc]
        submitted = results[[kind for _, kind, _ in said].index("closing")]
        assert isinstance(submitted, int)
        for (role, _, _), result in zip(said, results, strict=True):
            if role != "recorder":
                continue
            if isinstance(result, int):
                assert result < submitted
            else:
                assert [(p.code, p.path, p.entry) for p in result.problems] == [("period-held", "body.held_on", submitted)]
        late = try_to_say(ledger, "recorder", "activity", {"activity_type": "training", "title": "迟", "held_on": day})
        assert isinstance(late, Refused)
    assert list(check(ledger)) == []


def test_an_acceptance_binds_what_is_in_the_log_when_writers_meet_a_reopening(ledger: Ledger) -> None:
    """While an office reopens, accepts and reopens again, whatever a centre gets in came while the period was open."""
    period = {"programme": "hubei-2025", "subject": "c1", "through": "2025-12-31"}
    say(ledger, "signatory", "c1", ("closing", {**period, "action": "submit"}))

    def closings() -> list[int]:
        steps: list[tuple[Role, str]] = [("authority", "accept"), ("authority", "reopen"), ("signatory", "submit")] * ROUNDS
        taken = []
        for role, action in steps:
            note = {"note": "补正"} if action == "reopen" else {}
            index = try_to_say(ledger, role, "closing", {**period, "action": action, **note})
            assert isinstance(index, int)
            taken.append(index)
        return taken

    def entries(writer: int) -> list[int]:
        body = {"activity_type": "training", "title": f"培训 {writer}", "held_on": "2025-11-01"}
        tried = [try_to_say(ledger, "recorder", "activity", body) for _ in range(4 * ROUNDS)]
        assert {p.code for one in tried if isinstance(one, Refused) for p in one.problems} <= {"period-held", "period-closed"}
        return [one for one in tried if isinstance(one, int)]

    steps, *written = at_once(3, lambda number: entries(number) if number else closings())
    reopened = [(opened, held) for opened, held in zip(steps[1::3], steps[2::3], strict=True)]
    for index in (index for indices in written for index in indices):
        assert any(opened < index < held for opened, held in reopened)
    assert list(check(ledger)) == []
