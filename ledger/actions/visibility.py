"""Whose entries a caller may read: the reach of `facts.actors.READS`, settled for centres, subjects and single entries.

An office sees the centres whose region lies in its own (and in that of its token), and its own stream.
"""

from collections.abc import Sequence

from ledger.actions.ledger import Reading
from ledger.facts.actors import READS, Actor, Area
from ledger.facts.problems import Refused, refuse
from ledger.facts.regions import covers
from ledger.kpi.language import Programme
from ledger.kpi.participants import on_day
from ledger.store import log
from ledger.store.worlds import StoredLog


class Sight:
    """What one caller sees of one area, at one reading."""

    def __init__(self, reading: Reading, actor: Actor, area: Area = "entries") -> None:
        self._reading = reading
        self._actor = actor
        self._area = area
        self._reach = READS[area][actor.role]
        self._book = reading.book(reading.size)
        self._known: dict[str, bool] = {}

    def sees(self, centre: str) -> bool:
        """Whether the entries of a centre's stream are the caller's to read."""
        if centre not in self._known:
            self._known[centre] = self._judge(centre)
        return self._known[centre]

    def see(self, centre: str) -> None:
        """Raises Refused (forbidden) for a stream that is not the caller's to read."""
        if not self.sees(centre):
            raise self._forbidden(centre)

    def see_subject(self, programme: Programme, subject: str) -> None:
        """Raises Refused where the lines behind a subject's figures are not the caller's to read.

        A park asks for its own. What others recorded there is left out further on, line by line.
        """
        if programme.subject == "centre" or subject == self._actor.centre:
            self.see(subject)
        elif self._reach != "all" and not (self._reach == "region" and self._within(self._region_of(subject) or subject)):
            raise self._forbidden(subject)

    def sees_entry(self, index: int, centre: str) -> bool:
        """Own entries, and those of offices that name the caller's centre (a participation, a verdict on its entry …)."""
        if self.sees(centre):
            return True
        if self._reach != "own" or self._actor.centre is None:
            return False
        log_ = StoredLog(self._reading.connection, self._reading.size)
        return log_.names_centre(index, self._actor.centre)

    def only_seen(self, indices: Sequence[int]) -> list[int]:
        entries = log.entries_in(self._reading.connection, indices)
        return [index for index in indices if index in entries and self.sees_entry(index, entries[index].centre)]

    def _judge(self, centre: str) -> bool:
        if self._reach in (None, "all") or centre == self._actor.centre:
            return self._reach is not None
        if self._reach == "own":
            return False
        region = self._region_of(centre)
        return region is not None and self._within(region)

    def _within(self, region: str) -> bool:
        office = self._region_of(self._actor.centre or "")
        own = self._actor.region is None or covers(self._actor.region, region)
        return own and office is not None and covers(office, region)

    def _region_of(self, code: str) -> str | None:
        """Where a centre or an office lies today; before its first day it lies where it will (RULINGS 32)."""
        rows = self._book.centre_rows(code)
        record = on_day(rows, self._reading.today)
        return record.region if record else rows[0].region if rows else None

    def _forbidden(self, whose: str) -> Refused:
        return refuse("forbidden", "", f"{whose} 的记录不在可查阅范围内", f"the entries of {whose} are not yours to read")
