"""Who publishes at once with others, or dies over it: one log comes of it all the same, on both databases.

Whatever happens, each checkpoint is of the log as it was, no two have one size, and each continues the one before.
"""

import os
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import Engine

from ledger.actions.ledger import Ledger
from ledger.actions.publish import publish
from ledger.actions.sign import look, sign
from ledger.proof.checkpoints import opened
from ledger.signing import Fence, load_key
from ledger.store import checkpoints
from ledger.store.database import connect
from tests.actions.publishing import FOUND, founded, grow, key_of, ledger_in, signed_rightly, sizes, with_settings

AT_ONCE, PROCESSES, ROUNDS = 6, 3, 6
LAST_WORD_SECONDS = 120
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def ledger(engine: Engine, tmp_path: Path) -> Ledger:
    return founded(tmp_path, engine)


def work(ledger: Ledger, number: int) -> list[int]:
    """Record and publish by turns; the sizes that were published meanwhile, as this one saw them."""
    seen = []
    for round_ in range(ROUNDS):
        grow(ledger, 1000 * (number + 1) + round_)
        found = publish(ledger)
        assert found is not None
        seen.append(found.size)
    return seen


def in_threads(url: str, folder: Path) -> list[list[int]]:
    """Each with an engine of its own, so that nothing but the database orders them."""
    ready = Barrier(AT_ONCE)

    def one(number: int) -> list[int]:
        return _on_its_own(url, folder, number, ready)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(one, range(AT_ONCE), timeout=LAST_WORD_SECONDS))


def in_processes(url: str, folder: Path) -> list[list[int]]:
    context = get_context("spawn")
    ready = context.Barrier(PROCESSES)
    with ProcessPoolExecutor(PROCESSES, context, initializer=_wait_for_all, initargs=(ready,)) as pool:
        asked = [pool.submit(_on_its_own, url, folder, number, None) for number in range(PROCESSES)]
        return [one.result(LAST_WORD_SECONDS) for one in asked]


def _wait_for_all(ready: Any) -> None:
    ready.wait(LAST_WORD_SECONDS)


def _on_its_own(url: str, folder: Path, number: int, ready: Any) -> list[int]:
    engine = connect(url)
    try:
        if ready is not None:
            ready.wait(LAST_WORD_SECONDS)
        return work(ledger_in(folder, engine), number)
    finally:
        engine.dispose()


@pytest.mark.parametrize("run", [in_threads, in_processes])
def test_all_who_record_and_publish_at_once_make_one_log(
    run: Callable[[str, Path], list[list[int]]], database_url: str, ledger: Ledger, tmp_path: Path
) -> None:
    """None of them has signed before: they also race for the key."""
    for number, seen in enumerate(run(database_url, tmp_path)):
        assert seen == sorted(seen), f"to {number} the log went back"
    last = publish(ledger)
    assert last is not None
    with ledger.read() as reading:
        assert last.size == reading.size
    assert signed_rightly(ledger)[-1].size == last.size
    assert Fence(ledger.settings.signing_key_file).read() == last.note
    names = {path.name for path in ledger.settings.signing_key_file.parent.iterdir()}
    assert names == {"signing.key", "signing.key.checkpoint"}


def test_who_looked_before_another_signed_looks_again(ledger: Ledger) -> None:
    early = look(ledger)
    grow(ledger, 1)
    publish(ledger)
    assert sign(ledger, early) is None
    assert sizes(ledger) == [FOUND + 1]
    assert sign(ledger, look(ledger)) is None  # there is nothing more to sign


def test_two_machines_with_one_database_and_a_fence_each_sign_one_log(ledger: Ledger, tmp_path: Path) -> None:
    publish(ledger)
    path, elsewhere = ledger.settings.signing_key_file, tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / path.name).write_bytes(path.read_bytes())
    second = with_settings(ledger, signing_key_file=elsewhere / path.name)
    grow(ledger, 1)
    early = look(ledger)
    grow(ledger, 2)
    publish(second)  # of which the first one's fence knows nothing
    assert sign(ledger, early) is None
    for number, machine in enumerate((ledger, second, second, ledger)):
        grow(ledger, 10 + number)
        publish(machine)
    assert [one.size - FOUND for one in signed_rightly(ledger)] == [0, 2, 3, 4, 5, 6]


def test_who_looked_before_another_died_over_signing_looks_again(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the dead one left in the fence is beyond what was seen: it is not to be replaced by less."""
    publish(ledger)
    grow(ledger, 1)
    early = look(ledger)
    grow(ledger, 2)
    with monkeypatch.context() as patched:
        patched.setattr(checkpoints, "add", gone)
        with pytest.raises(RuntimeError, match="gone"):
            publish(ledger)
    fence = Fence(ledger.settings.signing_key_file)
    ahead = fence.read()
    assert sign(ledger, early) is None
    assert fence.read() == ahead
    publish(ledger)
    assert [one.size for one in signed_rightly(ledger)] == [FOUND, FOUND + 2]


def test_what_was_seen_is_signed_though_the_log_has_grown_since(ledger: Ledger) -> None:
    early = look(ledger)
    grow(ledger, 1)
    assert sign(ledger, early)
    assert sizes(ledger) == [FOUND]
    publish(ledger)
    assert [one.size for one in signed_rightly(ledger)] == [FOUND, FOUND + 1]


def test_who_publishes_meanwhile_is_not_taken_for_a_state_that_was_lost(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between reading the fence and looking at the database another one records and signs: the fence is older, never ahead."""
    publish(ledger)
    grow(ledger, 1)
    read, told = Fence.read, []

    def slowly(self: Fence) -> bytes | None:
        found = read(self)
        if not told:
            told.append(1)
            monkeypatch.setattr(Fence, "read", read)
            grow(ledger, 2)
            publish(ledger)
        return found

    monkeypatch.setattr(Fence, "read", slowly)
    found = publish(ledger)
    assert found is not None
    assert found.size == FOUND + 2
    signed_rightly(ledger)


def gone(*_: object) -> None:
    raise RuntimeError("the connection is gone")


# --- death in the middle ---------------------------------------------------------------------------------------------


def test_a_checkpoint_that_was_signed_and_not_kept_is_signed_again_with_the_same_bytes(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(ledger)
    grow(ledger, 1)

    with monkeypatch.context() as patched:
        patched.setattr(checkpoints, "add", gone)
        with pytest.raises(RuntimeError, match="gone"):
            publish(ledger)
    fence = Fence(ledger.settings.signing_key_file)
    ahead = fence.read()
    assert ahead is not None
    assert opened(ahead, key_of(ledger)).size == FOUND + 1
    assert sizes(ledger) == [FOUND]
    found = publish(ledger)
    assert found is not None
    assert (found.note, fence.read()) == (ahead, ahead)


def test_a_fence_ahead_of_the_table_is_overtaken(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(checkpoints, "add", interrupted)
        with pytest.raises(KeyboardInterrupt):
            publish(ledger)
    grow(ledger, 1)
    publish(ledger)
    assert [one.size for one in signed_rightly(ledger)] == [FOUND + 1]


DIES = """
import os, sys
from pathlib import Path
from ledger.actions import publish, sign
from ledger.signing import Fence
from ledger.store import checkpoints
from ledger.store.database import connect
from tests.actions.publishing import ledger_in
url, folder, where = sys.argv[1:]
write, add, new_key = Fence.write, checkpoints.add, sign.new_key
def dying(step, do):
    def then(*told):
        if where == f"before {step}":
            os._exit(9)
        done = do(*told)
        if where == f"after {step}":
            os._exit(9)
        return done
    return then
Fence.write = dying("the fence", write)
checkpoints.add = dying("the row", add)
sign.new_key = dying("the key", new_key)
publish.publish(ledger_in(Path(folder), connect(url)))
"""


@pytest.mark.parametrize(
    ("signed_before", "where"),
    [
        *((0, where) for where in ("after the key", "before the fence", "after the fence", "after the row")),
        *((1, where) for where in ("before the fence", "after the fence", "after the row")),
    ],
)
def test_a_process_that_is_killed_over_signing_leaves_a_log_that_goes_on(
    database_url: str, ledger: Ledger, tmp_path: Path, where: str, signed_before: int
) -> None:
    if signed_before:
        publish(ledger)
        grow(ledger, 1)
    words = [sys.executable, "-W", "error", "-c", DIES, database_url, str(tmp_path), where]
    done = subprocess.run(words, cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (9, "")
    assert sizes(ledger) == [FOUND][:signed_before]
    key, fence = load_key(ledger.settings.signing_key_file), Fence(ledger.settings.signing_key_file).read()
    assert key is not None
    found = publish(ledger)
    assert found is not None
    assert key_of(ledger) == key.key
    assert [one.size for one in signed_rightly(ledger)] == [FOUND, FOUND + 1][: signed_before + 1]
    assert (fence == found.note) == (where in ("after the fence", "after the row"))
