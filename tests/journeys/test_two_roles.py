"""Two database roles on PostgreSQL: the owner brings the schema up and gives rights, the service works with those and no others.

What the command prints, and each right one by one, is tested with the command and with the grants.
"""

import json
import os
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import Engine, create_engine, select, text
from sqlalchemy.exc import DBAPIError

from ledger.actions import offices
from ledger.actions.check import check
from ledger.actions.record import receipts
from ledger.cli.main import cli
from ledger.store import tables as t
from ledger.store.database import connect, reading, writing
from ledger.store.log import entries_in
from tests.actions.scene import FIRM, OPERATOR, UNIVERSITY, licence, patent, patent_id
from tests.conftest import database
from tests.web.service import Service, running

pytestmark = pytest.mark.postgresql

ROLE = f"journey_service_{os.getpid()}"
THROUGH = {"programme": "hubei-2025", "subject": "c1", "through": "2025-12-31"}
PARTIES: tuple[tuple[str, str, dict[str, Any]], ...] = (
    (UNIVERSITY, "university", {}),
    (FIRM, "enterprise", {"size": "small", "size_basis": "declared", "chains": ["photonics"]}),
    (OPERATOR, "agency", {}),
)

REFUSED = (
    "UPDATE entry SET kind = 'payment'",
    "UPDATE disclosure SET disclosure = ''",
    "UPDATE tile SET hashes = ''",
    "DELETE FROM entry",
    "DELETE FROM disclosure",
    "DELETE FROM idempotency",
    "TRUNCATE entry",
    "TRUNCATE disclosure, tile",
    "ALTER TABLE entry DISABLE TRIGGER ALL",
    "ALTER TABLE entry DISABLE TRIGGER entry_append_only",
    "DROP TRIGGER entry_append_only ON entry",
    "CREATE OR REPLACE FUNCTION ledger_append_only() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
    "DROP FUNCTION ledger_append_only() CASCADE",
    "SET session_replication_role = replica",
    "DROP TABLE entry CASCADE",
    "DROP TABLE deal_line",
    "ALTER TABLE entry OWNER TO CURRENT_USER",
    "CREATE RULE nothing AS ON INSERT TO entry DO INSTEAD NOTHING",
    "UPDATE alembic_version SET version_num = '0001'",
    "DROP SCHEMA public CASCADE",
)


@pytest.fixture
def owner(postgresql_server: str) -> Iterator[Engine]:
    """A database that was brought up from nothing by the command, with rights for a role made for it."""
    admin = create_engine(postgresql_server, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.exec_driver_sql(f"CREATE ROLE {ROLE} LOGIN")
    try:
        with database(admin, f"ledger_two_roles_{os.getpid()}") as url:
            kept = {name: None for name in os.environ if name.startswith("LEDGER_")}
            done = CliRunner().invoke(cli, ["migrate", "--grant", ROLE], env={**kept, "LEDGER_DATABASE_URL": url})
            assert (done.exit_code, done.output) == (0, "")
            engine = connect(url)
            yield engine
            engine.dispose()
    finally:
        with admin.connect() as connection:
            connection.exec_driver_sql(f"DROP OWNED BY {ROLE}")
            connection.exec_driver_sql(f"DROP ROLE {ROLE}")
        admin.dispose()


@pytest.fixture
def service(owner: Engine) -> Iterator[Service]:
    url = owner.url.set(username=ROLE).render_as_string(hide_password=False)
    with running(url) as service:
        with reading(service.ledger.engine) as connection:
            assert connection.execute(text("SELECT current_user")).scalar() == ROLE
        yield service


def recorded(
    service: Service, role: str, centre: str, *said: tuple[str, Mapping[str, Any]], key: str = ""
) -> list[dict[str, Any]]:
    entries = [{"kind": kind, "centre": centre, "body": body} for kind, body in said]
    response = service.as_(role, centre).post("/v1/entries/batch", {"entries": entries}, Idempotency_Key=key or f"{service.size}")
    assert response.status_code == 201, response.data
    receipts: list[dict[str, Any]] = json.loads(response.data)["entries"]
    return receipts


def a_year(service: Service) -> None:
    """From the first office to an accepted period: entries 0 to 14."""
    offices.found(service.ledger, code="hb-ipo", name="湖北省知识产权局", centre_kind="province_office", region="420000")
    centre = {"code": "c1", "name": "中心", "centre_kind": "centre", "region": "420100", "operator": OPERATOR,
              "valid_from": "2022-01-01"}  # fmt: skip
    started = {"programme": "hubei-2025", "subject": "c1", "state": "started", "on": "2025-08-01", "industry": "photonics",
               "start_on": "2025-08-01", "months": 24}  # fmt: skip
    parties = [("party", {"party_id": id_, "name": id_, "party_kind": kind, "valid_from": "2020-01-01", **more})
               for id_, kind, more in PARTIES]  # fmt: skip
    recorded(service, "authority", "hb-ipo", ("centre", centre), ("participation", started), *parties)
    said = [patent(1), patent(2), licence("L-1", [1, 2], registered_on="2025-09-10")]
    first = recorded(service, "recorder", "c1", *said, key="k")
    assert recorded(service, "recorder", "c1", *said, key="k") == first
    recorded(service, "recorder", "c1", ("termination", {"deal_no": "L-1", "on": "2025-12-01", "reason": "mutual"}),
             licence("L-2", [1]), ("reversal", {"entry": 10, "reason": "data_error"}))  # fmt: skip
    recorded(service, "authority", "hb-ipo", ("attestation", {"entry": 8, "verdict": "verified"}))
    recorded(service, "signatory", "c1", ("closing", THROUGH | {"action": "submit"}))
    recorded(service, "authority", "hb-ipo", ("closing", THROUGH | {"action": "accept", "decisions": {"growth": True}}))


def test_the_service_records_scores_and_reads_with_the_rights_it_was_given(service: Service, owner: Engine) -> None:
    a_year(service)
    auditor = service.as_("auditor")
    card: Any = auditor.get("/v1/programmes/hubei-2025/scorecards/c1?on=2025-12-31").json
    figures = {row["id"]: (row["value"], row["verified"], row["met"]) for row in card["targets"]}
    assert figures["times"] == ("2", "2", None)
    assert figures["growth"][2] is True
    for path in (
        "/readyz", "/v1/entries", "/v1/entries/8", f"/v1/patents/{patent_id(1)}", f"/v1/parties/{FIRM}", "/v1/deals/c1/L-1",
        "/v1/pools", "/v1/totals?metric=hei_sme_times&centre=c1", "/v1/programmes/hubei-2025/scorecards",
        "/v1/programmes/hubei-2025/scorecards/c1/lines?target=times", "/v1/programmes/hubei-2025/scorecards/c1/changes?since=6",
    ):  # fmt: skip
        assert auditor.get(path).status_code == 200, path
    assert service.size == 15
    assert list(check(service.ledger)) == []
    with reading(owner) as connection:  # and the owner finds the same
        entry = entries_in(connection, [8])[8]
        assert receipts(connection, [entry]) == [auditor.get("/v1/entries/8").json]


def test_the_service_cannot_change_the_log_nor_take_its_guards_away(service: Service, owner: Engine) -> None:
    a_year(service)
    with reading(owner) as connection:
        before = [connection.execute(select(table).order_by(*table.primary_key)).all() for table in t.GUARDED]
    for statement in REFUSED:
        with pytest.raises(DBAPIError, match=r"permission denied|must be owner"), writing(service.ledger.engine) as connection:
            connection.exec_driver_sql(statement)
    with reading(owner) as connection:
        assert [connection.execute(select(table).order_by(*table.primary_key)).all() for table in t.GUARDED] == before
    with pytest.raises(DBAPIError, match="append-only"), writing(owner) as connection:  # nor does the owner, by mistake
        connection.execute(t.entry.delete())
    assert list(check(service.ledger)) == []
