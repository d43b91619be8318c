"""A log cut into shares comes to the same as the log in one piece, whatever their number."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection

from ledger.actions import replay
from ledger.actions.replay import CONTEXT, SHARES_MAX, CannotReplay, Replay, Shares
from ledger.facts.entries import Entry
from ledger.store import log
from ledger.store.database import connect, reading
from tests.actions.scene import ledger_on, play


@pytest.fixture(scope="module")
def connection(migrated_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Connection]:
    path = shutil.copyfile(migrated_file, tmp_path_factory.mktemp("played") / "ledger.db")
    engine = connect(f"sqlite:///{path}")
    play(ledger_on(engine), 40)
    with reading(engine) as opened:
        yield opened
    engine.dispose()


@pytest.fixture(scope="module")
def entries(connection: Connection) -> list[Entry]:
    return list(log.walk(connection, log.read_head(connection).size))


def cut(entries: list[Entry]) -> Shares:
    shares = Shares(len(entries))
    for entry in entries:
        shares.take(entry)
    return shares


def replayed(connection: Connection, shares: Shares, share: int) -> Replay:
    one = Replay()
    for entry in shares.entries(connection, share):
        one.take(entry)
    return one


@pytest.mark.parametrize("entries_a_share", [1, 3, 10, 1000])
def test_the_shares_together_are_the_whole(
    connection: Connection, entries: list[Entry], entries_a_share: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replay, "SHARE", entries_a_share)
    shares = cut(entries)
    whole = Replay()
    for entry in entries:
        whole.take(entry)
    parts = [replayed(connection, shares, share) for share in range(shares.count)]
    assert sorted(index for part in parts for index in part.indices) == list(range(len(entries)))
    for kind, versions in whole.versions.items():
        assert {key: one.values() for part in parts for key, one in part.versions[kind].items()} == {
            key: one.values() for key, one in versions.items()
        }
    assert {index: said for part in parts for index, said in part.mentions.items()} == whole.mentions
    assert set().union(*(part.labels for part in parts)) == whole.labels
    assert set().union(*(part.sets for part in parts)) == set(whole.sets)


def test_a_long_log_has_many_shares_and_no_more_than_fit_into_a_byte() -> None:
    assert [Shares(size).count for size in (0, 12_000, 10**9)] == [2, 4, SHARES_MAX]


def test_what_everything_is_judged_by_is_in_one_share(
    connection: Connection, entries: list[Entry], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replay, "SHARE", 3)
    shares = cut(entries)
    kinds = {"centre", "party", "participation", "closing", "baseline"}
    expected = [entry.index for entry in entries if entry.kind in kinds]
    assert [entry.index for entry in shares.entries(connection, CONTEXT)] == expected


def test_entries_come_back_with_the_flag_they_were_taken_with(connection: Connection, entries: list[Entry]) -> None:
    shares = cut(entries)
    back = [entry for share in range(shares.count) for entry in shares.entries(connection, share)]
    assert sorted(back, key=lambda entry: entry.index) == entries
    assert {entry.office for entry in back} == {True, False}


def test_an_entry_that_breaks_the_fold_is_named(entries: list[Entry], monkeypatch: pytest.MonkeyPatch) -> None:
    one = Replay()
    monkeypatch.setattr(one.world, "take", lambda entry: 1 / 0)
    with pytest.raises(CannotReplay, match="cannot be worked out") as caught:
        one.take(entries[7])
    assert caught.value.index == 7
