"""Targets and their windows: what is met, missed, or not known yet (RULINGS 2 to 4, 20 to 22 and 27)."""


import pytest

from tests.facts.book import (
    Book,
    closing,
    licence,
    participation,
    signatory,
)
from tests.kpi.counting import card, metric, participating_book, programme, record, row, target

LINES, AMOUNT = metric("lines", id_="times"), metric("sum:amount", id_="amount")
TIMES = target("times", LINES, value="3")


@pytest.fixture
def book() -> Book:
    return participating_book()


# --- met, completion (4, 22, 27) -------------------------------------------------------------------------------------

def test_a_target_is_met_as_soon_as_it_is_reached_and_missed_only_after_its_window(book: Book):
    record(book, "2025-09-01", "2025-10-01")
    assert row(book, TIMES, on="2027-07-31")["met"] is None
    assert row(book, TIMES, on="2027-08-01")["met"] is False
    record(book, "2025-10-01")
    assert row(book, TIMES, on="2025-10-01")["met"] is True


def test_more_than_is_not_reached_by_the_number_itself(book: Book):
    record(book, "2025-09-01", "2025-09-02", "2025-09-03")
    above = target("times", LINES, value="3", op=">")
    assert row(book, above)["met"] is False
    assert row(book, above)["completion"] == "99.99"  # never a hundred while it is not met
    assert row(book, TIMES)["completion"] == "100.00"


def test_completion_is_rounded_down_and_may_exceed_a_hundred(book: Book):
    record(book, "2025-09-01", "2025-09-02")
    assert row(book, TIMES)["completion"] == "66.66"
    assert row(book, target("times", LINES, value="1"))["completion"] == "200.00"


def test_figures_are_exact_and_money_has_two_decimals_at_least(book: Book):
    record(book, "2025-09-01", amount=333_34)
    told = row(book, target("amount", AMOUNT, value="0.033334"))
    assert (told["value"], told["target"], told["met"]) == ("0.033334", "0.033334", True)
    assert row(book, target("amount", AMOUNT, value="100"))["target"] == "100.00"
    assert row(book, TIMES)["value"] == "1"


def test_beside_the_value_stands_what_is_verified_pending_missing_and_excluded(book: Book):
    small = metric("sum:amount", where={"grantee.size": ["small"]})
    book.verified(book.takes("c1", licence("A", "U1 > S1", "P1", registered_on="2025-09-01")))
    book.takes("c1", licence("B", "U1 > S1", "P2", registered_on="2025-09-01", amount=None))
    book.takes("c1", licence("C", "U1 > L1", "P3", registered_on="2025-09-01"))
    book.takes("c1", licence("D", "U1 > S1", "P4 P5", signed_on="2025-09-01", amount=50_00))
    told = row(book, target("amount", small, value="1"))
    assert (told["value"], told["verified"], told["missing_amounts"]) == ("0.01", "0.01", 1)
    assert told["pending"] == {"lines": 2, "amount": "0.005"}
    assert told["excluded"] == {"grantee.size": 1}


# --- overall: must, hidden, evidence (2 and 3) -----------------------------------------------------------------------

def overall(book: Book, *targets, on="2027-08-01"):
    return card(book, programme(*targets), on=on)["met"]


def test_all_musts_decide_and_nothing_else(book: Book):
    record(book, "2025-09-01")
    reached, missed = target("a", LINES), target("b", LINES, value="9")
    assert overall(book, reached) is True
    assert overall(book, reached, missed) is False
    for level in ("strive", "encourage"):
        assert overall(book, reached, target("b", LINES, value="9", level=level)) is True


def test_null_and_no_false_is_null(book: Book):
    record(book, "2025-09-01")
    reached, open_ = target("a", LINES), target("b", LINES, value="9")
    assert overall(book, reached, open_, on="2026-01-01") is None
    assert overall(book, open_, target("c", LINES, "2025-08-01/2025-09-01"), on="2026-01-01") is False


def test_a_hidden_target_is_told_and_never_decides(book: Book):
    shown = card(book, programme(target("a", LINES, value="9", hidden=True), target("b", evidence=True, level="strive")))
    assert shown["met"] is True
    assert shown["targets"][0]["hidden"] is True
    assert shown["targets"][0]["met"] is False


def test_evidence_is_null_until_an_acceptance_decides_it(book: Book):
    growth = target("growth", evidence=True)
    assert row(book, growth)["met"] is None
    book.takes("c1", closing("submit"), signatory("c1"))
    book.takes("hb-ipo", closing("accept", decisions={"growth": True}))
    told = row(book, growth)
    assert (told["met"], told["value"], told["completion"]) == (True, None, None)


def test_a_reopening_takes_decisions_back_of_its_own_period_alone(book: Book):
    growth = target("growth", evidence=True)
    for through, decided in (("2026-07-31", False), ("2027-07-31", True)):
        book.takes("c1", closing("submit", through=through), signatory("c1"))
        book.takes("hb-ipo", closing("accept", through=through, decisions={"growth": decided}))
    book.takes("hb-ipo", closing("reopen", through="2026-07-31", note="补充材料"))
    assert row(book, growth)["met"] is True
    book.takes("hb-ipo", closing("reopen", through="2027-07-31", note="补充材料"))
    assert row(book, growth)["met"] is None


# --- windows that have parts (21 and 22) -----------------------------------------------------------------------------

def test_each_year_is_judged_by_itself(book: Book):
    record(book, "2025-09-01", "2025-09-02", "2026-09-01")
    yearly = target("times", LINES, "each_year", value="2")
    told = row(book, yearly, on="2026-08-01")
    assert [part["value"] for part in told["parts"]] == ["2", "0"]
    assert [part["met"] for part in told["parts"]] == [True, None]
    assert told["met"] is None
    assert row(book, yearly)["met"] is False
    assert (told["value"], told["verified"], told["completion"]) == (None, None, None)
    assert told["window"] == {"from": "2025-08-01", "to": "2027-08-01"}
    assert told["parts"][0]["window"] == {"from": "2025-08-01", "to": "2026-08-01"}


def test_one_false_part_is_enough_while_another_still_runs(book: Book):
    record(book, "2025-09-01")
    assert row(book, target("times", LINES, "each_year", value="2"), on="2026-08-01")["met"] is False


def test_calendar_years_are_those_that_lie_wholly_in_the_period(book: Book):
    told = row(book, target("times", LINES, "each_calendar_year"))
    assert [part["window"] for part in told["parts"]] == [{"from": "2026-01-01", "to": "2027-01-01"}]


def test_any_and_all_of_yearly_targets_are_judged_year_by_year(book: Book):
    record(book, "2025-09-01", "2025-09-02", amount=1)
    record(book, "2026-09-01", amount=500_00)
    times = target("t", LINES, "each_year", value="2", hidden=True)
    amount = target("a", AMOUNT, "each_year", value="0.05", hidden=True)
    either = target("e", window="each_year", any_of=("t", "a"))
    both = target("b", window="each_year", all_of=("t", "a"))
    told = row(book, either, others=(times, amount))
    assert [part["met"] for part in told["parts"]] == [True, True]
    assert told["met"] is True
    assert [part["value"] for part in told["parts"]] == [None, None]
    assert [part["met"] for part in row(book, both, others=(times, amount))["parts"]] == [False, False]
    # Without a window of its own it asks for the overall verdicts, in which neither holds every year.
    assert row(book, target("e", any_of=("t", "a")), others=(times, amount))["met"] is False


@pytest.mark.parametrize(
    ("first", "second", "any_", "all_"),
    [("1", "9", True, None), ("9", "9", None, None), ("1", "1", True, True)],
)  # fmt: skip
def test_any_and_all_know_three_values(book: Book, first, second, any_, all_):
    record(book, "2025-09-01")
    parts = target("a", LINES, value=first), target("b", LINES, value=second)
    assert row(book, target("x", any_of=("a", "b")), others=parts, on="2026-01-01")["met"] is any_
    assert row(book, target("x", all_of=("a", "b")), others=parts, on="2026-01-01")["met"] is all_


# --- windows that end with the day (20 and 21) -----------------------------------------------------------------------

def test_the_year_to_date_has_always_ended(book: Book):
    record(book, "2025-12-31", "2026-01-01", "2026-03-01", "2026-03-02")
    told = row(book, target("times", LINES, "ytd", value="3"), on="2026-03-01")
    assert (told["value"], told["met"]) == ("2", False)
    assert told["window"] == {"from": "2026-01-01", "to": "2026-03-02"}


def test_the_last_months_end_with_the_day_and_have_always_ended(book: Book):
    record(book, "2025-02-28", "2025-03-01", "2026-02-28")
    told = row(book, target("times", LINES, "last:12m", value="3"), on="2026-02-28")
    assert (told["value"], told["met"]) == ("2", False)
    assert told["window"] == {"from": "2025-03-01", "to": "2026-03-01"}


def test_as_of_counts_all_up_to_the_day_or_the_periods_last(book: Book):
    record(book, "2019-02-01", "2025-09-01", "2027-07-31", "2027-08-01")
    told = row(book, target("times", LINES, "as_of"), on="2026-01-01")
    assert (told["value"], told["window"]) == ("2", {"from": None, "to": "2026-01-02"})
    assert row(book, target("times", LINES, "as_of"), on="2028-01-01")["value"] == "3"


def test_as_of_is_missed_after_the_period_and_without_one_at_once(book: Book):
    asked = target("times", LINES, "as_of", value="9")
    assert row(book, asked, on="2027-07-31")["met"] is None
    assert row(book, asked, on="2027-08-01")["met"] is False
    book.takes("hb-ipo", participation("c2"))
    assert row(book, asked, "c2", on="2025-09-01")["met"] is False
