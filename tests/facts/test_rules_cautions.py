"""What is taken all the same, and worth a word."""

import pytest

from ledger.facts.kinds.outcomes import PledgedRight
from ledger.facts.rules import cautions
from tests.facts.book import (
    Book,
    admits,
    day,
    equity,
    licence,
    line,
    open_licence,
    opens,
    party,
    patent,
    pledge,
    publishes,
    registration,
    release,
    reversal,
    termination,
    transfer,
    withdraws,
)

NUMBER = "X2025980000101"
OTHER_NUMBER = "X2025980000102"


@pytest.fixture
def book():
    return Book()


# --- a recordal claimed twice


def test_a_deal_is_warned_about_line_by_line_where_another_centre_has_the_recordal(book):
    first = book.takes("c1", licence("L-1", "U1 > S1", "P1 P2", registration_no=NUMBER))
    deal = licence("2025-31", "U1 > S1", "P3 P2 P1", registration_no=NUMBER)
    assert book.warns("c2", deal) == [
        ("contested", "body.lines.1.patent_id", first),
        ("contested", "body.lines.2.patent_id", first),
    ]


def test_without_a_number_kind_patent_grantees_and_day_say_which_recordal_it_is(book):
    book.takes("c1", licence("L-1", "U1 > S1 S2", "P1", registered_on="2025-09-10"))
    same = licence("L-2", "R1 > S2 S1", "P1", registered_on="2025-09-10")
    assert [code for code, *_ in book.warns("c2", same)] == ["contested"]
    for other in (
        licence("L-2", "U1 > S1", "P1", registered_on="2025-09-10"),
        licence("L-2", "U1 > S1 S2", "P1", registered_on="2025-09-11"),
        licence("L-2", "U1 > S1 S2", "P2", registered_on="2025-09-10"),
        transfer("L-2", "U1 > S1 S2", "P1", registered_on="2025-09-10"),
        licence("L-2", "U1 > S1 S2", "P1", registered_on="2025-09-10", registration_no=NUMBER),
        licence("L-2", "U1 > S1 S2", "P1"),
    ):
        assert book.warns("c2", other) == []


def test_the_recordal_that_completes_a_claim_is_warned_about(book):
    first = book.takes("c1", licence("L-1", "U1 > S1", "P1 P2", registration_no=NUMBER))
    book.takes("c2", licence("L-2", "U1 > S1", "P3 P2 P1"))
    some = registration("L-2", "2025-09-10", registration_no=NUMBER, lines=(3, 1))
    assert book.warns("c2", some) == [("contested", "body.lines.0", first)]
    whole = registration("L-2", "2025-09-10", registration_no=NUMBER)
    assert book.warns("c2", whole) == [("contested", "body.deal_no", first)] * 2


def test_a_claim_that_was_already_complete_is_not_warned_about_again(book):
    book.takes("c1", licence("L-1", "U1 > S1", "P1", registration_no=NUMBER))
    book.takes("c2", licence("L-2", "U1 > S1", "P1", registration_no=NUMBER))
    assert book.warns("c2", registration("L-2", "2025-09-10")) == []


def test_the_earliest_claim_is_named(book):
    late = book.takes("c1", licence("L-1", "U1 > S1", "P1"))
    early = book.takes("j1", licence("L-1", "U1 > S1", "P1", registration_no=NUMBER))
    completed = book.takes("c1", registration("L-1", "2025-09-10", registration_no=NUMBER))
    assert late < early < completed
    assert book.warns("c2", licence("L-2", "U1 > S1", "P1", registration_no=NUMBER)) == [
        ("contested", "body.lines.0.patent_id", early)
    ]


def test_one_centre_contests_nothing_with_itself_nor_with_what_is_gone_or_rejected(book):
    again = licence("L-2", "U1 > S1", "P1", registration_no=NUMBER)
    first = book.takes("c1", licence("L-1", "U1 > S1", "P1", registration_no=NUMBER))
    assert book.warns("c1", again) == []
    book.verified(first, "rejected")
    assert book.warns("c2", again) == []
    book.reversed("c1", first)
    assert book.warns("c2", again) == []


# --- holders


def owned(book, patent_id="P9", owners=("U1",)):
    book.takes("hb-ipo", patent(patent_id, owners=owners))


NOT_HOLDER = [("not-holder", "body.lines.0.patent_id", None)]


def test_a_transfer_by_somebody_else_than_the_owner_is_warned_about(book):
    owned(book)
    assert book.warns("c1", transfer("T-1", "U1 > S1", "P9")) == []
    assert book.warns("c1", transfer("T-1", "R1 > S1", "P9")) == NOT_HOLDER
    assert book.warns("c1", transfer("T-1", "U1 R1 > S1", "P9")) == NOT_HOLDER
    assert book.warns("c1", transfer("T-1", "U1 R1 > S1", [line("P9", grantor="U1")])) == []
    assert book.warns("c1", licence("L-1", "R1 > S1", "P9")) == []


def test_principals_are_the_ones_who_hold(book):
    owned(book)
    assert book.warns("c1", transfer("T-1", "O1 > S1", "P9", principals=("U1",))) == []
    assert book.warns("c1", transfer("T-1", "U1 > S1", "P9", principals=("R1",))) == NOT_HOLDER


def test_of_a_patent_without_known_owners_nothing_is_said(book):
    assert book.warns("c1", transfer("T-1", "R1 > S1", "P1")) == []


def test_a_registered_transfer_moves_the_title(book):
    owned(book, owners=("U1", "R1"))
    book.takes("c2", transfer("T-1", "U1 > S1", "P9", registered_on="2025-09-10"))
    assert book.warns("c1", transfer("T-2", "S1 R1 > S2", "P9", signed_on="2025-09-10")) == []
    assert book.warns("c1", transfer("T-2", "U1 > S2", "P9", signed_on="2025-09-10")) == NOT_HOLDER
    assert book.warns("c1", transfer("T-2", "U1 > S2", "P9", signed_on="2025-09-09")) == []


def test_titles_move_in_the_order_of_their_days(book):
    owned(book)
    book.takes("c1", transfer("T-2", "S1 > S2", "P9", signed_on="2025-10-01", registered_on="2025-10-10"))
    book.takes("c1", transfer("T-1", "U1 > S1", "P9", registered_on="2025-09-10"))
    assert book.warns("c1", transfer("T-3", "S2 > S3", "P9", signed_on="2025-11-01")) == []
    assert book.warns("c1", transfer("T-3", "S1 > S3", "P9", signed_on="2025-11-01")) == NOT_HOLDER


def test_only_what_moves_title_stands_and_is_registered_moves_it(book):
    owned(book)
    book.takes("c1", transfer("T-1", "U1 > S1", "P9"))
    book.takes("c1", licence("L-1", "U1 > S1", "P9", registered_on="2025-09-10"))
    book.takes("c1", equity("E-1", "U1 > S1", "P9", "S1", registered_on="2025-09-10", title_transferred=False))
    book.verified(book.takes("c1", transfer("T-2", "U1 > S1", "P9", registered_on="2025-09-10")), "rejected")
    book.reversed("c1", book.takes("c1", transfer("T-3", "U1 > S1", "P9", registered_on="2025-09-10")))
    assert book.warns("c1", transfer("T-4", "U1 > S2", "P9", signed_on="2025-11-01")) == []
    book.takes("c1", equity("E-2", "U1 > S1", "P9", "S1", registered_on="2025-09-10"))
    assert book.warns("c1", transfer("T-4", "U1 > S2", "P9", signed_on="2025-11-01")) == NOT_HOLDER


# --- exclusive licences


def exclusive(deal_no, patents="P1", parties="U1 > S1", **given):
    return licence(deal_no, parties, patents, licence_type="exclusive", **given)


@pytest.mark.parametrize(
    ("signed_on", "runs"), [("2025-07-19", True), ("2025-08-20", True), ("2028-08-19", True), ("2028-08-20", False)]
)
def test_a_second_exclusive_licence_is_warned_about_while_the_first_runs(book, signed_on, runs):
    first = book.takes("c1", exclusive("L-1", signed_on="2025-08-20", term_months=36))
    second = exclusive("L-2", "P2 P1", "U1 > S2", signed_on=signed_on, term_months=36)
    assert book.warns("c2", second) == ([("second-exclusive", "body.lines.1.patent_id", first)] if runs else [])


def test_a_licence_that_ends_before_the_other_begins_is_no_second_one(book):
    book.takes("c1", exclusive("L-1", signed_on="2025-08-20"))
    assert book.warns("c2", exclusive("L-2", parties="U1 > S2", signed_on="2024-08-20", term_months=12)) == []


def test_the_day_of_effect_comes_before_the_day_of_signing(book):
    book.takes("c1", exclusive("L-1", signed_on="2025-01-01", effective_on="2025-08-20", term_months=12))
    assert book.warns("c1", exclusive("L-2", parties="U1 > S2", signed_on="2025-01-02", term_months=6)) == []
    late = exclusive("L-2", parties="U1 > S2", signed_on="2025-09-01", effective_on="2026-08-20")
    assert book.warns("c1", late) == []


def test_a_terminated_licence_runs_no_longer(book):
    first = book.takes("c1", exclusive("L-1", signed_on="2025-08-20"))
    book.takes("c1", termination("L-1", on="2026-06-01"))
    assert book.warns("c1", exclusive("L-2", parties="U1 > S2", signed_on="2026-06-01")) == []
    assert book.warns("c1", exclusive("L-2", parties="U1 > S2", signed_on="2026-05-31")) == [
        ("second-exclusive", "body.lines.0.patent_id", first)
    ]


def test_other_licences_and_rejected_ones_leave_room(book):
    book.takes("c1", licence("L-1", "U1 > S1", "P1", licence_type="sole"))
    book.takes("c1", transfer("T-1", "U1 > S1", "P1"))
    book.verified(book.takes("c1", exclusive("L-2")), "rejected")
    assert book.warns("c1", exclusive("L-3")) == []
    book.takes("c1", exclusive("L-3"))
    assert book.warns("c1", licence("L-4", "U1 > S2", "P1", licence_type="sole")) == []


def test_one_contract_claimed_by_two_centres_is_contested_and_no_second_licence(book):
    first = book.takes("c1", exclusive("L-1", registration_no=NUMBER))
    assert book.warns("c2", exclusive("L-2", registration_no=NUMBER)) == [("contested", "body.lines.0.patent_id", first)]
    assert [code for code, *_ in book.warns("c2", exclusive("L-2", registration_no=OTHER_NUMBER))] == ["second-exclusive"]


# --- numbers


@pytest.mark.parametrize("number", ["2023980044219", "X2023980044219"])
def test_usual_numbers_pass_without_a_word(book, number):
    deal = licence("L-1", "U1 > S1", "P1", registration_no=number, tech_contract_no="2025420100000001")
    assert book.warns("c1", deal) == []


def test_unusual_numbers_are_taken_with_a_word(book):
    lines = [line("P1", registration_no=NUMBER), line("P2", registration_no="备-2")]
    deal = licence("L-1", "U1 > S1", lines, registration_no="备-1", tech_contract_no="T-7")
    assert {path for code, path, _ in book.warns("c1", deal) if code == "unusual-number"} == {
        "body.tech_contract_no",
        "body.registration_no",
        "body.lines.1.registration_no",
    }


def test_a_transfer_has_no_recordal_number_of_that_form(book):
    assert book.warns("c1", transfer("T-1", "U1 > S1", "P1", registration_no="备-1")) == []
    assert book.warns("c1", transfer("T-1", "U1 > S1", "P1", tech_contract_no="T-7")) == [
        ("unusual-number", "body.tech_contract_no", None)
    ]
    book.takes("c1", transfer("T-1", "U1 > S1", "P1"))
    assert book.warns("c1", registration("T-1", "2025-09-10", registration_no="备-1")) == []


def test_the_number_of_a_recordal_is_looked_at_where_it_follows_a_licence(book):
    book.takes("c1", publishes("OL-1", "P4", "2025-08-20"))
    book.takes("c1", open_licence("O-1", "U1 > S1", "P4", "OL-1"))
    assert book.warns("c1", registration("O-1", "2025-09-10", registration_no="备-1")) == [
        ("unusual-number", "body.registration_no", None)
    ]
    assert book.warns("c1", registration("O-1", "2025-09-10", registration_no=NUMBER)) == []


def test_a_recordal_without_its_deal_is_no_matter_for_warnings(book):
    fact = registration("L-1", "2025-09-10", registration_no="备-1")
    assert list(cautions.numbers_look_as_printed(fact, book.saying("c1"))) == []


def test_pledge_numbers_of_patents_are_looked_at(book):
    kinds = [("patent", "Y2025980000201"), ("patent", "质-1"), ("trademark", "质-2"), ("patent", None)]
    rights = tuple(PledgedRight(right_kind=kind, right_id="P1", registration_no=number) for kind, number in kinds)
    assert book.warns("c1", pledge("LN1", rights=rights)) == [("unusual-number", "body.rights.1.registration_no", None)]


# --- loans


def test_a_loan_of_the_same_lender_and_reference_elsewhere_is_warned_about(book):
    gone = book.takes("j1", pledge("LN1"))
    book.reversed("j1", gone)
    first = book.takes("c1", pledge("LN1"))
    book.takes("park", pledge("LN1"))
    assert book.warns("c2", pledge("LN1", action="renew")) == [("loan-claimed", "body.loan_ref", first)]
    assert book.warns("c2", pledge("LN1", pledgee="B2")) == []
    assert book.warns("c2", pledge("LN2")) == []
    assert book.warns("c1", release("LN1")) == []


def test_ones_own_loan_is_claimed_by_nobody_else(book):
    book.reversed("c1", book.takes("c1", pledge("LN1")))
    assert book.warns("c1", pledge("LN1")) == []


# --- parties


def test_a_centre_that_changes_a_party_of_another_is_warned(book):
    first = book.takes("c1", party("S1", size="small"))
    assert book.warns("c2", party("S1", size="medium")) == [("party-of-another", "body.party_id", first)]
    assert book.warns("c2", party("S1", size="small", valid_from=day("2024-01-01"))) == []
    assert book.warns("c2", party("S1", size="small", valid_from=day("2019-01-01"))) == [
        ("party-of-another", "body.party_id", first)
    ]
    assert book.warns("c1", party("S1", size="medium")) == []
    assert book.warns("hb-ipo", party("S1", size="medium")) == []
    assert book.warns("c2", party("S2")) == []


def test_whoever_wrote_first_and_took_it_back_wrote_nothing(book):
    book.reversed("c1", book.takes("c1", party("S1")))
    book.takes("c2", party("S1"))
    assert book.warns("c2", party("S1", size="small")) == []


def test_the_party_of_an_office_is_another_ones_too(book):
    first = book.takes("hb-ipo", party("S1"))
    assert book.warns("c1", party("S1", size="small")) == [("party-of-another", "body.party_id", first)]


# --- pools of one holder


SINGLE = [("single-owner", "body.patents", None)]


@pytest.fixture
def pool(book):
    for number, owner in [(11, "U1"), (12, "U1"), (13, "R1"), (14, "U1")]:
        owned(book, f"P{number}", (owner,))
    book.takes("c1", opens())
    return book


def test_a_pool_of_one_holder_is_warned_about_at_each_admission(pool):
    assert pool.warns("c1", admits("P11 P12")) == SINGLE
    assert pool.warns("c1", admits("P11 P13")) == []
    pool.takes("c1", admits("P11"))
    assert pool.warns("c1", admits("P12")) == SINGLE
    assert pool.warns("c1", admits("P13")) == []
    pool.takes("c1", admits("P13"))
    assert pool.warns("c1", admits("P12")) == []


def test_what_left_the_pool_has_no_holder_in_it(pool):
    pool.takes("c1", admits("P11 P13"))
    pool.takes("c1", withdraws("P13", on="2025-10-01"))
    assert pool.warns("c1", admits("P12", on="2025-11-01")) == SINGLE


def test_a_title_that_moved_makes_a_second_holder(pool):
    pool.takes("c2", transfer("T-1", "U1 > S1", "P12", registered_on="2025-08-30"))
    assert pool.warns("c1", admits("P11 P12")) == []


def test_of_a_pool_with_unknown_holders_nothing_is_said(pool):
    assert pool.warns("c1", admits("P1 P2")) == []
    assert pool.warns("c1", admits("P11 P1")) == []


def test_a_large_pool_is_not_looked_through(pool, monkeypatch):
    monkeypatch.setattr(cautions, "POOL_LOOKED_THROUGH_MAX", 2)
    pool.takes("c1", admits("P11"))
    assert pool.warns("c1", admits("P12")) == SINGLE
    assert pool.warns("c1", admits("P12 P14")) == []
    for _ in range(2):
        pool.takes("c1", reversal(pool.takes("c1", admits("P12"))))
    assert pool.warns("c1", admits("P12")) == []
