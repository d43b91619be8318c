"""How far entries are believed, and what that does to the lines that rest on them (RULINGS 6 and 7)."""

import pytest

from tests.facts.book import (
    Book,
    admits,
    amendment,
    closes,
    licence,
    opens,
    payment,
    pledge,
    registration,
    release,
    signatory,
    termination,
    verdict,
    withdraws,
)
from tests.kpi.counting import counted_book, excluded, figure, items, metric, value

LINES = metric("lines")
AMOUNT = metric("sum:amount")
RECEIVED = metric("sum:received")
DATED = {"registered_on": "2025-09-10"}


@pytest.fixture
def book() -> Book:
    return counted_book()


# --- entries that work together, and levels (6) ----------------------------------------------------------------------

def test_a_line_stands_only_as_high_as_the_registration_that_dated_it(book: Book):
    deal = book.takes("c1", licence("L-1", "U1 > S1", "P1"))
    dated = book.takes("c1", registration("L-1", "2025-09-10"))
    book.verified(deal)
    assert value(book, LINES, level="verified") == 0
    assert excluded(book, LINES, level="verified") == {"level": 1}
    book.verified(dated)
    assert value(book, LINES, level="verified") == 1


def test_a_registration_that_only_numbered_a_line_does_not_lower_it(book: Book):
    deal = book.takes("c1", licence("L-1", "U1 > S1", "P1", **DATED))
    book.takes("c1", registration("L-1", "2025-09-10", registration_no="X2025980000001", lines=(1,)))
    book.verified(deal)
    assert value(book, LINES, level="verified") == 1


@pytest.mark.parametrize("brings", [amendment("L-1", 5_00, "2026-01-01"), termination("L-1", "2026-01-01", amount_change=5_00)])
def test_a_change_counts_at_a_level_that_it_reached_itself(book: Book, brings):
    deal = book.takes("c1", licence("L-1", "U1 > S1", "P1", **DATED))
    change = book.takes("c1", brings)
    book.verified(deal)
    assert value(book, AMOUNT, level="verified") == 100_00
    book.verified(change)
    assert value(book, AMOUNT, level="verified") == 105_00
    book.verified(change, "rejected")
    assert value(book, AMOUNT) == 100_00


def test_a_payment_counts_at_a_level_that_it_and_its_deal_reached(book: Book):
    deal = book.takes("c1", licence("L-1", "U1 > S1", "P1", **DATED))
    paid = book.takes("c1", payment("L-1", 30_00))
    book.verified(paid)
    assert value(book, RECEIVED, level="verified") == 0
    book.verified(deal)
    assert value(book, RECEIVED, level="verified") == 30_00


def test_a_rejected_registration_is_as_if_not_written(book: Book):
    book.takes("c1", licence("L-1", "U1 > S1", "P1"))
    dated = book.takes("c1", registration("L-1", "2025-09-10"))
    book.verified(dated, "rejected")
    assert figure(book, LINES).pending_lines == 1
    book.takes("c1", registration("L-1", "2025-10-10"))
    assert value(book, LINES, begins="2025-10-01") == 1


def test_a_withdrawal_acts_at_every_level_unless_it_was_rejected(book: Book):
    stock = metric("patents", "admission", stock=True, date=())
    book.takes("c1", opens())
    admission = book.takes("c1", admits("P1"))
    book.verified(admission)
    out = book.takes("c1", withdraws("P1", "2026-01-01"))
    assert value(book, stock, on="2026-01-01", level="verified") == 0
    book.verified(out, "rejected")
    assert value(book, stock, on="2026-01-01", level="verified") == 1


def test_a_closing_of_a_pool_acts_at_every_level_unless_it_was_rejected(book: Book):
    stock = metric("entries", "pool", stock=True, date=())
    pool = book.takes("c1", opens())
    book.verified(pool)
    closed = book.takes("c1", closes("Q1", "2026-01-01"))
    assert value(book, stock, on="2026-01-01", level="verified") == 0
    book.verified(closed, "rejected")
    assert value(book, stock, on="2026-01-01", level="verified") == 1


def test_a_release_acts_at_every_level_unless_it_was_reversed(book: Book):
    stock = metric("sum:loan_amount", "pledge", stock=True, date=())
    loan = book.takes("c1", pledge("N1"))
    book.verified(loan)
    released = book.takes("c1", release("N1", "2026-01-01"))
    assert value(book, stock, on="2026-01-01", level="verified") == 0
    assert value(book, stock, on="2025-12-31", level="verified") == 100_00
    book.reversed("c1", released)
    assert value(book, stock, on="2026-01-01", level="verified") == 100_00


# --- verdicts (7) ----------------------------------------------------------------------------------------------------

def test_the_latest_word_of_an_office_stands(book: Book):
    deal = book.takes("c1", licence("L-1", "U1 > S1", "P1", **DATED))
    book.verified(deal, "rejected")
    assert excluded(book, LINES) == {"rejected": 1}
    book.verified(deal, "contested")
    assert excluded(book, LINES) == {"contested": 1}
    book.verified(deal)
    assert value(book, LINES, level="verified") == 1


def test_a_signatory_speaks_only_where_no_office_has_spoken(book: Book):
    deal = book.takes("c1", licence("L-1", "U1 > S1", "P1", **DATED))
    book.takes("c1", verdict(deal, "attested"), signatory("c1"))
    assert value(book, LINES, level="attested") == 1
    assert value(book, LINES, level="verified") == 0
    ruled = book.verified(deal, "rejected")
    book.takes("c1", verdict(deal, "attested"), signatory("c1"))
    assert value(book, LINES) == 0
    book.reversed("hb-ipo", ruled)
    assert value(book, LINES, level="attested") == 1


def test_an_office_takes_a_verdict_back_to_the_one_before(book: Book):
    deal = book.takes("c1", licence("L-1", "U1 > S1", "P1", **DATED))
    book.verified(deal)
    ruled = book.verified(deal, "rejected")
    book.reversed("hb-ipo", ruled)
    assert value(book, LINES, level="verified") == 1


def test_a_verdict_on_lines_leaves_the_others(book: Book):
    deal = book.takes("c1", licence("L-1", "U1 > S1", "P1 P2 P3", **DATED))
    book.verified(deal)
    book.verified(deal, "rejected", lines=(2,))
    assert [item.standing for item in items(book, LINES)] == ["counted", "excluded", "counted"]
    assert excluded(book, LINES) == {"rejected": 1}


def test_a_registration_is_ruled_on_line_by_line(book: Book):
    book.takes("c1", licence("L-1", "U1 > S1", "P1 P2"))
    dated = book.takes("c1", registration("L-1", "2025-09-10"))
    book.verified(dated, "rejected", lines=(2,))
    found = figure(book, LINES)
    assert (found.value, found.pending_lines) == (1, 1)
