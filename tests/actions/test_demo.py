"""The sample year goes into an empty ledger only, by the road of every entry, each step at its own instant."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import Engine

from ledger.actions import demo
from ledger.actions.access import identify
from ledger.actions.ledger import Ledger
from ledger.store import log
from ledger.store.database import reading
from tests.actions.scene import found, ledger_on, licence, patent, say

BEGUN = datetime(2024, 7, 1, tzinfo=UTC)
OFFICES = (
    {"code": "hb-ipo", "name": "甲局", "kind": "province_office", "region": "420000"},
    {"code": "js-ipo", "name": "乙局", "kind": "province_office", "region": "320000"},
)


def step(hours: int, centre: str, role: str, kind: str, body: dict[str, Any]) -> SimpleNamespace:
    entry = {"kind": kind, "centre": centre, "body": body}
    return SimpleNamespace(at=BEGUN + timedelta(hours=hours), centre=centre, role=role, entry=entry)


def steps() -> list[SimpleNamespace]:
    centre = {"code": "c1", "name": "中心", "centre_kind": "centre", "region": "420100", "valid_from": "2022-01-01"}
    return [
        step(1, "hb-ipo", "authority", "centre", centre),
        *(step(n, "c1", "recorder", *patent(n)) for n in range(2, 6)),
        step(6, "hb-ipo", "authority", "patent_status", {"patent_id": patent(2)[1]["patent_id"], "code": "CF01",
                                                         "effective_on": "2025-01-01"}),
        step(7, "c1", "recorder", *licence("L-1", [3])),
    ]  # fmt: skip


SAMPLE: Any = SimpleNamespace(FOUNDED_AT=BEGUN, OFFICES=OFFICES, TOKENS=({"role": "auditor"},), steps=steps)


@pytest.fixture
def ledger(engine: Engine) -> Ledger:
    return ledger_on(engine)


def instants(ledger: Ledger) -> list[datetime]:
    with reading(ledger.engine) as connection:
        return [entry.recorded_at for entry in log.walk(connection, log.read_head(connection).size)]


def test_every_step_is_recorded_at_its_own_instant_by_whom_it_belongs_to(ledger: Ledger) -> None:
    seen: list[tuple[int, int]] = []
    assert demo.load_sample(ledger, SAMPLE, lambda done, total: seen.append((done, total))) == 9
    assert instants(ledger)[2:] == [one.at for one in steps()]
    assert seen[-1] == (9, 9)
    with reading(ledger.engine) as connection:
        said = [(entry.centre, entry.recorded_by) for entry in log.walk(connection, 9, 2)]
    assert said == [(one.centre, f"{one.role}@{one.centre}") for one in steps()]


def test_a_second_run_loads_nothing(ledger: Ledger) -> None:
    demo.load_sample(ledger, SAMPLE)
    assert demo.load_sample(ledger, SAMPLE) == 0
    assert len(instants(ledger)) == 9


def test_a_ledger_that_holds_something_else_is_left_alone(ledger: Ledger) -> None:
    found(ledger)
    before = instants(ledger)
    assert demo.load_sample(ledger, SAMPLE) == 0
    assert instants(ledger) == before


@pytest.mark.parametrize("batches", [0, 1, 2])
def test_a_year_that_was_broken_off_goes_on_where_it_stopped(ledger: Ledger, monkeypatch: pytest.MonkeyPatch, batches: int) -> None:
    submit, left = demo.submit, [batches]

    def broken_off(*words: Any, **more: Any) -> Any:
        left[0] -= 1
        if left[0] < 0:
            raise KeyboardInterrupt
        return submit(*words, **more)

    monkeypatch.setattr(demo, "submit", broken_off)
    with pytest.raises(KeyboardInterrupt):
        demo.load_sample(ledger, SAMPLE)
    monkeypatch.setattr(demo, "submit", submit)
    kept = len(instants(ledger))
    assert demo.load_sample(ledger, SAMPLE) == 9 - kept
    assert instants(ledger)[2:] == [one.at for one in steps()]


def test_a_year_broken_off_and_gone_on_with_by_somebody_is_left_alone(ledger: Ledger) -> None:
    demo.load_sample(ledger, SimpleNamespace(**vars(SAMPLE) | {"steps": lambda: steps()[:5]}))
    say(ledger, "recorder", "c1", patent(9))
    before = instants(ledger)
    assert demo.load_sample(ledger, SAMPLE) == 0
    assert instants(ledger) == before


def test_batches_hold_steps_of_one_desk_and_not_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo, "BATCH", 3)
    cut = [[one.centre for one in batch] for batch in demo.batches(steps())]
    assert cut == [["hb-ipo"], ["c1"] * 3, ["c1"], ["hb-ipo"], ["c1"]]


def test_tokens_are_fresh_each_time(ledger: Ledger) -> None:
    demo.load_sample(ledger, SAMPLE)
    office = {"role": "authority", "centre": "hb-ipo", "region": "420100"}
    wanted = ({"role": "recorder", "centre": "c1"}, office, {"role": "reader"})
    first, second = demo.fresh_tokens(ledger, wanted), demo.fresh_tokens(ledger, wanted)
    assert [who for who, _ in first] == ["recorder c1", "authority hb-ipo", "reader"]
    assert all(identify(ledger, token) for _, token in [*first, *second])
    assert len({token for _, token in [*first, *second]}) == 6
