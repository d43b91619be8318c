"""Which test a line fails first, who is left of its parties, and which word it gets (RULINGS 11, 13, 18, 32 and 33)."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import pytest

from ledger.facts.kinds.outcomes import Attendee
from ledger.facts.lines.rows import DealLine, LoanLine, Standing
from ledger.kpi import definitions
from ledger.kpi.book import Operator, Scope
from ledger.kpi.fields import side_of
from ledger.kpi.judging import Judgement, Rows, allowed, judge, people_of, word_for
from tests.facts.book import Book, activity, admits, centre, day, equity, licence, opens, output, party, pledge, status, transfer
from tests.kpi.counting import counted_book, metric

ON = day("2025-09-10")
NOBODY = Scope()


@pytest.fixture
def book() -> Book:
    return counted_book()


def rows_of(book: Book) -> Rows:
    return Rows.of(list(book.world.all_rows()))


def judged(
    book: Book, where: Mapping[str, Any], source: str = "deal", *, scope: Scope = NOBODY, match: str = "any", on: date = ON
) -> Judgement:
    """The judgement of the one line of a family that there is."""
    rows = rows_of(book)
    (line,) = rows.lines[source]
    return judge(line, on, metric(source=source, where=where, match=match), scope, rows)


def fails(book: Book, where: Mapping[str, Any], source: str = "deal", **told: Any) -> str | None:
    return judged(book, where, source, **told).fails


# --- words -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("standing", "contested", "floor", "word"),
    [
        (Standing.REJECTED, True, Standing.RECORDED, "rejected"),
        (Standing.CONTESTED, False, Standing.RECORDED, "contested"),
        (Standing.VERIFIED, True, Standing.VERIFIED, "contested"),
        (Standing.RECORDED, False, Standing.RECORDED, None),
        (Standing.RECORDED, False, Standing.ATTESTED, "level"),
        (Standing.ATTESTED, False, Standing.ATTESTED, None),
        (Standing.ATTESTED, False, Standing.VERIFIED, "level"),
        (Standing.VERIFIED, False, Standing.RECORDED, None),
    ],
)
def test_rejected_comes_before_contested_and_contested_before_level(standing, contested, floor, word):
    assert word_for(standing, contested, floor) == word


def test_what_the_subject_lacks_allows_nothing():
    scope = Scope(terms={"industry": "photonics", "region": None})
    assert allowed(definitions.Test("grantee.chain", ("$subject.industry", "steel")), scope) == ("photonics", "steel")
    assert allowed(definitions.Test("grantee.region", ("$subject.region",)), scope) == ()
    assert allowed(definitions.Test("grantee.region", ("$subject.region",)), Scope()) == ()
    assert allowed(definitions.Test("deal.related_party", (False,)), scope) == (False,)


def test_an_attendee_and_the_employer_are_one_side_and_a_line_has_none():
    assert [side_of(name) for name in ("attendee.role", "employer.size", "grantor.kind", "party.size", "borrower.kind")] == [
        "attendee", "attendee", "grantor", "party", "borrower",
    ]  # fmt: skip
    assert [side_of(name) for name in ("kind", "deal.role", "patent.in_force", "recorder.region", "grantee.is_operator")] == [
        None, None, None, None, "grantee",
    ]  # fmt: skip


# --- the line itself -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("field", "right", "wrong"),
    [
        ("kind", "licence", "transfer"),
        ("deal.related_party", False, True),
        ("deal.role", "served", "own"),
        ("deal.payment_mode", "lump", "free"),
        ("deal.matched_via", "shelf", "fair"),
        ("licence.licence_type", "sole", "exclusive"),
        ("transfer.cause", "other", "judicial"),  # no licence is asked
        ("recorder.region", "420100", "420500"),
        ("patent.in_force", True, False),
    ],
)
def test_a_field_of_a_deal_is_tested_by_its_value(book: Book, field, right, wrong):
    book.takes("c1", licence("L-1", "U1 > S1", "P1", matched_via="shelf", licence_type="sole"))
    assert fails(book, {field: [right]}) is None
    assert fails(book, {field: [wrong]}) == (None if field == "transfer.cause" else field)
    assert fails(book, {field: [wrong, right]}) is None


def test_what_a_deal_leaves_out_passes_no_test_of_it(book: Book):
    book.takes("c1", transfer("T-1", "U1 > S1", "P1"))
    assert fails(book, {"deal.matched_via": ["shelf"]}) == "deal.matched_via"
    assert fails(book, {"licence.licence_type": ["sole"]}) is None
    assert fails(book, {"transfer.cause": ["judicial"]}) == "transfer.cause"


def test_equity_is_asked_neither_for_a_cause_nor_for_a_licence_type(book: Book):
    book.takes("c1", equity("E-1", "U1 > S1", "P1", "S1"))
    assert fails(book, {"transfer.cause": ["other"], "licence.licence_type": ["sole"]}) is None


@pytest.mark.parametrize(
    ("source", "where", "expected"),
    [
        ("activity", {"activity.type": ["service"], "activity.mode": ["online"], "activity.service_type": ["valuation"]}, None),
        ("activity", {"activity.programme": ["prep"]}, None),
        ("activity", {"activity.type": ["training"]}, "activity.type"),
        ("activity", {"activity.mode": ["offline", "hybrid"]}, "activity.mode"),
        ("activity", {"activity.service_type": ["pilot"]}, "activity.service_type"),
        ("activity", {"activity.programme": ["exam"]}, "activity.programme"),
        ("pledge", {"pledge.action": ["new"], "borrower.size": ["small"], "borrower.chain": ["photonics"]}, None),
        ("pledge", {"pledge.action": ["renew", "release"]}, "pledge.action"),
        ("pledge", {"borrower.kind": ["university"]}, "borrower.kind"),
        ("output", {"output.type": ["product_filing"], "output.status": ["approved"], "output.issuer_level": ["city"]}, None),
        ("output", {"output.type": ["brand"]}, "output.type"),
        ("output", {"output.status": ["issued"]}, "output.status"),
        ("output", {"output.issuer_level": ["province"]}, "output.issuer_level"),
        ("output", {"party.size": ["micro"]}, None),
        ("output", {"party.size": ["small"]}, "party.size"),
        ("admission", {"patent.in_force": [True], "recorder.region": ["420000"]}, None),
        ("pool", {"recorder.region": ["420500"]}, "recorder.region"),
    ],
)
def test_each_family_is_asked_for_what_it_has(book: Book, source, where, expected):
    book.takes("c1", activity("service", mode="online", service_type="valuation", programme="prep"))
    book.takes("c1", pledge("N-1"))
    book.takes("c1", output(issuer_level="city", party_id="S2"))
    book.takes("c1", opens())
    book.takes("c1", admits("P1"))
    assert fails(book, where, source) == expected


def test_a_patent_is_in_force_on_the_counted_day(book: Book):
    book.takes("c1", licence("L-1", "U1 > S1", "P1"))
    book.takes("c1", status("P1", "CF01", "2025-09-11"))
    assert fails(book, {"patent.in_force": [True]}) is None
    assert fails(book, {"patent.in_force": [True]}, on=day("2025-09-11")) == "patent.in_force"
    assert fails(book, {"patent.in_force": [False]}, on=day("2025-09-11")) is None
    assert fails(book, {"patent.in_force": [True]}, on=day("2022-05-09")) == "patent.in_force"


def test_a_recorder_has_the_region_of_the_day(book: Book):
    book.takes("c1", licence("L-1", "U1 > S1", "P1"))
    book.takes("hb-ipo", centre("c1", "420500", valid_from=day("2025-09-11")))
    assert fails(book, {"recorder.region": ["420100"]}) is None
    assert fails(book, {"recorder.region": ["420100"]}, on=day("2025-09-11")) == "recorder.region"
    assert Rows().region_of("c1", ON) is None


# --- parties ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("field", "right", "wrong"),
    [
        ("grantee.kind", "enterprise", "university"),
        ("grantee.size", "small", "large"),
        ("grantee.industry", "optics", "steel"),
        ("grantee.chain", "photonics", "steel"),
        ("grantee.tags", "listed", "unlisted"),
        ("grantee.region", "420500", "420100"),
    ],
)
def test_a_party_is_tested_by_each_attribute(book: Book, field, right, wrong):
    told = {"size": "small", "industry": "optics", "chains": ("fibre", "photonics"), "tags": ("a", "listed"), "region": "420502"}
    book.takes("hb-ipo", party("S9", **told))
    book.takes("c1", licence("L-1", "U1 > S9", "P1"))
    assert fails(book, {field: [right]}) is None
    assert fails(book, {field: [wrong]}) == field


def test_a_party_without_the_attribute_passes_no_test_of_it(book: Book):
    book.takes("hb-ipo", party("S9"))
    book.takes("c1", licence("L-1", "U1 > S9", "P1"))
    for field, value in (("size", "small"), ("region", "420000"), ("industry", "a"), ("chain", "a"), ("tags", "a")):
        assert fails(book, {f"grantee.{field}": [value]}) == f"grantee.{field}"


def test_a_party_is_what_it_was_on_the_day(book: Book):
    book.takes("hb-ipo", party("S1", size="large", valid_from=day("2025-09-11")))
    book.takes("c1", licence("L-1", "U1 > S1", "P1"))
    assert fails(book, {"grantee.size": ["small"]}) is None
    assert fails(book, {"grantee.size": ["small"]}, on=day("2025-09-11")) == "grantee.size"
    assert fails(book, {"grantee.kind": ["enterprise"]}, on=day("2019-12-31")) == "grantee.kind"  # not yet known


@pytest.mark.parametrize(
    ("asked", "region", "inside"),
    [
        ("420500", "420502", True),
        ("420500", "420506-hitech", True),
        ("420506", "420506-hitech", True),
        ("420000", "420506-hitech", True),
        ("420506-hitech", "420506-hitech", True),
        ("420506-hitech", "420506", False),
        ("420506-hitech", "420506-other", False),
        ("420502", "420500", False),
        ("420500", "420600", False),
    ],
)
def test_a_code_covers_what_lies_below_it_and_a_slug_itself_only(book: Book, asked, region, inside):
    book.takes("hb-ipo", party("S9", region=region))
    book.takes("c1", licence("L-1", "U1 > S9", "P1"))
    assert fails(book, {"grantee.region": [asked]}) == (None if inside else "grantee.region")


def test_the_test_that_leaves_nobody_is_the_failing_one(book: Book):
    book.takes("c1", licence("L-1", "U1 > S1 S2 L1", "P1"))
    told = judged(book, {"grantee.size": ["small", "micro"], "grantee.kind": ["enterprise"], "grantee.chain": ["steel"]})
    assert (told.fails, told.left) == ("grantee.chain", {"grantee": []})


def test_sides_are_narrowed_apart_from_each_other(book: Book):
    book.takes("c1", licence("L-1", "U1 L1 > S1 L1", "P1"))
    told = judged(book, {"grantor.kind": ["university"], "grantee.size": ["small"], "party.size": ["large", "small"]})
    assert (told.fails, told.left) == (None, {"grantor": ["U1"], "grantee": ["S1"], "party": ["L1", "S1", "L1"]})


def test_all_asks_every_party_of_the_tested_side_and_lead_the_first(book: Book):
    book.takes("c1", licence("L-1", "U1 R1 > S1 S2 L1", "P1"))
    small = {"grantee.size": ["small", "micro"]}
    assert judged(book, small, match="all").fails == "grantee.size"
    assert judged(book, small, match="any").left == {"grantee": ["S1", "S2"]}
    assert judged(book, small, match="lead").left == {"grantee": ["S1"]}
    assert judged(book, {"grantee.size": ["micro"]}, match="lead").fails == "grantee.size"
    assert judged(book, {"grantor.kind": ["university", "research_institute"]}, match="all").left == {"grantor": ["U1", "R1"]}
    assert judged(book, {"party.size": ["micro"]}, match="all").left == {"party": ["S2"]}


def test_two_tests_of_all_are_passed_by_everybody(book: Book):
    book.takes("c1", licence("L-1", "U1 > S1 S2", "P1"))
    both = {"grantee.chain": ["photonics"], "grantee.size": ["small"]}
    assert judged(book, both, match="all").fails == "grantee.size"
    assert judged(book, both, match="any").fails is None


def test_the_operator_is_that_of_the_counted_day(book: Book):
    book.takes("c1", licence("L-1", "U1 > O1 S1", "P1"))
    scope = Scope(centre="c1", operators=(Operator(day("2025-09-10"), day("2025-09-12"), "O1"),))
    where = {"grantee.is_operator": [False]}
    assert judged(book, where, scope=scope).left == {"grantee": ["S1"]}
    assert judged(book, {"grantee.is_operator": [True]}, scope=scope).left == {"grantee": ["O1"]}
    for on in ("2025-09-09", "2025-09-12"):
        assert judged(book, where, scope=scope, on=day(on)).left == {"grantee": ["O1", "S1"]}
    assert judged(book, {"grantee.is_operator": [True]}).fails == "grantee.is_operator"


def test_a_subject_without_an_operator_has_everybody_as_no_operator(book: Book):
    book.takes("c1", licence("L-1", "U1 > X9", "P1"))
    scope = Scope(centre="c1", operators=(Operator(day("2020-01-01"), day("2030-01-01"), None),))
    assert judged(book, {"grantee.is_operator": [False]}, scope=scope).left == {"grantee": ["X9"]}


def test_attendees_are_tested_by_role_and_by_employer_in_their_places(book: Book):
    people = (Attendee(token="a", role="rd", employer="S1"), Attendee(token="b", role="rd"), Attendee(token="c", employer="S1"))
    book.takes("c1", activity(attendees=people))
    rows = rows_of(book)
    assert [one.token for one in people_of(rows.lines["activity"][0], "attendee", rows)] == ["a", "b", "c"]
    told = judged(book, {"attendee.role": ["rd"], "employer.size": ["small"]}, "activity")
    assert [one.token for one in told.left["attendee"]] == ["a"]
    assert fails(book, {"employer.size": ["small"], "attendee.role": ["ip_manager"]}, "activity") == "attendee.role"


def test_an_activity_without_attendees_fails_every_test_of_them(book: Book):
    book.takes("c1", activity())
    assert fails(book, {"attendee.role": ["rd"]}, "activity") == "attendee.role"


def test_a_release_names_no_borrower_and_an_output_perhaps_no_party(book: Book):
    book.takes("c1", output())
    assert fails(book, {"party.kind": ["enterprise"]}, "output") == "party.kind"
    rows = rows_of(book)
    release = LoanLine(
        entry=1, centre="c1", loan_ref="N-1", action="release", borrower=None, loan_amount=0, begins=ON, ends=ON, standing=2
    )
    assert people_of(release, "borrower", rows) == []


def test_a_side_that_a_line_does_not_have_is_no_empty_side(book: Book):
    book.takes("c1", pledge("N-1"))
    rows = rows_of(book)
    with pytest.raises(AssertionError, match="LoanLine has no side grantee"):
        people_of(rows.lines["pledge"][0], "grantee", rows)


# --- contested -------------------------------------------------------------------------------------------------------


def test_a_line_is_contested_where_another_centre_holds_its_claim(book: Book):
    for stream in ("c1", "c1", "c2"):
        number = f"L-{book.world.mark()}"
        book.takes(stream, licence(number, "U1 > S1", "P1", registered_on="2025-09-10", registration_no="N-1"))
    rows = rows_of(book)
    lines = [line for line in rows.lines["deal"] if isinstance(line, DealLine)]
    assert {line.centre: rows.is_contested(line) for line in lines} == {"c1": False, "c2": True}
    assert not rows.is_contested(rows.lines["party"][0])
