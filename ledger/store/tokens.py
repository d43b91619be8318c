"""Access tokens in rows: never the token, only its SHA-256, and who it speaks for. And subjects of the issuer who are barred.

A revoked token stays as a row, so that a name in the log can always be traced to the role that it had.
So does a bar that was lifted.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, func, or_, select, update

from ledger.store import tables as t


@dataclass(frozen=True, slots=True)
class Token:
    """One token as it is kept; instants in microseconds since 1970."""

    id: int
    hash: bytes
    role: str
    name: str
    centre: str | None
    region: str | None
    created_at: int
    revoked_at: int | None
    expires_at: int | None
    last_used_at: int | None


_COLUMNS = [t.token.c[name] for name in Token.__slots__]


def keep(
    connection: Connection,
    *,
    hash_: bytes,
    role: str,
    name: str,
    centre: str | None,
    region: str | None,
    created_at: int,
    expires_at: int | None,
) -> int:
    """Keep a new token; answers its id."""
    values = {
        "hash": hash_, "role": role, "name": name, "centre": centre, "region": region,
        "created_at": created_at, "expires_at": expires_at,
    }  # fmt: skip
    made: int = connection.execute(t.token.insert().values(values).returning(t.token.c.id)).scalar_one()
    return made


def live(connection: Connection, hash_: bytes, at: int) -> Token | None:
    """The token with this hash, unless it was revoked or has expired by `at`."""
    row = connection.execute(select(*_COLUMNS).where(t.token.c.hash == hash_, t.token.c.revoked_at.is_(None))).one_or_none()
    found = None if row is None else Token(*row)
    return None if found is None or (found.expires_at is not None and found.expires_at <= at) else found


def every(connection: Connection) -> Sequence[Token]:
    """All tokens, revoked ones too, in the order of their making."""
    return [Token(*row) for row in connection.execute(select(*_COLUMNS).order_by(t.token.c.id))]


def revoke(connection: Connection, token_id: int, at: int) -> bool:
    """Revoke a token for good; False where there is no such token that is still good."""
    done = connection.execute(update(t.token).where(t.token.c.id == token_id, t.token.c.revoked_at.is_(None)).values(revoked_at=at))
    return done.rowcount == 1


def used(connection: Connection, at: Mapping[int, int]) -> None:
    """When tokens were used last, by their ids; what a row says already is kept where it is later."""
    c = t.token.c
    earlier = or_(c.last_used_at.is_(None), c.last_used_at < bindparam("at"))
    statement = update(t.token).where(c.id == bindparam("token"), earlier).values(last_used_at=bindparam("at"))
    # In one order for all: workers that write at the same time must not wait for each other in a circle.
    connection.execute(statement, [{"token": token_id, "at": at[token_id]} for token_id in sorted(at)])


# --- subjects of the issuer --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Bar:
    """A subject whose tokens open nothing here, from one instant to another; instants in microseconds since 1970."""

    subject: str
    barred_at: int
    lifted_at: int | None


def is_barred(connection: Connection, subject: str) -> bool:
    c = t.barred.c
    return connection.execute(select(c.barred_at).where(c.subject == subject, c.lifted_at.is_(None)).limit(1)).first() is not None


def bar(connection: Connection, subject: str, at: int) -> bool:
    """Bar a subject; False where they are barred already."""
    if is_barred(connection, subject):
        return False
    c = t.barred.c
    last: int | None = connection.execute(select(func.max(c.barred_at)).where(c.subject == subject)).scalar()
    # Never at the instant of an earlier bar, whatever the clock says.
    connection.execute(t.barred.insert().values(subject=subject, barred_at=at if last is None else max(at, last + 1)))
    return True


def lift(connection: Connection, subject: str, at: int) -> bool:
    """Lift a bar; False where there is none."""
    c = t.barred.c
    done = connection.execute(update(t.barred).where(c.subject == subject, c.lifted_at.is_(None)).values(lifted_at=at))
    return done.rowcount > 0


def bars(connection: Connection) -> Sequence[Bar]:
    """All bars that were ever set, in the order of their setting."""
    columns = [t.barred.c[name] for name in Bar.__slots__]
    return [Bar(*row) for row in connection.execute(select(*columns).order_by(t.barred.c.barred_at, t.barred.c.subject))]
