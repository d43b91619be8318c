"""Master data: who may describe whom, and what a patent's facts may be."""

import pytest

from tests.facts.book import Book, authority, centre, day, party, patent, status


@pytest.fixture
def book():
    return Book()


# --- centres


def test_an_office_registers_centres_of_its_region_only(book):
    assert book.refuses("hb-ipo", centre("c9", "320100")) == {("forbidden", "body.region")}
    book.takes("hb-ipo", centre("c9", "420900"))


def test_an_office_takes_over_no_centre_from_outside_its_region(book):
    assert book.refuses("hb-ipo", centre("j1", "420100")) == {("forbidden", "body.code")}


def test_a_token_narrows_the_region_of_its_office_and_never_widens_it(book):
    narrow, wide = authority("hb-ipo", "420500"), authority("hb-ipo", "320000")
    assert book.refuses("hb-ipo", centre("c9", "420100"), narrow) == {("forbidden", "body.region")}
    book.takes("hb-ipo", centre("c8", "420502"), narrow)
    assert book.refuses("hb-ipo", centre("c9", "320100"), wide) == {("forbidden", "body.region")}


def test_six_digits_name_no_centre(book):
    assert book.refuses("hb-ipo", centre("420100", "420100")) == {("invalid", "body.code")}
    book.takes("hb-ipo", centre("420100-a", "420100"))


@pytest.mark.parametrize(("code", "kind"), [("c1", "city_office"), ("hb-ipo", "centre")])
def test_a_code_does_not_change_between_centre_and_office(book, code, kind):
    assert book.refuses("hb-ipo", centre(code, "420100", centre_kind=kind)) == {("invalid", "body.centre_kind")}


@pytest.mark.parametrize(("code", "kind"), [("c1", "park"), ("hb-ipo", "city_office"), ("new", "city_office")])
def test_a_code_may_change_its_kind_among_centres_or_among_offices(book, code, kind):
    book.takes("hb-ipo", centre(code, "420100", centre_kind=kind))


# --- parties


@pytest.mark.parametrize("kind", ["university", "individual", "other"])
def test_only_an_enterprise_has_a_size(book, kind):
    assert book.refuses("c1", party("U1", party_kind=kind, size="small")) == {("invalid", "body.size")}
    book.takes("c1", party("U1", party_kind=kind))
    book.takes("c1", party("S1", size="small"))


# --- patents


@pytest.mark.parametrize(
    ("number", "right", "fits"),
    [
        ("CN202010000001.1", "invention", True),
        ("CN202010000001.1", "design", False),
        ("CN202020000001.7", "utility_model", True),
        ("CN202020000001.7", "invention", False),
        ("CN202030000001.2", "utility_model", False),
        ("CN201980000001.7", "invention", True),
        ("CN202090000001.5", "invention", False),
        ("US11234567B2", "design", True),
    ],
)
def test_the_right_is_the_one_that_the_number_speaks_of(book, number, right, fits):
    assert book.refuses("c1", patent(number, right=right)) == (set() if fits else {("invalid", "body.right")})


def test_no_patent_is_granted_before_it_was_filed(book):
    assert book.refuses("c1", patent("P9", granted_on="2020-03-01")) == {("invalid", "body.granted_on")}
    book.takes("c1", patent("P9", granted_on="2020-03-02"))


def test_no_term_ends_on_the_day_it_began(book):
    assert book.refuses("c1", patent("P9", term_end="2020-03-02")) == {("invalid", "body.term_end")}
    book.takes("c1", patent("P9", term_end="2020-03-03", granted_on=None))


@pytest.mark.parametrize("number", ["PCT/CN2021/123456", "WO2022123456A1"])
def test_an_international_application_is_never_granted(book, number):
    assert book.refuses("c1", patent(number)) == {("invalid", "body.granted_on")}
    book.takes("c1", patent(number, granted_on=None))
    assert book.refuses("c1", status(number, "GR01", "2025-01-01")) == {("invalid", "body.code")}
    book.takes("c1", status(number, "other", "2025-01-01"))


@pytest.mark.parametrize(
    ("name", "value"),
    [("right", "design"), ("filed_on", "2020-03-01"), ("granted_on", "2022-05-11"), ("term_end", "2041-01-01")],
)
def test_registering_a_patent_with_other_facts_is_refused_and_names_the_entry(book, name, value):
    first = book.takes("hb-ipo", patent("P9", term_end="2040-01-01"))
    assert book.refuses("c1", patent("P9", **{name: value})) == {("patent-differs", f"body.{name}")}
    assert book.in_the_way("c1", patent("P9", **{name: value})) == {("patent-differs", first)}


def test_the_entry_in_the_way_is_the_one_that_gave_the_fact(book):
    book.takes("c1", patent("P9", granted_on=None))
    granted = book.takes("c2", patent("P9"))
    assert book.in_the_way("c1", patent("P9", granted_on="2022-05-12")) == {("patent-differs", granted)}


def test_registering_a_patent_again_may_fill_gaps_and_rename(book):
    book.takes("hb-ipo", patent("P9", granted_on=None))
    book.takes("c1", patent("P9", title="another title", granted_on=None))
    book.takes("c1", patent("P9", granted_on="2022-05-11"))


def test_an_office_replaces_the_facts_of_a_patent(book):
    book.takes("c1", patent("P9"))
    book.takes("js-ipo", patent("P9", filed_on="2019-01-01"))
    assert book.refuses("c1", patent("P9")) == {("patent-differs", "body.filed_on")}


def test_a_legal_event_needs_its_patent(book):
    assert book.refuses("c1", status("P9", "CF01", "2025-01-01")) == {("unknown-patent", "body.patent_id")}
    book.takes("c1", status("P1", "CF01", "2025-01-01"))


def test_a_reversed_patent_is_not_registered_any_more(book):
    book.reversed("c1", book.takes("c1", patent("P9")))
    assert book.refuses("c1", status("P9", "CF01", "2025-01-01")) == {("unknown-patent", "body.patent_id")}


def test_days_in_the_future_are_accepted(book):
    book.takes("c1", party("S1", valid_from=day("2099-01-01")))
    book.takes("hb-ipo", centre("c1", "420100", valid_from=day("2099-01-01")))
