"""The rules as a whole: every kind has its own, access comes first, and nothing is said of what is not one's business."""

import pytest

from ledger.facts.actors import Actor
from ledger.facts.encoding import KINDS
from ledger.facts.problems import STATUS, WARNINGS
from ledger.facts.rules.table import CAUTIONS, RULES
from tests.facts.book import (
    Book,
    activity,
    admits,
    authority,
    baseline,
    centre,
    closing,
    licence,
    opens,
    participation,
    party,
    recorder,
    reversal,
    signatory,
    verdict,
)


@pytest.fixture
def book():
    return Book()


def test_every_kind_has_rules():
    assert set(RULES) == set(KINDS.values())
    assert all(rules and isinstance(rules, tuple) for rules in RULES.values())
    assert set(CAUTIONS) <= set(RULES)


def test_no_rule_stands_twice_for_a_kind():
    for table in (RULES, CAUTIONS):
        assert all(len(set(rules)) == len(rules) for rules in table.values())


def test_no_word_is_both_a_problem_and_a_warning():
    assert not set(STATUS) & set(WARNINGS)


def test_entries_of_an_unregistered_centre_are_refused(book):
    assert book.refuses("nobody", activity()) == {("unknown-centre", "centre")}
    assert book.refuses("nobody", activity("push")) == {("unknown-centre", "centre"), ("invalid", "body.deliveries")}


@pytest.mark.parametrize(
    ("stream", "fact", "by", "path"),
    [
        ("c1", participation("c1"), recorder("c1"), "kind"),
        ("c1", activity(), recorder("c2"), "centre"),
        ("c1", verdict(0, "verified"), signatory("c1"), "body.verdict"),
        ("c1", closing("accept"), signatory("c1"), "body.action"),
        ("c1", baseline("c2"), recorder("c1"), "body.subject"),
        ("c1", activity(), Actor("auditor", "somebody", "c1"), ""),
    ],
)
def test_the_table_of_access_is_asked_of_what_the_fact_says(book, stream, fact, by, path):
    assert ("forbidden", path) in book.refuses(stream, fact, by)


def test_an_authority_writes_to_an_office_and_a_recorder_to_none(book):
    assert book.refuses("c1", party("S1"), authority("c1", "420000")) == {("forbidden", "centre")}
    assert book.refuses("hb-ipo", party("S1"), recorder("hb-ipo")) == {("forbidden", "centre")}


def test_where_somebody_has_no_business_nothing_else_is_said(book):
    book.takes("c1", opens())
    assert book.refuses("c2", admits("P9 P9")) == {("forbidden", "body.pool_id")}
    master = book.takes("c1", party("S1"))
    book.takes("c1", licence("L-1", "U1 > S1", "P1"))
    assert book.refuses("c2", reversal(master)) == {("forbidden", "body.entry")}


# --- founding an office


def test_the_command_line_founds_several_offices_anywhere(book):
    book.takes("city", centre("city", "440100", centre_kind="city_office"), founding=True)
    book.takes("city", centre("c9", "440103"))


def test_the_command_line_may_move_an_office_that_it_founded(book):
    book.takes("hb-ipo", centre("hb-ipo", "430000", centre_kind="province_office"), founding=True)


@pytest.mark.parametrize(
    "fact",
    [
        centre("city", "420100", centre_kind="centre"),
        centre("other", "420100", centre_kind="city_office"),
        party("S1"),
    ],
    ids=["a centre", "another code", "another kind"],
)
def test_the_command_line_founds_offices_and_nothing_else(book, fact):
    found = book.problems("city", fact, founding=True)
    assert {(p.code, p.path) for p in found} == {("forbidden", "kind")}


def test_an_office_is_not_founded_over_http(book):
    office = centre("city", "420100", centre_kind="city_office")
    assert book.refuses("city", office, authority("city", "420100")) == {("unknown-centre", "centre")}
    book.takes("hb-ipo", office)
