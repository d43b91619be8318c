"""Idempotency keys: which answer a centre's key was given, written in the transaction of its entries and kept for ever."""

from sqlalchemy import Connection, Row, select

from ledger.store.tables import idempotency


def find(connection: Connection, centre: str, key: str) -> Row | None:  # type: ignore[type-arg]
    """(digest, first, answer) of a key that was used."""
    c = idempotency.c
    return connection.execute(select(c.digest, c.first, c.answer).where(c.centre == centre, c.key == key)).one_or_none()


def keep(connection: Connection, centre: str, key: str, digest: str, first: int, answer: bytes) -> None:
    connection.execute(
        idempotency.insert().values(centre=centre, key=key, digest=digest, first=first, answer=answer)
    )  # fmt: skip
