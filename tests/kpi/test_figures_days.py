"""On which day something counts: flows, changes of amount, lines that wait for their day (RULINGS 4, 5 and 14)."""

import pytest

from tests.facts.book import (
    Book,
    amendment,
    day,
    licence,
    line,
    party,
    termination,
)
from tests.kpi.counting import counted_book, figure, metric, value

LINES = metric("lines")
AMOUNT = metric("sum:amount")
DATED = {"registered_on": "2025-09-10"}


@pytest.fixture
def book() -> Book:
    return counted_book()


# --- flows and their days (4) ----------------------------------------------------------------------------------------

def test_a_flow_counts_from_its_first_day_through_on(book: Book):
    for number, on in enumerate(("2025-07-31", "2025-08-01", "2025-09-10", "2025-09-11"), 1):
        book.takes("c1", licence(f"L-{number}", "U1 > S1", "P1", signed_on="2025-07-01", registered_on=on))
    assert value(book, LINES, on="2025-09-10") == 2


def test_a_flow_does_not_count_its_windows_end(book: Book):
    for number, on in enumerate(("2026-07-31", "2026-08-01"), 1):
        book.takes("c1", licence(f"L-{number}", "U1 > S1", "P1", registered_on=on))
    assert value(book, LINES, ends="2026-08-01") == 1


def test_the_first_date_that_is_set_dates_a_line(book: Book):
    either = metric("lines", date=("announced_on", "registered_on"))
    book.takes("c1", licence("L-1", "U1 > S1", [line("P1", announced_on="2026-03-01"), line("P2")], **DATED))
    assert value(book, either, on="2025-12-31") == 1
    assert value(book, either) == 2


# --- amendments and terminations (5) ---------------------------------------------------------------------------------

def test_a_change_counts_on_its_own_day(book: Book):
    book.takes("c1", licence("L-1", "U1 > S1", "P1", **DATED))
    book.takes("c1", amendment("L-1", 20_00, "2026-10-01"))
    assert value(book, AMOUNT, ends="2026-08-01") == 100_00
    assert value(book, AMOUNT, begins="2026-08-01") == 20_00
    assert value(book, AMOUNT, on="2026-09-30") == 100_00


def test_a_change_before_the_recordal_counts_with_it(book: Book):
    book.takes("c1", licence("L-1", "U1 > S1", "P1", **DATED))
    book.takes("c1", amendment("L-1", 20_00, "2025-08-25"))
    assert value(book, AMOUNT, ends="2025-09-10") == 0
    assert value(book, AMOUNT, begins="2025-09-10", ends="2025-09-11") == 120_00


def test_the_end_of_a_deal_takes_its_change_and_nothing_else(book: Book):
    book.takes("c1", licence("L-1", "U1 > S1", "P1 P2", **DATED))
    book.takes("c1", termination("L-1", "2026-06-01", amount_change=-15_00))
    assert value(book, AMOUNT) == 85_00
    assert value(book, LINES) == 2


def test_a_change_adds_to_sums_only(book: Book):
    book.takes("c1", licence("L-1", "U1 > S1", "P1", **DATED))
    book.takes("c1", amendment("L-1", 20_00, "2026-10-01"))
    for count in ("lines", "entries", "patents", "grantees"):
        assert value(book, metric(count), begins="2026-01-01") == 0


def test_a_change_is_tested_with_its_line_on_the_lines_day(book: Book):
    small = metric("sum:amount", where={"grantee.size": ["small"]})
    book.takes("c1", licence("L-1", "U1 > S1", "P1", **DATED))
    book.takes("c1", licence("L-2", "U1 > L1", "P2", **DATED))
    book.takes("hb-ipo", party("S1", size="large", valid_from=day("2026-01-01")))
    book.takes("hb-ipo", party("L1", size="small", valid_from=day("2026-01-01")))
    book.takes("c1", amendment("L-1", 5_00, "2026-03-01"))
    book.takes("c1", amendment("L-2", 7_00, "2026-03-01"))
    assert value(book, small) == 105_00
    assert value(book, small, begins="2026-01-01") == 5_00  # though the line itself lies before the window


def test_a_change_of_a_pending_line_waits_with_it(book: Book):
    book.takes("c1", licence("L-1", "U1 > S1", "P1"))
    book.takes("c1", amendment("L-1", 20_00, "2026-03-01"))
    assert value(book, AMOUNT) == 0


# --- pending (14) ----------------------------------------------------------------------------------------------------

def test_a_line_without_a_day_is_pending_from_its_signing_on(book: Book):
    book.takes("c1", licence("L-1", "U1 > S1", "P1 P2", signed_on="2025-09-01"))
    assert figure(book, AMOUNT, on="2025-08-31").pending_lines == 0
    found = figure(book, AMOUNT, on="2025-09-01")
    assert (found.value, found.pending_lines, found.pending_amount) == (0, 2, 100_00)
    assert figure(book, AMOUNT, ends="2025-09-01").pending_lines == 0
    assert figure(book, AMOUNT, begins="2026-08-01").pending_lines == 2  # it waits in later windows too


def test_a_pending_line_is_tested_on_the_day_of_signing(book: Book):
    small = metric(where={"grantee.size": ["small"]})
    book.takes("hb-ipo", party("S1", size="large", valid_from=day("2025-08-21")))
    book.takes("c1", licence("L-1", "U1 > S1", "P1", signed_on="2025-08-20"))
    book.takes("c1", licence("L-2", "U1 > S1", "P2", signed_on="2025-08-21"))
    assert figure(book, small).pending_lines == 1
    assert figure(book, small).excluded == {}


def test_a_pending_line_stands_at_the_level(book: Book):
    deal = book.takes("c1", licence("L-1", "U1 > S1", "P1"))
    assert figure(book, LINES, level="verified").pending_lines == 0
    book.verified(deal)
    assert figure(book, LINES, level="verified").pending_lines == 1


def test_a_pending_amount_is_the_share_with_the_changes_so_far(book: Book):
    book.takes("c1", licence("L-1", "U1 > S1", "P1"))
    book.takes("c1", amendment("L-1", 20_00, "2026-01-01"))
    book.takes("c1", amendment("L-1", 40_00, "2026-01-02"))
    assert figure(book, AMOUNT, on="2026-01-01").pending_amount == 120_00


def test_a_pending_amount_that_nobody_knows_is_a_line_all_the_same(book: Book):
    book.takes("c1", licence("L-1", "U1 > S1", "P1", amount=None))
    found = figure(book, AMOUNT)
    assert (found.pending_lines, found.pending_amount) == (1, 0)


def test_a_line_with_one_of_the_days_is_not_pending(book: Book):
    book.takes("c1", licence("L-1", "U1 > S1", "P1", announced_on="2026-03-01"))
    assert figure(book, metric(date=("registered_on", "announced_on"))).pending_lines == 0
    assert figure(book, LINES).pending_lines == 1
