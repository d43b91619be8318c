"""Page sessions: a secret of their own, good as long as what opened them and no longer, and kept as a hash only."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Engine, select

from ledger.actions import access, sessions, subjects
from ledger.actions.access import Identity
from ledger.actions.ledger import Ledger
from ledger.actions.sessions import LASTING, Opened, csrf, end_session, is_csrf, open_session, resume
from ledger.facts.actors import Actor
from ledger.facts.days import micros
from ledger.store import tables as t
from ledger.store.database import connect
from tests import issuer as issuers
from tests.actions.scene import NOW, found, ledger_on
from tests.actions.test_access import selects
from tests.actions.test_subjects import believing
from tests.issuer import Issuer

MOMENT = timedelta(microseconds=1)


@pytest.fixture
def ledger(engine: Engine) -> Ledger:
    opened = ledger_on(engine)
    found(opened)
    return opened


@pytest.fixture
def issuer() -> Iterator[Issuer]:
    with issuers.issuer() as one:
        yield one


def later(ledger: Ledger, after: timedelta) -> Ledger:
    return replace(ledger, clock=lambda: NOW + after)


def signed_in(ledger: Ledger, bearer: str) -> Opened:
    opened = open_session(ledger, bearer)
    assert opened is not None
    return opened


def test_a_session_speaks_for_the_holder_of_its_token(ledger: Ledger) -> None:
    token = access.create_token(ledger, role="authority", centre="hb-ipo", region="420100", name="武汉局")
    opened = signed_in(ledger, token)
    wanted = Identity(Actor("authority", "武汉局", "hb-ipo", "420100"), token=1, expires_at=micros(NOW + LASTING))
    assert opened.identity == resume(ledger, opened.secret) == wanted


def test_a_session_costs_one_query(ledger: Ledger) -> None:
    opened = signed_in(ledger, access.create_token(ledger, role="auditor"))
    with selects(ledger) as sent:
        assert resume(ledger, opened.secret)
    assert len(sent) == 1


def test_every_sign_in_has_a_secret_of_its_own_and_none_is_kept(ledger: Ledger) -> None:
    token = access.create_token(ledger, role="auditor")
    secrets = [signed_in(ledger, token).secret for _ in range(3)]
    assert len({*secrets, token}) == 4
    with ledger.engine.connect() as connection:
        kept = repr(connection.execute(select(t.session)).all())
    assert not any(secret in kept for secret in (*secrets, token))
    opened = signed_in(ledger, token)
    assert opened.secret not in repr(opened)


@pytest.mark.parametrize("bearer", ["", "x", "A" * 43, "é" * 43, "a.b.c", "Bearer " + "A" * 43])
def test_what_is_no_good_token_opens_no_session(ledger: Ledger, bearer: str) -> None:
    assert open_session(ledger, bearer) is None
    with ledger.engine.connect() as connection:
        assert connection.execute(select(t.session)).all() == []


@pytest.mark.parametrize("secret", ["", "x", "A" * 43, "A" * 44, "é" * 43, "A" * 42 + "\n", "A" * 43 + "\n"])
def test_what_is_no_secret_resumes_and_ends_nothing(ledger: Ledger, secret: str) -> None:
    opened = signed_in(ledger, access.create_token(ledger, role="auditor"))
    assert resume(ledger, secret) is None
    end_session(ledger, secret)
    assert resume(ledger, opened.secret)


def test_a_token_is_no_secret_and_a_secret_no_token(ledger: Ledger) -> None:
    token = access.create_token(ledger, role="auditor")
    secret = signed_in(ledger, token).secret
    assert resume(ledger, token) is None
    assert access.identify(ledger, secret) is None
    assert open_session(ledger, secret) is None


def test_a_session_ends_after_twelve_hours(ledger: Ledger) -> None:
    opened = signed_in(ledger, access.create_token(ledger, role="auditor"))
    assert resume(later(ledger, LASTING - MOMENT), opened.secret) == opened.identity
    assert resume(later(ledger, LASTING), opened.secret) is None


def test_a_session_ends_with_the_day_of_its_token(ledger: Ledger) -> None:
    token = access.create_token(ledger, role="auditor", last_day=NOW.date())
    opened = signed_in(ledger, token)
    left = timedelta(hours=16)  # NOW is eight in the morning in China
    short = signed_in(later(ledger, left - timedelta(hours=1)), token)
    assert opened.identity.expires_at == micros(NOW + LASTING)
    assert short.identity.expires_at == micros(NOW + left)
    assert resume(later(ledger, left - MOMENT), short.secret)
    assert resume(later(ledger, left), short.secret) is None


def test_revoking_a_token_ends_its_sessions_at_once_and_no_others(ledger: Ledger) -> None:
    tokens = [access.create_token(ledger, role="auditor") for _ in range(2)]
    opened = [signed_in(ledger, token) for token in (tokens[0], tokens[0], tokens[1])]
    elsewhere = replace(ledger, engine=connect(ledger.engine.url))  # another worker, with connections of its own
    assert all(resume(elsewhere, one.secret) for one in opened)
    access.revoke_token(ledger, 1)
    assert [resume(elsewhere, one.secret) is not None for one in opened] == [False, False, True]
    elsewhere.engine.dispose()


def test_signing_out_ends_one_session_for_good(ledger: Ledger) -> None:
    token = access.create_token(ledger, role="auditor")
    one, other = signed_in(ledger, token), signed_in(ledger, token)
    end_session(ledger, one.secret)
    end_session(later(ledger, MOMENT), one.secret)
    assert resume(ledger, one.secret) is None
    with ledger.engine.connect() as connection:
        assert connection.scalars(select(t.session.c.ended_at).where(t.session.c.ended_at.is_not(None))).all() == [micros(NOW)]
    assert resume(ledger, other.secret)
    assert access.identify(ledger, token)


def test_a_subject_of_the_issuer_signs_in_until_their_token_runs_out(ledger: Ledger, issuer: Issuer) -> None:
    believer = believing(ledger, issuer)
    opened = signed_in(believer, issuer.token(NOW))
    assert (opened.identity.token, opened.identity.subject) == (None, "reader-1")
    ends = opened.identity.expires_at
    assert ends is not None
    assert ends < micros(NOW + LASTING)
    assert resume(believer, opened.secret) == opened.identity
    left = timedelta(microseconds=ends - micros(NOW))
    assert resume(later(believer, left - MOMENT), opened.secret)
    assert resume(later(believer, left), opened.secret) is None


def test_a_bar_ends_the_sessions_of_its_subject_for_good(ledger: Ledger, issuer: Issuer) -> None:
    believer = believing(ledger, issuer)
    before, other = signed_in(believer, issuer.token(NOW)), signed_in(believer, issuer.token(NOW, sub="reader-2"))
    subjects.bar(later(believer, timedelta(seconds=1)), "reader-1")
    assert resume(believer, before.secret) is None
    assert resume(believer, other.secret)
    subjects.unbar(later(believer, timedelta(seconds=2)), "reader-1")
    assert resume(believer, before.secret) is None
    afterwards = later(believer, timedelta(seconds=3))
    assert resume(afterwards, signed_in(afterwards, issuer.token(NOW)).secret)


def test_without_its_issuer_a_session_is_over(ledger: Ledger, issuer: Issuer) -> None:
    opened = signed_in(believing(ledger, issuer), issuer.token(NOW))
    assert resume(ledger, opened.secret) is None


def test_a_session_is_over_where_the_settings_name_another_issuer_and_no_other_session_is(ledger: Ledger, issuer: Issuer) -> None:
    """Another issuer may mean another person by the same name; a token of ours has to do with neither."""
    believer = believing(ledger, issuer)
    theirs, ours = signed_in(believer, issuer.token(NOW)), signed_in(believer, access.create_token(ledger, role="auditor"))
    with issuers.issuer() as another:
        convert = believing(ledger, another)
        assert resume(convert, theirs.secret) is None
        assert resume(convert, signed_in(convert, another.token(NOW)).secret)
        assert resume(convert, ours.secret)
    assert resume(believer, theirs.secret) == theirs.identity


def test_whoever_is_not_admitted_leaves_no_row(ledger: Ledger) -> None:
    token = access.create_token(ledger, role="auditor", name="a")
    asked: list[Identity] = []

    def refuse(who: Identity) -> None:
        asked.append(who)
        raise PermissionError

    with pytest.raises(PermissionError):
        open_session(ledger, token, refuse)
    assert open_session(ledger, "A" * 43, refuse) is None
    assert asked == [Identity(Actor("auditor", "a"), token=1)]
    with ledger.engine.connect() as connection:
        assert connection.execute(select(t.session)).all() == []


def test_a_token_that_is_good_by_the_leeway_only_opens_nothing(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    ended = Identity(Actor("reader", "r"), subject="r", expires_at=micros(NOW))
    monkeypatch.setattr(sessions, "identify", lambda *_: ended)
    assert open_session(ledger, "whatever") is None


def test_asking_by_a_session_is_a_use_of_its_token(ledger: Ledger) -> None:
    opened = signed_in(ledger, access.create_token(ledger, role="auditor"))
    noted: list[tuple[int, int]] = []
    ledger.uses.note = lambda token, at: noted.append((token, at))  # type: ignore[method-assign]
    resume(later(ledger, timedelta(hours=1)), opened.secret)
    assert noted == [(1, micros(NOW + timedelta(hours=1)))]


def test_a_form_token_belongs_to_one_session_and_tells_nothing_of_it() -> None:
    assert is_csrf("a" * 43, csrf("a" * 43))
    assert not is_csrf("b" * 43, csrf("a" * 43))
    assert len({csrf("a" * 43), csrf("a" * 42 + "b"), "a" * 43}) == 3
    for told in ("", "é", csrf("a" * 43) + "=", csrf("a" * 43)[:-1], "\ud800"):
        assert not is_csrf("a" * 43, told)
