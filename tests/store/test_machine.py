"""Random histories on both databases, held against a world in memory that knows nothing of rows.

Everything is recorded through `actions.record`, on SQLite and on PostgreSQL alike. What must hold at every step and at every size:

- the rules see the same through rows as in the whole world: the same problems, the same warnings, and a refusal changes nothing;
- every figure, list and scorecard is the same by SQL as by the fold over the entries;
- the rows that stand at any size are those that follow from the entries up to it, and were so when they were written;
- an answer about a size of the log never changes a byte as the log grows; the tree has the same root whoever builds it.
"""

import json
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hypothesis import note, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from ledger.actions import score
from ledger.actions.ledger import Ledger
from ledger.actions.record import Answer, Submission, append, rehearse, to_json
from ledger.config import Settings
from ledger.facts.actors import Actor
from ledger.facts.encoding import encode
from ledger.facts.entries import Entry
from ledger.facts.problems import Problem, Refused
from ledger.facts.rules.context import Saying
from ledger.facts.rules.table import problems_with, warnings_for
from ledger.facts.world import Taken, World
from ledger.kpi.book import LEVELS
from ledger.kpi.figures import FoldedBook
from ledger.kpi.language import load_all
from ledger.kpi.participants import participant
from ledger.kpi.scorecard import scorecard
from ledger.store import log
from ledger.store.database import connect
from ledger.store.figures import StoredBook
from schemas.entries import Said
from tests.store import scenery
from tests.store.questions import Wanted, questions
from tests.store.scenery import Attempt, Known
from tests.store.strategies import attempts
from tests.store.truth import rows_follow_from_the_entries, the_log_is_whole

CORNERS = Path(__file__).parent / "metrics"
AUDITOR, READER = Actor("auditor", "auditor"), Actor("reader", "reader")
NUMBERS = count(1)
Outcome = Answer | Refused | DBAPIError


class Clock:
    """A clock that moves when it is told to, now and then backwards."""

    def __init__(self) -> None:
        self.now = datetime(2026, 1, 2, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@dataclass
class House:
    """A ledger on one database, and what it answered before."""

    ledger: Ledger
    answers: dict[tuple[Any, ...], bytes] = field(default_factory=dict)

    def __repr__(self) -> str:
        return self.ledger.engine.dialect.name

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        printer.text(repr(self))

    def ask(self, who: Actor, programme: str, subject: str, known_at: int, on: Any, level: str) -> bytes:
        with self.ledger.read() as reading:
            ask = score.scorecard(reading, who, programme, subject, on=on, known_at=str(known_at), level=level)
            return to_json(ask.answer())


class Histories(RuleBasedStateMachine):
    houses: Sequence[House]

    def __init__(self, opened: Callable[[Clock], Sequence[House]]) -> None:
        super().__init__()
        self.clock = Clock()
        self.houses = opened(self.clock)
        self.world = World()
        self.taken: list[Taken] = []
        self.entries: list[Entry] = []
        self.books: dict[int, FoldedBook] = {}

    @property
    def catalogue(self) -> Any:
        return self.houses[0].ledger.catalogue

    # --- recording -------------------------------------------------------------------------------------------------

    @initialize(data=st.data())
    def offices_begin_and_others_follow(self, data: st.DataObject) -> None:
        for office in scenery.OFFICES:
            self.say([Attempt(scenery.authority(office), office, scenery.founding(office))], founding=True)
        for office, facts in scenery.beginnings():
            self.say([Attempt(scenery.authority(office), office, fact) for fact in facts], batch=True)
        self.much_is_said(data, 15)

    def much_is_said(self, data: st.DataObject, times: int) -> None:
        """Before anything is asked, something is said: figures are dear, and histories should not be short."""
        for _ in range(times):
            self.say([data.draw(attempts(Known(self.world, self.entries)))])

    @rule(data=st.data())
    def somebody_says_something(self, data: st.DataObject) -> None:
        self.much_is_said(data, 4)

    @rule(data=st.data())
    def somebody_says_several_things_at_once(self, data: st.DataObject) -> None:
        """A batch: all or nothing. What fits by itself need not fit after what stands before it."""
        drawn = data.draw(st.lists(attempts(Known(self.world, self.entries)), min_size=2, max_size=5))
        self.say([one for one in drawn if one.by == drawn[0].by], batch=True)

    @rule(moved=st.sampled_from((-86_400, 1, 3600)))
    def the_clock_moves(self, moved: int) -> None:
        self.clock.now += timedelta(seconds=moved)

    @rule(data=st.data())
    def several_speak_in_one_transaction(self, data: st.DataObject) -> None:
        """Each stands or falls by itself, in the world that those before it left."""
        drawn = data.draw(st.lists(attempts(Known(self.world, self.entries)), min_size=2, max_size=5))
        expected = self.expected([[one] for one in drawn], batch=False)
        told = []
        for house in self.houses:
            asked = [Submission(one.by, [said(one)], language="en") for one in drawn]
            answers = append(house.ledger, asked)
            assert [found_in(answer, batch=False) for answer in answers] == expected, f"{house} judges otherwise"
            told.append([without_salt(receipt) for answer in answers for receipt in receipts_in(answer, batch=False)])
        assert told[0] == told[-1], "the two databases answer the same"
        self.follow()

    def say(self, attempts: Sequence[Attempt], *, batch: bool = False, founding: bool = False) -> None:
        (expected,) = self.expected([attempts], batch, founding)
        told = []
        for house in self.houses:
            before = head_of(house)
            asked = Submission(attempts[0].by, [said(one) for one in attempts], batch, language="en", founding=founding)
            rehearsed = rehearse(house.ledger, asked) if batch else None
            assert head_of(house) == before
            (answer,) = append(house.ledger, [asked])
            assert found_in(answer, batch) == expected, f"{house} judges otherwise than the whole world"
            if isinstance(answer, Refused):
                assert head_of(house) == before
            told.append([without_salt(receipt) for receipt in receipts_in(answer, batch)])
            if rehearsed is not None:
                rehearsal = [without_salt(receipt) for receipt in receipts_in(rehearsed, batch)]
                assert rehearsal == told[-1], "a rehearsal tells the same"
        assert told[0] == told[-1], "the two databases answer the same"
        self.follow()

    def expected(self, submissions: Sequence[Sequence[Attempt]], batch: bool, founding: bool = False) -> list[Any]:
        """What each submission meets in the whole world: the problems of a refusal, or the warnings of its entries."""
        begin, outcomes = self.world.mark(), []
        size = len(self.entries)
        for attempts_ in submissions:
            mark, problems, warnings = self.world.mark(), list[Problem](), list[list[str]]()
            for number, one in enumerate(attempts_):
                saying = Saying(one.centre, one.by, self.world, self.houses[0].ledger.policies, founding)
                # An entry of the very request that is refused is nowhere.
                found = [
                    replace(problem, entry=None) if problem.entry is not None and problem.entry >= size else problem
                    for problem in problems_with(one.fact, saying)
                ]
                problems += [problem.under(f"entries.{number}") if batch else problem for problem in found]
                if not found:
                    warnings.append([warning.code for warning in warnings_for(one.fact, saying)])
                    index = size + len(warnings) - 1
                    self.world.take(Entry(index, one.centre, 0, self.clock.now, one.by.name, one.fact, office=saying.office))
            outcomes.append(problems or warnings)
            if problems:
                self.world.undo(mark)
            else:
                size += len(warnings)
        self.world.undo(begin)
        return outcomes

    def follow(self) -> None:
        """Take what the log now holds into the world in memory."""
        with self.houses[0].ledger.read() as reading:
            new = list(log.walk(reading.connection, reading.size, len(self.entries)))
        for entry in new:
            self.entries.append(entry)
            self.taken.append(self.world.take(entry))
            note(f"{entry.index} {entry.centre} {entry.kind} {encode(entry.fact)}")

    # --- asking ----------------------------------------------------------------------------------------------------

    def sizes(self) -> st.SearchStrategy[int]:
        return st.just(len(self.entries)) | st.integers(0, len(self.entries))

    def folded(self, size: int) -> FoldedBook:
        if size not in self.books:
            self.books[size] = FoldedBook.folded(self.entries, size)
        return self.books[size]

    @rule(data=st.data())
    def figures_are_the_same_by_both_roads(self, data: st.DataObject) -> None:
        self.much_is_said(data, 2)
        size = data.draw(self.sizes())
        folded = self.folded(size)
        for _ in range(4):
            wanted = data.draw(questions(self.catalogue, self.world))
            house = data.draw(st.sampled_from(self.houses))
            with house.ledger.read() as reading:
                stored = StoredBook(reading.connection, size)
                stored.prepare([replace(wanted.question, level=level) for level in LEVELS])
                told = answers(stored, wanted)
                for name, expected in answers(folded, wanted).items():
                    # By their spelling: a Decimal from a database equals the whole number that it should have been.
                    assert repr(told[name]) == repr(expected), f"{name} of {wanted.question.metric.id} on {house}"
                if wanted.by == ("centre",) and wanted.question.metric.is_money:
                    assert stored.few_takers(wanted.question, wanted.by) == few_by_centre(folded, wanted.question)

    @rule(data=st.data())
    def scorecards_are_the_same_by_both_roads(self, data: st.DataObject) -> None:
        self.much_is_said(data, 2)
        programme = data.draw(st.sampled_from(tuple(scenery.PROGRAMMES)))
        subject, on = data.draw(st.sampled_from(scenery.PROGRAMMES[programme])), data.draw(scenery.days)
        level, size = data.draw(st.sampled_from(tuple(LEVELS))), data.draw(self.sizes())
        who, house = data.draw(st.sampled_from((AUDITOR, READER))), data.draw(st.sampled_from(self.houses))
        folded = self.folded(size)
        takes_part = participant(folded, self.catalogue.programmes[programme], subject, on)
        if takes_part is None:
            return
        expected = scorecard(folded, takes_part, on=on, level=level, guarded=who is READER)
        told = house.ask(who, programme, subject, size, on, level)
        assert {name: part for name, part in json.loads(told).items() if name != "known_at"} == expected
        house.answers[who, programme, subject, size, on, level] = told

    # --- when a history has ended ----------------------------------------------------------------------------------

    def teardown(self) -> None:
        broken = sys.exc_info()[0] is not None  # then a first failure is on its way, and stands for all that follows from it
        try:
            for house in () if broken else self.houses:
                for request, answer in house.answers.items():
                    assert house.ask(*request) == answer, f"the answer to {request} has changed"
                with house.ledger.read() as reading:
                    the_log_is_whole(reading.connection, self.entries)
                    rows_follow_from_the_entries(reading.connection, self.taken)
        finally:
            for house in self.houses:
                house.ledger.engine.dispose()


def head_of(house: House) -> Any:
    with house.ledger.read() as reading:
        return reading.head


def said(one: Attempt) -> Said:
    return Said(one.fact.kind, one.centre, one.fact)


def receipts_in(answer: Outcome, batch: bool) -> list[Any]:
    if isinstance(answer, Refused):
        return []
    assert isinstance(answer, Answer), answer
    body = json.loads(answer.body)
    return list(body["entries"]) if batch else [body]


def found_in(answer: Outcome, batch: bool) -> list[Any]:
    """The problems of a refusal, or the codes of the warnings of each entry."""
    if isinstance(answer, Refused):
        return list(answer.problems)
    return [[warning["code"] for warning in receipt["warnings"]] for receipt in receipts_in(answer, batch)]


def without_salt(receipt: Mapping[str, Any]) -> dict[str, Any]:
    """A receipt without what rests on the salts, which differ: its leaf, and the digest of a scorecard that names the root."""
    body = {name: value for name, value in receipt["body"].items() if name != "scorecard_digest"}
    return {**receipt, "body": body, "leaf_hash": None, "proof": None}


def answers(book: Any, wanted: Wanted) -> dict[str, Any]:
    question = wanted.question
    found = {
        "figure": book.figure(question),
        "items": sorted(book.items(question), key=repr),
        "recorders": sorted(book.recorders(question)),
        "takers": book.takers(question),
    }
    if wanted.by:
        # Beside a group's value stand no lines that were not counted.
        groups = book.grouped(question, wanted.by)
        found["grouped"] = {key: (f.value, f.missing_amounts, f.counted_lines) for key, f in groups.items()}
    return found


def few_by_centre(book: FoldedBook, question: Any) -> frozenset[tuple[str, ...]]:
    if not {part.family for part in question.metric.parts} & {"deal", "pledge"}:
        return frozenset()
    scope = question.scope
    mine = [c for c in scenery.STREAMS if scope.recorders is None or c in scope.recorders]
    takers = {(c,): book.takers(replace(question, scope=replace(scope, recorders=frozenset((c,))))) for c in mine}
    return frozenset(key for key, number in takers.items() if 1 <= number <= 2)


# --- the tests -------------------------------------------------------------------------------------------------------


Opened = Callable[["Clock"], list["House"]]


@contextmanager
def fresh_databases(migrated_file: Path, migrated_database: tuple[Engine, str], folder: Path) -> Iterator[Opened]:
    """Both databases anew for every history; the one before is dropped when the next one comes."""
    admin, template = migrated_database
    catalogue = load_all([CORNERS])
    made: list[str] = []

    def drop() -> None:
        while made:
            with admin.connect() as connection:
                connection.exec_driver_sql(f"DROP DATABASE {made.pop()} WITH (FORCE)")

    def opened(clock: Clock) -> list[House]:
        drop()
        name = f"{template}_m{next(NUMBERS)}"
        with admin.connect() as connection:
            connection.exec_driver_sql(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
        made.append(name)
        for path in folder.iterdir():
            path.unlink()
        file = shutil.copyfile(migrated_file, folder / "ledger.db")
        urls = f"sqlite:///{file}", admin.url.set(database=name).render_as_string(hide_password=False)
        engines = [connect(url) for url in urls]
        return [House(Ledger(engine, engine, catalogue, Settings(), clock)) for engine in engines]

    yield opened
    drop()


@pytest.mark.postgresql
@pytest.mark.slow
def test_rows_and_fold_agree_on_every_history(
    migrated_file: Path, migrated_database: tuple[Engine, str], tmp_path: Path
) -> None:
    with fresh_databases(migrated_file, migrated_database, tmp_path) as opened:
        few = settings(max_examples=settings().max_examples // 4, stateful_step_count=12)  # an example is some fifty entries
        run_state_machine_as_test(lambda: Histories(opened), settings=few)  # type: ignore[arg-type]  # anything that makes one
