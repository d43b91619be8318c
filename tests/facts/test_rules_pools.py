"""Pools: opened once, closed once, and filled by the centre that opened them."""

from dataclasses import replace

import pytest

from tests.facts.book import Book, admits, closes, opens, withdraws


@pytest.fixture
def book():
    return Book()


@pytest.mark.parametrize("name", ["name", "industry", "operator"])
def test_an_opening_describes_the_pool(book, name):
    assert book.refuses("c1", opens(**{name: None})) == {("invalid", f"body.{name}")}


def test_a_closing_needs_no_description(book):
    book.takes("c1", opens())
    book.takes("c1", closes())


@pytest.mark.parametrize("stream", ["c1", "c2"])
def test_a_pool_opens_once_in_the_whole_ledger(book, stream):
    opened = book.takes("c1", opens())
    assert book.in_the_way(stream, opens()) == {("pool-exists", opened)}
    book.takes("c1", closes())
    assert book.in_the_way(stream, opens(on="2027-01-01")) == {("pool-exists", opened)}


def test_a_reversed_opening_frees_the_pool_id(book):
    book.reversed("c1", book.takes("c1", opens()))
    book.takes("c2", opens())


def test_a_pool_closes_once(book):
    assert book.refuses("c1", closes()) == {("unknown-pool", "body.pool_id")}
    book.takes("c1", opens())
    closed = book.takes("c1", closes())
    assert book.in_the_way("c1", closes(on="2027-01-01")) == {("already-ended", closed)}


def test_a_pool_closes_no_earlier_than_it_opened(book):
    book.takes("c1", opens(on="2025-08-20"))
    assert book.refuses("c1", closes(on="2025-08-19")) == {("invalid", "body.on")}
    book.takes("c1", closes(on="2025-08-20"))


@pytest.mark.parametrize("fact", [closes(), admits("P1 P9"), withdraws("P1")], ids=["close", "admission", "withdrawal"])
def test_another_centres_pool_is_out_of_bounds_and_nothing_more_is_said(book, fact):
    book.takes("c1", opens())
    assert book.refuses("c2", fact) == {("forbidden", "body.pool_id")}


@pytest.mark.parametrize("fact", [admits("P1"), withdraws("P1")], ids=["admission", "withdrawal"])
def test_nothing_enters_or_leaves_an_unknown_pool(book, fact):
    assert book.refuses("c1", fact) == {("unknown-pool", "body.pool_id")}


@pytest.mark.parametrize("say", [admits, withdraws])
def test_only_registered_patents_enter_or_leave(book, say):
    book.takes("c1", opens())
    book.takes("c1", admits("P1"))
    assert ("unknown-patent", "body.patents.0") in book.refuses("c1", say("P9"))
    assert ("not-in-pool", "body.patents.0") not in book.refuses("c1", say("P9"))


def test_a_list_names_each_patent_once(book):
    book.takes("c1", opens())
    assert book.refuses("c1", admits("P1 P2 P1")) == {("invalid", "body.patents.2")}
    book.takes("c1", admits("P1 P2"))
    assert book.refuses("c1", withdraws("P2 P2")) == {("invalid", "body.patents.1")}


@pytest.mark.parametrize(
    ("on", "right"), [("2025-08-19", False), ("2025-08-20", True), ("2026-12-30", True), ("2026-12-31", False)]
)
def test_patents_are_admitted_while_the_pool_is_open(book, on, right):
    book.takes("c1", opens(on="2025-08-20"))
    book.takes("c1", closes(on="2026-12-31"))
    assert book.refuses("c1", admits("P1", on)) == (set() if right else {("invalid", "body.on")})


def test_a_rejected_closing_closes_nothing(book):
    book.takes("c1", opens())
    book.verified(book.takes("c1", closes(on="2026-12-31")), "rejected")
    book.takes("c1", admits("P1", on="2027-01-01"))


def test_a_patent_in_the_pool_is_not_admitted_again(book):
    book.takes("c1", opens())
    book.takes("c1", opens("Q2"))
    first = book.takes("c1", admits("P1 P2"))
    assert book.refuses("c1", admits("P3 P2", on="2025-10-01")) == {("already-admitted", "body.patents.1")}
    assert book.in_the_way("c1", admits("P2")) == {("already-admitted", first)}
    book.takes("c1", admits("P2", pool_id="Q2"))


def test_a_patent_enters_on_days_on_which_it_is_out(book):
    book.takes("c1", opens())
    book.takes("c1", admits("P1", on="2025-10-01"))
    book.takes("c1", withdraws("P1", on="2025-12-01"))
    assert book.refuses("c1", admits("P1", on="2025-11-30")) == {("already-admitted", "body.patents.0")}
    book.takes("c1", admits("P1", on="2025-12-01"))
    book.takes("c1", admits("P1", on="2025-09-01"))


def test_a_patent_leaves_a_pool_in_which_it_is(book):
    book.takes("c1", opens())
    book.takes("c1", admits("P1", on="2025-10-01"))
    assert book.refuses("c1", withdraws("P1 P2", on="2025-11-01")) == {("not-in-pool", "body.patents.1")}
    assert book.refuses("c1", withdraws("P1", on="2025-09-30")) == {("not-in-pool", "body.patents.0")}
    book.takes("c1", withdraws("P1", on="2025-11-01"))
    assert book.refuses("c1", withdraws("P1", on="2025-12-01")) == {("not-in-pool", "body.patents.0")}


def test_nothing_leaves_a_pool_that_is_closed(book):
    book.takes("c1", opens())
    book.takes("c1", admits("P1"))
    book.takes("c1", closes(on="2026-12-31"))
    assert book.refuses("c1", withdraws("P1", on="2026-12-31")) == {("not-in-pool", "body.patents.0")}
    book.takes("c1", withdraws("P1", on="2026-12-30"))


def test_a_reversed_or_rejected_withdrawal_took_nothing_out(book):
    book.takes("c1", opens())
    book.takes("c1", admits("P1 P2"))
    book.reversed("c1", book.takes("c1", withdraws("P1")))
    book.verified(book.takes("c1", withdraws("P2")), "rejected")
    assert book.refuses("c1", admits("P1 P2", on="2026-05-01")) == {
        ("already-admitted", "body.patents.0"),
        ("already-admitted", "body.patents.1"),
    }


def test_a_patent_whose_admission_was_reversed_is_out(book):
    book.takes("c1", opens())
    book.reversed("c1", book.takes("c1", admits("P1")))
    assert book.refuses("c1", withdraws("P1")) == {("not-in-pool", "body.patents.0")}
    book.takes("c1", replace(admits("P1"), mode="custody"))
