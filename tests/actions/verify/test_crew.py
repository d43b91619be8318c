"""Work that is shared by processes is done once, in order, or it is an error."""

import os
import signal
from collections.abc import Iterator

import pytest

from ledger.actions.verify import bundle, crew, kept, opening
from ledger.actions.verify.crew import Lost, done
from tests.actions.verify.test_spoiled_bundles import good, told, verified
from tests.bundles import draft_of, scene

HERE = os.getpid()


def where(_: object) -> int:
    return os.getpid()


@pytest.mark.parametrize("items", [0, 1, 2, 3, 50])
@pytest.mark.parametrize("processes", [1, 2, 3])
def test_answers_come_with_their_items_in_order(items: int, processes: int):
    assert list(done(lambda item: item * item, range(items), processes)) == [(item, item * item) for item in range(items)]


def test_one_process_is_this_one_and_several_are_others():
    assert {pid for _, pid in done(where, range(6), 1)} == {HERE}
    others = {pid for _, pid in done(where, range(6), 3)}
    assert len(others) == 3
    assert HERE not in others


def test_items_and_answers_may_be_longer_than_any_pipe():
    many = [bytes([number]) * 3_000_000 for number in range(5)]
    assert [answer for _, answer in done(lambda item: item * 2, many, 2)] == [item * 2 for item in many]


def test_a_job_that_fails_is_no_answer():
    def job(item: int) -> int:
        if item == 2:
            raise ValueError("not of two")
        return item

    with pytest.raises(Lost, match="ValueError: not of two"):
        list(done(job, range(5), 2))


@pytest.mark.parametrize("at", [0, 1, 4])
def test_a_process_that_ends_too_soon_is_an_error(at: int):
    def job(item: int) -> int:
        if item == at:
            os.kill(os.getpid(), signal.SIGKILL)
        return item

    with pytest.raises(Lost, match="ended before its time"):
        list(done(job, range(5), 2))


def test_an_answer_that_cannot_travel_is_an_error(capfd):
    with pytest.raises(Lost):
        list(done(lambda item: lambda: item, [1], 2))
    assert "pickle" in capfd.readouterr().err


def test_no_process_is_left_behind_whatever_happens():
    pids: set[int] = set()

    def items() -> Iterator[int]:
        yield from range(3)
        raise ValueError("no more")

    broken_off = done(where, items(), 2)
    pids.add(next(broken_off)[1])
    with pytest.raises(ValueError, match="no more"):
        list(broken_off)
    left = done(where, range(9), 2)
    pids.add(next(left)[1])
    left.close()  # type: ignore[attr-defined]  # a generator, as its user may know
    assert pids
    for pid in pids:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


def test_an_interruption_reaches_only_the_one_that_hands_out_the_work():
    def job(item: int) -> int:
        os.kill(os.getpid(), signal.SIGINT)
        return item

    assert [answer for _, answer in done(job, range(4), 2)] == [0, 1, 2, 3]


def test_where_a_process_cannot_be_copied_there_is_one(monkeypatch):
    assert 1 <= crew.processes_here() <= crew.PROCESSES_MAX
    monkeypatch.setattr(crew.sys, "platform", "darwin")
    assert crew.processes_here() == 1
    monkeypatch.setattr(crew.sys, "platform", "win32")
    monkeypatch.delattr(os, "fork")
    assert crew.processes_here() == 1


# --- in a verification


def test_a_process_lost_while_disclosures_are_opened_is_told(tmp_path, monkeypatch):
    def opened(disclosure: str) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    monkeypatch.setattr(opening, "opened", opened)
    report = verified(good().packed(), tmp_path, processes=2)
    assert not report.ok
    assert [one.code for one in report.checks["tree"].kept] == ["broke"]
    assert [report.checks[name].ok for name in ("streams", "disclosures", "figures", "contested")] == [None] * 4, told(report)


def test_a_process_lost_while_figures_are_counted_is_told(tmp_path, monkeypatch):
    def folded(*_: object) -> None:
        if os.getpid() != HERE:
            os.kill(os.getpid(), signal.SIGKILL)

    monkeypatch.setattr("ledger.actions.verify.kept._folded", folded)
    report = verified(good().packed(), tmp_path, processes=2)
    assert not report.ok
    assert "broke" in [one.code for one in report.checks["figures"].kept]
    assert report.checks["contested"].ok is None, told(report)


@pytest.mark.parametrize("processes", [1, 2])
def test_a_bundle_of_all_streams_holds_in_portions_however_many_share_the_work(tmp_path, monkeypatch, processes: int):
    """No figure of this programme asks for the days of a patent, so patents are looked at and not kept."""
    monkeypatch.setattr(kept, "ENTRY_BYTES", 1)
    monkeypatch.setattr(kept, "PORTION_ENTRIES", 4000)
    monkeypatch.setattr(opening, "BATCH", 10)
    draft = draft_of(scene(padding=60), "province", "420000")
    report = verified(draft.packed(), tmp_path, processes=processes)
    assert report.ok, told(report)
    assert report.checks["contested"].told == {"lines": len(draft.manifest["contested"]), "recomputed": True}
    draft.scorecards["verified"]["targets"][0]["value"] = "999"
    report = verified(draft.packed(), tmp_path, processes=processes)
    assert [(one.code, one.values["target"]) for one in report.checks["figures"].kept] == [("differs", "times")]


def test_a_small_bundle_is_left_to_one_process_and_a_large_one_shared(tmp_path, monkeypatch):
    asked: list[int] = []

    def watched(job, items, processes):  # type: ignore[no-untyped-def]
        asked.append(processes)
        return done(job, items, processes)

    monkeypatch.setattr("ledger.actions.verify.kept.done", watched)
    monkeypatch.setattr(bundle, "processes_here", lambda: 2)
    assert verified(good().packed(), tmp_path).ok
    assert set(asked) == {1}
    asked.clear()
    monkeypatch.setattr(bundle, "SHARED_FROM", 1)
    assert verified(good().packed(), tmp_path).ok
    assert set(asked) == {2}
