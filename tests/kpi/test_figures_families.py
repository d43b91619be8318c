"""What holds for deals holds for the other families too: regions, levels, days and reasons (RULINGS 6, 10, 13, 28 and 29)."""

from dataclasses import replace

import pytest

from ledger.facts.kinds.outcomes import Output
from tests.facts.book import (
    Book,
    activity,
    admits,
    centre,
    closes,
    day,
    licence,
    opens,
    output,
    party,
    pledge,
    release,
    signatory,
    verdict,
)
from tests.kpi.counting import counted_book, excluded, figure, folded, items, metric, question, sum_of, value

EVENTS = metric("entries", "activity")
LOANS = metric("entries", "pledge")
OUTPUTS = metric("distinct:ref_no", "output")
OUTPUTS_NOW = metric("distinct:ref_no", "output", stock=True, date=())
POOLS_NOW = metric("entries", "pool", stock=True, date=())
LOANS_NOW = metric("entries", "pledge", stock=True, date=())
MEMBERS_NOW = metric("lines", "admission", stock=True, date=())
MOVES_ON = "2025-09-01"  # also the day of the activities and outputs that the builders make


@pytest.fixture
def book() -> Book:
    return counted_book()


def report(on: str, said: str = "approved", ref_no: str = "F-1", **given) -> Output:
    return replace(output(status=said, ref_no=ref_no, **given), on=day(on))


# --- regions ---------------------------------------------------------------------------------------------------------


def moves(book: Book) -> None:
    """c1 moves from 420100 to 420500."""
    book.takes("hb-ipo", centre("c1", "420500", valid_from=day(MOVES_ON)))


def test_a_deal_belongs_to_the_region_of_its_recorder_on_the_counted_day(book: Book):
    moves(book)
    book.takes("c1", licence("L-1", "U1 > S1", "P1", signed_on="2025-08-20", registered_on="2025-08-31"))
    book.takes("c1", licence("L-2", "U1 > S1", "P2", signed_on="2025-08-20", registered_on="2025-09-01"))
    book.takes("c1", licence("L-3", "U1 > S1", "P3", signed_on="2025-08-20"))
    book.takes("c1", licence("L-4", "U1 > S1", "P4", signed_on="2025-09-01"))
    for region, lines in (("420100", ["L-1", "L-3"]), ("420500", ["L-2", "L-4"])):
        assert [item.deal_no for item in items(book, metric("lines"), region=region)] == lines


def test_what_happened_belongs_to_the_region_of_its_recorder_on_that_day(book: Book):
    moves(book)
    book.takes("c1", replace(activity(), held_on=day("2025-08-31")))
    book.takes("c1", activity())
    book.takes("c1", activity())
    book.takes("c2", activity())
    assert [value(book, EVENTS, region=region) for region in ("420100", "420500", "420000", "320000")] == [1, 3, 4, 0]
    book.takes("c1", report("2025-08-31"))
    book.takes("c1", report("2025-09-01", ref_no="F-2"))
    assert [value(book, OUTPUTS, region=region) for region in ("420100", "420500", "420000", "320000")] == [1, 1, 2, 0]


def test_what_stands_belongs_to_the_region_of_its_recorder_on_the_day_looked_at(book: Book):
    moves(book)
    book.takes("c1", opens())
    book.takes("c1", admits("P1", "2025-08-21"))
    book.takes("c1", pledge("N-1", registered_on="2025-08-21"))
    book.takes("c1", report("2025-08-21"))
    for one in (POOLS_NOW, MEMBERS_NOW, LOANS_NOW, OUTPUTS_NOW):
        for region, before, after in (("420100", 1, 0), ("420500", 0, 1), ("320000", 0, 0)):
            assert [value(book, one, region=region, on=on) for on in ("2025-08-31", MOVES_ON)] == [before, after]


# --- levels ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fact", "one"), [(activity(), EVENTS), (pledge("N-1"), LOANS), (pledge("N-1"), LOANS_NOW), (opens(), POOLS_NOW),
                      (output(), OUTPUTS), (output(), OUTPUTS_NOW)],
)  # fmt: skip
def test_everything_that_can_be_attested_stands_at_its_level(book: Book, fact, one):
    index = book.takes("c1", fact)
    levels = ("recorded", "attested", "verified")
    assert [value(book, one, level=level) for level in levels] == [1, 0, 0]
    assert excluded(book, one, level="attested") == {"level": 1}
    book.takes("c1", verdict(index, "attested"), signatory("c1"))
    assert [value(book, one, level=level) for level in levels] == [1, 1, 0]
    book.verified(index)
    assert [value(book, one, level=level) for level in levels] == [1, 1, 1]
    book.verified(index, "contested")
    assert excluded(book, one) == {"contested": 1}
    book.verified(index, "rejected")
    assert excluded(book, one) == {"rejected": 1}


def test_parties_stand_at_every_level(book: Book):
    book.takes("c1", party("S9", valid_from=day("2025-09-01")))
    for one in (metric("parties", "party"), metric("parties", "party", stock=True, date=())):
        assert [value(book, one, level=level) for level in ("recorded", "attested", "verified")] == [1, 1, 1]


# --- outputs ---------------------------------------------------------------------------------------------------------


def test_what_was_revoked_is_out_even_where_no_test_asks_for_its_status(book: Book):
    book.takes("c1", report("2025-10-01"))
    book.takes("c1", report("2026-03-01", "revoked"))
    for one in (OUTPUTS, OUTPUTS_NOW):
        assert value(book, one, on="2026-02-28") == 1
        assert (value(book, one), excluded(book, one)) == (0, {"output.status": 1})
        assert excluded(book, one, level="verified") == {"output.status": 1}


def test_a_revocation_that_was_rejected_is_no_more_than_a_rejected_report(book: Book):
    book.takes("c1", report("2025-10-01"))
    book.verified(book.takes("c1", report("2026-03-01", "revoked")), "rejected")
    assert (value(book, OUTPUTS), value(book, OUTPUTS_NOW)) == (1, 1)


def test_a_revocation_of_another_type_is_excluded_by_the_type(book: Book):
    book.takes("c1", report("2025-10-01", "revoked"))
    for one in (OUTPUTS, OUTPUTS_NOW):
        brands = replace(one, where=metric(where={"output.type": ["brand"]}).where)
        assert excluded(book, brands) == {"output.type": 1}


def test_a_state_of_outputs_is_that_of_the_last_day_of_the_window(book: Book):
    first = book.takes("c1", report("2025-10-01"))
    second = book.takes("c1", report("2026-03-01", ref_no="F-2"))
    book.takes("c1", report("2026-03-01", "revoked"))
    for ends, entry in (("2026-03-01", first), ("2026-03-02", second)):
        assert [item.entry for item in items(book, OUTPUTS_NOW, ends=ends) if item.standing == "counted"] == [entry]


def test_every_output_has_its_own_history(book: Book):
    book.takes("c1", report("2025-10-01", ref_no="F-1"))
    book.takes("c1", report("2025-10-02", ref_no="F-2"))
    book.takes("c1", report("2025-10-03", ref_no="F-3"))
    assert (value(book, OUTPUTS), value(book, OUTPUTS_NOW)) == (3, 3)


def test_an_output_is_listed_on_the_day_of_the_report_that_speaks(book: Book):
    approved = {"output.status": ["approved"]}
    book.takes("c1", report("2025-10-01", "draft"))
    book.takes("c1", report("2025-11-01", "filed"))
    flow, stock = metric("distinct:ref_no", "output", where=approved), replace(OUTPUTS_NOW, where=metric(where=approved).where)
    for one in (flow, stock):
        assert [(item.day, item.reason) for item in items(book, one)] == [(day("2025-11-01"), "output.status")]
    assert [item.day for item in items(book, OUTPUTS)] == [day("2025-10-01")]
    assert [item.day for item in items(book, OUTPUTS_NOW)] == [day("2025-11-01")]
    assert items(book, flow, ends="2025-11-01") == []  # its last report lies after the window


def test_the_party_of_an_output_is_tested_on_the_day_of_the_report_or_the_day_looked_at(book: Book):
    small = {"party.size": ["small"]}
    book.takes("hb-ipo", party("S1", size="large", valid_from=day("2025-11-01")))
    book.takes("c1", report("2025-10-01", party_id="S1"))
    assert value(book, metric("distinct:party_id", "output", where=small)) == 1
    stock = metric("distinct:party_id", "output", where=small, stock=True, date=())
    assert [value(book, stock, on=on) for on in ("2025-10-31", "2025-11-01")] == [1, 0]


# --- pools and loans -------------------------------------------------------------------------------------------------


def test_a_pool_holds_from_its_first_day_on(book: Book):
    book.takes("c1", opens("Q1", "2025-08-20"))
    book.takes("c1", admits("P1", "2025-08-20"))
    assert [value(book, MEMBERS_NOW, on=on) for on in ("2025-08-19", "2025-08-20")] == [0, 1]


def test_a_closed_pool_leaves_the_others_open(book: Book):
    for pool_id in ("Q1", "Q2", "Q3"):
        book.takes("c1", opens(pool_id))
        book.takes("c1", admits("P1", pool_id=pool_id))
    book.takes("c1", closes("Q1", "2026-01-01"))
    assert (value(book, MEMBERS_NOW), value(book, POOLS_NOW)) == (2, 2)
    book.takes("c1", closes("Q3", "2026-01-01"))
    assert (value(book, MEMBERS_NOW), value(book, POOLS_NOW)) == (1, 1)


def test_a_release_is_a_line_of_its_own_action_and_rests_on_nobody(book: Book):
    book.takes("c1", pledge("N-1", registered_on="2025-10-10", loan_amount=7_00))
    book.takes("c1", release("N-1", "2026-10-10"))
    released = metric("entries", "pledge", where={"pledge.action": ["release"]})
    assert value(book, released) == 1
    assert figure(book, metric("sum:loan_amount", "pledge")).value == 7_00
    assert value(book, metric("distinct:borrower", "pledge")) == 1
    assert folded(book).takers(question(book, metric("sum:loan_amount", "pledge"))) == 1
    assert [value(book, LOANS_NOW, on=on) for on in ("2025-10-09", "2025-10-10", "2026-10-09", "2026-10-10")] == [0, 1, 1, 0]


def test_an_activity_rests_on_no_takers(book: Book):
    book.takes("c1", activity())
    assert folded(book).takers(question(book, EVENTS)) == 0


def test_a_line_may_be_counted_in_one_part_of_a_sum_and_wait_in_another(book: Book):
    book.takes("c1", licence("L-1", "U1 > S1", "P1", registered_on="2025-09-10"))
    both = sum_of(metric("sum:amount", id_="a", date=("announced_on",)), metric("sum:amount", id_="b"))
    assert [(item.standing, item.day) for item in items(book, both)] == [("counted", day("2025-09-10")), ("pending", None)]
