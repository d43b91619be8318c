"""Query strings: defaults, lists, and parameters that are unknown, doubled or malformed."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.facts.problems import Refused
from schemas import queries
from schemas.queries import load_query
from tests.schemas.examples import FIRM, PATENTS

ALL = [cls() for cls in vars(queries).values() if isinstance(cls, type) and issubclass(cls, queries.QuerySchema)]


def refusal(schema: queries.QuerySchema, *pairs: tuple[str, str]) -> list[str]:
    with pytest.raises(Refused) as caught:
        load_query(schema, pairs)
    assert (caught.value.code, caught.value.status) == ("invalid", 422)
    return [problem.path for problem in caught.value.problems]


def test_a_page_has_a_hundred_items_unless_it_is_asked_for_others():
    assert load_query(queries.PageQuerySchema(), []) == {"limit": 100, "cursor": None}
    assert load_query(queries.PageQuerySchema(), [("limit", "1000"), ("cursor", "a-b_c~")]) == {"limit": 1000, "cursor": "a-b_c~"}
    assert refusal(queries.PageQuerySchema(), ("limit", "0")) == ["limit"]
    assert refusal(queries.PageQuerySchema(), ("limit", "1001")) == ["limit"]


def test_entries_are_asked_for_by_what_they_name_in_any_spelling():
    asked = load_query(queries.EntriesQuerySchema(), [("patent", "zl2020100000011"), ("party", FIRM.lower()), ("since", "7")])
    assert (asked["patent"], asked["party"], asked["since"], asked["until"], asked["kind"]) == (PATENTS[0], FIRM, 7, None, None)


def test_totals_are_grouped_by_a_list_in_either_way_of_writing_it():
    asked = load_query(queries.TotalsQuerySchema(), [("metric", "m"), ("group_by", "centre,month"), ("group_by", "centre")])
    assert asked["group_by"] == ("centre", "month")
    assert load_query(queries.TotalsQuerySchema(), [("metric", "m")])["group_by"] == ()
    assert refusal(queries.TotalsQuerySchema(), ("metric", "m"), ("group_by", "centre,day")) == ["group_by.1"]


def test_a_window_of_totals_comes_by_names_that_python_can_hold():
    asked = load_query(queries.TotalsQuerySchema(), [("metric", "m"), ("from", "2025-01-01"), ("to", "2026-01-01")])
    assert (asked["from_"], asked["to"], asked["on"], asked["level"]) == (date(2025, 1, 1), date(2026, 1, 1), None, "recorded")


def test_what_is_known_is_a_size_or_an_instant():
    def known(text: str) -> object:
        return load_query(queries.FigureQuerySchema(), [("known_at", text)])["known_at"]

    for text in ("0", "41", "9" * 18, "2025-09-10T10:11:09+08:00", "2025-09-10T02:11:09.123456Z"):
        assert known(text) == text
    for text in ("-1", "041", "9" * 19, "2025-09-10", "2025-09-10T02:11:60Z", "2025-09-10T02:11:09 08:00"):
        assert refusal(queries.FigureQuerySchema(), ("known_at", text)) == ["known_at"]


def test_every_problem_of_a_query_is_told_under_its_parameter():
    pairs = [("limit", "x"), ("cursor", "\x00"), ("kind", ""), ("centre", "C"), ("colour", "red"), ("since", "1"), ("since", "1")]
    assert refusal(queries.EntriesQuerySchema(), *pairs) == ["centre", "colour", "cursor", "kind", "limit", "since"]


@pytest.mark.parametrize("schema", ALL, ids=lambda schema: type(schema).__name__)
def test_no_read_takes_a_parameter_that_it_does_not_know(schema):
    assert "colour" in refusal(schema, ("colour", "red"))


@pytest.mark.parametrize("schema", ALL, ids=lambda schema: type(schema).__name__)
def test_no_parameter_but_a_list_is_given_twice(schema):
    for name, field in schema.load_fields.items():
        key = field.data_key or name
        twice = {path.split(".")[0] for path in refusal(schema, (key, "~"), (key, "~"))}
        assert key in twice


@pytest.mark.parametrize("schema", ALL, ids=lambda schema: type(schema).__name__)
def test_no_text_in_any_parameter_is_answered_by_anything_but_a_named_problem(schema):
    keys = [field.data_key or name for name, field in schema.load_fields.items()]

    @given(st.lists(st.tuples(st.sampled_from(keys) | st.text(max_size=3), st.text(max_size=12)), max_size=4))
    def check(pairs):
        try:
            load_query(schema, pairs)
        except Refused as refused:
            assert all(problem.path for problem in refused.problems)

    if keys:
        check()


def test_a_dry_run_is_asked_for_in_one_word():
    assert load_query(queries.DryRunQuerySchema(), []) == {"dry_run": False}
    assert load_query(queries.DryRunQuerySchema(), [("dry_run", "true")]) == {"dry_run": True}
    assert refusal(queries.DryRunQuerySchema(), ("dry_run", "1")) == ["dry_run"]
