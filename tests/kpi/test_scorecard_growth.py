"""Growth: against which days, which base and whose lines (RULINGS 23, 24 and 25)."""

from typing import Any

import pytest

from tests.facts.book import Book, activity, baseline, day, licence, participation
from tests.kpi.counting import counted_book, metric, row, target

TIMES, AMOUNT = metric("lines", id_="times"), metric("sum:amount", id_="amount")
YEAR_2024 = "2024-01-01/2025-01-01"
SHOWN = ("base", "target", "value", "completion", "met")


@pytest.fixture
def book() -> Book:
    book = counted_book()
    book.takes("hb-ipo", participation("c1", state="started", start_on="2025-08-01"))
    return book


def registers(book: Book, *days: str, stream: str = "c1", **given: Any) -> list[int]:
    """A licence of one line for each day, to a grantee that no other stream has."""
    told = {"signed_on": "2020-01-01"} | given
    return [
        book.takes(stream, licence(f"{stream}-{book.world.mark()}", f"U1 > {stream}", f"P{n % 6 + 1}", registered_on=on, **told))
        for n, on in enumerate(days)
    ]


def growth(factor: str, window: str = YEAR_2024, asked: Any = TIMES, **told: Any) -> Any:
    return target(asked.id, asked, window, growth=factor, **told)


def seen(book: Book, one: Any, *names: str, **told: Any) -> tuple[Any, ...]:
    found = row(book, one, **told)
    return tuple(found[name] for name in names or SHOWN)


# --- the base window (23) --------------------------------------------------------------------------------------------


def test_growth_compares_with_the_same_months_before(book: Book):
    registers(book, "2023-01-01", "2023-12-31", "2022-12-31")
    registers(book, "2024-01-01", "2024-06-01", "2024-12-31")
    assert seen(book, growth("1.5")) == ("2", "3", "3", "100.00", True)
    assert seen(book, growth("1.6")) == ("2", "3.2", "3", "93.75", False)
    assert seen(book, growth("1.6"), "met", on="2024-12-31") == (None,)


def test_reached_is_enough_and_more_than_needs_more(book: Book):
    registers(book, "2023-06-01", "2024-06-01")
    assert seen(book, growth("1.0"), "met") == (True,)
    assert seen(book, growth("1.0", op=">"), "completion", "met") == ("99.99", False)


def test_years_compound_and_lie_so_many_years_back(book: Book):
    registers(book, *["2022-06-01"] * 100, stream="c1")
    registers(book, *["2023-06-01"] * 7)
    registers(book, *["2024-06-01"] * 121)
    assert seen(book, growth("1.1", years=2)) == ("100", "121", "121", "100.00", True)
    assert seen(book, growth("1.2", years=2)) == ("100", "144", "121", "84.02", False)


def test_a_year_to_date_compares_with_the_same_days_of_the_year_before(book: Book):
    registers(book, "2025-01-01", "2025-03-31", "2025-04-01")
    registers(book, "2026-01-01", "2026-02-01", "2026-03-31")
    assert seen(book, growth("1.5", "ytd"), on="2026-03-31") == ("2", "3", "3", "100.00", True)


def test_a_window_of_days_compares_with_as_many_days_before(book: Book):
    registers(book, "2024-01-01", "2024-01-10", "2023-12-31")
    registers(book, "2024-01-11", "2024-01-20")
    assert seen(book, growth("1.0", "2024-01-11/2024-01-21"), "base", "value") == ("2", "2")


def test_each_part_grows_from_the_part_before(book: Book):
    registers(book, "2024-08-01", "2025-07-31")
    registers(book, "2025-08-01", "2025-09-01", "2026-07-31")
    registers(book, "2026-08-01", "2026-09-01", "2026-10-01")
    told = row(book, growth("1.5", "each_year"))
    assert [(part["base"], part["target"], part["value"], part["met"]) for part in told["parts"]] == [
        ("2", "3", "3", True),
        ("3", "4.5", "3", False),
    ]
    assert (told["base"], told["target"], told["met"]) == (None, None, False)


def test_amounts_grow_as_exact_fractions_of_a_fen(book: Book):
    registers(book, "2023-06-01", amount=3)
    registers(book, "2024-06-01", amount=4)
    told = growth("1.2", asked=AMOUNT)
    assert seen(book, told) == ("0.000003", "0.0000036", "0.000004", "111.11", True)
    assert seen(book, growth("1.4", asked=AMOUNT), "target", "met") == ("0.0000042", False)


# --- nothing to compare with -----------------------------------------------------------------------------------------


def test_on_a_base_of_nought_nothing_is_known_even_after_the_end(book: Book):
    registers(book, "2024-06-01")
    assert seen(book, growth("1.5")) == ("0", None, "1", None, None)


def test_a_declared_nought_is_a_base_of_nought(book: Book):
    book.takes("c1", baseline("c1", value="0"))
    registers(book, "2024-06-01")
    assert seen(book, growth("1.5")) == ("0", None, "1", None, None)


def test_counted_lines_of_no_amount_are_a_base_of_nought_that_no_declaration_replaces(book: Book):
    book.takes("c1", baseline("c1", metric="amount", value="1.00"))
    registers(book, "2023-06-01", amount=0, payment_mode="free")
    registers(book, "2024-06-01", amount=2_000_000)
    assert seen(book, growth("1.5", asked=AMOUNT), "base", "target", "met") == ("0.00", None, None)


# --- declared bases (24) ---------------------------------------------------------------------------------------------


def test_a_declared_figure_is_the_base_where_the_ledger_holds_nothing(book: Book):
    book.takes("c1", baseline("c1", value="2"))
    registers(book, "2024-06-01", "2024-06-02", "2024-06-03")
    assert seen(book, growth("1.5")) == ("2", "3", "3", "100.00", True)
    registers(book, "2023-06-01")
    assert seen(book, growth("1.5"), "base", "target") == ("1", "1.5")


def test_a_declared_figure_is_never_a_value(book: Book):
    book.takes("c1", baseline("c1", value="2"))
    assert seen(book, target("times", TIMES, "2023-01-01/2024-01-01"), "value") == ("0",)


def test_lines_that_are_only_excluded_leave_the_declared_figure(book: Book):
    book.takes("c1", baseline("c1", value="2"))
    (rejected,) = registers(book, "2023-06-01")
    book.verified(rejected, "rejected")
    assert seen(book, growth("1.5"), "base") == ("2",)


def test_the_level_decides_whether_the_ledger_holds_something(book: Book):
    book.takes("hb-ipo", baseline("c1", value="2"))
    (line,) = registers(book, "2023-06-01")
    assert seen(book, growth("1.5"), "base") == ("1",)
    assert seen(book, growth("1.5"), "base", level="verified") == ("2",)
    book.verified(line)
    assert seen(book, growth("1.5"), "base", level="verified") == ("1",)


def test_a_centres_own_word_is_no_base_for_verified_figures(book: Book):
    index = book.takes("c1", baseline("c1", value="2"))
    assert seen(book, growth("1.5"), "base", level="verified") == ("0",)
    book.verified(index)
    assert seen(book, growth("1.5"), "base", level="verified") == ("2",)


def test_a_declared_amount_is_in_ten_thousand_yuan(book: Book):
    book.takes("c1", baseline("c1", metric="amount", value="1000.00"))
    assert seen(book, growth("1.2", asked=AMOUNT), "base", "target") == ("1000.00", "1200.00")


# --- panels (25) -----------------------------------------------------------------------------------------------------


@pytest.fixture
def province(book: Book) -> Book:
    book.takes("hb-ipo", participation("420000", "province"))
    return book


def in_province(book: Book, one: Any, *names: str, **told: Any) -> tuple[Any, ...]:
    return seen(book, one, *names, subject="420000", asked={"id_": "province", "subject": "province"}, **told)


def test_a_panel_counts_those_who_have_lines_in_both_windows(province: Book):
    registers(province, "2023-06-01", "2023-06-02", "2024-06-01", stream="c1")
    registers(province, "2024-06-01", "2024-06-02", "2024-06-03", stream="c2")
    registers(province, "2023-06-01", stream="park")
    assert in_province(province, growth("1.5")) == ("3", "4.5", "4", "88.88", False)
    assert in_province(province, growth("1.5", panel="same")) == ("2", "3", "1", "33.33", False)


def test_a_panel_takes_no_declared_base(province: Book):
    province.takes("hb-ipo", baseline("420000", value="2"))
    registers(province, "2024-06-01", stream="c2")
    assert in_province(province, growth("1.5"), "base") == ("2",)
    assert in_province(province, growth("1.5", panel="same")) == ("0", None, "0", None, None)


def test_a_panel_is_that_of_the_level(province: Book):
    first = registers(province, "2023-06-01", "2024-06-01", stream="c1")
    registers(province, "2023-06-01", "2024-06-01", stream="c2")
    for index in first:
        province.verified(index)
    assert in_province(province, growth("1.0", panel="same"), "base", "value") == ("2", "2")
    assert in_province(province, growth("1.0", panel="same"), "base", "value", level="verified") == ("1", "1")


# --- ratios ----------------------------------------------------------------------------------------------------------


def test_a_ratio_grows_from_the_ratio_before(book: Book):
    events = metric("entries", "activity", id_="events")
    for on in ("2023-06-01", "2023-06-02", "2023-06-03", "2024-06-01", "2024-06-02"):
        fact = activity()
        book.takes("c1", type(fact)(activity_type=fact.activity_type, title=fact.title, held_on=day(on)))
    registers(book, "2023-06-01", "2024-06-01")
    told = growth("1.5", per=events)
    assert seen(book, told) == ("0.3333", "0.5000", "0.5000", "100.00", True)
    # A declaration speaks of one figure, so a ratio does not rest on it.
    book.takes("c1", baseline("c1", value="9"))
    assert seen(book, growth("1.5", "2023-01-01/2024-01-01", per=events)) == (None, None, "0.3333", None, None)
