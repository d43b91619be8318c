"""Deals: their sides, their patents, their money and their days."""

import pytest

from tests.facts.book import Book, equity, licence, line, open_licence, publishes, recalls, transfer


@pytest.fixture
def book():
    return Book()


# --- number, patents, sides


def test_a_deal_number_is_used_once_in_a_centre(book):
    first = book.takes("c1", licence("L-1", "U1 > S1", "P1"))
    assert book.in_the_way("c1", transfer("L-1", "U1 > S1", "P2")) == {("deal-exists", first)}
    book.takes("c2", transfer("L-1", "U1 > S1", "P2"))


def test_a_reversed_deal_frees_its_number(book):
    book.reversed("c1", book.takes("c1", licence("L-1", "U1 > S1", "P1")))
    book.takes("c1", licence("L-1", "U1 > S1", "P1"))


def test_every_patent_of_a_deal_is_registered_and_no_party_need_be(book):
    assert book.refuses("c1", licence("L-1", "U1 > S1", "P1 P8 P9")) == {
        ("unknown-patent", "body.lines.1.patent_id"),
        ("unknown-patent", "body.lines.2.patent_id"),
    }


@pytest.mark.parametrize(
    ("parties", "given", "place"),
    [
        ("U1 U1 > S1", {}, "grantors.1"),
        ("U1 > S1 S2 S1", {}, "grantees.2"),
        ("O1 > S1", {"principals": ("U1", "U1")}, "principals.1"),
    ],
)
def test_a_side_names_each_party_once(book, parties, given, place):
    assert book.refuses("c1", licence("L-1", parties, "P1", **given)) == {("invalid", f"body.{place}")}


def test_a_line_singles_out_parties_of_the_deal(book):
    book.takes("c1", licence("L-1", "U1 R1 > S1 S2", [line("P1", grantor="R1", grantee="S2")]))
    assert book.refuses("c1", licence("L-2", "U1 R1 > S1 S2", [line("P1"), line("P2", grantor="S1", grantee="U1")])) == {
        ("invalid", "body.lines.1.grantor"),
        ("invalid", "body.lines.1.grantee"),
    }


def test_nobody_deals_with_themselves(book):
    assert book.refuses("c1", transfer("T-1", "U1 > U1", "P1 P2")) == {("invalid", "body.grantees")}
    assert book.refuses("c1", transfer("T-1", "U1 S1 > S1 U1", "P1")) == {("invalid", "body.grantees")}
    assert book.refuses("c1", transfer("T-1", "U1 S1 > S1", [line("P1", grantor="S1")])) == {
        ("invalid", "body.lines.0.grantee")
    }


def test_a_co_owner_may_take_over_the_whole(book):
    book.takes("c1", transfer("T-1", "U1 S1 > S1", "P1"))


# --- one direction


@pytest.mark.parametrize(
    ("first", "second", "twice"),
    [
        ({}, {}, True),
        ({"grantee": "S1"}, {"grantee": "S1"}, True),
        ({"grantee": "S1"}, {"grantee": "S2"}, False),
        ({"grantor": "U1"}, {"grantor": "R1"}, False),
        ({"grantor": "U1", "grantee": "S1"}, {"grantor": "U1", "grantee": "S2"}, False),
        ({"grantor": "U1", "grantee": "S1"}, {"grantor": "U1", "grantee": "S1"}, True),
        ({}, {"grantee": "S1"}, True),
        ({"grantee": "S1"}, {}, True),
        ({"grantor": "U1"}, {"grantee": "S1"}, True),
        ({"grantor": "U1", "grantee": "S1"}, {"grantor": "U1"}, True),
        ({"grantor": "U1"}, {"grantor": "R1", "grantee": "S1"}, False),
    ],
)
def test_no_patent_goes_twice_in_one_direction(book, first, second, twice):
    deal = licence("L-1", "U1 R1 > S1 S2", [line("P1", **first), line("P2"), line("P1", **second)])
    assert book.refuses("c1", deal) == ({("invalid", "body.lines.2.patent_id")} if twice else set())


# --- cross licences


def cross(parties, lines, **given):
    return licence("X-1", parties, lines, licence_type="cross", **given)


def two_ways(**second):
    way_back = {"grantor": "S1", "grantee": "U1", "amount": 40_00} | second
    return [line("P1", grantor="U1", grantee="S1", amount=60_00), line("P2", **way_back)]


def test_a_cross_licence_parts_its_lines(book):
    book.takes("c1", cross("U1 S1 > S1 U1", two_ways()))


@pytest.mark.parametrize("name", ["grantor", "grantee", "amount"])
def test_each_line_of_a_cross_licence_says_who_gives_who_takes_and_how_much(book, name):
    assert book.refuses("c1", cross("U1 S1 > S1 U1", two_ways(**{name: None}))) == {("invalid", f"body.lines.1.{name}")}


@pytest.mark.parametrize("parties", ["U1 S1 > S1", "U1 > U1"])
def test_a_cross_licence_names_both_parties_on_both_sides(book, parties):
    found = book.refuses("c1", cross(parties, two_ways()))
    assert ("invalid", "body.grantees") in found


def test_a_cross_licence_states_its_amounts(book):
    lines = [line("P1", grantor="U1", grantee="S1"), line("P2", grantor="S1", grantee="U1")]
    assert book.refuses("c1", cross("U1 S1 > S1 U1", lines, amount=None)) == {
        ("invalid", "body.amount"),
        ("invalid", "body.lines.0.amount"),
        ("invalid", "body.lines.1.amount"),
    }


def test_one_patent_may_cross_in_both_directions(book):
    there, back = line("P1", grantor="U1", grantee="S1", amount=60_00), line("P1", grantor="S1", grantee="U1", amount=40_00)
    book.takes("c1", cross("U1 S1 > S1 U1", [there, back]))


def test_no_line_of_a_cross_licence_comes_back_to_its_giver(book):
    assert book.refuses("c1", cross("U1 S1 > S1 U1", two_ways(grantee="S1"))) == {("invalid", "body.lines.1.grantee")}


# --- money


@pytest.mark.parametrize(
    ("mode", "amount", "place"),
    [
        ("free", 0, None),
        ("deferred", 0, None),
        ("royalty", 0, None),
        ("mixed", 0, None),
        ("free", 1, "amount"),
        ("free", None, "amount"),
        ("lump", 0, "payment_mode"),
        ("instalment", 0, "payment_mode"),
        ("lump", None, None),
        ("royalty", 1, None),
    ],
)
def test_free_is_nought_and_nought_is_explained(book, mode, amount, place):
    deal = transfer("T-1", "U1 > S1", "P1", payment_mode=mode, amount=amount)
    assert book.refuses("c1", deal) == ({("invalid", f"body.{place}")} if place else set())


@pytest.mark.parametrize(
    ("sum_", "amounts", "places"),
    [
        (100_00, (60_00, 40_00), ()),
        (100_00, (None, None), ()),
        (100_00, (60_00, 39_99), ("amount",)),
        (100_00, (100_00, None), ("lines.1.amount",)),
        (None, (None, None), ()),
        (None, (60_00, None), ("lines.0.amount",)),
        (100_00, (100_00, 0), ()),
    ],
)
def test_line_amounts_make_up_the_sum(book, sum_, amounts, places):
    lines = [line(f"P{place}", amount=amount) for place, amount in enumerate(amounts, 1)]
    found = book.refuses("c1", licence("L-1", "U1 > S1", lines, amount=sum_))
    assert found == {("invalid", f"body.{place}") for place in places}


@pytest.mark.parametrize(
    ("fee", "months", "amount", "place"),
    [
        (50_000_00, 48, 200_000_00, None),
        (50_000_00, 48, 200_000_01, "amount"),
        (1, 6, 1, None),  # half a fen goes up
        (1, 5, 0, "payment_mode"),  # less than half goes down, and a sum of nought is never paid by the year
        (50_000_00, 48, None, "amount"),
        (None, 48, 200_000_00, "annual_fee"),
        (None, 48, None, None),
    ],
)
def test_paid_by_the_year_the_sum_is_the_fee_over_the_term(book, fee, months, amount, place):
    deal = licence("L-1", "U1 > S1", "P1", payment_mode="annual", annual_fee=fee, term_months=months, amount=amount)
    assert book.refuses("c1", deal) == ({("invalid", f"body.{place}")} if place else set())


def test_an_annual_fee_beside_another_mode_makes_up_nothing(book):
    book.takes("c1", licence("L-1", "U1 > S1", "P1", payment_mode="mixed", annual_fee=50_00, amount=7_00))


# --- days


def test_nothing_is_registered_before_it_was_signed(book):
    lines = [line("P1"), line("P2", registered_on="2025-08-19"), line("P3", registered_on="2025-08-20")]
    deal = licence("L-1", "U1 > S1", lines, signed_on="2025-08-20", registered_on="2025-08-18")
    assert book.refuses("c1", deal) == {("invalid", "body.registered_on"), ("invalid", "body.lines.1.registered_on")}
    book.takes("c1", licence("L-1", "U1 > S1", "P1", signed_on="2025-08-20", registered_on="2025-08-20"))


# --- equity


@pytest.mark.parametrize(("grantees", "right"), [("S2", True), ("S1", False), ("S1 S2", False)])
def test_the_investee_is_the_one_grantee(book, grantees, right):
    assert book.refuses("c1", equity("E-1", f"U1 > {grantees}", "P1", "S2")) == (
        set() if right else {("invalid", "body.investee")}
    )


# --- open licences


@pytest.mark.parametrize(
    ("signed_on", "active"), [("2025-08-19", False), ("2025-08-20", True), ("2025-11-30", True), ("2025-12-01", False)]
)
def test_an_open_licence_is_signed_while_its_statement_is_active(book, signed_on, active):
    book.takes("c1", publishes("OL-1", "P4", "2025-08-20"))
    book.takes("c1", recalls("OL-1", "P4", "2025-12-01"))
    found = book.refuses("c1", open_licence("O-1", "U1 > S1", "P4", "OL-1", signed_on=signed_on))
    assert found == (set() if active else {("statement-inactive", "body.signed_on")})


def test_a_statement_belongs_to_its_centre(book):
    book.takes("c2", publishes("OL-1", "P4", "2025-08-20"))
    assert book.refuses("c1", open_licence("O-1", "U1 > S1", "P4", "OL-1")) == {("statement-inactive", "body.statement_ref")}


def test_a_statement_covers_the_patents_of_the_licence(book):
    book.takes("c1", publishes("OL-1", "P4", "2025-08-20"))
    assert book.refuses("c1", open_licence("O-1", "U1 > S1", "P4 P5", "OL-1")) == {
        ("statement-inactive", "body.lines.1.patent_id")
    }


def test_a_reversed_statement_offers_nothing(book):
    book.reversed("c1", book.takes("c1", publishes("OL-1", "P4", "2025-08-20")))
    assert book.refuses("c1", open_licence("O-1", "U1 > S1", "P4", "OL-1")) == {("statement-inactive", "body.statement_ref")}


def test_a_statement_names_registered_patents_each_once(book):
    assert book.refuses("c1", publishes("OL-1", "P4 P9 P4", "2025-08-20")) == {
        ("unknown-patent", "body.patents.1"),
        ("invalid", "body.patents.2"),
    }


def test_a_statement_is_published_once_until_it_is_withdrawn(book):
    first = book.takes("c1", publishes("OL-1", "P4 P5", "2025-08-20"))
    assert book.in_the_way("c1", publishes("OL-1", "P4", "2025-09-20")) == {("invalid", first)}
    book.takes("c1", recalls("OL-1", "P4", "2025-10-01"))
    assert book.in_the_way("c1", publishes("OL-1", "P4", "2025-11-01")) == {("invalid", first)}
    book.takes("c1", recalls("OL-1", "P5", "2025-12-01"))
    assert book.refuses("c1", publishes("OL-1", "P4", "2025-11-01")) == {("invalid", "body.on")}
    book.takes("c1", publishes("OL-1", "P4", "2025-12-01"))
    book.takes("c1", open_licence("O-1", "U1 > S1", "P4", "OL-1", signed_on="2025-12-02"))


def test_only_what_is_on_offer_is_withdrawn(book):
    assert book.refuses("c1", recalls("OL-1", "P4", "2025-12-01")) == {("statement-inactive", "body.patents.0")}
    book.takes("c1", publishes("OL-1", "P4 P6", "2025-08-20"))
    assert book.refuses("c1", recalls("OL-1", "P4 P5", "2025-12-01")) == {("statement-inactive", "body.patents.1")}
    assert book.refuses("c1", recalls("OL-1", "P4 P6", "2025-08-19")) == {("invalid", "body.on")}


def test_withdrawing_one_patent_leaves_the_others_on_offer(book):
    book.takes("c1", publishes("OL-1", "P4 P5", "2025-08-20"))
    book.takes("c1", recalls("OL-1", "P4", "2025-10-01"))
    assert book.refuses("c1", open_licence("O-1", "U1 > S1", "P4 P5", "OL-1", signed_on="2025-11-01")) == {
        ("statement-inactive", "body.signed_on")
    }
    book.takes("c1", open_licence("O-1", "U1 > S1", "P5", "OL-1", signed_on="2025-11-01"))


def test_everything_that_is_wrong_is_said_at_once(book):
    deal = licence("L-1", "U1 > U1", [line("P9", amount=1), line("P1")], payment_mode="free", registered_on="2020-01-01")
    assert book.refuses("c1", deal) == {
        ("unknown-patent", "body.lines.0.patent_id"),
        ("invalid", "body.grantees"),
        ("invalid", "body.amount"),
        ("invalid", "body.lines.1.amount"),
        ("invalid", "body.registered_on"),
    }
