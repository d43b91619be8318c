"""The log, access to it, and the rows that follow from it."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "activity_line",
        sa.Column("entry", sa.BigInteger(), nullable=False),
        sa.Column("centre", sa.String(), nullable=False),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("mode", sa.String(), nullable=True),
        sa.Column("service_type", sa.String(), nullable=True),
        sa.Column("programme", sa.String(), nullable=True),
        sa.Column("held_on", sa.Date(), nullable=False),
        sa.Column("sessions", sa.BigInteger(), nullable=False),
        sa.Column("deliveries", sa.BigInteger(), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("headcount", sa.BigInteger(), nullable=False),
        sa.Column("firms", sa.BigInteger(), nullable=False),
        sa.Column("patents_presented", sa.BigInteger(), nullable=False),
        sa.Column("intentions", sa.BigInteger(), nullable=False),
        sa.Column("contracts", sa.BigInteger(), nullable=False),
        sa.Column("contract_amount", sa.BigInteger(), nullable=True),
        sa.Column("financing_amount", sa.BigInteger(), nullable=True),
        sa.Column("standing", sa.BigInteger(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("entry", "since", name=op.f("pk_activity_line")),
    )
    op.create_index(op.f("ix_activity_line_centre_held_on"), "activity_line", ["centre", "held_on"], unique=False)
    op.create_table(
        "attendee",
        sa.Column("entry", sa.BigInteger(), nullable=False),
        sa.Column("place", sa.BigInteger(), nullable=False),
        sa.Column("token", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=True),
        sa.Column("employer", sa.String(), nullable=True),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("entry", "place", "since", name=op.f("pk_attendee")),
    )
    op.create_table(
        "centre_row",
        sa.Column("entry", sa.BigInteger(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("centre_kind", sa.String(), nullable=False),
        sa.Column("region", sa.String(), nullable=False),
        sa.Column("operator", sa.String(), nullable=True),
        sa.Column("begins", sa.Date(), nullable=False),
        sa.Column("ends", sa.Date(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("entry", "since", name=op.f("pk_centre_row")),
    )
    op.create_index(op.f("ix_centre_row_code_begins"), "centre_row", ["code", "begins"], unique=False)
    op.create_table(
        "claim",
        sa.Column("fingerprint", sa.String(), nullable=False),
        sa.Column("centre", sa.String(), nullable=False),
        sa.Column("entry", sa.BigInteger(), nullable=False),
        sa.Column("line", sa.BigInteger(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("fingerprint", "since", name=op.f("pk_claim")),
    )
    op.create_table(
        "deal_line",
        sa.Column("entry", sa.BigInteger(), nullable=False),
        sa.Column("line", sa.BigInteger(), nullable=False),
        sa.Column("centre", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("deal_no", sa.String(), nullable=False),
        sa.Column("patent_id", sa.String(), nullable=False),
        sa.Column("grantors", sa.String(), nullable=False),
        sa.Column("grantees", sa.String(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=True),
        sa.Column("related_party", sa.Boolean(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("payment_mode", sa.String(), nullable=False),
        sa.Column("matched_via", sa.String(), nullable=True),
        sa.Column("cause", sa.String(), nullable=True),
        sa.Column("licence_type", sa.String(), nullable=True),
        sa.Column("term_months", sa.BigInteger(), nullable=True),
        sa.Column("signed_on", sa.Date(), nullable=False),
        sa.Column("effective_on", sa.Date(), nullable=True),
        sa.Column("registered_on", sa.Date(), nullable=True),
        sa.Column("announced_on", sa.Date(), nullable=True),
        sa.Column("registration_no", sa.String(), nullable=True),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("moves_title", sa.Boolean(), nullable=False),
        sa.Column("standing", sa.BigInteger(), nullable=False),
        sa.Column("registered_standing", sa.BigInteger(), nullable=False),
        sa.Column("announced_standing", sa.BigInteger(), nullable=False),
        sa.Column("fingerprint", sa.String(), nullable=True),
        sa.Column("complete_at", sa.BigInteger(), nullable=True),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("entry", "line", "since", name=op.f("pk_deal_line")),
    )
    op.create_index(
        op.f("ix_deal_line_centre_until_registered_on"), "deal_line", ["centre", "until", "registered_on"], unique=False
    )
    op.create_index(op.f("ix_deal_line_fingerprint_until"), "deal_line", ["fingerprint", "until"], unique=False)
    op.create_index(op.f("ix_deal_line_patent_id_until"), "deal_line", ["patent_id", "until"], unique=False)
    op.create_index(op.f("ix_deal_line_until_registered_on"), "deal_line", ["until", "registered_on"], unique=False)
    op.create_table(
        "deal_part",
        sa.Column("entry", sa.BigInteger(), nullable=False),
        sa.Column("line", sa.BigInteger(), nullable=False),
        sa.Column("deal", sa.BigInteger(), nullable=False),
        sa.Column("centre", sa.String(), nullable=False),
        sa.Column("received", sa.Boolean(), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("standing", sa.BigInteger(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("entry", "line", "since", name=op.f("pk_deal_part")),
    )
    op.create_index(op.f("ix_deal_part_centre_until_on"), "deal_part", ["centre", "until", "on"], unique=False)
    op.create_index(op.f("ix_deal_part_deal_line"), "deal_part", ["deal", "line"], unique=False)
    op.create_table(
        "definition",
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("definition", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_definition")),
    )
    op.create_table(
        "disclosure",
        sa.Column("entry", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("disclosure", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("entry", name=op.f("pk_disclosure")),
    )
    op.create_table(
        "entry",
        sa.Column("index", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("centre", sa.String(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("office", sa.Boolean(), nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.Column("leaf", sa.LargeBinary(), nullable=False),
        sa.Column("leaf_hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("index", name=op.f("pk_entry")),
        sa.UniqueConstraint("centre", "seq", name=op.f("uq_entry_centre_seq")),
        sa.UniqueConstraint("recorded_at", name=op.f("uq_entry_recorded_at")),
    )
    op.create_table(
        "idempotency",
        sa.Column("centre", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("first", sa.BigInteger(), nullable=False),
        sa.Column("answer", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("centre", "key", name=op.f("pk_idempotency")),
    )
    op.create_table(
        "in_force",
        sa.Column("patent_id", sa.String(), nullable=False),
        sa.Column("begins", sa.Date(), nullable=False),
        sa.Column("ends", sa.Date(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("patent_id", "begins", "since", name=op.f("pk_in_force")),
    )
    op.create_table(
        "label",
        sa.Column("entry", sa.BigInteger(), nullable=False),
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("entry", "what", "value", name=op.f("pk_label")),
    )
    op.create_table(
        "loan_line",
        sa.Column("entry", sa.BigInteger(), nullable=False),
        sa.Column("centre", sa.String(), nullable=False),
        sa.Column("loan_ref", sa.String(), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("borrower", sa.String(), nullable=True),
        sa.Column("loan_amount", sa.BigInteger(), nullable=False),
        sa.Column("begins", sa.Date(), nullable=False),
        sa.Column("ends", sa.Date(), nullable=False),
        sa.Column("standing", sa.BigInteger(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("entry", "since", name=op.f("pk_loan_line")),
    )
    op.create_index(op.f("ix_loan_line_centre_begins"), "loan_line", ["centre", "begins"], unique=False)
    op.create_table(
        "log_head",
        sa.Column("id", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("frontier", sa.LargeBinary(), nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_log_head_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_log_head")),
    )
    op.create_table(
        "member_line",
        sa.Column("entry", sa.BigInteger(), nullable=False),
        sa.Column("line", sa.BigInteger(), nullable=False),
        sa.Column("centre", sa.String(), nullable=False),
        sa.Column("pool_id", sa.String(), nullable=False),
        sa.Column("patent_id", sa.String(), nullable=False),
        sa.Column("mode", sa.String(), nullable=True),
        sa.Column("begins", sa.Date(), nullable=False),
        sa.Column("ends", sa.Date(), nullable=False),
        sa.Column("standing", sa.BigInteger(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("entry", "line", "since", name=op.f("pk_member_line")),
    )
    op.create_index(op.f("ix_member_line_centre_until"), "member_line", ["centre", "until"], unique=False)
    op.create_index(op.f("ix_member_line_patent_id"), "member_line", ["patent_id"], unique=False)
    op.create_index(op.f("ix_member_line_pool_id_patent_id"), "member_line", ["pool_id", "patent_id"], unique=False)
    op.create_table(
        "mention",
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.Column("entry", sa.BigInteger(), nullable=False),
        sa.Column("is_subject", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("what", "value", "entry", name=op.f("pk_mention")),
    )
    op.create_index(op.f("ix_mention_entry"), "mention", ["entry"], unique=False)
    op.create_table(
        "output_line",
        sa.Column("entry", sa.BigInteger(), nullable=False),
        sa.Column("centre", sa.String(), nullable=False),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("ref_no", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("issuer_level", sa.String(), nullable=True),
        sa.Column("party_id", sa.String(), nullable=True),
        sa.Column("value_amount", sa.BigInteger(), nullable=True),
        sa.Column("begins", sa.Date(), nullable=False),
        sa.Column("ends", sa.Date(), nullable=False),
        sa.Column("standing", sa.BigInteger(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("entry", "since", name=op.f("pk_output_line")),
    )
    op.create_index(op.f("ix_output_line_centre_type_ref_no"), "output_line", ["centre", "type", "ref_no"], unique=False)
    op.create_table(
        "party_line",
        sa.Column("entry", sa.BigInteger(), nullable=False),
        sa.Column("centre", sa.String(), nullable=False),
        sa.Column("party_id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("size", sa.String(), nullable=True),
        sa.Column("region", sa.String(), nullable=True),
        sa.Column("industry", sa.String(), nullable=True),
        sa.Column("begins", sa.Date(), nullable=False),
        sa.Column("ends", sa.Date(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("entry", "since", name=op.f("pk_party_line")),
    )
    op.create_index(op.f("ix_party_line_party_id_begins"), "party_line", ["party_id", "begins"], unique=False)
    op.create_table(
        "party_set",
        sa.Column("set", sa.String(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("party_id", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("set", "place", name=op.f("pk_party_set")),
    )
    op.create_index(op.f("ix_party_set_party_id"), "party_set", ["party_id"], unique=False)
    op.create_table(
        "pool_line",
        sa.Column("entry", sa.BigInteger(), nullable=False),
        sa.Column("centre", sa.String(), nullable=False),
        sa.Column("pool_id", sa.String(), nullable=False),
        sa.Column("begins", sa.Date(), nullable=False),
        sa.Column("ends", sa.Date(), nullable=False),
        sa.Column("standing", sa.BigInteger(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("entry", "since", name=op.f("pk_pool_line")),
    )
    op.create_index(op.f("ix_pool_line_centre"), "pool_line", ["centre"], unique=False)
    op.create_index(op.f("ix_pool_line_pool_id"), "pool_line", ["pool_id"], unique=False)
    op.create_table(
        "tile",
        sa.Column("level", sa.SmallInteger(), nullable=False),
        sa.Column("n", sa.BigInteger(), nullable=False),
        sa.Column("hashes", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("level", "n", name=op.f("pk_tile")),
    )
    op.create_table(
        "token",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("centre", sa.String(), nullable=True),
        sa.Column("region", sa.String(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("revoked_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_token")),
        sa.UniqueConstraint("hash", name=op.f("uq_token_hash")),
    )

    head = sa.table("log_head", *(sa.column(name) for name in ("id", "size", "frontier", "recorded_at")))
    op.bulk_insert(head, [{"id": 1, "size": 0, "frontier": b"", "recorded_at": 0}])


def downgrade() -> None:
    op.drop_table("token")
    op.drop_table("tile")
    op.drop_index(op.f("ix_pool_line_pool_id"), table_name="pool_line")
    op.drop_index(op.f("ix_pool_line_centre"), table_name="pool_line")
    op.drop_table("pool_line")
    op.drop_index(op.f("ix_party_set_party_id"), table_name="party_set")
    op.drop_table("party_set")
    op.drop_index(op.f("ix_party_line_party_id_begins"), table_name="party_line")
    op.drop_table("party_line")
    op.drop_index(op.f("ix_output_line_centre_type_ref_no"), table_name="output_line")
    op.drop_table("output_line")
    op.drop_index(op.f("ix_mention_entry"), table_name="mention")
    op.drop_table("mention")
    op.drop_index(op.f("ix_member_line_pool_id_patent_id"), table_name="member_line")
    op.drop_index(op.f("ix_member_line_patent_id"), table_name="member_line")
    op.drop_index(op.f("ix_member_line_centre_until"), table_name="member_line")
    op.drop_table("member_line")
    op.drop_table("log_head")
    op.drop_index(op.f("ix_loan_line_centre_begins"), table_name="loan_line")
    op.drop_table("loan_line")
    op.drop_table("label")
    op.drop_table("in_force")
    op.drop_table("idempotency")
    op.drop_table("entry")
    op.drop_table("disclosure")
    op.drop_table("definition")
    op.drop_index(op.f("ix_deal_part_deal_line"), table_name="deal_part")
    op.drop_index(op.f("ix_deal_part_centre_until_on"), table_name="deal_part")
    op.drop_table("deal_part")
    op.drop_index(op.f("ix_deal_line_until_registered_on"), table_name="deal_line")
    op.drop_index(op.f("ix_deal_line_patent_id_until"), table_name="deal_line")
    op.drop_index(op.f("ix_deal_line_fingerprint_until"), table_name="deal_line")
    op.drop_index(op.f("ix_deal_line_centre_until_registered_on"), table_name="deal_line")
    op.drop_table("deal_line")
    op.drop_table("claim")
    op.drop_index(op.f("ix_centre_row_code_begins"), table_name="centre_row")
    op.drop_table("centre_row")
    op.drop_table("attendee")
    op.drop_index(op.f("ix_activity_line_centre_held_on"), table_name="activity_line")
    op.drop_table("activity_line")
