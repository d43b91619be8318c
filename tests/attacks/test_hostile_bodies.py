"""Whatever is done to a good request: it is never a failure of ours, never half recorded, and never tells of others.

Requests are drawn that are right, or nearly so, and then spoiled in a few places: values exchanged for odd ones, for those of
another place or another request, fields taken away, doubled, renamed, wrapped, and bytes changed where JSON allows it or not.
"""

import json
import shutil
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from ledger.facts.problems import STATUS
from ledger.store.tables import metadata
from ledger.web.messages import ENTRY_BYTES_MAX
from tests.actions.scene import BANK, FIRM, OPERATOR, OTHER_FIRM, UNIVERSITY, licence, patent, patent_id
from tests.attacks.stage import Stage, set_up

Place = tuple[str | int, ...]

# All tables but those of who may come in, which are written to when somebody does.
LEFT_BEHIND = [table for table in metadata.sorted_tables if table.name not in ("token", "session", "barred")]
NAMES = st.sampled_from(["N-1", "N-2", "L-1", "S-1", "X-1", "pool of c1", "pool of c2", "Q1", "许/1", "a b", "%2F"])
DAYS = st.sampled_from(["2026-01-15", "2025-09-01", "2024-02-29", "2999-12-31", "1985-04-01"])
MONEY = st.sampled_from(["0.00", "1.00", "300000.00", "0.01", "92233720368547758.07"])
PATENTS = st.integers(1, 6).map(patent_id) | st.sampled_from([patent_id(22), patent_id(99), "US11234567B2"])
PARTIES = st.sampled_from([UNIVERSITY, FIRM, OTHER_FIRM, OPERATOR, BANK, "US:x"])


@st.composite
def deals(draw: st.DrawFn) -> tuple[str, Any]:
    kind, body = licence(draw(NAMES), [draw(st.integers(1, 6))], amount=draw(MONEY | st.none()), signed_on=draw(DAYS))
    return kind, body | draw(st.sampled_from([{}, {"registered_on": "2026-02-01"}, {"royalty_text": "按销售额"},
                                              {"principals": [FIRM]}]))


def said(kind: str, **fields: Any) -> st.SearchStrategy[tuple[str, Any]]:
    drawn = {name: value if isinstance(value, st.SearchStrategy) else st.just(value) for name, value in fields.items()}
    return st.fixed_dictionaries(drawn).map(lambda body: (kind, body))


BY_ROLE: dict[tuple[str, str], st.SearchStrategy[tuple[str, Any]]] = {
    ("recorder", "c1"): st.one_of(
        deals(),
        st.integers(1, 40).map(patent),
        said("pool", pool_id=NAMES, name="池", industry="laser", operator=OPERATOR, action="open", on=DAYS),
        said("admission", pool_id=NAMES, patents=st.lists(PATENTS, min_size=1, max_size=3), on=DAYS),
        said("withdrawal", pool_id=NAMES, patents=st.lists(PATENTS, min_size=1, max_size=3), on=DAYS),
        said("registration", deal_no=NAMES, registered_on=DAYS, registration_no=NAMES),
        said("amendment", deal_no=NAMES, on=DAYS, amount_change=st.sampled_from(["-1.00", "1.00", "-999999999.00"]),
             reason="agreed"),
        said("payment", deal_no=NAMES, received_on=DAYS, amount=MONEY, payment_type="upfront"),
        said("termination", deal_no=NAMES, on=DAYS, reason="mutual"),
        said("pledge", loan_ref=NAMES, action="new", registered_on=DAYS, borrower=PARTIES,
             pledgors=st.lists(PARTIES, min_size=1, max_size=2),
             pledgee=BANK, rights=st.just([{"right_kind": "patent", "right_id": patent_id(6)}]), loan_amount=MONEY),
        said("activity", activity_type="roadshow", title="会", held_on=DAYS, attendees=st.just([{"token": "t1"}])),
        said("output", output_type="brand", ref_no=NAMES, title="牌", on=DAYS, status="published",
             patents=st.lists(PATENTS, max_size=2)),
        said("baseline", **{"metric": "hei_sme_amount", "subject": st.sampled_from(["c1", "c2"]), "from": "2023-08-01",
                            "to": "2024-08-01",
                            "value": MONEY, "source": "表"}),
        said("reversal", entry=st.integers(0, 80), reason="void"),
    ),
    ("signatory", "c1"): st.one_of(
        said("attestation", entry=st.integers(0, 80), verdict="attested"),
        said("closing", programme="hubei-2025", subject="c1", through=DAYS, action="submit"),
    ),
    ("authority", "hb-ipo"): st.one_of(
        said("party", party_id=PARTIES, name="单位", party_kind="enterprise", valid_from=DAYS, region="420100"),
        said("participation", programme="hubei-2025", subject=st.sampled_from(["c1", "c2", "420000"]), state="midterm", on=DAYS),
        said("attestation", entry=st.integers(0, 80), verdict=st.sampled_from(["verified", "rejected", "contested"])),
        said("closing", programme="hubei-2025", subject="c1", through=DAYS, action=st.sampled_from(["accept", "return", "reopen"]),
             note="x"),
    ),
}  # fmt: skip

ODD: st.SearchStrategy[Any] = st.one_of(
    st.none(), st.booleans(), st.integers(-(2**70), 2**70), st.floats(allow_nan=False), st.text(max_size=80),
    st.sampled_from(["", " ", "0", "-1", "1e400", "2025-02-30", "9" * 400, "c2", "hb-ipo", "ｃ１", "' OR 1=1", "../..", "\u202e",
                     "\u200b", "\x00", "=1+1", "{{7*7}}", "a\u0301" * 150, "x" * 2001, 2**63, -(2**63), 1e308, -0.0, [], {}, [[]],
                     [None],
                     {"$ne": None}, {"": ""}, {"__proto__": {}}, [1] * 3000, {"a": [{}]}]),
)  # fmt: skip


@st.composite
def requests(draw: st.DrawFn) -> tuple[tuple[str, str], Any]:
    """Somebody, and what they want recorded: one entry, or several together."""
    who = draw(st.sampled_from(sorted(BY_ROLE)))

    def entry() -> Any:
        kind, body = draw(BY_ROLE[who])
        evidence = draw(st.sampled_from([{}, {"evidence": []}, {"evidence": [{"sha256": "ab" * 32, "title": "合同"}]}]))
        return {"kind": kind, "centre": who[1], "body": deepcopy(body), **deepcopy(evidence)}

    return who, draw(st.sampled_from([entry, lambda: {"entries": [entry() for _ in range(draw(st.integers(1, 4)))]}]))()


@st.composite
def spoiled(draw: st.DrawFn) -> tuple[tuple[str, str], Any]:
    who, value = draw(requests())
    for _ in range(draw(st.sampled_from([1, 0, 1, 2, 3]))):
        places = list(_places(value))
        if not places:
            break
        place = draw(st.sampled_from(places))
        holder, key = _at(value, place[:-1]), place[-1]
        match draw(st.sampled_from(["exchange", "exchange", "move", "remove", "wrap", "rename", "repeat"])):
            case "exchange":
                holder[key] = draw(ODD)
            case "move":
                holder[key] = deepcopy(_at(value, draw(st.sampled_from(places))))
            case "remove":
                del holder[key]
            case "wrap":
                holder[key] = draw(st.sampled_from([lambda one: [one], lambda one: {"value": one}, lambda one: [one] * 2,
                                                    str]))(holder[key])
            case "rename" if isinstance(holder, dict):
                holder[draw(st.sampled_from(["index", "centre", "__class__", f"{key} ", str(key).upper(), "\ufeff",
                                             ""]))] = holder.pop(key)
            case "repeat" if isinstance(holder, list):
                holder.insert(0, deepcopy(holder[key]))  # type: ignore[index]  # of a list it is a number
    return who, value


def _places(value: Any, place: Place = ()) -> Iterator[Place]:
    below: Any = value.items() if isinstance(value, dict) else enumerate(value[:20]) if isinstance(value, list) else ()
    for key, one in below:
        yield (*place, key)
        yield from _places(one, (*place, key))


def _at(value: Any, place: Place) -> Any:
    for key in place:
        value = value[key]
    return value


@pytest.fixture(scope="module")
def ledger_of_others(migrated_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    path = shutil.copyfile(migrated_file, tmp_path_factory.mktemp("hostile") / "ledger.db")
    with set_up(f"sqlite:///{path}") as stage:
        yield stage


def rows(stage: Stage) -> dict[str, int]:
    """How much is kept of everything that an entry could leave behind."""
    counts = (select(func.count()).select_from(table).scalar_subquery().label(table.name) for table in LEFT_BEHIND)
    with stage.service.ledger.engine.connect() as connection:
        return dict(connection.execute(select(*counts)).mappings().one())


UNHURRIED = settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture], deadline=None)


@UNHURRIED
@given(spoiled(), st.booleans(), st.sampled_from(["zh", "en"]))
def test_a_spoiled_request_is_recorded_whole_or_not_at_all(
    ledger_of_others: Stage, drawn: tuple[tuple[str, str], Any], rehearsed: bool, language: str
) -> None:
    (role, centre), value = drawn
    foe = ledger_of_others.foe(role, centre)
    before = rows(ledger_of_others)
    several = isinstance(value, dict) and "entries" in value
    path = f"/v1/entries{'/batch' if several else ''}{'?dry_run=true' if rehearsed else ''}"
    raw = json.dumps(value, ensure_ascii=True).encode()
    told = foe.post(path, raw=raw[:ENTRY_BYTES_MAX], Accept_Language=language)
    after = rows(ledger_of_others)
    event(told)
    answer = foe.last.json
    if told == "201":
        assert after["entry"] == before["entry"] + (answer["count"] if several else 1)
        assert not rehearsed
        return
    assert after == before
    if told == "200":
        assert rehearsed
        return
    assert foe.last.status_code in (400, 403, 409, 422)
    assert STATUS[answer["code"]] == foe.last.status_code
    if foe.last.status_code != 400:
        names_its_places(answer, value)


def names_its_places(answer: Any, value: Any) -> None:
    assert answer["errors"]
    for error in answer["errors"]:
        assert error["message"]
        assert error["path"] or not isinstance(value, dict) or answer["code"] == "forbidden"
        holder, *more = error["path"].split(".")
        if holder == "entries" and more and isinstance(value.get("entries"), list):
            assert int(more[0]) < len(value["entries"])
            assert len(more) > 1 or not isinstance(value["entries"][int(more[0])], dict) or answer["code"] == "forbidden"


@UNHURRIED
@given(spoiled(), st.data())
def test_changed_bytes_are_refused_or_read_as_they_stand(
    ledger_of_others: Stage, drawn: tuple[tuple[str, str], Any], data: st.DataObject
) -> None:
    (role, centre), value = drawn
    foe = ledger_of_others.foe(role, centre)
    raw = json.dumps(value, ensure_ascii=data.draw(st.booleans())).encode("utf-8", "surrogatepass")
    at, gone = data.draw(st.integers(0, len(raw))), data.draw(st.integers(0, 8))
    put = data.draw(st.binary(max_size=8) | st.sampled_from([b'"', b"{", b"]", b",", b"\\", b"\\ud800", b"NaN", b"1e999", b"\x00",
                                                             b'"kind":1,']))
    before = rows(ledger_of_others)
    told = foe.post("/v1/entries?dry_run=true", raw=raw[:at] + put + raw[at + gone :])
    event(told)
    assert rows(ledger_of_others) == before
    assert foe.last.status_code in (200, 400, 403, 409, 422)
