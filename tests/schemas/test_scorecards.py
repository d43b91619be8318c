"""Scorecards as they are really folded, of every programme of ours, held against the schema that documents them."""

from datetime import UTC, date, datetime

import pytest

from ledger.facts.entries import Entry
from ledger.kpi import language
from ledger.kpi.figures import FoldedBook
from ledger.kpi.participants import participant
from ledger.kpi.scorecard import scorecard
from schemas.entries import load_entry
from schemas.errors import problems_of
from schemas.figures import ScorecardSchema
from tests.schemas.examples import request

PROGRAMMES = language.load_all().programmes
KNOWN_AT = {"size": 6, "root": "EDGeOGocK7rO0Jbk130HeaeIIJ21lYTJiF/cs/38zCI=", "recorded_at": "2025-09-10T02:11:09.123456Z"}
SUBJECTS = {"centre": "wh-photonics", "park": "wh-photonics", "region": "420100", "province": "420000"}


def folded(programme: language.Programme) -> FoldedBook:
    subject = SUBJECTS[programme.subject]
    said = [
        request("centre"),
        request("party"),
        request("patent"),
        request("participation", programme=programme.id, subject=subject, overrides={}),
        request("licence"),
        request("pledge"),
        request("activity"),
    ]
    at = datetime(2025, 9, 10, tzinfo=UTC)
    entries = [
        Entry(index=index, centre="wh-photonics", seq=index, recorded_at=at, recorded_by="x", fact=load_entry(raw).fact)
        for index, raw in enumerate(said)
    ]
    return FoldedBook.folded(entries, len(entries))


@pytest.mark.parametrize("programme", PROGRAMMES.values(), ids=lambda one: one.id)
@pytest.mark.parametrize("on", [date(2020, 1, 1), date(2026, 12, 31), date(2030, 1, 1)], ids=str)
@pytest.mark.parametrize("guarded", [False, True], ids=["in full", "for readers"])
def test_every_scorecard_is_what_is_documented(programme, on, guarded):
    book = folded(programme)
    who = participant(book, programme, SUBJECTS[programme.subject], on)
    assert who is not None
    card = {**scorecard(book, who, on=on, level="recorded", guarded=guarded), "known_at": KNOWN_AT}
    assert card["targets"]
    assert problems_of(ScorecardSchema().validate(card)) == ()
