"""Tokens: told once, kept as a hash, good from their making to their end or revocation, and never wider than their office.

What the issuer of the settings says is in test_issuer and test_subjects.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, event, select
from sqlalchemy.exc import OperationalError

from ledger.actions import access, keeper
from ledger.actions.access import Identity
from ledger.actions.ledger import Ledger
from ledger.facts.actors import Actor
from ledger.facts.days import micros, parse_instant
from ledger.facts.problems import Refused
from ledger.store import tables as t
from ledger.store import tokens
from ledger.store.database import connect
from tests.actions.scene import NOW, found, ledger_on


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
def test_a_token_speaks_for_whom_it_was_made(ledger: Ledger, asked: dict[str, Any], actor: Actor) -> None:
    found = access.identify(ledger, access.create_token(ledger, **asked))
    assert found
    assert found.actor == actor


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
    assert access.identify(ledger, first) is None
    assert access.identify(ledger, second) is not None
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
        access.identify(ledger, token)
    assert len(seen) == 1
    assert "WHERE token.hash = " in " ".join(seen[0].split())


@pytest.mark.parametrize("bearer", ["", "x", "令牌" * 20, "a" * 44, "a" * 42 + "+", "a" * 43 + "\n", "eyJhbGciOi.e30.c2ln"])
def test_what_cannot_be_a_token_is_not_even_looked_up(ledger: Ledger, bearer: str) -> None:
    with selects(ledger) as seen:
        assert access.identify(ledger, bearer) is None
    assert seen == []


def test_a_token_that_nobody_made_opens_nothing(ledger: Ledger) -> None:
    access.create_token(ledger, role="reader")
    assert access.identify(ledger, "A" * 43) is None


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
def test_a_token_that_would_fit_nobody_is_not_made(ledger: Ledger, asked: dict[str, Any], problem: tuple[str, str]) -> None:
    with pytest.raises(Refused) as refusal:
        access.create_token(ledger, **asked)
    assert [(p.code, p.path) for p in refusal.value.problems] == [problem]
    assert not access.list_tokens(ledger)


def test_a_centre_may_have_its_token_before_it_is_registered(ledger: Ledger) -> None:
    token = access.create_token(ledger, role="recorder", centre="c9")
    found = access.identify(ledger, token)
    assert found
    assert found.actor == Actor("recorder", "recorder@c9", "c9")
    assert not access.is_registered(ledger, "c9")
    assert access.is_registered(ledger, "c1")


# --- tokens that end -------------------------------------------------------------------------------------------------


def at(ledger: Ledger, instant: datetime) -> Ledger:
    """The same ledger at another time."""
    return replace(ledger, clock=lambda: instant)


def test_a_token_is_good_to_the_end_of_its_last_day_in_china(ledger: Ledger) -> None:
    token = access.create_token(ledger, role="reader", last_day=date(2026, 12, 31))
    end = parse_instant("2027-01-01T00:00:00+08:00")
    assert access.identify(at(ledger, end - timedelta(microseconds=1)), token) == Identity(
        Actor("reader", "reader"), token=1, expires_at=micros(end)
    )
    assert access.identify(at(ledger, end), token) is None


def test_a_token_for_some_days_ends_at_the_same_hour(ledger: Ledger) -> None:
    token = access.create_token(ledger, role="reader", days=90)
    assert access.identify(at(ledger, NOW + timedelta(days=90, microseconds=-1)), token) is not None
    assert access.identify(at(ledger, NOW + timedelta(days=90)), token) is None
    [kept] = access.list_tokens(ledger)
    assert kept.expires_at == micros(NOW + timedelta(days=90))


def test_a_token_without_an_end_is_good_until_it_is_revoked(ledger: Ledger) -> None:
    token = access.create_token(ledger, role="reader")
    assert access.identify(at(ledger, NOW + timedelta(days=36_500)), token) == Identity(Actor("reader", "reader"), token=1)


def test_today_may_be_a_last_day(ledger: Ledger) -> None:
    assert access.create_token(ledger, role="reader", last_day=date(2026, 3, 1))


@pytest.mark.parametrize(
    "end",
    [{"last_day": date(2026, 2, 28)}, {"days": 0}, {"days": 10**7}, {"days": 10**10}, {"last_day": date.max, "days": 1}],
)
def test_a_token_that_would_end_before_it_begins_or_beyond_the_calendar_is_not_made(ledger: Ledger, end: dict[str, Any]) -> None:
    with pytest.raises(Refused) as refusal:
        access.create_token(ledger, role="reader", **end)
    assert [(p.code, p.path) for p in refusal.value.problems] == [("invalid", "expires")]
    assert not access.list_tokens(ledger)


def test_a_token_revoked_elsewhere_is_useless_here_at_once(ledger: Ledger, database_url: str) -> None:
    token = access.create_token(ledger, role="reader")
    other = connect(database_url)
    try:
        elsewhere = ledger_on(other)
        assert access.identify(elsewhere, token) is not None
        access.revoke_token(ledger, 1)
        assert access.identify(elsewhere, token) is None
    finally:
        other.dispose()


# --- when a token was used last --------------------------------------------------------------------------------------


def last_used(ledger: Ledger) -> list[int | None]:
    return [token.last_used_at for token in access.list_tokens(ledger)]


def test_a_use_is_written_down_later_and_the_latest_one_is_kept(ledger: Ledger) -> None:
    first, _ = (access.create_token(ledger, role="reader") for _ in range(2))
    later = NOW + timedelta(hours=1)
    access.identify(at(ledger, later), first)
    access.identify(ledger, first)
    assert last_used(ledger) == [None, None]
    keeper.write_down(ledger)
    assert last_used(ledger) == [micros(later), None]
    access.identify(ledger, first)  # by a worker whose clock is behind
    keeper.write_down(ledger)
    assert last_used(ledger) == [micros(later), None]


def test_what_is_not_good_is_no_use(ledger: Ledger) -> None:
    token = access.create_token(ledger, role="reader", days=1)
    access.identify(at(ledger, NOW + timedelta(days=2)), token)
    access.revoke_token(ledger, 1)
    access.identify(ledger, token)
    keeper.write_down(ledger)
    assert last_used(ledger) == [None]


def test_uses_that_could_not_be_written_down_are_kept_and_nobody_is_refused(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    token = access.create_token(ledger, role="reader")
    writer = keeper.Keeper(ledger)

    def away(*_: object) -> None:
        raise OperationalError("update", {}, Exception("away"))

    with monkeypatch.context() as patched:
        patched.setattr(tokens, "used", away)
        access.identify(ledger, token)
        for _ in range(3):
            writer.round()
        assert access.identify(ledger, token) is not None
    told = capsys.readouterr()
    assert (told.out + told.err).count("could not be written down") == 1
    writer.round()
    assert last_used(ledger) == [micros(NOW)]


def test_the_keeper_writes_down_what_is_left_when_it_is_stopped(ledger: Ledger) -> None:
    token = access.create_token(ledger, role="reader")
    writer = keeper.Keeper(ledger)
    writer.start()
    access.identify(ledger, token)
    writer.stop()
    assert last_used(ledger) == [micros(NOW)]


def test_uses_of_many_threads_are_all_written_down(ledger: Ledger) -> None:
    made = [access.create_token(ledger, role="reader") for _ in range(8)]
    with ThreadPoolExecutor(4) as threads:
        for _ in threads.map(lambda n: access.identify(at(ledger, NOW + timedelta(seconds=n)), made[n % 8]), range(64)):
            keeper.write_down(ledger)
    keeper.write_down(ledger)
    assert last_used(ledger) == [micros(NOW + timedelta(seconds=56 + n)) for n in range(8)]
