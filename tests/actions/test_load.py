"""A file of entries: every bad line named, nothing recorded twice, nothing out of order."""

import json
from collections.abc import Sequence
from typing import Any

import pytest
from sqlalchemy import Engine

from ledger.actions import load as loading
from ledger.actions.ledger import Ledger
from ledger.actions.load import Report, load
from ledger.facts.problems import Refused
from ledger.store import streams
from ledger.store.database import reading
from tests.actions.scene import Said, found, ledger_on, licence, patent, say


@pytest.fixture
def ledger(engine: Engine) -> Ledger:
    opened = ledger_on(engine)
    found(opened)
    return opened


def lines(*said: Said, **more: Any) -> list[bytes]:
    return [json.dumps({"kind": kind, "body": body, **more}, ensure_ascii=False).encode() + b"\n" for kind, body in said]


def kinds(ledger: Ledger, centre: str = "c1") -> list[str]:
    with reading(ledger.engine) as connection:
        return [entry.kind for entry in streams.walk(connection, centre)]


def bad(report: Report) -> list[tuple[int, str, str]]:
    return [(one.line, one.problem.code, one.problem.path) for one in report.bad]


def counts(report: Report) -> tuple[int, int, int, int]:
    return report.recorded, report.skipped, report.tried, len({one.line for one in report.bad})


def batches_of(monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    monkeypatch.setattr(loading, "BATCH_MAX", size)


GOOD = lines(patent(1), patent(2), licence("L-1", [1, 2], registered_on="2025-09-10", registration_no="R-1"))


def test_a_file_is_recorded_in_its_order_by_the_centre(ledger: Ledger) -> None:
    assert counts(load(ledger, GOOD, "c1")) == (3, 0, 0, 0)
    assert kinds(ledger) == ["patent", "patent", "licence"]
    with reading(ledger.engine) as connection:
        assert {entry.recorded_by for entry in streams.walk(connection, "c1")} == {"pool-ledger"}


def test_the_same_file_again_records_nothing(ledger: Ledger) -> None:
    load(ledger, GOOD, "c1")
    assert counts(load(ledger, GOOD, "c1")) == (0, 3, 0, 0)
    assert len(kinds(ledger)) == 3


def test_a_line_is_known_again_in_another_spelling(ledger: Ledger) -> None:
    load(ledger, GOOD, "c1")
    kind, body = licence("L-1", [1, 2], amount="300000", registered_on="2025-09-10", registration_no=" R-1 ")
    body["lines"] = [{"patent_id": line["patent_id"].replace("CN", "ZL ")} for line in body["lines"]]
    assert counts(load(ledger, lines((kind, body)), "c1")) == (0, 1, 0, 0)


def test_a_corrected_file_records_only_what_is_new(ledger: Ledger) -> None:
    load(ledger, GOOD[:2], "c1")
    assert counts(load(ledger, [*GOOD, *lines(patent(3))], "c1")) == (2, 2, 0, 0)


def test_the_second_of_two_equal_lines_stands_for_a_second_entry(ledger: Ledger) -> None:
    activity = ("activity", {"activity_type": "matchmaking", "title": "对接会", "held_on": "2025-09-05"})
    load(ledger, lines(activity), "c1")
    assert counts(load(ledger, lines(activity, activity, activity), "c1")) == (2, 1, 0, 0)
    assert counts(load(ledger, lines(activity, activity, activity), "c1")) == (0, 3, 0, 0)


def test_what_was_reversed_can_be_recorded_again(ledger: Ledger) -> None:
    load(ledger, GOOD, "c1")
    first = say(ledger, "recorder", "c1", licence("L-2", [1]))
    say(ledger, "recorder", "c1", ("reversal", {"entry": first, "reason": "data_error"}))
    assert counts(load(ledger, lines(licence("L-2", [1])), "c1")) == (1, 0, 0, 0)


def test_another_centres_entry_is_no_reason_to_skip(ledger: Ledger) -> None:
    load(ledger, GOOD[:1], "c1")
    assert counts(load(ledger, GOOD[:1], "c2")) == (1, 0, 0, 0)


def test_evidence_is_taken_along(ledger: Ledger) -> None:
    evidence = [{"sha256": "ab" * 32, "title": "合同"}]
    load(ledger, lines(patent(1), evidence=evidence), "c1")
    with reading(ledger.engine) as connection:
        [entry] = streams.walk(connection, "c1")
    assert [one.title for one in entry.evidence] == ["合同"]


def test_an_office_loads_what_offices_say(ledger: Ledger) -> None:
    party = {"party_id": "ORG:1", "name": "协会", "party_kind": "association", "valid_from": "2020-01-01"}
    assert counts(load(ledger, lines(("party", party)), "hb-ipo")) == (1, 0, 0, 0)


# --- what is wrong ---------------------------------------------------------------------------------------------------


def test_every_bad_line_is_named_with_its_place_and_nothing_of_its_batch_is_recorded(ledger: Ledger) -> None:
    kind, body = licence("L-1", [1, 9])  # 9 is registered nowhere
    file: Sequence[bytes] = [
        *GOOD[:1],
        b"\n",
        b"not JSON\n",
        b"[1]\n",
        *lines((kind, body)),
        *lines(("patent", {**patent(3)[1], "filed_on": "2020-02-30"})),
        *lines(patent(4), centre="c2"),
        b'{"kind": "patent", "kind": "patent", "body": {}}\n',
        b"\xff\xfe\n",
    ]
    report = load(ledger, file, "c1")
    assert bad(report) == [
        (3, "malformed", ""),
        (4, "malformed", ""),
        (5, "unknown-patent", "body.lines.1.patent_id"),
        (6, "invalid", "body.filed_on"),
        (7, "invalid", "centre"),
        (8, "malformed", ""),
        (9, "malformed", ""),
    ]
    assert counts(report) == (0, 0, 1, 7)
    assert kinds(ledger) == []


def test_batches_before_a_bad_line_stay_and_those_behind_it_are_only_tried(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    batches_of(monkeypatch, 2)
    wrong = licence("L-9", [9])
    report = load(ledger, lines(patent(1), patent(2), patent(3), wrong, patent(4), licence("L-2", [3]), wrong), "c1")
    assert bad(report) == [(4, "unknown-patent", "body.lines.0.patent_id"), (7, "unknown-patent", "body.lines.0.patent_id")]
    assert counts(report) == (2, 0, 3, 2)
    assert kinds(ledger) == ["patent", "patent"]


def test_a_line_that_cannot_be_read_holds_up_its_own_batch_and_all_behind(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    batches_of(monkeypatch, 2)
    file = [*lines(patent(1), patent(2), patent(3)), b"?\n", *lines(patent(4), patent(5))]
    assert counts(load(ledger, file, "c1")) == (2, 0, 3, 1)
    assert len(kinds(ledger)) == 2


def test_a_broken_run_started_again_goes_on_where_it_stopped(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    batches_of(monkeypatch, 2)
    file = [*lines(patent(1), patent(2), patent(3)), b"?\n"]
    load(ledger, file, "c1")
    assert counts(load(ledger, file[:-1], "c1")) == (1, 2, 0, 0)


def test_a_batch_ends_where_its_lines_and_patents_would_be_too_many(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    load(ledger, lines(*(patent(n) for n in range(1, 5))), "c1")
    monkeypatch.setattr(loading, "BATCH_PARTS_MAX", 4)
    seen: list[tuple[int, int]] = []
    deals = lines(licence("L-1", [1, 2, 3]), licence("L-2", [1, 2]), licence("L-3", [4]), licence("L-4", [1]))
    load(ledger, deals, "c1", progress=lambda done, total: seen.append((done, total)))
    assert seen == [(1, 4), (4, 4)]


def test_a_dry_run_records_nothing_and_sees_what_later_lines_rest_on(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    batches_of(monkeypatch, 1)
    report = load(ledger, [*GOOD, *lines(licence("L-9", [9]))], "c1", dry_run=True)
    assert counts(report) == (0, 0, 3, 1)
    assert bad(report) == [(4, "unknown-patent", "body.lines.0.patent_id")]
    assert kinds(ledger) == []


def test_a_file_for_a_centre_that_nobody_registered_is_refused(ledger: Ledger) -> None:
    with pytest.raises(Refused) as refusal:
        load(ledger, GOOD, "c9")
    assert refusal.value.code == "unknown-centre"


def test_what_is_not_the_centres_to_say_is_refused_line_by_line(ledger: Ledger) -> None:
    attestation = ("attestation", {"entry": 1, "verdict": "attested"})
    assert {(line, code) for line, code, _ in bad(load(ledger, lines(patent(1), attestation), "c1"))} == {(2, "forbidden")}


def test_an_empty_file_is_no_mistake(ledger: Ledger) -> None:
    assert counts(load(ledger, [b"\n"], "c1")) == (0, 0, 0, 0)
