"""Who takes part and on which terms, and what a reader is not shown (RULINGS 32, 38, 44 and 45)."""

from datetime import date

import pytest

from ledger.kpi.participants import participant
from tests.facts.book import (
    Book,
    amendment,
    centre,
    day,
    licence,
    participation,
    party,
    registration,
)
from tests.kpi.counting import card, folded, metric, participating_book, programme, record, row, sum_of, target

LINES, AMOUNT = metric("lines", id_="times"), metric("sum:amount", id_="amount")
TIMES = target("times", LINES, value="3")


@pytest.fixture
def book() -> Book:
    return participating_book()


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
    parts = [metric("sum:amount", id_=size, where={"grantee.size": [size]}) for size in ("small", "micro", "large")]
    assert "suppressed" not in row(book, target("amount", sum_of(*parts)), guarded=True)
    assert row(book, target("amount", sum_of(*parts[:2])), guarded=True)["suppressed"] is True


def test_a_registration_moves_a_pending_line_into_its_window(book: Book):
    book.takes("c1", licence("A", "U1 > S1", "P1"))
    assert row(book, TIMES)["pending"] == {"lines": 1, "amount": "0.01"}
    book.takes("c1", registration("A", "2025-09-10"))
    assert row(book, TIMES)["pending"] == {"lines": 0, "amount": "0.00"}
