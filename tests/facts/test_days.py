"""Days: months that end where the calendar ends them, half-open periods, and instants with one written form."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.facts.days import (
    Period,
    add_months,
    format_instant,
    from_micros,
    micros,
    next_day,
    parse_day,
    parse_instant,
    patent_term_end,
    shanghai_today,
    whole_months,
)

DAYS = st.dates(date(1900, 1, 1), date(2900, 12, 31))
INSTANTS = st.datetimes(datetime(1970, 1, 1), datetime(9000, 1, 1), timezones=st.just(UTC))
OFFSETS = st.integers(-23 * 60 - 59, 23 * 60 + 59).map(lambda minutes: timezone(timedelta(minutes=minutes)))


@given(DAYS)
def test_a_day_that_is_written_and_read_again_is_the_same(day):
    assert parse_day(day.isoformat()) == day


@pytest.mark.parametrize(
    "text",
    [
        "",
        "20250101",
        "2025-1-1",
        "2025-W01-1",
        "2025-02-29",
        "2025-13-01",
        "1899-12-31",
        "0000-01-01",
        " 2025-01-01",
        "2025-01-01T00:00",
        "２０２５-01-01",
    ],
)
def test_any_other_text_is_no_day(text):
    with pytest.raises(ValueError, match=r"."):
        parse_day(text)


def test_the_first_and_the_last_day_of_the_calendar_are_taken():
    assert (parse_day("1900-01-01"), parse_day("9999-12-31")) == (date(1900, 1, 1), date.max)


@pytest.mark.parametrize(
    ("day", "months", "later"),
    [
        ("2025-08-01", 24, "2027-08-01"),
        ("2024-01-31", 1, "2024-02-29"),
        ("2023-01-31", 1, "2023-02-28"),
        ("2024-02-29", 12, "2025-02-28"),
        ("2024-02-29", 48, "2028-02-29"),
        ("2025-12-31", 2, "2026-02-28"),
        ("2025-03-31", -1, "2025-02-28"),
        ("2026-07-01", -36, "2023-07-01"),
        ("2025-01-15", -1, "2024-12-15"),
        ("9990-06-01", 240, "9999-12-31"),
    ],
)
def test_months_later_is_the_same_day_or_the_last_of_the_month(day, months, later):
    assert add_months(parse_day(day), months) == date.fromisoformat(later)


def test_before_the_calendar_lies_its_first_day():
    assert add_months(date(3, 1, 1), -120) == date.min


@given(day=DAYS, months=st.integers(-1200, 1200))
def test_months_there_and_back_come_to_the_same_day_unless_a_shorter_month_lay_between(day, months):
    back = add_months(add_months(day, months), -months)
    assert (back.year, back.month) == (day.year, day.month)
    assert back.day == min(day.day, add_months(day, months).day)


@given(day=DAYS.filter(lambda day: day.day <= 28), first=st.integers(-600, 600), then=st.integers(-600, 600))
def test_months_add_up_where_no_month_is_too_short(day, first, then):
    assert add_months(add_months(day, first), then) == add_months(day, first + then)


@given(begins=DAYS, months=st.integers(1, 600))
def test_a_window_of_so_many_months_is_found_to_be_one(begins, months):
    assert whole_months(begins, add_months(begins, months)) == months


@given(begins=DAYS, ends=DAYS)
def test_a_window_is_of_whole_months_exactly_if_they_lead_to_its_end(begins, ends):
    months = whole_months(begins, ends)
    if months is None:
        near = (ends - begins).days // 30
        assert all(add_months(begins, n) != ends for n in range(max(1, near - 60 - near // 50), near + 3))
    else:
        assert months > 0
        assert add_months(begins, months) == ends


@pytest.mark.parametrize(
    ("begins", "ends", "months"),
    [
        ("2025-01-01", "2026-01-01", 12),
        ("2025-08-01", "2025-09-01", 1),
        ("2024-01-31", "2024-02-29", 1),
        ("2025-01-01", "2025-01-31", None),
        ("2025-01-01", "2025-01-01", None),
        ("2025-02-01", "2025-01-01", None),
        ("2025-01-31", "2025-03-01", None),
    ],
)
def test_whole_months_are_counted_and_nothing_else_is(begins, ends, months):
    assert whole_months(parse_day(begins), parse_day(ends)) == months


def test_the_day_after_the_last_of_the_calendar_is_that_day_itself():
    assert (next_day(date(2024, 2, 28)), next_day(date.max)) == (date(2024, 2, 29), date.max)


@pytest.mark.parametrize(
    ("begins", "ends", "day", "answer"),
    [
        ("2025-08-01", "2027-08-01", "2025-08-01", True),
        ("2025-08-01", "2027-08-01", "2027-07-31", True),
        ("2025-08-01", "2027-08-01", "2027-08-01", False),
        ("2025-08-01", "2027-08-01", "2025-07-31", False),
        (None, "2027-08-01", "1900-01-01", True),
        (None, "2027-08-01", "2027-08-01", False),
        ("2025-08-01", None, "9999-12-31", True),
        (None, None, "2025-01-01", True),
        ("2025-08-01", "2025-08-01", "2025-08-01", False),
        ("2025-08-02", "2025-08-01", "2025-08-01", False),
    ],
)
def test_a_period_has_its_first_day_and_not_its_end(begins, ends, day, answer):
    period = Period(begins and parse_day(begins), ends and parse_day(ends))
    assert period.covers(parse_day(day)) is answer


def test_china_is_eight_hours_ahead():
    assert shanghai_today(datetime(2025, 9, 10, 15, 59, 59, tzinfo=UTC)) == date(2025, 9, 10)
    assert shanghai_today(datetime(2025, 9, 10, 16, 0, tzinfo=UTC)) == date(2025, 9, 11)
    assert shanghai_today(datetime(2025, 9, 10, 23, 0, tzinfo=timezone(timedelta(hours=8)))) == date(2025, 9, 10)


def test_today_is_the_day_of_this_instant():
    before = shanghai_today(datetime.now(UTC))
    assert before <= shanghai_today() <= shanghai_today(datetime.now(UTC))


def test_an_instant_without_offset_is_our_own_mistake():
    for use in (shanghai_today, format_instant, micros):
        with pytest.raises(ValueError, match="offset"):
            use(datetime(2025, 9, 10))


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2025-09-10T02:11:09.123456Z", "2025-09-10T02:11:09.123456Z"),
        ("2025-09-10T10:11:09+08:00", "2025-09-10T02:11:09.000000Z"),
        ("2025-09-09t22:11:09.5-04:00", "2025-09-10T02:11:09.500000Z"),
        ("2025-09-10T02:11:09z", "2025-09-10T02:11:09.000000Z"),
        ("2025-09-10T02:11:09-00:00", "2025-09-10T02:11:09.000000Z"),
        ("2025-09-10T02:11:09.123456999Z", "2025-09-10T02:11:09.123456Z"),
        ("2026-01-01T05:30:00+05:45", "2025-12-31T23:45:00.000000Z"),
    ],
)
def test_an_instant_of_any_offset_is_read_into_utc(text, instant):
    assert format_instant(parse_instant(text)) == instant
    assert parse_instant(text).utcoffset() == timedelta(0)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2025-09-10",
        "2025-09-10T02:11:09",
        "2025-09-10T02:11Z",
        "2025-09-10 02:11:09Z",
        "2025-09-10T02:11:09+0800",
        "2025-09-10T02:11:09+08",
        "2025-09-10T02:11:09+24:00",
        "2025-09-10T02:11:09+08:60",
        "2025-09-10T25:11:09Z",
        "2025-09-10T02:11:60Z",
        "2025-02-29T02:11:09Z",
        "2025-09-10T02:11:09.Z",
        "2025-09-10T02:11:09,5Z",
        "0001-01-01T00:00:00+01:00",
        "9999-12-31T23:59:59-01:00",
        "２０２５-09-10T02:11:09Z",
    ],
)
def test_any_other_text_is_no_instant(text):
    with pytest.raises(ValueError, match=r"."):
        parse_instant(text)


@given(instant=INSTANTS, offset=OFFSETS)
def test_an_instant_that_is_written_and_read_again_is_the_same_whatever_the_offset(instant, offset):
    elsewhere = instant.astimezone(offset)
    assert parse_instant(format_instant(elsewhere)) == parse_instant(elsewhere.isoformat()) == instant


@given(instant=INSTANTS, later=INSTANTS)
def test_instants_sort_as_text_as_they_do_in_time(instant, later):
    assert (instant < later) is (format_instant(instant) < format_instant(later)) is (micros(instant) < micros(later))


@given(INSTANTS)
def test_microseconds_lead_back_to_the_same_instant(instant):
    assert from_micros(micros(instant)) == instant


def test_microseconds_are_counted_from_1970():
    assert micros(datetime(1970, 1, 2, 0, 0, 0, 7, tzinfo=UTC)) == 86_400_000_007


@pytest.mark.parametrize(
    ("right", "filed_on", "ends"),
    [
        ("invention", "2012-12-31", "2032-12-31"),
        ("invention", "2080-02-29", "2100-02-28"),
        ("utility_model", "2016-07-01", "2026-07-01"),
        ("utility_model", "2016-02-29", "2026-02-28"),
        ("design", "2021-05-31", "2031-05-31"),
        ("design", "2021-06-01", "2036-06-01"),
        ("design", "2024-02-29", "2039-02-28"),
    ],
)
def test_a_right_ends_on_the_anniversary_of_its_filing(right, filed_on, ends):
    assert patent_term_end(right, parse_day(filed_on)) == parse_day(ends)


def test_a_right_that_does_not_exist_has_no_term():
    with pytest.raises(ValueError, match="trademark"):
        patent_term_end("trademark", date(2020, 1, 1))
