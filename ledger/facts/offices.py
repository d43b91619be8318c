"""Which streams belong to offices: told by the first entry of each centre's code.

So nothing that was written before changes its weight. What founds a code is heard in log order; an entry that
founds its own office is that office's.
"""

from dataclasses import replace

from ledger.facts.entries import Entry
from ledger.facts.kinds.registry import OFFICE_KINDS, Centre


class Offices:
    """What the centre entries so far say."""

    def __init__(self) -> None:
        self._by_code: dict[str, tuple[int, bool]] = {}  # the index of the code's first entry, and whether it is an office's

    def flagged(self, entry: Entry) -> Entry:
        """The entry with `office` as it follows from the entries before it: for who is told all of them in log order."""
        self.hear(entry)
        return self.marked(entry)

    def hear(self, entry: Entry) -> None:
        """Only entries of centres say anything; these are to be heard in log order."""
        if isinstance(entry.fact, Centre):
            self._by_code.setdefault(entry.fact.code, (entry.index, entry.fact.centre_kind in OFFICE_KINDS))

    def marked(self, entry: Entry) -> Entry:
        """The entry with `office` as it follows from those before it, once all of these were heard; later ones change nothing."""
        founded, is_office = self._by_code.get(entry.centre, (0, False))
        office = is_office and founded <= entry.index
        return entry if office == entry.office else replace(entry, office=office)
