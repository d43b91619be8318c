"""Periods that were submitted or accepted: what they keep out, by whose closings, and by which day of an entry."""

from dataclasses import replace

import pytest

from ledger.facts.encoding import KINDS
from ledger.facts.mentions import mention
from ledger.facts.rules.periods import DATED, UNDATED
from tests.facts.book import (
    Book,
    activity,
    admits,
    amendment,
    baseline,
    closes,
    closing,
    day,
    equity,
    licence,
    line,
    open_licence,
    opens,
    output,
    participation,
    party,
    patent,
    payment,
    pledge,
    publishes,
    recalls,
    registration,
    release,
    reversal,
    signatory,
    status,
    termination,
    transfer,
    verdict,
    withdraws,
)

THROUGH, AFTER, BEFORE = "2025-12-31", "2026-01-01", "2025-06-30"


@pytest.fixture
def book():
    """c1 takes part in a programme. Of its deals D-0 is undated, D-1 registered in the period and D-2 after it; and much else."""
    book = Book()
    for subject in ("c1", "c2", "park"):
        book.takes("hb-ipo", participation(subject, state="started", start_on="2025-01-01", months=24))
    book.takes("hb-ipo", participation("park", "parks"))
    book.takes("c1", opens("Q1", "2025-01-10"))
    book.takes("c1", publishes("K1", "P1 P2 P3 P4 P5 P6", "2025-01-01"))
    book.takes("c1", admits("P5", "2025-02-01"))
    for number, on in (("D-0", None), ("D-1", "2025-03-01"), ("D-2", "2026-02-01")):
        book.takes("c1", licence(number, "U1 > S1", "P1 P2", signed_on="2025-02-01", registered_on=on))
    book.takes("c1", pledge("N-1", registered_on="2025-03-01"))
    return book


def submit(book, subject="c1", **given):
    return book.takes(subject, closing("submit", subject, **{"through": THROUGH} | given), signatory(subject))


def decide(book, action, subject="c1", **given):
    note = {"note": "说明"} if action in ("return", "reopen") else {}
    return book.takes("hb-ipo", closing(action, subject, **{"through": THROUGH} | note | given))


def held(book, fact, centre="c1"):
    """What the period says of an entry: the code, the place and the closing; None where it says nothing."""
    found = [p for p in book.problems(centre, fact) if p.code in ("period-held", "period-closed")]
    assert len(found) <= 1
    return (found[0].code, found[0].path, found[0].entry) if found else None


# --- how a period stands


def test_an_open_period_keeps_nothing_out(book):
    assert held(book, activity()) is None


def test_what_was_submitted_is_held_and_names_the_submit(book):
    submitted = submit(book)
    assert held(book, activity()) == ("period-held", "body.held_on", submitted)


def test_a_return_opens_the_period_and_another_submit_holds_it_again(book):
    submit(book)
    decide(book, "return")
    assert held(book, activity()) is None
    again = submit(book)
    assert held(book, activity()) == ("period-held", "body.held_on", again)


def test_what_was_accepted_is_closed_and_names_the_accept(book):
    submit(book)
    accepted = decide(book, "accept")
    assert held(book, activity()) == ("period-closed", "body.held_on", accepted)


def test_a_reopening_lets_in_what_is_backdated_until_the_next_submit(book):
    submit(book)
    decide(book, "accept")
    decide(book, "reopen")
    book.takes("c1", activity())
    submitted = submit(book)
    assert held(book, activity()) == ("period-held", "body.held_on", submitted)


@pytest.mark.parametrize("action", ["submit", "accept"])
def test_the_last_day_is_held_and_the_next_is_free(book, action):
    submit(book)
    if action == "accept":
        decide(book, "accept")
    assert held(book, payment("D-1", 1, THROUGH)) is not None
    assert held(book, payment("D-1", 1, AFTER)) is None


def test_a_hold_does_not_ask_for_which_programme_an_entry_is(book):
    submit(book)
    assert held(book, activity(programme="另一项目")) is not None


def test_a_hold_is_on_its_own_centre_alone(book):
    submit(book)
    assert held(book, activity(), "c2") is None
    assert held(book, activity(), "park") is None


def test_offices_are_never_held(book):
    submit(book)
    decide(book, "accept")
    assert held(book, baseline("c1"), "hb-ipo") is None
    assert held(book, participation("c1", on="2025-06-01"), "hb-ipo") is None
    assert held(book, verdict(book.takes("c2", activity())), "hb-ipo") is None


def test_a_park_that_was_accepted_without_a_submit_holds_nothing(book):
    decide(book, "accept", "park", programme="parks")
    assert held(book, activity(), "park") is None
    decide(book, "reopen", "park", programme="parks")
    decide(book, "accept", "park", programme="parks")
    assert held(book, activity(), "park") is None


def test_a_park_in_a_programme_of_centres_submits_and_is_held_like_one(book):
    submitted = submit(book, "park")
    assert held(book, activity(), "park") == ("period-held", "body.held_on", submitted)


def test_each_programme_stands_for_itself(book, monkeypatch):
    policies = book.saying("c1").policies
    monkeypatch.setitem(type(policies).programmes, "another", policies.programme("two-years"))
    book.takes("hb-ipo", participation("c1", "another"))
    submit(book)
    other = submit(book, programme="another")
    decide(book, "return")
    assert held(book, activity()) == ("period-held", "body.held_on", other)
    decide(book, "return", programme="another")
    assert held(book, activity()) is None


def test_each_through_stands_for_itself(book):
    early = submit(book, through=BEFORE)
    late = submit(book)
    assert held(book, payment("D-1", 1, BEFORE)) == ("period-held", "body.received_on", late)
    decide(book, "return")
    assert held(book, payment("D-1", 1, BEFORE)) == ("period-held", "body.received_on", early)
    assert held(book, payment("D-1", 1, "2025-07-01")) is None


def test_the_closed_period_is_told_rather_than_the_held_one(book):
    submit(book, through=BEFORE)
    closed = decide(book, "accept", through=BEFORE)
    later = submit(book)
    assert held(book, payment("D-1", 1, BEFORE)) == ("period-closed", "body.received_on", closed)
    assert held(book, payment("D-1", 1, "2025-07-01")) == ("period-held", "body.received_on", later)


def test_of_several_closed_periods_the_longest_is_told(book):
    for through in (THROUGH, BEFORE):
        submit(book, through=through)
    decide(book, "accept", through=BEFORE)
    longest = decide(book, "accept")
    assert held(book, payment("D-1", 1, BEFORE)) == ("period-closed", "body.received_on", longest)


def test_the_words_name_the_day_the_programme_and_how_far_it_goes(book):
    submitted = submit(book)
    (told,) = [p for p in book.problems("c1", activity()) if p.code == "period-held"]
    for text in (told.zh, told.en):
        assert all(part in text for part in ("2025-09-01", "two-years", THROUGH, str(submitted)))


# --- a programme whose file is gone


@pytest.fixture
def gone(book, monkeypatch):
    """The file of the programme is gone after c1 has submitted and c2 was accepted."""
    submit(book)
    submit(book, "c2")
    decide(book, "accept", "c2")
    terms = book.saying("c1").policies
    monkeypatch.setattr(type(terms), "programmes", {name: of for name, of in terms.programmes.items() if name != "two-years"})
    return book


def test_a_period_is_held_also_when_the_file_of_its_programme_is_gone(gone):
    assert held(gone, activity()) is not None
    assert held(gone, activity(), "c2") is not None


def test_what_was_closed_under_a_programme_that_is_gone_is_returned_or_reopened_and_nothing_else(gone):
    assert gone.refuses("hb-ipo", closing("accept", "c1", through=THROUGH)) == {("invalid", "body.programme")}
    assert gone.refuses("hb-ipo", closing("reopen", "c1", through=THROUGH, note="说明")) == {("invalid", "body.action")}
    assert gone.refuses("hb-ipo", closing("return", "c2", through=THROUGH, note="说明")) == {("period-closed", "body.action")}
    assert gone.refuses("hb-ipo", closing("reopen", "c2", through=BEFORE, note="说明")) == {("invalid", "body.programme")}
    decide(gone, "return")
    decide(gone, "reopen", "c2")
    assert held(gone, activity()) is held(gone, activity(), "c2") is None
    assert gone.refuses("c1", closing("submit", "c1", through=THROUGH), signatory("c1")) == {("invalid", "body.programme")}


def test_a_period_can_be_opened_again_when_the_participation_behind_it_was_taken_back(book):
    submit(book)
    submit(book, "c2")
    decide(book, "accept", "c2")
    for subject in ("c1", "c2"):
        begun = book.world.history(mention("participation", "two-years", subject))[0]
        book.takes("hb-ipo", reversal(begun.index))
    assert book.refuses("hb-ipo", closing("accept", "c1", through=THROUGH)) == {("invalid", "body.subject")}
    decide(book, "return")
    decide(book, "reopen", "c2")
    assert held(book, activity()) is held(book, activity(), "c2") is None


# --- the day of an entry


def test_every_kind_has_a_day_or_none_and_never_both():
    assert set(DATED) | set(UNDATED) == set(KINDS.values())
    assert not set(DATED) & set(UNDATED)


def dated(what, on):
    """An entry of a kind with its day."""
    deal = {"signed_on": "2025-02-01", "registered_on": on}
    return {
        "licence": lambda: licence("X", "U1 > S1", "P1", **deal),
        "transfer": lambda: transfer("X", "U1 > S1", "P1", **deal),
        "open_licence": lambda: open_licence("X", "U1 > S1", "P1", "K1", **deal),
        "equity": lambda: equity("X", "U1 > S1", "P1", "S1", **deal),
        "registration": lambda: registration("D-0", on),
        "amendment": lambda: amendment("D-1", 1, on),
        "termination": lambda: termination("D-1", on),
        "payment": lambda: payment("D-1", 1, on),
        "admission": lambda: admits("P1", on),
        "withdrawal": lambda: withdraws("P5", on),
        "pledge": lambda: pledge("N-9", registered_on=on),
        "release": lambda: release("N-1", on),
        "activity": lambda: replace(activity(), held_on=day(on)),
        "output": lambda: replace(output(), on=day(on)),
    }[what]()


FIELD = {
    "licence": "registered_on", "transfer": "registered_on", "open_licence": "registered_on", "equity": "registered_on",
    "registration": "registered_on", "amendment": "on", "termination": "on", "payment": "received_on", "admission": "on",
    "withdrawal": "on", "pledge": "registered_on", "release": "registered_on", "activity": "held_on", "output": "on",
}  # fmt: skip


@pytest.mark.parametrize("what", FIELD)
def test_an_entry_is_held_by_its_day_and_says_which_field_that_is(book, what):
    submitted = submit(book)
    assert book.in_the_way("c1", dated(what, THROUGH)) == {("period-held", submitted)}
    assert book.refuses("c1", dated(what, THROUGH)) == {("period-held", f"body.{FIELD[what]}")}
    book.takes("c1", dated(what, AFTER))


@pytest.mark.parametrize("what", FIELD)
def test_taking_an_entry_back_is_held_by_the_day_of_the_entry(book, what):
    early = book.takes("c1", dated(what, THROUGH))
    submitted = submit(book)
    assert book.in_the_way("c1", reversal(early)) == {("period-held", submitted)}
    assert book.refuses("c1", reversal(early)) == {("period-held", "body.entry")}


@pytest.mark.parametrize("what", FIELD)
def test_taking_back_what_came_after_the_period_is_free(book, what):
    submit(book)
    book.takes("c1", reversal(book.takes("c1", dated(what, AFTER))))


@pytest.mark.parametrize(
    "fact",
    [
        party("S9", valid_from=day("2025-03-01")),
        patent("P9"),
        status("P1", "CF01", "2025-03-01"),
        opens("Q2", "2025-03-01"),
        closes("Q1", "2025-03-01"),
        publishes("K2", "P1", "2025-03-01"),
        recalls("K1", "P1", "2025-03-01"),
        licence("X", "U1 > S1", "P1", signed_on="2025-02-01", announced_on="2025-03-01"),
    ],
    ids=lambda fact: f"{fact.kind} {getattr(fact, 'action', '')}",
)
def test_master_data_and_deals_without_a_recordal_have_no_day_and_are_taken_and_taken_back(book, fact):
    submit(book)
    decide(book, "accept")
    book.takes("c1", reversal(book.takes("c1", fact)))


def test_verdicts_have_no_day(book):
    index = book.takes("c1", activity())
    submit(book)
    spoken = book.takes("c1", verdict(index, "attested"), signatory("c1"))
    assert held(book, verdict(index, "attested")) is None
    book.takes("hb-ipo", verdict(index, "rejected"))
    assert held(book, reversal(spoken)) is None


def test_a_baseline_of_the_centre_is_dated_by_the_last_day_of_its_window(book):
    submitted = submit(book)
    for to, expected in (("2026-01-01", ("period-held", "body.to", submitted)), ("2026-01-02", None)):
        assert held(book, baseline("c1", from_=day("2025-01-01"), to=day(to))) == expected


def test_the_submit_of_another_period_is_not_held(book):
    submit(book)
    submit(book, through=BEFORE)
    submit(book, through="2026-06-30")


# --- deals: the earliest recordal of their lines


def test_one_early_line_is_enough_and_is_pointed_at(book):
    submit(book)
    lines = [line("P1", registered_on=AFTER), line("P2", registered_on="2025-11-01"), line("P3", registered_on="2025-12-01")]
    deal = licence("X", "U1 > S1", lines, signed_on="2025-02-01")
    assert held(book, deal)[:2] == ("period-held", "body.lines.1.registered_on")


def test_the_day_of_the_deal_counts_where_a_line_has_none_of_its_own(book):
    submit(book)
    early, late = "2025-11-01", AFTER
    own = [line("P1", registered_on=late), line("P2")]
    assert held(book, licence("X", "U1 > S1", own, signed_on="2025-02-01", registered_on=early))[1] == "body.registered_on"
    covered = [line("P1", registered_on=late), line("P2", registered_on=late)]
    book.takes("c1", licence("X", "U1 > S1", covered, signed_on="2025-02-01", registered_on=early))


# --- back doors


def test_a_recordal_that_adds_a_number_repeats_the_day_and_is_held_by_it(book):
    submit(book)
    assert held(book, registration("D-1", "2025-03-01", registration_no="R-1", lines=(1,))) is not None


def test_a_deal_dated_by_its_registration_is_not_taken_back(book):
    index = book.takes("c1", licence("X", "U1 > S1", "P1 P2 P3", signed_on="2025-02-01"))
    book.takes("c1", registration("X", "2025-11-01", lines=(2,)))
    book.takes("c1", registration("X", "2026-02-01", lines=(1,)))
    submit(book)
    assert held(book, reversal(index))[1] == "body.entry"


@pytest.mark.parametrize(
    "follower",
    [amendment("D-2", 5, "2025-11-01"), payment("D-2", 5, "2025-11-01"), termination("D-2", "2025-11-01")],
    ids=lambda fact: fact.kind,
)
def test_a_deal_registered_later_is_not_taken_back_over_the_head_of_what_followed_it_before(book, follower):
    deal = book.world.deal("c1", "D-2").index
    index = book.takes("c1", follower)
    submitted = submit(book)
    assert held(book, reversal(deal)) == ("period-held", "body.entry", submitted)
    decide(book, "return")
    book.takes("c1", reversal(index))
    submit(book)
    book.takes("c1", reversal(deal))


def test_an_undated_deal_is_taken_back_unless_something_dated_goes_with_it(book):
    deal = book.world.deal("c1", "D-0").index
    submit(book)
    assert held(book, reversal(deal)) is None
    decide(book, "return")
    book.takes("c1", amendment("D-0", 5, "2025-11-01"))
    submit(book)
    assert held(book, reversal(deal)) is not None


def test_a_line_does_not_fall_back_into_the_period_when_a_later_recordal_is_taken_back(book):
    late = book.takes("c1", registration("D-0", "2026-02-01"))
    rejection = book.verified(late, "rejected")
    book.takes("c1", registration("D-0", "2025-11-01", lines=(2,)))
    book.reversed("hb-ipo", rejection)
    submit(book)
    assert held(book, reversal(late)) is not None


def test_a_rejected_recordal_in_the_period_stays_where_it_is(book):
    early = book.takes("c1", registration("D-0", "2025-11-01"))
    book.verified(early, "rejected")
    deal = book.world.deal("c1", "D-0").index
    submit(book)
    assert held(book, reversal(early)) is not None
    assert held(book, reversal(deal)) is not None


@pytest.fixture
def claimed(book):
    """Both centres claim the recordal R-9: c1 by E-1, which has no day, c2 by X-1, and then c1 once more by L-1, in the period."""
    early = book.takes("c1", licence("E-1", "U1 > S1", "P3", signed_on="2025-02-01", registration_no="R-9"))
    given = {"signed_on": "2025-02-01", "registered_on": "2025-09-20", "registration_no": "R-9"}
    book.takes("c2", licence("X-1", "U1 > S1", "P3", **given))
    book.takes("c1", licence("L-1", "U1 > S1", "P3", **given))
    return early


def test_a_claim_by_which_lines_of_the_period_count_is_not_given_up(book, claimed):
    submitted = submit(book)
    assert held(book, reversal(claimed)) == ("period-held", "body.entry", submitted)
    assert "2025-09-20" in next(p.en for p in book.problems("c1", reversal(claimed)) if p.code == "period-held")


def test_a_claim_is_given_up_where_another_one_of_the_centre_comes_next(book):
    deals = [
        book.takes(centre, licence(number, "U1 > S1", "P3", signed_on="2025-02-01", registered_on=on, registration_no="R-9"))
        for centre, number, on in (("c1", "E-1", None), ("c1", "L-1", "2025-09-20"), ("c2", "X-1", "2025-09-20"))
    ]
    submit(book)
    assert held(book, reversal(deals[0])) is None


def test_a_claim_that_nobody_else_makes_is_given_up(book, claimed):
    book.takes("c2", reversal(book.world.deal("c2", "X-1").index))
    submit(book)
    assert held(book, reversal(claimed)) is None


def test_a_claim_on_a_recordal_after_the_period_is_given_up(book):
    early = book.takes("c1", licence("E-1", "U1 > S1", "P3", signed_on="2025-02-01", registration_no="R-9"))
    for centre, number in (("c2", "X-1"), ("c1", "L-1")):
        given = {"signed_on": "2025-02-01", "registered_on": AFTER, "registration_no": "R-9"}
        book.takes(centre, licence(number, "U1 > S1", "P3", **given))
    submit(book)
    assert held(book, reversal(early)) is None


def test_nor_is_a_later_registration_taken_back_by_which_it_was_claimed(book):
    book.takes("c1", licence("E-1", "U1 > S1", "P3", signed_on="2025-02-01"))
    late = book.takes("c1", registration("E-1", "2026-02-01", registration_no="R-9"))
    for centre, number in (("c2", "X-1"), ("c1", "L-1")):
        given = {"signed_on": "2025-02-01", "registered_on": "2025-09-20", "registration_no": "R-9"}
        book.takes(centre, licence(number, "U1 > S1", "P3", **given))
    submit(book)
    assert held(book, reversal(late)) is not None


# The recordal R-9 of September, as c1 and c2 both tell of it.
R_9 = {"signed_on": "2025-02-01", "registered_on": "2025-09-20", "registration_no": "R-9"}


@pytest.fixture
def verified(book):
    """c1 has E-1 from before, undated and verified; c2 claims R-9 before c1 does by L-1."""
    book.verified(book.takes("c1", licence("E-1", "U1 > S1", "P3", signed_on="2025-02-01")))
    book.takes("c2", licence("X-1", "U1 > S1", "P3", **R_9))
    book.takes("c1", licence("L-1", "U1 > S1", "P3", **R_9))
    return submit(book)


def test_a_claim_is_not_won_over_the_period_by_registering_a_verified_deal_after_it(book, verified):
    assert held(book, registration("E-1", AFTER, registration_no="R-9")) == ("period-held", "body.registration_no", verified)
    assert held(book, registration("E-1", AFTER, registration_no="R-10")) is None
    assert held(book, registration("E-1", AFTER)) is None


def test_a_registration_of_lines_that_are_not_there_is_told_of_no_more_than_that(book, verified):
    assert held(book, registration("E-1", AFTER, registration_no="R-9", lines=(1, 7))) is None
    assert held(book, registration("none", AFTER, registration_no="R-9")) is None


def test_another_line_of_the_same_deal_is_not_made_to_count_otherwise(book):
    lines = [line("P3", grantee="S1"), line("P3", grantee="S2")]
    book.takes("c1", licence("E-1", "U1 > S1 S2", lines, signed_on="2025-02-01"))
    first = book.takes("c1", registration("E-1", "2026-02-01", registration_no="R-9", lines=(1,)))
    book.takes("c2", licence("X-1", "U1 > S1", "P3", **R_9))
    book.takes("c1", registration("E-1", "2025-09-20", registration_no="R-9", lines=(2,)))
    submitted = submit(book)
    assert held(book, reversal(first)) == ("period-held", "body.entry", submitted)


def test_a_line_of_the_period_is_not_freed_of_the_number_that_another_centre_holds(book):
    book.takes("c2", licence("X-1", "U1 > S1", "P3", **R_9))
    book.takes("c1", licence("E-1", "U1 > S1", "P3", signed_on="2025-02-01"))
    rejection = book.verified(book.takes("c1", registration("E-1", "2025-09-20")), "rejected")
    numbered = book.takes("c1", registration("E-1", "2026-02-01", registration_no="R-9"))
    book.reversed("hb-ipo", rejection)
    submit(book)
    assert held(book, reversal(numbered)) is not None


def test_what_was_received_in_the_period_is_not_made_to_count_by_a_claim_after_it(book):
    early = book.takes("c1", licence("E-1", "U1 > S1", "P3", signed_on="2025-02-01", registration_no="R-9"))
    for centre, number in (("c2", "X-1"), ("c1", "L-1")):
        book.takes(centre, licence(number, "U1 > S1", "P3", **R_9 | {"registered_on": AFTER}))
    submit(book)
    assert held(book, reversal(early)) is None
    decide(book, "return")
    paid = book.takes("c1", payment("L-1", 5, "2025-11-01"))
    submit(book)
    assert held(book, reversal(early)) is not None
    decide(book, "return")
    book.takes("c1", reversal(paid))
    submit(book)
    assert held(book, reversal(early)) is None


@pytest.mark.parametrize("verdict", ["contested", "rejected"])
def test_a_payment_that_an_office_doubts_holds_nothing_back(book, verdict):
    early = book.takes("c1", licence("E-1", "U1 > S1", "P3", signed_on="2025-02-01", registration_no="R-9"))
    for centre, number in (("c2", "X-1"), ("c1", "L-1")):
        book.takes(centre, licence(number, "U1 > S1", "P3", **R_9 | {"registered_on": AFTER}))
    paid = book.takes("c1", payment("L-1", 5, "2025-11-01"))
    submit(book)
    assert held(book, reversal(early)) is not None
    book.verified(paid, verdict)
    assert held(book, reversal(early)) is None


@pytest.mark.parametrize("verdict", ["contested", "rejected"])
def test_a_line_that_an_office_doubts_counts_for_nobody_and_holds_nothing_back(book, verified, verdict):
    fact = registration("E-1", AFTER, registration_no="R-9")
    assert held(book, fact) is not None
    book.verified(book.world.deal("c1", "L-1").index, verdict)
    assert held(book, fact) is None


def test_nor_does_a_line_whose_registration_an_office_doubts(book):
    book.verified(book.takes("c1", licence("E-1", "U1 > S1", "P3", signed_on="2025-02-01")))
    book.takes("c2", licence("X-1", "U1 > S1", "P3", **R_9))
    book.takes("c1", licence("L-1", "U1 > S1", "P3", signed_on="2025-02-01"))
    registered = book.takes("c1", registration("L-1", "2025-09-20", registration_no="R-9"))
    submit(book)
    fact = registration("E-1", AFTER, registration_no="R-9")
    assert held(book, fact) is not None
    book.verified(registered, "contested")
    assert held(book, fact) is None


def test_of_another_centres_figures_nobody_is_the_keeper(book, verified):
    """Where nothing of its own would change, c1 may take the claim from c2, though c2's figures were submitted with it."""
    submit(book, "c2")
    decide(book, "return")
    book.takes("c1", reversal(book.world.deal("c1", "L-1").index))
    submit(book)
    assert held(book, registration("E-1", AFTER, registration_no="R-9")) is None


def test_what_would_count_otherwise_is_told_as_that(book, verified):
    told = next(p for p in book.problems("c1", registration("E-1", AFTER, registration_no="R-9")) if p.code == "period-held")
    assert told.en.startswith("this would change what counts on 2025-09-20, which lies in the period through 2025-12-31")
    own = next(p for p in book.problems("c1", registration("E-1", THROUGH)) if p.code == "period-held")
    assert own.en.startswith("2025-12-31 lies in the period")


def test_an_amendment_cannot_reach_back_before_its_own_day(book):
    submit(book)
    book.takes("c1", amendment("D-1", 5, AFTER))
    book.takes("c1", termination("D-1", AFTER, amount_change=5))


def test_a_loan_of_the_period_is_not_taken_back_though_it_was_released_later(book):
    loan = book.world.history(("loan", "c1\tN-1"))[0].index
    book.takes("c1", release("N-1", AFTER))
    submit(book)
    assert held(book, reversal(loan)) is not None


def test_what_was_taken_back_already_is_said_to_be_and_no_more(book):
    index = book.takes("c1", activity())
    taken_back = book.takes("c1", reversal(index))
    submit(book)
    assert book.in_the_way("c1", reversal(index)) == {("already-reversed", taken_back)}


def test_everything_that_is_wrong_is_still_told_together(book):
    submitted = submit(book)
    assert book.in_the_way("c1", activity("push")) == {("period-held", submitted), ("invalid", None)}


def test_of_another_centres_entry_no_period_is_told(book):
    theirs = book.takes("c2", activity())
    submit(book)
    submit(book, "c2")
    assert book.refuses("c1", reversal(theirs)) == {("forbidden", "body.entry")}
