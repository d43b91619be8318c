"""An entry is an office's if the first entry of its stream's code says so."""

from datetime import UTC, date, datetime

from ledger.facts.entries import Entry
from ledger.facts.kinds.registry import Centre
from ledger.facts.offices import Offices

WHEN = datetime(2025, 1, 1, tzinfo=UTC)


def told(index: int, stream: str, code: str, kind: str) -> Entry:
    fact = Centre(code=code, name=code, centre_kind=kind, region="420000", valid_from=date(2025, 1, 1))  # type: ignore[arg-type]
    return Entry(index, stream, index, WHEN, "x", fact)


def test_the_founding_entry_of_an_office_is_the_offices():
    assert Offices().flagged(told(0, "ipo", "ipo", "province_office")).office


def test_a_centre_is_no_office_and_a_stranger_is_none_either():
    offices = Offices()
    offices.flagged(told(0, "ipo", "ipo", "province_office"))
    offices.flagged(told(1, "ipo", "c1", "centre"))
    assert not offices.flagged(told(2, "c1", "c2", "centre")).office
    assert not offices.flagged(told(3, "nobody", "c3", "centre")).office


def test_what_is_said_later_of_a_code_changes_nothing():
    offices = Offices()
    offices.flagged(told(0, "ipo", "ipo", "province_office"))
    offices.flagged(told(1, "ipo", "c1", "centre"))
    offices.flagged(told(2, "ipo", "c1", "city_office"))
    assert not offices.flagged(told(3, "c1", "c9", "centre")).office


def test_a_flag_that_came_along_is_not_believed():
    lying = Entry(0, "c1", 0, WHEN, "x", told(0, "c1", "c1", "centre").fact, office=True)
    assert not Offices().flagged(lying).office


def test_entries_can_be_marked_once_all_centres_were_heard():
    offices = Offices()
    entries = [told(2, "ipo", "ipo", "province_office"), told(4, "ipo", "c1", "centre"), told(5, "ipo", "c1", "city_office")]
    for entry in entries:
        offices.hear(entry)
    asked = (1, "ipo"), (2, "ipo"), (9, "ipo"), (9, "c1")
    assert [offices.marked(told(index, stream, "c9", "centre")).office for index, stream in asked] == [False, True, True, False]
