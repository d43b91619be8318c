"""A ledger altered behind the service's back is found out, and the entry is named."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, delete, insert, select, update

from ledger.actions.check import check
from ledger.actions.deviations import Deviation
from ledger.actions.ledger import Ledger
from ledger.proof import leaves
from ledger.proof.merkle import leaf_hash
from ledger.store import tables as t
from ledger.store.database import connect
from ledger.store.figures import StoredBook
from tests.actions.scene import ledger_on, play

FILLERS = 300  # so that a tile is full, and one is not
TABLES = (*t.ROW_TABLES.values(), t.mention, t.label, t.party_set)
INVENTED = {"entry": 5, "since": 300, "value": "x", "set": "x", "fingerprint": "x", "patent_id": "x"}


@dataclass
class Scene:
    ledger: Ledger
    engine: Engine
    at: dict[str, int]

    def found(self, *, figures: bool = False) -> list[Deviation]:
        """Figures are counted only where a test is about them: they take longer than all the rest."""
        counting = self.ledger if figures else replace(self.ledger, catalogue=replace(self.ledger.catalogue, programmes={}))
        return list(check(counting))

    def alter(self, do: Callable[[Connection, "Scene"], Any]) -> None:
        """As somebody does who owns the database: the guards are put aside first."""
        with self.engine.begin() as connection:
            if self.engine.dialect.name == "postgresql":
                for table in t.GUARDED:
                    connection.exec_driver_sql(f"ALTER TABLE {table.name} DISABLE TRIGGER ALL")
            else:
                for name in connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'trigger'").scalars().all():
                    connection.exec_driver_sql(f"DROP TRIGGER {name}")
            do(connection, self)


@pytest.fixture(scope="module")
def played(migrated_file: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, int]]:
    """A SQLite file in which everything was said, to be copied."""
    path = Path(shutil.copyfile(migrated_file, tmp_path_factory.mktemp("played") / "ledger.db"))
    engine = connect(f"sqlite:///{path}")
    at = play(ledger_on(engine), FILLERS)
    engine.dispose()
    return path, at


@pytest.fixture
def scene(played: tuple[Path, dict[str, int]], tmp_path: Path) -> Iterator[Scene]:
    path, at = played
    engine = connect(f"sqlite:///{shutil.copyfile(path, tmp_path / 'ledger.db')}")
    yield Scene(ledger_on(engine), engine, at)
    engine.dispose()


def test_a_ledger_that_was_left_alone_has_no_deviation(engine: Engine) -> None:
    ledger = ledger_on(engine)
    play(ledger, FILLERS)
    assert list(check(ledger)) == []


@pytest.mark.postgresql
def test_on_postgresql_every_table_is_compared_as_well(postgresql_url: str) -> None:
    engine = connect(postgresql_url)
    ledger = ledger_on(engine)
    scene = Scene(ledger, engine, play(ledger, FILLERS))
    with engine.connect() as connection:
        rows = {table: dict(connection.execute(select(table).limit(1)).one()._mapping) for table in TABLES}

    def do(connection: Connection, scene: Scene) -> None:
        says_another_amount(connection, scene)
        is_an_offices(connection, scene)
        connection.execute(delete(t.tile))
        for table, row in rows.items():
            connection.execute(insert(table).values(row | {k: v for k, v in INVENTED.items() if k in row}))

    scene.alter(do)
    found = {(d.table, d.entry) for d in scene.found()}
    engine.dispose()
    assert found >= {("disclosure", scene.at["licence"]), ("entry", scene.at["licence"]), ("tile", None)}
    assert {table for table, _ in found} >= {table.name for table in TABLES}


def test_an_empty_ledger_has_no_deviation(engine: Engine) -> None:
    assert list(check(ledger_on(engine))) == []


# --- the log ---------------------------------------------------------------------------------------------------------


def told_otherwise(connection: Connection, index: int) -> str:
    """A disclosure of the same form that says another amount."""
    kept = connection.execute(select(t.disclosure.c.disclosure).where(t.disclosure.c.entry == index)).scalar_one()
    value = leaves.opened(kept)
    value["body"]["amount"] = "900000.00"
    return leaves.disclosure(value, leaves.new_salt())


def disclose(connection: Connection, index: int, text: str) -> None:
    connection.execute(update(t.disclosure).where(t.disclosure.c.entry == index).values(disclosure=text))


def set_entry(connection: Connection, index: int, **values: Any) -> None:
    connection.execute(update(t.entry).where(t.entry.c.index == index).values(**values))


def leaf_of(connection: Connection, index: int, **changed: Any) -> bytes:
    kept = leaves.parse_leaf(connection.execute(select(t.entry.c.leaf).where(t.entry.c.index == index)).scalar_one())
    told = {"stream": kept.stream, "seq": kept.seq, "prev_hash": kept.prev_hash, "digest": kept.digest, "ts": kept.ts} | changed
    return leaves.leaf(told["stream"], told["seq"], told["prev_hash"], told["digest"], told["ts"])


def says_another_amount(connection: Connection, scene: Scene) -> None:
    disclose(connection, scene.at["licence"], told_otherwise(connection, scene.at["licence"]))


def says_it_with_a_leaf_to_match(connection: Connection, scene: Scene) -> None:
    index = scene.at["licence"]
    disclose(connection, index, text := told_otherwise(connection, index))
    set_entry(connection, index, leaf=leaf_of(connection, index, digest=leaves.digest(text)))


def says_it_with_leaf_and_hash_to_match(connection: Connection, scene: Scene) -> None:
    says_it_with_a_leaf_to_match(connection, scene)
    index = scene.at["licence"]
    leaf = connection.execute(select(t.entry.c.leaf).where(t.entry.c.index == index)).scalar_one()
    set_entry(connection, index, leaf_hash=leaf_hash(leaf))


def cannot_be_read(connection: Connection, scene: Scene) -> None:
    disclose(connection, scene.at["licence"], "bm90IGEgZGlzY2xvc3VyZQ")


def is_no_longer_disclosed(connection: Connection, scene: Scene) -> None:
    connection.execute(delete(t.disclosure).where(t.disclosure.c.entry == scene.at["licence"]))


def is_of_another_kind(connection: Connection, scene: Scene) -> None:
    set_entry(connection, scene.at["licence"], kind="transfer")


def is_an_offices(connection: Connection, scene: Scene) -> None:
    set_entry(connection, scene.at["licence"], office=True)


def was_recorded_at_another_second(connection: Connection, scene: Scene) -> None:
    index = scene.at["licence"]
    at = connection.execute(select(t.entry.c.recorded_at).where(t.entry.c.index == index)).scalar_one()
    set_entry(connection, index, recorded_at=at + 10_000_000)


def has_a_leaf_of_another_second(connection: Connection, scene: Scene) -> None:
    index = scene.at["licence"]
    set_entry(connection, index, leaf=leaf_of(connection, index, ts=1))


def has_another_number(connection: Connection, scene: Scene) -> None:
    set_entry(connection, scene.at["licence"], seq=9999)


def has_no_leaf(connection: Connection, scene: Scene) -> None:
    set_entry(connection, scene.at["licence"], leaf=b"{}")


@pytest.mark.parametrize(
    ("do", "table"),
    [
        (says_another_amount, "disclosure"),
        (says_it_with_a_leaf_to_match, "entry"),
        (cannot_be_read, "disclosure"),
        (is_no_longer_disclosed, "disclosure"),
        (is_of_another_kind, "entry"),
        (is_an_offices, "entry"),
        (was_recorded_at_another_second, "entry"),
        (has_a_leaf_of_another_second, "entry"),
        (has_another_number, "entry"),
        (has_no_leaf, "entry"),
    ],
)
def test_an_altered_entry_is_named(scene: Scene, do: Callable[[Connection, Scene], None], table: str) -> None:
    scene.alter(do)
    assert (table, scene.at["licence"]) in {(d.table, d.entry) for d in scene.found()}


def test_an_entry_altered_with_its_leaf_and_hash_is_missed_by_the_next_one_and_by_the_head(scene: Scene) -> None:
    scene.alter(says_it_with_leaf_and_hash_to_match)
    found = {(d.table, d.entry) for d in scene.found()}
    assert ("entry", scene.at["licence"] + 1) in found  # which follows another leaf
    assert "log_head" in {table for table, _ in found}


def test_an_early_entry_altered_with_its_leaf_and_hash_is_named_by_its_tile(scene: Scene) -> None:
    index = scene.at["patents"]

    def do(connection: Connection, _: Scene) -> None:
        leaf = leaf_of(connection, index, digest=leaves.digest("x"))
        set_entry(connection, index, leaf=leaf, leaf_hash=leaf_hash(leaf))

    scene.alter(do)
    assert ("tile", index) in {(d.table, d.entry) for d in scene.found()}


def test_an_entry_taken_out_is_named(scene: Scene) -> None:
    index = scene.at["licence"]

    def do(connection: Connection, _: Scene) -> None:
        connection.execute(delete(t.entry).where(t.entry.c.index == index))
        connection.execute(delete(t.disclosure).where(t.disclosure.c.entry == index))

    scene.alter(do)
    assert Deviation("entry", f"index {index} is missing", index) in scene.found()


def test_a_log_cut_short_does_not_fit_its_head(scene: Scene) -> None:
    last = scene.at["reversal"]

    def do(connection: Connection, _: Scene) -> None:
        connection.execute(delete(t.entry).where(t.entry.c.index == last))

    scene.alter(do)
    found = scene.found()
    assert Deviation("log_head", f"size is {last + 1}, and the log has {last} entries") in found
    assert Deviation("disclosure", "there is no such entry", last) in found


def test_a_tile_is_compared_hash_by_hash(scene: Scene) -> None:
    def do(connection: Connection, _: Scene) -> None:
        data = bytearray(connection.execute(select(t.tile.c.hashes)).scalar_one())
        data[32 * 7] ^= 1
        connection.execute(update(t.tile).values(hashes=bytes(data)))

    scene.alter(do)
    assert scene.found() == [Deviation("tile", "tile 0/0 has another hash of entry 7", 7)]


@pytest.mark.parametrize(
    ("do", "what"),
    [
        (delete(t.tile), "tile 0/0 is missing"),
        (update(t.tile).values(hashes=b"\0" * 32), "tile 0/0 is not 256 hashes"),
        (insert(t.tile).values(level=0, n=1, hashes=b""), "tile 0/1 cannot be full yet"),
        (insert(t.tile).values(level=3, n=0, hashes=b""), "tile 3/0 cannot be full yet"),
    ],
)
def test_tiles_are_those_of_the_tree(scene: Scene, do: Any, what: str) -> None:
    scene.alter(lambda connection, _: connection.execute(do))
    assert scene.found() == [Deviation("tile", what)]


@pytest.mark.parametrize("column", ["size", "frontier", "recorded_at"])
def test_the_head_is_that_of_the_log(scene: Scene, column: str) -> None:
    values: dict[str, Any] = {"size": 5, "frontier": b"\0" * 32, "recorded_at": 5}
    scene.alter(lambda connection, _: connection.execute(update(t.log_head).values({column: values[column]})))
    assert {d.table for d in scene.found()} == {"log_head"}
    assert any(column in d.what for d in scene.found())


def test_a_frontier_of_other_leaves_says_which_they_are_among(scene: Scene) -> None:
    def do(connection: Connection, _: Scene) -> None:
        data = bytearray(connection.execute(select(t.log_head.c.frontier)).scalar_one())
        data[0] ^= 1
        connection.execute(update(t.log_head).values(frontier=bytes(data)))

    scene.alter(do)
    assert scene.found() == [Deviation("log_head", "frontier has another root over entries 0 to 255")]


# --- rows ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("column", "value", "said"),
    [
        ("amount", 99, "amount is 99, not 10000000"),
        ("deal_no", "L-9", "deal_no is 'L-9', not 'L-1'"),
        ("standing", 2, "standing is 2, not 4"),
        ("registered_on", None, "registered_on is None, not '2025-09-10'"),
        ("until", 400, "until is 400, not "),
    ],
)
def test_an_altered_row_is_told_with_what_it_should_say(scene: Scene, column: str, value: Any, said: str) -> None:
    c, index = t.deal_line.c, scene.at["licence"]
    row = (c.entry == index, c.line == 2, c.since == scene.at["verdict"] + 1)
    scene.alter(lambda connection, _: connection.execute(update(t.deal_line).where(*row).values({column: value})))
    found = [d for d in scene.found() if d.table == "deal_line"]
    assert [d.entry for d in found] == [index]
    assert f"line 2, since {scene.at['verdict'] + 1}: {said}" in found[0].what


def test_a_row_that_stood_once_is_compared_like_one_that_stands(scene: Scene) -> None:
    c, index = t.deal_line.c, scene.at["licence"] + 2  # reversed since
    scene.alter(lambda connection, _: connection.execute(update(t.deal_line).where(c.entry == index).values(amount=1)))
    # The office accepted it when it still stood.
    assert {(d.table, d.entry) for d in scene.found()} == {("deal_line", index), ("figures", scene.at["acceptance"])}


def test_a_figure_that_moves_with_an_altered_row_is_told_too(scene: Scene) -> None:
    c = t.deal_line.c
    scene.alter(
        lambda connection, _: connection.execute(update(t.deal_line).where(c.entry == scene.at["licence"]).values(amount=1))
    )
    found = scene.found(figures=True)
    assert {"deal_line", "figures"} == {d.table for d in found}
    assert any(d.what.startswith("hubei-2025 c1, ") for d in found)
    assert Deviation("figures", "what it accepted is counted otherwise now", scene.at["acceptance"]) in found


def test_accepted_figures_need_the_definition_that_was_kept(scene: Scene) -> None:
    scene.alter(lambda connection, _: connection.execute(delete(t.definition)))
    what = "that of hubei-2025, by which it was accepted, is missing"
    assert scene.found() == [Deviation("definition", what, scene.at["acceptance"])]


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_a_row_taken_out_is_missed(scene: Scene, table: Any) -> None:
    with scene.engine.connect() as connection:
        row = connection.execute(select(table).limit(1)).one()
    key = [column == row._mapping[column] for column in table.primary_key]
    scene.alter(lambda connection, _: connection.execute(delete(table).where(*key)))
    told = [d for d in scene.found() if d.table == table.name]
    assert len(told) == 1
    assert told[0].what.endswith("is missing")
    assert told[0].entry is not None


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_an_invented_row_is_told(scene: Scene, table: Any) -> None:
    with scene.engine.connect() as connection:
        row = dict(connection.execute(select(table).limit(1)).one()._mapping)
    row |= {name: value for name, value in INVENTED.items() if name in row}
    scene.alter(lambda connection, _: connection.execute(insert(table).values(row)))
    told = [d for d in scene.found() if d.table == table.name]
    assert len(told) == 1
    assert "follow" in told[0].what


@pytest.mark.parametrize("index", [-1, 9999])
def test_mentions_of_no_entry_are_told(scene: Scene, index: int) -> None:
    row = {"what": "party", "value": "x", "entry": index, "is_subject": False}
    scene.alter(lambda connection, _: connection.execute(insert(t.mention).values(row)))
    assert scene.found() == [Deviation("mention", "name party 'x' is of no entry", index)]


def test_text_in_a_column_of_days_is_told_and_not_stumbled_over(scene: Scene) -> None:
    scene.alter(lambda connection, _: connection.exec_driver_sql("UPDATE party_line SET ends = 'never' WHERE entry = 6"))
    told = [d for d in scene.found() if d.table == "party_line"]
    assert [d.entry for d in told] == [6]
    assert "ends is 'never', not '9999-12-31'" in told[0].what


# --- beside them -----------------------------------------------------------------------------------------------------


def test_figures_that_differ_between_the_two_roads_are_told(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    counted = StoredBook.figure

    def one_more(self: StoredBook, question: Any) -> Any:
        figure = counted(self, question)
        return type(figure)(**{**vars(figure), "value": figure.value + 1})

    monkeypatch.setattr(StoredBook, "figure", one_more)
    found = scene.found(figures=True)
    assert {d.table for d in found} == {"figures"}
    assert any(d.what.startswith("hubei-2025 c1, recorded: ") and "value is" in d.what for d in found)


def test_a_kept_definition_fits_its_digest(scene: Scene) -> None:
    scene.alter(lambda connection, _: connection.execute(insert(t.definition).values(digest="ab", definition="{}")))
    assert scene.found() == [Deviation("definition", "ab is not the digest of its definition")]


@pytest.mark.parametrize(
    ("values", "what"),
    [
        ({"answer": b"?"}, "its answer cannot be read"),
        ({"first": 3}, "its answer speaks of other entries"),
        ({"centre": "c2"}, "its answer speaks of other entries"),
    ],
)
def test_answers_kept_for_keys_speak_of_their_entries(scene: Scene, values: dict[str, Any], what: str) -> None:
    scene.alter(lambda connection, _: connection.execute(update(t.idempotency).values(values)))
    found = scene.found()
    assert [d.table for d in found] == ["idempotency"]
    assert found[0].what.endswith(what)


def test_an_entry_that_no_rule_would_let_in_ends_the_comparison_of_rows_and_not_of_the_log(scene: Scene) -> None:
    def do(connection: Connection, _: Scene) -> None:
        cannot_be_read(connection, scene)
        set_entry(connection, scene.at["reversal"], kind="party")

    scene.alter(do)
    found = scene.found()
    assert ("entry", scene.at["reversal"]) in {(d.table, d.entry) for d in found}
    assert next(d for d in found if d.table == "figures").what.startswith("rows and figures were not compared")
