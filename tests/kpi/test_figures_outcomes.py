"""Activities, loans and outputs (RULINGS 19, 28 and 34)."""

from dataclasses import replace

import pytest

from ledger.facts.kinds.outcomes import Attendee
from tests.facts.book import (
    Book,
    activity,
    day,
    output,
    party,
    pledge,
)
from tests.kpi.counting import counted_book, excluded, metric, value


@pytest.fixture
def book() -> Book:
    return counted_book()


# --- activities (19 and 34) ------------------------------------------------------------------------------------------

def test_an_activity_of_unsaid_sessions_has_one_and_of_the_rest_none(book: Book):
    book.takes("c1", activity())
    assert value(book, metric("sum:sessions", "activity")) == 1
    for count in ("deliveries", "count", "headcount", "firms"):
        assert value(book, metric(f"sum:{count}", "activity")) == 0


def test_activities_of_two_centres_are_two(book: Book):
    book.takes("c1", activity(sessions=2))
    book.takes("c2", activity(sessions=2))
    assert value(book, metric("entries", "activity"), None) == 2
    assert value(book, metric("sum:sessions", "activity"), None) == 4


def test_attendees_are_one_by_their_token_over_all_centres(book: Book):
    book.takes("c1", activity(attendees=(Attendee(token="a"), Attendee(token="b", employer="S1"))))
    book.takes("c2", activity(attendees=(Attendee(token="a", employer="S2"),)))
    assert value(book, metric("distinct:attendee.token", "activity"), None) == 2
    assert value(book, metric("distinct:attendee.employer", "activity"), None) == 2


def test_one_attendee_has_the_role_and_works_for_the_firm(book: Book):
    managers = metric("distinct:attendee.token", "activity", where={"attendee.role": ["manager"], "employer.size": ["small"]})
    strangers = Attendee(token="a", role="manager", employer="L1"), Attendee(token="b", role="clerk", employer="S1")
    book.takes("c1", activity(attendees=strangers))
    assert excluded(book, managers) == {"employer.size": 1}
    book.takes("c1", activity(attendees=(Attendee(token="c", role="manager", employer="S1"), Attendee(token="d", role="manager"))))
    assert value(book, managers) == 1


# --- loans (34) ------------------------------------------------------------------------------------------------------

def test_a_loan_of_one_reference_is_one_and_a_renewal_another(book: Book):
    book.takes("c1", pledge("N1", loan_amount=1_00))
    book.takes("c1", pledge("N2", loan_amount=2_00, action="renew", registered_on="2026-10-10"))
    book.takes("c2", pledge("N1", loan_amount=4_00))
    assert value(book, metric("sum:loan_amount", "pledge")) == 3_00
    assert value(book, metric("distinct:loan_ref", "pledge"), None) == 2
    assert value(book, metric("sum:loan_amount", "pledge", where={"pledge.action": ["new"]})) == 1_00


def test_a_loan_is_tested_by_its_borrower_on_its_day(book: Book):
    book.takes("hb-ipo", party("S1", size="large", valid_from=day("2026-01-01")))
    book.takes("c1", pledge("N1"))
    book.takes("c1", pledge("N2", registered_on="2026-01-01"))
    small = metric("distinct:borrower", "pledge", where={"borrower.size": ["small"]})
    assert value(book, small) == 1
    assert excluded(book, small) == {"borrower.size": 1}


# --- outputs (28) ----------------------------------------------------------------------------------------------------

FILINGS = {"output.type": ["product_filing"], "output.status": ["approved", "published"]}
OUT = metric("distinct:ref_no", "output", where=FILINGS)
OUT_NOW = metric("distinct:ref_no", "output", where=FILINGS, stock=True, date=())


def report(on: str, status_: str, ref_no: str = "F-1", **given):
    return replace(output(status=status_, ref_no=ref_no, **given), on=day(on))


def test_an_output_counts_once_on_the_first_day_that_passes(book: Book):
    for on, said in (("2025-08-10", "filed"), ("2025-10-01", "approved"), ("2026-10-01", "published")):
        book.takes("c1", report(on, said))
    assert value(book, OUT, on="2025-09-30") == 0
    assert value(book, OUT, on="2025-10-01") == 1
    assert value(book, OUT) == 1
    assert value(book, OUT, begins="2026-01-01") == 0  # the second approval is no second output


def test_an_output_has_the_facts_of_its_last_passing_report(book: Book):
    worth = metric("sum:value_amount", "output", where=FILINGS)
    book.takes("c1", report("2025-10-01", "approved", value_amount=1_00, patents=("P1", "P2"), party_id="S1"))
    book.takes("c1", report("2026-10-01", "approved", value_amount=5_00, patents=("P3",), party_id="S2"))
    assert value(book, worth, on="2025-12-31") == 1_00
    assert value(book, worth, ends="2026-01-01") == 5_00  # counted on its first day, worth what was said last
    assert value(book, metric("patents", "output", where=FILINGS)) == 1
    assert value(book, metric("distinct:party_id", "output", where=FILINGS)) == 1


def test_a_revocation_takes_an_output_out_of_all_windows_once_its_day_is_reached(book: Book):
    book.takes("c1", report("2025-10-01", "approved"))
    book.takes("c1", report("2026-03-01", "revoked"))
    assert value(book, OUT, on="2026-02-28") == 1
    assert value(book, OUT, on="2026-03-01") == 0
    assert value(book, OUT, ends="2026-01-01", on="2026-03-01") == 0


def test_after_a_revocation_an_output_counts_anew_on_a_new_day(book: Book):
    book.takes("c1", report("2025-10-01", "approved"))
    book.takes("c1", report("2026-03-01", "revoked"))
    book.takes("c1", report("2026-09-01", "approved"))
    assert value(book, OUT, ends="2026-01-01") == 0
    assert value(book, OUT, begins="2026-09-01", ends="2026-09-02") == 1


def test_reports_of_one_day_follow_each_other_in_the_log(book: Book):
    book.takes("c1", report("2025-10-01", "revoked"))
    book.takes("c1", report("2025-10-01", "approved"))
    assert value(book, OUT) == 1
    book.takes("c1", report("2025-10-01", "revoked"))
    assert value(book, OUT) == 0


def test_a_rejected_revocation_revokes_nothing(book: Book):
    book.takes("c1", report("2025-10-01", "approved"))
    book.verified(book.takes("c1", report("2026-03-01", "revoked")), "rejected")
    assert value(book, OUT) == 1
    assert value(book, OUT_NOW) == 1


def test_a_revocation_acts_at_a_level_that_it_has_not_reached(book: Book):
    book.verified(book.takes("c1", report("2025-10-01", "approved")))
    book.takes("c1", report("2026-03-01", "revoked"))
    assert value(book, OUT, level="verified") == 0
    assert value(book, OUT_NOW, level="verified") == 0


def test_an_output_counts_on_the_first_day_that_stands_at_the_level(book: Book):
    book.takes("c1", report("2025-10-01", "approved"))
    book.verified(book.takes("c1", report("2026-03-01", "approved")))
    assert value(book, OUT, ends="2026-01-01", level="verified") == 0
    assert value(book, OUT, begins="2026-03-01", level="verified") == 1


def test_the_latest_report_by_then_is_how_an_output_stands(book: Book):
    book.takes("c1", report("2025-10-01", "approved"))
    book.takes("c1", report("2026-03-01", "draft"))
    assert value(book, OUT_NOW, on="2026-02-28") == 1
    assert value(book, OUT_NOW, on="2026-03-01") == 0
    assert excluded(book, OUT_NOW, on="2026-03-01") == {"output.status": 1}


def test_a_rejected_report_does_not_speak_of_how_an_output_stands(book: Book):
    book.takes("c1", report("2025-10-01", "approved"))
    book.verified(book.takes("c1", report("2026-03-01", "draft")), "rejected")
    assert value(book, OUT_NOW) == 1


def test_an_output_is_one_by_centre_type_and_number(book: Book):
    book.takes("c1", report("2025-10-01", "approved"))
    book.takes("c1", report("2025-10-01", "approved", "F-2"))
    book.takes("c1", report("2025-10-01", "approved", output_type="catalogue"))
    book.takes("c2", report("2025-10-01", "approved"))
    assert value(book, OUT) == 2
    assert value(book, OUT, None) == 2  # a province counts the numbers
    assert value(book, metric("entries", "output", where=FILINGS), None) == 3
