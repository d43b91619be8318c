"""Which days a target looks at: the window texts of the programmes, turned into half-open windows.

| text                 | window                                                                     | has ended                   |
|----------------------|----------------------------------------------------------------------------|-----------------------------|
| `period`             | the whole period                                                           | from its end on             |
| `each_year`          | the period's years from its first day; the last is cut at the period's end | each part from its end on   |
| `each_calendar_year` | the calendar years that lie wholly in the period, possibly none            | each part from its end on   |
| `as_of`              | all up to the as_of day: `on`, but no later than the period's last day     | with the period, or at once |
| `ytd`                | 1 January of `on`'s year through `on`                                      | at once                     |
| `last:36m`           | the 36 months through `on`                                                 | at once                     |
| `FROM/TO`            | two days as written, the second one exclusive                              | from TO on                  |

| growth base of …            | is                                                                       |
|-----------------------------|--------------------------------------------------------------------------|
| any window with `years = n` | both its ends n years earlier                                            |
| `ytd`                       | both its ends one year earlier                                           |
| a window of n whole months  | the n months before it                                                   |
| any other window            | as many days before it                                                   |
| `as_of` without `years`     | nothing: all that ever was has no time before it (the loader refuses it) |

Pure day arithmetic: a month that is too short gives its last day, and a window that has ended on a day has `ends` ≤ that day.
Whether a figure is met, and what is counted in a window, is not decided here.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from ledger.facts.days import add_months, next_day, parse_day, whole_months

EACH: Final = ("each_year", "each_calendar_year")  # these give one window for each part, and a verdict for each
_OF_PERIOD: Final = ("period", *EACH)
_LAST: Final = re.compile(r"last:([1-9][0-9]{0,2})m")
_A_DAY: Final = timedelta(days=1)


@dataclass(frozen=True)
class Window:
    """From `begins` (None: from the beginning of all records) up to and without `ends`."""

    begins: date | None
    ends: date

    def ended(self, on: date) -> bool:
        return on >= self.ends


def check(text: str) -> None:
    """Raises ValueError, with what is wrong, when a text names no window."""
    if text in _OF_PERIOD or text in ("as_of", "ytd") or _LAST.fullmatch(text):
        return
    _from_to(text)


def period_of(start_on: date, months: int) -> Window:
    """The period that begins on a day and runs so many months."""
    return Window(start_on, add_months(start_on, months))


def windows_of(text: str, *, period: Window | None, on: date) -> tuple[Window, ...] | None:
    """The windows that a text means on a day: one, or one for each part of an each-window.

    None where the text needs a period and there is none yet.
    """
    if text in _OF_PERIOD:
        if period is None:
            return None
        match text:
            case "each_year":
                return tuple(_project_years(period))
            case "each_calendar_year":
                return tuple(_calendar_years(period))
        return (period,)
    if text == "as_of":
        day_after = next_day(on)
        return (Window(None, day_after if period is None else min(day_after, period.ends)),)
    if text == "ytd":
        return (Window(date(on.year, 1, 1), next_day(on)),)
    if last := _LAST.fullmatch(text):
        return (Window(add_months(next_day(on), -int(last[1])), next_day(on)),)
    return (_from_to(text),)


def has_ended(text: str, window: Window, *, period: Window | None, on: date) -> bool:
    """Whether a window is over on a day, so that a target not reached in it can be called missed."""
    if text == "as_of":
        return period is None or period.ended(on)
    # These end with the very day that is asked about: they never wait for more.
    return text == "ytd" or _LAST.fullmatch(text) is not None or window.ended(on)


def base_window(window: Window, *, text: str, years: int | None) -> Window:
    """The earlier window that a growth target compares with."""
    if years is None and text == "ytd":
        years = 1
    if years is not None:
        begins = None if window.begins is None else add_months(window.begins, -12 * years)
        return Window(begins, add_months(window.ends, -12 * years))
    if window.begins is None:
        raise ValueError(f"{text} has no window before it")
    months = _months_in(window.begins, window.ends)
    if months is not None:
        return Window(add_months(window.begins, -months), window.begins)
    length = window.ends - window.begins
    return Window(window.begins - length if window.begins - date.min > length else date.min, window.begins)


def _project_years(period: Window) -> Iterator[Window]:
    assert period.begins is not None
    # Every part is reckoned from the first day: reckoned from each other, a start on 29 February would drift to the 28th for good.
    number, begins = 1, period.begins
    while begins < period.ends:
        ends = add_months(period.begins, 12 * number)
        yield Window(begins, min(ends, period.ends))
        number, begins = number + 1, ends


def _calendar_years(period: Window) -> Iterator[Window]:
    assert period.begins is not None
    for year in range(period.begins.year, period.ends.year):  # the year in which a period ends is never wholly in it
        if date(year, 1, 1) >= period.begins:
            yield Window(date(year, 1, 1), date(year + 1, 1, 1))


def _months_in(begins: date, ends: date) -> int | None:
    """The whole months between two days, reckoned from either side: 28 February 2027 to 29 February 2028 is a year when the
    second is a part's clamped start, and 28 February to 31 March is the month that `last:1m` means on 30 March."""
    months = whole_months(begins, ends)
    if months is None:
        backwards = (ends.year - begins.year) * 12 + ends.month - begins.month
        months = backwards if backwards > 0 and add_months(ends, -backwards) == begins else None
    return months


def _from_to(text: str) -> Window:
    first, slash, second = text.partition("/")
    if not slash:
        raise ValueError("no window: period, each_year, each_calendar_year, as_of, ytd, last:36m or FROM/TO")
    window = Window(parse_day(first), parse_day(second))
    if first >= second:
        raise ValueError("FROM is not before TO")
    return window
