"""All tables of the ledger. The log (entry, disclosure, tile) and what was signed and published of it (checkpoint, cosignature,
publication) are only ever added to; what follows from the entries can be made anew.

Rows of `ledger.facts.lines.rows` lie in one table each, their fields as columns, with `since` and `until` beside them:
a row stands at log size S when since <= S < until. Days are half-open in the same way. `OPEN` is the end of what stands.
"""

from collections.abc import Mapping
from dataclasses import fields
from datetime import date
from typing import Any, get_args, get_type_hints

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    SmallInteger,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from ledger.facts.lines import rows

OPEN = 2**62  # log size at which nothing has ended yet

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# --- the log ---------------------------------------------------------------------------------------------------------

log_head = Table(
    "log_head",
    metadata,
    Column("id", SmallInteger, primary_key=True, autoincrement=False),
    Column("size", BigInteger, nullable=False),
    Column("frontier", LargeBinary, nullable=False),  # the roots of the full subtrees, largest first
    Column("recorded_at", BigInteger, nullable=False),  # microseconds since 1970 of the last entry
    CheckConstraint("id = 1", name="one_row"),
)

entry = Table(
    "entry",
    metadata,
    Column("index", BigInteger, primary_key=True, autoincrement=False),
    Column("centre", String, nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("kind", String, nullable=False),
    Column("office", Boolean, nullable=False),
    Column("recorded_at", BigInteger, nullable=False),
    Column("leaf", LargeBinary, nullable=False),
    Column("leaf_hash", LargeBinary, nullable=False),
    UniqueConstraint("centre", "seq"),
    UniqueConstraint("recorded_at"),
)

disclosure = Table(
    "disclosure",
    metadata,
    Column("entry", BigInteger, primary_key=True, autoincrement=False),
    Column("disclosure", Text, nullable=False),
)

tile = Table(
    "tile",
    metadata,
    Column("level", SmallInteger, nullable=False),
    Column("n", BigInteger, nullable=False),
    Column("hashes", LargeBinary, nullable=False),
    PrimaryKeyConstraint("level", "n"),
)

checkpoint = Table(
    "checkpoint",
    metadata,
    Column("size", BigInteger, primary_key=True, autoincrement=False),
    Column("root", LargeBinary, nullable=False),
    Column("note", Text, nullable=False),  # as the log alone signed it
    Column("signed_at", BigInteger, nullable=False),
)

cosignature = Table(
    "cosignature",
    metadata,
    Column("size", BigInteger, nullable=False),
    Column("witness", String, nullable=False),  # its verifier key: a name may be given to another key, a key is itself
    Column("line", Text, nullable=False),
    Column("received_at", BigInteger, nullable=False),
    PrimaryKeyConstraint("size", "witness"),
    Index(None, "witness", "size"),  # up to where has this witness seen our log?
)

# Which checkpoints everybody may have seen: with the cosignatures that they had then, whatever is asked of later ones.
publication = Table(
    "publication",
    metadata,
    Column("size", BigInteger, primary_key=True, autoincrement=False),
    Column("published_at", BigInteger, nullable=False),
)

GUARDED = (entry, disclosure, tile, checkpoint, cosignature, publication)  # append-only: triggers refuse every other change

idempotency = Table(
    "idempotency",
    metadata,
    Column("centre", String, nullable=False),
    Column("key", String, nullable=False),
    Column("digest", String, nullable=False),
    Column("first", BigInteger, nullable=False),
    Column("answer", LargeBinary, nullable=False),  # zlib
    PrimaryKeyConstraint("centre", "key"),
)

mention = Table(
    "mention",
    metadata,
    Column("what", String, nullable=False),
    Column("value", String, nullable=False),
    Column("entry", BigInteger, nullable=False),
    Column("is_subject", Boolean, nullable=False),
    PrimaryKeyConstraint("what", "value", "entry"),
    Index(None, "entry"),
)

# --- access ----------------------------------------------------------------------------------------------------------

token = Table(
    "token",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("hash", LargeBinary, nullable=False, unique=True),  # SHA-256 of the token
    Column("role", String, nullable=False),
    Column("name", String, nullable=False),
    Column("centre", String),
    Column("region", String),
    Column("created_at", BigInteger, nullable=False),
    Column("revoked_at", BigInteger),
    Column("expires_at", BigInteger),
    Column("last_used_at", BigInteger),
)

# Somebody who signed in on a page: by a token, or by what the issuer said of a subject.
session = Table(
    "session",
    metadata,
    Column("hash", LargeBinary, primary_key=True),  # SHA-256 of what the cookie holds
    Column("token", Integer),
    Column("subject", String),
    Column("issuer", String),  # who vouched for the subject
    Column("role", String, nullable=False),
    Column("name", String, nullable=False),
    Column("centre", String),
    Column("region", String),
    Column("created_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    Column("ended_at", BigInteger),
)

# Subjects of the issuer whose tokens open nothing here, however long they are good there.
barred = Table(
    "barred",
    metadata,
    Column("subject", String, nullable=False),
    Column("barred_at", BigInteger, nullable=False),
    Column("lifted_at", BigInteger),
    PrimaryKeyConstraint("subject", "barred_at"),
)

definition = Table(
    "definition",
    metadata,
    Column("digest", String, primary_key=True),
    Column("definition", Text, nullable=False),  # the resolved definition as canonical JSON
)

# --- what follows from the log ---------------------------------------------------------------------------------------

TYPES = {int: BigInteger, str: String, bool: Boolean, date: Date}

# Lists of a row lie elsewhere: sides of a deal as a set of parties, the rest as labels of the entry.
SETS = ("grantors", "grantees")
LABELS = {"chains": "chain", "tags": "tag", "patents": "patent"}


def _table(name: str, row: type[rows.Row], *indexes: tuple[str, ...]) -> Table:
    hints = get_type_hints(row)
    columns: list[Column[Any]] = []
    for field in fields(row):  # type: ignore[arg-type]
        hint = hints[field.name]
        optional = type(None) in get_args(hint)
        plain = next(a for a in get_args(hint) if a is not type(None)) if optional else hint
        if field.name in LABELS:
            continue
        kind = String if field.name in SETS else TYPES[plain]
        columns.append(Column(field.name, kind, nullable=optional))
    return Table(
        name,
        metadata,
        *columns,
        Column("since", BigInteger, nullable=False),
        Column("until", BigInteger, nullable=False),
        PrimaryKeyConstraint(*row.KEY, "since"),
        *(Index(None, *index) for index in indexes),
    )


deal_line = _table(
    "deal_line", rows.DealLine, ("centre", "until", "registered_on"), ("patent_id", "until"), ("fingerprint", "until"),
    ("until", "registered_on"),
)  # fmt: skip
deal_part = _table("deal_part", rows.DealPart, ("deal", "line"), ("centre", "until", "on"))
claim = _table("claim", rows.Claim)
pool_line = _table("pool_line", rows.PoolLine, ("pool_id",), ("centre",))
member_line = _table("member_line", rows.MemberLine, ("centre", "until"), ("pool_id", "patent_id"), ("patent_id",))
activity_line = _table("activity_line", rows.ActivityLine, ("centre", "held_on"))
attendee = _table("attendee", rows.AttendeeRow)
loan_line = _table("loan_line", rows.LoanLine, ("centre", "begins"))
output_line = _table("output_line", rows.OutputLine, ("centre", "type", "ref_no"))
party_line = _table("party_line", rows.PartyLine, ("party_id", "begins"))
centre_row = _table("centre_row", rows.CentreRow, ("code", "begins"))
in_force = _table("in_force", rows.InForce)

ROW_TABLES: Mapping[type[rows.Row], Table] = {
    rows.DealLine: deal_line,
    rows.DealPart: deal_part,
    rows.Claim: claim,
    rows.PoolLine: pool_line,
    rows.MemberLine: member_line,
    rows.ActivityLine: activity_line,
    rows.AttendeeRow: attendee,
    rows.LoanLine: loan_line,
    rows.OutputLine: output_line,
    rows.PartyLine: party_line,
    rows.CentreRow: centre_row,
    rows.InForce: in_force,
}

# Immutable parts of rows, told once by the entry (labels) or by their own content (party sets): no size beside them.
party_set = Table(
    "party_set",
    metadata,
    Column("set", String, nullable=False),
    Column("place", Integer, nullable=False),
    Column("party_id", String, nullable=False),
    PrimaryKeyConstraint("set", "place"),
    Index(None, "party_id"),
)

label = Table(
    "label",
    metadata,
    Column("entry", BigInteger, nullable=False),
    Column("what", String, nullable=False),
    Column("value", String, nullable=False),
    PrimaryKeyConstraint("entry", "what", "value"),
)

DERIVED = (*ROW_TABLES.values(), party_set, label, mention)
