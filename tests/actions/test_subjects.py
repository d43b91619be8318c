"""Whom the issuer's word speaks for: the rules of tokens hold for claims, and a subject that is barred is nobody at once."""

import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from ledger.actions import access, offices, subjects
from ledger.actions.access import Identity
from ledger.actions.keeper import Keeper
from ledger.actions.ledger import Ledger
from ledger.actions.record import submit
from ledger.facts.actors import Actor
from ledger.facts.problems import Refused
from ledger.store.database import connect
from ledger.store.worlds import StoredLog
from schemas.entries import load_batch
from tests import issuer as issuers
from tests.actions.scene import NOW, found, ledger_on, patent
from tests.actions.test_access import selects
from tests.issuer import AUDIENCE, Issuer

SECONDS = int(NOW.timestamp())


@pytest.fixture(scope="module")
def issuer() -> Iterator[Issuer]:
    with issuers.issuer() as one:
        yield one


@pytest.fixture(scope="module")
def house(issuer: Issuer, migrated_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ledger]:
    """A ledger that knows the office and two centres; whoever asks for it writes nothing."""
    path = shutil.copyfile(migrated_file, tmp_path_factory.mktemp("house") / "ledger.db")
    opened = believing(ledger_on(connect(f"sqlite:///{path}")), issuer)
    found(opened)
    yield opened
    opened.engine.dispose()


def believing(ledger: Ledger, issuer: Issuer, **told: Any) -> Ledger:
    return replace(ledger, settings=replace(ledger.settings, oidc_issuer=issuer.url, oidc_audience=AUDIENCE, **told))


@pytest.fixture
def ledger(engine: Engine, issuer: Issuer) -> Ledger:
    """The same, on each kind of database."""
    opened = believing(ledger_on(engine), issuer)
    found(opened)
    return opened


def claimed(role: Any = None, centre: Any = None, region: Any = None, **more: Any) -> dict[str, Any]:
    return {"ledger_role": role, "ledger_centre": centre, "ledger_region": region} | more


@pytest.mark.parametrize(
    ("claims", "actor"),
    [
        (claimed("recorder", "c1", sub="u-17"), Actor("recorder", "u-17", "c1")),
        (claimed("recorder", "c9"), Actor("recorder", "reader-1", "c9")),
        (claimed("signatory", ["c2"], sub="王签署"), Actor("signatory", "王签署", "c2")),
        (claimed("authority", "hb-ipo"), Actor("authority", "reader-1", "hb-ipo")),
        (claimed("authority", "hb-ipo", "420100"), Actor("authority", "reader-1", "hb-ipo", "420100")),
        (claimed(["offline_access", "auditor"]), Actor("auditor", "reader-1")),
        (claimed("reader", [], sub="s" * 200), Actor("reader", "s" * 200)),
    ],
)
def test_claims_speak_for_whom_they_name(house: Ledger, issuer: Issuer, claims: dict[str, Any], actor: Actor) -> None:
    assert access.identify(house, issuer.token(NOW, **claims)) == Identity(
        actor, subject=actor.name, expires_at=(SECONDS + 330) * 1_000_000
    )
    found = access.identify(house, issuer.token(NOW, **claims))
    assert found
    assert found.actor == actor


@pytest.mark.parametrize(
    ("claims", "where"),
    [
        (claimed(), "ledger_role"),
        (claimed("owner"), "ledger_role"),
        (claimed(["recorder", "signatory"], "c1"), "ledger_role"),
        (claimed({"auditor": True}), "ledger_role"),
        (claimed("auditor "), "ledger_role"),
        (claimed(["Auditor", 5, None]), "ledger_role"),
        (claimed("recorder"), "ledger_centre"),
        (claimed("recorder", "C 1!"), "ledger_centre"),
        (claimed("recorder", ["c1", "c2"]), "ledger_centre"),
        (claimed("recorder", {"code": "c1"}), "ledger_centre"),
        (claimed("recorder", "c1", "420100"), "ledger_region"),
        (claimed("recorder", "hb-ipo"), "ledger_role"),
        (claimed("authority", "c1"), "ledger_centre"),
        (claimed("authority", "nobody"), "ledger_centre"),
        (claimed("authority", "hb-ipo", "320000"), "ledger_region"),
        (claimed("authority", "hb-ipo", "100000"), "ledger_region"),
        (claimed("authority", "hb-ipo", 420000), "ledger_region"),
        (claimed("reader", "c1"), "ledger_centre"),
        (claimed("auditor", None, "420000"), "ledger_region"),
        (claimed("reader", sub="s" * 201), "sub"),
        (claimed("reader", sub=" u-1"), "sub"),
        (claimed("reader", sub="u-1\n"), "sub"),
        (claimed("reader", sub="u\x00"), "sub"),
        (claimed("reader", sub="\ud800"), "sub"),
        (claimed("reader", sub="e\u0301"), "sub"),
    ],
)
def test_whoever_is_known_and_has_no_place_here_is_told_so(
    house: Ledger, issuer: Issuer, claims: dict[str, Any], where: str
) -> None:
    with pytest.raises(Refused) as refusal:
        access.identify(house, issuer.token(NOW, **claims))
    assert refusal.value.code == "forbidden"
    assert [problem.path for problem in refusal.value.problems] == [where]


@pytest.mark.parametrize(
    ("path", "claims"),
    [
        ("resource_access.pool-ledger.roles", {"resource_access": {"pool-ledger": {"roles": ["auditor"]}, "a": {"roles": []}}}),
        ("https://ledger.example/role", {"https://ledger.example/role": "auditor"}),
        ("role", {"role": "auditor"}),
    ],
)  # fmt: skip
def test_a_claim_is_found_by_its_name_or_its_path(house: Ledger, issuer: Issuer, path: str, claims: dict[str, Any]) -> None:
    token = issuer.token(NOW, ledger_role=None, **claims)
    found = access.identify(believing(house, issuer, oidc_role_claim=path), token)
    assert found is not None
    assert found.actor.role == "auditor"
    for elsewhere in (f"{path}.x", f"x.{path}", "resource_access", "resource_access.pool-ledger.roles.0"):
        with pytest.raises(Refused):
            access.identify(believing(house, issuer, oidc_role_claim=elsewhere), token)


def test_what_the_issuer_says_is_asked_of_the_world_of_now(ledger: Ledger, issuer: Issuer) -> None:
    token = issuer.token(NOW, **claimed("recorder", "sz-ipo"))
    assert access.identify(ledger, token) is not None
    office = {"code": "sz-ipo", "name": "局", "centre_kind": "city_office", "region": "420300"}
    offices.found(ledger, **office)
    with pytest.raises(Refused):
        access.identify(ledger, token)


def test_the_subject_is_who_recorded(ledger: Ledger, issuer: Issuer) -> None:
    who = access.identify(ledger, issuer.token(NOW, **claimed("recorder", "c1", sub="u-17")))
    assert who is not None
    kind, body = patent(1)
    answer = submit(ledger, who.actor, load_batch({"entries": [{"kind": kind, "centre": "c1", "body": body}]}), batch=True)
    index = json.loads(answer.body)["first"]
    with ledger.read() as reading:
        entry = StoredLog(reading.connection).entry(index)
    assert entry is not None
    assert entry.recorded_by == "u-17"


def test_without_an_issuer_in_the_settings_no_jwt_is_even_looked_at(house: Ledger, issuer: Issuer) -> None:
    alone = replace(house, settings=replace(house.settings, oidc_issuer=None))
    token, asked = issuer.token(NOW), len(issuer.asked)
    with selects(alone) as seen:
        assert access.identify(alone, token) is None
    assert seen == []
    assert len(issuer.asked) == asked


def test_a_token_of_our_own_is_good_whatever_the_issuer_does(ledger: Ledger, issuer: Issuer) -> None:
    token, asked = access.create_token(ledger, role="reader"), len(issuer.asked)
    with selects(ledger) as seen:
        assert access.identify(ledger, token) == Identity(Actor("reader", "reader"), token=1)
    assert len(seen) == 1
    assert len(issuer.asked) == asked


def test_a_forged_token_costs_no_look_into_the_database(ledger: Ledger, issuer: Issuer) -> None:
    token = issuer.token(NOW)
    assert access.identify(ledger, token) is not None
    with selects(ledger) as seen:
        assert access.identify(ledger, token[:-8] + "AAAAAAAA") is None
    assert seen == []


def test_a_reader_costs_one_select_and_whoever_speaks_for_a_centre_no_more_than_three(ledger: Ledger, issuer: Issuer) -> None:
    for claims, most in ((claimed("reader"), 1), (claimed("recorder", "c1"), 3), (claimed("authority", "hb-ipo", "420100"), 3)):
        token = issuer.token(NOW, **claims)
        with selects(ledger) as seen:
            assert access.identify(ledger, token) is not None
        assert len(seen) <= most, seen


def test_keys_are_fetched_before_anybody_comes(house: Ledger, issuer: Issuer) -> None:
    fresh, asked = believing(house, issuer), len(issuer.asked)
    Keeper(fresh).round()
    assert fresh.issuer is not None
    assert fresh.issuer._talks[-1].done.wait(10)
    assert len(issuer.asked) == asked + 2
    assert access.identify(fresh, issuer.token(NOW)) is not None
    assert len(issuer.asked) == asked + 2


# --- barring ---------------------------------------------------------------------------------------------------------


def test_whoever_is_barred_is_nobody_at_once_in_every_process_until_they_are_let_in_again(
    ledger: Ledger, issuer: Issuer, database_url: str
) -> None:
    token, another = issuer.token(NOW, sub="u-17"), issuer.token(NOW, sub="u-18")
    other = connect(database_url)
    try:
        elsewhere = believing(ledger_on(other), issuer)
        for _ in range(2):
            assert access.identify(elsewhere, token) is not None
            subjects.bar(ledger, "u-17")
            assert access.identify(elsewhere, token) is None
            assert access.identify(elsewhere, another) is not None
            subjects.unbar(ledger, "u-17")
        assert access.identify(elsewhere, token) is not None
    finally:
        other.dispose()
    kept = subjects.list_bars(ledger)
    assert [one.subject for one in kept] == ["u-17", "u-17"]
    assert all(one.lifted_at is not None for one in kept)


def test_a_barred_subject_learns_nothing_more(ledger: Ledger, issuer: Issuer) -> None:
    subjects.bar(ledger, " u-17 ")
    assert access.identify(ledger, issuer.token(NOW, **claimed("owner", sub="u-17"))) is None


def test_a_bar_is_set_once_and_lifted_once(ledger: Ledger) -> None:
    subjects.bar(ledger, "u-17")
    with pytest.raises(Refused) as refusal:
        subjects.bar(ledger, "u-17")
    assert refusal.value.code == "invalid"
    subjects.unbar(ledger, "u-17")
    with pytest.raises(Refused) as refusal:
        subjects.unbar(ledger, "u-17")
    assert refusal.value.code == "not-found"


@pytest.mark.parametrize("subject", ["", " ", "a\nb", "x" * 201])
def test_a_subject_that_could_be_nobody_is_not_barred(house: Ledger, subject: str) -> None:
    with pytest.raises(Refused):
        subjects.bar(house, subject)
    assert subjects.list_bars(house) == []
