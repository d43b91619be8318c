"""The proof of an entry convinces whoever has the log's key, stays what it was, and is to be had at once."""

import json
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Engine

from ledger.actions.ledger import Ledger
from ledger.actions.prove import proof_of
from ledger.actions.publish import publish
from ledger.facts.actors import Actor
from ledger.facts.problems import Refused
from ledger.proof import leaves
from ledger.proof.entryproofs import EntryProof, verify_entry
from ledger.proof.merkle import Damaged
from ledger.signing import load_key
from ledger.store import log
from ledger.store import tables as t
from ledger.store.database import connect, writing
from tests.actions.scene import ledger_on, patent, play, say
from tests.filling import fill

AUDITOR = Actor("auditor", "auditor")


@pytest.fixture
def ledger(engine: Engine, tmp_path: Path) -> Ledger:
    ledger = ledger_on(engine)
    return replace(ledger, settings=replace(ledger.settings, signing_key_file=tmp_path / "signing.key"))


@pytest.fixture
def at(ledger: Ledger) -> dict[str, int]:
    return play(ledger)


def opening(proof: EntryProof) -> dict[str, str]:
    assert proof.extra is not None
    found: dict[str, str] = json.loads(proof.extra)
    assert set(found) == {"disclosure", "leaf"}
    return found


def convinces(ledger: Ledger, proof: EntryProof) -> int:
    """The size of the checkpoint, after the checks that a stranger makes with the key and the file alone."""
    signer = load_key(ledger.settings.signing_key_file)
    assert signer is not None
    again = EntryProof.parse(proof.to_bytes())
    told = opening(again)
    leaf = told["leaf"].encode()
    assert leaves.parse_leaf(leaf).digest == leaves.digest(told["disclosure"])
    return verify_entry(again, leaf, signer.key).size


def test_every_entry_has_a_proof_that_convinces(ledger: Ledger, at: dict[str, int]) -> None:
    with ledger.read() as look:
        size = look.size
    for index in range(size):
        proof = proof_of(ledger, AUDITOR, index)
        assert proof.index == index
        assert convinces(ledger, proof) == size
        with ledger.read() as look:
            entry = log.entries_in(look.connection, [index])[index]
        assert leaves.opened(opening(proof)["disclosure"])["kind"] == entry.kind


def test_a_proof_is_against_the_smallest_checkpoint_that_covers_the_entry(ledger: Ledger, at: dict[str, int]) -> None:
    publish(ledger)
    with ledger.read() as look:
        first = look.size
    before = proof_of(ledger, AUDITOR, first - 1).to_bytes()
    fill(ledger.engine, 300)
    publish(ledger)
    fill(ledger.engine, 700)
    publish(ledger)
    assert proof_of(ledger, AUDITOR, first - 1).to_bytes() == before
    wanted = {0: first, first - 1: first, first: 300, 255: 300, 256: 300, 299: 300, 300: 700, 699: 700}
    for index, covered in wanted.items():
        assert convinces(ledger, proof_of(ledger, AUDITOR, index)) == covered, index


def test_who_records_has_the_proof_at_once(ledger: Ledger, at: dict[str, int]) -> None:
    publish(ledger)
    index = say(ledger, "recorder", "c1", patent(80))
    assert convinces(ledger, proof_of(ledger, Actor("recorder", "recorder@c1", "c1"), index)) == index + 1


def test_a_replica_that_lags_behind_hinders_no_proof(sqlite_url: str, tmp_path: Path) -> None:
    engine = connect(sqlite_url)
    ledger = ledger_on(engine)
    ledger = replace(ledger, settings=replace(ledger.settings, signing_key_file=tmp_path / "signing.key"))
    play(ledger)
    follower = connect(f"sqlite:///{tmp_path / 'follower.db'}")
    with closing(sqlite3.connect(sqlite_url.removeprefix("sqlite:///"))) as raw:
        raw.execute("VACUUM INTO ?", [str(tmp_path / "follower.db")])
    assert convinces(ledger, proof_of(replace(ledger, read_engine=follower), AUDITOR, 20)) > 20
    follower.dispose()
    engine.dispose()


@pytest.mark.parametrize(("which", "code"), [("office", "forbidden"), ("claimed", "forbidden"), ("beyond", "not-found")])
def test_a_proof_is_for_those_who_may_read_the_entry(ledger: Ledger, at: dict[str, int], which: str, code: str) -> None:
    index = {"office": 0, "claimed": at["claimed"], "beyond": 10**6}[which]
    with pytest.raises(Refused) as refusal:
        proof_of(ledger, Actor("recorder", "recorder@c1", "c1"), index)
    assert refusal.value.code == code
    assert not ledger.settings.signing_key_file.exists()  # nothing was published for somebody who is refused


def test_an_entry_whose_leaf_was_altered_gets_no_proof(ledger: Ledger, at: dict[str, int]) -> None:
    publish(ledger)
    with writing(ledger.engine) as connection:
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql("ALTER TABLE entry DISABLE TRIGGER ALL")
            connection.exec_driver_sql("ALTER TABLE disclosure DISABLE TRIGGER ALL")
        else:
            for name in connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'trigger'").scalars().all():
                connection.exec_driver_sql(f"DROP TRIGGER {name}")
        kept = log.committed(connection, 3)
        other = log.committed(connection, 4)
        assert kept
        assert other
        connection.execute(t.entry.update().where(t.entry.c.index == 3).values(leaf=other[0]))
        connection.execute(t.disclosure.update().where(t.disclosure.c.entry == 5).values(disclosure=kept[1]))
    with pytest.raises(Damaged, match="does not open its leaf"):
        proof_of(ledger, AUDITOR, 3)
    with pytest.raises(Damaged, match="does not open its leaf"):
        proof_of(ledger, AUDITOR, 5)
    with writing(ledger.engine) as connection:
        connection.execute(t.disclosure.update().where(t.disclosure.c.entry == 3).values(disclosure=other[1]))
    with pytest.raises(Damaged, match="does not stand in the tree"):
        proof_of(ledger, AUDITOR, 3)
