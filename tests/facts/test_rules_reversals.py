"""Taking an entry back: by whom, once, and not from under what rests on it."""

import pytest

from tests.facts.book import (
    Book,
    activity,
    admits,
    amendment,
    baseline,
    centre,
    closes,
    closing,
    equity,
    licence,
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


@pytest.fixture
def book():
    return Book()


IN_USE = {("in-use", "body.entry")}


# --- who and how often


def test_only_an_entry_that_exists_is_reversed(book):
    assert book.refuses("c1", reversal(999)) == {("unknown-entry", "body.entry")}


def test_a_centre_reverses_its_own_entries_only(book):
    theirs = book.takes("c2", activity())
    assert book.refuses("c1", reversal(theirs)) == {("forbidden", "body.entry")}
    book.takes("c2", reversal(theirs))


def test_an_office_reverses_master_data_of_centres_and_nothing_else_of_theirs(book):
    for fact in (party("S1"), patent("P9"), status("P1", "CF01", "2025-01-01"), publishes("OL-1", "P4", "2025-08-20")):
        book.takes("hb-ipo", reversal(book.takes("j1", fact)))
    for fact in (activity(), licence("L-1", "U1 > S1", "P1"), opens()):
        assert book.refuses("hb-ipo", reversal(book.takes("c1", fact))) == {("forbidden", "body.entry")}


def test_an_office_does_not_reverse_what_another_office_recorded(book):
    theirs = book.takes("js-ipo", party("S1"))
    assert book.refuses("hb-ipo", reversal(theirs)) == {("forbidden", "body.entry")}


def test_an_office_takes_a_verdict_back(book):
    ruled = book.verified(book.takes("c1", activity()))
    book.takes("hb-ipo", reversal(ruled))


def test_an_entry_is_reversed_once(book):
    entry = book.takes("c1", activity())
    first = book.reversed("c1", entry)
    assert book.in_the_way("c1", reversal(entry)) == {("already-reversed", first)}


@pytest.mark.parametrize(
    "follower",
    [registration("L-1", "2025-09-10"), amendment("L-1", 1), termination("L-1"), payment("L-1", 1)],
    ids=lambda fact: fact.kind,
)
def test_a_reversed_deal_takes_its_followers_along(book, follower):
    deal = book.takes("c1", licence("L-1", "U1 > S1", "P1"))
    entry = book.takes("c1", follower)
    undone = book.reversed("c1", deal)
    assert book.in_the_way("c1", reversal(entry)) == {("already-reversed", undone)}
    book.takes("c1", licence("L-1", "U1 > S1", "P1"))
    book.reversed("c1", book.takes("c1", follower))


def test_a_reversal_is_not_reversed(book):
    undone = book.reversed("c1", book.takes("c1", activity()))
    assert book.refuses("c1", reversal(undone)) == {("invalid", "body.entry")}


def test_a_closing_is_reopened_and_never_reversed(book):
    book.takes("hb-ipo", participation("c1"))
    submitted = book.takes("c1", closing("submit"), signatory("c1"))
    accepted = book.takes("hb-ipo", closing("accept"))
    assert book.refuses("c1", reversal(submitted)) == {("invalid", "body.entry")}
    assert book.refuses("hb-ipo", reversal(accepted)) == {("invalid", "body.entry")}


@pytest.mark.parametrize("fact", [activity(), output(), pledge("LN1"), baseline("c1"), equity("E-1", "U1 > S1", "P1", "S1")])
def test_what_nobody_rests_on_is_reversed(book, fact):
    book.reversed("c1", book.takes("c1", fact))


def test_a_replacement_is_another_entry_that_exists(book):
    old, new = book.takes("c1", activity()), book.takes("c1", activity())
    assert book.refuses("c1", reversal(old, replaced_by=old)) == {("invalid", "body.replaced_by")}
    assert book.refuses("c1", reversal(old, replaced_by=999)) == {("unknown-entry", "body.replaced_by")}
    book.takes("c1", reversal(old, replaced_by=new))


# --- what is in use


@pytest.mark.parametrize(
    "use",
    [
        licence("L-1", "U1 > S1", "P9"),
        transfer("T-1", "O1 > S1", "P9", principals=("U1",)),
        opens(operator="U1"),
        patent("P8", owners=("U1",)),
        output(party_id="U1"),
        pledge("LN1", pledgors=("U1",)),
    ],
    ids=lambda fact: fact.kind,
)
def test_a_party_stays_while_a_live_entry_names_it(book, use):
    book.takes("c1", patent("P9"))
    known = book.takes("c1", party("U1", party_kind="university"))
    entry = book.takes("c2", use)
    assert book.in_the_way("c1", reversal(known)) == {("in-use", entry)}
    book.reversed("c2", entry)
    book.reversed("c1", known)


@pytest.mark.parametrize(
    "use",
    [
        licence("L-1", "U1 > S1", "P9"),
        publishes("OL-1", "P9", "2025-08-20"),
        output(patents=("P9",)),
        status("P9", "CF01", "2025-01-01"),
    ],
    ids=lambda fact: fact.kind,
)
def test_a_patent_stays_while_a_live_entry_names_it(book, use):
    known = book.takes("c1", patent("P9"))
    entry = book.takes("c2", use)
    assert book.in_the_way("c1", reversal(known)) == {("in-use", entry)}
    book.reversed("c2", entry)
    book.reversed("c1", known)


def test_an_admitted_patent_stays_also_after_its_withdrawal(book):
    known = book.takes("c1", patent("P9"))
    book.takes("c1", opens())
    admission = book.takes("c1", admits("P9"))
    assert book.in_the_way("c1", reversal(known)) == {("in-use", admission)}
    book.takes("c1", withdraws("P9"))
    assert book.in_the_way("c1", reversal(known)) == {("in-use", admission)}


def test_a_legal_event_is_in_nobodys_use(book):
    event = book.takes("c1", status("P1", "CF01", "2025-01-01"))
    book.takes("c1", licence("L-1", "U1 > S1", "P1"))
    book.reversed("c1", event)


def test_a_centre_stays_while_it_has_live_entries_or_is_named(book):
    record = book.takes("hb-ipo", centre("new", "420900"))
    entry = book.takes("new", activity())
    assert book.in_the_way("hb-ipo", reversal(record)) == {("in-use", entry)}
    undone = book.reversed("new", entry)
    assert book.in_the_way("hb-ipo", reversal(record)) == {("in-use", undone)}  # somebody of that name took it back
    again = book.takes("hb-ipo", centre("other", "420900"))
    named = book.takes("hb-ipo", participation("other"))
    assert book.in_the_way("hb-ipo", reversal(again)) == {("in-use", named)}
    book.reversed("hb-ipo", named)
    book.reversed("hb-ipo", again)


def test_a_centre_without_entries_is_taken_back(book):
    book.takes("hb-ipo", reversal(book.takes("hb-ipo", centre("new", "420900"))))
    assert book.refuses("new", activity()) == {("unknown-centre", "centre")}


def test_a_pool_stays_while_anything_happened_in_it(book):
    opened = book.takes("c1", opens())
    admission = book.takes("c1", admits("P1"))
    assert book.in_the_way("c1", reversal(opened)) == {("in-use", admission)}
    book.reversed("c1", admission)
    closed = book.takes("c1", closes())
    assert book.in_the_way("c1", reversal(opened)) == {("in-use", closed)}
    book.reversed("c1", closed)
    book.reversed("c1", opened)


def test_a_statement_stays_while_licences_or_its_withdrawal_rest_on_it(book):
    published = book.takes("c1", publishes("OL-1", "P4", "2025-08-20"))
    deal = book.takes("c1", open_licence("O-1", "U1 > S1", "P4", "OL-1"))
    assert book.in_the_way("c1", reversal(published)) == {("in-use", deal)}
    withdrawn = book.takes("c1", recalls("OL-1", "P4", "2025-12-01"))
    book.reversed("c1", deal)
    assert book.in_the_way("c1", reversal(published)) == {("in-use", withdrawn)}
    book.reversed("c1", withdrawn)
    book.reversed("c1", published)


def test_the_withdrawal_of_a_statement_is_taken_back_unless_it_was_published_anew(book):
    book.takes("c1", publishes("OL-1", "P4", "2025-08-20"))
    book.takes("c1", open_licence("O-1", "U1 > S1", "P4", "OL-1"))
    withdrawn = book.takes("c1", recalls("OL-1", "P4", "2025-12-01"))
    anew = book.takes("c1", publishes("OL-1", "P4", "2026-01-01"))
    assert book.in_the_way("c1", reversal(withdrawn)) == {("in-use", anew)}
    book.reversed("c1", anew)
    book.reversed("c1", withdrawn)


def test_an_admission_stays_while_a_withdrawal_rests_on_it(book):
    book.takes("c1", opens())
    admission = book.takes("c1", admits("P1 P2"))
    withdrawal = book.takes("c1", withdraws("P2"))
    assert book.in_the_way("c1", reversal(admission)) == {("in-use", withdrawal)}
    book.reversed("c1", withdrawal)
    book.reversed("c1", admission)


def test_an_admission_goes_where_the_withdrawal_rests_on_another(book):
    book.takes("c1", opens())
    later = book.takes("c1", admits("P1", on="2025-10-01"))
    earlier = book.takes("c1", admits("P1", on="2025-09-01"))
    book.takes("c1", withdraws("P1", on="2026-04-01"))
    again = book.takes("c1", admits("P1", on="2026-05-01"))
    book.reversed("c1", again)
    book.reversed("c1", later)
    assert book.refuses("c1", reversal(earlier)) == IN_USE


def test_many_uses_are_counted_out_only_so_far(book):
    known = book.takes("c1", party("U1", party_kind="university"))
    for number in range(12):
        book.takes("c1", licence(f"L-{number}", "U1 > S1", "P1"))
    (only,) = book.problems("c1", reversal(known))
    assert only.en.endswith(" …")
    assert only.en.count(",") == 9


# --- running totals


def test_a_change_stays_where_the_sum_would_have_been_below_nought_without_it(book):
    book.takes("c1", licence("L-1", "U1 > S1", "P1", amount=100))
    more = book.takes("c1", amendment("L-1", 50))
    less = book.takes("c1", amendment("L-1", -120))
    assert book.refuses("c1", reversal(more)) == {("below-zero", "body.entry")}
    book.takes("c1", amendment("L-1", 500))
    assert book.in_the_way("c1", reversal(more)) == {("below-zero", less)}  # what came later does not help
    book.reversed("c1", less)
    book.reversed("c1", more)


def test_the_change_of_a_termination_counts_among_them(book):
    book.takes("c1", licence("L-1", "U1 > S1", "P1", amount=100))
    more = book.takes("c1", amendment("L-1", 50))
    ended = book.takes("c1", termination("L-1", amount_change=-150))
    assert book.in_the_way("c1", reversal(more)) == {("below-zero", ended)}
    book.reversed("c1", ended)
    book.reversed("c1", more)


def test_an_end_of_a_deal_of_unknown_amount_is_taken_back(book):
    book.takes("c1", licence("L-1", "U1 > S1", "P1", amount=None))
    book.reversed("c1", book.takes("c1", termination("L-1")))


def test_a_payment_stays_while_a_refund_rests_on_it(book):
    book.takes("c1", licence("L-1", "U1 > S1", "P1"))
    paid = book.takes("c1", payment("L-1", 100))
    refund = book.takes("c1", payment("L-1", -60))
    assert book.in_the_way("c1", reversal(paid)) == {("below-zero", refund)}
    book.reversed("c1", refund)
    book.reversed("c1", paid)


def test_a_loan_goes_with_its_release(book):
    loan = book.takes("c1", pledge("LN1"))
    book.takes("c1", release("LN1"))
    book.reversed("c1", loan)
    book.takes("c1", pledge("LN1"))


def test_a_signatorys_word_is_taken_back_by_the_centre(book):
    said = book.takes("c1", verdict(book.takes("c1", activity()), "attested"), signatory("c1"))
    book.reversed("c1", said)
