"""What stands on a day: patents in pools and in force (RULINGS 29 and 30)."""

import pytest

from tests.facts.book import (
    Book,
    admits,
    closes,
    opens,
    status,
    withdraws,
)
from tests.kpi.counting import counted_book, excluded, metric, value


@pytest.fixture
def book() -> Book:
    return counted_book()


STOCK = metric("patents", "admission", where={"patent.in_force": [True]}, stock=True, date=())


def test_a_patent_is_in_a_pool_until_the_day_of_its_withdrawal(book: Book):
    book.takes("c1", opens())
    book.takes("c1", admits("P1 P2"))
    book.takes("c1", withdraws("P2", "2026-04-01"))
    assert [value(book, STOCK, on=on) for on in ("2025-08-31", "2025-09-01", "2026-03-31", "2026-04-01")] == [0, 2, 2, 1]


def test_what_is_admitted_again_is_in_again(book: Book):
    book.takes("c1", opens())
    book.takes("c1", admits("P1"))
    book.takes("c1", withdraws("P1", "2026-04-01"))
    book.takes("c1", admits("P1", "2026-04-01"))
    assert value(book, STOCK, on="2026-04-01") == 1


def test_from_the_closing_of_a_pool_nothing_is_in_it(book: Book):
    book.takes("c1", opens())
    book.takes("c1", admits("P1"))
    book.takes("c1", closes("Q1", "2026-04-01"))
    assert [value(book, STOCK, on=on) for on in ("2026-03-31", "2026-04-01")] == [1, 0]


def test_a_patent_in_two_pools_is_one_patent(book: Book):
    for pool in ("Q1", "Q2"):
        book.takes("c1", opens(pool))
        book.takes("c1", admits("P1", pool_id=pool))
    assert value(book, STOCK) == 1
    assert value(book, metric("lines", "admission", stock=True, date=())) == 2


def test_the_stock_of_a_centre_is_what_it_admitted(book: Book):
    for pool, stream in (("Q1", "c1"), ("Q2", "c2")):
        book.takes(stream, opens(pool))
        book.takes(stream, admits("P1", pool_id=pool))
    assert value(book, STOCK, "c1") == value(book, STOCK, "c2") == value(book, STOCK, None) == 1


def test_a_stock_looks_at_the_last_day_of_its_window_but_not_beyond_on(book: Book):
    book.takes("c1", opens())
    book.takes("c1", admits("P1"))
    book.takes("c1", admits("P2", "2026-08-01"))
    assert value(book, STOCK, ends="2026-08-01", on="2027-08-01") == 1
    assert value(book, STOCK, ends="2026-08-02", on="2027-08-01") == 2
    assert value(book, STOCK, on="2026-07-31") == 1


def test_a_patent_counts_while_it_is_in_force(book: Book):
    book.takes("c1", opens())
    book.takes("c1", admits("P1 P2"))
    book.takes("hb-ipo", status("P1", "CF01", "2026-03-10"))
    book.takes("hb-ipo", status("P1", "RR01", "2026-06-01"))
    assert [value(book, STOCK, on=on) for on in ("2026-03-09", "2026-03-10", "2026-05-31", "2026-06-01")] == [2, 1, 1, 2]
    assert excluded(book, STOCK, on="2026-03-10") == {"patent.in_force": 1}
