"""The key file and the fence: written whole or not at all, never over another, and quiet about the secret."""

import base64
import os
import stat
from pathlib import Path

import pytest

from ledger.proof.checkpoints import Checkpoint
from ledger.proof.notes import ED25519, Note, VerifierKey
from ledger.signing import BadKeyFile, Fence, Signer, is_exposed, load_key, new_key

ORIGIN = "ledger.example/log"

# LOG.md A9, vectors 3 and 4.
SEED = bytes.fromhex("eca663f499017d2365c27c7a7679158d43cfec1330bdb259290afbd0d21777a0")
VKEY = "example.com/log/testdata+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx"
CHECKPOINT = """example.com/log/testdata
2
T1X2GdkhUjV3iyufF9b0kVsWFxIU0VI4EpNml2Teci4=

— example.com/log/testdata M9e0llH4NKmlf0u7C8tkJioQOmi7l5ELqljXgKRg6R3G5JJ7vx7emDWo5fpqKuA/Dk/jRrI6il+7QCVirNhyUAWGoAk=
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "keys" / "signing.key"


def secret_of(path: Path) -> str:
    return path.read_text().rstrip("\n").removeprefix("PRIVATE+KEY+").split("+", 2)[2]


def test_a_signature_is_the_one_of_the_published_vector():
    signer = Signer("example.com/log/testdata", SEED)
    text = CHECKPOINT.split("\n\n")[0] + "\n"
    assert str(signer.key) == VKEY
    assert Note(text, (signer.sign(text),)).to_bytes() == CHECKPOINT.encode()


def test_a_key_file_is_the_private_key_line_of_the_note_package(path):
    path.parent.mkdir()
    encoded = base64.b64encode(b"\x01" + SEED).decode()
    path.write_text(f"PRIVATE+KEY+example.com/log/testdata+33d7b496+{encoded}\n")
    signer = load_key(path)
    assert signer is not None
    assert str(signer.key) == VKEY


def test_a_new_key_is_the_one_that_is_loaded_again(path):
    made, loaded = new_key(path, ORIGIN), load_key(path)
    assert loaded is not None
    assert loaded.key == made.key
    assert made.key == VerifierKey(ORIGIN, ED25519, made.key.public)
    assert made.sign("text\n") == loaded.sign("text\n")
    assert made.key.verifies("text\n", made.sign("text\n").data)
    assert path.read_text() == f"PRIVATE+KEY+{ORIGIN}+{made.key.id.hex()}+{secret_of(path)}\n"


def test_every_new_key_is_another(tmp_path):
    assert new_key(tmp_path / "a", ORIGIN).key != new_key(tmp_path / "b", ORIGIN).key


def test_nobody_but_its_owner_reads_a_new_key_whatever_the_mask(path):
    before = os.umask(0)
    try:
        new_key(path, ORIGIN)
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert not is_exposed(path)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o644, 0o601])
def test_a_key_file_that_others_may_open_is_noticed(path, mode):
    new_key(path, ORIGIN)
    path.chmod(mode)
    assert is_exposed(path)


def test_a_key_is_never_written_over_another_file(path):
    first = new_key(path, ORIGIN)
    with pytest.raises(BadKeyFile, match="is there already"):
        new_key(path, ORIGIN)
    loaded = load_key(path)
    assert loaded is not None
    assert loaded.key == first.key
    assert list(path.parent.iterdir()) == [path]  # no rests either


def test_a_key_that_cannot_be_written_leaves_nothing_behind(path, monkeypatch):
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(BadKeyFile, match="No space left"):
        new_key(path, ORIGIN)
    assert list(path.parent.iterdir()) == []


def test_a_key_that_is_not_there_is_no_fault(path):
    assert load_key(path) is None
    assert not is_exposed(path)


@pytest.mark.parametrize("origin", ["", "two words", "a+b"])
def test_a_name_that_no_key_can_have_makes_none(path, origin):
    with pytest.raises(BadKeyFile):
        new_key(path, origin)
    assert not path.exists()


def spoiled(line: str) -> dict[str, bytes]:
    head, name, key_id, secret = line[:11], *line[12:].split("+", 2)
    other = ("0" if key_id[0] != "0" else "1") + key_id[1:]
    raw = base64.b64decode(secret)
    return {
        "empty": b"",
        "cut off": line[: len(line) // 2].encode(),
        "another id": f"{head}+{name}+{other}+{secret}".encode(),
        "another name": f"{head}+x{name}+{key_id}+{secret}".encode(),
        "no name": f"{head}++{key_id}+{secret}".encode(),
        "two lines": f"{line}\n{line}".encode(),
        "a public key": f"{name}+{key_id}+{secret}".encode(),
        "another algorithm": f"{head}+{name}+{key_id}+{base64.b64encode(bytes([4]) + raw[1:]).decode()}".encode(),
        "a seed too long": f"{head}+{name}+{key_id}+{base64.b64encode(raw + bytes(1)).decode()}".encode(),
        "no base64": f"{head}+{name}+{key_id}+{secret[:-2]}!!".encode(),
        "no text": b"\xff\xfe" + line.encode(),
        "a name with a line feed": f"{head}+{name}\n+{key_id}+{secret}".encode(),
    }


@pytest.mark.parametrize("how", spoiled("PRIVATE+KEY+a+00000000+AAAA"))
def test_a_spoiled_key_file_is_refused_without_quoting_it(path, how):
    new_key(path, ORIGIN)
    secret = secret_of(path)
    path.write_bytes(spoiled(path.read_text().rstrip("\n"))[how])
    with pytest.raises(BadKeyFile) as caught:
        load_key(path)
    for said in (str(caught.value), caught.value.zh, caught.value.en):
        assert str(path) in said
        assert not any(secret[at : at + 8] in said for at in range(len(secret) - 8))


def test_a_folder_in_the_place_of_a_key_is_told(path):
    path.mkdir(parents=True)
    with pytest.raises(BadKeyFile, match="cannot be read"):
        load_key(path)


def test_a_signer_shows_its_public_side_only(path):
    signer = new_key(path, ORIGIN)
    assert repr(signer) == str(signer) == f"Signer({signer.key})"
    assert not hasattr(signer, "__dict__")


def test_a_fence_keeps_the_last_note(path):
    signer, fence = new_key(path, ORIGIN), Fence(path)
    assert fence.path == path.with_name("signing.key.checkpoint")
    assert fence.read() is None
    for size in (1, 2):
        text = Checkpoint(ORIGIN, size, bytes(32)).text
        note = Note(text, (signer.sign(text),)).to_bytes()
        fence.write(note)
        assert fence.read() == note
    assert {one.name for one in path.parent.iterdir()} == {"signing.key", "signing.key.checkpoint"}


def test_a_fence_that_cannot_be_written_stays_what_it_was(path, monkeypatch):
    new_key(path, ORIGIN)
    fence = Fence(path)
    fence.write(b"old")

    def fails(*_: object) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(os, "fsync", fails)
    with pytest.raises(OSError, match="Input/output"):
        fence.write(b"new")
    assert fence.read() == b"old"
    assert {one.name for one in path.parent.iterdir()} == {"signing.key", "signing.key.checkpoint"}


def test_a_fence_keeps_the_mode_that_it_had(path):
    new_key(path, ORIGIN)
    fence = Fence(path)
    fence.write(b"first")
    assert stat.S_IMODE(fence.path.stat().st_mode) == 0o600
    fence.path.chmod(0o640)
    fence.write(b"second")
    assert (fence.read(), stat.S_IMODE(fence.path.stat().st_mode)) == (b"second", 0o640)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_a_fence_that_root_writes_stays_with_the_account_of_the_service(path):
    new_key(path, ORIGIN)
    fence = Fence(path)
    fence.write(b"first")
    os.chown(fence.path, 12345, 23456)
    fence.write(b"second")
    told = fence.path.stat()
    assert (fence.read(), told.st_uid, told.st_gid, stat.S_IMODE(told.st_mode)) == (b"second", 12345, 23456, 0o600)


def test_a_fence_whose_owner_cannot_be_kept_is_written_all_the_same(path, monkeypatch):
    new_key(path, ORIGIN)
    fence = Fence(path)
    fence.write(b"first")

    def not_permitted(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "fchown", not_permitted)
    fence.write(b"second")
    assert fence.read() == b"second"
