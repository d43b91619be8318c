"""Which streams belong to offices: told by the first entry of each centre's code.

So nothing that was written before changes its weight. Entries are fed in log order; an entry that
founds its own office is that office's.
"""

from dataclasses import replace

from ledger.facts.entries import Entry
from ledger.facts.kinds.registry import OFFICE_KINDS, Centre


class Offices:
    """What the centre entries so far say."""

    def __init__(self) -> None:
        self._by_code: dict[str, bool] = {}

    def flagged(self, entry: Entry) -> Entry:
        """The entry with `office` as it follows from the entries before it."""
        if isinstance(entry.fact, Centre):
            self._by_code.setdefault(entry.fact.code, entry.fact.centre_kind in OFFICE_KINDS)
        office = self._by_code.get(entry.centre, False)
        return entry if office == entry.office else replace(entry, office=office)
