"""What offices and signatories decide: participation, baselines, verdicts, closings."""

import pytest

from tests.facts.book import (
    Book,
    activity,
    amendment,
    authority,
    baseline,
    closing,
    day,
    licence,
    participation,
    party,
    patent,
    registration,
    reversal,
    signatory,
    verdict,
)


@pytest.fixture
def book():
    return Book()


# --- participation


@pytest.mark.parametrize(
    ("programme", "subject", "fits"),
    [
        ("two-years", "c1", True),
        ("two-years", "park", True),
        ("two-years", "420500", False),
        ("parks", "park", True),
        ("parks", "c1", False),
        ("cities", "420500", True),
        ("cities", "420502", True),
        ("cities", "420000", False),
        ("cities", "c1", False),
        ("province", "420000", True),
        ("province", "420500", False),
    ],
)
def test_the_subject_is_of_the_kind_that_the_programme_is_for(book, programme, subject, fits):
    assert book.refuses("hb-ipo", participation(subject, programme)) == (set() if fits else {("invalid", "body.subject")})


def test_an_office_takes_part_in_nothing(book):
    assert book.refuses("hb-ipo", participation("hb-ipo")) == {("invalid", "body.subject")}


@pytest.mark.parametrize("subject", ["nobody", "042000", "4201001"])
def test_a_subject_is_registered(book, subject):
    assert book.refuses("hb-ipo", participation(subject)) == {("unknown-centre", "body.subject")}


def test_a_programme_is_known(book):
    assert book.refuses("hb-ipo", participation("c1", "nonsense", overrides={"times": "1"})) == {("invalid", "body.programme")}


@pytest.mark.parametrize("fact", [participation("j1"), baseline("320500"), closing("accept", "j1")], ids=lambda fact: fact.kind)
def test_an_office_decides_on_subjects_of_its_region(book, fact):
    assert book.refuses("hb-ipo", fact) == {("forbidden", "body.subject")}
    assert ("forbidden", "body.subject") not in book.refuses("js-ipo", fact)


def test_a_token_of_a_city_does_not_decide_on_the_province(book):
    city = authority("hb-ipo", "420500")
    assert book.refuses("hb-ipo", participation("420000", "province"), city) == {("forbidden", "body.subject")}
    assert book.refuses("hb-ipo", participation("c2"), city) == set()


def test_a_start_says_when_and_nothing_else_does(book):
    book.takes("hb-ipo", participation("c1", state="started", start_on="2025-08-01", months=24))
    book.takes("hb-ipo", participation("c1", state="started", start_on="2025-08-01"))
    assert book.refuses("hb-ipo", participation("c1", state="started")) == {("invalid", "body.start_on")}
    assert book.refuses("hb-ipo", participation("c1", start_on="2025-08-01", months=24)) == {
        ("invalid", "body.start_on"),
        ("invalid", "body.months"),
    }


@pytest.mark.parametrize(
    ("target", "value", "right"),
    [
        ("times", "300", True),
        ("times", "301", True),
        ("times", "299", False),
        ("times", "299.99", False),
        ("times", "400.5", False),
        ("times", "many", False),
        ("times", "-300", False),
        ("share", "1.5", True),
        ("growth", "1", False),
        ("nonsense", "1", False),
    ],
)
def test_a_promise_is_no_lower_than_the_floor_of_a_target_with_a_value(book, target, value, right):
    found = book.refuses("hb-ipo", participation("c1", overrides={target: value}))
    assert found == (set() if right else {("invalid", f"body.overrides.{target}")})


# --- baselines


@pytest.mark.parametrize(
    ("metric", "value", "place"),
    [
        ("times", "50", None),
        ("times", "0", None),
        ("times", "50.0", "value"),
        ("times", "50.5", "value"),
        ("times", "-1", "value"),
        ("times", "fifty", "value"),
        ("amount", "1000.00", None),
        ("amount", "1000", None),
        ("amount", "0.000001", None),
        ("amount", "0.0000001", "value"),
        ("amount", "-1.00", "value"),
        ("amount", "1,000.00", "value"),
        ("nonsense", "50", "metric"),
    ],
)
def test_a_baseline_speaks_of_a_metric_in_its_unit(book, metric, value, place):
    found = book.refuses("hb-ipo", baseline("420500", metric=metric, value=value))
    assert found == ({("invalid", f"body.{place}")} if place else set())


@pytest.mark.parametrize("to", ["2023-01-01", "2022-12-31"])
def test_a_baseline_covers_some_days(book, to):
    assert book.refuses("hb-ipo", baseline("c1", to=day(to))) == {("invalid", "body.to")}


def test_a_recorder_states_a_baseline_of_its_own_centre(book):
    book.takes("c1", baseline("c1"))
    assert book.refuses("c1", baseline("c2")) == {("forbidden", "body.subject")}


@pytest.mark.parametrize(("subject", "code"), [("nobody", "unknown-centre"), ("hb-ipo", "invalid")])
def test_a_baseline_is_of_somebody_who_is_counted(book, subject, code):
    assert book.refuses("hb-ipo", baseline(subject)) == {(code, "body.subject")}


# --- verdicts


def test_a_verdict_is_on_an_entry_that_exists(book):
    for stream, by, said in [("hb-ipo", None, "verified"), ("c1", signatory("c1"), "attested")]:
        assert book.refuses(stream, verdict(999, said), by) == {("unknown-entry", "body.entry")}


def test_a_signatory_attests_entries_of_the_own_centre(book):
    mine, theirs = book.takes("c1", activity()), book.takes("c2", activity())
    book.takes("c1", verdict(mine, "attested"), signatory("c1"))
    assert book.refuses("c1", verdict(theirs, "attested"), signatory("c1")) == {("forbidden", "body.entry")}


def test_an_office_rules_on_what_recorders_of_its_region_recorded(book):
    deal = book.takes("j1", activity())
    assert book.refuses("hb-ipo", verdict(deal)) == {("forbidden", "body.entry")}
    book.takes("js-ipo", verdict(deal))


def test_an_office_never_rules_on_what_it_recorded_itself(book):
    own = book.takes("hb-ipo", baseline("c1"))
    assert book.refuses("hb-ipo", verdict(own)) == {("forbidden", "body.entry")}


def test_master_data_and_rulings_get_no_verdict(book):
    for fact in (party("S1"), patent("P9")):
        assert book.refuses("hb-ipo", verdict(book.takes("c1", fact), lines=(1,))) == {("not-attestable", "body.entry")}
    taken_back = book.reversed("c1", book.takes("c1", activity()))
    assert book.refuses("hb-ipo", verdict(taken_back)) == {("not-attestable", "body.entry")}


def test_what_was_taken_back_gets_no_verdict(book):
    entry = book.takes("c1", activity())
    undone = book.reversed("c1", entry)
    assert book.in_the_way("hb-ipo", verdict(entry)) == {("already-reversed", undone)}


def test_what_a_reversed_deal_took_along_gets_no_verdict(book):
    deal = book.takes("c1", licence("L-1", "U1 > S1", "P1"))
    recordal = book.takes("c1", registration("L-1", "2025-09-10"))
    undone = book.reversed("c1", deal)
    book.takes("c1", licence("L-1", "U1 > S1", "P1"))
    later = book.takes("c1", registration("L-1", "2025-09-10"))
    assert book.in_the_way("hb-ipo", verdict(recordal)) == {("already-reversed", undone)}
    book.verified(later)


def test_a_verdict_names_lines_of_a_deal(book):
    deal = book.takes("c1", licence("L-1", "U1 > S1", "P1 P2"))
    assert book.refuses("hb-ipo", verdict(deal, lines=(2, 3, 2))) == {("invalid", "body.lines.1"), ("invalid", "body.lines.2")}
    book.takes("hb-ipo", verdict(deal, lines=(2,)))


def test_a_verdict_on_a_recordal_names_lines_that_it_speaks_of(book):
    book.takes("c1", licence("L-1", "U1 > S1", "P1 P2 P3"))
    some = book.takes("c1", registration("L-1", "2025-09-10", lines=(2,)))
    assert book.refuses("hb-ipo", verdict(some, lines=(1, 2))) == {("invalid", "body.lines.0")}
    book.takes("c1", licence("L-2", "U1 > S1", "P1 P2"))
    whole = book.takes("c1", registration("L-2", "2025-09-10"))
    assert book.refuses("hb-ipo", verdict(whole, lines=(1, 2, 3))) == {("invalid", "body.lines.2")}
    book.takes("hb-ipo", verdict(whole, lines=(1, 2)))


def test_only_deals_and_recordals_have_lines(book):
    book.takes("c1", licence("L-1", "U1 > S1", "P1"))
    change = book.takes("c1", amendment("L-1", 1))
    assert book.refuses("hb-ipo", verdict(change, lines=(1,))) == {("invalid", "body.lines")}
    book.takes("hb-ipo", verdict(change))


# --- closings


@pytest.fixture
def started(book):
    """c1 and its city take part in a programme each."""
    book.takes("hb-ipo", participation("c1", state="started", start_on="2025-08-01"))
    book.takes("hb-ipo", participation("420100", "cities"))
    return book


def submits(book, **given):
    return book.takes("c1", closing("submit", **given), signatory("c1"))


def decides(book, action, **given):
    note = {"note": "说明"} if action in ("return", "reopen") else {}
    return book.takes("hb-ipo", closing(action, **note | given))


def test_a_period_is_submitted_returned_submitted_accepted_and_reopened(started):
    submits(started)
    decides(started, "return")
    submits(started)
    decides(started, "accept")
    decides(started, "reopen")
    submits(started)
    decides(started, "accept")


@pytest.mark.parametrize("action", ["accept", "return", "reopen"])
def test_an_office_decides_on_what_was_submitted(started, action):
    assert started.refuses("hb-ipo", closing(action, note="说明")) == {("invalid", "body.action")}


def test_a_submitted_period_is_not_submitted_again_nor_reopened(started):
    first = submits(started)
    assert started.in_the_way("c1", closing("submit"), signatory("c1")) == {("period-held", first)}
    assert started.refuses("hb-ipo", closing("reopen", note="说明")) == {("invalid", "body.action")}


def test_an_accepted_period_is_closed_until_it_is_reopened(started):
    submits(started)
    accepted = decides(started, "accept")
    assert started.in_the_way("c1", closing("submit"), signatory("c1")) == {("period-closed", accepted)}
    for action in ("accept", "return"):
        assert started.in_the_way("hb-ipo", closing(action, note="说明")) == {("period-closed", accepted)}


def test_a_returned_period_is_not_accepted_before_it_is_submitted_again(started):
    submits(started)
    decides(started, "return")
    assert started.refuses("hb-ipo", closing("accept")) == {("invalid", "body.action")}


def test_each_day_through_which_is_closed_makes_a_period_of_its_own(started):
    submits(started, through="2026-07-31")
    submits(started, through="2027-07-31")
    decides(started, "accept", through="2026-07-31")
    assert started.refuses("hb-ipo", closing("reopen", through="2027-07-31", note="说明")) == {("invalid", "body.action")}


def test_a_region_is_accepted_without_a_submit(started):
    where = {"subject": "420100", "programme": "cities"}
    assert started.refuses("hb-ipo", closing("return", note="说明", **where)) == {("invalid", "body.action")}
    accepted = decides(started, "accept", **where)
    assert started.in_the_way("hb-ipo", closing("accept", **where)) == {("period-closed", accepted)}
    decides(started, "reopen", **where)
    decides(started, "accept", **where)


def test_a_park_that_is_a_subject_of_its_own_submits_nothing(book):
    book.takes("hb-ipo", participation("park", "parks"))
    assert book.refuses("park", closing("submit", "park", "parks"), signatory("park")) == {("invalid", "body.action")}


def test_a_centre_submits_for_itself(started):
    assert started.refuses("c2", closing("submit", "c1"), signatory("c2")) == {("forbidden", "body.subject")}


@pytest.mark.parametrize("action", ["return", "reopen"])
@pytest.mark.parametrize("note", [None, ""])
def test_going_back_is_explained(started, action, note):
    submits(started)
    if action == "reopen":
        decides(started, "accept")
    assert started.refuses("hb-ipo", closing(action, note=note)) == {("invalid", "body.note")}


def test_only_an_accept_carries_decisions_and_digests(started):
    submits(started)
    what = {"decisions": {"growth": True}, "scorecard_digest": "0" * 64}
    assert started.refuses("hb-ipo", closing("return", note="说明", **what)) == {
        ("invalid", "body.decisions"),
        ("invalid", "body.scorecard_digest"),
    }
    assert started.refuses("hb-ipo", closing("return", note="说明", size=1, programme_digest="0" * 64)) == {
        ("invalid", "body.size"),
        ("invalid", "body.programme_digest"),
    }
    decides(started, "accept", size=1, programme_digest="0" * 64, **what)


def test_only_what_no_figure_decides_is_decided(started):
    submits(started)
    assert started.refuses("hb-ipo", closing("accept", decisions={"growth": True, "times": True})) == {
        ("invalid", "body.decisions.times")
    }


def test_a_closing_is_of_somebody_who_takes_part_in_a_known_programme(started):
    assert started.refuses("hb-ipo", closing("accept", "c1", "nonsense")) == {("invalid", "body.programme")}
    assert started.refuses("hb-ipo", closing("accept", "nobody")) == {
        ("unknown-centre", "body.subject"),
        ("invalid", "body.action"),
    }
    assert started.refuses("c2", closing("submit", "c2"), signatory("c2")) == {("invalid", "body.subject")}


def test_a_reversed_participation_is_none(book):
    book.takes("hb-ipo", reversal(book.takes("hb-ipo", participation("c1"))))
    assert book.refuses("c1", closing("submit"), signatory("c1")) == {("invalid", "body.subject")}
