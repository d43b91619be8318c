"""Access tokens in rows: never the token, only its SHA-256, and who it speaks for.

A revoked token stays as a row, so that a name in the log can always be traced to the role that it had.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, select, update

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


_COLUMNS = [t.token.c[name] for name in Token.__slots__]


def keep(
    connection: Connection, *, hash_: bytes, role: str, name: str, centre: str | None, region: str | None, created_at: int
) -> int:
    """Keep a new token; answers its id."""
    values = {"hash": hash_, "role": role, "name": name, "centre": centre, "region": region, "created_at": created_at}
    made: int = connection.execute(t.token.insert().values(values).returning(t.token.c.id)).scalar_one()
    return made


def live(connection: Connection, hash_: bytes) -> Token | None:
    """The token with this hash, unless it was revoked."""
    row = connection.execute(select(*_COLUMNS).where(t.token.c.hash == hash_, t.token.c.revoked_at.is_(None))).one_or_none()
    return None if row is None else Token(*row)


def every(connection: Connection) -> Sequence[Token]:
    """All tokens, revoked ones too, in the order of their making."""
    return [Token(*row) for row in connection.execute(select(*_COLUMNS).order_by(t.token.c.id))]


def revoke(connection: Connection, token_id: int, at: int) -> bool:
    """Revoke a token for good; False where there is no such token that is still good."""
    done = connection.execute(update(t.token).where(t.token.c.id == token_id, t.token.c.revoked_at.is_(None)).values(revoked_at=at))
    return done.rowcount == 1
