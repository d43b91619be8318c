"""Metrics and programmes as frozen values: what the files say, checked, with inheritance applied and defaults filled in.

- `resolved` is a definition as it is answered and kept: plain JSON values under the names of the files. Beside the keys of the
  language it holds `order` (with `where`: its fields in the order of judging, which an object does not keep) and `metrics`
  (every metric that the definition reaches, by id). Ids and file names are not part of it.
- `digest` is the hex SHA-256 of the JCS (RFC 8785) of `resolved`. So comments, the order of keys and the cutting into files and
  `extends` leave it alone; the order of tests does not, because it decides under which field a line is listed as excluded.

How the files are read and refused stands in `language`; what a metric counts is `figures`' business.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction

import rfc8785

from ledger.facts.money import MONEY_UNITS, parse_decimal, parse_in_unit
from ledger.kpi import fields


def digest_of(resolved: Mapping[str, object]) -> str:
    # Everything in it was read from TOML as text, truth or whole number, so JCS cannot refuse it.
    return hashlib.sha256(rfc8785.dumps(dict(resolved))).hexdigest()  # type: ignore[arg-type]


@dataclass(frozen=True)
class Label:
    zh: str
    en: str


@dataclass(frozen=True)
class Test:
    """One condition: the value of `field` must be among `allowed` (`$subject.industry` stands there as text)."""

    field: str
    allowed: tuple[str | bool, ...]

    @property
    def side(self) -> str | None:
        """The side whose parties it narrows; None for a test on the line itself."""
        return fields.side_of(self.field)


@dataclass(frozen=True)
class Metric:
    """What is counted. A sum has `sum`, `unit` and `label`, and says nothing else of its own: ask its `parts`."""

    id: str
    label: Label
    family: str  # a key of fields.FAMILIES; "" for a sum
    kinds: tuple[str, ...]  # the kinds of deal that it starts from; none: all of the family
    count: str
    unit: str
    date: tuple[str, ...]  # the first that is set dates the line
    where: tuple[Test, ...]  # in the order of judging
    stock: bool
    match: str
    sum: tuple["Metric", ...]
    digest: str
    resolved: Mapping[str, object] = field(compare=False, repr=False)

    @property
    def parts(self) -> tuple["Metric", ...]:
        """The metrics that count lines themselves: those below a sum, else the metric alone."""
        return tuple(leaf for part in self.sum for leaf in part.parts) if self.sum else (self,)

    @property
    def is_money(self) -> bool:
        return self.unit in MONEY_UNITS

    @property
    def has_region_test(self) -> bool:
        """Whether a test names a region. Without one, a region's figures are narrowed to its recorders, part by part."""
        return any(test.field.endswith(".region") for part in self.parts for test in part.where)

    @property
    def needs(self) -> frozenset[str]:
        """The names that must be known of the subject: `industry`, `region`."""
        return frozenset(
            value.removeprefix(fields.SUBJECT)
            for part in self.parts
            for test in part.where
            for value in test.allowed
            if isinstance(value, str) and value.startswith(fields.SUBJECT)
        )

    def side_tests(self, side: str) -> tuple[Test, ...]:
        """The tests that one and the same party (or attendee) of a side must pass, in the order of judging."""
        return tuple(test for test in self.where if test.side == side)

    @property
    def line_tests(self) -> tuple[Test, ...]:
        """The tests on the line itself: its entry, its patent, its recorder."""
        return tuple(test for test in self.where if test.side is None)


@dataclass(frozen=True)
class Target:
    """What is asked: a figure (`metric`), that other targets be met (`any_of`, `all_of`), or a person's decision (`evidence`)."""

    id: str
    clause: str
    label: Label
    unit: str | None  # "1" for a ratio; None where there is no figure
    metric: Metric | None
    per: Metric | None
    window: str | None
    op: str | None
    value: str | None
    growth: str | None
    years: int | None
    panel: str | None
    any_of: tuple[str, ...]
    all_of: tuple[str, ...]
    level: str
    evidence: bool
    hidden: bool

    def exact(self, text: str) -> Fraction:
        """A value in the target's unit, from its text: fen for money, else the number. ValueError if it is no such value."""
        if self.unit is None:
            raise ValueError("this target has no value")
        return exact_in(text, self.unit)


@dataclass(frozen=True)
class Programme:
    id: str
    title: Label
    source: str
    subject: str
    months: int | None
    targets: tuple[Target, ...]
    digest: str
    resolved: Mapping[str, object] = field(compare=False, repr=False)

    def target(self, target_id: str) -> Target | None:
        return next((target for target in self.targets if target.id == target_id), None)


@dataclass(frozen=True)
class Catalogue:
    """All metrics and programmes of the loaded folders, by id."""

    metrics: Mapping[str, Metric]
    programmes: Mapping[str, Programme]


def exact_in(text: str, unit: str) -> Fraction:
    """The exact amount in fen of a text in a money unit, the number of a text in any other; counts are whole numbers."""
    if unit in MONEY_UNITS:
        return parse_in_unit(text, unit)
    number = parse_decimal(text)
    if unit != fields.RATIO_UNIT and "." in text:
        raise ValueError(f"a count in {unit} is a whole number")
    return number
