"""Whose entries are counted, and of which region (RULINGS 10, 32, 33 and 35)."""

import pytest

from tests.facts.book import (
    Book,
    centre,
    day,
    licence,
    party,
)
from tests.kpi.counting import counted_book, excluded, metric, sum_of, value

LINES = metric("lines")
DATED = {"registered_on": "2025-09-10"}


@pytest.fixture
def book() -> Book:
    return counted_book()


def test_a_centre_counts_its_own_entries(book: Book):
    book.takes("c1", licence("L-1", "U1 > S1", "P1", **DATED))
    book.takes("c2", licence("L-1", "U1 > S1", "P2", **DATED))
    assert value(book, LINES, "c1") == value(book, LINES, "c2") == 1
    assert value(book, LINES, None) == 2


def test_a_region_without_a_region_test_counts_its_recorders_and_says_nothing_of_others(book: Book):
    book.takes("c1", licence("L-1", "U1 > S1", "P1", **DATED))
    book.takes("c2", licence("L-1", "U1 > S1", "P2", **DATED))
    book.takes("c2", licence("L-2", "U1 > L1", "P3", **DATED))
    small = metric(where={"grantee.size": ["small"]})
    assert value(book, small, region="420500") == 1
    assert excluded(book, small, region="420500") == {"grantee.size": 1}
    assert value(book, small, region="420000") == 2


def test_a_region_test_of_the_metric_replaces_the_narrowing_by_recorders(book: Book):
    book.takes("c1", licence("L-1", "U1 > S1", "P1", **DATED))
    inside = metric(where={"party.region": ["$subject.region"]})
    assert value(book, inside, region="420500") == 1  # S1 is of 420502, its recorder of 420100
    assert excluded(book, inside, region="320000") == {"party.region": 1}


def test_parts_of_a_sum_are_narrowed_each_by_itself(book: Book):
    book.takes("c1", licence("L-1", "U1 > S1", "P1", amount=1_00, **DATED))
    book.takes("c2", licence("L-1", "U1 > S1", "P2", amount=10_00, **DATED))
    told = metric("sum:amount", id_="a", where={"grantor.region": ["420000"]})
    assert value(book, sum_of(told, metric("sum:amount", id_="b")), region="420500") == 11_00 + 10_00


def test_a_park_in_a_region_is_covered_by_its_code_and_covers_itself_alone(book: Book):
    book.takes("park", licence("L-1", "U1 > S1", "P1", **DATED))
    book.takes("c2", licence("L-1", "U1 > S1", "P2", **DATED))
    assert value(book, LINES, region="420506") == 1
    assert value(book, LINES, region="420506-hitech") == 1
    assert value(book, LINES, region="420500") == 2
    assert value(book, LINES, region="420506-other") == 0


def test_a_recorders_region_is_that_of_the_counted_day_and_reaches_back(book: Book):
    where = metric(where={"recorder.region": ["420500"]})
    book.takes("hb-ipo", centre("c1", "420500", valid_from=day("2026-01-01")))
    book.takes("c1", licence("L-1", "U1 > S1", "P1", **DATED))
    book.takes("c1", licence("L-2", "U1 > S1", "P2", registered_on="2026-01-01"))
    assert value(book, where) == 1
    old = licence("L-3", "U1 > S1", "P3", signed_on="2019-01-01", registered_on="2019-02-01")
    book.takes("c1", old)
    assert value(book, metric(where={"recorder.region": ["420100"]}), begins=None, ends="2020-01-01") == 1


def test_a_subject_is_not_its_own_beneficiary_while_it_has_an_operator(book: Book):
    others = metric(where={"grantee.is_operator": [False]})
    book.takes("hb-ipo", centre("c1", "420100", operator="O1", valid_from=day("2025-09-01")))
    book.takes("c1", licence("L-1", "U1 > O1", "P1", signed_on="2025-08-01", registered_on="2025-08-31"))
    book.takes("c1", licence("L-2", "U1 > O1", "P2", signed_on="2025-08-01", registered_on="2025-09-01"))
    book.takes("c1", licence("L-3", "U1 > O1 S1", "P3", **DATED))
    assert value(book, others) == 2
    assert excluded(book, others) == {"grantee.is_operator": 1}
    assert value(book, others, region="420000") == 3  # a province has no operator


def test_a_centres_parties_are_those_whose_record_it_wrote(book: Book):
    parties = metric("parties", "party", stock=True, date=())
    book.takes("c1", party("S9", size="small"))
    book.takes("c1", party("S1", size="micro", valid_from=day("2026-01-01")))
    assert value(book, parties, "c1", on="2025-12-31") == 1
    assert value(book, parties, "c1", on="2026-01-01") == 2
    assert value(book, parties, None, on="2026-01-01") == 8
