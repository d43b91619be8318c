"""Activities, loans and outputs: the lines that follow from each (RULINGS 6, 19 and 28)."""

from dataclasses import replace

import pytest

from ledger.facts.kinds.outcomes import Attendee
from ledger.facts.lines.outcomes import loan_state
from ledger.facts.lines.rows import NEVER, ActivityLine, AttendeeRow, LoanLine, OutputLine, Standing
from ledger.facts.mentions import mention
from tests.facts.book import Book, activity, day, output, pledge, release, reversal, signatory, verdict


@pytest.fixture
def book():
    return Book()


# --- activities


def test_what_an_activity_leaves_out_adds_nothing_but_one_session(book):
    index = book.takes("c1", activity("roadshow"))
    assert book.world.rows(mention("activity", str(index))) == {
        ActivityLine(
            entry=index, centre="c1", type="roadshow", mode=None, service_type=None, programme=None, held_on=day("2025-09-01"),
            sessions=1, deliveries=0, count=0, headcount=0, firms=0, patents_presented=0, intentions=0, contracts=0,
            contract_amount=None, financing_amount=None, standing=Standing.RECORDED,
        )
    }  # fmt: skip


def test_an_activity_says_what_it_was_told(book):
    numbers = {
        "sessions": 2, "deliveries": 3, "count": 4, "headcount": 5, "firms": 6, "patents_presented": 7, "intentions": 8,
        "contracts": 9, "contract_amount": 10, "financing_amount": 0,
    }  # fmt: skip
    index = book.takes("c1", activity("service", mode="online", service_type="valuation", programme="prep", **numbers))
    (row,) = book.world.rows(mention("activity", str(index)))
    assert {name: getattr(row, name) for name in numbers} == numbers
    assert (row.mode, row.service_type, row.programme) == ("online", "valuation", "prep")


def test_attendees_stand_beside_their_activity_in_their_places(book):
    people = (Attendee(token="t-1", role="rd", employer="S1"), Attendee(token="t-2"))
    index = book.takes("c1", activity(attendees=people))
    rows = book.world.rows(mention("activity", str(index)))
    assert {row for row in rows if isinstance(row, AttendeeRow)} == {
        AttendeeRow(entry=index, place=1, token="t-1", role="rd", employer="S1"),
        AttendeeRow(entry=index, place=2, token="t-2", role=None, employer=None),
    }


def test_a_reversed_activity_took_place_nowhere(book):
    index = book.takes("c1", activity(attendees=(Attendee(token="t-1"),)))
    book.verified(index)
    assert {row.standing for row in book.world.rows(mention("activity", str(index))) if isinstance(row, ActivityLine)} == {
        Standing.VERIFIED
    }
    book.reversed("c1", index)
    assert book.world.rows(mention("activity", str(index))) == frozenset()


# --- loans


def loans(book: Book, ref: str = "D-1", centre: str = "c1") -> list[LoanLine]:
    return sorted(book.world.rows(mention("loan", centre, ref)), key=lambda row: row.entry)


def test_a_loan_stands_from_its_registration_on(book):
    index = book.takes("c1", pledge("D-1", action="renew", registered_on="2025-10-10", loan_amount=7_00, credit_line=900_00))
    assert loans(book) == [
        LoanLine(
            entry=index, centre="c1", loan_ref="D-1", action="renew", borrower="S1", loan_amount=7_00, begins=day("2025-10-10"),
            ends=NEVER, standing=Standing.RECORDED,
        )
    ]  # fmt: skip


def test_a_release_ends_the_loan_and_is_a_line_that_stands_on_no_day(book):
    loan = book.takes("c1", pledge("D-1"))
    end = book.takes("c1", release("D-1", "2026-10-10"))
    book.verified(loan)
    first, second = loans(book)
    assert (first.entry, first.ends, first.standing) == (loan, day("2026-10-10"), Standing.VERIFIED)
    assert (second.entry, second.action, second.borrower, second.loan_amount) == (end, "release", None, 0)
    assert (second.begins, second.ends, second.standing) == (day("2026-10-10"), day("2026-10-10"), Standing.RECORDED)


def test_a_release_that_was_reversed_or_rejected_ends_nothing(book):
    book.takes("c1", pledge("D-1"))
    end = book.takes("c1", release("D-1"))
    book.verified(end, "contested")
    assert loans(book)[0].ends == day("2026-10-10")
    book.verified(end, "rejected")
    assert [row.ends for row in loans(book)] == [NEVER, day("2026-10-10")]
    book.reversed("c1", end)
    assert [row.ends for row in loans(book)] == [NEVER]


def test_a_reversed_loan_takes_its_release_along_and_frees_the_reference(book):
    loan = book.takes("c1", pledge("D-1"))
    book.takes("c1", release("D-1"))
    history = book.world.history(mention("loan", "c1", "D-1"))
    assert [e and e.index for e in loan_state(history)] == [loan, loan + 1]
    assert book.refuses("c1", reversal(loan)) == set()
    book.reversed("c1", loan)
    assert loans(book) == []
    assert loan_state(history) == (None, None)
    again = book.takes("c1", pledge("D-1", registered_on="2026-11-01"))
    assert [(row.entry, row.ends) for row in loans(book)] == [(again, NEVER)]


def test_a_loan_is_one_of_its_centre(book):
    book.takes("c1", pledge("D-1"))
    book.takes("c2", pledge("D-1"))
    assert (len(loans(book)), len(loans(book, centre="c2"))) == (1, 1)


# --- outputs


def outputs(book: Book, ref: str = "F-1") -> list[OutputLine]:
    return sorted(book.world.rows(mention("output", "c1", "product_filing", ref)), key=lambda row: row.entry)


def reports(book: Book, status: str, on: str, **given) -> int:
    return book.takes("c1", replace(output(status=status, **given), on=day(on)))


def test_a_report_says_what_it_was_told_and_speaks_from_its_day_on(book):
    index = reports(book, "filed", "2025-09-01", party_id="S1", value_amount=3, patents=("P1", "P2"), issuer_level="city")
    assert outputs(book) == [
        OutputLine(
            entry=index, centre="c1", type="product_filing", ref_no="F-1", status="filed", issuer_level="city", party_id="S1",
            value_amount=3, patents=("P1", "P2"), begins=day("2025-09-01"), ends=NEVER, standing=Standing.RECORDED,
        )
    ]  # fmt: skip


def test_a_revocation_silences_the_reports_before_it(book):
    reports(book, "filed", "2025-09-01")
    reports(book, "approved", "2025-10-01")
    reports(book, "revoked", "2025-12-01")
    reports(book, "approved", "2026-02-01")
    assert [row.ends for row in outputs(book)] == [day("2025-12-01"), day("2025-12-01"), NEVER, NEVER]
    assert outputs(book)[0].patents == ()


def test_the_first_of_several_revocations_after_a_report_silences_it(book):
    reports(book, "approved", "2025-09-01")
    reports(book, "revoked", "2026-02-01")
    reports(book, "revoked", "2025-12-01")
    assert [row.ends for row in outputs(book)] == [day("2025-12-01"), NEVER, day("2026-02-01")]


def test_a_revocation_of_the_same_day_silences_what_was_recorded_before_it_only(book):
    reports(book, "approved", "2025-09-01")
    reports(book, "revoked", "2025-09-01")
    reports(book, "approved", "2025-09-01")
    assert [row.ends for row in outputs(book)] == [day("2025-09-01"), NEVER, NEVER]


def test_a_revocation_that_was_reversed_or_rejected_silences_nothing(book):
    reports(book, "approved", "2025-09-01")
    gone = reports(book, "revoked", "2025-12-01")
    book.verified(gone, "contested")
    assert outputs(book)[0].ends == day("2025-12-01")
    book.verified(gone, "rejected")
    assert [row.ends for row in outputs(book)] == [NEVER, NEVER]
    book.reversed("c1", gone)
    assert [row.ends for row in outputs(book)] == [NEVER]


def test_a_report_stands_by_its_own_verdicts(book):
    first, second = reports(book, "filed", "2025-09-01"), reports(book, "approved", "2025-10-01")
    book.verified(second)
    book.takes("c1", verdict(first, "attested"), signatory("c1"))
    assert [row.standing for row in outputs(book)] == [Standing.ATTESTED, Standing.VERIFIED]


def test_a_reversed_report_was_never_made(book):
    first = reports(book, "approved", "2025-09-01")
    book.reversed("c1", first)
    assert outputs(book) == []
