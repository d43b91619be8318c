"""Who takes part in a programme and on which terms (RULINGS 3, 10, 24, 32, 38 and 54)."""

from fractions import Fraction

import pytest

from ledger.kpi.participants import Participant, baseline, participant
from ledger.kpi.windows import Window
from tests.facts.book import Book, centre, closing, day, participation, signatory, verdict
from tests.facts.book import baseline as declares
from tests.kpi.counting import counted_book, folded, metric, programme, target

TIMES = metric("lines", id_="times")
AMOUNT = metric("sum:amount", id_="amount")
A_YEAR = Window(day("2023-01-01"), day("2024-01-01"))


@pytest.fixture
def book() -> Book:
    return counted_book()


def who(book: Book, of: str = "c1", on: str = "2026-06-30", **given) -> Participant | None:
    return participant(folded(book), programme(target("times", TIMES), **given), of, day(on))


# --- states and periods ----------------------------------------------------------------------------------------------


def test_without_a_participation_there_is_no_participant(book: Book):
    assert who(book) is None
    index = book.takes("hb-ipo", participation("c1"))
    assert who(book) is not None
    book.reversed("hb-ipo", index)
    assert who(book) is None


def test_the_state_is_the_latest_by_day_then_by_index(book: Book):
    book.takes("hb-ipo", participation("c1", state="recognised", on="2025-06-01"))
    book.takes("hb-ipo", participation("c1", state="applied", on="2025-01-01"))
    book.takes("hb-ipo", participation("c1", state="midterm", on="2026-01-01"))
    book.takes("hb-ipo", participation("c1", state="delisted", on="2026-01-01"))
    seen = {on: who(book, on=on).state for on in ("2024-12-31", "2025-01-01", "2025-12-31", "2026-01-01")}
    assert seen == {
        "2024-12-31": "applied",  # nothing had begun: what comes first
        "2025-01-01": "applied",
        "2025-12-31": "recognised",
        "2026-01-01": "delisted",
    }


def test_before_started_there_is_no_period(book: Book):
    book.takes("hb-ipo", participation("c1"))
    assert who(book).period is None


def test_the_period_is_that_of_the_latest_started(book: Book):
    book.takes("hb-ipo", participation("c1", state="started", on="2025-08-01", start_on="2025-08-01"))
    assert who(book).period == Window(day("2025-08-01"), day("2027-08-01"))
    book.takes("hb-ipo", participation("c1", state="started", on="2025-10-01", start_on="2025-09-15", months=12))
    book.takes("hb-ipo", participation("c1", state="midterm", on="2026-08-01"))
    assert who(book).period == Window(day("2025-09-15"), day("2026-09-15"))


def test_months_fall_back_to_the_programmes(book: Book):
    book.takes("hb-ipo", participation("c1", state="started", start_on="2025-08-31"))
    assert who(book, months=6).period == Window(day("2025-08-31"), day("2026-02-28"))
    assert who(book, months=None).period is None


def test_a_delisted_participant_keeps_its_period(book: Book):
    book.takes("hb-ipo", participation("c1", state="started", start_on="2025-08-01"))
    book.takes("hb-ipo", participation("c1", state="cancelled", on="2026-01-01"))
    told = who(book)
    assert (told.state, told.period) == ("cancelled", Window(day("2025-08-01"), day("2027-08-01")))


# --- what was promised -----------------------------------------------------------------------------------------------


def test_nothing_promised_is_nothing_overridden(book: Book):
    book.takes("hb-ipo", participation("c1"))
    told = who(book)
    assert (told.overrides, told.scope.terms["industry"]) == ({}, None)


def test_a_promise_and_an_industry_hold_until_another_is_made(book: Book):
    book.takes("hb-ipo", participation("c1", on="2025-03-01", industry="optics", overrides={"times": "400"}))
    book.takes("hb-ipo", participation("c1", on="2025-02-01", industry="steel", overrides={"times": "500"}))
    book.takes("hb-ipo", participation("c1", on="2025-04-01", state="started", start_on="2025-04-01"))
    told = who(book)
    assert (told.overrides, told.scope.terms["industry"]) == ({"times": "400"}, "optics")
    book.takes("hb-ipo", participation("c1", on="2025-05-01", overrides={"share": "2"}))
    assert (who(book).overrides, who(book).scope.terms["industry"]) == ({"times": "400", "share": "2"}, "optics")
    book.takes("hb-ipo", participation("c1", on="2025-05-01", overrides={"times": "450"}))
    assert who(book).overrides == {"times": "450", "share": "2"}


def test_what_was_not_yet_said_on_a_day_is_not_yet_promised(book: Book):
    book.takes("hb-ipo", participation("c1", on="2025-03-01", industry="optics", overrides={"times": "400"}))
    book.takes("hb-ipo", participation("c1", on="2025-04-01", state="started", start_on="2025-03-15", months=12))
    book.takes("hb-ipo", participation("c1", on="2026-04-01", industry="steel"))
    early, later = who(book, on="2025-02-28"), who(book, on="2025-03-14")
    assert (early.overrides, early.period, later.overrides, later.period) == ({}, None, {"times": "400"}, None)
    assert [who(book, on=on).scope.terms["industry"] for on in ("2026-03-31", "2026-04-01")] == ["optics", "steel"]


def test_a_start_put_on_record_late_speaks_for_its_period_from_the_first_day(book: Book):
    book.takes("hb-ipo", participation("c1", on="2025-03-01"))
    book.takes("hb-ipo", participation("c1", on="2025-04-01", state="started", start_on="2025-03-15", months=12))
    assert who(book, on="2025-03-14").period is None
    assert who(book, on="2025-03-15").period == Window(day("2025-03-15"), day("2026-03-15"))


def test_before_its_first_day_a_participation_has_the_industry_that_it_came_with(book: Book):
    book.takes("hb-ipo", participation("c1", on="2025-03-01", industry="optics"))
    book.takes("hb-ipo", participation("c1", on="2025-04-01", industry="steel"))
    assert who(book, on="2025-02-28").scope.terms["industry"] == "optics"


# --- the subject -----------------------------------------------------------------------------------------------------


def test_a_centre_is_asked_about_its_own_entries(book: Book):
    book.takes("hb-ipo", centre("c1", "420100", operator="O1", valid_from=day("2025-01-01")))
    book.takes("hb-ipo", centre("c1", "420500", name="moved", operator="O2", valid_from=day("2026-01-01")))
    book.takes("hb-ipo", participation("c1", industry="photonics"))
    told = who(book, on="2025-12-31")
    assert (told.scope.centre, told.scope.region, told.name) == ("c1", None, "c1")
    assert told.scope.terms == {"industry": "photonics", "region": "420100"}
    moved = who(book, on="2026-01-01")
    assert (moved.scope.terms["region"], moved.name) == ("420500", "moved")
    days = ("2019-01-01", "2024-12-31", "2025-01-01", "2026-01-01")
    assert [moved.scope.operator_on(day(on)) for on in days] == [None, None, "O1", "O2"]


def test_a_park_is_asked_about_everybodys_entries_in_its_region(book: Book):
    book.takes("hb-ipo", participation("park", "parks"))
    told = who(book, "park", id_="parks", subject="park")
    assert (told.scope.centre, told.scope.region, told.scope.terms["region"]) == (None, "420506-hitech", "420506-hitech")


@pytest.mark.parametrize(("programme_id", "kind", "subject"), [("cities", "region", "420500"), ("province", "province", "420000")])
def test_a_region_and_a_province_are_their_own_region_and_have_no_operator(book: Book, programme_id, kind, subject):
    book.takes("hb-ipo", participation(subject, programme_id))
    told = who(book, subject, id_=programme_id, subject=kind)
    assert (told.scope.region, told.scope.terms["region"], told.name) == (subject, subject, None)
    assert told.scope.operator_on(day("2026-01-01")) is None


# --- what a person decided -------------------------------------------------------------------------------------------


def accepts(book: Book, through: str, **decisions: bool) -> int:
    book.takes("c1", closing("submit", through=through), signatory("c1"))
    return book.takes("hb-ipo", closing("accept", through=through, decisions=decisions or None))


def test_decisions_speak_from_the_acceptance_until_a_reopening(book: Book):
    book.takes("hb-ipo", participation("c1"))
    assert who(book).decisions == {}
    accepts(book, "2026-07-31", growth=True)
    assert who(book).decisions == {"growth": True}
    book.takes("hb-ipo", closing("reopen", through="2026-07-31", note="更正"))
    assert who(book).decisions == {}
    accepts(book, "2026-07-31", growth=False)
    assert who(book).decisions == {"growth": False}


def test_a_reopening_takes_back_its_own_period_only(book: Book):
    book.takes("hb-ipo", participation("c1"))
    accepts(book, "2026-07-31", growth=True)
    accepts(book, "2026-12-31", growth=False)
    book.takes("hb-ipo", closing("reopen", through="2026-07-31", note="更正"))
    assert who(book).decisions == {"growth": False}


def test_a_later_decision_speaks_over_an_earlier_one(book: Book):
    book.takes("hb-ipo", participation("c1"))
    accepts(book, "2026-07-31", growth=False)
    accepts(book, "2026-12-31", growth=True)
    assert who(book).decisions == {"growth": True}
    book.takes("hb-ipo", closing("reopen", through="2026-12-31", note="更正"))
    assert who(book).decisions == {"growth": False}


def test_an_acceptance_without_decisions_takes_none_back(book: Book):
    book.takes("hb-ipo", participation("c1"))
    accepts(book, "2026-07-31", growth=True)
    accepts(book, "2026-12-31")
    assert who(book).decisions == {"growth": True}


def test_what_was_returned_decided_nothing(book: Book):
    book.takes("hb-ipo", participation("c1"))
    book.takes("c1", closing("submit"), signatory("c1"))
    book.takes("hb-ipo", closing("return", note="材料不全"))
    assert who(book).decisions == {}


# --- baselines -------------------------------------------------------------------------------------------------------


def declared(book: Book, level: str = "recorded", window: Window = A_YEAR, asked=TIMES) -> Fraction | None:
    return baseline(folded(book), asked, "c1", window, level)


def test_a_declared_figure_needs_the_very_window_metric_and_subject(book: Book):
    book.takes("c1", declares("c1", value="50"))
    assert declared(book) == 50
    assert declared(book, window=Window(day("2023-01-01"), day("2023-12-31"))) is None
    assert declared(book, window=Window(day("2023-01-02"), day("2024-01-01"))) is None
    assert declared(book, asked=AMOUNT) is None
    assert baseline(folded(book), TIMES, "c2", A_YEAR, "recorded") is None


def test_a_declared_amount_is_in_the_metrics_unit(book: Book):
    book.takes("c1", declares("c1", metric="amount", value="1000.00"))
    assert declared(book, asked=AMOUNT) == 1_000_000_000  # 1000 万元 in fen


def test_the_latest_declaration_counts(book: Book):
    book.takes("c1", declares("c1", value="50"))
    last = book.takes("c1", declares("c1", value="60"))
    assert declared(book) == 60
    book.reversed("c1", last)
    assert declared(book) == 50


def test_a_centres_word_counts_as_recorded_and_above_that_once_believed(book: Book):
    index = book.takes("c1", declares("c1", value="50"))
    assert [declared(book, level) for level in ("recorded", "attested", "verified")] == [50, None, None]
    book.takes("c1", verdict(index, "attested"), signatory("c1"))
    assert [declared(book, level) for level in ("recorded", "attested", "verified")] == [50, 50, None]
    book.verified(index)
    assert [declared(book, level) for level in ("recorded", "attested", "verified")] == [50, 50, 50]


def test_an_offices_word_counts_at_every_level(book: Book):
    book.takes("hb-ipo", declares("c1", value="50"))
    assert [declared(book, level) for level in ("recorded", "attested", "verified")] == [50, 50, 50]


def test_a_later_word_that_does_not_reach_the_level_leaves_the_earlier_one(book: Book):
    book.takes("hb-ipo", declares("c1", value="50"))
    book.takes("c1", declares("c1", value="60"))
    assert [declared(book, level) for level in ("recorded", "attested", "verified")] == [60, 50, 50]


@pytest.mark.parametrize("said", ["rejected", "contested"])
def test_a_word_that_an_office_doubts_does_not_count(book: Book, said):
    index = book.takes("c1", declares("c1", value="50"))
    book.verified(index, said)
    assert declared(book) is None
