"""Every attack of the tables is tried, is answered as its row says, leaves nothing behind; and docs/security.md tells the same."""


import re
from pathlib import Path

import pytest

from tests.attacks.bodies import BODIES_OF
from tests.attacks.credentials import CREDENTIALS
from tests.attacks.files import FILES, Desk
from tests.attacks.requests import REQUESTS
from tests.attacks.sight import SIGHT
from tests.attacks.slow import CROWDS, SLOW, Siege
from tests.attacks.stage import CENTRES, MASTERS, VERDICTS, Attack, Foe, Stage, mark, spellings
from tests.attacks.wire import WIRE, Wire
from tests.attacks.writes import WRITES

PLAYED = [*CREDENTIALS, *SIGHT, *WRITES, *BODIES_OF, *REQUESTS]
TABLES = (CREDENTIALS, SIGHT, WRITES, BODIES_OF, REQUESTS, WIRE, SLOW, CROWDS, FILES)
PAGE = Path(__file__).resolve().parents[2] / "docs" / "security.md"


def named(attack: Attack) -> str:
    return f"{attack.id} {attack.tried}"


@pytest.mark.parametrize("attack", PLAYED, ids=named)
def test_an_attack_is_answered_as_the_table_says(attack: Attack, stage: Stage) -> None:
    tried(attack, stage, stage)


@pytest.mark.parametrize("attack", WIRE, ids=named)
def test_an_attack_on_the_server_is_answered_as_the_table_says(attack: Attack, wire: Wire) -> None:
    tried(attack, wire, wire.stage)


@pytest.mark.parametrize("attack", SLOW, ids=named)
def test_slow_clients_are_answered_as_the_table_says(attack: Attack, siege: Siege, stage: Stage) -> None:
    tried(attack, siege, stage)


@pytest.mark.parametrize("attack", CROWDS, ids=named)
def test_crowds_are_answered_as_the_table_says(attack: Attack, little_room: tuple[Stage, int], stage: Stage) -> None:
    tried(attack, little_room, stage)


@pytest.mark.parametrize("attack", FILES, ids=named)
def test_a_file_is_answered_as_the_table_says(attack: Attack, desk: Desk, stage: Stage) -> None:
    tried(attack, desk, stage)


def test_the_page_tells_these_attacks_with_these_answers_and_no_others() -> None:
    rows = re.findall(r"^\| ([A-Z][0-9]+) \| (.*) \| (.*) \| (.*) \|$", PAGE.read_text(encoding="utf-8"), re.M)
    assert rows == [attack.row for table in TABLES for attack in table]
    assert len(rows) >= 40


def test_whoever_may_read_a_centre_is_told_what_is_kept_from_others(stage: Stage) -> None:
    """Otherwise no attack could fail."""
    everything = stage.foe("auditor")
    everything.get("/v1/entries?limit=1000")
    own = stage.foe("recorder", "c2")
    own.get("/v1/exports/bundle?programme=hubei-2025&subject=c2")
    for name in (*CENTRES, *VERDICTS, *MASTERS):
        assert mark(name) in everything.last.text
    assert sum(spelling in own.last.data for spelling in spellings(mark("c2"))[2:]) == 3
    with pytest.raises(AssertionError, match="told of c2"):
        Foe(stage.service.as_("auditor"), ["c2"]).told(own.last)


def test_the_bundle_that_is_spoiled_holds(desk: Desk) -> None:
    assert list(desk.verify([desk.good])) == ["it holds"]


def tried(attack: Attack, whom: object, stage: Stage) -> None:
    before = stage.service.size
    told = list(attack.tries(whom))
    assert told
    assert set(told) == set(attack.answers.split(" · "))
    if not attack.writes:
        assert stage.service.size == before
