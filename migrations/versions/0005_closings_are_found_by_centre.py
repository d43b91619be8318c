"""The closings of one subject, whatever the programme, are found at once: each new entry asks whether its period is held.

Closings that were recorded before get the same mention. Nothing of the log changes.
"""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

# The history of a closing is named by programme and subject, with a tab between them (ledger.facts.mentions).
AFTER_TAB = {"sqlite": "substr(value, instr(value, char(9)) + 1)", "postgresql": "split_part(value, chr(9), 2)"}


def upgrade() -> None:
    subject = AFTER_TAB[op.get_bind().dialect.name]
    op.execute(
        "INSERT INTO mention (what, value, entry, is_subject) "
        f"SELECT 'periods', {subject}, entry, is_subject FROM mention WHERE what = 'closing' AND is_subject"
    )


def downgrade() -> None:
    op.execute("DELETE FROM mention WHERE what = 'periods'")
