"""How far an entry is believed (RULINGS 7)."""

import pytest

from ledger.facts.lines.rows import Standing
from ledger.facts.lines.verdicts import Verdicts
from ledger.facts.mentions import mention
from tests.facts.book import Book, licence, signatory, verdict


@pytest.fixture
def book():
    return Book()


@pytest.fixture
def deal(book) -> int:
    return book.takes("c1", licence("L-1", "U1 > S1", "P1 P2"))


def standing(book: Book, deal: int, line: int | None = None) -> Standing:
    return Verdicts.of(book.world.history(mention("deal", "c1", "L-1"))).standing(deal, line)


def attests(book: Book, deal: int, **given) -> int:
    return book.takes("c1", verdict(deal, "attested", **given), signatory("c1"))


def test_what_nobody_spoke_of_is_recorded(book, deal):
    assert standing(book, deal) is Standing.RECORDED


@pytest.mark.parametrize(
    ("said", "expected"),
    [("rejected", Standing.REJECTED), ("contested", Standing.CONTESTED), ("verified", Standing.VERIFIED)],
)
def test_the_office_rejects_contests_and_verifies(book, deal, said, expected):
    book.verified(deal, said)
    assert standing(book, deal) is expected


def test_standings_rise_from_rejected_to_verified():
    assert list(Standing) == sorted(Standing) == [0, 1, 2, 3, 4]
    assert [one.name for one in Standing] == ["REJECTED", "CONTESTED", "RECORDED", "ATTESTED", "VERIFIED"]


def test_the_latest_verdict_of_an_office_stands(book, deal):
    book.verified(deal, "rejected")
    book.verified(deal, "verified")
    assert standing(book, deal) is Standing.VERIFIED
    book.verified(deal, "contested")
    assert standing(book, deal) is Standing.CONTESTED


def test_a_signatory_speaks_only_where_no_office_has_spoken(book, deal):
    attests(book, deal)
    assert standing(book, deal) is Standing.ATTESTED
    book.verified(deal, "rejected")
    attests(book, deal)
    assert standing(book, deal) is Standing.REJECTED


def test_an_office_takes_a_verdict_back_by_reversing_it(book, deal):
    attests(book, deal)
    book.verified(deal, "verified")
    second = book.verified(deal, "rejected")
    book.reversed("hb-ipo", second)
    assert standing(book, deal) is Standing.VERIFIED
    book.reversed("hb-ipo", second - 1)
    assert standing(book, deal) is Standing.ATTESTED


def test_where_lines_were_named_the_verdict_is_theirs(book, deal):
    book.verified(deal, "verified", lines=(2,))
    assert [standing(book, deal, line) for line in (1, 2, None)] == [Standing.RECORDED, Standing.VERIFIED, Standing.RECORDED]
    attests(book, deal)
    assert [standing(book, deal, line) for line in (1, 2, None)] == [Standing.ATTESTED, Standing.VERIFIED, Standing.ATTESTED]
    book.verified(deal, "contested")
    assert [standing(book, deal, line) for line in (1, 2, None)] == [Standing.CONTESTED] * 3


def test_a_reversed_entry_is_not_live_and_others_are(book, deal):
    other = book.takes("c1", licence("L-2", "U1 > S1", "P1"))
    book.reversed("c1", deal)
    verdicts = Verdicts.of(book.world.history(mention("deal", "c1", "L-1")))
    assert (verdicts.live(deal), verdicts.live(other)) == (False, True)
    assert book.world.reversed_by(deal) == other + 1
