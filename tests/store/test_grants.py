"""The role of the service can do its work and nothing else, on a real PostgreSQL."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, inspect, select, text
from sqlalchemy.exc import DBAPIError

from ledger.actions import access, sessions
from ledger.actions.check import check
from ledger.actions.ledger import Ledger
from ledger.actions.publish import publish
from ledger.actions.rebuild import rebuild
from ledger.actions.score import scorecard
from ledger.facts.actors import Actor
from ledger.store import grants
from ledger.store import tables as t
from ledger.store.database import LostRights, connect, writing
from tests.actions.publishing import every, key_of, ledger_in, signed_rightly, with_settings
from tests.actions.scene import found, ledger_on, patent, play, say
from tests.witness import policy, witness

pytestmark = pytest.mark.postgresql
ROLE = 'the "service"'


@pytest.fixture
def owner(postgresql_url: str) -> Iterator[Engine]:
    engine = connect(postgresql_url)
    yield engine
    engine.dispose()


@pytest.fixture
def role(owner: Engine) -> Iterator[str]:
    quoted = owner.dialect.identifier_preparer.quote_identifier(ROLE)
    with owner.begin() as connection:
        connection.execute(text(f"CREATE ROLE {quoted} LOGIN"))
    yield ROLE
    with owner.begin() as connection:
        connection.execute(text(f"DROP OWNED BY {quoted}"))
        connection.execute(text(f"DROP ROLE {quoted}"))


@pytest.fixture
def service(owner: Engine, role: str) -> Iterator[Ledger]:
    with writing(owner) as connection:
        grants.grant(connection, role)
    engine = connect(owner.url.set(username=role))
    yield ledger_on(engine)
    engine.dispose()


def test_the_service_signs_people_in_and_out(service: Ledger) -> None:
    found(service)
    opened = sessions.open_session(service, access.create_token(service, role="auditor"))
    assert opened is not None
    assert sessions.resume(service, opened.secret) == opened.identity
    sessions.end_session(service, opened.secret)
    assert sessions.resume(service, opened.secret) is None


def test_the_service_records_counts_and_lets_people_in(service: Ledger) -> None:
    at = play(service)
    token = access.create_token(service, role="auditor")
    assert access.identify(service, token) is not None
    access.revoke_token(service, access.list_tokens(service)[0].id)
    with service.read() as reading:
        card = scorecard(reading, Actor("auditor", "a"), "hubei-2025", "c1", on=None, known_at=None, level="recorded").answer()
    assert json.dumps(card)
    assert at["licence"] < card["known_at"]["size"]
    assert list(check(service)) == []


def test_the_service_signs_and_publishes(service: Ledger, tmp_path: Path) -> None:
    publishing = ledger_in(tmp_path, service.engine)
    with witness("w1", key_of(publishing)) as one:
        publishing = with_settings(publishing, witnesses=policy([one]))
        found(publishing)
        publish(publishing)
        say(publishing, "recorder", "c1", patent(1))
        publish(publishing)
    assert [told.size for told in signed_rightly(publishing)] == [10, 11]
    assert [row.size for row in every(publishing, t.publication)] == [10, 11]


@pytest.mark.parametrize("table", t.metadata.sorted_tables, ids=lambda table: table.name)
def test_the_service_deletes_nothing_anywhere(service: Ledger, table: t.Table) -> None:
    with pytest.raises(DBAPIError, match="permission denied"), writing(service.engine) as connection:
        connection.execute(table.delete())


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE entry SET kind = 'x'",
        "UPDATE disclosure SET disclosure = 'x'",
        "UPDATE tile SET n = 1",
        "UPDATE checkpoint SET size = 1",
        "UPDATE cosignature SET line = 'x'",
        "UPDATE publication SET size = 1",
        "UPDATE deal_line SET amount = 1",
        "UPDATE mention SET value = 'x'",
        "UPDATE token SET role = 'authority'",
        "UPDATE log_head SET id = 1",
        "INSERT INTO log_head VALUES (2, 0, '', 0)",
        "UPDATE idempotency SET first = 0",
        "UPDATE alembic_version SET version_num = 'x'",
        "TRUNCATE entry",
        "ALTER TABLE entry DISABLE TRIGGER ALL",
        "DROP TABLE entry",
        "CREATE TABLE other (x int)",
    ],
)
def test_the_service_changes_nothing_that_was_written(service: Ledger, statement: str) -> None:
    with pytest.raises(DBAPIError, match=r"permission denied|must be owner"), writing(service.engine) as connection:
        connection.exec_driver_sql(statement)


def test_rows_are_made_anew_by_the_owner_only(service: Ledger, owner: Engine) -> None:
    play(service)
    with pytest.raises(DBAPIError, match="permission denied"):
        rebuild(service)
    assert rebuild(ledger_on(owner)) > 0
    say(service, "recorder", "c1", patent(50))  # the service goes on with the rows of the owner


def test_rights_of_earlier_times_are_taken_away(service: Ledger, owner: Engine, role: str) -> None:
    with owner.begin() as connection:
        quoted = connection.dialect.identifier_preparer.quote_identifier(role)
        connection.execute(text(f"GRANT ALL ON ALL TABLES IN SCHEMA public TO {quoted}"))
    with writing(owner) as connection:
        grants.grant(connection, role)
    with pytest.raises(DBAPIError, match="permission denied"), writing(service.engine) as connection:
        connection.execute(t.token.delete())


def test_every_table_has_its_rights(owner: Engine) -> None:
    assert set(grants.RIGHTS) == set(inspect(owner).get_table_names())


def test_a_role_that_is_not_there_is_refused(owner: Engine) -> None:
    with pytest.raises(grants.NoGrant, match="there is no database role nobody-here"):
        grants.check(owner, "nobody-here")


def test_a_role_that_no_grant_holds_back_is_refused(owner: Engine) -> None:
    with owner.connect() as connection:
        itself = connection.execute(select(text("current_user"))).scalar_one()
    with pytest.raises(grants.NoGrant, match="owns the tables or is a superuser"):
        grants.check(owner, itself)


def test_a_role_that_is_in_order_passes(owner: Engine, role: str) -> None:
    grants.check(owner, role)


def test_a_right_that_was_taken_away_is_told_apart_from_all_that_goes_wrong(owner: Engine, service: Ledger) -> None:
    found(service)
    with owner.begin() as connection:
        connection.execute(text(f"REVOKE INSERT ON entry FROM {connection.dialect.identifier_preparer.quote_identifier(ROLE)}"))
    with pytest.raises(LostRights, match="permission denied for table entry"):
        say(service, "recorder", "c1", patent(1))
