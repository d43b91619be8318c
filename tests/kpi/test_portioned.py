"""A book by portions answers what the fold over the whole log answers, however the log is cut."""

import pickle
import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from ledger.facts.encoding import encode
from ledger.facts.entries import Entry
from ledger.facts.lines.deals import contested_in
from ledger.facts.lines.rows import NEVER, DealLine, InForce
from ledger.facts.mentions import mention
from ledger.facts.portions import Portions, histories_of, rows_from
from ledger.facts.world import World
from ledger.kpi.book import LEVELS, Book, Figure, Question, Scope
from ledger.kpi.figures import FoldedBook
from ledger.kpi.judging import Rows
from ledger.kpi.language import Catalogue, load_all
from ledger.kpi.participants import operators, participant
from ledger.kpi.portioned import NOTHING, ROUNDS, PortionedBook, asking_of_patents, settled
from ledger.kpi.scorecard import scorecard
from ledger.kpi.windows import Window
from tests.facts.book import day, licence, payment
from tests.histories import histories, of_the_sample_year
from tests.kpi.counting import counted_book, metric, question, sum_of
from tests.store.questions import questions
from tests.store.scenery import PROGRAMMES, days

CORNERS = Path(__file__).parents[1] / "store" / "metrics"
CATALOGUE = load_all([CORNERS])
NUMBERS = (1, 2, 7)


def in_portions(entries: Sequence[Entry], number: int, catalogue: Catalogue = CATALOGUE) -> PortionedBook:
    """A book as a verifier makes it: entries sorted as they come, only the patents that are asked for, claims by the lines."""
    portions = Portions(number, asking_of_patents(catalogue.metrics.values()))
    lots: list[list[Entry]] = [[] for _ in range(2 * number + 1)]
    for entry in entries:
        lots[portions.place(entry.kind, encode(entry.fact), entry.centre, entry.index)].append(entry)
    context, told, patents = lots[0], lots[1 : number + 1], lots[number + 1 :]
    in_force = [row for lot in patents for row in rows_from(lot) if isinstance(row, InForce) and row.patent_id in portions.named]
    lines = [row for lot in told for row in rows_from(lot) if isinstance(row, DealLine)]
    return PortionedBook(
        histories_of(context), len(entries), lambda: (Rows.of(rows_from(lot)) for lot in told),
        in_force=in_force, contested=contested_in(lines),
    )  # fmt: skip


def card(book: Book, programme_id: str, subject: str, on: date, level: str, guarded: bool = False) -> bytes | None:
    who = participant(book, CATALOGUE.programmes[programme_id], subject, on)
    return None if who is None else rfc8785.dumps(scorecard(book, who, on=on, level=level, guarded=guarded))


def answers(book: Book, asked: Question) -> tuple[Figure, frozenset[str], int]:
    return book.figure(asked), book.recorders(asked), book.takers(asked)


# --- the sample year


@cache
def year() -> tuple[Sequence[Entry], FoldedBook]:
    entries = of_the_sample_year()
    return entries, FoldedBook.folded(entries, len(entries))


def of_the_year() -> Iterable[tuple[str, str]]:
    for entry in year()[0]:
        if entry.kind == "participation":
            yield entry.fact.programme, entry.fact.subject  # type: ignore[attr-defined]


def scopes(book: FoldedBook) -> Iterable[Scope]:
    operated = operators(book.centre_rows("wh-photonics"))
    yield Scope(centre="wh-photonics", terms={"industry": "photonics", "region": "420100"}, operators=operated)
    yield Scope(centre="sz-display", terms={"industry": "display", "region": "320500"})
    yield Scope(region="420000", terms={"region": "420000"})
    yield Scope(recorders=frozenset({"yc-laser", "sz-park"}))


def exactly(answer: Any) -> str:
    """As it is written down, with sets in order: how they lie in memory is not the same in every process."""
    return re.sub(r"frozenset\(\{(.*?)\}\)", lambda found: f"frozenset({sorted(found[1].split(', '))})", repr(answer))


@pytest.mark.parametrize("number", NUMBERS)
def test_every_metric_of_the_catalogue_comes_to_the_same_figure(number):
    entries, whole = year()
    book = in_portions(entries, number)
    windows = (Window(None, NEVER), Window(day("2025-08-01"), day("2026-08-01")))
    asked = [
        Question(one, scope, window, day("2026-09-30"), level)
        for one in CATALOGUE.metrics.values()
        for scope in scopes(whole)
        for window in windows
        for level in LEVELS
    ]
    told = settled(book, lambda: [answers(book, one) for one in asked])
    for one, answer in zip(asked, told, strict=True):
        assert exactly(answer) == exactly(answers(whole, one)), one.metric.id


@pytest.mark.parametrize("number", NUMBERS)
def test_every_scorecard_of_the_year_is_the_same_to_the_byte(number):
    entries, whole = year()
    book = in_portions(entries, number)
    days_asked = day("2025-12-31"), day("2026-11-20")
    asked = sorted({(*one, on, level) for one in of_the_year() for on in days_asked for level in LEVELS})
    assert len(asked) > 12
    assert settled(book, lambda: [card(book, *one) for one in asked]) == [card(whole, *one) for one in asked]


# --- any history


@given(st.data())
def test_of_any_history_figures_and_scorecards_are_the_same(data):
    entries = data.draw(histories(CATALOGUE))
    whole = FoldedBook.folded(entries, len(entries))
    world = World()
    for entry in entries:
        world.take(entry)
    book = in_portions(entries, data.draw(st.integers(1, 9)))
    wanted = [data.draw(questions(CATALOGUE, world)).question for _ in range(6)]
    told = settled(book, lambda: [answers(book, one) for one in wanted])
    assert list(map(exactly, told)) == [exactly(answers(whole, one)) for one in wanted]
    on = data.draw(days)
    subjects = [(programme, subject) for programme in PROGRAMMES for subject in PROGRAMMES[programme]]
    cards = [(*one, on, level, guarded) for one in subjects for level in LEVELS for guarded in (False, True)]
    assert settled(book, lambda: [card(book, *one) for one in cards]) == [card(whole, *one) for one in cards]


# --- asking and counting


@pytest.fixture
def entries() -> list[Entry]:
    book = counted_book()
    for number in range(1, 7):
        book.takes("c1", licence(f"L-{number}", "U1 > S1", "P1 P2", amount=100, registered_on="2025-09-10"))
        book.takes("c2", licence(f"L-{number}", "U1 > S2", "P2 P3", amount=7, registered_on="2026-09-10"))
        book.takes("c1", payment(f"L-{number}", 30))
    found = (book.world.entry(index) for index in range(book.world.mark()))
    return [entry for entry in found if entry]


def asked(count: str, **told: Any) -> Question:
    return question(counted_book(), metric(count), None, **told)


class Settling:
    """Settles a book, and keeps account of how often."""

    def __init__(self, book: PortionedBook) -> None:
        self.book, self.times = book, 0

    def __call__(self) -> None:
        self.times += 1
        self.book.settle()


def test_what_is_not_known_yet_is_nothing_until_it_is_counted(entries):
    book = in_portions(entries, 2)
    assert not book.open
    assert answers(book, asked("lines")) == (NOTHING, frozenset(), 0)
    assert book.open
    book.settle()
    assert not book.open
    figure, recorders, takers = answers(book, asked("lines"))
    assert (figure.value, recorders, takers) == (24, {"c1", "c2"}, 2)
    assert not book.open


def test_a_patent_of_several_portions_is_counted_once(entries):
    book = in_portions(entries, 7)
    assert settled(book, lambda: book.figure(asked("patents"))).value == 3


def test_many_questions_take_one_pass(entries):
    book = in_portions(entries, 3)
    settle = Settling(book)
    told = settled(book, lambda: [book.figure(asked(count)).value for count in ("lines", "entries", "grantees")], settle)
    assert told == [24, 12, 2]
    assert settle.times == 1


def test_what_was_counted_once_is_not_counted_again(entries):
    book = in_portions(entries, 3)
    for _ in range(2):
        assert settled(book, lambda: book.figure(asked("lines"))).value == 24
    book._portions = lambda: pytest.fail("nothing new was asked")
    assert settled(book, lambda: book.figure(asked("lines"))).value == 24


def test_a_question_that_rests_on_another_takes_one_pass_more(entries):
    book = in_portions(entries, 3)
    settle = Settling(book)
    early, late = asked("lines", ends="2026-01-01"), asked("lines", begins="2026-01-01")

    def panel() -> tuple[int, int]:
        both = book.recorders(early) | book.recorders(late)
        told = [replace(one, scope=replace(one.scope, recorders=both)) for one in (early, late)]
        return book.figure(told[0]).value, book.figure(told[1]).value

    assert settled(book, panel, settle) == (12, 12)
    assert settle.times == 2


def test_nobodys_lines_are_not_worth_a_pass(entries):
    book = in_portions(entries, 3)
    assert book.figure(asked("lines", recorders=frozenset())) == NOTHING
    assert not book.open


def test_a_sum_is_counted_by_its_parts(entries):
    book = in_portions(entries, 3)
    both = question(counted_book(), sum_of(metric("sum:amount"), metric("sum:received", id_="r")), None)
    figure = settled(book, lambda: book.figure(both))
    assert figure == FoldedBook.folded(entries, len(entries)).figure(both)
    assert figure.value == 6 * (100 + 7 + 30)
    assert settled(book, lambda: (book.recorders(both), book.takers(both))) == ({"c1", "c2"}, 2)


def test_a_work_that_always_asks_something_new_is_given_up(entries):
    book = in_portions(entries, 3)
    days_asked = iter(range(1, 100))

    def never_content() -> Figure:
        return book.figure(asked("lines", on=f"2026-01-{next(days_asked):02}"))

    with pytest.raises(RuntimeError, match=f"{ROUNDS} rounds"):
        settled(book, never_content)


def test_what_is_counted_apart_comes_together(entries):
    book = in_portions(entries, 4)
    wanted = [asked(count) for count in ("lines", "patents", "entries", "sum:amount", "sum:received", "grantees")]
    late = [replace(one, on=day("2026-01-01")) for one in wanted]

    def settle() -> None:
        portions = list(book._portions())
        counts = [book.counted(portions[:1]), book.counted(portions[1:3]), book.counted(portions[3:])]
        book.conclude(pickle.loads(pickle.dumps(counts)))  # as they come from another process

    whole = FoldedBook.folded(entries, len(entries))
    told = settled(book, lambda: [answers(book, one) for one in wanted + late], settle)
    assert told == [answers(whole, one) for one in wanted + late]


def test_contested_lines_are_those_that_it_is_told_of(entries):
    (first,) = [entry.index for entry in entries if entry.kind == "licence"][:1]
    lots = [[entry for entry in entries if entry.kind in ("licence", "payment")]]
    context = histories_of(entry for entry in entries if entry.kind == "party")
    book = PortionedBook(context, len(entries), lambda: (Rows.of(rows_from(lot)) for lot in lots), contested={(first, 2)})
    figure = settled(book, lambda: book.figure(asked("lines")))
    assert (figure.value, figure.excluded) == (23, {"contested": 1})


def test_no_history_is_kept_that_no_scorecard_asks_for(entries):
    book = in_portions(entries, 2)
    assert book.history(mention("participation", "two-years", "c1")) == ()
    with pytest.raises(LookupError, match="history of a party"):
        book.history(mention("party", "U1"))


def test_days_in_force_are_asked_of_the_kinds_that_a_metric_counts():
    def kinds(*ids: str) -> frozenset[str]:
        return asking_of_patents(CATALOGUE.metrics[one] for one in ids)

    assert kinds("every_line", "pools", "places_in_pools", "states_together") == frozenset()
    assert kinds("pool_patents") == {"admission"}
    assert kinds("licences_in_force") == {"licence"}
    assert kinds("lapsed_when_counted", "dead_weight") == {"transfer", "licence", "open_licence", "equity", "admission"}
