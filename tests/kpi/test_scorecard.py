"""What a target asks, when it is met or missed, and what its row shows (RULINGS 2-4, 20-27, 38, 40 and 44)."""

from dataclasses import replace
from typing import Any

import pytest

from ledger.kpi.scorecard import every, some
from tests.facts.book import (
    Book,
    activity,
    admits,
    amendment,
    closing,
    day,
    licence,
    opens,
    output,
    participation,
    pledge,
    registration,
    signatory,
    termination,
)
from tests.kpi.counting import card, counted_book, metric, programme, row, target

TIMES, AMOUNT = metric("lines", id_="times"), metric("sum:amount", id_="amount")
EVENTS = metric("entries", "activity", id_="events")
A_YEAR = "2025-08-01/2026-08-01"


@pytest.fixture
def book() -> Book:
    book = counted_book()
    book.takes("hb-ipo", participation("c1", state="started", start_on="2025-08-01", industry="photonics"))
    return book


def registers(book: Book, *days: str, stream: str = "c1", **given: Any) -> list[int]:
    """A licence of one line for each day, on patents and under numbers of their own."""
    told = {"signed_on": "2020-01-01"} | given
    return [
        book.takes(stream, licence(f"{stream}-{book.world.mark()}", "U1 > S1", f"P{n % 6 + 1}", registered_on=on, **told))
        for n, on in enumerate(days)
    ]


def seen(book: Book, one: Any, *names: str, **told: Any) -> tuple[Any, ...]:
    found = row(book, one, **told)
    return tuple(found[name] for name in names)


# --- met, missed, unknown (4) ----------------------------------------------------------------------------------------


def test_a_target_is_met_once_it_is_reached_and_missed_only_when_its_window_has_ended(book: Book):
    registers(book, "2025-09-10", "2026-06-01")
    two, three = (target("times", TIMES, "2025-07-01/2026-07-01", value=number) for number in ("2", "3"))
    assert [row(book, two, on=on)["met"] for on in ("2026-05-31", "2026-06-01", "2026-07-01")] == [None, True, True]
    assert [row(book, three, on=on)["met"] for on in ("2026-06-30", "2026-07-01")] == [None, False]


@pytest.mark.parametrize(("op", "value", "met"), [(">=", "2", True), (">", "2", False), (">", "1", True), (">=", "3", False)])
def test_the_comparator_is_that_of_the_target(book: Book, op, value, met):
    registers(book, "2025-09-10", "2025-09-10")
    assert seen(book, target("times", TIMES, A_YEAR, op=op, value=value), "op", "met") == (op, met)


def test_amounts_are_compared_in_fen_before_any_rounding(book: Book):
    registers(book, "2025-09-10", amount=999_999)
    told = target("amount", AMOUNT, A_YEAR, value="1")
    assert seen(book, told, "value", "target", "completion", "met") == ("0.999999", "1.00", "99.99", False)
    registers(book, "2025-09-11", amount=1)
    assert seen(book, told, "value", "target", "completion", "met") == ("1.00", "1.00", "100.00", True)


def test_a_row_says_what_it_asks_and_over_which_days(book: Book):
    told = row(book, target("times", TIMES, A_YEAR, value="3", level="strive"))
    assert told == {
        "id": "times", "clause": "一", "label": {"zh": "口径", "en": "a figure"}, "unit": "次",
        "window": {"from": "2025-08-01", "to": "2026-08-01"}, "op": ">=", "target": "3", "value": "0", "verified": "0",
        "pending": {"lines": 0, "amount": "0.00"}, "missing_amounts": 0, "excluded": {}, "completion": "0.00", "met": False,
        "level": "strive", "parts": [],
    }  # fmt: skip


def test_what_is_verified_stands_beside_the_value(book: Book):
    first, _ = registers(book, "2025-09-10", "2025-09-10")
    book.verified(first)
    two = target("times", TIMES, A_YEAR, value="2")
    assert seen(book, two, "value", "verified", "met") == ("2", "1", True)
    assert seen(book, two, "value", "verified", "met", level="verified") == ("1", "1", False)


def test_pending_lines_and_missing_amounts_stand_beside_the_value(book: Book):
    registers(book, "2025-09-10", amount=None)
    book.takes("c1", licence("L-1", "U1 > S1", "P2 P3", amount=6_234_567))
    told = row(book, target("amount", AMOUNT, A_YEAR))
    assert (told["pending"], told["missing_amounts"], told["value"]) == ({"lines": 2, "amount": "6.234567"}, 1, "0.00")
    counted = row(book, target("times", TIMES, A_YEAR))
    assert (counted["pending"], counted["missing_amounts"], counted["value"]) == ({"lines": 2, "amount": "6.234567"}, 1, "1")


# --- completion (27) -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "op", "expected"),
    [("3", ">=", "66.66"), ("2", ">=", "100.00"), ("2", ">", "99.99"), ("1", ">=", "200.00"), ("7", ">=", "28.57")],
)
def test_completion_is_rounded_down_and_below_a_hundred_until_met(book: Book, value, op, expected):
    registers(book, "2025-09-10", "2025-09-10")
    assert row(book, target("times", TIMES, A_YEAR, value=value, op=op))["completion"] == expected


# --- windows (20, 21, 38) --------------------------------------------------------------------------------------------


def test_before_the_start_a_period_has_no_figures(book: Book):
    book = counted_book()
    book.takes("hb-ipo", participation("c1"))
    registers(book, "2025-09-10")
    for window in ("period", "each_year", "each_calendar_year"):
        told = row(book, target("times", TIMES, window))
        assert [told[name] for name in ("value", "verified", "completion", "met", "parts")] == [None, None, None, None, []]
        assert told["window"] == {"from": None, "to": None}
        assert told["target"] == "1"
    assert row(book, target("times", TIMES, A_YEAR))["met"] is True
    assert card(book, programme(target("times", TIMES)))["period"] is None


def test_the_period_is_half_open(book: Book):
    registers(book, "2025-07-31", "2025-08-01", "2027-07-31", "2027-08-01")
    told = row(book, target("times", TIMES), on="2028-01-01")
    assert (told["value"], told["window"]) == ("2", {"from": "2025-08-01", "to": "2027-08-01"})


def test_an_as_of_figure_counts_all_up_to_the_day_and_no_later_than_the_period(book: Book):
    registers(book, "2020-01-01", "2025-09-10", "2027-07-31", "2027-08-01")
    told = target("times", TIMES, "as_of", value="4")
    assert seen(book, told, "value", "met", on="2025-09-10") == ("2", None)
    assert seen(book, told, "value", "met", on="2027-07-31") == ("3", None)
    assert seen(book, told, "value", "met", on="2030-01-01") == ("3", False)
    assert row(book, told, on="2025-09-10")["window"] == {"from": None, "to": "2025-09-11"}


def test_without_a_period_as_of_is_judged_at_once(book: Book):
    bare = counted_book()
    bare.takes("hb-ipo", participation("c1"))
    assert seen(bare, target("times", TIMES, "as_of"), "value", "met") == ("0", False)
    assert seen(book, target("times", TIMES, "as_of"), "value", "met", on="2026-01-01") == ("0", None)


@pytest.mark.parametrize(("window", "begins"), [("ytd", "2026-01-01"), ("last:12m", "2025-07-01")])
def test_what_ends_with_the_day_itself_has_always_ended(book: Book, window, begins):
    registers(book, begins, "2026-06-30", "2026-07-01")
    registers(book, str(day(begins).replace(year=day(begins).year - 1)))
    told = row(book, target("times", TIMES, window, value="3"), on="2026-06-30")
    assert (told["value"], told["met"], told["window"]) == ("2", False, {"from": begins, "to": "2026-07-01"})


# --- each-targets (22) -----------------------------------------------------------------------------------------------

EACH = target("times", TIMES, "each_year", value="2")


def test_each_part_has_its_own_verdict_and_the_row_has_no_value(book: Book):
    registers(book, "2025-08-01", "2026-07-31", "2026-08-01")
    told = row(book, EACH, on="2027-07-31")
    assert [told[name] for name in ("value", "verified", "completion", "target")] == [None, None, None, "2"]
    assert told["window"] == {"from": "2025-08-01", "to": "2027-08-01"}
    assert told["parts"] == [
        {
            "window": {"from": "2025-08-01", "to": "2026-08-01"}, "value": "2", "verified": "0", "target": "2",
            "completion": "100.00", "met": True,
        },
        {
            "window": {"from": "2026-08-01", "to": "2027-08-01"}, "value": "1", "verified": "0", "target": "2",
            "completion": "50.00", "met": None,
        },
    ]  # fmt: skip
    assert told["met"] is None


@pytest.mark.parametrize(
    ("days", "on", "met"),
    [
        (("2025-08-01",), "2026-08-01", False),  # the first year is missed, the second runs
        (("2025-08-01",), "2026-07-31", None),
        (("2025-08-01", "2025-08-01"), "2026-08-01", None),
        (("2025-08-01", "2025-08-01", "2026-08-01", "2026-08-01"), "2026-08-01", True),
        (("2026-08-01", "2026-08-01"), "2026-08-01", False),
    ],
)
def test_one_missed_part_misses_the_whole_and_one_open_part_leaves_it_open(book: Book, days, on, met):
    registers(book, *days)
    assert row(book, EACH, on=on)["met"] is met


def test_calendar_years_lie_wholly_in_the_period(book: Book):
    registers(book, "2026-01-01", "2026-12-31")
    told = row(book, target("times", TIMES, "each_calendar_year", value="2"))
    assert [(part["window"], part["met"]) for part in told["parts"]] == [({"from": "2026-01-01", "to": "2027-01-01"}, True)]
    short = row(book, target("times", TIMES, "each_calendar_year"), asked={"months": 12})
    assert (short["parts"], short["met"]) == ([], None)


def test_reasons_and_missing_amounts_are_added_over_the_parts_and_a_pending_line_waits_once(book: Book):
    small = metric("lines", id_="times", where={"grantee.size": ["large"]})
    registers(book, "2025-09-10", "2026-09-10")
    book.takes("c1", licence("L-7", "U1 > L1", "P1", amount=None, registered_on="2025-09-10"))
    book.takes("c1", licence("L-8", "U1 > L1", "P2", amount=None, registered_on="2026-09-10"))
    book.takes("c1", licence("L-9", "U1 > L1", "P3"))
    told = row(book, target("times", small, "each_year"))
    assert (told["excluded"], told["missing_amounts"], told["pending"]["lines"]) == ({"grantee.size": 2}, 2, 1)


# --- any and all (2, 22) ---------------------------------------------------------------------------------------------


def joint(how: str, window: str | None = None, **told: Any) -> Any:
    return target("both", None, window, **{f"{how}_of": ("times", "events")}, **told)


def under(window: str) -> tuple[Any, Any]:
    return target("times", TIMES, window, value="1", hidden=True), target("events", EVENTS, window, value="1", hidden=True)


@pytest.mark.parametrize(
    ("first", "second", "of_any", "of_all"),
    [
        (True, True, True, True), (True, False, True, False), (True, None, True, None), (False, None, None, False),
        (None, None, None, None), (False, False, False, False),
    ],
)  # fmt: skip
def test_joint_verdicts_know_true_false_and_unknown(first, second, of_any, of_all):
    assert (some([first, second]), some([second, first])) == (of_any, of_any)
    assert (every([first, second]), every([second, first])) == (of_all, of_all)


def test_without_windows_the_verdicts_of_the_targets_are_joined(book: Book):
    registers(book, "2025-09-10")
    assert row(book, joint("any"), others=under(A_YEAR), on="2026-01-01")["met"] is True
    assert row(book, joint("all"), others=under(A_YEAR), on="2026-01-01")["met"] is None
    assert row(book, joint("all"), others=under(A_YEAR), on="2026-08-01")["met"] is False
    told = row(book, joint("any"), others=under(A_YEAR))
    assert [told[name] for name in ("unit", "op", "target", "value", "verified", "completion", "parts")] == [None] * 6 + [[]]


def test_a_window_that_is_one_adds_nothing_to_a_joint_verdict(book: Book):
    registers(book, "2025-09-10")
    told = row(book, joint("any", "period"), others=under(A_YEAR))
    assert (told["met"], told["parts"], told["window"]) == (True, [], {"from": None, "to": None})


def test_under_an_each_window_they_are_joined_part_by_part(book: Book):
    registers(book, "2025-09-10")
    book.takes("c1", replace(activity(), held_on=day("2026-09-01")))
    told = row(book, joint("any", "each_year"), others=under("each_year"))
    assert [part["met"] for part in told["parts"]] == [True, True]
    assert told["parts"][0] == {
        "window": {"from": "2025-08-01", "to": "2026-08-01"}, "value": None, "verified": None, "target": None,
        "completion": None, "met": True,
    }  # fmt: skip
    assert told["met"] is True
    # Neither target is met in both years, so joined as wholes they would have failed.
    assert row(book, joint("any"), others=under("each_year"))["met"] is False
    assert [part["met"] for part in row(book, joint("all", "each_year"), others=under("each_year"))["parts"]] == [False, False]


def test_joint_targets_of_a_period_not_begun_are_unknown():
    bare = counted_book()
    bare.takes("hb-ipo", participation("c1"))
    told = row(bare, joint("any", "each_year"), others=under("each_year"))
    assert (told["met"], told["parts"]) == (None, [])


def test_hidden_targets_feed_others_and_never_the_overall_verdict(book: Book):
    registers(book, "2025-09-10")
    told = card(book, programme(joint("any"), *under(A_YEAR)))
    assert told["met"] is True
    assert [(one["id"], one.get("hidden"), one["met"]) for one in told["targets"]] == [
        ("both", None, True), ("times", True, True), ("events", True, False),
    ]  # fmt: skip


# --- evidence (3) ----------------------------------------------------------------------------------------------------


def test_evidence_is_unknown_until_a_person_decides(book: Book):
    growth = target("growth", evidence=True)
    told = row(book, growth)
    assert (told["evidence"], told["met"], told["value"], told["completion"], told["parts"]) == (True, None, None, None, [])
    book.takes("c1", closing("submit"), signatory("c1"))
    book.takes("hb-ipo", closing("accept", decisions={"growth": False}))
    assert row(book, growth)["met"] is False
    book.takes("hb-ipo", closing("reopen", note="更正"))
    assert row(book, growth)["met"] is None
    book.takes("c1", closing("submit"), signatory("c1"))
    book.takes("hb-ipo", closing("accept", decisions={"growth": True}))
    assert row(book, growth)["met"] is True


# --- overall ---------------------------------------------------------------------------------------------------------


def test_overall_all_must_targets_decide_and_no_others(book: Book):
    registers(book, "2025-09-10")
    met, missed = target("a", TIMES, A_YEAR), target("b", EVENTS, A_YEAR)
    open_ = target("c", EVENTS, "2025-08-01/2030-01-01")
    wish = target("d", EVENTS, A_YEAR, level="strive")
    whole = {
        (): True,
        (met,): True,
        (met, wish): True,
        (met, target("e", EVENTS, A_YEAR, level="encourage")): True,
        (met, open_): None,
        (open_, missed): False,
        (missed, open_): False,
    }
    assert [card(book, programme(*targets))["met"] for targets in whole] == list(whole.values())


def test_a_scorecard_says_what_it_speaks_of(book: Book):
    book.takes("hb-ipo", participation("c1", state="delisted", on="2026-01-01"))
    told = card(book, programme(), on="2026-06-30", level="attested")
    assert told == {
        "programme": "two-years", "programme_digest": "d", "subject": "c1", "state": "delisted", "on": "2026-06-30",
        "level": "attested", "period": {"from": "2025-08-01", "to": "2027-08-01"}, "met": True, "targets": [],
    }  # fmt: skip


def test_a_promise_raises_the_target(book: Book):
    registers(book, "2025-09-10")
    book.takes("hb-ipo", participation("c1", on="2025-09-01", overrides={"times": "400"}))
    assert seen(book, target("times", TIMES, A_YEAR), "target", "completion", "met") == ("400", "0.25", False)
    assert seen(book, target("others", TIMES, A_YEAR), "target", "met") == ("1", True)


# --- ratios (26) -----------------------------------------------------------------------------------------------------


def test_a_ratio_is_exact_and_shown_rounded_down(book: Book):
    registers(book, "2025-09-10", "2025-09-10")
    for _ in range(3):
        book.takes("c1", activity())
    share = target("share", TIMES, A_YEAR, per=EVENTS, value="0.6667")
    assert seen(book, share, "unit", "value", "target", "completion", "met") == ("1", "0.6666", "0.6667", "99.99", False)
    assert seen(book, target("s", TIMES, A_YEAR, per=EVENTS, value="0.66"), "value", "target", "met") == ("0.6666", "0.66", True)


def test_a_ratio_to_nothing_is_unknown_even_after_the_end(book: Book):
    registers(book, "2025-09-10")
    share = target("share", TIMES, A_YEAR, per=EVENTS)
    assert seen(book, share, "value", "verified", "completion", "met") == (None, None, None, None)


def test_both_figures_of_a_verified_ratio_are_verified(book: Book):
    first, _ = registers(book, "2025-09-10", "2025-09-10")
    held = [book.takes("c1", activity()) for _ in range(4)]
    book.verified(first)
    book.verified(held[0])
    book.verified(held[1])
    share = target("share", TIMES, A_YEAR, per=EVENTS)
    assert seen(book, share, "value", "verified") == ("0.5000", "0.5000")
    book.verified(held[2])
    assert seen(book, share, "value", "verified") == ("0.5000", "0.3333")


def test_a_stock_below_is_looked_at_on_the_last_day_of_the_window(book: Book):
    stock = metric("patents", "admission", id_="stock", stock=True, date=())
    book.takes("c1", opens())
    book.takes("c1", admits("P1 P2", "2025-09-01"))
    book.takes("c1", admits("P3 P4", "2026-08-01"))
    registers(book, "2025-09-10")
    share = target("share", TIMES, A_YEAR, per=stock)
    assert seen(book, share, "value") == ("0.5000",)
    assert seen(book, target("s", TIMES, "2025-08-01/2026-08-02", per=stock), "value") == ("0.2500",)


# --- who may see what (44) -------------------------------------------------------------------------------------------


def guarded(book: Book, one: Any, **told: Any) -> dict[str, Any]:
    found: dict[str, Any] = card(book, programme(one), guarded=True, **told)["targets"][0]
    return found


def takers(book: Book, *names: str) -> None:
    for number, name in enumerate(names, 1):
        book.takes("c1", licence(f"T-{number}", f"U1 > {name}", f"P{number}", registered_on="2025-09-10"))


@pytest.mark.parametrize(("names", "hidden"), [((), False), (("S1",), True), (("S1", "S1"), True), (("S1", "S2"), True),
                                              (("S1", "S2", "L1"), False)])  # fmt: skip
def test_a_reader_sees_no_money_that_rests_on_one_or_two_takers(book: Book, names, hidden):
    takers(book, *names)
    told = guarded(book, target("amount", AMOUNT, A_YEAR))
    assert told.get("suppressed", False) is hidden
    shown = [told[name] for name in ("value", "verified", "completion")] + [told["pending"]["amount"]]
    assert (shown == [None] * 4) is hidden
    assert (told["target"], told["met"], told["pending"]["lines"]) == ("1.00", False, 0)


def test_counts_are_shown_to_everybody(book: Book):
    takers(book, "S1")
    told = guarded(book, target("times", TIMES, A_YEAR))
    assert ("suppressed" in told, told["value"]) == (False, "1")


def test_money_of_neither_deals_nor_loans_is_shown_to_everybody(book: Book):
    book.takes("c1", output(value_amount=1_000_000))
    told = guarded(book, target("v", metric("sum:value_amount", "output"), A_YEAR))
    assert ("suppressed" in told, told["value"]) == (False, "1.00")
    book.takes("c1", pledge("N-1"))
    assert guarded(book, target("l", metric("sum:loan_amount", "pledge"), A_YEAR))["suppressed"] is True


def test_whoever_may_see_all_sees_all(book: Book):
    takers(book, "S1")
    assert seen(book, target("amount", AMOUNT, A_YEAR), "value") == ("0.01",)


def test_the_parts_of_a_reader_are_hidden_one_by_one(book: Book):
    takers(book, "S1", "S2", "L1")
    book.takes("c1", licence("T-9", "U1 > S1", "P1", registered_on="2026-09-10"))
    told = guarded(book, target("amount", AMOUNT, "each_year"))
    first, second = told["parts"]
    assert (first["value"], "suppressed" in first) == ("0.03", False)
    assert (second["value"], second["verified"], second["completion"], second["suppressed"]) == (None, None, None, True)
    assert (second["target"], second["met"]) == ("1.00", False)
    assert (told["suppressed"], told["pending"]["amount"]) == (True, None)


def test_amounts_move_with_their_changes_and_ends(book: Book):
    book.takes("c1", licence("L-1", "U1 > S1", "P1", amount=2_000_000))
    book.takes("c1", registration("L-1", "2025-09-10"))
    book.takes("c1", amendment("L-1", 1_000_000, "2026-09-01"))
    book.takes("c1", termination("L-1", "2026-10-01", amount_change=-500_000))
    told = row(book, target("amount", AMOUNT, "each_year"))
    assert [part["value"] for part in told["parts"]] == ["2.00", "0.50"]
