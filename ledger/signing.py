"""The key that signs the log, in a file of its own, and beside it the last checkpoint that it signed: the fence.

- A key file is one line, in the spelling that Go's golang.org/x/mod/sumdb/note knows: PRIVATE+KEY+name+id+key. Nobody but its
  owner may read it. It is written whole or not at all, and never over another.
- The key's name is the origin of its log. The secret shows in no message, no `repr` and no database.
- The fence `<key file>.checkpoint` is written before a checkpoint is seen by anybody, and outlives a database that is restored
  from a copy. Copies of the key leave it out.

When a key may be made, and what a fence forbids, is decided by `ledger.actions.sign`.
"""

import os
import secrets
import stat
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ledger.proof.notes import ED25519, BadKey, Signature, VerifierKey, check_name, from_base64, to_base64

PRIVATE: Final = "PRIVATE+KEY+"
SEED_BYTES: Final = 32
MAX_FILE_BYTES: Final = 10_000  # far more than a key or a checkpoint takes
OWNER_ONLY: Final = 0o600


class BadKeyFile(Exception):
    """A key file that cannot be used or made; tells in both languages what is wrong with it, and never what is in it."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(en)
        self.zh = zh
        self.en = en


class Signer:
    """Signs texts; `key` is what verifies them."""

    __slots__ = ("_private", "key")

    def __init__(self, name: str, seed: bytes) -> None:
        self._private: Final = Ed25519PrivateKey.from_private_bytes(seed)
        self.key: Final = VerifierKey(name, ED25519, self._private.public_key().public_bytes_raw())

    def __repr__(self) -> str:
        return f"Signer({self.key})"

    def sign(self, text: str) -> Signature:
        """The same text always has the same signature (RFC 8032)."""
        return Signature(self.key.name, self.key.id, self._private.sign(text.encode()))


def load_key(path: Path) -> Signer | None:
    """The signer whose key is in the file; None where there is no such file. Raises BadKeyFile."""
    try:
        data = _read(path)
    except OSError as error:
        raise BadKeyFile(
            f"无法读取签名密钥文件 {path}({error.strerror})", f"the key file {path} cannot be read: {error.strerror}"
        ) from None
    if data is None:
        return None
    if signer := _parsed(data):
        return signer
    raise BadKeyFile(
        f"签名密钥文件 {path} 内容不完整或已损坏,请从安全备份恢复该文件",
        f"the key file {path} does not hold a whole private key: put it back from a safe copy",
    )


def new_key(path: Path, origin: str) -> Signer:
    """Make a key for the log `origin` in a new file, with its folder. Raises BadKeyFile, also where the file is there already."""
    try:
        check_name(origin)
    except BadKey as error:
        raise BadKeyFile(f"日志名称 {origin} 不能用作密钥名称", str(error)) from None
    seed = secrets.token_bytes(SEED_BYTES)
    signer = Signer(origin, seed)
    line = f"{PRIVATE}{origin}+{signer.key.id.hex()}+{to_base64(bytes([ED25519]) + seed)}\n"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        written = _written(path, line.encode())
        try:
            os.link(written, path)  # unlike a renaming, this never takes the place of a file that is there
        finally:
            written.unlink()
        _sync_folder(path)
    except FileExistsError:
        raise BadKeyFile(f"签名密钥文件 {path} 已存在", f"the key file {path} is there already") from None
    except OSError as error:
        raise BadKeyFile(
            f"无法写入签名密钥文件 {path}({error.strerror})", f"the key file {path} cannot be written: {error.strerror}"
        ) from None
    return signer


def is_exposed(path: Path) -> bool:
    """Whether others than its owner may read or change the file."""
    with suppress(OSError):
        return bool(path.stat().st_mode & 0o077)
    return False


class Fence:
    """The last checkpoint that was signed with the key in a file; `path` is that of the fence itself."""

    def __init__(self, key_file: Path) -> None:
        self.path: Final = key_file.with_name(f"{key_file.name}.checkpoint")

    def read(self) -> bytes | None:
        """The signed note, None before the first. Raises OSError."""
        return _read(self.path)

    def write(self, note: bytes) -> None:
        """Put the note in the place of the one before, so that no fall of the machine leaves neither. Raises OSError.

        Owner and mode stay as far as they can be given: a command that root runs does not take the fence away from the service.
        """
        try:
            before = self.path.stat()
        except FileNotFoundError:
            before = None
        os.replace(_written(self.path, note, before), self.path)
        _sync_folder(self.path)


def _parsed(data: bytes) -> Signer | None:
    try:
        text = data.decode().removesuffix("\n")
    except UnicodeDecodeError:
        return None
    if not text.startswith(PRIVATE):
        return None
    # The name holds no plus sign, base64 may.
    name, _, rest = text.removeprefix(PRIVATE).partition("+")
    key_id, _, encoded = rest.partition("+")
    secret = from_base64(encoded)
    if secret is None or len(secret) != 1 + SEED_BYTES or secret[0] != ED25519:
        return None
    try:
        signer = Signer(name, secret[1:])
    except BadKey:
        return None
    return signer if signer.key.id.hex() == key_id else None


def _read(path: Path) -> bytes | None:
    try:
        with path.open("rb") as file:
            return file.read(MAX_FILE_BYTES)
    except FileNotFoundError:
        return None


def _written(path: Path, data: bytes, like: os.stat_result | None = None) -> Path:
    """A new file beside `path` with these bytes, on the disk; only its owner may read it, or whoever might one `like` this."""
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with open(handle, "wb") as file:
            if like is not None:
                with suppress(PermissionError):
                    os.fchown(handle, like.st_uid, like.st_gid)
            os.fchmod(handle, OWNER_ONLY if like is None else stat.S_IMODE(like.st_mode))
            file.write(data)
            file.flush()
            os.fsync(handle)
    except BaseException:
        with suppress(OSError):
            os.unlink(name)
        raise
    return Path(name)


def _sync_folder(path: Path) -> None:
    # A name is kept by its folder: without this the file may be on the disk and its name not.
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
