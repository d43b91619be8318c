"""Targets, windows, growth and participants: what a scorecard says, ruling by ruling."""

from datetime import date

import pytest

from ledger.kpi.participants import participant
from tests.facts.book import (
    Book,
    activity,
    admits,
    amendment,
    baseline,
    centre,
    closing,
    day,
    licence,
    opens,
    participation,
    party,
    recorder,
    registration,
    signatory,
    verdict,
)
from tests.kpi.counting import card, counted_book, folded, metric, programme, row, sum_of, target

LINES, AMOUNT = metric("lines", id_="times"), metric("sum:amount", id_="amount")
EVENTS = metric("entries", "activity", id_="times")
TIMES = target("times", LINES, value="3")
STOCK = metric("patents", "admission", stock=True, date=())


@pytest.fixture
def book() -> Book:
    """c1 takes part in `two-years` from 2025-08-01."""
    book = counted_book()
    book.takes("hb-ipo", participation("c1", industry="photonics"))
    book.takes("hb-ipo", participation("c1", state="started", start_on="2025-08-01"))
    return book


def record(book: Book, *days: str, stream: str = "c1", amount: int = 100_00) -> None:
    """A line for each day."""
    for on in days:
        number = len(book.world.stream(stream))
        book.takes(stream, licence(f"L-{number}", "U1 > S1", "P1", signed_on="2019-01-01", registered_on=on, amount=amount))


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


# --- growth (23) -----------------------------------------------------------------------------------------------------


def grown(factor: str = "1.20", window: str = "2026-01-01/2027-01-01", asked=LINES, **told):
    return target("times", asked, window, growth=factor, **told)


def test_growth_compares_exactly_with_the_same_time_before(book: Book):
    record(book, *["2025-03-01"] * 5, *["2026-03-01"] * 6)
    told = row(book, grown())
    assert (told["base"], told["target"], told["value"], told["met"]) == ("5", "6", "6", True)
    assert row(book, grown("1.21"))["met"] is False
    assert row(book, grown("1.21"))["target"] == "6.05"


def test_growth_over_several_years_compounds(book: Book):
    record(book, "2024-03-01", *["2026-03-01"] * 2)
    assert row(book, grown("1.50", years=2))["target"] == "2.25"
    assert row(book, grown("1.40", years=2))["met"] is True


def test_a_base_of_nought_is_null_also_after_the_end(book: Book):
    record(book, "2026-03-01")
    told = row(book, grown(), on="2030-01-01")
    assert (told["met"], told["target"], told["completion"], told["base"]) == (None, None, None, "0")


def test_the_base_of_whole_months_is_as_many_months_before(book: Book):
    record(book, "2025-11-30", "2025-12-01", "2026-02-28", "2026-03-01")
    told = row(book, grown(window="2026-03-01/2026-06-01"))
    assert (told["base"], told["value"]) == ("2", "1")


def test_the_base_of_other_windows_is_as_many_days_before(book: Book):
    record(book, "2026-02-18", "2026-02-19", "2026-02-28", "2026-03-01")
    assert row(book, grown(window="2026-03-01/2026-03-11"))["base"] == "2"


def test_the_year_to_date_grows_over_the_same_days_of_the_year_before(book: Book):
    record(book, "2025-01-01", "2025-03-01", "2025-03-02", "2026-03-01")
    assert row(book, grown(window="ytd"), on="2026-03-01")["base"] == "2"


# --- baselines (24) --------------------------------------------------------------------------------------------------


def told_before(book: Book, value: str = "5", by: str = "hb-ipo", **given) -> int:
    fact = baseline("c1", value=value, **({"from_": day("2025-01-01"), "to": day("2026-01-01")} | given))
    return book.takes(by, fact, recorder("c1") if by == "c1" else None)


def base_of(book: Book, level: str = "recorded", asked=LINES):
    return row(book, grown(asked=asked), level=level)["base"]


def test_a_baseline_stands_in_where_nothing_is_counted(book: Book):
    told_before(book)
    assert base_of(book) == "5"
    record(book, "2025-03-01")
    assert base_of(book) == "1"


@pytest.mark.parametrize("given", [{"from_": day("2025-01-02")}, {"to": day("2026-01-02")}, {"metric": "amount", "value": "5.00"}])
def test_a_baseline_of_another_window_or_metric_is_none(book: Book, given):
    told_before(book, **given)
    assert base_of(book) == "0"


def test_the_latest_baseline_in_the_log_counts(book: Book):
    told_before(book, "5")
    told_before(book, "7")
    assert base_of(book) == "7"


def test_a_baseline_of_money_is_in_the_metrics_unit(book: Book):
    told_before(book, "1000.005", metric="amount")
    assert base_of(book, asked=AMOUNT) == "1000.005"


def test_a_baseline_of_nought_computes_nothing(book: Book):
    told_before(book, "0")
    record(book, "2026-03-01")
    assert row(book, grown())["met"] is None


def test_an_offices_baseline_counts_at_every_level(book: Book):
    told_before(book)
    assert [base_of(book, level) for level in ("recorded", "attested", "verified")] == ["5", "5", "5"]


def test_a_centres_baseline_counts_above_recorded_as_far_as_it_was_believed(book: Book):
    index = told_before(book, by="c1")
    assert [base_of(book, level) for level in ("recorded", "attested", "verified")] == ["5", "0", "0"]
    book.takes("c1", verdict(index, "attested"), signatory("c1"))
    assert [base_of(book, level) for level in ("recorded", "attested", "verified")] == ["5", "5", "0"]
    book.verified(index)
    assert [base_of(book, level) for level in ("recorded", "attested", "verified")] == ["5", "5", "5"]


def test_a_rejected_baseline_gives_way_to_the_one_before(book: Book):
    told_before(book, "5", by="c1")
    book.verified(told_before(book, "7", by="c1"), "rejected")
    assert base_of(book) == "5"


def test_a_reversed_baseline_is_gone(book: Book):
    index = told_before(book)
    book.reversed("hb-ipo", index)
    assert base_of(book) == "0"


def test_a_baseline_counts_where_lines_there_are_none_at_the_level(book: Book):
    told_before(book)
    record(book, "2025-03-01")
    assert base_of(book, "recorded") == "1"
    assert base_of(book, "verified") == "5"


# --- panels (25) -----------------------------------------------------------------------------------------------------


def test_a_panel_compares_recorders_that_counted_in_both_windows(book: Book):
    book.takes("hb-ipo", participation("420000", "province"))
    record(book, "2025-03-01", "2026-03-01", "2026-03-02", stream="c1")
    record(book, "2025-04-01", stream="c2")
    record(book, *["2026-04-01"] * 4, stream="park")
    asked = {"id_": "province", "subject": "province"}
    told = row(book, grown(panel="same"), "420000", asked=asked)
    assert (told["base"], told["value"]) == ("1", "2")
    told = row(book, grown(), "420000", asked=asked)
    assert (told["base"], told["value"]) == ("2", "6")


def test_a_panel_takes_no_baseline(book: Book):
    told_before(book)
    record(book, "2026-03-01")
    assert row(book, grown(panel="same"))["base"] == "0"


# --- ratios (26) -----------------------------------------------------------------------------------------------------


def ratio(below, window="period", **told):
    return target("share", LINES, window, per=below, **({"value": "0.66"} | told))


def test_a_ratio_is_exact_and_shown_with_four_decimals_rounded_down(book: Book):
    record(book, "2025-09-01", "2025-09-02")
    for _ in range(3):
        book.takes("c1", activity())
    told = row(book, ratio(EVENTS))
    assert (told["value"], told["met"], told["unit"]) == ("0.6666", True, "1")
    assert row(book, ratio(EVENTS, value="0.66667"))["met"] is False


def test_a_ratio_to_nought_is_null(book: Book):
    record(book, "2025-09-01")
    told = row(book, ratio(EVENTS))
    assert (told["value"], told["met"], told["completion"]) == (None, None, None)


def test_a_stock_below_is_taken_on_the_windows_last_day(book: Book):
    record(book, "2025-09-01", "2025-09-02")
    book.takes("c1", opens())
    book.takes("c1", admits("P1"))
    book.takes("c1", admits("P2", "2026-08-01"))
    assert row(book, ratio(STOCK, "2025-08-01/2026-08-01"))["value"] == "2.0000"
    assert row(book, ratio(STOCK, "2025-08-01/2026-08-02"))["value"] == "1.0000"


def test_a_ratio_grows_over_the_ratio_before(book: Book):
    record(book, "2025-03-01", "2026-03-01", "2026-03-02", "2026-03-03")
    for held in ("2025-05-01", "2026-05-01", "2026-05-02"):
        from dataclasses import replace

        book.takes("c1", replace(activity(), held_on=day(held)))
    told = row(book, target("share", LINES, "2026-01-01/2027-01-01", per=EVENTS, growth="1.50"))
    assert (told["base"], told["target"], told["value"], told["met"]) == ("1.0000", "1.5000", "1.5000", True)


# --- participation (32, 38, 45) --------------------------------------------------------------------------------------


def who(book: Book, code: str = "c1", on: str = "2026-01-01", **told):
    return participant(folded(book), programme(TIMES, **told), code, date.fromisoformat(on))


def test_before_the_start_there_is_no_period_and_nothing_of_it(book: Book):
    book.takes("hb-ipo", participation("c2"))
    record(book, "2025-09-01", stream="c2")
    shown = card(book, programme(TIMES, target("y", LINES, "ytd")), "c2", on="2025-10-01")
    assert shown["period"] is None
    assert [shown["targets"][0][name] for name in ("value", "verified", "met", "completion")] == [None] * 4
    assert shown["targets"][0]["target"] == "3"
    assert shown["targets"][1]["value"] == "1"
    assert shown["met"] is None


def test_a_start_speaks_from_its_day_on(book: Book):
    assert who(book, on="2025-07-31").period is None
    assert who(book, on="2025-08-01").period.begins == day("2025-08-01")


def test_the_period_is_that_of_the_latest_start(book: Book):
    book.takes("hb-ipo", participation("c1", state="started", on="2026-02-01", start_on="2026-02-01", months=12))
    assert who(book, on="2026-01-31").period.ends == day("2027-08-01")
    assert who(book, on="2026-02-01").period.ends == day("2027-02-01")


def test_months_fall_back_to_the_programmes(book: Book):
    assert who(book, months=18).period.ends == day("2027-02-01")
    book.takes("hb-ipo", participation("c1", state="started", on="2025-08-02", start_on="2025-08-01", months=12))
    assert who(book, months=18).period.ends == day("2026-08-01")
    assert who(book, months=None).period.ends == day("2026-08-01")


def test_the_latest_industry_that_was_said_holds(book: Book):
    book.takes("hb-ipo", participation("c1", state="midterm", on="2026-02-01"))
    assert who(book, on="2026-03-01").scope.terms["industry"] == "photonics"
    book.takes("hb-ipo", participation("c1", state="accepted", on="2026-04-01", industry="laser"))
    assert who(book, on="2026-05-01").scope.terms["industry"] == "laser"
    assert who(book, on="2026-03-01").scope.terms["industry"] == "photonics"


def test_a_promise_replaces_the_programmes_value_until_another_does(book: Book):
    book.takes("hb-ipo", participation("c1", state="midterm", on="2026-02-01", overrides={"times": "400"}))
    book.takes("hb-ipo", participation("c1", state="midterm", on="2026-03-01", overrides={"share": "2.00"}))
    assert row(book, TIMES, on="2026-01-31")["target"] == "3"
    assert row(book, TIMES, on="2026-04-01")["target"] == "400"
    book.takes("hb-ipo", participation("c1", state="accepted", on="2026-05-01", overrides={"times": "500"}))
    assert row(book, TIMES, on="2026-06-01")["target"] == "500"


def test_who_left_is_still_read_and_its_state_told(book: Book):
    record(book, "2025-09-01")
    book.takes("hb-ipo", participation("c1", state="delisted", on="2026-03-01"))
    shown = card(book, programme(TIMES), on="2026-03-01")
    assert (shown["state"], shown["targets"][0]["value"]) == ("delisted", "1")
    assert shown["period"] == {"from": "2025-08-01", "to": "2027-08-01"}
    assert card(book, programme(TIMES), on="2026-02-28")["state"] == "started"


def test_participations_of_one_day_follow_each_other_in_the_log(book: Book):
    book.takes("hb-ipo", participation("c1", state="accepted", on="2026-03-01"))
    book.takes("hb-ipo", participation("c1", state="delisted", on="2026-03-01"))
    assert who(book, on="2026-03-01").state == "delisted"


def test_a_reversed_participation_is_none(book: Book):
    index = book.takes("hb-ipo", participation("c2"))
    assert who(book, "c2")
    book.reversed("hb-ipo", index)
    assert who(book, "c2") is None


def test_without_a_participation_there_is_no_scorecard(book: Book):
    assert who(book, "c2") is None
    assert who(book, "420000", subject="province") is None


def test_the_subjects_region_is_that_of_the_day(book: Book):
    book.takes("hb-ipo", centre("c1", "420500", valid_from=day("2026-02-01")))
    assert who(book, on="2026-01-31").scope.terms["region"] == "420100"
    assert who(book, on="2026-02-01").scope.terms["region"] == "420500"


def test_a_park_counts_every_recorder_of_its_region_or_whom_its_tests_name(book: Book):
    book.takes("hb-ipo", party("S9", size="small", region="420506-hitech"))
    book.takes("hb-ipo", participation("park", "parks", state="started", start_on="2025-08-01", months=24))
    book.takes("c1", licence("A", "U1 > S9", "P1", registered_on="2025-09-01"))
    book.takes("park", licence("B", "U1 > S1", "P2", registered_on="2025-09-01"))
    asked = {"id_": "parks", "subject": "park"}
    inside = metric(where={"grantee.region": ["$subject.region"]})
    assert row(book, target("t", inside), "park", asked=asked)["value"] == "1"
    assert row(book, target("t", LINES), "park", asked=asked)["value"] == "1"
    assert row(book, target("t", inside), "park", asked=asked)["excluded"] == {"grantee.region": 1}


# --- few parties (44) ------------------------------------------------------------------------------------------------

MONEY = target("amount", AMOUNT, value="1")


def hidden_part(told):
    return [told[name] for name in ("value", "verified", "completion")] + [told["pending"]["amount"]]


def test_money_of_one_or_two_grantees_is_not_shown_to_a_reader(book: Book):
    for number, firm in enumerate(("S1", "S2"), 1):
        book.takes("c1", licence(f"A{number}", f"U1 > {firm}", "P1", registered_on="2025-09-01"))
    told = row(book, MONEY, guarded=True)
    assert told["suppressed"] is True
    assert hidden_part(told) == [None] * 4
    assert (told["target"], told["met"]) == ("1.00", False)
    assert row(book, TIMES, guarded=True)["value"] == "2"
    book.takes("c1", licence("A3", "U1 > L1", "P1", registered_on="2025-09-01"))
    assert row(book, MONEY, guarded=True)["value"] == "0.03"


def test_changes_of_amount_rest_on_their_grantees_too(book: Book):
    book.takes("c1", licence("A", "U1 > S1", "P1", signed_on="2019-01-01", registered_on="2025-01-01"))
    book.takes("c1", amendment("A", 5_00, "2025-09-01"))
    assert row(book, MONEY, guarded=True)["suppressed"] is True


def test_money_of_nobody_is_told(book: Book):
    assert row(book, MONEY, guarded=True)["value"] == "0.00"


def test_the_parts_of_a_yearly_figure_are_kept_back_one_by_one(book: Book):
    book.takes("c1", licence("A", "U1 > S1", "P1", registered_on="2025-09-01"))
    told = row(book, target("amount", AMOUNT, "each_year"), guarded=True)
    assert [part.get("suppressed", False) for part in told["parts"]] == [True, False]
    assert [part["value"] for part in told["parts"]] == [None, "0.00"]


def test_a_sum_rests_on_the_parties_of_all_its_parts(book: Book):
    for number, firm in enumerate(("S1", "S2", "L1"), 1):
        book.takes("c1", licence(f"A{number}", f"U1 > {firm}", "P1", registered_on="2025-09-01"))
    parts = [metric("sum:amount", id_=firm, where={"grantee.size": [size]}) for firm, size in (("a", "small"), ("b", "micro"), ("c", "large"))]
    assert "suppressed" not in row(book, target("amount", sum_of(*parts)), guarded=True)
    assert row(book, target("amount", sum_of(*parts[:2])), guarded=True)["suppressed"] is True


def test_a_registration_moves_a_pending_line_into_its_window(book: Book):
    book.takes("c1", licence("A", "U1 > S1", "P1"))
    assert row(book, TIMES)["pending"] == {"lines": 1, "amount": "0.01"}
    book.takes("c1", registration("A", "2025-09-10"))
    assert row(book, TIMES)["pending"] == {"lines": 0, "amount": "0.00"}
