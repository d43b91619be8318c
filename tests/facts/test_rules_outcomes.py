"""Loans, activities and outputs."""

import pytest

from ledger.facts.kinds.outcomes import PledgedRight
from tests.facts.book import Book, activity, output, pledge, release


@pytest.fixture
def book():
    return Book()


@pytest.mark.parametrize("action", ["new", "renew"])
@pytest.mark.parametrize("name", ["borrower", "pledgors", "pledgee", "rights", "loan_amount"])
def test_a_loan_says_who_borrows_who_pledges_what_and_how_much(book, action, name):
    assert book.refuses("c1", pledge("LN1", action=action, **{name: None})) == {("invalid", f"body.{name}")}


@pytest.mark.parametrize("name", ["pledgors", "rights"])
def test_an_empty_list_says_nothing(book, name):
    assert book.refuses("c1", pledge("LN1", **{name: ()})) == {("invalid", f"body.{name}")}


def test_a_loan_of_nought_is_still_an_amount(book):
    book.takes("c1", pledge("LN1", loan_amount=0))


@pytest.mark.parametrize("action", ["new", "renew"])
def test_a_loan_reference_is_fresh(book, action):
    first = book.takes("c1", pledge("LN1"))
    assert book.in_the_way("c1", pledge("LN1", action=action)) == {("loan-exists", first)}
    book.takes("c1", release("LN1"))
    assert book.in_the_way("c1", pledge("LN1", action=action)) == {("loan-exists", first)}
    book.takes("c2", pledge("LN1", action=action))


def test_a_reversed_loan_frees_its_reference(book):
    book.reversed("c1", book.takes("c1", pledge("LN1")))
    book.takes("c1", pledge("LN1"))


def test_a_release_needs_only_its_loan_and_comes_once(book):
    assert book.refuses("c1", release("LN1")) == {("invalid", "body.loan_ref")}
    book.takes("c1", pledge("LN1"))
    first = book.takes("c1", release("LN1"))
    assert book.in_the_way("c1", release("LN1")) == {("already-ended", first)}
    book.reversed("c1", first)
    book.takes("c1", release("LN1"))


def test_a_pledge_is_released_no_earlier_than_it_was_registered(book):
    book.takes("c1", pledge("LN1", registered_on="2025-10-10"))
    assert book.refuses("c1", release("LN1", on="2025-10-09")) == {("invalid", "body.registered_on")}
    book.takes("c1", release("LN1", on="2025-10-10"))


def test_pledged_patents_are_registered_and_trademarks_need_not_be(book):
    rights = [("trademark", "TM-1"), ("patent", "P1"), ("patent", "P9"), ("other", "P9")]
    held = tuple(PledgedRight(right_kind=kind, right_id=name) for kind, name in rights)
    assert book.refuses("c1", pledge("LN1", rights=held)) == {("unknown-patent", "body.rights.2.right_id")}


def test_a_push_states_its_deliveries(book):
    assert book.refuses("c1", activity("push")) == {("invalid", "body.deliveries")}
    book.takes("c1", activity("push", deliveries=0))
    book.takes("c1", activity("training"))


def test_patents_of_an_output_are_registered(book):
    assert book.refuses("c1", output(patents=("P1", "P9"))) == {("unknown-patent", "body.patents.1")}
    book.takes("c1", output(patents=("P1",)))
    book.takes("c1", output())
