"""Money: exact in, exact out, and splits that lose nothing."""

from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.facts.money import (
    FEN_MAX,
    MONEY_UNITS,
    BadMoney,
    floor_decimal,
    format_decimal,
    format_in_unit,
    format_yuan,
    parse_decimal,
    parse_in_unit,
    parse_yuan,
    percent_down,
    round_half_up,
    split_equally,
    split_in_proportion,
)

AMOUNTS = st.integers(-FEN_MAX, FEN_MAX)
WEIGHTS = st.lists(st.integers(0, FEN_MAX), min_size=1, max_size=30)
FINITE = st.builds(lambda n, twos, fives: Fraction(n, 2**twos * 5**fives), AMOUNTS, st.integers(0, 12), st.integers(0, 12))


@pytest.mark.parametrize(
    ("text", "fen"),
    [
        ("1000000.00", 100_000_000),
        ("0", 0),
        ("0.00", 0),
        ("0.01", 1),
        ("0.1", 10),
        ("12345.67", 1_234_567),
        ("100000000000.00", FEN_MAX),
    ],
)
def test_yuan_are_read_to_the_fen(text, fen):
    assert parse_yuan(text) == fen


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (1000000, "money-type"),
        (1.5, "money-type"),
        (None, "money-type"),
        (True, "money-type"),
        (Decimal("1.50"), "money-type"),
        ("", "money-form"),
        ("+1.00", "money-form"),
        (" 1.00", "money-form"),
        ("1.00\n", "money-form"),
        ("1e6", "money-form"),
        ("1,000.00", "money-form"),
        ("1.", "money-form"),
        (".5", "money-form"),
        ("01.00", "money-form"),
        ("NaN", "money-form"),
        ("１００.00", "money-form"),
        ("1_000", "money-form"),
        ("1.001", "money-decimals"),
        ("1.000", "money-decimals"),
        ("-1.00", "money-negative"),
        ("10000000000000.01", "money-range"),
        ("9" * 5000, "money-range"),
    ],
)
def test_anything_but_a_plain_decimal_text_is_refused(text, reason):
    with pytest.raises(BadMoney) as caught:
        parse_yuan(text)
    assert caught.value.reason == reason


def test_a_signed_amount_is_read_only_where_it_is_asked_for():
    assert parse_yuan("-150000.00", signed=True) == -15_000_000
    assert parse_yuan("-0.00", signed=True) == 0
    with pytest.raises(BadMoney):
        parse_yuan("-10000000000000.01", signed=True)


@given(AMOUNTS)
def test_an_amount_that_is_written_and_read_again_is_the_same(fen):
    assert parse_yuan(format_yuan(fen), signed=True) == fen


@pytest.mark.parametrize(("fen", "text"), [(0, "0.00"), (-1, "-0.01"), (-12_345, "-123.45"), (100_000_000, "1000000.00")])
def test_yuan_are_written_with_two_decimals(fen, text):
    assert format_yuan(fen) == text


def test_a_hundred_times_ten_thousand_yuan_in_three_gives_the_odd_fen_to_the_first():
    assert split_equally(100_000_000, 3) == (33_333_334, 33_333_333, 33_333_333)
    assert split_equally(-100_000_000, 3) == (-33_333_334, -33_333_333, -33_333_333)


@given(total=AMOUNTS, parts=st.integers(1, 60))
def test_equal_parts_sum_to_the_whole_and_differ_by_at_most_one_fen(total, parts):
    split = split_equally(total, parts)
    assert (len(split), sum(split)) == (parts, total)
    assert max(split) - min(split) <= 1
    assert [abs(part) for part in split] == sorted(map(abs, split), reverse=True)


@given(total=AMOUNTS, weights=WEIGHTS)
def test_parts_in_proportion_sum_to_the_whole_and_miss_their_share_by_less_than_a_fen(total, weights):
    split = split_in_proportion(total, weights)
    assert (len(split), sum(split)) == (len(weights), total)
    if whole := sum(weights):
        assert all(abs(part - Fraction(total * weight, whole)) < 1 for part, weight in zip(split, weights, strict=True))


@given(total=AMOUNTS, weights=WEIGHTS)
def test_a_refund_mirrors_the_amount(total, weights):
    assert split_in_proportion(-total, weights) == tuple(-part for part in split_in_proportion(total, weights))


@pytest.mark.parametrize(
    ("total", "weights", "parts"),
    [
        (10, [1, 1, 2], (3, 2, 5)),
        (1, [1, 2], (0, 1)),
        (5, [1, 2, 2], (1, 2, 2)),
        (2, [1, 1, 1], (1, 1, 0)),
        (7, [0, 3, 0], (0, 7, 0)),
        (7, [0, 0], (4, 3)),
        (-7, [0, 0], (-4, -3)),
        (0, [5, 5], (0, 0)),
    ],
)
def test_the_odd_fen_goes_to_the_largest_remainder_and_among_equals_to_the_first(total, weights, parts):
    assert split_in_proportion(total, weights) == parts


@given(total=AMOUNTS, weights=WEIGHTS)
def test_no_line_gets_an_odd_fen_before_one_with_a_larger_remainder(total, weights):
    whole = sum(weights)
    if not whole or total < 0:
        return
    split = split_in_proportion(total, weights)
    remainders = [total * weight % whole for weight in weights]
    lucky = [(-remainders[i], i) for i, weight in enumerate(weights) if split[i] > total * weight // whole]
    others = [(-remainders[i], i) for i, weight in enumerate(weights) if split[i] == total * weight // whole]
    assert not lucky or not others or max(lucky) < min(others)


@pytest.mark.parametrize("weights", [[], [1, -1]])
def test_a_split_into_nothing_or_by_a_negative_weight_is_our_own_mistake(weights):
    with pytest.raises(ValueError, match="split"):
        split_in_proportion(100, weights)
    with pytest.raises(ValueError, match="split"):
        split_equally(100, 0)


@given(total=AMOUNTS, parts=st.integers(1, 60))
def test_equal_parts_are_parts_in_proportion_to_equal_weights(total, parts):
    assert split_equally(total, parts) == split_in_proportion(total, (1,) * parts)


@pytest.mark.parametrize(
    ("fen", "unit", "text"),
    [
        (6_234_567, "万元", "6.234567"),
        (100_000_000, "万元", "100.00"),
        (0, "万元", "0.00"),
        (-15_000_000, "万元", "-15.00"),
        (-1, "万元", "-0.000001"),
        (7_500_000, "万元/年", "7.50"),
        (1_234_567, "元", "12345.67"),
        (1_234_567, "分", "1234567.00"),
        (15, "亿元", "0.0000000015"),
    ],
)
def test_a_figure_is_exact_with_two_decimals_or_as_many_as_it_takes(fen, unit, text):
    assert format_in_unit(fen, unit) == text


@given(fen=st.integers(0, FEN_MAX), unit=st.sampled_from(sorted(MONEY_UNITS)))
def test_a_figure_that_is_shown_and_read_again_is_the_same(fen, unit):
    text = format_in_unit(fen, unit)
    assert parse_in_unit(text, unit) == fen
    decimals = text.partition(".")[2]
    assert len(decimals) == 2 or (len(decimals) > 2 and not decimals.endswith("0"))


@pytest.mark.parametrize(
    ("text", "unit", "fen"),
    [
        ("5000", "万元", 5_000_000_000),
        ("1000.00", "万元", 1_000_000_000),
        ("0.5", "分", Fraction(1, 2)),
        ("3", "亿元", 30_000_000_000),
    ],
)
def test_a_target_is_read_in_its_unit(text, unit, fen):
    assert parse_in_unit(text, unit) == fen


def test_a_unit_that_is_no_money_is_refused():
    with pytest.raises(BadMoney) as caught:
        format_in_unit(1, "次")
    assert (caught.value.reason, caught.value.params) == ("money-unit", {"unit": "次"})


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("-1", "decimal-negative"),
        ("1e3", "decimal-form"),
        ("1/3", "decimal-form"),
        ("", "decimal-form"),
        ("9" * 65, "decimal-form"),
    ],
)
def test_a_target_that_is_no_plain_decimal_is_refused(text, reason):
    with pytest.raises(BadMoney) as caught:
        parse_decimal(text)
    assert caught.value.reason == reason


def test_a_growth_factor_is_exact():
    assert parse_decimal("1.2") == Fraction(6, 5)
    assert parse_decimal("-0.30", signed=True) == Fraction(-3, 10)


@given(value=FINITE, least=st.integers(0, 6))
def test_a_decimal_that_is_written_and_read_again_is_the_same_and_no_longer_than_it_must_be(value, least):
    text = format_decimal(value, least=least)
    assert parse_decimal(text, signed=True) == value
    decimals = text.partition(".")[2]
    assert len(decimals) == least or (len(decimals) > least and not decimals.endswith("0"))


@pytest.mark.parametrize(
    ("value", "text"), [(Fraction(60), "60"), (Fraction(1, 8), "0.125"), (Fraction(-1, 2), "-0.5"), (Fraction(0), "0")]
)
def test_a_whole_number_is_written_without_a_point(value, text):
    assert format_decimal(value) == text


@pytest.mark.parametrize("value", [Fraction(1, 3), Fraction(1, 7 * 2**40), Fraction(22, 7)])
def test_a_number_without_end_has_no_exact_decimal(value):
    with pytest.raises(ValueError, match="no finite decimal"):
        format_decimal(value)


@pytest.mark.parametrize(
    ("value", "places", "text"),
    [
        (Fraction(2, 3), 4, "0.6666"),
        (Fraction(10), 4, "10.0000"),
        (Fraction(-1, 3), 4, "-0.3334"),
        (Fraction(199, 100), 0, "1"),
    ],
)
def test_a_quotient_is_rounded_down(value, places, text):
    assert floor_decimal(value, places) == text


@given(value=st.fractions(), places=st.integers(0, 6))
def test_rounding_down_never_goes_up_and_misses_less_than_the_last_place(value, places):
    assert 0 <= value - Fraction(floor_decimal(value, places)) < Fraction(1, 10**places)


@pytest.mark.parametrize(
    ("value", "nearest"),
    [
        (Fraction(1, 2), 1),
        (Fraction(-1, 2), -1),
        (Fraction(49, 100), 0),
        (Fraction(5, 2), 3),
        (Fraction(-7, 3), -2),
        (Fraction(4), 4),
    ],
)
def test_a_half_goes_away_from_nought(value, nearest):
    assert round_half_up(value) == nearest


@given(st.decimals(-(10**9), 10**9, places=3))
def test_rounding_half_up_is_that_of_decimal_arithmetic(value):
    assert round_half_up(Fraction(value)) == int(value.to_integral_value(ROUND_HALF_UP))


@pytest.mark.parametrize(
    ("value", "target", "met", "text"),
    [
        (3, 300, None, "1.00"),
        (59, 60, False, "98.33"),
        (300, 300, True, "100.00"),
        (6_800, 5_000, True, "136.00"),
        (1_000_000_000, 1_000_000_000, False, "99.99"),
        (999_999, 1_000_000, None, "99.99"),
        (300, 300, None, "99.99"),
        (0, 300, None, "0.00"),
        (-15, 300, None, "-5.00"),
        (Fraction(1, 3), 1, None, "33.33"),
        (5, 0, True, None),
        (None, 300, None, None),
        (5, None, None, None),
    ],
)
def test_completion_is_rounded_down_and_shows_a_hundred_only_when_the_target_is_met(value, target, met, text):
    assert percent_down(value, target, met=met) == text
