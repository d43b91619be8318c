"""Who may do what (DESIGN section 7): everybody asks for everything, and is answered as it is written down."""

import pytest

from tests.access.doors import doors
from tests.access.house import EVERYBODY, House, opened
from tests.access.walk import PARTS


@pytest.mark.parametrize("part", PARTS)
def test_everybody_is_answered_as_it_is_written_down(house: House, part: str) -> None:
    assert list(PARTS[part](house, "")) == []
    # What was refused was not written either.
    with house.ledger.read() as after:
        assert after.size == len(house.at)


@pytest.mark.postgresql
def test_lists_and_answers_are_the_same_on_postgresql(postgresql_url: str) -> None:
    with opened(postgresql_url) as house:
        assert [deviation for part in ("lists", "contents", "keys", "old") for deviation in PARTS[part](house, "")] == []


def test_every_route_stands_in_the_table(house: House) -> None:
    rules = house.app.url_map.iter_rules()
    there = {f"{method} {rule.rule}" for rule in rules for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}}
    assert {f"{door.method} {door.route}" for door in doors(EVERYBODY)} == there


@pytest.mark.parametrize("who", ["nobody", "recorder", "auditor"])
def test_what_a_route_does_not_offer_is_offered_to_nobody(house: House, who: str) -> None:
    for door in doors(EVERYBODY):
        path = door.path.partition("?")[0]
        for method in ("PUT", "PATCH", "DELETE"):
            assert house.ask(who, method, path).status_code in (404, 405)
