"""What a bundle discloses is enough: figures folded from it alone are those of the service, and nothing else is in it.

Random histories on both databases, the sample year, and the corners by name.
"""

import shutil
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from itertools import cycle
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine, delete, select

from ledger.actions.bundle import led_to
from ledger.actions.demo import load_sample, sample_year
from ledger.actions.ledger import Ledger
from ledger.actions.score import scorecard_of
from ledger.facts.entries import Entry, entry_of
from ledger.facts.kinds.rulings import Attestation, Baseline, Closing, Participation, Reversal
from ledger.facts.offices import Offices
from ledger.kpi.book import LEVELS
from ledger.kpi.figures import FoldedBook
from ledger.kpi.language import Programme
from ledger.kpi.participants import participant
from ledger.kpi.scorecard import scorecard
from ledger.proof import leaves
from ledger.proof.merkle import Damaged
from ledger.store import exports, log
from ledger.store import tables as t
from ledger.store.database import connect, reading
from ledger.store.exports import Contested
from ledger.store.worlds import programme_subjects
from tests.actions import scene
from tests.actions.test_check import Scene
from tests.store import scenery
from tests.store.scenery import Attempt
from tests.store.test_machine import Histories, House, fresh_databases


def disclosed(connection: Connection, programme: Programme, subject: str, size: int) -> tuple[list[Entry], list[Contested]]:
    """What a bundle of the subject tells: its entries as they are opened, and the lines that others claim."""
    if programme.subject == "centre":
        beside = exports.foreign(connection, size, subject, led_to(programme, subject))
        told = exports.disclosures(connection, size, subject, beside)
        contested = exports.contested(connection, size, subject)
    else:
        told, contested = exports.all_disclosures(connection, size), exports.contested(connection, size)
    c = t.entry.c
    in_leaves = {row.at: row.leaf for row in connection.execute(select(c.index.label("at"), c.leaf))}
    offices, found = Offices(), []
    for index, disclosure in told:
        leaf = leaves.parse_leaf(in_leaves[index])
        assert leaf.digest == leaves.digest(disclosure)
        bare = entry_of(leaves.opened(disclosure), index=index, centre=leaf.stream, seq=leaf.seq, office=False)
        found.append(offices.flagged(bare))
    return found, list(contested)


def folded(entries: Iterable[Entry], contested: Sequence[Contested], size: int) -> FoldedBook:
    """The book of those who hold nothing but a bundle."""
    book = FoldedBook.folded(entries, size)
    book.rows.contested = {(line.entry, line.line) for line in contested}
    return book


def cards(book: Any, programme: Programme, subject: str, on: date) -> dict[str, Any] | None:
    who = participant(book, programme, subject, on)
    return who and {level: scorecard(book, who, on=on, level=level) for level in LEVELS}


# --- any history -----------------------------------------------------------------------------------------------------


SAID = 40  # attempts in a history, of which some half are allowed


class Bundles(Histories):
    """A history of which bundles are asked: everybody takes part in everything, for who does not has no figures."""

    def begins(self, data: st.DataObject) -> None:
        for office in scenery.OFFICES:
            self.say([Attempt(scenery.authority(office), office, scenery.founding(office))], founding=True)
        for office, facts in scenery.beginnings():
            self.say([Attempt(scenery.authority(office), office, fact) for fact in facts], batch=True)
        taking_part = [self.taking_part(one, subject) for one, subjects in scenery.PROGRAMMES.items() for subject in subjects]
        for one in taking_part:
            self.say([one])
        self.much_is_said(data, SAID)

    def taking_part(self, programme: str, subject: str) -> Attempt:
        office = "js-ipo" if subject in ("c3", "320500", "320000") else "hb-ipo"
        fact = Participation(
            programme=programme, subject=subject, state="started", on=scenery.DAYS[0], start_on=scenery.DAYS[1], months=18,
            industry="photonics",
        )  # fmt: skip
        return Attempt(scenery.authority(office), office, fact)

    def is_bundled(self, size: int, on: date) -> None:
        whole = self.folded(size)
        for programme, subjects in scenery.PROGRAMMES.items():
            for house, subject in zip(cycle(self.houses), subjects):
                self.is_enough(house, whole, self.catalogue.programmes[programme], subject, on)

    def is_enough(self, house: House, whole: FoldedBook, programme: Programme, subject: str, on: date) -> None:
        with house.ledger.read() as now:
            entries, contested = disclosed(now.connection, programme, subject, whole.size)
        indices = [entry.index for entry in entries]
        known = self.entries[: whole.size]
        assert [undigested(entry) for entry in entries] == [undigested(known[index]) for index in indices]
        if programme.subject == "centre":
            assert indices == sorted(set(indices))
            assert {entry.index for entry in known if entry.centre == subject} <= set(indices)
            assert [one for one in entries if not may_be_told(one, subject, indices)] == []
            assert contested == contested_by(whole, subject)
        else:
            assert indices == list(range(whole.size))
            assert contested == contested_by(whole)
        assert cards(folded(entries, contested, whole.size), programme, subject, on) == cards(whole, programme, subject, on)


def undigested(entry: Entry) -> Entry:
    """Without the digest of a scorecard, which names the root of the tree, and that is another one on each database."""
    return replace(entry, fact=replace(entry.fact, scorecard_digest=None)) if isinstance(entry.fact, Closing) else entry


def contested_by(book: FoldedBook, centre: str | None = None) -> list[Contested]:
    lines = [line for line in book.rows.lines.get("deal", ()) if book.rows.is_contested(line) and centre in (None, line.centre)]
    return sorted(Contested(line.entry, line.line, book.rows.claims[line.fingerprint].entry) for line in lines)


def may_be_told(entry: Entry, centre: str, disclosed: Sequence[int]) -> bool:
    """What the bundle of a centre may hold: of others only master data, what an office says of it, and verdicts on all this."""
    if entry.centre == centre or entry.kind in ("centre", "party", "patent", "patent_status"):
        return True
    if isinstance(entry.fact, Attestation | Reversal):
        return entry.fact.entry in disclosed
    return isinstance(entry.fact, Participation | Closing | Baseline) and entry.fact.subject == centre


@pytest.mark.postgresql
@pytest.mark.slow
def test_what_is_disclosed_is_enough_for_the_figures_of_every_history(
    migrated_file: Path, migrated_database: tuple[Engine, str], tmp_path: Path
) -> None:
    with fresh_databases(migrated_file, migrated_database, tmp_path) as opened:

        @settings(max_examples=settings().max_examples // 3)
        @given(st.data())
        def is_enough(data: st.DataObject) -> None:
            history = Bundles(opened)
            try:
                history.begins(data)
                size = len(history.entries)
                history.is_bundled(size, data.draw(scenery.days))
                history.is_bundled(data.draw(st.integers(0, size)), data.draw(scenery.days))
            finally:
                history.teardown()

        is_enough()


# --- the sample year -------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def year(migrated_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ledger]:
    file = shutil.copyfile(migrated_file, tmp_path_factory.mktemp("year") / "ledger.db")
    engine = connect(f"sqlite:///{file}")
    ledger = replace(scene.ledger_on(engine), clock=lambda: datetime(2026, 11, 30, tzinfo=UTC))
    load_sample(ledger, sample_year())
    yield ledger
    engine.dispose()


@pytest.mark.slow
@pytest.mark.parametrize(("part", "on"), [(1, date(2026, 11, 30)), (0.8, date(2026, 6, 30)), (0.6, date(2026, 11, 30))])
def test_the_figures_of_the_sample_year_follow_from_what_its_bundles_disclose(year: Ledger, part: float, on: date) -> None:
    asked = 0
    with year.read() as now:
        size = int(now.size * part)
        for programme in year.catalogue.programmes.values():
            for subject in subjects_of(now.connection, size, programme):
                book = folded(*disclosed(now.connection, programme, subject, size), size)
                told = cards(book, programme, subject, on)
                for level in LEVELS:
                    card = scorecard_of(now, programme, subject, on=on, size=size, level=level)
                    del card["known_at"]
                    assert told is not None
                    assert told[level] == card, f"{programme.id} {subject} {level}"
                asked += 1
    assert asked >= 3


def subjects_of(connection: Connection, size: int, programme: Programme) -> list[str]:
    return [value.partition("\t")[2] for value in programme_subjects(connection, size, programme=programme.id)]


# --- by name ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def ledger(engine: Engine) -> Ledger:
    return scene.ledger_on(engine)


def foreign_to(ledger: Ledger, centre: str, size: int | None = None, programme: str = "hubei-2025") -> list[int]:
    with reading(ledger.engine) as connection:
        known = log.read_head(connection).size if size is None else size
        return list(exports.foreign(connection, known, centre, led_to(ledger.catalogue.programmes[programme], centre)))


def verdict(entry: int, word: str = "verified") -> scene.Said:
    return "attestation", {"entry": entry, "verdict": word}


def reversal(entry: int) -> scene.Said:
    return "reversal", {"entry": entry, "reason": "data_error"}


def pool(pool_id: str) -> scene.Said:
    return "pool", {"pool_id": pool_id, "name": "池", "industry": "photonics", "operator": scene.OPERATOR, "action": "open",
                    "on": "2025-08-20"}  # fmt: skip


def test_a_centre_is_told_what_its_figures_need_and_nothing_else_of_others(ledger: Ledger) -> None:
    """Its own record and that of its office, its part in the programme, the parties that it names, and rulings on it."""
    at = scene.play(ledger)
    with reading(ledger.engine) as connection:
        told = foreign_to(ledger, "c1")
        kinds = {index: entry.kind for index, entry in log.entries_in(connection, told).items()}
        assert [kinds[index] for index in told] == [
            "centre", "centre", "participation", "party", "party", "party", "attestation", "closing", "closing",
        ]  # fmt: skip
    assert at["verdict"] in told
    assert at["claimed"] not in told  # the contested licence of another centre
    assert foreign_to(ledger, "c1", at["verdict"]) == [index for index in told if index < at["verdict"]]


def test_a_patent_that_another_centre_registered_comes_with_all_that_happened_to_it(ledger: Ledger) -> None:
    scene.found(ledger)
    theirs = scene.say(ledger, "recorder", "c2", scene.patent(1), scene.patent(2))
    endings = [{"patent_id": scene.patent_id(number), "code": "CF01", "effective_on": "2025-11-01"} for number in (1, 2)]
    lapsed = scene.say(ledger, "recorder", "c2", *(("patent_status", ending) for ending in endings))
    assert not {theirs, lapsed} & set(foreign_to(ledger, "c1"))
    scene.say(ledger, "recorder", "c1", scene.licence("L-1", [1]))
    told = set(foreign_to(ledger, "c1"))
    assert {theirs, lapsed} <= told
    assert not {theirs + 1, lapsed + 1} & told


def test_a_verdict_that_an_office_took_back_comes_with_its_reversal(ledger: Ledger) -> None:
    at = scene.play(ledger)
    taken_back = scene.say(ledger, "authority", "hb-ipo", reversal(at["verdict"]))
    assert {at["verdict"], taken_back} <= set(foreign_to(ledger, "c1"))
    assert not {at["verdict"], taken_back} & set(foreign_to(ledger, "c2"))


def test_the_stream_of_a_centre_says_nothing_of_the_next_owner_of_a_pool_number(ledger: Ledger) -> None:
    """A number is free again when its pool was reversed: another centre's pool then has the same history."""
    scene.found(ledger)
    first = scene.say(ledger, "recorder", "c1", pool("Q9"))
    on_first = scene.say(ledger, "authority", "hb-ipo", verdict(first), reversal(first + 1))
    scene.say(ledger, "recorder", "c1", reversal(first))
    second = scene.say(ledger, "recorder", "c2", pool("Q9"), scene.patent(1))
    on_second = scene.say(ledger, "authority", "hb-ipo", verdict(second), reversal(second + 2))
    last = scene.say(ledger, "recorder", "c2", reversal(second))
    assert {on_first, on_first + 1} <= set(foreign_to(ledger, "c1"))
    assert not {second, on_second, on_second + 1, last} & set(foreign_to(ledger, "c1"))
    assert {on_second, on_second + 1} <= set(foreign_to(ledger, "c2"))
    assert not {first, on_first, on_first + 1} & set(foreign_to(ledger, "c2"))


def test_a_stream_is_whole_whoever_spoke_in_between(ledger: Ledger) -> None:
    scene.play(ledger)
    with reading(ledger.engine) as connection:
        size = log.read_head(connection).size
        assert exports.streams(connection, size) == {"c1": 17, "c2": 4, "hb-ipo": 13}
        assert exports.streams(connection, 10) == {"hb-ipo": 10}
        assert exports.streams(connection, 0) == {}
        own = [index for index, _ in exports.disclosures(connection, size, "c1", [])]
        assert own == sorted(index for index, e in enumerate(log.walk(connection, size)) if e.centre == "c1")
        assert [index for index, _ in exports.disclosures(connection, 12, "c1", [0, 5])] == [0, 5, 10, 11]
        assert [index for index, _ in exports.all_disclosures(connection, size)] == list(range(size))
        assert list(exports.disclosures(connection, 10, "c1", [])) == []


def test_pages_of_rows_leave_nothing_out(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    scene.play(ledger)
    with reading(ledger.engine) as connection:
        whole = list(exports.all_disclosures(connection, 34)), list(exports.disclosures(connection, 34, "c1", [0, 1, 3, 5]))
        for chunk in (1, 2, 3, 17):
            monkeypatch.setattr(exports, "CHUNK", chunk)
            assert list(exports.all_disclosures(connection, 34)) == whole[0]
            assert list(exports.disclosures(connection, 34, "c1", [0, 1, 3, 5])) == whole[1]


def test_a_contested_line_names_the_deal_that_holds_its_claim_while_it_does(ledger: Ledger) -> None:
    at = scene.play(ledger)  # c2 claims what c1 has claimed; at the end c1 takes its deal back
    with reading(ledger.engine) as connection:
        lost, holder = at["claimed"], at["licence"] + 2
        assert list(exports.contested(connection, lost)) == []
        assert list(exports.contested(connection, lost + 1)) == [Contested(lost, 1, holder)]
        assert list(exports.contested(connection, lost + 1, "c2")) == [Contested(lost, 1, holder)]
        assert list(exports.contested(connection, lost + 1, "c1")) == []
        assert list(exports.contested(connection, at["reversal"] + 1)) == []


@pytest.mark.parametrize("table", [t.disclosure, t.entry])
def test_what_is_missing_is_told_and_not_passed_over(ledger: Ledger, table: Any) -> None:
    at = scene.play(ledger)
    lost = at["licence"] + 1
    Scene(ledger, ledger.engine, at).alter(lambda c, _: c.execute(delete(table).where(table.primary_key.columns[0] == lost)))
    with reading(ledger.engine) as connection:
        for told in (exports.all_disclosures(connection, 34), exports.disclosures(connection, 34, "c1", [])):
            with pytest.raises(Damaged):
                list(told)
        with pytest.raises(Damaged, match=f"disclosure {lost}"):
            list(exports.disclosures(connection, 34, "c2", [lost]))
