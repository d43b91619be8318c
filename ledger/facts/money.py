"""Exact money: whole fen inside, decimal text outside, and splits that lose nothing.

- A float has no way in or out; amounts are read from text with at most two decimals and kept as integers of fen.
- A split always sums to what was split. Who gets the odd fen is fixed: the largest remainder first, equal remainders in order.
- Figures are shown exactly in their unit; rounding for paper happens on paper. Targets and quotients are `Fraction`s.

Which amounts a kind of entry allows, and what is summed, is not decided here.
"""

import re
from collections.abc import Sequence
from fractions import Fraction
from typing import Final

Fen = int

MONEY_UNITS: Final = {"分": 1, "元": 100, "万元": 1_000_000, "亿元": 10_000_000_000, "万元/年": 1_000_000}  # fen in one unit
FEN_MAX: Final = 10**13  # a hundred thousand million yuan: above any deal, and 900 000 such amounts still sum in a BIGINT

_DECIMAL: Final = re.compile(r"(-?)(0|[1-9][0-9]*)(?:\.([0-9]+))?")
_DECIMAL_LENGTH_MAX: Final = 64
_SHOWN_DECIMALS_MIN: Final = 2


class BadMoney(ValueError):
    """A text that is no amount: `reason` is a stable key, `params` are the values that its translation may show."""

    def __init__(self, reason: str, **params: str) -> None:
        self.reason: Final = reason
        self.params: Final[dict[str, str]] = params
        super().__init__(reason)


def parse_yuan(text: object, *, signed: bool = False) -> Fen:
    """The fen in a text like `1000000.00`; only with `signed` may it be negative."""
    if not isinstance(text, str):
        raise BadMoney("money-type")  # a JSON number has been through a float on somebody's side
    match = _DECIMAL.fullmatch(text)
    if not match:
        raise BadMoney("money-form")
    minus, yuan, cents = match[1], match[2], match[3] or ""
    if len(cents) > 2:
        raise BadMoney("money-decimals")
    # By length first: reading an endless row of digits takes time, and Python refuses it with an error of its own.
    fen = int(yuan) * 100 + int(cents.ljust(2, "0")) if len(yuan) <= len(str(FEN_MAX)) else None
    if fen is None or fen > FEN_MAX:
        raise BadMoney("money-range", most=format_yuan(FEN_MAX))
    if minus and not signed:
        raise BadMoney("money-negative")
    return -fen if minus else fen


def format_yuan(fen: Fen) -> str:
    """The amount in yuan with two decimals, the form of the wire."""
    yuan, cents = divmod(abs(fen), 100)
    return f"{'-' if fen < 0 else ''}{yuan}.{cents:02d}"


def split_equally(total: Fen, parts: int) -> tuple[Fen, ...]:
    """The total in so many parts that differ by at most one fen, the larger ones first."""
    if parts < 1:
        raise ValueError("a split needs at least one part")
    share, odd = divmod(abs(total), parts)
    sign = -1 if total < 0 else 1
    return (sign * (share + 1),) * odd + (sign * share,) * (parts - odd)


def split_in_proportion(total: Fen, weights: Sequence[int]) -> tuple[Fen, ...]:
    """The total in parts as the weights stand to each other; equal parts where all weights are nought."""
    if not weights or min(weights) < 0:
        raise ValueError("a split needs at least one part, and no weight below nought")
    if total < 0:  # a refund is spread exactly as the amount was that it takes back
        return tuple(-part for part in split_in_proportion(-total, weights))
    whole = sum(weights)
    if whole == 0:
        return split_in_proportion(total, (1,) * len(weights))
    parts = [total * weight // whole for weight in weights]
    # `sorted` is stable, so equal remainders keep the order of the lines.
    by_remainder = sorted(range(len(weights)), key=lambda place: total * weights[place] % whole, reverse=True)
    for place in by_remainder[: total - sum(parts)]:
        parts[place] += 1
    return tuple(parts)


def format_in_unit(fen: Fen | Fraction, unit: str) -> str:
    """The exact amount in a money unit, with two decimals or as many more as it takes: `6.234567`, `100.00`."""
    return format_decimal(Fraction(fen) / _fen_per(unit), least=_SHOWN_DECIMALS_MIN)


def parse_in_unit(text: str, unit: str) -> Fraction:
    """The fen in a decimal text that counts a money unit: `5000` in 万元 is 5 000 000 000. A part of a fen stays exact."""
    return parse_decimal(text) * _fen_per(unit)


def parse_decimal(text: str, *, signed: bool = False) -> Fraction:
    """The exact number in a plain decimal text, without exponent, plus sign, spaces or leading zeros."""
    match = _DECIMAL.fullmatch(text)
    if not match or len(text) > _DECIMAL_LENGTH_MAX:
        raise BadMoney("decimal-form")
    if match[1] and not signed:
        raise BadMoney("decimal-negative")
    return Fraction(text)


def format_decimal(value: Fraction, *, least: int = 0) -> str:
    """All decimals of a number that has finitely many, no fewer than `least`, and no zeros beyond them."""
    places, denominator = least, value.denominator
    while 10**places % denominator:
        # A denominator with another prime than 2 and 5 never divides a power of ten; one without does so by its bit length.
        if places > denominator.bit_length() + least:
            raise ValueError(f"{value} has no finite decimal form")
        places += 1
    return _with_places(value.numerator * 10**places // denominator, places)


def floor_decimal(value: Fraction, places: int) -> str:
    """The number rounded down, towards minus infinity, to so many decimals."""
    return _with_places(value.numerator * 10**places // value.denominator, places)


def round_half_up(value: Fraction) -> int:
    """The nearest integer, a half going away from nought, so that a refund mirrors the amount that it takes back."""
    nearest = (2 * abs(value.numerator) + value.denominator) // (2 * value.denominator)
    return -nearest if value < 0 else nearest


def percent_down(value: Fraction | int | None, target: Fraction | int | None, *, met: bool | None) -> str | None:
    """How far a target is reached, in percent with two decimals. Never 100 by rounding or by equality while it is not met.

    None where there is nothing to compare: no value, no target, or a target of nought.
    """
    if value is None or target is None or target == 0:
        return None
    percent = Fraction(value) * 100 / Fraction(target)
    return floor_decimal(percent if met else min(percent, Fraction(9999, 100)), 2)


def _fen_per(unit: str) -> int:
    if unit not in MONEY_UNITS:
        raise BadMoney("money-unit", unit=unit)
    return MONEY_UNITS[unit]


def _with_places(scaled: int, places: int) -> str:
    digits = str(abs(scaled)).rjust(places + 1, "0")
    whole, decimals = digits[: len(digits) - places], digits[len(digits) - places :]
    return f"{'-' if scaled < 0 else ''}{whole}{'.' if places else ''}{decimals}"
