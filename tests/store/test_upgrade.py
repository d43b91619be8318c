"""A filled database of any earlier release is brought up by `migrate`, and nothing of it is lost or counts otherwise.

An earlier database is made as an earlier release would have left it: its schema by the migrations up to its revision, and in it the
rows of a ledger of today, as far as that schema has tables and columns for them. What later revisions added is not there.
"""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, MetaData, select
from sqlalchemy.exc import DBAPIError

from ledger.actions import access, backup
from ledger.actions.check import check
from ledger.actions.ledger import Ledger, NotMigrated
from ledger.actions.publish import publish
from ledger.actions.score import scorecard
from ledger.facts.actors import Actor
from ledger.facts.problems import Refused
from ledger.store import copying
from ledger.store import tables as t
from ledger.store.database import reading, writing
from ledger.store.schema import bring_to, migrate, newest_revision, revision_of, scripts
from tests.actions.publishing import grow, ledger_in, signed_rightly, with_settings
from tests.actions.scene import licence, play, say
from tests.conftest import Elsewhere

EARLIER = sorted(one.revision for one in scripts().walk_revisions())[:-1]
SIGNED, SIGNED_FROM = ("checkpoint", "cosignature", "publication"), "0003"
PERIODS_FROM = "0005"
THROUGH = {"programme": "hubei-2025", "subject": "c1", "through": "2026-01-31", "action": "submit"}


@pytest.fixture
def today(engine: Engine, tmp_path: Path) -> Ledger:
    """A ledger of this release with a little of everything: its period is submitted, it has checkpoints and a token."""
    ledger = ledger_in(tmp_path, engine)
    play(ledger, fillers=250)
    publish(ledger)
    say(ledger, "signatory", "c1", ("closing", THROUGH))
    return ledger


def projected(source: Engine, target: Engine, revision: str) -> None:
    """Fill a database of an earlier revision with what it has room for."""
    with target.begin() as there, reading(source) as here:
        bring_to(there, revision)
        old = MetaData()
        old.reflect(there)
        for name, table in sorted(old.tables.items()):
            if name == "alembic_version":
                continue
            current = t.metadata.tables[name]
            rows = [row._asdict() for row in here.execute(select(current).order_by(*current.primary_key))]
            if name == "mention" and revision < PERIODS_FROM:
                rows = [row for row in rows if row["what"] != "periods"]
            if name == t.log_head.name:
                there.execute(table.delete())
            kept = [{column.name: row[column.name] for column in table.columns} for row in rows]
            if kept:
                there.execute(table.insert(), kept)
        for shape in copying.shapes(there):
            copying.set_sequences(there, shape)


@pytest.fixture(params=EARLIER)
def earlier(request: pytest.FixtureRequest, today: Ledger, elsewhere: Elsewhere, tmp_path: Path) -> Ledger:
    """The same ledger as a database of an earlier revision, of the same kind; not brought up yet."""
    engine = elsewhere(today.engine.dialect.name)
    projected(today.engine, engine, request.param)
    assert revision_of(engine) == request.param
    made = replace(today, engine=engine, read_engine=engine, tile_roots={})
    # Before there was a table for it nothing was signed, and no key made.
    return made if request.param >= SIGNED_FROM else with_settings(made, signing_key_file=tmp_path / "unsigned" / "signing.key")


def cards(ledger: Ledger) -> list[Any]:
    """All scorecards of the two centres, at each level."""
    with ledger.read() as look:
        return [
            scorecard(look, Actor("auditor", "a"), "hubei-2025", centre, on=None, known_at=None, level=level).answer()
            for centre in ("c1", "c2")
            for level in ("recorded", "attested", "verified")
        ]


def content(engine: Engine, table: str) -> list[Any]:
    with reading(engine) as connection:
        current = t.metadata.tables[table]
        return [tuple(row) for row in connection.execute(select(current).order_by(*current.primary_key))]


def test_all_that_was_kept_is_there_and_counts_the_same(today: Ledger, earlier: Ledger) -> None:
    before = revision_of(earlier.engine)
    migrate(earlier.engine)
    assert revision_of(earlier.engine) == newest_revision()
    assert list(check(earlier)) == []
    assert cards(earlier) == cards(today)
    assert before is not None
    later = {*(SIGNED if before < SIGNED_FROM else ()), "session", "barred"}
    for name in t.metadata.tables.keys() - later:
        assert content(earlier.engine, name) == content(today.engine, name), name


def test_closings_that_were_recorded_before_hold_their_period(today: Ledger, earlier: Ledger) -> None:
    migrate(earlier.engine)
    with reading(earlier.engine) as connection:
        c = t.mention.c
        found = connection.execute(select(c.value, c.entry).where(c.what == "periods").order_by(c.entry)).all()
    assert len(found) == 4  # submitted, accepted, reopened; and submitted again
    assert {value for value, _ in found} == {"c1"}
    with pytest.raises(Refused) as refusal:
        say(earlier, "recorder", "c1", licence("L-9", [1], registered_on="2026-01-05"))
    assert {problem.code for problem in refusal.value.problems} == {"period-held"}
    say(earlier, "recorder", "c1", licence("L-9", [1], registered_on="2026-02-05"))


def test_tokens_open_what_they_opened_and_new_ones_have_new_numbers(today: Ledger, engine: Engine, elsewhere: Elsewhere) -> None:
    good, bad = access.create_token(today, role="auditor"), access.create_token(today, role="recorder", centre="c1")
    access.revoke_token(today, 2)
    for revision in EARLIER:
        target = elsewhere(engine.dialect.name)
        projected(engine, target, revision)
        migrate(target)
        there = replace(today, engine=target, read_engine=target)
        found = access.identify(there, good)
        assert found is not None
        assert (found.actor.role, found.expires_at) == ("auditor", None)
        assert access.identify(there, bad) is None
        assert access.identify(there, access.create_token(there, role="reader", days=1)) is not None
        assert [one.id for one in access.list_tokens(there)] == [1, 2, 3]


def test_recording_and_publishing_go_on(earlier: Ledger) -> None:
    migrate(earlier.engine)
    grow(earlier, 900, 3)
    found = publish(earlier)
    assert found is not None
    assert signed_rightly(earlier)[-1].size == found.size
    assert list(check(earlier)) == []


def test_the_guards_are_those_of_a_database_that_was_never_earlier(earlier: Ledger) -> None:
    migrate(earlier.engine)
    publish(earlier)
    guarded = [table for table in t.GUARDED if content(earlier.engine, table.name)]
    assert {table.name for table in guarded} == {table.name for table in t.GUARDED} - {"cosignature"}  # nobody was asked for any
    for table in guarded:
        with pytest.raises(DBAPIError, match="append-only"), writing(earlier.engine) as connection:
            connection.execute(table.delete())


def test_a_backup_of_an_earlier_database_is_restored_as_one_of_today(
    today: Ledger, earlier: Ledger, elsewhere: Elsewhere, tmp_path: Path
) -> None:
    """By this release, also into the other kind of database: what a release before it had written."""
    told = backup.backup(earlier.engine, tmp_path / "a", origin=today.settings.origin)
    assert told.revision == revision_of(earlier.engine)
    target = elsewhere("sqlite" if earlier.engine.dialect.name == "postgresql" else "postgresql")
    migrate(target)  # even there, where the tables were those of today
    backup.restore(target, tmp_path / "a")
    there = replace(earlier, engine=target, read_engine=target, tile_roots={})
    assert revision_of(target) == newest_revision()
    assert list(check(there)) == []
    assert cards(there) == cards(today)
    assert content(target, "mention") == content(today.engine, "mention")


def test_an_earlier_database_is_not_served_before(earlier: Ledger) -> None:
    url = earlier.engine.url.render_as_string(hide_password=False)
    with pytest.raises(NotMigrated, match="run `pool-ledger migrate`"):
        Ledger.open(replace(earlier.settings, database_url=url))
