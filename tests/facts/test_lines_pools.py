"""Pools and what is in them: spans of days (RULINGS 6 and 29)."""

from dataclasses import replace

import pytest

from ledger.facts.lines.pools import is_member, pool_entries
from ledger.facts.lines.rows import NEVER, MemberLine, PoolLine, Standing
from ledger.facts.mentions import SEPARATOR, mention
from tests.facts.book import Book, admits, closes, day, opens, signatory, verdict, withdraws


@pytest.fixture
def book():
    return Book()


def pool_of(book: Book, pool_id: str = "Q1") -> PoolLine | None:
    return next((row for row in book.world.rows(mention("pool", pool_id)) if isinstance(row, PoolLine)), None)


def spans(book: Book, patent_id: str = "P1", pool_id: str = "Q1") -> list[tuple[str, str | None]]:
    rows = book.world.rows(mention("member", pool_id, patent_id))
    told = sorted((row for row in rows if isinstance(row, MemberLine)), key=lambda row: (row.begins, row.entry))
    return [(row.begins.isoformat(), None if row.ends == NEVER else row.ends.isoformat()) for row in told]


# --- pools


def test_a_pool_is_open_from_its_day_on(book):
    index = book.takes("c1", opens(on="2025-08-20"))
    assert pool_of(book) == PoolLine(
        entry=index, centre="c1", pool_id="Q1", begins=day("2025-08-20"), ends=NEVER, standing=Standing.RECORDED
    )


def test_a_pool_is_out_from_the_day_of_its_closing(book):
    book.takes("c1", opens())
    book.takes("c1", closes(on="2026-12-31"))
    assert pool_of(book).ends == day("2026-12-31")


def test_a_closing_that_was_reversed_or_rejected_closes_nothing(book):
    book.takes("c1", opens())
    first = book.takes("c1", closes(on="2026-10-31"))
    book.reversed("c1", first)
    assert pool_of(book).ends == NEVER
    second = book.takes("c1", closes(on="2026-12-31"))
    assert pool_of(book).ends == day("2026-12-31")
    book.verified(second, "contested")
    assert pool_of(book).ends == day("2026-12-31")
    book.verified(second, "rejected")
    assert pool_of(book).ends == NEVER


def test_a_pool_stands_as_its_opening_does(book):
    index = book.takes("c1", opens())
    closed = book.takes("c1", closes())
    book.verified(closed)
    assert pool_of(book).standing == Standing.RECORDED
    book.takes("c1", verdict(index, "attested"), signatory("c1"))
    assert pool_of(book).standing == Standing.ATTESTED


def test_a_reversed_pool_is_none_and_its_number_is_free(book):
    first = book.takes("c1", opens())
    book.reversed("c1", first)
    assert pool_of(book) is None
    second = book.takes("c2", opens(on="2025-09-01"))
    assert (pool_of(book).entry, pool_of(book).centre) == (second, "c2")


def test_a_closing_without_its_opening_is_none(book):
    opened = book.takes("c1", opens())
    closed = book.takes("c1", closes())
    history = book.world.history(mention("pool", "Q1"))
    assert [e and e.index for e in pool_entries(history)] == [opened, closed]
    assert pool_entries(history[1:]) == (None, None)
    assert pool_entries(history[:1]) == (history[0], None)


# --- what is in them


def test_a_patent_is_in_from_its_admission_on(book):
    book.takes("c1", opens())
    index = book.takes("c1", replace(admits("P2 P1", "2025-09-01"), mode="custody"))
    assert book.world.rows(mention("member", "Q1", "P1")) == {
        MemberLine(
            entry=index, line=2, centre="c1", pool_id="Q1", patent_id="P1", mode="custody", begins=day("2025-09-01"), ends=NEVER,
            standing=Standing.RECORDED,
        )
    }  # fmt: skip


def test_a_patent_is_out_from_the_day_of_its_withdrawal_and_may_come_back(book):
    book.takes("c1", opens())
    book.takes("c1", admits("P1 P2", "2025-09-01"))
    book.takes("c1", withdraws("P1", "2026-04-01"))
    book.takes("c1", admits("P1", "2026-06-01"))
    assert spans(book) == [("2025-09-01", "2026-04-01"), ("2026-06-01", None)]
    assert spans(book, "P2") == [("2025-09-01", None)]


def test_on_one_day_the_later_entry_speaks(book):
    book.takes("c1", opens())
    book.takes("c1", admits("P1", "2025-09-01"))
    book.takes("c1", withdraws("P1", "2025-09-01"))
    assert spans(book) == [("2025-09-01", "2025-09-01")]
    history = book.world.history(mention("member", "Q1", "P1"))
    assert not is_member(history, day("2025-09-01"))
    book.takes("c1", admits("P1", "2025-09-01"))
    assert spans(book) == [("2025-09-01", "2025-09-01"), ("2025-09-01", None)]
    assert is_member(book.world.history(mention("member", "Q1", "P1")), day("2025-09-01"))


def test_a_withdrawal_ends_what_began_before_it_however_late_it_is_told(book):
    book.takes("c1", opens())
    book.takes("c1", admits("P1", "2025-09-01"))
    book.takes("c1", withdraws("P1", "2026-04-01"))
    book.takes("c1", admits("P1", "2026-06-01"))
    book.takes("c1", withdraws("P1", "2026-07-01"))
    assert spans(book) == [("2025-09-01", "2026-04-01"), ("2026-06-01", "2026-07-01")]


def test_a_withdrawal_that_was_reversed_or_rejected_ends_nothing(book):
    book.takes("c1", opens())
    book.takes("c1", admits("P1", "2025-09-01"))
    first = book.takes("c1", withdraws("P1", "2026-04-01"))
    book.verified(first, "contested")
    assert spans(book) == [("2025-09-01", "2026-04-01")]
    book.verified(first, "rejected")
    assert spans(book) == [("2025-09-01", None)]
    second = book.takes("c1", withdraws("P1", "2026-05-01"))
    assert spans(book) == [("2025-09-01", "2026-05-01")]
    book.reversed("c1", second)
    assert spans(book) == [("2025-09-01", None)]
    assert is_member(book.world.history(mention("member", "Q1", "P1")), day("2026-03-31"))


def test_a_reversed_admission_leaves_nothing(book):
    book.takes("c1", opens())
    first = book.takes("c1", admits("P1", "2025-09-01"))
    book.reversed("c1", first)
    assert spans(book) == []
    assert not is_member(book.world.history(mention("member", "Q1", "P1")), day("2025-09-01"))


def test_a_member_stands_as_its_admission_does(book):
    book.takes("c1", opens())
    index = book.takes("c1", admits("P1", "2025-09-01"))
    out = book.takes("c1", withdraws("P1", "2026-04-01"))
    book.verified(out)
    book.takes("c1", verdict(index, "attested"), signatory("c1"))
    assert {row.standing for row in book.world.rows(mention("member", "Q1", "P1"))} == {Standing.ATTESTED}


@pytest.mark.parametrize(
    ("on", "inside"), [("2025-08-31", False), ("2025-09-01", True), ("2026-03-31", True), ("2026-04-01", False)]
)
def test_membership_is_asked_of_a_day(book, on, inside):
    book.takes("c1", opens())
    book.takes("c1", admits("P1", "2025-09-01"))
    book.takes("c1", withdraws("P1", "2026-04-01"))
    assert is_member(book.world.history(mention("member", "Q1", "P1")), day(on)) is inside


def test_a_patent_may_be_in_several_pools(book):
    book.takes("c1", opens("Q1"))
    book.takes("c2", opens("Q2"))
    book.takes("c1", admits("P1", "2025-09-01", "Q1"))
    book.takes("c2", admits("P1", "2025-10-01", "Q2"))
    book.takes("c1", withdraws("P1", "2026-04-01", "Q1"))
    assert (spans(book), spans(book, pool_id="Q2")) == ([("2025-09-01", "2026-04-01")], [("2025-10-01", None)])


def test_a_member_goes_by_pool_and_patent():
    assert mention("member", "Q1", "P1") == ("member", f"Q1{SEPARATOR}P1")
