"""A world keeps up with its log, can go back, and is the same whether it took everything or fetches what it needs."""

from collections.abc import Iterator, Mapping, Sequence

import pytest

from ledger.facts.entries import Entry
from ledger.facts.lines.rows import Claim, DealLine, InForce, PoolLine, Row
from ledger.facts.mentions import Mention, mention
from ledger.facts.world import Change, World
from tests.facts.book import (
    WRITTEN_AT,
    Book,
    activity,
    admits,
    amendment,
    centre,
    closes,
    day,
    licence,
    line,
    opens,
    output,
    party,
    payment,
    pledge,
    publishes,
    registration,
    release,
    status,
    transfer,
    withdraws,
)

DATED = {"registered_on": "2025-09-10", "registration_no": "N-1"}


def a_story() -> Book:
    """A little of everything, with claims that change hands and entries that are taken back."""
    book = Book()
    book.takes("c1", party("S1", size="small"))
    book.takes("hb-ipo", party("S1", size="micro"))
    book.takes("c1", opens())
    book.takes("c1", admits("P1 P2"))
    book.takes("c1", withdraws("P2"))
    book.takes("c1", closes())
    first = book.takes("c1", licence("L-1", "U1 > S1", "P1 P2", **DATED))
    second = book.takes("c2", licence("L-1", "U1 > S1", "P1 P3", **DATED))
    book.takes("park", transfer("T-1", "U1 > S1", [line("P1", **DATED)]))
    book.verified(second)
    book.takes("c1", amendment("L-1", 11))
    book.takes("c1", payment("L-1", 7))
    book.verified(second, "rejected")
    book.reversed("c1", first)
    book.takes("c1", licence("L-1", "U1 > S1", "P1"))
    book.takes("c1", registration("L-1", "2025-10-01"))
    book.takes("c1", publishes("O-1", "P1", "2025-01-01"))
    book.takes("c1", pledge("N-1"))
    book.takes("c1", release("N-1"))
    book.takes("c1", activity())
    book.takes("c1", output(patents=("P1",)))
    book.takes("c1", status("P1", "CF01", "2026-01-01"))
    return book


def log_of(book: Book) -> list[Entry]:
    found = (book.world.entry(index) for index in range(book.world.mark()))
    return [entry for entry in found if entry]


class Stored:
    """A source that has the first entries of a log, and keeps account of what it is asked."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        self.world = World()
        for entry in entries:
            self.world.take(entry)
        self.asked: list[Mention] = []

    def histories(self, wanted: Sequence[Mention]) -> Mapping[Mention, Sequence[Entry]]:
        self.asked += wanted
        return {one: list(self.world.history(one)) for one in wanted}

    def entry(self, index: int) -> Entry | None:
        return self.world.entry(index)

    def subjects(self, index: int) -> tuple[Mention, ...]:
        return self.world.subjects_of(index)

    def naming(self, wanted: Mention) -> Sequence[int]:
        return tuple(self.world.naming(wanted))

    def stream(self, centre: str) -> Sequence[int]:
        return self.world.stream(centre)

    def deal_lines(self, *, patents: Sequence[str] = (), fingerprints: Sequence[str] = ()) -> Iterator[DealLine]:
        for row in self.world.all_rows():
            if isinstance(row, DealLine) and (row.patent_id in patents or row.fingerprint in fingerprints):
                yield row


# --- rows are kept up


def test_the_changes_of_every_entry_add_up_to_the_rows_that_stand():
    standing: set[Row] = set()
    world = World()
    for entry in log_of(a_story()):
        for change in world.take(entry).changes:
            assert change.at == entry.index
            assert (change.row in standing) is not change.opened
            (standing.add if change.opened else standing.remove)(change.row)
        assert standing == set(world.all_rows())


def test_a_claim_that_changes_hands_closes_and_opens():
    book = Book()
    first = book.takes("c1", licence("L-1", "U1 > S1", "P1", **DATED))
    book.takes("c2", licence("L-1", "U1 > S1", "P1", **DATED))
    third = book.takes("park", licence("L-1", "U1 > S1", "P1", **DATED))
    book.reversed("c1", first)
    changes = [change for change in book.world._taken[-1].changes if isinstance(change.row, Claim)]
    assert [(change.row.centre, change.opened, change.at) for change in changes] == [
        ("c1", False, third + 1),
        ("c2", True, third + 1),
    ]


def test_what_changes_no_row_changes_nothing():
    book = Book()
    book.takes("c1", licence("L-1", "U1 > S1", "P1", **DATED))
    book.takes("hb-ipo", centre("c9", "420900"))
    assert [type(change.row).__name__ for change in book.world._taken[-1].changes] == ["CentreRow"]
    deal = book.takes("c1", licence("L-2", "U1 > S1", "P2"))
    book.verified(deal, lines=(1,))
    assert [change.opened for change in book.world._taken[-1].changes] == [False, True]
    book.verified(deal, lines=(1,))
    assert book.world._taken[-1].changes == ()


# --- going back


def test_undoing_leaves_the_world_as_it_was():
    entries = log_of(a_story())
    world = World()
    for entry in entries[:20]:
        world.take(entry)
    before, stream, naming = set(world.all_rows()), world.stream("c1"), world.naming(mention("party", "S1"))[:]
    mark = world.mark()
    assert mark == 20
    for entry in entries[20:]:
        world.take(entry)
    assert set(world.all_rows()) != before
    world.undo(mark)
    assert set(world.all_rows()) == before
    assert (world.stream("c1"), world.naming(mention("party", "S1"))) == (stream, naming)
    assert world.entry(entries[20].index) is None
    for entry in entries[20:]:
        world.take(entry)
    assert set(world.all_rows()) == set(a_story().world.all_rows())


@pytest.mark.parametrize("written", [13, 19, 20, 22, 25, 30])
def test_a_world_that_fetches_takes_the_same_changes(written):
    entries = log_of(a_story())
    whole = World()
    told: dict[int, tuple[Change, ...]] = {entry.index: whole.take(entry).changes for entry in entries}
    partial = World(Stored(entries[:written]))
    for entry in entries[written:]:
        assert set(partial.take(entry).changes) == set(told[entry.index])
    for patent_id in ("P1", "P2", "P3"):
        assert set(partial.deal_lines_on(patent_id)) == set(whole.deal_lines_on(patent_id))
    assert partial.naming(mention("patent", "P1")) == whole.naming(mention("patent", "P1"))
    assert partial.stream("c1") == whole.stream("c1")


def test_histories_are_fetched_once_and_together():
    entries = log_of(a_story())
    source = Stored(entries)
    world = World(source)
    wanted = [mention("deal", "c1", "L-1"), mention("pool", "Q1")]
    world.prefetch([*wanted, wanted[0]])
    assert source.asked == wanted
    assert [entry.kind for entry in world.history(wanted[1])] == ["pool", "pool"]
    world.prefetch(wanted)
    assert source.asked == wanted
    assert world.entry(entries[0].index) == entries[0]


def test_what_a_partial_world_fetched_stays_right_as_it_takes_more():
    entries = log_of(a_story())
    world, whole = World(Stored(entries[:20])), World()
    for entry in entries[:20]:
        whole.take(entry)
    assert set(world.deal_lines_on("P1")) == set(whole.deal_lines_on("P1"))
    fingerprint = next(row.fingerprint for row in world.deal_lines_on("P1"))
    assert {line.centre for line in world.claimants(fingerprint)} == {line.centre for line in whole.claimants(fingerprint)}
    for entry in entries[20:]:
        world.take(entry)
        whole.take(entry)
        assert set(world.deal_lines_on("P1")) == set(whole.deal_lines_on("P1"))
        assert set(world.claimants(fingerprint)) == set(whole.claimants(fingerprint))


# --- questions


def test_a_world_knows_what_was_reversed_and_by_what():
    book = a_story()
    reversal = next(entry for entry in log_of(book) if entry.kind == "reversal")
    assert book.world.reversed_by(reversal.fact.entry) == reversal.index
    assert not book.world.live(book.world.entry(reversal.fact.entry))
    assert book.world.live(reversal)
    assert book.world.reversed_by(10_000) is None
    assert book.world.entry(10_000) is None
    assert book.world.subjects_of(10_000) == ()


def test_a_stream_is_what_one_centre_recorded():
    book = Book()
    first = book.takes("c2", activity())
    book.takes("c1", activity())
    second = book.takes("c2", activity())
    assert book.world.stream("c2") == [first, second]
    assert book.world.stream("nobody") == []


def test_an_office_is_told_by_its_first_entry():
    book = Book()
    assert book.world.is_office("hb-ipo")
    assert not book.world.is_office("c1")
    assert not book.world.is_office("nobody")
    world = World()
    world.take(Entry(0, "x", 0, WRITTEN_AT, "x", centre("x", "420000", centre_kind="city_office"), office=True))
    world.take(Entry(1, "x", 1, WRITTEN_AT, "x", centre("x", "420000", centre_kind="centre"), office=True))
    assert world.is_office("x")


def test_pools_patents_and_centres_are_asked_by_name_and_day():
    book = a_story()
    assert isinstance(book.world.pool("Q1"), PoolLine)
    assert book.world.pool("Q9") is None
    assert book.world.patent("P1").right == "invention"
    assert book.world.patent("P9") is None
    assert (book.world.in_force("P1", day("2025-12-31")), book.world.in_force("P1", day("2026-01-01"))) == (True, False)
    assert any(isinstance(row, InForce) for row in book.world.rows(mention("patent", "P1")))
    assert book.world.centre("c1", day("2025-01-01")).region == "420100"
    assert book.world.party("S1", day("2025-01-01")).size == "micro"


def test_only_a_world_that_took_everything_knows_all_rows():
    with pytest.raises(AssertionError):
        list(World(Stored([])).all_rows())
