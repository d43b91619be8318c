"""What follows a deal: recordals, changes, ends, money received."""

import pytest

from ledger.facts.kinds.deals import PaymentType
from tests.facts.book import Book, amendment, day, licence, line, payment, registration, termination


@pytest.fixture
def book():
    return Book()


FOLLOWERS = [registration("L-1", "2025-09-10"), amendment("L-1", 1), termination("L-1"), payment("L-1", 1)]


@pytest.mark.parametrize("fact", FOLLOWERS, ids=lambda fact: fact.kind)
def test_a_follower_needs_a_live_deal_of_its_centre(book, fact):
    book.takes("c2", licence("L-1", "U1 > S1", "P1"))
    assert book.refuses("c1", fact) == {("unknown-deal", "body.deal_no")}
    deal = book.takes("c1", licence("L-1", "U1 > S1", "P1"))
    assert book.refuses("c1", fact) == set()
    book.reversed("c1", deal)
    assert book.refuses("c1", fact) == {("unknown-deal", "body.deal_no")}


# --- recordals


def test_lines_count_from_one_and_are_named_once(book):
    book.takes("c1", licence("L-1", "U1 > S1", "P1 P2"))
    assert book.refuses("c1", registration("L-1", "2025-09-10", lines=(0, 1, 3, 1))) == {
        ("invalid", "body.lines.0"),
        ("invalid", "body.lines.2"),
        ("invalid", "body.lines.3"),
    }
    book.takes("c1", registration("L-1", "2025-09-10", lines=(2, 1)))


def test_nothing_is_recorded_before_it_was_signed(book):
    book.takes("c1", licence("L-1", "U1 > S1", "P1", signed_on="2025-08-20"))
    assert book.refuses("c1", registration("L-1", "2025-08-19")) == {("invalid", "body.registered_on")}
    book.takes("c1", registration("L-1", "2025-08-20"))


@pytest.mark.parametrize("again", ["2025-09-10", "2025-09-11"])
def test_without_lines_all_must_be_open_even_for_the_same_day(book, again):
    book.takes("c1", licence("L-1", "U1 > S1", "P1 P2"))
    first = book.takes("c1", registration("L-1", "2025-09-10", lines=(2,)))
    assert book.in_the_way("c1", registration("L-1", again)) == {("already-registered", first)}
    assert book.refuses("c1", registration("L-1", again)) == {("already-registered", "body.registered_on")}
    book.takes("c1", registration("L-1", again, lines=(1,)))


def test_a_date_in_the_deal_itself_is_in_the_way_too(book):
    deal = book.takes("c1", licence("L-1", "U1 > S1", "P1", registered_on="2025-09-10"))
    assert book.in_the_way("c1", registration("L-1", "2025-09-11", lines=(1,))) == {("already-registered", deal)}


@pytest.mark.parametrize(
    ("second", "place"),
    [
        ({}, None),
        ({"registration_no": "N-1"}, None),
        ({"announced_on": "2025-09-20"}, None),
        ({"registration_no": "N-2"}, "registration_no"),
        ({"announced_on": "2025-09-21"}, "announced_on"),
        ({"on": "2025-09-11"}, "registered_on"),
    ],
)
def test_what_is_written_of_a_line_is_repeated_and_never_changed(book, second, place):
    book.takes("c1", licence("L-1", "U1 > S1", "P1"))
    first = book.takes("c1", registration("L-1", "2025-09-10", registration_no="N-1", announced_on="2025-09-20"))
    again = registration("L-1", **{"on": "2025-09-10", "lines": (1,)} | second)
    assert book.refuses("c1", again) == ({("already-registered", f"body.{place}")} if place else set())
    assert book.in_the_way("c1", again) == ({("already-registered", first)} if place else set())


def test_number_and_announcement_may_follow_the_date(book):
    book.takes("c1", licence("L-1", "U1 > S1", "P1"))
    book.takes("c1", registration("L-1", "2025-09-10"))
    book.takes("c1", registration("L-1", "2025-09-10", lines=(1,), registration_no="N-1"))
    book.takes("c1", registration("L-1", "2025-09-10", lines=(1,), announced_on="2025-09-20"))
    assert book.refuses("c1", registration("L-1", "2025-09-10", lines=(1,), registration_no="N-2")) == {
        ("already-registered", "body.registration_no")
    }


def test_a_number_in_the_contract_is_not_changed_by_the_recordal(book):
    book.takes("c1", licence("L-1", "U1 > S1", [line("P1", registration_no="N-1"), line("P2")]))
    assert book.refuses("c1", registration("L-1", "2025-09-10", registration_no="N-2")) == {
        ("already-registered", "body.registration_no")
    }
    book.takes("c1", registration("L-1", "2025-09-10", registration_no="N-1"))


@pytest.mark.parametrize("verdict", ["rejected", "contested"])
def test_only_a_rejected_recordal_is_as_if_not_written(book, verdict):
    book.takes("c1", licence("L-1", "U1 > S1", "P1 P2"))
    book.verified(book.takes("c1", registration("L-1", "2025-09-10")), verdict)
    found = book.refuses("c1", registration("L-1", "2025-09-11"))
    assert found == (set() if verdict == "rejected" else {("already-registered", "body.registered_on")})


def test_a_recordal_rejected_for_one_line_leaves_that_line_open(book):
    book.takes("c1", licence("L-1", "U1 > S1", "P1 P2"))
    book.verified(book.takes("c1", registration("L-1", "2025-09-10")), "rejected", lines=(2,))
    assert book.refuses("c1", registration("L-1", "2025-09-11", lines=(1, 2))) == {("already-registered", "body.registered_on")}
    book.takes("c1", registration("L-1", "2025-09-11", lines=(2,)))


def test_a_reversed_recordal_leaves_its_lines_open(book):
    book.takes("c1", licence("L-1", "U1 > S1", "P1"))
    book.reversed("c1", book.takes("c1", registration("L-1", "2025-09-10")))
    book.takes("c1", registration("L-1", "2025-09-11"))


def test_a_long_deal_is_answered_with_one_problem_that_names_some_lines(book):
    book.takes("c1", licence("L-1", "U1 > S1", [line("P1", grantee=f"S{n}") for n in range(1, 13)], grantees=tuple(
        f"S{n}" for n in range(1, 13)
    ), registered_on="2025-09-10"))  # fmt: skip
    (only,) = book.problems("c1", registration("L-1", "2025-09-11"))
    assert "1, 2, 3, 4, 5, 6, 7, 8, 9, 10 …" in only.en


# --- changes, ends and payments


def test_an_unknown_amount_is_not_changed(book):
    book.takes("c1", licence("L-1", "U1 > S1", "P1", amount=None))
    assert book.refuses("c1", amendment("L-1", 1)) == {("amount-unknown", "body.amount_change")}
    assert book.refuses("c1", termination("L-1", amount_change=-1)) == {("amount-unknown", "body.amount_change")}
    book.takes("c1", termination("L-1"))


def test_nothing_changes_or_ends_after_a_termination(book):
    book.takes("c1", licence("L-1", "U1 > S1", "P1"))
    ended = book.takes("c1", termination("L-1"))
    assert book.in_the_way("c1", amendment("L-1", 1)) == {("already-ended", ended)}
    assert book.in_the_way("c1", termination("L-1")) == {("already-ended", ended)}
    book.takes("c1", payment("L-1", 1))
    book.reversed("c1", ended)
    book.takes("c1", amendment("L-1", 1))


def test_the_contract_sum_never_falls_below_nought(book):
    book.takes("c1", licence("L-1", "U1 > S1", "P1", amount=100))
    assert book.refuses("c1", amendment("L-1", -101)) == {("below-zero", "body.amount_change")}
    book.takes("c1", amendment("L-1", 50))
    book.takes("c1", amendment("L-1", -120))
    assert book.refuses("c1", termination("L-1", amount_change=-31)) == {("below-zero", "body.amount_change")}
    book.takes("c1", termination("L-1", amount_change=-30))


def test_running_totals_follow_the_order_of_recording_and_not_the_days(book):
    book.takes("c1", licence("L-1", "U1 > S1", "P1", amount=100))
    book.takes("c1", amendment("L-1", -100, on="2027-01-01"))
    assert book.refuses("c1", amendment("L-1", -1, on="2026-01-01")) == {("below-zero", "body.amount_change")}


def test_no_more_is_paid_back_than_was_received(book):
    book.takes("c1", licence("L-1", "U1 > S1", "P1"))
    assert book.refuses("c1", payment("L-1", -1)) == {("below-zero", "body.amount")}
    book.takes("c1", payment("L-1", 100))
    assert book.refuses("c1", payment("L-1", -101)) == {("below-zero", "body.amount")}
    book.takes("c1", payment("L-1", -100))


def test_payments_of_a_reversed_deal_are_not_those_of_the_next(book):
    deal = book.takes("c1", licence("L-1", "U1 > S1", "P1"))
    book.takes("c1", payment("L-1", 100))
    book.reversed("c1", deal)
    book.takes("c1", licence("L-1", "U1 > S1", "P1", signed_on=day("2025-08-21").isoformat()))
    assert book.refuses("c1", payment("L-1", -1)) == {("below-zero", "body.amount")}


@pytest.mark.parametrize(("payment_type", "amount"), [("refund", 10), ("refund", 0), ("upfront", -10), ("royalty", -1)])
def test_a_refund_is_negative_and_nothing_else_is(book: Book, payment_type: PaymentType, amount: int):
    book.takes("c1", licence("L-1", "U1 > S1", "P1"))
    book.takes("c1", payment("L-1", 100))
    assert book.refuses("c1", payment("L-1", amount, payment_type=payment_type)) == {("invalid", "body.amount")}
