"""Random interleavings of closings and everything else on both databases, held against a naive reader of the log.

Centres submit, offices accept, return and reopen, over several programmes and days; meanwhile all sorts of entries come, alone and
several in one transaction. `tests.closings` tells from the bodies alone what a period keeps out:

- what is refused for a period is what the naive reader refuses, by the same code and closing, and nothing else is;
- a held or closed period never takes an entry of its centre, and `check` would tell one that was put there;
- figures that were accepted are answered for ever as they were at their size, and `published` says so.
"""

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import event, given, note, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

from ledger.actions.check_periods import PeriodCheck
from ledger.actions.published import published
from ledger.actions.record import Answer, Submission, append, to_json
from ledger.facts.encoding import encode
from ledger.facts.entries import Entry
from ledger.facts.kinds import rulings as s
from ledger.facts.problems import Refused
from ledger.facts.world import World
from ledger.store import log
from tests.closings import Told, in_the_way, standing, told
from tests.store import scenery
from tests.store.scenery import Attempt, Known
from tests.store.strategies import attempts, deals, followers, regrets
from tests.store.test_machine import AUDITOR, Clock, House, fresh_databases, said

PROGRAMMES = ("corners-centre", "hubei-2025")
DAYS = (date(2024, 6, 30), date(2025, 6, 30))
PERIODS = ("period-held", "period-closed")


@st.composite
def closings(draw: scenery.Draw, entries: list[Entry]) -> Attempt:
    """The next step of a period that is being closed, or of another; now and then one that cannot be taken."""
    taken = [entry.fact for entry in entries if isinstance(entry.fact, s.Closing)]
    if taken and draw(st.booleans()):
        programme, subject, through = draw(st.sampled_from([(fact.programme, fact.subject, fact.through) for fact in taken]))
    else:
        programme, subject = draw(st.sampled_from(PROGRAMMES)), draw(st.sampled_from((*scenery.CENTRES, "c1")))
        through = draw(st.sampled_from(DAYS))
    office = "js-ipo" if subject == "c3" else "hb-ipo"
    period: dict[str, Any] = {"programme": programme, "subject": subject, "through": through}
    steps = [fact for fact in taken if (fact.programme, fact.subject, fact.through) == (programme, subject, through)]
    next_: dict[str | None, tuple[str, ...]] = {"submit": ("accept", "accept", "return"), "accept": ("reopen",)}
    usual = next_.get(steps[-1].action if steps else None, ("submit",))
    actions = usual if draw(st.integers(0, 5)) else ("submit", "accept", "return", "reopen")
    action: Any = draw(st.sampled_from(actions))
    fact = s.Closing(**period, action=action, note=None if action in ("submit", "accept") else "经核查")
    if action == "submit":
        return Attempt(scenery.signatory(subject), subject, fact)
    return Attempt(scenery.authority(office), office, fact)


class Interleaving:
    """One history on both databases."""

    def __init__(self, opened: Callable[[Clock], list[House]]) -> None:
        self.houses = opened(Clock())
        self.world = World()
        self.entries: list[Entry] = []
        self.log: list[Told] = []
        self.cards: dict[int, list[bytes]] = {}  # by the acceptance: as it was answered then, on each database

    def begin(self) -> None:
        for office in scenery.OFFICES:
            self.say([Attempt(scenery.authority(office), office, scenery.founding(office))], founding=True)
        for office, facts in scenery.beginnings():
            self.say([Attempt(scenery.authority(office), office, fact) for fact in facts])
        for subject in scenery.CENTRES:
            office = "js-ipo" if subject == "c3" else "hb-ipo"
            told: dict[str, Any] = {"state": "started", "on": date(2023, 12, 31), "start_on": date(2024, 1, 1), "months": 24}
            joins = [s.Participation(programme=id_, subject=subject, industry="photonics", **told) for id_ in PROGRAMMES]
            self.say([Attempt(scenery.authority(office), office, fact) for fact in joins])

    def say(self, drawn: list[Attempt], *, founding: bool = False) -> None:
        """Several people in one transaction; each is judged in the log that those before left."""
        outcomes = [
            append(house.ledger, [Submission(one.by, [said(one)], language="en", founding=founding) for one in drawn])
            for house in self.houses
        ]
        for one, *both in zip(drawn, *outcomes, strict=True):
            self.judge(one, both)
        with self.houses[0].ledger.read() as reading:
            assert reading.size == len(self.log)
            new = list(log.walk(reading.connection, reading.size, len(self.entries)))
        for entry in new:
            self.entries.append(entry)
            self.world.take(entry)
            assert told(entry) == self.log[entry.index]
        for entry in new:
            if isinstance(entry.fact, s.Closing) and entry.fact.action == "accept":
                self.cards[entry.index] = [self.card(house, entry) for house in self.houses]

    def judge(self, one: Attempt, outcomes: list[Any]) -> None:
        told_ = Told(len(self.log), one.centre, one.fact.kind, encode(one.fact))
        expected = in_the_way(self.log, told_)
        for house, outcome in zip(self.houses, outcomes, strict=True):
            problems = outcome.problems if isinstance(outcome, Refused) else ()
            # The steps of a closing are told by the same codes, at another place.
            told = {(p.code, p.entry) for p in problems if p.code in PERIODS and p.path != "body.action"}
            hidden = {p.code for p in problems} & {"forbidden", "already-reversed"}
            assert told <= expected, f"{house} refuses for a period that keeps {told_} out no longer, or never did"
            assert told or hidden or not expected, f"{house} overlooks {expected} before {told_}"
            assert len(told) <= 1
        if expected:
            event(f"a period was in the way of {one.fact.kind}")
        first = outcomes[0]
        if isinstance(first, Answer):
            body = json.loads(first.body)["body"]
            self.log.append(told_._replace(body=body))
            note(f"{told_.at} {one.centre} {one.fact.kind} {body}")

    def card(self, house: House, entry: Entry) -> bytes:
        fact = entry.fact
        assert isinstance(fact, s.Closing)
        return house.ask(AUDITOR, fact.programme, fact.subject, entry.index, fact.through, "recorded")

    def end(self) -> None:
        for one in self.log:
            assert not in_the_way(self.log[: one.at], one), f"{one} lies in a period that took no more"
        for number, house in enumerate(self.houses):
            for index, cards in self.cards.items():
                assert self.card(house, self.entries[index]) == cards[number], f"what {index} accepted has changed"
            with house.ledger.read() as reading:
                check = PeriodCheck(reading.connection)
                assert [found for entry in log.walk(reading.connection, reading.size) for found in check.look(entry)] == []
                items = [item for asked in self.accepted() for item in published_in(reading, *asked)]
            assert {item["entry"]: to_json(item["published"]) for item in items} == {i: c[number] for i, c in self.cards.items()}
            assert all(item["holds"] for item in items)
            held = [one for centre in scenery.CENTRES for one in standing(self.log, centre)]
            closed = {one.entry for one in held if one.code == "period-closed"}
            assert {item["entry"] for item in items if item["state"] == "accepted"} == closed

    def accepted(self) -> set[tuple[str, str]]:
        """Who was accepted, and in which programme."""
        return {(body["programme"], body["subject"]) for body in (self.log[index].body for index in self.cards)}


def published_in(reading: Any, programme: str, subject: str) -> list[dict[str, Any]]:
    ask = published(reading, AUDITOR, programme, subject, through=None, known_at=None, limit=100, cursor=None)
    return list(ask.answer()["items"])


@pytest.mark.postgresql
@pytest.mark.slow
def test_periods_keep_out_what_they_should_and_accepted_figures_stay(
    migrated_file: Path, migrated_database: tuple[Engine, str], tmp_path: Path
) -> None:
    with fresh_databases(migrated_file, migrated_database, tmp_path) as opened:

        @settings(max_examples=max(4, settings().max_examples // 8))
        @given(data=st.data())
        def interleave(data: st.DataObject) -> None:
            history = Interleaving(opened)
            try:
                history.begin()
                for _ in range(16):
                    known, steps = Known(history.world, history.entries), closings(history.entries)
                    anything = steps | steps | deals(known) | followers(known) | attempts(known) | regrets(known)
                    history.say(data.draw(st.lists(anything, min_size=1, max_size=4)))
                history.end()
            finally:
                for house in history.houses:
                    house.ledger.engine.dispose()

        interleave()
