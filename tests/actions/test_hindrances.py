"""What keeps the log from being published is told in both languages with what to do; nothing is signed, entries are taken, and
what was published stays published. Each test ends the trouble as its message says, where it can be ended.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, update

from ledger.actions.hindrances import CannotPublish
from ledger.actions.ledger import Ledger
from ledger.actions.publish import publish, published
from ledger.proof.checkpoints import Checkpoint
from ledger.proof.notes import Note
from ledger.signing import Fence, new_key
from ledger.store import tables as t
from ledger.store.log import read_head, root
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

Copy = Callable[[Ledger], AbstractContextManager[Ledger]]
AGAIN = "What is lost for good is followed by a new log"


@pytest.fixture
def ledger(engine: Engine, tmp_path: Path) -> Ledger:
    return founded(tmp_path, engine)


@pytest.fixture
def copy_of(tmp_path: Path, request: pytest.FixtureRequest) -> Copy:
    """Copies a ledger's database; the copy uses the same key file and fence."""
    return lambda ledger: copied(ledger, tmp_path, lambda: request.getfixturevalue("postgresql_server"))


def refused(ledger: Ledger, en: str, zh: str) -> None:
    """Publishing is refused with these words, and changes nothing; recording goes on."""
    fence = Fence(ledger.settings.signing_key_file)
    before = (every(ledger, t.checkpoint), fence.read(), ledger.settings.signing_key_file.exists())
    with ledger.read() as reading:
        was_published, size = published(reading), reading.size
    with pytest.raises(CannotPublish) as caught:
        publish(ledger)
    assert en in caught.value.en == str(caught.value)
    assert zh in caught.value.zh
    assert (every(ledger, t.checkpoint), fence.read(), ledger.settings.signing_key_file.exists()) == before
    grow(ledger, 5000 + size)
    with ledger.read() as reading:
        assert (published(reading), reading.size) == (was_published, size + 1)


@contextmanager
def moved_away(path: Path) -> Iterator[None]:
    path.rename(path.with_name("away"))
    yield
    path.unlink(missing_ok=True)
    path.with_name("away").rename(path)


# --- the key ---------------------------------------------------------------------------------------------------------


def test_a_key_that_is_gone_is_not_made_anew(ledger: Ledger) -> None:
    publish(ledger)
    path, id_ = ledger.settings.signing_key_file, key_of(ledger).id.hex()
    words = f"the key file {path} is not there, and this log was signed with the key {id_}"
    for with_fence in (True, False):
        if not with_fence:
            Fence(path).path.unlink()
        with moved_away(path):
            refused(ledger, words, "请从安全备份恢复该文件")
    publish(ledger)
    signed_rightly(ledger)


def test_a_log_is_not_signed_with_another_key_of_its_name(ledger: Ledger) -> None:
    publish(ledger)
    path, id_ = ledger.settings.signing_key_file, key_of(ledger).id.hex()
    with moved_away(path):
        other = new_key(path, ORIGIN).key.id.hex()
        words = f"holds the key {other} of {ORIGIN}, and this log was signed with the key {id_} of {ORIGIN}: put the right"
        refused(ledger, words, "请恢复原密钥文件")
    publish(ledger)
    signed_rightly(ledger)


def test_a_log_is_not_signed_with_the_key_of_another_log(ledger: Ledger) -> None:
    publish(ledger)
    path = ledger.settings.signing_key_file
    with moved_away(path):
        new_key(path, "other.example/log")
        refused(ledger, "of other.example/log, and this log was signed with the key", "other.example/log 的密钥")


def test_a_log_that_was_published_keeps_its_name(ledger: Ledger) -> None:
    publish(ledger)
    renamed = with_settings(ledger, origin="other.example/log")
    words = f"LEDGER_ORIGIN is other.example/log, but this log was published as {ORIGIN}: set LEDGER_ORIGIN={ORIGIN} again"
    refused(renamed, words, f"请改回 LEDGER_ORIGIN={ORIGIN}")
    # Nor with a key that fits the new name.
    refused(with_settings(renamed, signing_key_file=ledger.settings.signing_key_file.with_name("new")), words, "请改回")
    publish(ledger)


def test_before_the_first_checkpoint_a_key_of_another_name_is_not_used(ledger: Ledger) -> None:
    new_key(ledger.settings.signing_key_file, "other.example/log")
    refused(ledger, "is that of the log other.example/log, and LEDGER_ORIGIN is", "本数据库尚未发布过")
    publish(with_settings(ledger, origin="other.example/log"))
    assert len(sizes(ledger)) == 1


def test_a_key_that_was_made_beforehand_signs_the_first_checkpoint(ledger: Ledger) -> None:
    key = new_key(ledger.settings.signing_key_file, ORIGIN).key
    publish(ledger)
    assert key_of(ledger) == key
    signed_rightly(ledger)


def test_a_spoiled_key_file_is_told_and_left_alone(ledger: Ledger) -> None:
    publish(ledger)
    path = ledger.settings.signing_key_file
    with moved_away(path):
        path.write_text("PRIVATE+KEY+")
        refused(ledger, "does not hold a whole private key", "内容不完整或已损坏")
        assert path.read_text() == "PRIVATE+KEY+"


def test_a_fence_without_its_key_makes_no_new_one(tmp_path: Path, ledger: Ledger) -> None:
    """A fresh database, and a folder in which a log was signed once: its key is missed, not replaced."""
    path = ledger.settings.signing_key_file
    path.parent.mkdir()
    Fence(path).path.write_bytes(b"whatever")
    refused(ledger, "tells that a log was signed, but the key file", "表明日志曾经签署")
    publish(with_settings(ledger, signing_key_file=tmp_path / "new" / "key"))


# --- the fence -------------------------------------------------------------------------------------------------------


def test_a_database_that_is_older_than_what_was_signed_is_not_signed(ledger: Ledger, copy_of: Copy) -> None:
    """Yesterday's backup is put back, the file beside the key was not part of it."""
    publish(ledger)
    with copy_of(ledger) as yesterday:
        grow(ledger, 1, 5)
        publish(ledger)
        fence = Fence(ledger.settings.signing_key_file).path
        words = f"{fence} tells of {FOUND + 5} entries that were signed, and this database holds {FOUND}: it is older"
        refused(yesterday, words, f"{fence} 表明已签署 {FOUND + 5} 条,而本数据库只有 {FOUND} 条")
        with pytest.raises(CannotPublish, match=AGAIN):
            publish(yesterday)
        # And when it has grown beyond, with other entries, it is another log for good.
        grow(yesterday, 900, 20)
        refused(yesterday, f"tells of other first {FOUND + 5} entries than this database holds", "与本数据库的内容不同")
        assert sizes(yesterday) == [FOUND]
    grow(ledger, 50)
    publish(ledger)
    signed_rightly(ledger)


def test_an_older_database_is_noticed_before_it_grows(ledger: Ledger, copy_of: Copy) -> None:
    publish(ledger)
    with copy_of(ledger) as yesterday:
        grow(ledger, 1)
        publish(ledger)
        with pytest.raises(CannotPublish, match="it is older than what was signed"):
            publish(yesterday)


def test_a_database_from_before_the_first_checkpoint_is_not_signed_either(ledger: Ledger, copy_of: Copy) -> None:
    with copy_of(ledger) as before_the_first:
        grow(ledger, 1)
        publish(ledger)
        refused(before_the_first, f"tells of {FOUND + 1} entries that were signed", f"已签署 {FOUND + 1} 条")


def test_a_copy_that_continues_what_was_signed_is_not_stopped_by_a_fence_of_its_own(
    ledger: Ledger, copy_of: Copy, tmp_path: Path
) -> None:
    """A fence tells an old state from a new one, not one machine from another: that takes witnesses (`test_witnesses`)."""
    publish(ledger)
    with copy_of(ledger) as clone:
        folder = tmp_path / "clone"
        folder.mkdir()
        path = ledger.settings.signing_key_file
        for file in (path, Fence(path).path):
            (folder / file.name).write_bytes(file.read_bytes())
        clone = with_settings(clone, signing_key_file=folder / path.name)
        grow(ledger, 1)
        grow(clone, 2)
        assert publish(ledger) != publish(clone)
        assert sizes(ledger) == sizes(clone) == [FOUND, FOUND + 1]


def test_a_fence_of_another_key_is_told(ledger: Ledger) -> None:
    publish(ledger)
    path = ledger.settings.signing_key_file
    fence, own = Fence(path), Fence(path).read()
    other = new_key(path.with_name("other"), ORIGIN)
    text = Checkpoint(ORIGIN, 1, bytes(32)).text
    fence.write(Note(text, (other.sign(text),)).to_bytes())
    refused(ledger, "is no checkpoint signed with this key (note: is signed by no key", "不是本密钥签署的检查点")
    assert own
    fence.write(own)
    publish(ledger)


@pytest.mark.parametrize("spoiled", [b"", b"x", b"\xff", b"a\n\nb\n"])
def test_a_spoiled_fence_is_told_and_mended_with_the_published_checkpoint(ledger: Ledger, spoiled: bytes) -> None:
    found = publish(ledger)
    fence = Fence(ledger.settings.signing_key_file)
    fence.path.write_bytes(spoiled)
    refused(ledger, "put the last published checkpoint in its place, byte for byte", "请用最近发布的检查点原样替换")
    assert found
    fence.path.write_bytes(found.note)
    publish(ledger)


def test_a_fence_that_is_lost_is_made_again(ledger: Ledger) -> None:
    publish(ledger)
    fence = Fence(ledger.settings.signing_key_file)
    fence.path.unlink()
    grow(ledger, 1)
    found = publish(ledger)
    assert found
    assert fence.read() == found.note


def test_a_fence_that_cannot_be_written_keeps_the_checkpoint_back(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    publish(ledger)
    grow(ledger, 1)

    def full(self: Fence, note: bytes) -> None:
        raise OSError(28, "No space left on device", str(self.path))

    with monkeypatch.context() as patched:
        patched.setattr(Fence, "write", full)
        refused(ledger, "cannot be read or written", "请检查文件夹、权限和磁盘空间")
    publish(ledger)
    signed_rightly(ledger)


# --- the tables ------------------------------------------------------------------------------------------------------


def altered(ledger: Ledger, do: Callable[[Connection], object]) -> None:
    """As somebody does who owns the database: the guards are put aside."""
    with ledger.engine.begin() as connection:
        if ledger.engine.dialect.name == "postgresql":
            for table in t.GUARDED:
                connection.exec_driver_sql(f"ALTER TABLE {table.name} DISABLE TRIGGER ALL")
        else:
            for name in connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'trigger'").scalars().all():
                connection.exec_driver_sql(f"DROP TRIGGER {name}")
        do(connection)
    ledger.tile_roots.clear()


def another_leaf(connection: Connection, index: int) -> None:
    connection.execute(update(t.entry).where(t.entry.c.index == index).values(leaf_hash=b"\x07" * 32))


def another_leaf_and_head(connection: Connection) -> None:
    another_leaf(connection, 3)
    head = read_head(connection)
    head.frontier.roots[0] = root(connection, 8)
    connection.execute(update(t.log_head).values(frontier=head.frontier.to_bytes()))


@pytest.mark.parametrize(
    ("do", "en", "zh"),
    [
        pytest.param(lambda tx: another_leaf(tx, 260), "tiles and head tell two roots", "前后不一", id="a leaf of the open tile"),
        pytest.param(lambda tx: tx.execute(t.tile.delete()), "a tile is missing", "前后不一", id="a tile"),
        pytest.param(
            lambda tx: tx.execute(update(t.tile).values(hashes=bytes(8192))), "tell two roots", "前后不一", id="hashes of a tile"
        ),
        pytest.param(
            lambda tx: tx.execute(update(t.log_head).values(frontier=b"")), "frontier", "前后不一", id="the head"
        ),
        pytest.param(
            lambda tx: tx.execute(update(t.checkpoint).values(root=bytes(32))), "does not fit its note", "前后不一", id="a root"
        ),
        pytest.param(
            lambda tx: tx.execute(update(t.checkpoint).values(note="x")), "note: ", "前后不一", id="a note"
        ),
    ],
)  # fmt: skip
def test_a_log_that_was_changed_is_not_signed(ledger: Ledger, do: Callable[[Connection], object], en: str, zh: str) -> None:
    grow(ledger, 1, 251)
    publish(ledger)
    grow(ledger, 300)
    altered(ledger, do)
    with pytest.raises(CannotPublish) as caught:
        publish(ledger)
    assert en in caught.value.en
    assert zh in caught.value.zh
    assert "pool-ledger check" in caught.value.en
    assert len(sizes(ledger)) == 1


def test_a_leaf_that_was_changed_below_its_tile_does_not_change_what_is_signed(ledger: Ledger) -> None:
    """The tile says what the leaf said before; the difference between them is for `pool-ledger check` to find."""
    grow(ledger, 1, 251)
    with ledger.read() as reading:
        before = reading.head.root
    altered(ledger, lambda tx: another_leaf(tx, 3))
    found = publish(ledger)
    assert found
    assert found.root == before


def test_a_log_that_was_rewritten_with_its_head_is_not_signed(ledger: Ledger) -> None:
    publish(ledger)
    Fence(ledger.settings.signing_key_file).path.unlink()
    altered(ledger, another_leaf_and_head)
    refused(ledger, "the last checkpoint in the database tells of other first 10 entries", "数据库中的上一个检查点所记前 10 条")


def test_messages_quote_nothing_of_the_key(ledger: Ledger) -> None:
    publish(ledger)
    path = ledger.settings.signing_key_file
    secret = path.read_text().rstrip().split("+", 4)[4]
    for origin in ("other.example/log", ORIGIN):
        with moved_away(path), pytest.raises(CannotPublish) as caught:
            publish(with_settings(ledger, origin=origin))
        assert secret not in caught.value.en + caught.value.zh


def test_a_ledger_without_entries_is_hindered_by_nothing(engine: Engine, tmp_path: Path) -> None:
    assert publish(ledger_in(tmp_path / "other", engine)) is None
