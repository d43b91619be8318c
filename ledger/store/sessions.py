"""Page sessions in rows: never what the cookie holds, only its SHA-256, and who signed in by what.

A session ends with whatever opened it: that its token was revoked or its subject barred is seen by the same look that finds the
session, so nothing has to be told to anybody. Rows are not deleted; one that was ended says when.
"""

from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import BindParameter, Connection, Select, and_, bindparam, exists, or_, select, update

from ledger.store import tables as t


@dataclass(frozen=True, slots=True)
class Session:
    """A session as kept, opened by a token (its number) or by a subject of an issuer; instants in microseconds since 1970."""

    hash: bytes
    token: int | None
    subject: str | None
    issuer: str | None  # whose subject it is: its address, as the settings had it
    role: str
    name: str
    centre: str | None
    region: str | None
    created_at: int
    expires_at: int


_COLUMNS = [t.session.c[name] for name in Session.__slots__]


def _live() -> Select[Any]:
    session, token, barred = t.session.c, t.token.c, t.barred.c
    at: BindParameter[int] = bindparam("at")
    open_now = and_(session.hash == bindparam("hash"), session.ended_at.is_(None), session.expires_at > at)
    over = or_(token.revoked_at.is_not(None), and_(token.expires_at.is_not(None), token.expires_at <= at))
    # A bar that was lifted in the meantime has ended what stood open when it came: the subject signs in anew.
    since = or_(barred.lifted_at.is_(None), barred.lifted_at > session.created_at)
    token_is_gone = exists().where(token.id == session.token, over)
    is_shut_out = exists().where(barred.subject == session.subject, since)
    return select(*_COLUMNS).where(open_now, ~token_is_gone, ~is_shut_out)


_LIVE = _live()  # made once: it is asked for every request that comes by a cookie


def keep(connection: Connection, session: Session) -> None:
    connection.execute(t.session.insert().values(asdict(session)))


def live(connection: Connection, hash_: bytes, at: int) -> Session | None:
    """The session with this hash, unless it has ended by `at`, by itself or with what opened it."""
    row = connection.execute(_LIVE, {"hash": hash_, "at": at}).one_or_none()
    return None if row is None else Session(*row)


def end(connection: Connection, hash_: bytes, at: int) -> None:
    """End a session for good, if it has not been ended before."""
    session = t.session.c
    connection.execute(update(t.session).where(session.hash == hash_, session.ended_at.is_(None)).values(ended_at=at))
