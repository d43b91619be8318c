"""Tokens: told once, kept as a hash, good from their making to their revocation, and never wider than their office."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import Engine, event, select

from ledger.actions import access
from ledger.actions.ledger import Ledger
from ledger.facts.actors import Actor
from ledger.facts.problems import Refused
from ledger.store import tables as t
from tests.actions.scene import found, ledger_on


@pytest.fixture
def ledger(engine: Engine) -> Ledger:
    opened = ledger_on(engine)
    found(opened)
    return opened


@contextmanager
def selects(ledger: Ledger) -> Iterator[list[str]]:
    """The selects that are sent meanwhile."""
    seen: list[str] = []

    def note(_: object, __: object, statement: str, *___: object) -> None:
        if statement.lstrip().upper().startswith("SELECT"):
            seen.append(statement)

    event.listen(ledger.engine, "before_cursor_execute", note)
    yield seen
    event.remove(ledger.engine, "before_cursor_execute", note)


@pytest.mark.parametrize(
    ("asked", "actor"),
    [
        ({"role": "recorder", "centre": "c1"}, Actor("recorder", "recorder@c1", "c1")),
        ({"role": "signatory", "centre": "c1", "name": "王签署"}, Actor("signatory", "王签署", "c1")),
        ({"role": "authority", "centre": "hb-ipo"}, Actor("authority", "authority@hb-ipo", "hb-ipo")),
        (
            {"role": "authority", "centre": "hb-ipo", "region": "420100"},
            Actor("authority", "authority@hb-ipo", "hb-ipo", "420100"),
        ),
        ({"role": "reader"}, Actor("reader", "reader")),
        ({"role": "auditor", "name": " 审计 "}, Actor("auditor", "审计")),
    ],
)
def test_a_token_speaks_for_whom_it_was_made(ledger: Ledger, asked: dict[str, str], actor: Actor) -> None:
    assert access.authenticate(ledger, access.create_token(ledger, **asked)) == actor


def test_a_token_is_kept_as_a_hash_only(ledger: Ledger) -> None:
    token = access.create_token(ledger, role="auditor")
    with ledger.engine.connect() as connection:
        kept = connection.execute(select(t.token)).one()
    assert len(kept.hash) == 32
    assert not any(token in str(value) or token.encode() in bytes(kept.hash) for value in kept)


def test_no_two_tokens_are_alike(ledger: Ledger) -> None:
    assert len({access.create_token(ledger, role="reader") for _ in range(20)}) == 20


def test_a_revoked_token_opens_nothing_and_the_others_stay_good(ledger: Ledger) -> None:
    first, second = (access.create_token(ledger, role="reader") for _ in range(2))
    [one, _] = access.list_tokens(ledger)
    access.revoke_token(ledger, one.id)
    assert access.authenticate(ledger, first) is None
    assert access.authenticate(ledger, second) is not None
    assert [token.revoked_at is None for token in access.list_tokens(ledger)] == [False, True]


@pytest.mark.parametrize("times", [0, 1])
def test_a_token_is_revoked_once(ledger: Ledger, times: int) -> None:
    access.create_token(ledger, role="reader")
    [token] = access.list_tokens(ledger)
    for _ in range(times):
        access.revoke_token(ledger, token.id)
    with pytest.raises(Refused) as refusal:
        access.revoke_token(ledger, token.id if times else 999)
    assert refusal.value.code == "not-found"


def test_whoever_comes_with_a_token_costs_one_select(ledger: Ledger) -> None:
    token = access.create_token(ledger, role="reader")
    with selects(ledger) as seen:
        access.authenticate(ledger, token)
    assert len(seen) == 1
    assert "WHERE token.hash = " in " ".join(seen[0].split())


@pytest.mark.parametrize("bearer", ["", "x", "令牌" * 20, "a" * 44, "a" * 42 + "+", "a" * 43 + "\n", "eyJhbGciOi.e30.c2ln"])
def test_what_cannot_be_a_token_is_not_even_looked_up(ledger: Ledger, bearer: str) -> None:
    with selects(ledger) as seen:
        assert access.authenticate(ledger, bearer) is None
    assert seen == []


def test_a_token_that_nobody_made_opens_nothing(ledger: Ledger) -> None:
    access.create_token(ledger, role="reader")
    assert access.authenticate(ledger, "A" * 43) is None


@pytest.mark.parametrize(
    ("asked", "problem"),
    [
        ({"role": "owner"}, ("invalid", "role")),
        ({"role": "recorder"}, ("invalid", "centre")),
        ({"role": "signatory"}, ("invalid", "centre")),
        ({"role": "authority"}, ("invalid", "centre")),
        ({"role": "reader", "centre": "c1"}, ("invalid", "centre")),
        ({"role": "auditor", "region": "420000"}, ("invalid", "region")),
        ({"role": "recorder", "centre": "c1", "region": "420100"}, ("invalid", "region")),
        ({"role": "recorder", "centre": "C 1!"}, ("invalid", "centre")),
        ({"role": "recorder", "centre": "c1", "name": "a\nb"}, ("invalid", "name")),
        ({"role": "recorder", "centre": "hb-ipo"}, ("invalid", "role")),
        ({"role": "authority", "centre": "c1"}, ("invalid", "centre")),
        ({"role": "authority", "centre": "nobody"}, ("unknown-centre", "centre")),
        ({"role": "authority", "centre": "hb-ipo", "region": "320000"}, ("invalid", "region")),
        ({"role": "authority", "centre": "hb-ipo", "region": "42"}, ("invalid", "region")),
    ],
)
def test_a_token_that_would_fit_nobody_is_not_made(ledger: Ledger, asked: dict[str, str], problem: tuple[str, str]) -> None:
    with pytest.raises(Refused) as refusal:
        access.create_token(ledger, **asked)
    assert [(p.code, p.path) for p in refusal.value.problems] == [problem]
    assert not access.list_tokens(ledger)


def test_a_centre_may_have_its_token_before_it_is_registered(ledger: Ledger) -> None:
    token = access.create_token(ledger, role="recorder", centre="c9")
    assert access.authenticate(ledger, token) == Actor("recorder", "recorder@c9", "c9")
    assert not access.is_registered(ledger, "c9")
    assert access.is_registered(ledger, "c1")
