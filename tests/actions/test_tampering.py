"""What can be done behind the service with all rights on the database, and where `check` finds it: the table of docs/tampering.md.

The ledger has a tile that is full, two signed and cosigned checkpoints, and entries behind the second. First every table is
changed, deleted from and added to, clumsily. Then the log is rewritten as well as it can be: leaf, hash, disclosure, stream, tiles,
head and all rows. What only the key, the fence or somebody else's copy can tell is tried without them.
"""

import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, Table, delete, insert, select, type_coerce, update
from sqlalchemy.types import NullType

from ledger.actions import replay
from ledger.actions.access import create_token
from ledger.actions.check import Looked, check
from ledger.actions.deviations import Deviation
from ledger.actions.ledger import Ledger
from ledger.actions.publish import publish, published
from ledger.actions.rebuild import rebuild
from ledger.actions.sessions import open_session
from ledger.actions.subjects import bar
from ledger.facts.days import micros
from ledger.proof import leaves
from ledger.proof.checkpoints import Checkpoint
from ledger.proof.merkle import Frontier, leaf_hash
from ledger.proof.notes import Note
from ledger.proof.tiles import completed
from ledger.signing import Fence, Signer
from ledger.store import checkpoints
from ledger.store import tables as t
from ledger.store.database import connect
from tests.actions.publishing import ledger_in
from tests.actions.scene import FIRM, licence, patent, patent_id, play, say
from tests.proof.signers import W1, W2

FILLERS = 300


@dataclass
class Scene:
    ledger: Ledger
    at: dict[str, int]

    @property
    def fence(self) -> Path:
        return Fence(self.ledger.settings.signing_key_file).path

    def found(self, looked: Looked | None = None) -> list[Deviation]:
        """Without the targets of programmes, which take longer than all the rest and are not what is tried here."""
        counting = replace(self.ledger, catalogue=replace(self.ledger.catalogue, programmes={}))
        return list(check(counting, looked=looked))

    def alter(self, *todo: Callable[[Connection], Any] | Any) -> None:
        """As the owner of the database: the guards are taken away first."""
        with self.ledger.engine.begin() as connection:
            if connection.dialect.name == "postgresql":
                for table in t.GUARDED:
                    connection.exec_driver_sql(f"ALTER TABLE {table.name} DISABLE TRIGGER ALL")
            else:
                for name in connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'trigger'").scalars().all():
                    connection.exec_driver_sql(f"DROP TRIGGER {name}")
            for do in todo:
                if callable(do):
                    do(connection)
                else:
                    connection.execute(do)


def told(folder: Path, engine: Engine) -> Scene:
    """Everything said, signed at two sizes, cosigned, and gone on with."""
    ledger = ledger_in(folder, engine)
    at = play(ledger, FILLERS)
    at["first"] = signed(ledger)
    at["victim"] = say(ledger, "recorder", "c1", licence("L-8", [6], registered_on="2025-10-09", registration_no="R-8"))
    at["after"] = say(ledger, "recorder", "c1", patent(1001), patent(1002), patent(1003))
    at["second"] = signed(ledger)
    at["tail"] = say(ledger, "recorder", "c1", patent(1004), patent(1005), patent(1006))
    token = create_token(ledger, role="reader", centre=None, region=None)
    assert open_session(ledger, token)
    bar(ledger, "somebody")
    return Scene(ledger, at)


def signed(ledger: Ledger) -> int:
    """Sign the log as it is, and let two witnesses cosign; the size."""
    published = publish(ledger)
    assert published is not None
    text = Note.parse(published.note).text
    with ledger.engine.begin() as connection:
        lines = {str(one.key): one.sign(text).line for one in (W1, W2)}
        checkpoints.add_lines(connection, published.size, lines, micros(ledger.clock()))
    return published.size


@pytest.fixture(scope="module")
def kept(migrated_file: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, int]]:
    """A folder with a database, a key and a fence, to be copied."""
    folder = tmp_path_factory.mktemp("told")
    engine = connect(f"sqlite:///{shutil.copyfile(migrated_file, folder / 'ledger.db')}")
    scene = told(folder, engine)
    engine.dispose()
    return folder, scene.at


@pytest.fixture
def scene(kept: tuple[Path, dict[str, int]], tmp_path: Path) -> Iterator[Scene]:
    folder = Path(shutil.copytree(kept[0], tmp_path / "copy"))
    engine = connect(f"sqlite:///{folder / 'ledger.db'}")
    yield Scene(ledger_in(folder, engine), dict(kept[1]))
    engine.dispose()


def test_what_nobody_touched_has_no_deviation(scene: Scene) -> None:
    looked = Looked()
    assert scene.found(looked) == []
    assert looked.notes == []
    assert (looked.size, looked.checkpoints, looked.cosignatures) == (scene.at["tail"] + 3, 2, 4)
    assert looked.disclosures == looked.size
    assert looked.tiles == 1


# --- clumsily, in every table ----------------------------------------------------------------------------------------

# (table, column, another value): where a row is changed, that table is named by the check.
CHANGES: dict[Table, dict[str, Any]] = {
    t.entry: {"kind": "pool", "leaf": b"{}", "leaf_hash": b"\0" * 32, "recorded_at": 1, "seq": 900, "centre": "c9", "office": True},
    t.disclosure: {"disclosure": "e30", "entry": 9000},
    t.tile: {"hashes": b"\0" * 8192, "n": 5, "level": 1},
    t.log_head: {"size": 5, "frontier": b"", "recorded_at": 1},
    t.checkpoint: {"root": b"\0" * 32, "note": "?", "size": 299, "signed_at": 2**60},
    t.cosignature: {"line": "— w1.example AAAAAAAA\n", "witness": "?", "size": 3, "received_at": 1},
    t.publication: {"size": 299, "published_at": 1},
    t.deal_line: {"amount": 99, "until": 1, "since": 1, "centre": "c9"},
    t.deal_part: {"amount": 99, "standing": 0},
    t.claim: {"centre": "c2", "line": 9},
    t.pool_line: {"standing": 4, "pool_id": "Q9"},
    t.member_line: {"ends": date(2030, 1, 1), "patent_id": "?"},
    t.activity_line: {"headcount": 900, "until": 3},
    t.attendee: {"employer": "?", "place": 7},
    t.loan_line: {"loan_amount": 1, "entry": 9000},
    t.output_line: {"status": "draft", "begins": date(2020, 1, 1)},
    t.party_line: {"size": "micro", "name": "?"},
    t.centre_row: {"region": "110000", "code": "c9"},
    t.in_force: {"ends": date(2050, 1, 1), "patent_id": "?"},
    t.party_set: {"party_id": "?", "set": "?"},
    t.label: {"value": "?", "what": "?"},
    t.mention: {"value": "?", "entry": 9000},
    t.idempotency: {"answer": b"?", "first": 3, "centre": "c9"},
    t.definition: {"definition": "{}", "digest": "ab"},
}
# Who gets in is no part of the log; beside each table what another row of it differs in.
OF_ACCESS: list[tuple[Table, dict[str, Any]]] = [
    (t.token, {"id": 99, "hash": b"\1" * 32, "role": "authority", "centre": "hb-ipo"}),
    (t.session, {"hash": b"\1" * 32, "role": "authority", "centre": "hb-ipo"}),
    (t.barred, {"subject": "somebody else", "lifted_at": 1}),
]
# Nothing tells that a row was ever in these: see the tests at the end.
UNTOLD = {t.token, t.idempotency, t.definition, t.cosignature}


def a_row(connection: Connection, table: Table) -> dict[str, Any]:
    """The row that was written last but one: nothing at an end, where it could be missed."""
    rows = connection.execute(select(table).order_by(*table.primary_key)).mappings().all()
    return dict(rows[-2] if len(rows) > 1 else rows[-1])


def its(table: Table, row: dict[str, Any]) -> list[Any]:
    return [column == row[column.name] for column in table.primary_key]


def test_every_table_is_tried() -> None:
    assert {*CHANGES, *(table for table, _ in OF_ACCESS)} == set(t.metadata.sorted_tables)


@pytest.mark.parametrize(
    ("table", "column", "value"),
    [pytest.param(table, name, value, id=f"{table.name}.{name}") for table, one in CHANGES.items() for name, value in one.items()],
)
def test_a_changed_row_is_found_in_its_table(scene: Scene, table: Table, column: str, value: Any) -> None:
    with scene.ledger.engine.connect() as connection:
        row = a_row(connection, table)
    assert row[column] != value
    scene.alter(update(table).where(*its(table, row)).values({column: value}))
    entries = {one.entry for one in scene.found() if one.table == table.name}
    assert entries
    if (entry := row.get("index", row.get("entry"))) is not None:
        assert entry in entries


@pytest.mark.parametrize("table", [table for table in CHANGES if table not in UNTOLD], ids=lambda table: table.name)
def test_a_deleted_row_is_found_in_its_table(scene: Scene, table: Table) -> None:
    scene.alter(lambda connection: connection.execute(delete(table).where(*its(table, a_row(connection, table)))))
    if table is t.checkpoint:  # whose cosignatures and publication tell of it
        what = f"there is no checkpoint of size {scene.at['first']}"
        assert {Deviation("cosignature", what), Deviation("publication", what)} <= set(scene.found())
    else:
        assert table.name in {one.table for one in scene.found()}


ADDED: dict[Table, dict[str, Any]] = {
    t.entry: {"index": 9000, "seq": 9000, "recorded_at": 2**60},
    t.disclosure: {"entry": 9000},
    t.tile: {"n": 1},
    t.log_head: {"id": 2},
    t.checkpoint: {"size": 17},
    t.cosignature: {"size": 17},
    t.publication: {"size": 17},
    t.idempotency: {"key": "another", "first": 3},
    t.definition: {"digest": "ab"},
    t.party_set: {"set": "?"},
    t.label: {"entry": 5, "value": "?"},
    t.mention: {"value": "?"},
    t.claim: {"fingerprint": "?"},
    t.in_force: {"patent_id": "?"},
}


@pytest.mark.parametrize("table", CHANGES, ids=lambda table: table.name)
def test_an_added_row_is_found_in_its_table(scene: Scene, table: Table) -> None:
    def do(connection: Connection) -> None:
        connection.exec_driver_sql("PRAGMA ignore_check_constraints = ON")
        row = a_row(connection, table) | ADDED.get(table, {"entry": 3})
        connection.execute(insert(table).values(row))

    scene.alter(do)
    assert table.name in {one.table for one in scene.found()}


@pytest.mark.parametrize("table", [table for table in CHANGES if table not in UNTOLD], ids=lambda table: table.name)
def test_a_table_that_was_emptied_is_found(scene: Scene, table: Table) -> None:
    scene.alter(delete(table))
    missed_by = {t.entry: {"log_head", "disclosure", "checkpoint", "fence"}, t.checkpoint: {one.name for one in SIGNED}}
    assert missed_by.get(table, {table.name}) <= {one.table for one in scene.found()}


def test_in_many_shares_the_same_is_found(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replay, "SHARE", 4)  # entries: so that nearly every unit is folded by itself
    assert list(check(scene.ledger)) == []
    index = scene.at["licence"]
    scene.alter(
        update(t.deal_line).where(t.deal_line.c.entry == index, t.deal_line.c.line == 2).values(deal_no="?"),
        update(t.claim).values(line=9),
        delete(t.in_force).where(t.in_force.c.patent_id == patent_id(2)),
        insert(t.in_force).values(patent_id="?", begins=date(2020, 1, 1), ends=date(2021, 1, 1), since=3, until=t.OPEN),
        delete(t.mention).where(t.mention.c.entry == index, t.mention.c.what == "patent", t.mention.c.value == patent_id(1)),
        delete(t.party_set).where(t.party_set.c.set == FIRM),  # which many deals need, and is told once
        insert(t.party_set).values({"set": "?", "place": 1, "party_id": "?"}),
        insert(t.label).values(entry=-1, what="tag", value="?"),
    )
    told = Counter(one.table for one in scene.found())
    versions = told.pop("deal_line")  # of one line, each with the size since which it stood
    assert versions > 1
    # And an accepted figure is counted otherwise by such rows.
    assert told == {"claim": 1, "in_force": 2, "mention": 1, "party_set": 2, "label": 1, "figures": 1}


def test_who_takes_part_by_the_entries_only_is_told(scene: Scene) -> None:
    hidden = t.mention.c.what == "participation", t.mention.c.value == "hubei-2025\tc1"
    scene.alter(delete(t.mention).where(*hidden))
    assert Deviation("figures", "hubei-2025 c1, recorded: takes part by the entries only") in list(check(scene.ledger))


# --- history, rewritten as well as it can be -------------------------------------------------------------------------


def rewrite(connection: Connection, at: int) -> None:
    """Let the entry at `at` have said another amount, and everything behind it follow: streams, leaves, tiles, head."""
    kept = connection.execute(select(t.disclosure.c.disclosure).where(t.disclosure.c.entry == at)).scalar_one()
    value = leaves.opened(kept)
    value["body"]["amount"] = "900000.00"
    text = leaves.disclosure(value, leaves.new_salt())
    connection.execute(update(t.disclosure).where(t.disclosure.c.entry == at).values(disclosure=text))
    again(connection, {at: leaves.digest(text)})


def again(connection: Connection, digests: dict[int, str]) -> None:
    """Leaves, tiles and head anew from the entries as they are, with other digests where they are given."""
    ends: dict[str, bytes] = {}
    tree, hashes, recorded_at = Frontier(), [], 0
    for row in connection.execute(select(t.entry).order_by(t.entry.c.index)).all():
        kept = leaves.parse_leaf(row.leaf)
        digest = digests.get(row.index, kept.digest)
        leaf = leaves.leaf(kept.stream, kept.seq, ends.get(row.centre), digest, kept.ts)
        ends[row.centre] = leaf_hash(leaf)
        tree.append(ends[row.centre])
        hashes.append(ends[row.centre])
        recorded_at = row.recorded_at
        if leaf != row.leaf:
            where = t.entry.c.index == row.index
            connection.execute(update(t.entry).where(where).values(leaf=leaf, leaf_hash=ends[row.centre]))
    connection.execute(delete(t.tile))
    for level, n, data in completed(0, hashes, lambda level, n: []):
        connection.execute(insert(t.tile).values(level=level, n=n, hashes=data))
    values = {"size": tree.size, "frontier": tree.to_bytes(), "recorded_at": recorded_at}
    connection.execute(update(t.log_head).values(values))


def cut(connection: Connection, size: int) -> None:
    """Let the log have ended with its first `size` entries."""
    connection.execute(delete(t.entry).where(t.entry.c.index >= size))
    connection.execute(delete(t.disclosure).where(t.disclosure.c.entry >= size))
    again(connection, {})


def rewritten(scene: Scene, *more: Any) -> None:
    scene.alter(lambda connection: rewrite(connection, scene.at["victim"]), *more)
    rebuild(scene.ledger)


def cut_off(scene: Scene, size: int, *more: Any) -> None:
    scene.alter(lambda connection: cut(connection, size), *more)
    rebuild(scene.ledger)


SIGNED = (t.checkpoint, t.cosignature, t.publication)


def after(size: int) -> list[Any]:
    """Without the checkpoints from a size on, and what else is known of them."""
    return [delete(table).where(table.c.size >= size) for table in SIGNED]


def test_a_rewritten_history_is_found_by_the_checkpoint_above_it_which_says_between_which_entries(scene: Scene) -> None:
    rewritten(scene)
    first, second = scene.at["first"], scene.at["second"]
    what = f"another root than the log at size {second}: among entries {first} to {second - 1} one is not what was signed"
    assert scene.found() == [
        Deviation("checkpoint", f"that of size {second} has {what}"),
        Deviation("fence", f"has {what}"),
    ]


def test_without_the_checkpoints_above_it_a_rewritten_history_is_found_by_the_fence(scene: Scene) -> None:
    rewritten(scene, *after(scene.at["second"]))
    found = scene.found()
    assert {one.table for one in found} == {"fence", "checkpoint"}
    assert any(one.table == "fence" and "another root" in one.what for one in found)
    assert any(one.table == "checkpoint" and "was signed and is not here" in one.what for one in found)


def test_a_checkpoint_for_a_rewritten_history_would_need_the_key(scene: Scene) -> None:
    def signed_by(connection: Connection, signer: Signer) -> bytes:
        head = connection.execute(select(t.log_head)).one()
        tree = Frontier.from_bytes(head.size, head.frontier)
        text = Checkpoint(scene.ledger.settings.origin, tree.size, tree.root()).text
        note = Note(text, (signer.sign(text),)).to_bytes()
        row = {"size": tree.size, "root": tree.root(), "note": note.decode(), "signed_at": 2**60}
        connection.execute(insert(t.checkpoint).values(row))
        return note

    forger = Signer(scene.ledger.settings.origin, b"\7" * 32)
    notes: list[bytes] = []
    rewritten(scene, *after(0))
    scene.alter(lambda connection: notes.append(signed_by(connection, forger)))
    scene.fence.write_bytes(notes[0])
    found = scene.found()
    assert {one.table for one in found} == {"checkpoint", "fence"}
    assert all("is signed with the key" in one.what for one in found)


def test_a_checkpoint_signed_by_two_keys_is_found_even_where_the_key_is_not_at_hand(scene: Scene) -> None:
    def do(connection: Connection) -> None:
        row = a_row(connection, t.checkpoint)
        text = Checkpoint(scene.ledger.settings.origin, 17, row["root"]).text
        note = Note(text, (Signer(scene.ledger.settings.origin, b"\7" * 32).sign(text),))
        connection.execute(insert(t.checkpoint).values(row | {"size": 17, "note": note.to_bytes().decode()}))

    scene.alter(do)
    scene.ledger.settings.signing_key_file.unlink()
    looked = Looked()
    found = scene.found(looked)
    assert any("is signed with another key than the first one" in one.what for one in found)
    assert any("signatures of checkpoints were not verified" in note for note in looked.notes)


def test_a_log_cut_below_a_checkpoint_is_found_by_it_and_by_the_fence(scene: Scene) -> None:
    cut_off(scene, scene.at["after"])
    found = scene.found()
    assert {one.table for one in found} == {"checkpoint", "fence"}
    assert all("the log lost entries after its last checkpoint was signed" in one.what for one in found)


def test_a_log_cut_together_with_its_checkpoints_is_found_by_the_fence(scene: Scene) -> None:
    cut_off(scene, scene.at["after"], *after(scene.at["second"]))
    lost = "the log lost entries after its last checkpoint was signed"
    counted = f"{scene.at['second']} were signed, {scene.at['after']} are there"
    assert Deviation("fence", f"{lost}: {counted}") in scene.found()


# --- what cannot be found here ---------------------------------------------------------------------------------------


def test_entries_cut_off_behind_the_last_checkpoint_are_not_missed(scene: Scene) -> None:
    cut_off(scene, scene.at["tail"])  # nobody had signed them: only who holds a receipt knows
    assert scene.found() == []


def test_without_checkpoints_and_fence_a_rewritten_history_shows_in_a_note_only(scene: Scene) -> None:
    rewritten(scene, *after(scene.at["second"]))
    scene.fence.unlink()
    looked = Looked()
    assert scene.found(looked) == []  # old bundles, receipts and witnesses still contradict it
    assert looked.notes == [f"{scene.fence} is not here: that nothing was cut off behind the last checkpoint was not looked at"]


def test_a_well_made_entry_behind_the_service_is_an_entry(scene: Scene) -> None:
    say(scene.ledger, "recorder", "c1", patent(1007))  # by whomever: what is written is on record, for its centre to see
    assert scene.found() == []


@pytest.mark.parametrize("how", ["changed", "deleted", "added"])
@pytest.mark.parametrize(("table", "other"), OF_ACCESS, ids=[table.name for table, _ in OF_ACCESS])
def test_who_gets_in_is_not_of_the_log(scene: Scene, table: Table, other: dict[str, Any], how: str) -> None:
    with scene.ledger.engine.connect() as connection:
        row = a_row(connection, table)
    key = [column.name for column in table.primary_key]
    todo = {
        "changed": update(table).values({name: value for name, value in other.items() if name not in key}),
        "deleted": delete(table),
        "added": insert(table).values(row | other),
    }
    scene.alter(todo[how])
    assert scene.found() == []


def test_an_answer_forgotten_or_a_definition_that_nothing_rests_on_is_not_missed(scene: Scene) -> None:
    scene.alter(delete(t.idempotency))
    assert scene.found() == []
    scene.alter(delete(t.definition))
    assert {(one.table, one.entry) for one in scene.found()} == {("definition", scene.at["acceptance"])}  # on this one rests one


def test_a_cosignature_that_is_gone_is_not_missed(scene: Scene) -> None:
    scene.alter(delete(t.cosignature))  # the witness has it still
    assert scene.found() == []


def test_a_checkpoint_deleted_from_the_middle_with_all_that_is_known_of_it_is_not_missed(scene: Scene) -> None:
    first = scene.at["first"]
    scene.alter(*(delete(table).where(table.c.size == first) for table in SIGNED))
    assert scene.found() == []  # the later one holds all that it held


def test_the_last_publication_is_not_missed_and_an_earlier_one_is(scene: Scene) -> None:
    first, second = scene.at["first"], scene.at["second"]
    scene.alter(delete(t.publication).where(t.publication.c.size == second))
    assert scene.found() == []  # as if its witnesses were still asked
    scene.alter(delete(t.publication))
    assert scene.found() == [Deviation("publication", f"that of size {first} is not here, and a later checkpoint was signed")]


def test_instants_that_keep_their_order_may_have_been_changed(scene: Scene) -> None:
    """Nobody signed them: a checkpoint is not older than the one below it, the rest is not older than its checkpoint."""
    first, second = scene.at["first"], scene.at["second"]
    now = micros(scene.ledger.clock())
    scene.alter(
        update(t.checkpoint).where(t.checkpoint.c.size == first).values(signed_at=1),
        update(t.checkpoint).where(t.checkpoint.c.size == second).values(signed_at=now - 1),
        update(t.cosignature).values(received_at=now + 1),
        update(t.publication).values(published_at=now + 2),
    )
    assert scene.found() == []


@pytest.mark.parametrize("value", [1, "?"], ids=["before it was signed", "no number"])
def test_of_instants_only_what_cannot_be_is_told(scene: Scene, value: Any) -> None:
    scene.alter(
        update(t.cosignature).values(received_at=type_coerce(value, NullType())),
        update(t.publication).values(published_at=type_coerce(value, NullType())),
    )
    assert Counter(one.table for one in scene.found()) == {"cosignature": 4, "publication": 2}


def test_a_fence_that_was_mended_with_the_published_checkpoint_is_no_deviation(scene: Scene) -> None:
    """As docs/log.md says it is mended: it has the cosignatures then."""
    with scene.ledger.read() as reading:
        found = published(reading)
    assert found
    assert len(Note.parse(found.note).signatures) == 3
    scene.fence.write_bytes(found.note)
    looked = Looked()
    assert scene.found(looked) == []
    scene.ledger.settings.signing_key_file.unlink()
    assert scene.found(looked) == []


def test_a_fence_that_witnesses_signed_without_the_log_is_told(scene: Scene) -> None:
    with scene.ledger.read() as reading:
        found = published(reading)
    assert found
    log, *others = Note.parse(found.note).signatures
    forged = replace(log, data=bytes(64))
    for signatures, words in ((others, "not with that of the log"), ([forged, *others], "its signature does not hold")):
        scene.fence.write_bytes(Note(Note.parse(found.note).text, tuple(signatures)).to_bytes())
        assert [(one.table, words in one.what) for one in scene.found()] == [("fence", True)]


def test_a_row_of_a_checkpoint_carries_the_signature_of_the_log_alone(scene: Scene) -> None:
    with scene.ledger.read() as reading:
        found = published(reading)
    assert found
    scene.alter(update(t.checkpoint).where(t.checkpoint.c.size == found.size).values(note=found.note.decode()))
    what = f"that of size {found.size} cannot be believed: note: carries 3 signatures, and the log signs once"
    assert scene.found() == [Deviation("checkpoint", what)]


def test_the_last_checkpoint_deleted_is_missed_by_the_fence(scene: Scene) -> None:
    scene.alter(*after(scene.at["second"]))
    what = "was signed and is not here: it was deleted, or the service died while signing it"
    assert scene.found() == [Deviation("checkpoint", f"that of size {scene.at['second']} {what}")]


# --- PostgreSQL ------------------------------------------------------------------------------------------------------


@pytest.mark.postgresql
def test_on_postgresql_the_same_is_found(postgresql_url: str, tmp_path: Path) -> None:
    engine = connect(postgresql_url)
    scene = told(tmp_path, engine)
    assert scene.found() == []
    rewritten(scene)
    assert {one.table for one in scene.found()} == {"checkpoint", "fence"}
    scene.alter(
        update(t.deal_line).values(amount=1),
        delete(t.claim),
        update(t.cosignature).where(t.cosignature.c.witness == str(W1.key)).values(line="?"),
        update(t.checkpoint).where(t.checkpoint.c.size == scene.at["first"]).values(signed_at=2**60),
        insert(t.party_set).values({"set": "?", "place": 1, "party_id": "?"}),
        insert(t.in_force).values(patent_id="?", begins=date(2020, 1, 1), ends=date(2021, 1, 1), since=3, until=t.OPEN),
        insert(t.mention).values({"what": "party", "value": "?", "entry": 9000, "is_subject": False}),
        delete(t.label),
        delete(t.tile),
    )
    named = {one.table for one in scene.found()}
    engine.dispose()
    assert named == {
        "checkpoint", "fence", "deal_line", "claim", "cosignature", "publication", "party_set", "in_force", "mention", "label",
        "tile",
    }  # fmt: skip
