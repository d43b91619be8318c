"""Publishing without witnesses: what is signed, when, and which checkpoint covers what. On both databases.

What keeps it from happening is in `test_hindrances`, many at once in `test_publish_races`, witnesses in `test_witnesses`.
"""

import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from threading import Barrier, Event
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine
from structlog.testing import capture_logs

from ledger.actions import publish as publishing
from ledger.actions.hindrances import CannotPublish
from ledger.actions.ledger import Ledger, utc_now
from ledger.actions.publish import Published, Publisher, covering, ensure_covering, offered, publish, published
from ledger.actions.sign import look, sign
from ledger.facts.problems import Refused
from ledger.proof.checkpoints import Checkpoint, opened
from ledger.proof.notes import Note
from ledger.signing import Fence, Signer
from ledger.store import tables as t
from ledger.store.database import connect
from tests.actions.publishing import (
    FOUND,
    ORIGIN,
    copied,
    every,
    founded,
    grow,
    key_of,
    ledger_in,
    signed_rightly,
    sizes,
    with_settings,
)


@pytest.fixture
def ledger(engine: Engine, tmp_path: Path) -> Ledger:
    return founded(tmp_path, engine)


def of(ledger: Ledger, size: int | None = None) -> Published | None:
    """What is published, or covers a size, as a new reading sees it."""
    with ledger.read() as reading:
        return published(reading) if size is None else covering(reading, size)


def size_of(found: Published | None) -> int | None:
    return None if found is None else found.size


# --- signing ---------------------------------------------------------------------------------------------------------


def test_of_an_empty_log_nothing_is_published_and_no_key_is_made(engine: Engine, tmp_path: Path) -> None:
    ledger = ledger_in(tmp_path, engine)
    assert publish(ledger) is None
    assert of(ledger) is None
    assert of(ledger, 0) is None
    assert not ledger.settings.signing_key_file.exists()


def test_the_first_checkpoint_makes_the_key_and_is_signed_with_it(ledger: Ledger) -> None:
    found = publish(ledger)
    assert found is not None
    assert ledger.settings.signing_key_file.stat().st_mode & 0o777 == 0o600
    with ledger.read() as reading:
        assert opened(found.note, key_of(ledger)) == Checkpoint(ORIGIN, FOUND, reading.head.root)
    assert (found.size, found.root) == (FOUND, opened(found.note, key_of(ledger)).root)
    assert of(ledger) == found
    assert Fence(ledger.settings.signing_key_file).read() == found.note


def test_while_the_log_does_not_grow_nothing_is_signed(ledger: Ledger) -> None:
    first = publish(ledger)
    rows = every(ledger, t.checkpoint)
    assert [publish(ledger) for _ in range(3)] == [first] * 3
    assert every(ledger, t.checkpoint) == rows


def test_each_checkpoint_continues_the_one_before_over_the_edges_of_tiles(ledger: Ledger) -> None:
    wanted = [FOUND]
    publish(ledger)
    for upto in (11, 255, 256, 257, 511, 512, 600):
        grow(ledger, wanted[-1], upto - wanted[-1])
        assert size_of(publish(ledger)) == upto
        wanted.append(upto)
    assert [one.size for one in signed_rightly(ledger)] == wanted


def test_the_key_is_in_no_table_no_log_and_no_message(ledger: Ledger) -> None:
    with capture_logs() as lines:
        Publisher(ledger).round()
    secret = ledger.settings.signing_key_file.read_text().rstrip().split("+", 4)[4]
    told = repr([lines, ledger, ledger.settings, *(every(ledger, table) for table in t.metadata.tables.values())])
    assert not any(secret[at : at + 12] in told for at in range(len(secret) - 12))


# --- what covers what ------------------------------------------------------------------------------------------------


def test_an_entry_is_covered_by_the_smallest_checkpoint_for_ever(ledger: Ledger) -> None:
    for _ in range(3):
        publish(ledger)
        grow(ledger, len(sizes(ledger)), 5)
    wanted = {0: 10, 1: 10, 10: 10, 11: 15, 15: 15, 16: 20, 20: 20, 21: None}
    assert {size: size_of(of(ledger, size)) for size in wanted} == wanted
    first = of(ledger, 3)
    publish(ledger)
    assert of(ledger, 3) == first
    assert size_of(of(ledger)) == 25


def test_a_reading_sees_no_checkpoint_that_was_published_after_it_began(ledger: Ledger) -> None:
    publish(ledger)
    grow(ledger, 1)
    with ledger.read() as reading:
        assert reading.size == FOUND + 1
        publish(ledger)
        assert size_of(published(reading)) == FOUND
        assert covering(reading, FOUND + 1) is None


# --- to readers of the newest ----------------------------------------------------------------------------------------


def test_after_a_restore_no_older_checkpoint_is_offered_than_readers_have_seen(
    ledger: Ledger, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    first = publish(ledger)
    with copied(ledger, tmp_path, lambda: request.getfixturevalue("postgresql_server")) as yesterday:
        with yesterday.read() as reading:
            assert offered(reading) == first
        grow(ledger, 1, 5)
        last = publish(ledger)
        with yesterday.read() as reading:
            with pytest.raises(Refused) as caught:
                offered(reading)
            assert covering(reading, 1) == first  # a proof to an older checkpoint is as good as it was
        assert (caught.value.code, caught.value.status) == ("unavailable", 503)
        assert f"holds {FOUND} entries, and {FOUND + 5} were signed" in caught.value.problems[0].en
        assert f"只有 {FOUND} 条,而已签署 {FOUND + 5} 条" in caught.value.problems[0].zh
        # The same state as a replica that lags: its primary has all that was signed.
        with replace(ledger, read_engine=yesterday.engine).read() as reading:
            assert reading.size == FOUND
            assert offered(reading) == first
        # What is recorded meanwhile makes it as long again, and no other.
        grow(yesterday, 100, 6)
        with yesterday.read() as reading, pytest.raises(Refused, match=f"the first {FOUND + 5} entries .* are not those that were"):
            offered(reading)
    with ledger.read() as reading:
        assert offered(reading) == last


@pytest.mark.parametrize("spoil", ["gone", "damaged", "another log's", "unreadable"])
def test_a_fence_that_tells_nothing_of_this_log_keeps_nothing_back(ledger: Ledger, spoil: str) -> None:
    found = publish(ledger)
    fence = Fence(ledger.settings.signing_key_file)
    text = Checkpoint("other.example/log", 1000, bytes(32)).text
    fence.path.unlink()
    if spoil == "damaged":
        fence.path.write_bytes(b"x")
    elif spoil == "another log's":
        fence.path.write_bytes(Note(text, (Signer("other.example/log", bytes(32)).sign(text),)).to_bytes())
    elif spoil == "unreadable":
        fence.path.mkdir()
    with ledger.read() as reading:
        assert offered(reading) == found


@pytest.mark.parametrize("gone", [True, False])
def test_a_fence_that_is_gone_or_old_is_put_back_before_the_log_grows(ledger: Ledger, gone: bool) -> None:
    fence = Fence(ledger.settings.signing_key_file)
    publish(ledger)
    old = fence.read()
    assert old is not None
    grow(ledger, 60)
    publish(ledger)
    newest = fence.read()
    assert newest != old
    fence.path.unlink()
    if not gone:
        fence.write(old)
    with capture_logs() as told:
        publish(ledger)
        publish(ledger)
    assert fence.read() == newest
    assert [one["log_level"] for one in told] == ["warning"]


def test_what_the_fence_does_not_go_beyond_costs_no_look_at_the_primary(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    found = publish(ledger)
    with away(ledger).read() as reading:
        assert offered(reading) == found


def test_nor_does_what_was_signed_and_waits_for_its_quorum(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    found = publish(ledger)
    grow(ledger, 1)
    monkeypatch.setattr("ledger.store.checkpoints.add_publication", lambda *_: None)
    signed = sign(ledger, look(ledger))
    assert signed
    assert signed.size == FOUND + 1
    with away(ledger).read() as reading:
        assert offered(reading) == found


def away(ledger: Ledger) -> Ledger:
    """The same with a primary that does not answer."""
    return replace(ledger, engine=create_engine("sqlite:////nowhere/at/all"))


# --- on request ------------------------------------------------------------------------------------------------------


def test_what_is_covered_is_answered_without_signing(ledger: Ledger) -> None:
    first = publish(ledger)
    grow(ledger, 1)
    assert ensure_covering(ledger, FOUND) == first
    assert sizes(ledger) == [FOUND]


def test_what_is_not_covered_yet_is_published_at_once(ledger: Ledger) -> None:
    assert ensure_covering(ledger, 1).size == FOUND
    assert sizes(ledger) == [FOUND]


def test_requests_publish_once_a_second_and_the_others_wait(ledger: Ledger) -> None:
    ensure_covering(ledger, FOUND)
    began = time.monotonic()
    for number in range(2):
        grow(ledger, number)
        assert ensure_covering(ledger, FOUND + number + 1).size == FOUND + number + 1
    assert 1.9 < time.monotonic() - began < 20
    assert sizes(ledger) == [FOUND, FOUND + 1, FOUND + 2]


def gaps(ledger: Ledger) -> list[float]:
    """Seconds between each checkpoint and the next."""
    instants = [row.signed_at for row in every(ledger, t.checkpoint)]
    return [(later - earlier) / 1e6 for earlier, later in pairwise(sorted(instants))]


def test_processes_that_are_asked_at_once_sign_once_a_second_all_together(ledger: Ledger, database_url: str) -> None:
    """Each with an engine of its own, as two workers have: only the database is between them."""
    workers = [worker(ledger, database_url) for _ in range(2)]
    ready = Barrier(2)

    def ask(number: int) -> None:
        ready.wait(60)
        for round_ in range(3):
            grow(workers[number], 100 * (number + 1) + round_)
            with workers[number].read() as reading:
                size = reading.size
            assert ensure_covering(workers[number], size).size >= size

    ensure_covering(workers[0], FOUND)
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(ask, range(2), timeout=60))
    for one in workers:
        one.engine.dispose()
    assert len(sizes(ledger)) > 2
    assert min(gaps(ledger)) >= publishing.ON_REQUEST_SECONDS
    signed_rightly(ledger)


def worker(ledger: Ledger, url: str) -> Ledger:
    engine = connect(url)
    return replace(ledger, engine=engine, read_engine=engine, clock=utc_now, tile_roots={})


def test_who_was_forestalled_while_waiting_waits_again_or_finds_it_done(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another process signs between our pause and our look, and the log goes on meanwhile."""
    publish(ledger)
    grow(ledger, 1)
    slept: list[float] = []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        if len(slept) == 1:
            grow(ledger, 2)
            publish(ledger)
            grow(ledger, 3)

    monkeypatch.setattr(publishing, "time", SimpleNamespace(sleep=sleep, monotonic=time.monotonic))
    assert ensure_covering(ledger, FOUND + 1).size == FOUND + 2
    assert ensure_covering(ledger, FOUND + 3).size == FOUND + 3
    assert slept == [1.0, 1.0]  # the clock of this scene stands still


@pytest.mark.parametrize("off", [-3600, 3600], ids=["behind", "ahead"])
def test_a_clock_that_is_off_makes_nobody_wait_longer_than_a_second(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch, off: int
) -> None:
    publish(ledger)
    grow(ledger, 1)
    slept: list[float] = []
    monkeypatch.setattr(publishing, "time", SimpleNamespace(sleep=slept.append, monotonic=time.monotonic))
    now = ledger.clock()
    other = replace(ledger, clock=lambda: now + timedelta(seconds=off))
    assert ensure_covering(other, FOUND + 1).size == FOUND + 1
    assert slept == [1.0][: off < 0]
    first, second = (row.signed_at for row in every(ledger, t.checkpoint))
    assert second == first + max(off, 0) * 1_000_000  # never before the one below it


def test_of_many_requests_one_publishes_for_all(ledger: Ledger) -> None:
    ready = Barrier(8)

    def ask(_: int) -> Published:
        ready.wait(60)
        return ensure_covering(ledger, FOUND)

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(ask, range(8), timeout=60)) == {of(ledger)}
    assert sizes(ledger) == [FOUND]


def test_a_request_that_cannot_be_covered_is_told_why_in_both_languages(ledger: Ledger) -> None:
    other = with_settings(ledger, origin="other.example/log")
    publish(ledger)
    grow(ledger, 1)
    with pytest.raises(Refused) as caught:
        ensure_covering(other, FOUND + 1)
    assert (caught.value.code, caught.value.status) == ("unavailable", 503)
    assert "set LEDGER_ORIGIN=ledger.example/log again" in caught.value.problems[0].en
    assert "请改回 LEDGER_ORIGIN=ledger.example/log" in caught.value.problems[0].zh


def test_a_second_request_within_the_second_is_refused_for_the_reason_of_the_first(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[int] = []

    def fails(_: Ledger, wanted: int) -> None:
        tried.append(wanted)
        raise CannotPublish("为何", "why")

    monkeypatch.setattr(publishing, "publish", fails)
    for _ in range(5):
        with pytest.raises(Refused, match="why"):
            ensure_covering(ledger, FOUND)
    assert len(tried) == 1
    monkeypatch.undo()
    time.sleep(publishing.ON_REQUEST_SECONDS)
    assert ensure_covering(ledger, FOUND).size == FOUND


def test_a_request_does_not_wait_for_ever_for_who_publishes(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(publishing, "PATIENCE_SECONDS", 0.1)
    busy, done = Event(), Event()

    def slow(_: Ledger, wanted: int) -> None:
        busy.set()
        done.wait(60)

    with monkeypatch.context() as patched, ThreadPoolExecutor(1) as pool:
        patched.setattr(publishing, "publish", slow)
        first = pool.submit(ensure_covering, ledger, FOUND)
        assert busy.wait(30)
        with pytest.raises(Refused, match="is being published"):
            ensure_covering(ledger, FOUND)
        done.set()
        with pytest.raises(Refused, match="no published checkpoint covers"):
            first.result(60)


def test_entries_that_are_not_there_are_covered_by_nothing(ledger: Ledger) -> None:
    with pytest.raises(Refused, match=f"no published checkpoint covers {FOUND + 1} entries yet"):
        ensure_covering(ledger, FOUND + 1)


# --- all the time ----------------------------------------------------------------------------------------------------


def until(true: Any, seconds: float = 30.0) -> None:
    give_up = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < give_up, "has not come to pass"
        time.sleep(0.02)


@pytest.fixture
def running(ledger: Ledger) -> Iterator[Publisher]:
    publisher = Publisher(with_settings(ledger, publish_seconds=1))
    publisher.start()
    yield publisher
    publisher.stop()


def test_the_publisher_publishes_what_is_recorded(running: Publisher, ledger: Ledger) -> None:
    until(lambda: size_of(of(ledger)) == FOUND)
    grow(ledger, 1)
    until(lambda: size_of(of(ledger)) == FOUND + 1)


def test_the_publisher_outlives_whatever_happens(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    rounds: list[int] = []

    def breaks(_: Ledger) -> None:
        rounds.append(1)
        raise [RuntimeError("an accident"), CannotPublish("为何", "why"), MemoryError()][len(rounds) % 3]

    monkeypatch.setattr(publishing, "publish", breaks)
    publisher = Publisher(with_settings(ledger, publish_seconds=0))
    with capture_logs() as lines:
        publisher.start()
        until(lambda: len(rounds) > 10)
        monkeypatch.undo()
        until(lambda: size_of(of(ledger)) == FOUND)
        until(lambda: lines[-1]["event"] == "publishing again")
        publisher.stop()
    told = [line["event"] for line in lines if line["event"] != "published"]
    assert sorted(told) == ["cannot publish", "publishing again", "publishing failed", "publishing failed"]


def test_a_reason_is_told_once_until_all_is_well_again(ledger: Ledger) -> None:
    key, away = ledger.settings.signing_key_file, ledger.settings.signing_key_file.with_name("away")
    publish(ledger)
    publisher = Publisher(ledger)
    with capture_logs() as lines:
        for _ in range(2):
            key.rename(away)
            publisher.round()
            publisher.round()
            away.rename(key)
            publisher.round()
            publisher.round()
    assert [line["event"] for line in lines] == ["cannot publish", "publishing again"] * 2
    assert (lines[0]["log_level"], lines[1]["log_level"]) == ("error", "info")
    assert "is not there" in lines[0]["en"]
    assert "不存在" in lines[0]["zh"]
    json.dumps(lines)


def test_a_key_that_others_may_read_is_told_once(ledger: Ledger) -> None:
    publish(ledger)
    ledger.settings.signing_key_file.chmod(0o644)
    publisher = Publisher(with_settings(ledger, publish_seconds=0))
    with capture_logs() as lines:
        publisher.start()
        grow(ledger, 1)
        until(lambda: size_of(of(ledger)) == FOUND + 1)
        publisher.stop()
    assert [(line["event"], line["file"]) for line in lines if line["event"] != "published"] == [
        ("others may read the signing key: chmod 600", str(ledger.settings.signing_key_file))
    ]


def test_the_publisher_stops_promptly_in_the_middle_of_its_pause(ledger: Ledger) -> None:
    publisher = Publisher(with_settings(ledger, publish_seconds=3600))
    publisher.start()
    until(lambda: size_of(of(ledger)) == FOUND)
    began = time.monotonic()
    publisher.stop()
    assert time.monotonic() - began < 2
    grow(ledger, 1)
    time.sleep(0.05)
    assert size_of(of(ledger)) == FOUND


def test_a_publisher_that_was_never_started_can_be_stopped(ledger: Ledger) -> None:
    Publisher(ledger).stop()
