"""The file of a backup: a zip with one member of JSON lines for each table, and behind them a manifest that says what they are.

- `tables/NAME.jsonl` holds the lines of a table (`ledger.store.copying`), deflated; sizes above 4 GiB are ZIP64's own.
- `manifest.json` comes last, so a file that has one was written to its end. It tells the revision of the schema and the release,
  the size and root of the log, its name, and for each table its columns, how many lines there are and their SHA-256.
- It is written beside its place, for its owner alone to read, and moved there when it is whole and on the disk.
- Nothing of it is believed before all of it was read: `opened` holds every line against the manifest, and that against the members.

The digests find damage, not forgery: whoever can write the file can write them. Whether the log is the one that was signed is found
out by `pool-ledger check`.
"""

import hashlib
import json
import os
import tempfile
import zipfile
import zlib
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from stat import S_ISREG
from struct import error as struct_error
from typing import Any, Final

FORMAT: Final = "pool-ledger-backup"
VERSION: Final = 1
MANIFEST: Final = "manifest.json"
MANIFEST_BYTES_MAX: Final = 1 << 20
LINE_BYTES_MAX: Final = 1 << 28  # far beyond the answer to the largest batch
PIECE_BYTES: Final = 1 << 20
LEVEL: Final = 1  # salts and hashes do not shrink, whatever the effort

# What the library and zlib raise for a file that was damaged in one place or another.
_DAMAGE: Final = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError, KeyError, OverflowError,
                  struct_error)  # fmt: skip


class NoBackup(Exception):
    """A backup that cannot be made or restored; tells in both languages why."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(en)
        self.zh = zh
        self.en = en


def damaged(path: Path, zh: str, en: str) -> NoBackup:
    return NoBackup(
        f"备份文件 {path} 不完整或已损坏({zh}):数据库未作任何改动,请改用另一份备份",
        f"the backup {path} is cut off or damaged ({en}): nothing was written to the database; take another copy",
    )


@dataclass(frozen=True, slots=True)
class Kept:
    """A table as the manifest tells it: the sorts of its columns in their order, how many lines, and their digest in hex."""

    columns: Mapping[str, str]
    rows: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup says of itself: `root` is that of the log at `size`, `taken_at` and `recorded_at` are RFC 3339."""

    release: str
    revision: str
    origin: str
    taken_at: str
    size: int
    root: bytes
    recorded_at: str | None
    tables: Mapping[str, Kept]
    left_out: tuple[str, ...]

    @property
    def rows(self) -> int:
        return sum(kept.rows for kept in self.tables.values())

    def to_bytes(self) -> bytes:
        tables = {
            name: {"columns": [[*pair] for pair in kept.columns.items()], "rows": kept.rows, "sha256": kept.sha256}
            for name, kept in self.tables.items()
        }
        told = {
            "format": FORMAT, "version": VERSION, "release": self.release, "revision": self.revision, "origin": self.origin,
            "taken_at": self.taken_at,
            "log": {"size": self.size, "root": b64encode(self.root).decode(), "recorded_at": self.recorded_at},
            "tables": tables, "left_out": self.left_out,
        }  # fmt: skip
        return json.dumps(told, ensure_ascii=False, indent=1).encode() + b"\n"

    @classmethod
    def parse(cls, data: bytes) -> "Manifest":
        """Raises ValueError for what is no manifest of a version that this release reads."""
        try:
            told = json.loads(data)
            if (told["format"], told["version"]) != (FORMAT, VERSION):
                raise ValueError("of another format or version")
            tables = {
                _text(name): Kept(
                    {_text(column): _text(sort) for column, sort in one["columns"]}, _whole(one["rows"]), _text(one["sha256"])
                )
                for name, one in told["tables"].items()
            }
            log, at = told["log"], told["log"]["recorded_at"]
            return cls(
                _text(told["release"]), _text(told["revision"]), _text(told["origin"]), _text(told["taken_at"]),
                _whole(log["size"]), b64decode(log["root"], validate=True), None if at is None else _text(at), tables,
                tuple(map(_text, told["left_out"])),
            )  # fmt: skip
        except (LookupError, TypeError, AttributeError, RecursionError):
            raise ValueError("no manifest") from None


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _whole(value: Any) -> int:
    if type(value) is not int or value < 0:
        raise TypeError
    return value


def _member(table: str) -> str:
    return f"tables/{table}.jsonl"


# --- written ---------------------------------------------------------------------------------------------------------


class Writer:
    """Takes tables one after the other, and the manifest last."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive

    def table(self, name: str, columns: Mapping[str, str], portions: Iterable[tuple[int, bytes]]) -> Kept:
        rows, digest = 0, hashlib.sha256()
        with self._archive.open(_member(name), "w", force_zip64=True) as member:
            for count, lines in portions:
                rows += count
                digest.update(lines)
                member.write(lines)
        return Kept(columns, rows, digest.hexdigest())

    def manifest(self, manifest: Manifest) -> None:
        self._archive.writestr(MANIFEST, manifest.to_bytes())


@contextmanager
def written(path: Path) -> Iterator[Writer]:
    """A backup at `path`, if all goes well; otherwise what was there before. Raises NoBackup, OSError."""
    if path.exists() and not S_ISREG(path.stat().st_mode):
        raise NoBackup(f"{path} 不是普通文件", f"{path} is no ordinary file")
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)  # mode 0600
    try:
        with open(handle, "wb") as file:
            with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=LEVEL) as archive:
                yield Writer(archive)
            file.flush()
            os.fsync(handle)
        os.replace(name, path)
    except BaseException:
        with suppress(OSError):
            os.unlink(name)
        raise
    folder = os.open(path.parent, os.O_RDONLY)  # the name is kept by its folder
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


# --- read ------------------------------------------------------------------------------------------------------------


class Backup:
    """A backup that was found whole; `lines` reads a table again."""

    def __init__(self, path: Path, archive: zipfile.ZipFile, manifest: Manifest) -> None:
        self.manifest: Final = manifest
        self._path = path
        self._archive = archive

    def lines(self, table: str) -> Iterator[bytes]:
        """Lines without their ends. Raises NoBackup where the file was changed since it was opened."""
        kept, digest, rows = self.manifest.tables[table], hashlib.sha256(), 0
        with _damage_of(self._path), self._archive.open(_member(table)) as member:
            while line := member.readline(LINE_BYTES_MAX):
                digest.update(line)
                rows += 1
                yield line[:-1]
        if (rows, digest.hexdigest()) != (kept.rows, kept.sha256):
            raise damaged(self._path, f"{table} 在读取期间被改动", f"{table} was changed while it was read")


@contextmanager
def opened(path: Path, read: Callable[[int, int], None] = lambda rows, total: None) -> Iterator[Backup]:
    """A backup after every line of it was held against its manifest; `read` is told lines. Raises NoBackup, OSError."""
    with path.open("rb") as file:
        with _damage_of(path):
            archive = zipfile.ZipFile(file)
        with archive:
            with _damage_of(path):
                manifest = _manifest(path, archive)
                done = 0
                for name, kept in manifest.tables.items():
                    _hold(path, archive, name, kept)
                    done += kept.rows
                    read(done, manifest.rows)
            yield Backup(path, archive, manifest)


@contextmanager
def _damage_of(path: Path) -> Iterator[None]:
    try:
        yield
    except _DAMAGE as error:
        raise damaged(path, str(error) or type(error).__name__, str(error) or type(error).__name__) from None


def _manifest(path: Path, archive: zipfile.ZipFile) -> Manifest:
    members = archive.infolist()
    if any(one.compress_type != zipfile.ZIP_DEFLATED or one.flag_bits & 1 for one in members):
        raise damaged(path, "压缩方式不明", "a member is packed in another way")
    if not members or members[-1].filename != MANIFEST or members[-1].file_size > MANIFEST_BYTES_MAX:
        raise damaged(path, "缺少清单", "it has no manifest at its end")
    manifest = Manifest.parse(archive.read(members[-1]))
    if [one.filename for one in members[:-1]] != [_member(name) for name in manifest.tables]:
        raise damaged(path, "内容与清单不符", "its members are not those of its manifest")
    return manifest


def _hold(path: Path, archive: zipfile.ZipFile, name: str, kept: Kept) -> None:
    rows, digest, length = 0, hashlib.sha256(), 0
    with archive.open(_member(name)) as member:
        while piece := member.read(PIECE_BYTES):
            digest.update(piece)
            rows += piece.count(b"\n")
            last = piece.rfind(b"\n")
            length = length + len(piece) if last < 0 else len(piece) - last - 1
            if length >= LINE_BYTES_MAX:
                raise damaged(path, f"{name} 有一行过长", f"{name} has a line that is too long")
    if length or (rows, digest.hexdigest()) != (kept.rows, kept.sha256):
        raise damaged(path, f"{name} 与清单不符", f"{name} is not what the manifest tells")
