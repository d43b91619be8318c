"""Who gets in: tokens of our own, made, listed and revoked on the command line, and subjects of the issuer in the settings.

- A token is 32 random bytes in base64url. It is told once, to whoever makes it; kept is its SHA-256 alone.
- It carries a role, a name (what stands in `recorded_by`), and for some roles a centre and a region. What that allows is
  decided elsewhere (`facts.actors`, the rules).
- It is good from the moment it is made until it ends, if a day was set, or is revoked, also for servers that were running before.
- Whom the issuer's word speaks for stands in `subjects`; whether it is the issuer's word, in `issuer`. A bearer is one or the other
  by its form, and never tried as both.

The hash needs no salt and no stretching: nobody can try out 256 random bits.
"""

import hashlib
import hmac
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

import structlog

from ledger.actions.ledger import Ledger
from ledger.actions.roles import check_actor, read_actor
from ledger.actions.subjects import speaker
from ledger.facts.actors import Actor
from ledger.facts.days import micros, next_day, parse_instant
from ledger.facts.problems import refuse
from ledger.facts.world import World
from ledger.store import tokens
from ledger.store.database import reading, writing
from ledger.store.tokens import Token
from ledger.store.worlds import StoredLog

SECRET_BYTES: Final = 32

_LOG: Final = structlog.get_logger("ledger.access")
_SECRET: Final = re.compile(r"[A-Za-z0-9_-]{43}")


@dataclass(frozen=True, slots=True)
class Identity:
    """Who came, and by which of two: a token of ours (its number), or the word of the issuer on a subject (its `sub`)."""

    actor: Actor
    token: int | None = None
    subject: str | None = None
    expires_at: int | None = None  # microseconds since 1970, from when on it opens nothing; None: good until it is revoked


# --- secrets: tokens, and what the cookies of page sessions hold ---------------------------------------------------------


def new_secret() -> str:
    return secrets.token_urlsafe(SECRET_BYTES)


def is_secret(text: str) -> bool:
    """Whether it has the form of one: anything else is not even looked up."""
    return _SECRET.fullmatch(text) is not None


def hash_of(secret: str) -> bytes:
    """What is kept of a secret."""
    return hashlib.sha256(secret.encode("ascii")).digest()


# --- tokens ----------------------------------------------------------------------------------------------------------


def create_token(
    ledger: Ledger,
    *,
    role: str,
    centre: str | None = None,
    region: str | None = None,
    name: str | None = None,
    last_day: date | None = None,
    days: int | None = None,
) -> str:
    """A new token, told this once; good to the end of its last day in China, or for so many days from now. Raises Refused."""
    actor = read_actor({"role": role, "centre": centre, "region": region, "name": name})
    now = ledger.clock()
    ends = _end(now, last_day, days)
    with reading(ledger.engine) as connection:
        check_actor(actor, World(StoredLog(connection)))
    token = new_secret()
    with writing(ledger.engine) as connection:
        made = tokens.keep(
            connection,
            hash_=hash_of(token),
            role=actor.role,
            name=actor.name,
            centre=actor.centre,
            region=actor.region,
            created_at=micros(now),
            expires_at=None if ends is None else micros(ends),
        )
    _LOG.info("token made", token=made, role=actor.role, name=actor.name, centre=actor.centre, region=actor.region)
    return token


def is_registered(ledger: Ledger, centre: str) -> bool:
    """Whether the log knows a centre; a token may be made before, and writes nothing until then."""
    with reading(ledger.engine) as connection:
        return World(StoredLog(connection)).is_registered(centre.strip())


def list_tokens(ledger: Ledger) -> Sequence[Token]:
    """All tokens ever made. When they were used last is told as far as the workers have written it down."""
    with reading(ledger.engine) as connection:
        return tokens.every(connection)


def revoke_token(ledger: Ledger, token_id: int) -> None:
    """From now on the token opens nothing. Raises Refused (not-found)."""
    with writing(ledger.engine) as connection:
        if not tokens.revoke(connection, token_id, micros(ledger.clock())):
            raise refuse("not-found", "id", f"没有编号为 {token_id} 的有效令牌", f"there is no valid token {token_id}")
    _LOG.info("token revoked", token=token_id)


def identify(ledger: Ledger, bearer: str) -> Identity | None:
    """Who shows this token, by the primary database; None where it is none, has run out, was revoked, or its subject is barred.

    Raises Refused: `forbidden` where the issuer's word is good and gives its subject no place here, `unavailable` where it cannot
    be judged because the issuer is away. What has not the form of a token is not even looked up.
    """
    if is_secret(bearer):
        return _holder(ledger, bearer)
    if ledger.issuer is None:
        return None
    now = ledger.clock()
    claims = ledger.issuer.claims(bearer, int(now.timestamp()))
    if claims is None or (actor := speaker(ledger, claims)) is None:
        return None
    return Identity(actor, subject=actor.name, expires_at=ledger.issuer.ends_at(claims))


def _holder(ledger: Ledger, token: str) -> Identity | None:
    """One indexed lookup. Rows are found by their hash: how long that takes says nothing about any token."""
    wanted, now = hash_of(token), micros(ledger.clock())
    with reading(ledger.engine) as connection:
        found = tokens.live(connection, wanted, now)
    if found is None or not hmac.compare_digest(found.hash, wanted):
        return None
    ledger.uses.note(found.id, now)
    actor = Actor(found.role, found.name, found.centre, found.region)  # type: ignore[arg-type]  # only roles are kept
    return Identity(actor, token=found.id, expires_at=found.expires_at)


def _end(now: datetime, last_day: date | None, days: int | None) -> datetime | None:
    """The first instant at which a token is no longer good."""
    if last_day is not None and days is not None:
        raise refuse("invalid", "expires", "截止日与天数只能给出一个", "a last day and a number of days cannot both be given")
    ends = None
    try:
        if last_day is not None:
            ends = parse_instant(f"{next_day(last_day)}T00:00:00+08:00")  # a day is a day in China
        elif days is not None:
            ends = now + timedelta(days=days)
    except OverflowError:
        raise refuse("invalid", "expires", "超出日历范围", "that lies beyond the calendar") from None
    if ends is not None and ends <= now:
        raise refuse("invalid", "expires", "令牌不能在制作之前失效", "a token cannot end before it is made")
    return ends
