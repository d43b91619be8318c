"""What a line is worth: shares of changes and payments, money received, fees a year, sums (RULINGS 15 to 17 and 36)."""

import pytest

from tests.facts.book import (
    Book,
    amendment,
    equity,
    licence,
    line,
    payment,
    transfer,
)
from tests.kpi.counting import counted_book, figure, items, metric, sum_of, value

AMOUNT = metric("sum:amount")
RECEIVED = metric("sum:received")
DATED = {"registered_on": "2025-09-10"}
SMALL = {"grantee.size": ["small", "micro"]}


@pytest.fixture
def book() -> Book:
    return counted_book()


# --- shares (15) -----------------------------------------------------------------------------------------------------

def shares(book: Book, asked=AMOUNT, **told) -> list[int | None]:
    return [item.amount for item in items(book, asked, **told)]


def test_a_sum_is_split_equally_with_what_is_left_over_in_line_order(book: Book):
    book.takes("c1", licence("L-1", "U1 > S1", "P1 P2 P3", amount=101, **DATED))
    assert shares(book) == [34, 34, 33]


def test_a_change_is_split_like_the_lines_that_have_amounts(book: Book):
    lines = [line("P1", amount=1), line("P2", amount=2), line("P3", amount=4)]
    book.takes("c1", licence("L-1", "U1 > S1", lines, amount=7, **DATED))
    book.takes("c1", amendment("L-1", 10, "2026-01-01"))
    assert shares(book, begins="2026-01-01") == [1, 3, 6]  # 1.43, 2.86, 5.71


def test_a_change_of_an_equal_split_is_split_equally(book: Book):
    book.takes("c1", licence("L-1", "U1 > S1", "P1 P2 P3", amount=101, **DATED))
    book.takes("c1", amendment("L-1", 2, "2026-01-01"))
    assert shares(book, begins="2026-01-01") == [1, 1, 0]


def test_a_change_is_split_equally_where_the_lines_sum_to_nought(book: Book):
    lines = [line("P1", amount=0), line("P2", amount=0)]
    book.takes("c1", licence("L-1", "U1 > S1", lines, amount=0, payment_mode="royalty", **DATED))
    book.takes("c1", amendment("L-1", 3, "2026-01-01"))
    assert shares(book, begins="2026-01-01") == [2, 1]


def test_a_negative_change_mirrors_the_positive_one(book: Book):
    book.takes("c1", licence("L-1", "U1 > S1", "P1 P2 P3", amount=101, **DATED))
    book.takes("c1", amendment("L-1", -2, "2026-01-01"))
    assert shares(book, begins="2026-01-01") == [-1, -1, 0]


def test_payments_are_split_like_changes(book: Book):
    book.takes("c1", licence("L-1", "U1 > S1", [line("P1", amount=1), line("P2", amount=3)], amount=4, **DATED))
    book.takes("c1", payment("L-1", 6, "2026-01-01"))
    assert shares(book, RECEIVED, begins="2026-01-01") == [2, 4]  # 1.5 and 4.5: a tie, which goes to the first line


# --- received, annualised, unknown (16 and 17) -----------------------------------------------------------------------

def test_a_payment_counts_on_its_day_whenever_its_line_counts(book: Book):
    book.takes("c1", licence("L-1", "U1 > S1", "P1", registered_on="2026-12-01"))
    book.takes("c1", payment("L-1", 30_00, "2025-10-01"))
    assert value(book, RECEIVED, on="2025-10-01") == 30_00
    assert value(book, RECEIVED, on="2025-09-30") == 0


def test_the_payments_of_a_pending_or_failing_line_do_not_count(book: Book):
    book.takes("c1", licence("L-1", "U1 > S1", "P1"))
    book.takes("c1", payment("L-1", 30_00))
    book.takes("c1", licence("L-2", "U1 > L1", "P2", **DATED))
    book.takes("c1", payment("L-2", 40_00))
    assert value(book, metric("sum:received", where=SMALL)) == 0


def test_a_refund_takes_away(book: Book):
    book.takes("c1", licence("L-1", "U1 > S1", "P1", **DATED))
    book.takes("c1", payment("L-1", 30_00, "2025-10-01"))
    book.takes("c1", payment("L-1", -10_00, "2026-10-01"))
    assert value(book, RECEIVED) == 20_00
    assert value(book, RECEIVED, begins="2026-01-01") == -10_00


def test_annual_fees_are_summed_exactly_and_rounded_once(book: Book):
    for number in (1, 2, 3):
        book.takes("c1", licence(f"L-{number}", "U1 > S1", "P1", amount=1, term_months=36, **DATED))
    assert value(book, metric("sum:annualised")) == 1  # three times a third of a fen


def test_half_a_fen_a_year_rounds_up(book: Book):
    book.takes("c1", licence("L-1", "U1 > S1", "P1", amount=1, term_months=24, **DATED))
    assert value(book, metric("sum:annualised")) == 1


def test_only_licences_with_a_term_are_annualised(book: Book):
    book.takes("c1", transfer("T-1", "U1 > S1", "P1", **DATED))
    book.takes("c1", licence("L-1", "U1 > S1", "P2", term_months=48, **DATED))
    assert value(book, metric("sum:annualised")) == 25_00


def test_an_unknown_amount_counts_as_a_line_and_is_told(book: Book):
    book.takes("c1", licence("L-1", "U1 > S1", "P1 P2", amount=None, **DATED))
    found = figure(book, AMOUNT)
    assert (found.value, found.missing_amounts, found.counted_lines) == (0, 2, 2)


# --- sums and groups (36, 37, 41) ------------------------------------------------------------------------------------

def test_a_sum_adds_its_parts_and_has_nothing_pending(book: Book):
    book.takes("c1", licence("L-1", "U1 > S1", "P1", amount=1_00, **DATED))
    book.takes("c1", equity("E-1", "U1 > S1", "P2", "S1", amount=2_00, **DATED))
    book.takes("c1", licence("L-2", "U1 > S1", "P3"))
    both = sum_of(metric("sum:amount", "licence", id_="a"), metric("sum:amount", "equity", id_="b"))
    found = figure(book, both)
    assert (found.value, found.pending_lines, found.pending_amount) == (3_00, 0, 0)


def test_what_is_excluded_from_the_parts_is_added_too(book: Book):
    book.takes("c1", licence("L-1", "U1 > L1", "P1", amount=None, **DATED))
    parts = metric("sum:amount", id_="a", where=SMALL), metric("sum:amount", id_="b", where=SMALL), metric("sum:amount", id_="c")
    found = figure(book, sum_of(*parts))
    assert (dict(found.excluded), found.missing_amounts) == ({"grantee.size": 2}, 1)
