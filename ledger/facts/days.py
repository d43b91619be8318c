"""Days and instants: calendar arithmetic, half-open periods, and the one written form of an instant.

- A day is a day in China (UTC+8, without summer time since 1992); an instant is UTC to the microsecond.
- Periods and windows run from their first day to the day after their last one. Month arithmetic ends on the month's last day.
- The calendar ends with the year 9999: what would lie beyond falls on its last day, as an end that is never reached.

Which day an entry counts on, and which windows a target has, is not decided here.
"""

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Final

YEAR_MIN: Final = 1900  # an earlier year is a slip of the hand: no patent in force is that old

# A fixed offset: the time-zone database is not on every machine, and its history before 1992 concerns no entry.
SHANGHAI: Final = timezone(timedelta(hours=8))
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_LONGER_DESIGN_TERM_FROM: Final = date(2021, 6, 1)  # Patent Law as amended in 2020, article 42

_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_INSTANT: Final = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})[Tt]([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.([0-9]{1,9}))?(?:[Zz]|([+-])([0-9]{2}):([0-9]{2}))"
)


@dataclass(frozen=True)
class Period:
    """From `begins` up to and without `ends`; None is an open end. Where `ends` is not later than `begins`, no day is in it."""

    begins: date | None
    ends: date | None

    def covers(self, day: date) -> bool:
        return (self.begins is None or self.begins <= day) and (self.ends is None or day < self.ends)


def parse_day(text: str) -> date:
    """The day in `YYYY-MM-DD`; `date.fromisoformat` alone would also take `20250101` and week dates."""
    if not _DAY.fullmatch(text) or int(text[:4]) < YEAR_MIN:
        raise ValueError(f"not a day from {YEAR_MIN}-01-01 on, written YYYY-MM-DD")
    return date.fromisoformat(text)


def add_months(day: date, months: int) -> date:
    """The same day so many months later (or earlier), or the month's last day where the month is too short."""
    year, month0 = divmod(day.year * 12 + day.month - 1 + months, 12)
    if year > date.max.year:
        return date.max
    if year < date.min.year:
        return date.min
    return date(year, month0 + 1, min(day.day, monthrange(year, month0 + 1)[1]))


def whole_months(begins: date, ends: date) -> int | None:
    """How many months lead from one day exactly to a later one; None where no whole number does."""
    months = (ends.year - begins.year) * 12 + ends.month - begins.month
    return months if months > 0 and add_months(begins, months) == ends else None


def next_day(day: date) -> date:
    """The day after, the exclusive end of a window that a day closes."""
    return day if day == date.max else day + timedelta(days=1)


def shanghai_today(now: datetime | None = None) -> date:
    """The day that it is in China now, or was at an instant."""
    return (datetime.now(UTC) if now is None else _aware(now)).astimezone(SHANGHAI).date()


def parse_instant(text: str) -> datetime:
    """The instant in an RFC 3339 text of any offset. Nanoseconds are cut: what was at or before it in microseconds still is."""
    match = _INSTANT.fullmatch(text)
    if not match:
        raise ValueError("not an instant in the form of RFC 3339")
    day, hour, minute, second, fraction, sign, offset_hours, offset_minutes = match.groups()
    micros_text = (fraction or "").ljust(6, "0")[:6]
    local = datetime.fromisoformat(f"{day}T{hour}:{minute}:{second}.{micros_text}+00:00")
    if sign is None:
        return local
    if int(offset_hours) > 23 or int(offset_minutes) > 59:
        raise ValueError("not an offset of RFC 3339")
    offset = timedelta(hours=int(offset_hours), minutes=int(offset_minutes))
    try:
        return local - offset if sign == "+" else local + offset
    except OverflowError as error:
        raise ValueError("an instant outside the calendar") from error


def format_instant(instant: datetime) -> str:
    """`2025-09-10T02:11:09.123456Z`: always UTC, always six digits, so that instants sort as text."""
    return _aware(instant).astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def micros(instant: datetime) -> int:
    """Microseconds since 1970, the form in which an instant is stored and hashed."""
    return (_aware(instant) - _EPOCH) // _MICROSECOND


def from_micros(value: int) -> datetime:
    """The instant so many microseconds after 1970."""
    return _EPOCH + value * _MICROSECOND


def patent_term_end(right: str, filed_on: date) -> date:
    """The first day on which a right filed on that day has expired, before any compensation for delays."""
    match right:
        case "invention":
            years = 20
        case "utility_model":
            years = 10
        case "design":
            years = 15 if filed_on >= _LONGER_DESIGN_TERM_FROM else 10
        case _:
            raise ValueError(f"no such right: {right}")
    return add_months(filed_on, 12 * years)


def _aware(instant: datetime) -> datetime:
    if instant.tzinfo is None:
        raise ValueError("an instant needs its offset from UTC")
    return instant
