"""Short ways to count in a small world: metrics, programmes and targets as values, and a book's figures by one call.

`tests.facts.book` says things, through the rules; what is counted here is the fold over all that was said.

    book = counted_book()
    book.takes("c1", licence("L-1", "U1 > S1", "P1 P2", registered_on="2025-09-10"))
    assert value(book, metric("lines")) == 2
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

from ledger.facts.lines.rows import NEVER
from ledger.kpi import fields
from ledger.kpi.book import Figure, Item, Question, Scope
from ledger.kpi.definitions import Label, Metric, Programme, Target, Test
from ledger.kpi.figures import FoldedBook
from ledger.kpi.participants import operators, participant
from ledger.kpi.scorecard import scorecard
from ledger.kpi.windows import Window
from tests.facts.book import Book, day, licence, participation, party

LABEL = Label("口径", "a figure")
MONEY = ("amount", "received", "loan_amount", "value_amount", "contract_amount", "financing_amount")
FIRMS = {"S1": "small", "S2": "micro", "L1": "large"}


def counted_book() -> Book:
    """The small world, with a university, an institute, three firms of the chain, a bank and an operator that it knows."""
    book = Book()
    book.takes("hb-ipo", party("U1", party_kind="university", region="420100"))
    book.takes("hb-ipo", party("R1", party_kind="research_institute", region="420100"))
    for name, size in FIRMS.items():
        book.takes("hb-ipo", party(name, size=size, region="420502", chains=("photonics",)))
    book.takes("hb-ipo", party("B1", party_kind="financial_institution"))
    book.takes("hb-ipo", party("O1", party_kind="agency", region="420100"))
    return book


def metric(
    count: str = "lines", source: str = "deal", *, id_: str = "m", where: Mapping[str, Any] | None = None, **told: Any
) -> Metric:
    """A metric as the language would read it; deals are dated by their recordal unless `date` says otherwise."""
    found = fields.family_of(source)
    assert found
    family, kinds = found
    what = count.partition(":")[2]
    unit = "万元/年" if what == "annualised" else "万元" if what in MONEY else "次"
    days = {"deal": ("registered_on",), "activity": ("held_on",), "pledge": ("registered_on",), "party": ("valid_from",)}
    facts: dict[str, Any] = {
        "unit": unit, "date": days.get(family.name, ("on",)), "stock": False, "match": "any",
        "where": tuple(Test(field, tuple(allowed)) for field, allowed in (where or {}).items()),
    }  # fmt: skip
    named: dict[str, Any] = {"id": id_, "family": family.name, "kinds": kinds, "count": count, "digest": id_}
    return Metric(**named, label=LABEL, sum=(), resolved={}, **(facts | told))


def sum_of(*parts: Metric, unit: str = "万元") -> Metric:
    return Metric(
        id="sum", label=LABEL, family="", kinds=(), count="", unit=unit, date=(), where=(), stock=parts[0].stock, match="any",
        sum=parts, digest="sum", resolved={},
    )  # fmt: skip


# --- figures ---------------------------------------------------------------------------------------------------------


def folded(book: Book, size: int | None = None) -> FoldedBook:
    entries = sorted({e.index: e for subject in book.world._histories.values() for e in subject}.values(), key=lambda e: e.index)
    return FoldedBook.folded(entries, len(entries) if size is None else size)


def question(
    book: Book, asked: Metric, centre: str | None = "c1", *, region: str | None = None, begins: str | None = "2025-08-01",
    ends: str | None = "2027-08-01", on: str = "2027-08-01", level: str = "recorded", industry: str | None = "photonics",
    recorders: frozenset[str] | None = None,
) -> Question:  # fmt: skip
    rows = folded(book).centre_rows(centre) if centre and not region else ()
    terms = {"industry": industry, "region": region or next((row.region for row in rows if row.begins <= day(on) < row.ends), None)}
    scope = Scope(centre=None if region else centre, region=region, terms=terms, operators=operators(rows), recorders=recorders)
    return Question(asked, scope, Window(day(begins) if begins else None, day(ends) if ends else NEVER), day(on), level)


def figure(book: Book, asked: Metric, centre: str | None = "c1", **told: Any) -> Figure:
    return folded(book).figure(question(book, asked, centre, **told))


def value(book: Book, asked: Metric, centre: str | None = "c1", **told: Any) -> int:
    return figure(book, asked, centre, **told).value


def excluded(book: Book, asked: Metric, centre: str | None = "c1", **told: Any) -> dict[str, int]:
    return dict(figure(book, asked, centre, **told).excluded)


def items(book: Book, asked: Metric, centre: str | None = "c1", **told: Any) -> list[Item]:
    return folded(book).items(question(book, asked, centre, **told))


# --- programmes ------------------------------------------------------------------------------------------------------


def target(id_: str, asked: Metric | None = None, window: str | None = None, **told: Any) -> Target:
    """A target; with nothing else said it asks for at least 1 over the period."""
    plain: dict[str, Any] = {"op": ">=", "value": None if "growth" in told else "1"} if asked else {"op": None, "value": None}
    facts: dict[str, Any] = {
        "growth": None, "years": None, "panel": None, "per": None, "any_of": (), "all_of": (), "level": "must", "evidence": False,
        "hidden": False,
    }  # fmt: skip
    unit = fields.RATIO_UNIT if told.get("per") else asked.unit if asked else None
    days = window or ("period" if asked else None)
    return Target(id=id_, clause="一", label=LABEL, unit=unit, metric=asked, window=days, **(plain | facts | told))


def programme(*targets: Target, id_: str = "two-years", subject: str = "centre", months: int | None = 24) -> Programme:
    return Programme(id=id_, title=LABEL, source="000", subject=subject, months=months, targets=targets, digest="d", resolved={})


def card(
    book: Book, asked: Programme, subject: str = "c1", *, on: str = "2027-08-01", level: str = "recorded", **told: Any
) -> dict[str, Any]:
    whole = folded(book)
    who = participant(whole, asked, subject, date.fromisoformat(on))
    assert who, "nobody takes part"
    return scorecard(whole, who, on=date.fromisoformat(on), level=level, **told)


def row(
    book: Book, one: Target, subject: str = "c1", *, others: tuple[Target, ...] = (), asked: Mapping[str, Any] | None = None,
    **told: Any,
) -> dict[str, Any]:  # fmt: skip
    """The row of one target in a scorecard of a programme of its own."""
    found: list[dict[str, Any]] = card(book, programme(one, *others, **(asked or {})), subject, **told)["targets"]
    return found[0]


def participating_book() -> Book:
    """c1 takes part in `two-years` from 2025-08-01."""
    book = counted_book()
    book.takes("hb-ipo", participation("c1", industry="photonics"))
    book.takes("hb-ipo", participation("c1", state="started", start_on="2025-08-01"))
    return book


def record(book: Book, *days: str, stream: str = "c1", amount: int = 100_00) -> None:
    """A line for each day."""
    for on in days:
        number = len(book.world.stream(stream))
        book.takes(stream, licence(f"L-{number}", "U1 > S1", "P1", signed_on="2019-01-01", registered_on=on, amount=amount))
