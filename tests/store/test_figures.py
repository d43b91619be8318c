"""Figures by SQL: one history in which every family has its corners, asked in every way, and what SQL could get wrong by itself.

`test_machine` draws its histories; this one is fixed, so that each metric is asked at every level, in every scope, on both engines.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, event

from ledger.facts.kinds.outcomes import Attendee
from ledger.facts.lines.rows import NEVER
from ledger.facts.money import FEN_MAX
from ledger.facts.world import World
from ledger.kpi.book import LEVELS, Question, Scope
from ledger.kpi.figures import FoldedBook
from ledger.kpi.language import Catalogue, Metric, load_all
from ledger.kpi.participants import operators
from ledger.kpi.windows import Window
from ledger.store import lines, log
from ledger.store.database import reading, writing
from ledger.store.figures import StoredBook
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
    line,
    opens,
    output,
    party,
    payment,
    pledge,
    registration,
    release,
    status,
    termination,
    transfer,
    withdraws,
)  # fmt: skip
from tests.kpi.counting import counted_book, metric, sum_of

CORNERS = Path(__file__).parent / "metrics"
DATED = {"registered_on": "2025-09-10"}
WHOLE = Window(None, NEVER)
ON = day("2026-12-31")


def history() -> Book:
    """A little of everything: changes of class, claims, verdicts on lines, refunds, revocations, pools that close."""
    book = counted_book()
    book.takes("hb-ipo", centre("c1", "420500", operator="O1", valid_from=day("2026-01-01")))
    book.takes("c2", party("S1", size="large", region="420100", tags=("listed",), valid_from=day("2026-01-01")))
    deals = [
        book.takes("c1", licence("L-1", "U1 L1 > S1 S2", "P1 P2 P3", amount=101, registration_no="X1", **DATED)),
        book.takes("c2", licence("L-1", "U1 > S1", "P1", registration_no="X1", **DATED)),
        book.takes("c1", transfer("T-1", "R1 > S2", [line("P4", amount=0, announced_on="2025-12-31"), line("P5", amount=7)],
                                  amount=7)),
        book.takes("park", equity("E-1", "U1 > L1", "P6", "L1", amount=None, announced_on="2026-03-31", matched_via="inventory")),
        book.takes("j1", licence("L-2", "O1 > X9 S1", "P1", principals=("U1",), effective_on="2025-10-01", **DATED)),
    ]  # fmt: skip
    book.takes("c1", amendment("L-1", 50, "2026-04-01"))
    book.takes("c1", payment("L-1", 31, "2025-12-31"))
    book.takes("c1", payment("L-1", -10, "2026-01-01"))
    book.takes("c1", registration("T-1", "2025-11-11", lines=(2,)))
    book.takes("park", termination("E-1", "2026-05-01"))
    book.verified(deals[0])
    book.verified(deals[0], "rejected", lines=(3,))
    book.verified(deals[2], "contested")
    for pool, stream in (("Q1", "c1"), ("Q2", "c2")):
        book.takes(stream, opens(pool))
        book.verified(book.takes(stream, admits("P1 P2 P3", pool_id=pool)))
    book.takes("c1", withdraws("P2", "2026-02-01"))
    book.takes("c2", closes("Q2", "2027-01-01"))
    book.takes("hb-ipo", status("P3", "CF01", "2026-01-01"))
    for token, firm in (("a", "S1"), ("b", "S2"), ("a", "X9"), ("c", None)):
        people = (Attendee(token=token, role="manager", employer=firm),)
        book.takes("c1", activity(mode="offline", contract_amount=5, attendees=people))
    book.takes("c1", pledge("N1", loan_amount=3))
    book.takes("c1", release("N1"))
    book.verified(book.takes("c2", pledge("N1", action="renew", borrower="S2", loan_amount=4)))
    for number, said in enumerate(("filed", "approved", "revoked", "approved", "draft")):
        given = {"ref_no": "F-1", "status": said, "value_amount": 9, "party_id": "S2", "patents": ("P1", f"P{number + 1}")}
        book.takes("c1", replace(output(**given), on=day("2025-09-01") + timedelta(days=100 * number)))
    book.verified(book.takes("c2", output(ref_no="F-1", status="issued", issuer_level="nation", party_id="L1")), "rejected")
    return book


def store(engine: Engine, book: Book) -> FoldedBook:
    """Write a book's entries into an empty log; answers them as the fold sees them."""
    found = {entry.index: entry for past in book.world._histories.values() for entry in past}
    world, taken, seen = World(), [], dict[str, int]()
    for index in sorted(found):
        entry = found[index]
        seq = seen[entry.centre] = seen.get(entry.centre, -1) + 1
        taken.append(world.take(replace(entry, seq=seq, recorded_at=entry.recorded_at + timedelta(microseconds=index))))
    with writing(engine) as connection:
        head = log.lock_head(connection)
        log.append(connection, head, [one.entry for one in taken], log.stream_ends(connection, sorted(seen)))
        lines.apply(connection, taken)
    return FoldedBook(world, len(taken))


@pytest.fixture
def both(engine: Engine) -> Iterator[tuple[StoredBook, FoldedBook]]:
    folded = store(engine, history())
    with reading(engine) as connection:
        yield StoredBook(connection, folded.size), folded


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return load_all([CORNERS])


def scopes(book: FoldedBook) -> list[Scope]:
    terms = {"industry": "photonics", "region": "420500"}
    return [
        Scope(terms=terms),
        Scope(centre="c1", terms=terms, operators=operators(book.centre_rows("c1"))),
        Scope(region="420500", terms=terms),
        Scope(terms=terms, recorders=frozenset({"c1", "park"})),
    ]


Books = tuple[StoredBook, FoldedBook]


@pytest.mark.parametrize("family", ["deal", "pool", "admission", "activity", "pledge", "output", "party", ""])
def test_every_metric_is_the_same_by_both_roads(both: Books, catalogue: Catalogue, family: str) -> None:
    stored, folded = both
    counted = 0
    for asked in (one for one in catalogue.metrics.values() if one.family == family):
        for scope in scopes(folded):
            questions = [Question(asked, scope, WHOLE, ON, level) for level in LEVELS]
            stored.prepare(questions)  # together, as a scorecard asks
            for level, question in zip(LEVELS, questions, strict=True):
                figure = folded.figure(question)
                assert stored.figure(question) == figure, (asked.id, scope, level)
                counted += figure.counted_lines
    assert counted, "a history in which a family counts nothing says nothing of it"


@pytest.mark.parametrize(("name", "family"), [
    ("kind", "deal"), ("kind", "activity"), ("kind", "party"), ("quarter", "deal"), ("month", "output"), ("year", "pledge"),
    ("region", "deal"), ("region", "admission"), ("centre", "output"),
])  # fmt: skip
def test_groups_are_the_same_by_both_roads(both: Books, catalogue: Catalogue, name: str, family: str) -> None:
    stored, folded = both
    keys: set[tuple[str, ...]] = set()
    for asked in (one for one in catalogue.metrics.values() if one.family == family):
        if asked.stock and name in ("month", "quarter", "year"):
            continue  # a state has no groups in time
        question = Question(asked, Scope(terms={"industry": "photonics", "region": "420500"}), WHOLE, ON)
        groups = {key: figure.value for key, figure in stored.grouped(question, (name,)).items()}
        assert groups == {key: figure.value for key, figure in folded.grouped(question, (name,)).items()}, asked.id
        keys |= groups.keys()
    assert keys


def test_quarters_and_kinds_are_spelt_as_agreed(both: Books) -> None:
    stored, _ = both

    def groups(asked: Metric, *by: str) -> list[tuple[str, ...]]:
        return list(stored.grouped(Question(asked, Scope(), WHOLE, ON), by))

    assert groups(metric("sum:received"), "quarter") == [("2025-Q3",), ("2025-Q4",), ("2026-Q1",)]
    assert groups(metric("entries", "activity"), "kind", "month") == [("activity", "2025-09")]
    assert groups(metric("parties", "party", stock=True, date=()), "kind") == [("party",)]


def test_a_line_without_a_day_that_fails_a_test_is_not_listed(both: Books) -> None:
    stored, _ = both
    never = metric(where={"deal.role": ["own"]}, date=("announced_on",))
    assert [item.day is None for item in stored.items(Question(never, Scope(), WHOLE, ON))] == [False, False]


def test_whole_numbers_come_back_as_whole_numbers(both: Books) -> None:
    """PostgreSQL adds integers up to decimals, which equal them and are written otherwise."""
    stored, _ = both
    for count in ("sum:amount", "sum:received", "sum:annualised", "lines", "grantees"):
        question = Question(metric(count), Scope(), WHOLE, ON)
        figure = stored.figure(question)
        told = [figure.value, figure.pending_amount, figure.missing_amounts, *figure.excluded.values()]
        told += [item.amount for item in stored.items(question) if item.amount is not None]
        told += [one.value for one in stored.grouped(question, ("centre",)).values()]
        assert {type(number) for number in told} == {int}


@pytest.mark.parametrize("count", ["sum:amount", "sum:received", "sum:annualised"])
def test_takers_of_amounts_are_told_for_readers(both: Books, count: str) -> None:
    stored, folded = both
    question = Question(metric(count), Scope(), WHOLE, ON)
    assert stored.takers(question) == folded.takers(question) == 3
    assert stored.few_takers(question, ("centre",)) == {("c1",), ("j1",)}  # each rests on two, and one of them is the same


def test_a_sum_of_states_and_flows_is_the_sum_of_its_parts(both: Books) -> None:
    stored, folded = both
    whole = Question(sum_of(metric("sum:amount", id_="a"), metric("sum:loan_amount", "pledge", id_="b")), Scope(), WHOLE, ON)
    assert stored.figure(whole) == folded.figure(whole)
    assert stored.recorders(whole) == folded.recorders(whole)


def test_a_long_list_of_parties_is_kept_by_its_hash(engine: Engine) -> None:
    book = counted_book()
    many = " ".join(f"91420100551000{number:03}Y" for number in range(40))
    book.takes("c1", licence("L-1", f"U1 > {many}", "P1", **DATED))
    folded = store(engine, book)
    with reading(engine) as connection:
        stored = StoredBook(connection, folded.size)
        question = Question(metric("grantees"), Scope(), WHOLE, ON)
        assert stored.figure(question).value == folded.figure(question).value == 40
        (standing,) = lines.standing(connection, patents=["P1"])
        assert standing.grantees == tuple(many.split())


def test_amounts_as_large_as_they_may_be_are_added(engine: Engine) -> None:
    book = counted_book()
    for number in range(1, 6):
        book.takes("c1", licence(f"L-{number}", "U1 > S1", "P1", amount=FEN_MAX, **DATED))
        book.takes("c1", amendment(f"L-{number}", FEN_MAX))
    folded = store(engine, book)
    with reading(engine) as connection:
        question = Question(metric("sum:amount"), Scope(), WHOLE, ON)
        assert StoredBook(connection, folded.size).figure(question).value == 10 * FEN_MAX


def test_an_empty_log_counts_nothing(engine: Engine, catalogue: Catalogue) -> None:
    with reading(engine) as connection:
        book = StoredBook(connection, 0)
        for asked in catalogue.metrics.values():
            figure = book.figure(Question(asked, Scope(), WHOLE, ON))
            assert (figure.value, figure.counted_lines, dict(figure.excluded)) == (0, 0, {})


def test_all_questions_asked_together_are_answered_as_one_by_one(both: Books, catalogue: Catalogue) -> None:
    together, folded = both
    one_by_one = StoredBook(together._connection, together.size)
    scope = scopes(folded)[0]
    questions = [Question(one, scope, WHOLE, ON, level) for one in catalogue.metrics.values() for level in LEVELS]
    together.prepare(questions)
    assert all(together.figure(question) == one_by_one.figure(question) for question in questions)


def test_what_counts_the_same_lines_is_asked_once(both: Books) -> None:
    stored, _ = both
    counts = ("lines", "entries", "patents")
    questions = [Question(metric(count), Scope(), WHOLE, ON, level) for count in counts for level in LEVELS]
    assert asked_of(stored, lambda: stored.prepare(questions)) == 1


@pytest.mark.parametrize(("count", "statements"), [("lines", 1), ("sum:amount", 2), ("grantees", 2)])
def test_a_figure_takes_few_questions_to_the_database(both: Books, count: str, statements: int) -> None:
    stored, _ = both
    assert asked_of(stored, lambda: stored.figure(Question(metric(count), Scope(), WHOLE, ON))) == statements


def asked_of(book: StoredBook, do: Callable[[], Any]) -> int:
    connection: Connection = book._connection
    said: list[str] = []

    def note(_: Any, __: Any, statement: str, *___: Any) -> None:
        said.append(statement)

    event.listen(connection, "before_cursor_execute", note)
    do()
    event.remove(connection, "before_cursor_execute", note)
    return len(said)
