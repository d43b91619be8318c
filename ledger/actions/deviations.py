"""What a check finds: a place where the tables do not say what the entries say."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Deviation:
    """`entry` is the one that was altered, or from which the row follows; None where no single entry is to be named."""

    table: str
    what: str
    entry: int | None = None

    def __str__(self) -> str:
        return f"{self.table}: {self.what}" if self.entry is None else f"entry {self.entry}: {self.table}: {self.what}"


def number(value: object) -> int | None:
    """An index as it was read from a row, where it is one."""
    return value if isinstance(value, int) else None
