"""The calendar of the sample year: working days in Shanghai, and how long after an event somebody writes it down."""

from datetime import date, timedelta
from random import Random

LAST_DAY = date(2026, 11, 20)
HOLIDAYS = (  # first and last day of the long ones
    (date(2024, 10, 1), date(2024, 10, 7)),
    (date(2025, 1, 28), date(2025, 2, 4)),
    (date(2025, 10, 1), date(2025, 10, 8)),
    (date(2026, 2, 16), date(2026, 2, 23)),
    (date(2026, 10, 1), date(2026, 10, 7)),
)


def working_day(day: date) -> date:
    """The day itself or the next one on which an office is open."""
    while day.weekday() > 4 or any(first <= day <= last for first, last in HOLIDAYS):
        day += timedelta(days=1)
    return day


def later(dice: Random, day: date, soonest: int, latest: int) -> date:
    """A working day, `soonest` to `latest` days on, and a few more where a holiday lies in between."""
    return working_day(day + timedelta(days=dice.randint(soonest, latest)))


def written_down(dice: Random, day: date, soonest: int = 1, latest: int = 12) -> date:
    """The day on which what happened on `day` is recorded. Nothing is recorded after the last day of the sample."""
    return min(later(dice, day, soonest, latest), LAST_DAY)


def spread(dice: Random, first: date, last: date, count: int) -> list[date]:
    """`count` working days from `first` through `last`, in order."""
    return sorted(working_day(first + timedelta(days=dice.randint(0, (last - first).days))) for _ in range(count))


def iso(day: date) -> str:
    return day.isoformat()
