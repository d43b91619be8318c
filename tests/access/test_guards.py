"""No guard is there for nothing: without any single one of them the walk finds somebody who was told or let do too much."""

import ast

import pytest

from tests.access.answers import Deviation
from tests.access.guards import ELSEWHERE, HARMLESS, NARROWINGS, REFUSALS, SAYERS
from tests.access.house import House
from tests.access.removing import Removal, functions, is_refusal, looks_at_rights, modules, refusals, removals
from tests.access.walk import PARTS


def first_deviation(house: House, removal: Removal) -> Deviation | None:
    """What the walk finds without a guard. That the service broke is no finding: a guard that is gone lets something through."""
    with removal.without(house):
        part, only = removal.noticed
        return next((deviation for deviation in PARTS[part](house, only) if not deviation.broke), None)


def test_without_any_single_guard_the_walk_fails(house: House) -> None:
    found = {removal.name: first_deviation(house, removal) for removal in removals(house)}
    assert [name for name, deviation in found.items() if deviation is None] == []


def test_every_refusal_in_the_source_is_known() -> None:
    there = {
        f"{path}:{name}": len(found) for path in modules() for name, node in functions(path).items() if (found := refusals(node))
    }
    known = {where: len(told) for where, told in REFUSALS.items()}
    assert {where: number for where, number in there.items() if where not in ELSEWHERE} == known
    assert ELSEWHERE.keys() <= there.keys()


def test_every_function_that_looks_at_rights_is_known() -> None:
    there = {f"{path}:{name}" for path in modules() for name, node in functions(path).items() if looks_at_rights(node)}
    known = {*REFUSALS, *ELSEWHERE, *HARMLESS, *(one.function for one in NARROWINGS)}
    assert there - known == set()


@pytest.mark.parametrize(
    ("text", "refuses"),
    [
        ('raise refuse("forbidden", "", "不可", "no")', True),
        ('yield problem("forbidden", "entry", "不可", "no")', True),
        ("raise self._forbidden(centre)", True),
        ("yield from beyond_reach(path, region, saying)", True),
        ("Sight(reading, actor).see(centre)", True),
        ("check_csrf()", True),
        ('raise refuse("not-found", "", "没有", "none")', False),
        ("return sight.sees(centre)", False),
    ],
)
def test_a_refusal_is_found_however_it_is_said(text: str, refuses: bool) -> None:
    assert is_refusal(ast.parse(text).body[0]) is refuses


def test_what_words_a_refusal_does_nothing_else() -> None:
    named = {name.rpartition(".")[2] for path in modules() for name in functions(path)}
    assert set(SAYERS) <= named
