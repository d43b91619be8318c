"""Entries in periods that took none: no rule of this service lets them in, so something else wrote them, or an earlier release.

- Each entry of a centre is judged against the closings before it, by the rule that is asked when it is recorded.
- The days of a reversal are those of what it took away, so for it alone the histories are looked up, as they lie in the database.

Kept are the closings that stand, by centre.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from sqlalchemy import Connection

from ledger.actions.deviations import Deviation
from ledger.facts.entries import Entry
from ledger.facts.kinds.rulings import Closing
from ledger.facts.rules.periods import Periods, hold_on
from ledger.facts.world import World
from ledger.store.worlds import StoredLog


@dataclass
class PeriodCheck:
    """Takes all entries in order."""

    connection: Connection
    periods: dict[str, Periods] = field(default_factory=dict)  # by the subject that they are of

    def look(self, entry: Entry) -> Iterator[Deviation]:
        """What is wrong with the place of the next entry."""
        periods = self.periods.get(entry.centre)
        if periods and periods.standing and not entry.office:
            yield from self._held(entry, periods)
        if isinstance(entry.fact, Closing):
            self.periods.setdefault(entry.fact.subject, Periods()).take(entry)

    def _held(self, entry: Entry, periods: Periods) -> Iterator[Deviation]:
        world = World(StoredLog(self.connection, entry.index))
        try:
            found = hold_on(entry.fact, entry.centre, periods, world)
        except Exception as error:  # what a reversal took away may be damaged in any way
            yield Deviation("entry", f"whether it lies in a closed period cannot be told ({error!r})", entry.index)
            return
        if found:
            dated, hold = found
            how = "accepted" if hold.closed else "submitted"
            period = f"the period through {hold.through} of {hold.programme}, which entry {hold.entry} had {how}"
            yield Deviation("entry", f"is dated {dated.day}, in {period}", entry.index)
