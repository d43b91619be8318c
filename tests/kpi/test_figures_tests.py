"""Which lines pass the tests of a metric, which parties are left, and what is said of the others (RULINGS 11 to 13)."""

import pytest

from tests.facts.book import (
    Book,
    licence,
    party,
    status,
    transfer,
)
from tests.kpi.counting import counted_book, excluded, figure, items, metric, value

LINES = metric("lines")
DATED = {"registered_on": "2025-09-10"}
SMALL = {"grantee.size": ["small", "micro"]}
HEI = {"grantor.kind": ["university", "research_institute"]}


@pytest.fixture
def book() -> Book:
    return counted_book()


# --- several parties (11 and 12) -------------------------------------------------------------------------------------

JOINT = {"grantee.size": ["small"], "grantee.tags": ["listed"]}


def test_one_and_the_same_party_passes_the_tests_of_a_side(book: Book):
    book.takes("hb-ipo", party("L1", size="large", tags=("listed",)))
    book.takes("c1", licence("L-1", "U1 > S1 L1", "P1", **DATED))
    assert excluded(book, metric(where=JOINT)) == {"grantee.tags": 1}  # S1 is small, L1 is listed, nobody is both
    assert excluded(book, metric(where=dict(reversed(JOINT.items())))) == {"grantee.size": 1}


def test_any_takes_a_co_owned_line_in_which_one_passes(book: Book):
    book.takes("c1", licence("L-1", "U1 L1 > S1", "P1", **DATED))
    assert value(book, metric(where=HEI)) == 1


def test_all_takes_no_line_in_which_one_does_not(book: Book):
    book.takes("c1", licence("L-1", "U1 L1 > S1", "P1", **DATED))
    book.takes("c1", licence("L-2", "U1 R1 > S1 S2", "P2", **DATED))
    every = metric(where=HEI | SMALL, match="all")
    assert value(book, every) == 1
    assert excluded(book, every) == {"grantor.kind": 1}


def test_lead_looks_at_the_first_party_only(book: Book):
    book.takes("c1", licence("L-1", "U1 L1 > S1 L1", "P1", **DATED))
    book.takes("c1", licence("L-2", "L1 U1 > S1", "P2", **DATED))
    first = metric(where=HEI | SMALL, match="lead")
    assert value(book, first) == 1
    assert excluded(book, first) == {"grantor.kind": 1}


@pytest.mark.parametrize("match", ["any", "all", "lead"])
def test_a_test_of_party_asks_for_any_on_either_side(book: Book, match):
    book.takes("c1", licence("L-1", "L1 S2 > B1 S1", "P1", **DATED))
    either = metric("parties", where={"party.size": ["small", "micro"]}, match=match)
    assert value(book, either) == 2


def test_principals_stand_in_for_the_grantors_in_tests_and_counts(book: Book):
    book.takes("c1", licence("L-1", "O1 > S1", "P1", principals=("U1", "R1"), **DATED))
    assert value(book, metric("grantors", where={"grantor.kind": ["university"]})) == 1
    assert value(book, metric("grantors")) == 2
    assert excluded(book, metric(where={"grantor.kind": ["agency"]})) == {"grantor.kind": 1}


@pytest.mark.parametrize(
    ("count", "where", "expected"),
    [
        ("grantors", {}, 2),
        ("grantees", {}, 3),
        ("parties", {}, 5),
        ("grantees", SMALL, 2),
        ("grantees", SMALL | {"party.region": ["420000"]}, 2),
        ("parties", SMALL, 4),
        ("parties", HEI | SMALL, 3),
        ("parties", {"party.kind": ["enterprise"]}, 3),
    ],
)  # fmt: skip
def test_parties_are_counted_as_far_as_they_are_left(book: Book, count, where, expected):
    book.takes("c1", licence("L-1", "U1 B1 > S1 S2 L1", "P1", **DATED))
    assert value(book, metric(count, where=where)) == expected


def test_an_unknown_party_passes_no_test(book: Book):
    book.takes("c1", licence("L-1", "U1 > X9", "P1", **DATED))
    assert excluded(book, metric(where={"grantee.kind": ["enterprise"]})) == {"grantee.kind": 1}
    assert value(book, metric("grantees")) == 1


# --- excluded (13) ---------------------------------------------------------------------------------------------------

def test_a_line_is_excluded_by_its_first_failing_test(book: Book):
    tests = {"deal.related_party": [False], "grantee.size": ["small"], "patent.in_force": [True]}
    book.takes("c1", licence("L-1", "U1 > L1", "P1", related_party=True, **DATED))
    book.takes("c1", licence("L-2", "U1 > L1", "P2", **DATED))
    book.takes("hb-ipo", status("P3", "CF01", "2025-09-10"))
    rejected = book.takes("c1", licence("L-3", "U1 > S1", "P3", **DATED))
    book.verified(rejected, "rejected")
    assert excluded(book, metric(where=tests)) == {"deal.related_party": 1, "grantee.size": 1, "patent.in_force": 1}


def test_after_all_tests_come_rejected_contested_and_level(book: Book):
    lines = [book.takes("c1", licence(f"L-{n}", "U1 > S1", f"P{n}", **DATED)) for n in (1, 2, 3)]
    book.verified(lines[0], "rejected")
    book.verified(lines[1], "contested")
    assert excluded(book, LINES, level="attested") == {"contested": 1, "level": 1, "rejected": 1}


def test_only_lines_dated_in_the_window_are_excluded(book: Book):
    small = metric(where={"grantee.size": ["small"]})
    for number, on in enumerate(("2025-07-31", "2025-08-01", "2026-01-01", None), 1):
        given = {"registered_on": on} if on else {}
        book.takes("c1", licence(f"L-{number}", "U1 > L1", "P1", signed_on="2025-07-01", **given))
    assert excluded(book, small, on="2025-12-31") == {"grantee.size": 1}


def test_a_reversed_entry_appears_nowhere(book: Book):
    deal = book.takes("c1", licence("L-1", "U1 > L1", "P1", **DATED))
    book.reversed("c1", deal)
    assert items(book, metric(where=SMALL)) == []
    assert figure(book, metric(where=SMALL)).excluded == {}


def test_a_metric_of_one_kind_says_nothing_of_the_others(book: Book):
    book.takes("c1", transfer("T-1", "U1 > S1", "P1", **DATED))
    assert items(book, metric("lines", "licence")) == []
    assert excluded(book, metric(where={"kind": ["licence"]})) == {"kind": 1}


def test_a_test_named_after_a_kind_applies_to_that_kind_only(book: Book):
    book.takes("c1", transfer("T-1", "U1 > S1", "P1", cause="judicial", **DATED))
    book.takes("c1", licence("L-1", "U1 > S1", "P2", licence_type="sub", **DATED))
    assert excluded(book, metric(where={"transfer.cause": ["assignment"]})) == {"transfer.cause": 1}
    assert excluded(book, metric(where={"licence.licence_type": ["exclusive"]})) == {"licence.licence_type": 1}
    assert value(book, metric(where={"transfer.cause": ["assignment"]})) == 1
