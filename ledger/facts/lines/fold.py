"""From a subject to its rows: one table, so that a new kind is one line here."""

from collections.abc import Callable, Iterable, Mapping, Sequence

from ledger.facts.entries import Entry
from ledger.facts.lines.deals import deal_rows
from ledger.facts.lines.outcomes import activity_rows, loan_rows, output_rows
from ledger.facts.lines.pools import member_rows, pool_rows
from ledger.facts.lines.registry import centre_rows, in_force_rows, party_rows
from ledger.facts.lines.rows import Row
from ledger.facts.mentions import SEPARATOR, Mention

FOLDS: Mapping[str, Callable[[Sequence[Entry], str], Iterable[Row]]] = {
    "deal": lambda history, _: deal_rows(history),
    "pool": lambda history, _: pool_rows(history),
    "member": lambda history, value: member_rows(history, value.rpartition(SEPARATOR)[2]),
    "activity": lambda history, _: activity_rows(history),
    "loan": lambda history, _: loan_rows(history),
    "output": lambda history, _: output_rows(history),
    "party": lambda history, _: party_rows(history),
    "centre": lambda history, _: centre_rows(history),
    "patent": in_force_rows,
}

# Subjects from which nothing countable follows: what programmes and offers are about.
SILENT = ("statement", "participation", "baseline", "closing", "periods")


def folded(subject: Mention, history: Sequence[Entry]) -> Iterable[Row]:
    """The rows that follow from the history of one subject (in log order), each once."""
    return () if subject.what in SILENT else FOLDS[subject.what](history, subject.value)


def rows_of(subject: Mention, history: Sequence[Entry]) -> frozenset[Row]:
    """The same as a set, for whoever compares what stood before with what stands after."""
    return frozenset(folded(subject, history))
