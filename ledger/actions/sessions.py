"""Page sessions: whoever has shown a token once is known by a cookie until it ends.

- The cookie holds 32 random bytes of its own, new at each sign-in and not derived from the token; kept is their SHA-256 alone.
- A session ends with the token or the bar of the subject that opened it, in every process at once: that is looked up each time,
  in the primary database, with one query. It ends by itself after `LASTING`, or when the token would have, and at sign-out; and
  where the settings name another issuer than the one who vouched.
- Who signed in stays as they were: role, centre and region are those of the token at that time.
- `csrf` goes into forms. It is made from the secret, so it is one per session and is kept nowhere, and does not give it away.

Cookies, forms and where a request comes from are the web's business.
"""

import hmac
from base64 import urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from ledger.actions.access import Identity, hash_of, identify, is_secret, new_secret
from ledger.actions.ledger import Ledger
from ledger.facts.actors import Actor
from ledger.facts.days import micros
from ledger.store import sessions
from ledger.store.database import reading, writing

LASTING: Final = timedelta(hours=12)

_PURPOSE: Final = b"pool-ledger csrf"


@dataclass(frozen=True, slots=True)
class Opened:
    """A new session: the secret for the cookie, told this once, and who it stands for."""

    secret: str = field(repr=False)
    identity: Identity


def open_session(ledger: Ledger, bearer: str, admit: Callable[[Identity], None] = lambda _: None) -> Opened | None:
    """A session for whoever shows this token, a JWT included; None where the token is not good.

    Rows are not deleted, so `admit` is asked before there is one: what it raises against whoever signs in goes up from here.
    """
    found = identify(ledger, bearer)
    if found is None:
        return None
    now = ledger.clock()
    until = micros(now + LASTING)
    if found.expires_at is not None:
        until = min(until, found.expires_at)
    if until <= micros(now):  # good for a moment yet by the leeway of clocks: too short to begin anything
        return None
    admit(found)
    secret, who = new_secret(), found.actor
    with writing(ledger.engine) as connection:
        sessions.keep(
            connection,
            sessions.Session(
                hash=hash_of(secret),
                token=found.token,
                subject=found.subject,
                issuer=None if found.subject is None else ledger.settings.oidc_issuer,
                role=who.role,
                name=who.name,
                centre=who.centre,
                region=who.region,
                created_at=micros(now),
                expires_at=until,
            ),
        )
    return Opened(secret, Identity(who, found.token, found.subject, until))


def resume(ledger: Ledger, secret: str) -> Identity | None:
    """Who signed in with this secret; None where nobody did, or the session has ended. `expires_at` is that of the session."""
    if not is_secret(secret):
        return None
    wanted, now = hash_of(secret), micros(ledger.clock())
    with reading(ledger.engine) as connection:
        found = sessions.live(connection, wanted, now)
    if found is None or not hmac.compare_digest(found.hash, wanted):
        return None
    if found.subject is not None and found.issuer != ledger.settings.oidc_issuer:
        return None  # the issuer who vouched is trusted no more, and another may call somebody else by that name
    if found.token is not None:
        ledger.uses.note(found.token, now)
    actor = Actor(found.role, found.name, found.centre, found.region)  # type: ignore[arg-type]  # only roles are kept
    return Identity(actor, found.token, found.subject, found.expires_at)


def end_session(ledger: Ledger, secret: str) -> None:
    """Sign out: the secret opens nothing from now on, whether or not it did before."""
    if not is_secret(secret):
        return
    with writing(ledger.engine) as connection:
        sessions.end(connection, hash_of(secret), micros(ledger.clock()))


def csrf(secret: str) -> str:
    """What a form of this session has to bring along."""
    return urlsafe_b64encode(hmac.digest(secret.encode(), _PURPOSE, "sha256")).decode().rstrip("=")


def is_csrf(secret: str, told: str) -> bool:
    return hmac.compare_digest(csrf(secret).encode(), told.encode("utf-8", "replace"))
