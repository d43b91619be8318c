"""What counts, and on which day: the fold over all that was said, ruling by ruling."""

import pytest

from tests.facts.book import (
    Book,
    activity,
    admits,
    amendment,
    centre,
    closes,
    day,
    equity,
    licence,
    line,
    opens,
    output,
    party,
    payment,
    pledge,
    registration,
    release,
    signatory,
    status,
    termination,
    transfer,
    verdict,
    withdraws,
)
from tests.kpi.counting import counted_book, excluded, figure, items, metric, sum_of, value

LINES, AMOUNT, RECEIVED = metric("lines"), metric("sum:amount"), metric("sum:received")
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


# --- contested (8) ---------------------------------------------------------------------------------------------------

NUMBERED = {**DATED, "registration_no": "X2025980000101"}


def claimed(book: Book, **given: str) -> tuple[int, int]:
    """One recordal claimed by c1, then by c2."""
    return (
        book.takes("c1", licence("L-1", "U1 > S1", "P1", **{**NUMBERED, **given})),
        book.takes("c2", licence("L-9", "U1 > S1", "P1", **{**NUMBERED, **given})),
    )


@pytest.mark.parametrize("level", ["recorded", "attested", "verified"])
def test_the_later_claim_is_contested_at_every_level_also_for_its_own_centre(book: Book, level):
    first, second = claimed(book)
    book.verified(first)
    book.verified(second)
    assert value(book, LINES, "c1", level=level) == 1
    assert value(book, LINES, "c2", level=level) == 0
    assert excluded(book, LINES, "c2", level=level) == {"contested": 1}
    assert value(book, LINES, None, level=level) == 1


def test_a_verified_claim_counts_before_an_earlier_one(book: Book):
    _, second = claimed(book)
    book.verified(second)
    assert (value(book, LINES, "c1"), value(book, LINES, "c2")) == (0, 1)


def test_a_rejected_claim_holds_no_place(book: Book):
    first, _ = claimed(book)
    book.verified(first, "rejected")
    assert excluded(book, LINES, "c1") == {"rejected": 1}
    assert value(book, LINES, "c2") == 1


def test_a_claim_marked_contested_holds_its_place_so_that_none_counts(book: Book):
    first, _ = claimed(book)
    book.verified(first, "contested")
    assert excluded(book, LINES, None) == {"contested": 2}


def test_a_reversed_claim_is_gone(book: Book):
    first, _ = claimed(book)
    book.reversed("c1", first)
    assert value(book, LINES, "c2") == 1


def test_without_a_number_the_kind_patent_grantees_and_day_make_the_claim(book: Book):
    book.takes("c1", licence("L-1", "U1 > S1 S2", "P1 P2", **DATED))
    book.takes("c2", licence("L-9", "R1 > S2 S1", "P1 P3", **DATED))
    assert excluded(book, LINES, "c2") == {"contested": 1}  # line by line: P3 is nobody else's
    assert value(book, LINES, "c2") == 1


@pytest.mark.parametrize(
    "other",
    [
        transfer("L-9", "U1 > S1", "P1", **DATED),
        licence("L-9", "U1 > S2", "P1", **DATED),
        licence("L-9", "U1 > S1", "P2", **DATED),
        licence("L-9", "U1 > S1", "P1", registered_on="2025-09-11"),
        licence("L-9", "U1 > S1", "P1", **NUMBERED),
        licence("L-9", "U1 > S1", "P1"),
    ],
    ids=["another kind", "another grantee", "another patent", "another day", "one with a number", "one without a day"],
)
def test_what_differs_is_another_recordal(book: Book, other):
    book.takes("c1", licence("L-1", "U1 > S1", "P1", **DATED))
    book.takes("c2", other)
    assert "contested" not in excluded(book, LINES, None)


def test_two_numbers_are_two_recordals_however_alike_the_rest(book: Book):
    book.takes("c1", licence("L-1", "U1 > S1", "P1", **NUMBERED))
    book.takes("c2", licence("L-9", "U1 > S1", "P1", **DATED, registration_no="X2025980000102"))
    assert value(book, LINES, None) == 2


def test_inside_one_centre_nothing_is_contested(book: Book):
    book.takes("c1", licence("L-1", "U1 > S1", "P1", **NUMBERED))
    book.takes("c1", licence("L-2", "U1 > S1", "P1", **NUMBERED))
    assert value(book, LINES) == 2
    book.takes("c2", licence("L-9", "U1 > S1", "P1", **NUMBERED))
    assert value(book, LINES, None) == 2


def test_a_claim_is_as_old_as_the_registration_that_completed_it(book: Book):
    book.takes("c1", licence("L-1", "U1 > S1", "P1"))
    book.takes("c2", licence("L-9", "U1 > S1", "P1", **NUMBERED))
    book.takes("c1", registration("L-1", "2025-09-10", registration_no="X2025980000101"))
    assert (value(book, LINES, "c1"), value(book, LINES, "c2")) == (0, 1)


def test_a_number_that_comes_later_ends_a_claim_by_day(book: Book):
    book.takes("c1", licence("L-1", "U1 > S1", "P1", **DATED))
    book.takes("c2", licence("L-9", "U1 > S1", "P1", **DATED))
    assert value(book, LINES, None) == 1
    book.takes("c2", registration("L-9", "2025-09-10", registration_no="X2025980000101", lines=(1,)))
    assert value(book, LINES, None) == 2


def test_a_verdict_on_the_registration_verifies_no_claim(book: Book):
    book.takes("c1", licence("L-1", "U1 > S1", "P1", **NUMBERED))
    book.takes("c2", licence("L-9", "U1 > S1", "P1"))
    dated = book.takes("c2", registration("L-9", "2025-09-10", registration_no="X2025980000101"))
    book.verified(dated)
    assert (value(book, LINES, "c1"), value(book, LINES, "c2")) == (1, 0)


# --- whose entries, and which region (10, 32, 33, 35) ----------------------------------------------------------------


def test_a_centre_counts_its_own_entries(book: Book):
    book.takes("c1", licence("L-1", "U1 > S1", "P1", **DATED))
    book.takes("c2", licence("L-1", "U1 > S1", "P2", **DATED))
    assert value(book, LINES, "c1") == value(book, LINES, "c2") == 1
    assert value(book, LINES, None) == 2


def test_a_region_without_a_region_test_counts_its_recorders_and_says_nothing_of_others(book: Book):
    book.takes("c1", licence("L-1", "U1 > S1", "P1", **DATED))
    book.takes("c2", licence("L-1", "U1 > S1", "P2", **DATED))
    book.takes("c2", licence("L-2", "U1 > L1", "P3", **DATED))
    small = metric(where={"grantee.size": ["small"]})
    assert value(book, small, region="420500") == 1
    assert excluded(book, small, region="420500") == {"grantee.size": 1}
    assert value(book, small, region="420000") == 2


def test_a_region_test_of_the_metric_replaces_the_narrowing_by_recorders(book: Book):
    book.takes("c1", licence("L-1", "U1 > S1", "P1", **DATED))
    inside = metric(where={"party.region": ["$subject.region"]})
    assert value(book, inside, region="420500") == 1  # S1 is of 420502, its recorder of 420100
    assert excluded(book, inside, region="320000") == {"party.region": 1}


def test_parts_of_a_sum_are_narrowed_each_by_itself(book: Book):
    book.takes("c1", licence("L-1", "U1 > S1", "P1", amount=1_00, **DATED))
    book.takes("c2", licence("L-1", "U1 > S1", "P2", amount=10_00, **DATED))
    told = metric("sum:amount", id_="a", where={"grantor.region": ["420000"]})
    assert value(book, sum_of(told, metric("sum:amount", id_="b")), region="420500") == 11_00 + 10_00


def test_a_park_in_a_region_is_covered_by_its_code_and_covers_itself_alone(book: Book):
    book.takes("park", licence("L-1", "U1 > S1", "P1", **DATED))
    book.takes("c2", licence("L-1", "U1 > S1", "P2", **DATED))
    assert value(book, LINES, region="420506") == 1
    assert value(book, LINES, region="420506-hitech") == 1
    assert value(book, LINES, region="420500") == 2
    assert value(book, LINES, region="420506-other") == 0


def test_a_recorders_region_is_that_of_the_counted_day_and_reaches_back(book: Book):
    where = metric(where={"recorder.region": ["420500"]})
    book.takes("hb-ipo", centre("c1", "420500", valid_from=day("2026-01-01")))
    book.takes("c1", licence("L-1", "U1 > S1", "P1", **DATED))
    book.takes("c1", licence("L-2", "U1 > S1", "P2", registered_on="2026-01-01"))
    assert value(book, where) == 1
    old = licence("L-3", "U1 > S1", "P3", signed_on="2019-01-01", registered_on="2019-02-01")
    book.takes("c1", old)
    assert value(book, metric(where={"recorder.region": ["420100"]}), begins=None, ends="2020-01-01") == 1


def test_a_subject_is_not_its_own_beneficiary_while_it_has_an_operator(book: Book):
    others = metric(where={"grantee.is_operator": [False]})
    book.takes("hb-ipo", centre("c1", "420100", operator="O1", valid_from=day("2025-09-01")))
    book.takes("c1", licence("L-1", "U1 > O1", "P1", signed_on="2025-08-01", registered_on="2025-08-31"))
    book.takes("c1", licence("L-2", "U1 > O1", "P2", signed_on="2025-08-01", registered_on="2025-09-01"))
    book.takes("c1", licence("L-3", "U1 > O1 S1", "P3", **DATED))
    assert value(book, others) == 2
    assert excluded(book, others) == {"grantee.is_operator": 1}
    assert value(book, others, region="420000") == 3  # a province has no operator


def test_a_centres_parties_are_those_whose_record_it_wrote(book: Book):
    parties = metric("parties", "party", stock=True, date=())
    book.takes("c1", party("S9", size="small"))
    book.takes("c1", party("S1", size="micro", valid_from=day("2026-01-01")))
    assert value(book, parties, "c1", on="2025-12-31") == 1
    assert value(book, parties, "c1", on="2026-01-01") == 2
    assert value(book, parties, None, on="2026-01-01") == 8


# --- several parties (11 and 12) -------------------------------------------------------------------------------------

HEI, SMALL = {"grantor.kind": ["university", "research_institute"]}, {"grantee.size": ["small", "micro"]}
JOINT = {"grantee.size": ["small"], "grantee.tags": ["listed"]}


def test_one_and_the_same_party_passes_the_tests_of_a_side(book: Book):
    book.takes("hb-ipo", party("L1", size="large", tags=("listed",)))
    book.takes("c1", licence("L-1", "U1 > S1 L1", "P1", **DATED))
    assert excluded(book, metric(where=JOINT)) == {"grantee.tags": 1}  # S1 is small, L1 is listed, nobody is both
    assert excluded(book, metric(where=dict(reversed(JOINT.items())))) == {"grantee.size": 1}


def test_any_takes_a_co_owned_line_in_which_one_passes(book: Book):
    book.takes("c1", licence("L-1", "U1 L1 > S1", "P1", **DATED))
    assert value(book, metric(where=HEI)) == 1


def test_all_takes_no_line_in_which_one_does_not(book: Book):
    book.takes("c1", licence("L-1", "U1 L1 > S1", "P1", **DATED))
    book.takes("c1", licence("L-2", "U1 R1 > S1 S2", "P2", **DATED))
    every = metric(where=HEI | SMALL, match="all")
    assert value(book, every) == 1
    assert excluded(book, every) == {"grantor.kind": 1}


def test_lead_looks_at_the_first_party_only(book: Book):
    book.takes("c1", licence("L-1", "U1 L1 > S1 L1", "P1", **DATED))
    book.takes("c1", licence("L-2", "L1 U1 > S1", "P2", **DATED))
    first = metric(where=HEI | SMALL, match="lead")
    assert value(book, first) == 1
    assert excluded(book, first) == {"grantor.kind": 1}


@pytest.mark.parametrize("match", ["any", "all", "lead"])
def test_a_test_of_party_asks_for_any_on_either_side(book: Book, match):
    book.takes("c1", licence("L-1", "L1 S2 > B1 S1", "P1", **DATED))
    either = metric("parties", where={"party.size": ["small", "micro"]}, match=match)
    assert value(book, either) == 2


def test_principals_stand_in_for_the_grantors_in_tests_and_counts(book: Book):
    book.takes("c1", licence("L-1", "O1 > S1", "P1", principals=("U1", "R1"), **DATED))
    assert value(book, metric("grantors", where={"grantor.kind": ["university"]})) == 1
    assert value(book, metric("grantors")) == 2
    assert excluded(book, metric(where={"grantor.kind": ["agency"]})) == {"grantor.kind": 1}


@pytest.mark.parametrize(
    ("count", "where", "expected"),
    [
        ("grantors", {}, 2),
        ("grantees", {}, 3),
        ("parties", {}, 5),
        ("grantees", SMALL, 2),
        ("grantees", SMALL | {"party.region": ["420000"]}, 2),
        ("parties", SMALL, 4),
        ("parties", HEI | SMALL, 3),
        ("parties", {"party.kind": ["enterprise"]}, 3),
    ],
)  # fmt: skip
def test_parties_are_counted_as_far_as_they_are_left(book: Book, count, where, expected):
    book.takes("c1", licence("L-1", "U1 B1 > S1 S2 L1", "P1", **DATED))
    assert value(book, metric(count, where=where)) == expected


def test_an_unknown_party_passes_no_test(book: Book):
    book.takes("c1", licence("L-1", "U1 > X9", "P1", **DATED))
    assert excluded(book, metric(where={"grantee.kind": ["enterprise"]})) == {"grantee.kind": 1}
    assert value(book, metric("grantees")) == 1


# --- excluded (13) ---------------------------------------------------------------------------------------------------


def test_a_line_is_excluded_by_its_first_failing_test(book: Book):
    tests = {"deal.related_party": [False], "grantee.size": ["small"], "patent.in_force": [True]}
    book.takes("c1", licence("L-1", "U1 > L1", "P1", related_party=True, **DATED))
    book.takes("c1", licence("L-2", "U1 > L1", "P2", **DATED))
    book.takes("hb-ipo", status("P3", "CF01", "2025-09-10"))
    rejected = book.takes("c1", licence("L-3", "U1 > S1", "P3", **DATED))
    book.verified(rejected, "rejected")
    assert excluded(book, metric(where=tests)) == {"deal.related_party": 1, "grantee.size": 1, "patent.in_force": 1}


def test_after_all_tests_come_rejected_contested_and_level(book: Book):
    lines = [book.takes("c1", licence(f"L-{n}", "U1 > S1", f"P{n}", **DATED)) for n in (1, 2, 3)]
    book.verified(lines[0], "rejected")
    book.verified(lines[1], "contested")
    assert excluded(book, LINES, level="attested") == {"contested": 1, "level": 1, "rejected": 1}


def test_only_lines_dated_in_the_window_are_excluded(book: Book):
    small = metric(where={"grantee.size": ["small"]})
    for number, on in enumerate(("2025-07-31", "2025-08-01", "2026-01-01", None), 1):
        given = {"registered_on": on} if on else {}
        book.takes("c1", licence(f"L-{number}", "U1 > L1", "P1", signed_on="2025-07-01", **given))
    assert excluded(book, small, on="2025-12-31") == {"grantee.size": 1}


def test_a_reversed_entry_appears_nowhere(book: Book):
    deal = book.takes("c1", licence("L-1", "U1 > L1", "P1", **DATED))
    book.reversed("c1", deal)
    assert items(book, metric(where=SMALL)) == []
    assert figure(book, metric(where=SMALL)).excluded == {}


def test_a_metric_of_one_kind_says_nothing_of_the_others(book: Book):
    book.takes("c1", transfer("T-1", "U1 > S1", "P1", **DATED))
    assert items(book, metric("lines", "licence")) == []
    assert excluded(book, metric(where={"kind": ["licence"]})) == {"kind": 1}


def test_a_test_named_after_a_kind_applies_to_that_kind_only(book: Book):
    book.takes("c1", transfer("T-1", "U1 > S1", "P1", cause="judicial", **DATED))
    book.takes("c1", licence("L-1", "U1 > S1", "P2", licence_type="sub", **DATED))
    assert excluded(book, metric(where={"transfer.cause": ["assignment"]})) == {"transfer.cause": 1}
    assert excluded(book, metric(where={"licence.licence_type": ["exclusive"]})) == {"licence.licence_type": 1}
    assert value(book, metric(where={"transfer.cause": ["assignment"]})) == 1


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


# --- shares (15) -----------------------------------------------------------------------------------------------------


def shares(book: Book, asked=AMOUNT, **told) -> list[int | None]:
    return [item.amount for item in items(book, asked, **told)]


def test_a_sum_is_split_equally_with_what_is_left_over_in_line_order(book: Book):
    book.takes("c1", licence("L-1", "U1 > S1", "P1 P2 P3", amount=101, **DATED))
    assert shares(book) == [34, 34, 33]


def test_a_change_is_split_like_the_lines_that_have_amounts(book: Book):
    lines = [line("P1", amount=1), line("P2", amount=2), line("P3", amount=4)]
    book.takes("c1", licence("L-1", "U1 > S1", lines, amount=7, **DATED))
    book.takes("c1", amendment("L-1", 10, "2026-01-01"))
    assert shares(book, begins="2026-01-01") == [1, 3, 6]  # 1.43, 2.86, 5.71


def test_a_change_of_an_equal_split_is_split_equally(book: Book):
    book.takes("c1", licence("L-1", "U1 > S1", "P1 P2 P3", amount=101, **DATED))
    book.takes("c1", amendment("L-1", 2, "2026-01-01"))
    assert shares(book, begins="2026-01-01") == [1, 1, 0]


def test_a_change_is_split_equally_where_the_lines_sum_to_nought(book: Book):
    lines = [line("P1", amount=0), line("P2", amount=0)]
    book.takes("c1", licence("L-1", "U1 > S1", lines, amount=0, payment_mode="royalty", **DATED))
    book.takes("c1", amendment("L-1", 3, "2026-01-01"))
    assert shares(book, begins="2026-01-01") == [2, 1]


def test_a_negative_change_mirrors_the_positive_one(book: Book):
    book.takes("c1", licence("L-1", "U1 > S1", "P1 P2 P3", amount=101, **DATED))
    book.takes("c1", amendment("L-1", -2, "2026-01-01"))
    assert shares(book, begins="2026-01-01") == [-1, -1, 0]


def test_payments_are_split_like_changes(book: Book):
    book.takes("c1", licence("L-1", "U1 > S1", [line("P1", amount=1), line("P2", amount=3)], amount=4, **DATED))
    book.takes("c1", payment("L-1", 6, "2026-01-01"))
    assert shares(book, RECEIVED, begins="2026-01-01") == [2, 4]  # 1.5 and 4.5: a tie, which goes to the first line


# --- received, annualised, unknown (16 and 17) -----------------------------------------------------------------------


def test_a_payment_counts_on_its_day_whenever_its_line_counts(book: Book):
    book.takes("c1", licence("L-1", "U1 > S1", "P1", registered_on="2026-12-01"))
    book.takes("c1", payment("L-1", 30_00, "2025-10-01"))
    assert value(book, RECEIVED, on="2025-10-01") == 30_00
    assert value(book, RECEIVED, on="2025-09-30") == 0


def test_the_payments_of_a_pending_or_failing_line_do_not_count(book: Book):
    book.takes("c1", licence("L-1", "U1 > S1", "P1"))
    book.takes("c1", payment("L-1", 30_00))
    book.takes("c1", licence("L-2", "U1 > L1", "P2", **DATED))
    book.takes("c1", payment("L-2", 40_00))
    assert value(book, metric("sum:received", where=SMALL)) == 0


def test_a_refund_takes_away(book: Book):
    book.takes("c1", licence("L-1", "U1 > S1", "P1", **DATED))
    book.takes("c1", payment("L-1", 30_00, "2025-10-01"))
    book.takes("c1", payment("L-1", -10_00, "2026-10-01"))
    assert value(book, RECEIVED) == 20_00
    assert value(book, RECEIVED, begins="2026-01-01") == -10_00


def test_annual_fees_are_summed_exactly_and_rounded_once(book: Book):
    for number in (1, 2, 3):
        book.takes("c1", licence(f"L-{number}", "U1 > S1", "P1", amount=1, term_months=36, **DATED))
    assert value(book, metric("sum:annualised")) == 1  # three times a third of a fen


def test_half_a_fen_a_year_rounds_up(book: Book):
    book.takes("c1", licence("L-1", "U1 > S1", "P1", amount=1, term_months=24, **DATED))
    assert value(book, metric("sum:annualised")) == 1


def test_only_licences_with_a_term_are_annualised(book: Book):
    book.takes("c1", transfer("T-1", "U1 > S1", "P1", **DATED))
    book.takes("c1", licence("L-1", "U1 > S1", "P2", term_months=48, **DATED))
    assert value(book, metric("sum:annualised")) == 25_00


def test_an_unknown_amount_counts_as_a_line_and_is_told(book: Book):
    book.takes("c1", licence("L-1", "U1 > S1", "P1 P2", amount=None, **DATED))
    found = figure(book, AMOUNT)
    assert (found.value, found.missing_amounts, found.counted_lines) == (0, 2, 2)


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
    from ledger.facts.kinds.outcomes import Attendee

    book.takes("c1", activity(attendees=(Attendee(token="a"), Attendee(token="b", employer="S1"))))
    book.takes("c2", activity(attendees=(Attendee(token="a", employer="S2"),)))
    assert value(book, metric("distinct:attendee.token", "activity"), None) == 2
    assert value(book, metric("distinct:attendee.employer", "activity"), None) == 2


def test_one_attendee_has_the_role_and_works_for_the_firm(book: Book):
    from ledger.facts.kinds.outcomes import Attendee

    managers = metric("distinct:attendee.token", "activity", where={"attendee.role": ["manager"], "employer.size": ["small"]})
    book.takes("c1", activity(attendees=(Attendee(token="a", role="manager", employer="L1"), Attendee(token="b", role="clerk", employer="S1"))))
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
    from dataclasses import replace

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


# --- pools and patents in force (29 and 30) --------------------------------------------------------------------------

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


# --- sums and groups (36, 37, 41) ------------------------------------------------------------------------------------


def test_a_sum_adds_its_parts_and_has_nothing_pending(book: Book):
    book.takes("c1", licence("L-1", "U1 > S1", "P1", amount=1_00, **DATED))
    book.takes("c1", equity("E-1", "U1 > S1", "P2", "S1", amount=2_00, **DATED))
    book.takes("c1", licence("L-2", "U1 > S1", "P3"))
    both = sum_of(metric("sum:amount", "licence", id_="a"), metric("sum:amount", "equity", id_="b"))
    found = figure(book, both)
    assert (found.value, found.pending_lines, found.pending_amount) == (3_00, 0, 0)


def test_what_is_excluded_from_the_parts_is_added_too(book: Book):
    book.takes("c1", licence("L-1", "U1 > L1", "P1", amount=None, **DATED))
    parts = metric("sum:amount", id_="a", where=SMALL), metric("sum:amount", id_="b", where=SMALL), metric("sum:amount", id_="c")
    found = figure(book, sum_of(*parts))
    assert (dict(found.excluded), found.missing_amounts) == ({"grantee.size": 2}, 1)
