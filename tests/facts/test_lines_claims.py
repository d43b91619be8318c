"""Who holds a recordal that several centres claim, line by line (RULINGS 8)."""

import pytest

from ledger.facts.lines.deals import digest_of
from ledger.facts.lines.rows import Claim
from tests.facts.book import Book, licence, line, registration, signatory, transfer, verdict

A, B = "2025-09-10", "2025-10-20"


@pytest.fixture
def book():
    return Book()


def holders(book: Book) -> set[tuple[str, int, int]]:
    """(centre, entry, line) of every claim that is contested at all."""
    return {(row.centre, row.entry, row.line) for row in book.world.all_rows() if isinstance(row, Claim)}


def numbered(deal_no: str = "L-1", patents: str = "P1", **given):
    return licence(deal_no, "U1 > S1", patents, **{"registered_on": A, "registration_no": "N-1"} | given)


def test_inside_one_centre_nothing_is_contested(book):
    book.takes("c1", numbered("L-1"))
    book.takes("c1", numbered("L-2"))
    assert holders(book) == set()


def test_of_two_centres_the_one_that_was_complete_first_holds_the_line(book):
    first = book.takes("c2", numbered())
    book.takes("c1", numbered())
    claim = next(row for row in book.world.all_rows() if isinstance(row, Claim))
    assert claim == Claim(fingerprint=digest_of("number", "N-1", "P1"), centre="c2", entry=first, line=1)


def test_complete_first_is_told_by_the_registration_and_not_by_the_deal(book):
    book.takes("c1", licence("L-1", "U1 > S1", "P1"))
    second = book.takes("c2", numbered())
    book.takes("c1", registration("L-1", A, registration_no="N-1"))
    assert holders(book) == {("c2", second, 1)}


def test_a_number_never_meets_a_day(book):
    book.takes("c1", licence("L-1", "U1 > S1", "P1", registered_on=A))
    book.takes("c2", numbered())
    assert holders(book) == set()


def test_without_a_number_the_kind_tells_deals_apart(book):
    book.takes("c1", licence("L-1", "U1 > S1", "P1", registered_on=A))
    book.takes("c2", transfer("T-1", "U1 > S1", "P1", registered_on=A))
    assert holders(book) == set()
    third = book.takes("park", licence("L-1", "U9 > S1", "P1", registered_on=A))
    assert third
    assert {centre for centre, *_ in holders(book)} == {"c1"}


def test_lines_are_contested_one_by_one(book):
    first = book.takes("c1", numbered("L-1", "P1 P2"))
    book.takes("c2", numbered("L-1", "P3 P2"))
    assert holders(book) == {("c1", first, 2)}


def test_lines_of_one_deal_may_be_held_by_different_centres(book):
    early = book.takes("c2", licence("L-1", "U1 > S1", [line("P1", registration_no="N-1"), line("P2")]))
    both = book.takes("c1", licence("L-1", "U1 > S1", "P1 P2", registration_no="N-1"))
    book.takes("c2", registration("L-1", A, registration_no="N-1", lines=(2,)))
    assert holders(book) == {("c2", early, 1), ("c1", both, 2)}


def test_a_verified_claim_goes_before_an_earlier_one(book):
    book.takes("c1", numbered())
    second = book.takes("c2", numbered())
    third = book.takes("park", numbered())
    book.verified(third)
    assert holders(book) == {("park", third, 1)}
    book.verified(second)
    assert holders(book) == {("c2", second, 1)}  # the earliest of the verified ones


def test_verified_is_the_verdict_on_the_deal_and_not_on_its_registration(book):
    first = book.takes("c1", numbered())
    book.takes("c2", licence("L-1", "U1 > S1", "P1"))
    dated = book.takes("c2", registration("L-1", A, registration_no="N-1"))
    book.verified(dated)
    assert holders(book) == {("c1", first, 1)}


def test_attested_is_no_verdict_on_a_claim(book):
    first = book.takes("c1", numbered())
    second = book.takes("c2", numbered())
    book.takes("c2", verdict(second, "attested"), signatory("c2"))
    assert holders(book) == {("c1", first, 1)}


def test_a_verdict_on_one_line_moves_that_line_only(book):
    first = book.takes("c1", numbered("L-1", "P1 P2"))
    second = book.takes("c2", numbered("L-1", "P1 P2"))
    book.verified(second, lines=(2,))
    assert holders(book) == {("c1", first, 1), ("c2", second, 2)}


def test_a_rejected_claim_claims_nothing(book):
    first = book.takes("c1", numbered())
    second = book.takes("c2", numbered())
    book.takes("park", numbered())
    book.verified(first, "rejected")
    assert holders(book) == {("c2", second, 1)}


def test_with_one_claim_left_nothing_is_contested(book):
    first = book.takes("c1", numbered())
    book.takes("c2", numbered())
    book.verified(first, "rejected")
    assert holders(book) == set()


def test_a_claim_that_an_office_marked_contested_keeps_its_place(book):
    first = book.takes("c1", numbered())
    book.takes("c2", numbered())
    book.verified(first, "contested")
    assert holders(book) == {("c1", first, 1)}


def test_a_reversed_claim_hands_over(book):
    first = book.takes("c1", numbered())
    second = book.takes("c2", numbered())
    book.takes("park", numbered())
    book.reversed("c1", first)
    assert holders(book) == {("c2", second, 1)}


def test_a_claim_given_up_by_another_number_hands_over(book):
    given = {"registered_on": A, "registration_no": None}
    book.takes("c1", numbered(**given))
    second = book.takes("c2", numbered(**given))
    book.takes("park", numbered(**given))
    book.takes("c1", registration("L-1", A, registration_no="N-7", lines=(1,)))
    assert holders(book) == {("c2", second, 1)}


def test_a_rejected_registration_claims_nothing(book):
    book.takes("c1", licence("L-1", "U1 > S1", "P1"))
    dated = book.takes("c1", registration("L-1", A, registration_no="N-1"))
    second = book.takes("c2", numbered())
    book.takes("park", numbered())
    book.verified(dated, "rejected")
    assert holders(book) == {("c2", second, 1)}
