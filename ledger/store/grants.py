"""What the database role of the service may do, on PostgreSQL: exactly what recording, counting and signing in take.

- To the log it adds, and changes or deletes nothing. Of the rows that follow it adds new ones and closes old ones (`until`).
- It owns nothing: migrations and `rebuild` are run by the owner of the tables, whom no grant could hold back.
- Rights from earlier times are taken away first, so after a migration the same command leaves exactly the new set.
"""

from collections.abc import Mapping
from typing import Final

from sqlalchemy import ColumnElement, Connection, Engine, and_, func, select, text

from ledger.store import tables as t


class NoGrant(Exception):
    """A role that cannot be given the rights of the service; the message says why."""


READ: Final = ("SELECT",)
ADD: Final = ("SELECT", "INSERT")

RIGHTS: Final[Mapping[str, tuple[str, ...]]] = {
    **{table.name: ADD for table in t.metadata.tables.values()},
    **{table.name: (*ADD, "UPDATE (until)") for table in t.ROW_TABLES.values()},
    # FOR UPDATE, by which the head orders all writers, takes the right to update.
    t.log_head.name: (*READ, "UPDATE (size, frontier, recorded_at)"),
    t.token.name: (*ADD, "UPDATE (revoked_at, last_used_at)"),
    t.session.name: (*ADD, "UPDATE (ended_at)"),
    t.barred.name: (*ADD, "UPDATE (lifted_at)"),
    "alembic_version": READ,
}


def are_held(connection: Connection) -> bool:
    """Whether whoever asks has every right that the service needs, on tables of this release. PostgreSQL only."""
    asked: list[ColumnElement[bool]] = []
    for table, rights in RIGHTS.items():
        for right in rights:
            verb, _, columns = right.partition(" ")
            if columns:
                asked += [func.has_column_privilege(table, name, verb) for name in columns.strip("()").split(", ")]
            else:
                asked.append(func.has_table_privilege(table, verb))
    held: bool = connection.execute(select(and_(*asked))).scalar_one()
    return held


def check(engine: Engine, role: str) -> None:
    """Raises NoGrant where the service's rights cannot be given to `role`."""
    if engine.dialect.name != "postgresql":
        raise NoGrant("roles are given rights on PostgreSQL only: whoever may write a SQLite file may do everything")
    with engine.connect() as connection:
        found = connection.execute(
            text("SELECT rolsuper, pg_has_role(rolname, current_user, 'USAGE') AS owns FROM pg_roles WHERE rolname = :role"),
            {"role": role},
        ).one_or_none()
    if found is None:
        raise NoGrant(f"there is no database role {role}: make it first, by CREATE ROLE … LOGIN")
    if found.rolsuper or found.owns:
        raise NoGrant(f"{role} owns the tables or is a superuser: no grant holds it back, so give the service a role of its own")


def grant(connection: Connection, role: str) -> None:
    """Give `role` the rights of the service, and no others, on the tables as they are now."""
    quoted = connection.dialect.identifier_preparer.quote_identifier
    to, schema, database = (
        quoted(role),
        quoted(connection.execute(text("SELECT current_schema()")).scalar_one()),
        quoted(connection.execute(text("SELECT current_database()")).scalar_one()),
    )
    words = [
        f"GRANT CONNECT ON DATABASE {database} TO {to}",
        f"GRANT USAGE ON SCHEMA {schema} TO {to}",
        f"REVOKE ALL ON ALL TABLES IN SCHEMA {schema} FROM {to}",
        f"REVOKE ALL ON ALL SEQUENCES IN SCHEMA {schema} FROM {to}",
        *(f"GRANT {', '.join(rights)} ON {quoted(table)} TO {to}" for table, rights in RIGHTS.items()),
    ]
    sequence = connection.execute(text("SELECT pg_get_serial_sequence('token', 'id')")).scalar_one()
    words.append(f"GRANT USAGE ON SEQUENCE {sequence} TO {to}")
    for statement in words:
        connection.exec_driver_sql(statement.replace("%", "%%"))
