"""One recordal claimed by several centres counts once (RULINGS 8)."""

import pytest

from tests.facts.book import (
    Book,
    licence,
    registration,
    transfer,
)
from tests.kpi.counting import counted_book, excluded, metric, value

LINES = metric("lines")
DATED = {"registered_on": "2025-09-10"}


@pytest.fixture
def book() -> Book:
    return counted_book()


NUMBERED = {**DATED, "registration_no": "X2025980000101"}


def claimed(book: Book, **given: str) -> tuple[int, int]:
    """One recordal claimed by c1, then by c2."""
    return (
        book.takes("c1", licence("L-1", "U1 > S1", "P1", **{**NUMBERED, **given})),
        book.takes("c2", licence("L-9", "U1 > S1", "P1", **{**NUMBERED, **given})),
    )


@pytest.mark.parametrize("level", ["recorded", "attested", "verified"])
def test_the_later_claim_is_contested_at_every_level_also_for_its_own_centre(book: Book, level):
    first, second = claimed(book)
    book.verified(first)
    book.verified(second)
    assert value(book, LINES, "c1", level=level) == 1
    assert value(book, LINES, "c2", level=level) == 0
    assert excluded(book, LINES, "c2", level=level) == {"contested": 1}
    assert value(book, LINES, None, level=level) == 1


def test_a_verified_claim_counts_before_an_earlier_one(book: Book):
    _, second = claimed(book)
    book.verified(second)
    assert (value(book, LINES, "c1"), value(book, LINES, "c2")) == (0, 1)


def test_a_rejected_claim_holds_no_place(book: Book):
    first, _ = claimed(book)
    book.verified(first, "rejected")
    assert excluded(book, LINES, "c1") == {"rejected": 1}
    assert value(book, LINES, "c2") == 1


def test_a_claim_marked_contested_holds_its_place_so_that_none_counts(book: Book):
    first, _ = claimed(book)
    book.verified(first, "contested")
    assert excluded(book, LINES, None) == {"contested": 2}


def test_a_reversed_claim_is_gone(book: Book):
    first, _ = claimed(book)
    book.reversed("c1", first)
    assert value(book, LINES, "c2") == 1


def test_without_a_number_the_kind_patent_grantees_and_day_make_the_claim(book: Book):
    book.takes("c1", licence("L-1", "U1 > S1 S2", "P1 P2", **DATED))
    book.takes("c2", licence("L-9", "R1 > S2 S1", "P1 P3", **DATED))
    assert excluded(book, LINES, "c2") == {"contested": 1}  # line by line: P3 is nobody else's
    assert value(book, LINES, "c2") == 1


@pytest.mark.parametrize(
    "other",
    [
        transfer("L-9", "U1 > S1", "P1", **DATED),
        licence("L-9", "U1 > S2", "P1", **DATED),
        licence("L-9", "U1 > S1", "P2", **DATED),
        licence("L-9", "U1 > S1", "P1", registered_on="2025-09-11"),
        licence("L-9", "U1 > S1", "P1", **NUMBERED),
        licence("L-9", "U1 > S1", "P1"),
    ],
    ids=["another kind", "another grantee", "another patent", "another day", "one with a number", "one without a day"],
)
def test_what_differs_is_another_recordal(book: Book, other):
    book.takes("c1", licence("L-1", "U1 > S1", "P1", **DATED))
    book.takes("c2", other)
    assert "contested" not in excluded(book, LINES, None)


def test_two_numbers_are_two_recordals_however_alike_the_rest(book: Book):
    book.takes("c1", licence("L-1", "U1 > S1", "P1", **NUMBERED))
    book.takes("c2", licence("L-9", "U1 > S1", "P1", **DATED, registration_no="X2025980000102"))
    assert value(book, LINES, None) == 2


def test_inside_one_centre_nothing_is_contested(book: Book):
    book.takes("c1", licence("L-1", "U1 > S1", "P1", **NUMBERED))
    book.takes("c1", licence("L-2", "U1 > S1", "P1", **NUMBERED))
    assert value(book, LINES) == 2
    book.takes("c2", licence("L-9", "U1 > S1", "P1", **NUMBERED))
    assert value(book, LINES, None) == 2


def test_a_claim_is_as_old_as_the_registration_that_completed_it(book: Book):
    book.takes("c1", licence("L-1", "U1 > S1", "P1"))
    book.takes("c2", licence("L-9", "U1 > S1", "P1", **NUMBERED))
    book.takes("c1", registration("L-1", "2025-09-10", registration_no="X2025980000101"))
    assert (value(book, LINES, "c1"), value(book, LINES, "c2")) == (0, 1)


def test_a_number_that_comes_later_ends_a_claim_by_day(book: Book):
    book.takes("c1", licence("L-1", "U1 > S1", "P1", **DATED))
    book.takes("c2", licence("L-9", "U1 > S1", "P1", **DATED))
    assert value(book, LINES, None) == 1
    book.takes("c2", registration("L-9", "2025-09-10", registration_no="X2025980000101", lines=(1,)))
    assert value(book, LINES, None) == 2


def test_a_verdict_on_the_registration_verifies_no_claim(book: Book):
    book.takes("c1", licence("L-1", "U1 > S1", "P1", **NUMBERED))
    book.takes("c2", licence("L-9", "U1 > S1", "P1"))
    dated = book.takes("c2", registration("L-9", "2025-09-10", registration_no="X2025980000101"))
    book.verified(dated)
    assert (value(book, LINES, "c1"), value(book, LINES, "c2")) == (1, 0)
