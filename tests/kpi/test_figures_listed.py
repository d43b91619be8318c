"""What lies behind a figure: its groups, its lines, its recorders and its takers (RULINGS 5, 16, 37, 41 and 44)."""

import pytest

from ledger.facts.kinds.outcomes import Attendee
from ledger.kpi.book import Figure, Item
from ledger.kpi.figures import total_of
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
    opens,
    output,
    party,
    payment,
    pledge,
    registration,
    transfer,
    withdraws,
)
from tests.kpi.counting import counted_book, excluded, figure, folded, items, metric, question, sum_of, value

LINES, AMOUNT, RECEIVED = metric("lines"), metric("sum:amount"), metric("sum:received")
DATED = {"registered_on": "2025-09-10"}
SMALL = {"grantee.size": ["small", "micro"]}


@pytest.fixture
def book() -> Book:
    return counted_book()


def groups(book: Book, asked, *by: str, centre: str | None = None, **told) -> dict[tuple[str, ...], int]:
    found = folded(book).grouped(question(book, asked, centre, **told), by)
    assert list(found) == sorted(found)
    return {key: one.value for key, one in found.items()}


# --- groups ----------------------------------------------------------------------------------------------------------


def test_lines_are_grouped_by_each_word_that_there_is(book: Book):
    book.takes("c1", licence("L-1", "U1 > S1", "P1 P2", **DATED))
    book.takes("c2", transfer("T-1", "U1 > S1", "P3", registered_on="2026-03-31"))
    assert groups(book, LINES, "centre") == {("c1",): 2, ("c2",): 1}
    assert groups(book, LINES, "kind") == {("licence",): 2, ("transfer",): 1}
    assert groups(book, LINES, "month") == {("2025-09",): 2, ("2026-03",): 1}
    assert groups(book, LINES, "quarter") == {("2025-Q3",): 2, ("2026-Q1",): 1}
    assert groups(book, LINES, "year") == {("2025",): 2, ("2026",): 1}
    assert groups(book, LINES, "region") == {("420100",): 2, ("420500",): 1}
    assert groups(book, LINES, "year", "centre") == {("2025", "c1"): 2, ("2026", "c2"): 1}
    assert groups(book, LINES) == {(): 3}


@pytest.mark.parametrize(
    ("on", "quarter"), [("2026-03-31", "Q1"), ("2026-04-01", "Q2"), ("2026-07-01", "Q3"), ("2026-10-01", "Q4")]
)
def test_a_quarter_has_three_months(book: Book, on, quarter):
    book.takes("c1", licence("L-1", "U1 > S1", "P1", registered_on=on))
    assert groups(book, LINES, "quarter") == {(f"2026-{quarter}",): 1}


def test_only_groups_that_have_counted_lines_are_told(book: Book):
    book.takes("c1", licence("L-1", "U1 > L1", "P1", **DATED))
    book.takes("c2", licence("L-2", "U1 > S1", "P2"))
    assert groups(book, metric(where=SMALL), "centre") == {}


def test_distinct_things_are_distinct_in_each_group(book: Book):
    book.takes("c1", licence("L-1", "U1 > S1", "P1", **DATED))
    book.takes("c1", licence("L-2", "U1 > S1", "P1", registered_on="2026-03-31"))
    assert groups(book, metric("patents"), "year") == {("2025",): 1, ("2026",): 1}
    assert groups(book, metric("patents"), "centre") == {("c1",): 1}


def test_amounts_are_grouped_by_the_day_of_each_part(book: Book):
    book.takes("c1", licence("L-1", "U1 > S1", "P1", **DATED))
    book.takes("c1", amendment("L-1", 5_00, "2026-03-01"))
    book.takes("c1", payment("L-1", 30_00, "2025-12-01"))
    book.takes("c1", payment("L-1", 40_00, "2026-01-01"))
    assert groups(book, AMOUNT, "year") == {("2025",): 100_00, ("2026",): 5_00}
    assert groups(book, RECEIVED, "month") == {("2025-09",): 0, ("2025-12",): 30_00, ("2026-01",): 40_00}
    found = folded(book).grouped(question(book, AMOUNT), ["year"])
    assert {key: one.counted_lines for key, one in found.items()} == {("2025",): 1, ("2026",): 0}


def test_each_group_rounds_its_own_annual_fees(book: Book):
    for number in (1, 2, 3):
        book.takes("c1", licence(f"L-{number}", "U1 > S1", "P1", amount=1, term_months=24, **DATED))
    book.takes("c2", licence("L-1", "U1 > S1", "P2", amount=1, term_months=24, **DATED))
    assert groups(book, metric("sum:annualised"), "centre") == {("c1",): 2, ("c2",): 1}  # 1.5 and 0.5 fen


def test_a_stock_is_grouped_on_the_day_that_is_looked_at(book: Book):
    stock = metric("patents", "admission", stock=True, date=())
    book.takes("c1", opens())
    book.takes("c1", admits("P1 P2"))
    book.takes("hb-ipo", centre("c1", "420900", valid_from=day("2026-05-01")))
    assert groups(book, stock, "month", "region", on="2026-04-30") == {("2026-04", "420100"): 2}
    assert groups(book, stock, "month", "region", on="2026-05-01") == {("2026-05", "420900"): 2}
    outputs = metric("distinct:ref_no", "output", stock=True, date=())
    book.takes("c1", output())
    assert groups(book, outputs, "month", on="2026-04-30") == {("2026-04",): 1}


# --- lines -----------------------------------------------------------------------------------------------------------


def test_a_line_is_listed_with_how_it_stands_and_why(book: Book):
    first = book.takes("c1", licence("L-1", "U1 > S1", "P1 P2", amount=3, **DATED))
    second = book.takes("c1", transfer("T-1", "U1 > L1", "P3", **DATED))
    third = book.takes("c1", licence("L-2", "U1 > S1", "P4", amount=None))
    assert items(book, metric("sum:amount", where=SMALL)) == [
        Item(first, 1, "c1", "licence", "L-1", "P1", day("2025-09-10"), 2, "counted", None),
        Item(first, 2, "c1", "licence", "L-1", "P2", day("2025-09-10"), 1, "counted", None),
        Item(second, 1, "c1", "transfer", "T-1", "P3", day("2025-09-10"), 100_00, "excluded", "grantee.size"),
        Item(third, 1, "c1", "licence", "L-2", "P4", None, None, "pending", None),
    ]


def test_changes_and_payments_are_listed_by_the_entry_that_brought_them(book: Book):
    deal = book.takes("c1", licence("L-1", "U1 > S1", "P1", **DATED))
    change = book.takes("c1", amendment("L-1", 5_00, "2026-03-01"))
    paid = book.takes("c1", payment("L-1", 30_00, "2025-12-01"))
    assert [(one.entry, one.day, one.amount) for one in items(book, AMOUNT)] == [
        (deal, day("2025-09-10"), 100_00),
        (change, day("2026-03-01"), 5_00),
    ]
    assert [(one.entry, one.day, one.amount) for one in items(book, RECEIVED)] == [
        (deal, day("2025-09-10"), None),
        (paid, day("2025-12-01"), 30_00),
    ]
    assert [one.entry for one in items(book, LINES)] == [deal]


def test_an_early_change_is_listed_on_the_day_of_its_line(book: Book):
    book.takes("c1", licence("L-1", "U1 > S1", "P1", registered_on="2026-02-01"))
    book.takes("c1", amendment("L-1", 5_00, "2025-09-01"))
    book.takes("c1", payment("L-1", 7_00, "2025-09-01"))
    assert [one.day for one in items(book, AMOUNT)] == [day("2026-02-01")] * 2
    assert [one.day for one in items(book, RECEIVED)] == [day("2026-02-01"), day("2025-09-01")]


def test_lines_of_other_families_are_listed_too(book: Book):
    pool = book.takes("c1", opens())
    book.takes("c1", admits("P2 P1"))
    held = book.takes("c1", activity())
    loan = book.takes("c1", pledge("N-1", loan_amount=7_00))
    made = book.takes("c1", output(value_amount=9_00))
    known = book.takes("c1", party("S9"))
    asked = {
        metric("entries", "pool", stock=True): Item(pool, 1, "c1", "pool", None, None, day("2025-08-20"), None, "counted", None),
        metric("entries", "activity"): Item(held, 1, "c1", "activity", None, None, day("2025-09-01"), None, "counted", None),
        metric("entries", "pledge"): Item(loan, 1, "c1", "pledge", None, None, day("2025-10-10"), 7_00, "counted", None),
        metric("entries", "output"): Item(made, 1, "c1", "output", None, None, day("2025-09-01"), 9_00, "counted", None),
        metric("parties", "party", stock=True): Item(known, 1, "c1", "party", None, None, day("2020-01-01"), None, "counted", None),
    }
    for one, expected in asked.items():
        assert items(book, one) == [expected]
    members = items(book, metric("patents", "admission", stock=True))
    assert [(one.entry, one.line, one.kind, one.patent_id) for one in members] == [
        (pool + 1, 1, "admission", "P2"),
        (pool + 1, 2, "admission", "P1"),
    ]


def test_the_lines_of_a_sum_are_those_of_its_parts(book: Book):
    first = book.takes("c1", licence("L-1", "U1 > S1", "P1", **DATED))
    second = book.takes("c1", equity("E-1", "U1 > S1", "P2", "S1", **DATED))
    both = sum_of(metric("sum:amount", "equity", id_="a"), metric("sum:amount", "licence", id_="b"))
    assert [one.entry for one in items(book, both)] == [first, second]


def test_an_output_is_listed_by_its_first_counting_report_with_the_facts_of_the_last(book: Book):
    first = book.takes("c1", output(value_amount=1_00))
    book.takes("c1", output(value_amount=5_00))
    assert [(one.entry, one.amount) for one in items(book, metric("sum:value_amount", "output"))] == [(first, 5_00)]


# --- who is behind it ------------------------------------------------------------------------------------------------


def test_recorders_are_those_with_a_counted_line(book: Book):
    book.takes("c1", licence("L-1", "U1 > S1", "P1", **DATED))
    book.takes("c2", licence("L-1", "U1 > L1", "P2", **DATED))
    book.takes("park", licence("L-1", "U1 > S1", "P3"))
    whole = folded(book)
    assert whole.recorders(question(book, metric("sum:amount", where=SMALL), None)) == {"c1"}
    both = sum_of(metric("sum:amount", id_="a", where=SMALL), metric("sum:amount", id_="b"))
    assert whole.recorders(question(book, both, None)) == {"c1", "c2"}


def test_a_change_alone_makes_no_recorder(book: Book):
    book.takes("c1", licence("L-1", "U1 > S1", "P1", **DATED))
    book.takes("c1", amendment("L-1", 5_00, "2026-03-01"))
    later = question(book, AMOUNT, None, begins="2026-01-01")
    assert folded(book).recorders(later) == frozenset()
    assert folded(book).takers(later) == 1


def test_only_the_recorders_of_a_panel_are_counted(book: Book):
    book.takes("c1", licence("L-1", "U1 > S1", "P1", **DATED))
    book.takes("c2", licence("L-1", "U1 > L1", "P2", **DATED))
    assert value(book, LINES, None, recorders=frozenset({"c2"})) == 1
    assert excluded(book, metric(where=SMALL), None, recorders=frozenset({"c2"})) == {"grantee.size": 1}
    assert value(book, LINES, None, recorders=frozenset()) == 0


def test_takers_are_the_grantees_left_and_the_borrowers(book: Book):
    book.takes("c1", licence("L-1", "U1 > S1 L1", "P1", **DATED))
    book.takes("c1", licence("L-2", "U1 > S1 S2", "P2", **DATED))
    book.takes("c1", licence("L-3", "U1 > S3", "P3"))
    whole = folded(book)
    assert whole.takers(question(book, AMOUNT)) == 3
    assert whole.takers(question(book, metric("sum:amount", where=SMALL))) == 2
    book.takes("c1", pledge("N-1", borrower="S1"))
    book.takes("c1", pledge("N-2", borrower="L1"))
    book.takes("c1", pledge("N-3", borrower="L1"))
    assert folded(book).takers(question(book, metric("sum:loan_amount", "pledge"))) == 2
    both = sum_of(metric("sum:loan_amount", "pledge", id_="a"), metric("sum:amount", id_="b", where=SMALL))
    assert folded(book).takers(question(book, both)) == 3
    assert folded(book).takers(question(book, metric("entries", "activity"))) == 0


def test_takers_of_a_change_are_the_grantees_left_on_its_line(book: Book):
    book.takes("c1", licence("L-1", "U1 > S1 L1", "P1", **DATED))
    book.takes("c1", amendment("L-1", 5_00, "2026-03-01"))
    assert folded(book).takers(question(book, AMOUNT, begins="2026-01-01")) == 2
    assert folded(book).takers(question(book, metric("sum:amount", where=SMALL), begins="2026-01-01")) == 1


# --- the rest --------------------------------------------------------------------------------------------------------


def test_a_book_of_a_smaller_size_knows_only_what_was_there(book: Book):
    deal = book.takes("c1", licence("L-1", "U1 > S1", "P1", **DATED))
    book.takes("c1", licence("L-2", "U1 > S1", "P2", **DATED))
    asked = question(book, LINES)
    assert [folded(book, size).figure(asked).value for size in (deal, deal + 1, deal + 2)] == [0, 1, 2]
    assert folded(book, deal + 1).size == deal + 1


def test_a_flow_has_no_day_before_its_window_unless_it_has_no_first_day(book: Book):
    book.takes("c1", activity())
    events = metric("entries", "activity")
    assert value(book, events, begins="2025-09-01") == 1
    assert value(book, events, begins="2025-09-02") == 0
    assert value(book, events, begins=None) == 1


def test_a_party_may_be_counted_by_the_days_on_which_it_was_listed(book: Book):
    book.takes("c1", party("S9", tags=("listed",), valid_from=day("2025-09-01")))
    book.takes("c1", party("S9", tags=("listed",), valid_from=day("2026-09-01")))
    listed = metric("parties", "party", where={"party.tags": ["listed"]})
    assert value(book, listed) == 1
    assert value(book, metric("entries", "party")) == 2
    assert value(book, listed, begins="2026-10-01") == 0


def test_every_entry_counts_once_however_many_lines_it_has(book: Book):
    book.takes("c1", licence("L-1", "U1 > S1", "P1 P2 P3", **DATED))
    book.takes("c1", licence("L-2", "U1 > S1", "P1", **DATED))
    assert [value(book, metric(count)) for count in ("entries", "lines", "patents")] == [2, 4, 3]


def test_what_is_in_a_rejected_or_contested_pool_is_in_none(book: Book):
    stock = metric("patents", "admission", stock=True, date=())
    pool = book.takes("c1", opens())
    admission = book.takes("c1", admits("P1"))
    book.verified(admission)
    assert value(book, stock, level="verified") == 1  # the pool itself need not be verified
    book.verified(pool, "contested")
    assert excluded(book, stock) == {"contested": 1}
    book.verified(pool, "rejected")
    assert excluded(book, stock) == {"rejected": 1}
    book.verified(pool)
    book.verified(admission, "rejected")
    assert excluded(book, stock) == {"rejected": 1}


def test_a_patent_whose_pool_was_taken_back_is_in_none(book: Book):
    stock = metric("patents", "admission", stock=True, date=())
    book.takes("c1", opens("Q1", "2025-08-20"))
    book.takes("c1", admits("P1", "2025-09-01"))
    assert value(book, stock, on="2025-08-31") == 0
    assert value(book, stock, on="2025-09-01") == 1
    book.takes("c1", closes(on="2026-01-01"))
    assert figure(book, stock, on="2026-01-01") == Figure(0)


def test_activity_sums_take_the_numbers_as_told(book: Book):
    told = {
        "sessions": 2, "deliveries": 3, "count": 4, "headcount": 5, "firms": 6, "patents_presented": 7, "intentions": 8,
        "contracts": 9,
    }  # fmt: skip
    book.takes("c1", activity(**told, contract_amount=10, financing_amount=11))
    book.takes("c1", activity())
    for name, number in told.items():
        assert value(book, metric(f"sum:{name}", "activity")) == number + (name == "sessions")
    for name, number in (("contract_amount", 10), ("financing_amount", 11)):
        found = figure(book, metric(f"sum:{name}", "activity"))
        assert (found.value, found.missing_amounts, found.counted_lines) == (number, 1, 2)


def test_employers_are_counted_as_far_as_they_are_said(book: Book):
    people = (Attendee(token="a", employer="S1"), Attendee(token="b", employer="S1"), Attendee(token="c"))
    book.takes("c1", activity(attendees=people))
    assert value(book, metric("distinct:attendee.employer", "activity")) == 1
    assert value(book, metric("distinct:attendee.token", "activity")) == 3
    assert value(book, metric("distinct:attendee.token", "activity", where={"employer.size": ["small"]})) == 2


def test_what_an_output_leaves_out_is_nothing_to_count(book: Book):
    book.takes("c1", output())
    assert value(book, metric("distinct:party_id", "output")) == 0
    assert value(book, metric("distinct:patents", "output")) == 0
    found = figure(book, metric("sum:value_amount", "output"))
    assert (found.value, found.missing_amounts) == (0, 1)


def test_a_deal_of_unknown_amount_is_missing_in_sums_of_it_and_not_in_what_was_received(book: Book):
    book.takes("c1", licence("L-1", "U1 > S1", "P1", amount=None, **DATED))
    book.takes("c1", payment("L-1", 8))
    for asked, missing in ((LINES, 1), (AMOUNT, 1), (metric("sum:annualised"), 1), (RECEIVED, 0)):
        assert figure(book, asked).missing_amounts == missing
    assert value(book, RECEIVED) == 8


def test_annualised_changes_run_over_the_term_too(book: Book):
    book.takes("c1", licence("L-1", "U1 > S1", "P1", amount=36_00, term_months=36, **DATED))
    book.takes("c1", amendment("L-1", 6_00, "2026-03-01"))
    assert value(book, metric("sum:annualised")) == 14_00
    assert value(book, metric("sum:annualised"), begins="2026-01-01") == 2_00


def test_a_line_announced_by_a_later_entry_stands_with_that_entry(book: Book):
    announced = metric(date=("announced_on",))
    deal = book.takes("c1", licence("L-1", "U1 > S1", "P1", **DATED))
    told = book.takes("c1", registration("L-1", "2025-09-10", announced_on="2025-10-01", lines=(1,)))
    book.verified(deal)
    assert (value(book, announced, level="verified"), value(book, LINES, level="verified")) == (0, 1)
    book.verified(told)
    assert value(book, announced, level="verified") == 1
    assert value(book, metric(date=("signed_on",)), level="verified") == 1
    assert value(book, metric(date=("effective_on", "announced_on")), begins="2025-10-01", ends="2025-10-02") == 1


def test_a_withdrawn_patent_is_nobody_elses_loss(book: Book):
    stock = metric("lines", "admission", stock=True, date=())
    book.takes("c1", opens())
    book.takes("c1", admits("P1 P2"))
    book.takes("c1", withdraws("P1", "2026-04-01"))
    assert excluded(book, stock) == {}
    assert value(book, stock) == 1


def test_a_total_adds_values_lines_and_reasons():
    first = Figure(3, pending_lines=1, pending_amount=9, missing_amounts=1, excluded={"b": 1, "a": 2}, counted_lines=2)
    second = Figure(4, excluded={"b": 5}, missing_amounts=2, counted_lines=1)
    total = total_of([first, second])
    assert total == Figure(7, missing_amounts=3, excluded={"a": 2, "b": 6}, counted_lines=3)
    assert list(total.excluded) == ["a", "b"]
