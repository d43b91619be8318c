"""Resolved programme definitions under their digest, kept when figures were bound by them."""

from collections.abc import Mapping

import rfc8785
from sqlalchemy import Connection, select

from ledger.store.lines import insert_new
from ledger.store.tables import definition


def keep(connection: Connection, digest: str, resolved: Mapping[str, object]) -> None:
    text = rfc8785.dumps(dict(resolved)).decode()  # type: ignore[arg-type]
    insert_new(connection, definition, [{"digest": digest, "definition": text}])


def find(connection: Connection, digest: str) -> str | None:
    """The definition as canonical JSON."""
    found: str | None = connection.execute(select(definition.c.definition).where(definition.c.digest == digest)).scalar()
    return found
