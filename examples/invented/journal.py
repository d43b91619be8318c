"""What everybody says, put in the order in which it is recorded.

- A chapter says things at a desk, on a day, in any order; it may name an earlier saying where an index belongs.
- The journal sorts by day, then by desk (offices first, signatories last), then by the order of saying.
- Whoever first names a patent registers it just before: so no entry names a patent that the log does not hold.
- Indexes count from 0 over the whole log, behind the entries that found the offices.
- One desk's entries of one day follow each other without a break, so a loader finds long batches.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, timezone
from random import Random
from typing import Any, Literal

from examples.invented.days import LAST_DAY, working_day
from examples.invented.patents import Patent

SHANGHAI = timezone(timedelta(hours=8))
DESKS = (
    ("hb-ipo", "authority"),
    ("js-ipo", "authority"),
    ("sz-park", "recorder"),
    ("sz-display", "recorder"),
    ("yc-laser", "recorder"),
    ("wh-photonics", "recorder"),
    ("sz-park", "signatory"),
    ("sz-display", "signatory"),
    ("yc-laser", "signatory"),
    ("wh-photonics", "signatory"),
)
BULK = ("party", "patent")  # read in from a list, not typed in one by one

Body = dict[str, Any]
Role = Literal["recorder", "signatory", "authority"]


@dataclass(frozen=True)
class Step:
    at: datetime  # UTC, the instant at which it is recorded
    centre: str
    role: Role
    entry: Body


@dataclass(frozen=True, eq=False)
class Said:
    """One saying; it stands for its index in a later body."""

    day: date
    centre: str
    role: Role
    kind: str
    body: Body
    evidence: tuple[Body, ...]
    needs: tuple[Patent, ...]

    @property
    def desk(self) -> int:
        return DESKS.index((self.centre, self.role))


@dataclass
class Journal:
    seed: int
    said: list[Said] = field(default_factory=list)

    def dice(self, chapter: str) -> Random:
        """Each chapter has dice of its own: a change in one leaves the others as they were."""
        return Random(f"{self.seed}/{chapter}")

    def desk(self, centre: str, role: Role = "recorder") -> "Desk":
        return Desk(self, centre, role)

    def steps(self, first_index: int) -> Iterator[Step]:
        clock = Clock(self.dice("clock"))
        registered: set[str] = set()
        index: dict[Said, int] = {}
        count = first_index
        for said in sorted(self.said, key=lambda s: (s.day, s.desk)):  # a stable sort keeps the order of saying
            for patent in said.needs:
                if patent.patent_id not in registered:
                    registered.add(patent.patent_id)
                    count += 1
                    yield step(clock.tick(said, "patent"), said, "patent", patent.body())
            index[said] = count
            count += 1
            body = {name: index[value] if isinstance(value, Said) else value for name, value in said.body.items()}
            yield step(clock.tick(said, said.kind), said, said.kind, body, said.evidence)


def step(at: datetime, said: Said, kind: str, body: Body, evidence: tuple[Body, ...] = ()) -> Step:
    entry: Body = {"kind": kind, "centre": said.centre, "body": body}
    if evidence:
        entry["evidence"] = list(evidence)
    return Step(at, said.centre, said.role, entry)


@dataclass
class Clock:
    """Each desk opens at its own time of the day; what it says follows in seconds, a list read in goes faster."""

    dice: Random
    now: datetime = datetime(2024, 1, 1, tzinfo=UTC)

    def tick(self, said: Said, kind: str) -> datetime:
        opens = datetime.combine(said.day, time(9), SHANGHAI) + timedelta(minutes=40 * said.desk)
        pause = self.dice.randint(20_000, 90_000) if kind in BULK else self.dice.randint(4_000_000, 30_000_000)
        self.now = max(opens.astimezone(UTC), self.now) + timedelta(microseconds=pause)
        return self.now


@dataclass(frozen=True)
class Desk:
    """Where one role of one organisation writes."""

    journal: Journal
    centre: str
    role: Role = "recorder"

    def say(
        self,
        day: date,
        kind: str,
        body: Body,
        *,
        patents: Iterable[Patent] = (),
        after: Said | None = None,
        evidence: tuple[Body, ...] = (),
    ) -> Said:
        """`patents` are those that the body names; `after` is a saying on which this one rests."""
        day = working_day(day)
        if after is not None:
            day = max(day, after.day)
            if DESKS.index((self.centre, self.role)) < after.desk and day == after.day:
                day = working_day(day + timedelta(days=1))
        assert day <= LAST_DAY, (day, kind, body)
        said = Said(day, self.centre, self.role, kind, body, evidence, tuple(patents))
        self.journal.said.append(said)
        return said
