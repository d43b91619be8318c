"""Windows: which days a target looks at, when they are over, and what growth compares them with."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.kpi import windows
from ledger.kpi.windows import Window, base_window, has_ended, period_of, windows_of

day = date.fromisoformat
PERIOD = Window(day("2025-08-01"), day("2027-08-01"))
days = st.dates(min_value=date(1950, 1, 1), max_value=date(2150, 12, 31))


def window(text: str) -> Window:
    """`2025-08-01/2026-08-01`, or `/2026-08-01` where all before is meant."""
    begins, _, ends = text.partition("/")
    return Window(day(begins) if begins else None, day(ends))


def one(text: str, *, on: str, period: Window | None = PERIOD) -> Window:
    found = windows_of(text, period=period, on=day(on))
    assert found is not None
    assert len(found) == 1
    return found[0]


def parts(text: str, period: str) -> list[Window]:
    found = windows_of(text, period=window(period), on=day("2026-01-01"))
    assert found is not None
    return list(found)


def base(text: str, *, named: str = "FROM/TO", years: int | None = None) -> Window:
    return base_window(window(text), text=named, years=years)


def test_a_window_has_ended_on_its_exclusive_end_and_not_the_day_before():
    july = window("2025-07-01/2026-07-01")
    assert not july.ended(day("2026-06-30"))
    assert july.ended(day("2026-07-01"))


@pytest.mark.parametrize(
    ("start_on", "months", "ends"),
    [
        pytest.param("2025-08-01", 24, "2027-08-01", id="two years"),
        pytest.param("2025-08-31", 6, "2026-02-28", id="a month that is too short gives its last day"),
        pytest.param("2024-02-29", 12, "2025-02-28", id="a leap day's anniversary is the 28th"),
        pytest.param("2024-02-29", 48, "2028-02-29", id="and the 29th in the next leap year"),
    ],
)
def test_a_period_runs_so_many_months_from_its_first_day(start_on: str, months: int, ends: str):
    assert period_of(day(start_on), months) == window(f"{start_on}/{ends}")


def test_a_period_window_is_the_whole_period_whatever_the_day():
    assert one("period", on="2025-08-01") == one("period", on="2030-01-01") == PERIOD


@pytest.mark.parametrize("text", ["period", "each_year", "each_calendar_year"])
def test_before_the_start_there_is_no_period_window(text: str):
    assert windows_of(text, period=None, on=day("2025-08-01")) is None


@pytest.mark.parametrize("text", ["as_of", "ytd", "last:36m", "2024-01-01/2025-01-01"])
def test_other_windows_need_no_period(text: str):
    assert windows_of(text, period=None, on=day("2025-08-01")) is not None


@pytest.mark.parametrize(
    ("period", "expected"),
    [
        pytest.param("2024-07-01/2026-07-01", ["2024-07-01/2025-07-01", "2025-07-01/2026-07-01"], id="not calendar years"),
        pytest.param("2024-07-01/2026-01-01", ["2024-07-01/2025-07-01", "2025-07-01/2026-01-01"], id="the last part is cut"),
        pytest.param("2024-07-01/2025-01-01", ["2024-07-01/2025-01-01"], id="a period below a year is one part"),
        pytest.param(
            "2024-02-29/2028-02-29",
            ["2024-02-29/2025-02-28", "2025-02-28/2026-02-28", "2026-02-28/2027-02-28", "2027-02-28/2028-02-29"],
            id="years from a leap day return to it",
        ),
    ],
)
def test_each_year_runs_from_the_first_day_of_the_period(period: str, expected: list[str]):
    assert parts("each_year", period) == [window(text) for text in expected]


@pytest.mark.parametrize(
    ("period", "expected"),
    [
        pytest.param("2024-07-01/2026-07-01", ["2025-01-01/2026-01-01"], id="years cut by the period are left out"),
        pytest.param("2024-01-01/2026-01-01", ["2024-01-01/2025-01-01", "2025-01-01/2026-01-01"], id="both ends on 1 January"),
        pytest.param("2024-01-01/2025-12-31", ["2024-01-01/2025-01-01"], id="one day short is not wholly inside"),
        pytest.param("2024-01-02/2026-01-01", ["2025-01-01/2026-01-01"], id="one day late is not wholly inside"),
        pytest.param("2024-07-01/2025-07-01", [], id="a project year holds no calendar year"),
    ],
)
def test_each_calendar_year_lies_wholly_in_the_period(period: str, expected: list[str]):
    assert parts("each_calendar_year", period) == [window(text) for text in expected]


@pytest.mark.parametrize(
    ("on", "expected"),
    [
        pytest.param("2026-03-31", "/2026-04-01", id="the day itself is seen at its end"),
        pytest.param("2027-07-31", "/2027-08-01", id="the last day of the period"),
        pytest.param("2027-08-01", "/2027-08-01", id="the day after stays on the last day"),
        pytest.param("2031-01-01", "/2027-08-01", id="and so does any later day"),
        pytest.param("2025-01-01", "/2025-01-02", id="before the period it is the day asked about"),
    ],
)
def test_as_of_counts_all_up_to_a_day_no_later_than_the_period(on: str, expected: str):
    assert one("as_of", on=on) == window(expected)


def test_as_of_without_a_period_is_the_day_asked_about():
    assert one("as_of", on="2031-01-01", period=None) == window("/2031-01-02")


def test_as_of_is_missed_only_after_the_periods_end():
    last = one("as_of", on="2027-07-31")
    assert not has_ended("as_of", last, period=PERIOD, on=day("2027-07-31"))
    assert has_ended("as_of", last, period=PERIOD, on=day("2027-08-01"))


def test_as_of_without_a_period_is_judged_at_once():
    assert has_ended("as_of", one("as_of", on="2022-01-01", period=None), period=None, on=day("2022-01-01"))


@pytest.mark.parametrize(
    ("on", "expected"),
    [
        ("2025-01-01", "2025-01-01/2025-01-02"),
        ("2025-06-17", "2025-01-01/2025-06-18"),
        ("2024-02-29", "2024-01-01/2024-03-01"),
        ("2025-12-31", "2025-01-01/2026-01-01"),
    ],
)
def test_ytd_runs_from_new_year_through_the_day(on: str, expected: str):
    assert one("ytd", on=on) == window(expected)


@pytest.mark.parametrize(
    ("text", "on", "expected"),
    [
        pytest.param("last:36m", "2025-06-29", "2022-06-30/2025-06-30", id="36 months before the day after"),
        pytest.param("last:36m", "2024-12-31", "2022-01-01/2025-01-01", id="three calendar years"),
        pytest.param("last:12m", "2024-02-28", "2023-02-28/2024-02-29", id="clamped from the day after, a leap day"),
        pytest.param("last:12m", "2024-02-29", "2023-03-01/2024-03-01", id="through the leap day"),
        pytest.param("last:1m", "2025-03-30", "2025-02-28/2025-03-31", id="February is too short"),
    ],
)
def test_last_months_end_with_the_day_asked_about(text: str, on: str, expected: str):
    assert one(text, on=on) == window(expected)


@pytest.mark.parametrize("text", ["ytd", "last:36m"])
def test_windows_that_end_with_the_day_have_always_ended(text: str):
    on = day("2025-06-17")
    assert has_ended(text, one(text, on="2025-06-17"), period=PERIOD, on=on)


def test_two_days_are_a_half_open_window():
    assert one("2024-01-01/2025-01-01", on="2030-01-01") == window("2024-01-01/2025-01-01")


@pytest.mark.parametrize("text", ["period", "2025-08-01/2027-08-01"])
def test_other_windows_end_on_their_own_day(text: str):
    found = one(text, on="2026-01-01")
    assert not has_ended(text, found, period=PERIOD, on=day("2027-07-31"))
    assert has_ended(text, found, period=PERIOD, on=day("2027-08-01"))


def test_each_part_ends_by_itself():
    first, second = parts("each_year", "2025-08-01/2027-08-01")
    on = day("2026-08-01")
    assert has_ended("each_year", first, period=PERIOD, on=on)
    assert not has_ended("each_year", second, period=PERIOD, on=on)


@pytest.mark.parametrize(
    ("of", "expected"),
    [
        pytest.param("2024-01-01/2025-01-01", "2023-01-01/2024-01-01", id="the year before"),
        pytest.param("2025-01-01/2026-01-01", "2024-01-01/2025-01-01", id="a leap year before one without: months, not days"),
        pytest.param("2025-08-01/2027-08-01", "2023-08-01/2025-08-01", id="two years before two years"),
        pytest.param("2025-03-01/2025-04-01", "2025-02-01/2025-03-01", id="a short month before a long one"),
        pytest.param("2024-07-15/2025-07-15", "2023-07-15/2024-07-15", id="whole months from any day"),
        pytest.param("2024-02-29/2025-02-28", "2023-02-28/2024-02-29", id="a year from a leap day"),
        pytest.param("2027-02-28/2028-02-29", "2026-02-28/2027-02-28", id="a year up to a leap day"),
        pytest.param("2025-02-28/2025-03-31", "2025-01-28/2025-02-28", id="the month that last:1m means on 30 March"),
        pytest.param("2025-01-10/2025-01-20", "2024-12-31/2025-01-10", id="ten days before ten days"),
        pytest.param("2024-01-01/2025-01-02", "2022-12-30/2024-01-01", id="one day more than a year: 367 days"),
    ],
)
def test_growth_is_measured_against_as_many_months_or_else_days_before(of: str, expected: str):
    assert base(of) == window(expected)


@pytest.mark.parametrize(
    ("of", "years", "expected"),
    [
        pytest.param("2025-08-01/2027-08-01", 1, "2024-08-01/2026-08-01", id="one year earlier, so they overlap"),
        pytest.param("2024-01-01/2025-01-01", 3, "2021-01-01/2022-01-01", id="three years"),
        pytest.param("2025-01-10/2025-01-20", 2, "2023-01-10/2023-01-20", id="days keep their dates"),
        pytest.param("2024-02-29/2024-03-31", 1, "2023-02-28/2023-03-31", id="a leap day's anniversary is the 28th"),
        pytest.param("/2028-03-01", 4, "/2024-03-01", id="all up to a day, years earlier"),
    ],
)
def test_with_years_both_ends_move_so_many_years_back(of: str, years: int, expected: str):
    assert base(of, years=years) == window(expected)


@pytest.mark.parametrize(
    ("on", "years", "expected"),
    [
        pytest.param("2025-06-17", None, "2024-01-01/2024-06-18", id="one year, not the half year before"),
        pytest.param("2024-06-30", None, "2023-01-01/2023-07-01", id="also where it is a window of whole months"),
        pytest.param("2024-02-29", None, "2023-01-01/2023-03-01", id="through the end of February"),
        pytest.param("2025-06-17", 3, "2022-01-01/2022-06-18", id="or so many years as are given"),
    ],
)
def test_ytd_is_compared_with_the_same_days_of_an_earlier_year(on: str, years: int | None, expected: str):
    assert base_window(one("ytd", on=on), text="ytd", years=years) == window(expected)


def test_all_up_to_a_day_has_no_window_before_it():
    with pytest.raises(ValueError, match="as_of has no window before it"):
        base("/2028-03-01", named="as_of")


@pytest.mark.parametrize("text", ["period", "each_year", "each_calendar_year", "as_of", "ytd", "last:1m", "last:36m", "last:999m",
                                  "2022-01-01/2027-01-01"])  # fmt: skip
def test_a_window_text_is_known(text: str):
    windows.check(text)


@pytest.mark.parametrize(
    "text",
    ["", "Period", "each_month", "last:m", "last:0m", "last:-3m", "last:03m", "last:36", "last:36m ", "last:1000m", "ytd/as_of",
     "2025-01-01", "2025-01-01/", "/2025-01-01", "2025-01-01/2025-01-01", "2026-01-01/2025-01-01", "2025-02-29/2026-01-01",
     "2025-1-1/2026-01-01", "20250101/20260101", "2025-01-01/2026-01-01/2027-01-01", "0001-01-01/2026-01-01"],
)  # fmt: skip
def test_any_other_text_is_no_window(text: str):
    with pytest.raises(ValueError, match=r"."):
        windows.check(text)
    with pytest.raises(ValueError, match=r"."):
        windows_of(text, period=PERIOD, on=day("2026-01-01"))


@pytest.mark.parametrize("on", [date.max, date(1900, 1, 1)])
@pytest.mark.parametrize("text", ["as_of", "ytd", "last:999m"])
def test_the_ends_of_the_calendar_are_no_accident(text: str, on: date):
    (found,) = windows_of(text, period=None, on=on) or ()
    assert base_window(found, text=text, years=100).ends <= found.ends


@given(start_on=days, months=st.integers(1, 120))
def test_the_years_of_a_period_follow_each_other_without_a_gap(start_on: date, months: int):
    period = period_of(start_on, months)
    years = windows_of("each_year", period=period, on=start_on) or ()
    assert [part.begins for part in years] == [period.begins, *(part.ends for part in years[:-1])]
    assert years[-1].ends == period.ends
    assert len(years) == -(-months // 12)


@given(begins=days, length=st.integers(1, 4000))
def test_a_base_without_years_ends_where_the_window_begins(begins: date, length: int):
    found = base_window(Window(begins, begins + timedelta(days=length)), text="FROM/TO", years=None)
    assert found.ends == begins
    assert found.begins is not None
    assert abs((found.ends - found.begins).days - length) <= 3  # months differ by three days at most, years by one


@given(on=days, months=st.integers(1, 120))
def test_last_months_are_a_window_of_whole_months_for_growth(on: date, months: int):
    """Also where a month was too short and the window begins on its last day."""
    text = f"last:{months}m"
    (found,) = windows_of(text, period=None, on=on) or ()
    assert found.begins is not None
    before = base_window(found, text=text, years=None).begins
    assert before is not None
    assert (found.begins.year - before.year) * 12 + found.begins.month - before.month == months
