"""The container of an export: a zip file in one spelling, written piece by piece and read back without trust.

- The same names and contents give the same bytes, whatever machine and library release: nothing is compressed, every member has
  the same day, version and attributes, there are no comments, no gaps and nothing before or after.
- A member whose name ends in `.jsonl` is streamed: its checksum and its size in eight bytes (ZIP64) follow it. Any other is whole,
  with both in front of it. So the spelling hangs on the name alone, never on a size that is known too late.
- ZIP64 appears elsewhere exactly where a number does not fit: an offset or size from 0xFFFFFFFF, 65 535 members or more.
- A name is safe to unpack: plain ASCII, at most 255 long, relative, no part that begins with a dot.
- `Opened` reads the directory, which then says what every byte outside the contents has to be. A file that differs in the directory
  or behind it is refused at once; `wrong` tells the rest. Nothing can swell: what is read is as long as the file.

A CRC finds an accident, not an attacker: what a content must be is left to the signature and the digests inside.
Source: PKWARE's APPNOTE.TXT 6.3.10, sections 4.3 to 4.5.
"""

import os
import re
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from struct import Struct
from typing import Final

from ledger.proof.merkle import Damaged

STREAMED: Final = ".jsonl"
MANY: Final = 0xFFFF  # stands in a field of two bytes for a number that does not fit
BIG: Final = 0xFFFFFFFF  # the same for four bytes

_NAME: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]*(?:/[A-Za-z0-9_][A-Za-z0-9._-]*)*")
_NAME_MAX: Final = 255
_PIECE_BYTES: Final = 1 << 16

_LOCAL: Final = Struct("<4s5H3L2H")
_DESCRIPTOR: Final = Struct("<4sL2Q")
_CENTRAL: Final = Struct("<4s6H3L5H2L")
_END64: Final = Struct("<4sQ2H2L4Q")
_LOCATOR: Final = Struct("<4sLQL")
_END: Final = Struct("<4s4H2LH")

_VERSION: Final = 45  # the first with ZIP64; one for all members, needed or not
_MADE_BY: Final = 3 << 8 | _VERSION  # Unix, so that the attributes mean:
_ATTRIBUTES: Final = 0o100644 << 16  # a plain file that everybody may read
_SIZE_FOLLOWS: Final = 1 << 3
_STORED: Final = 0
_TIME: Final = 0
_DATE: Final = 1 << 5 | 1  # 1 January 1980, the first day that zip knows

_THE_FILE: Final = "zip"  # what is damaged, when it is no single member


def check_name(name: str) -> None:
    """Raises ValueError for a name that no member may have."""
    if not _NAME.fullmatch(name) or len(name) > _NAME_MAX:
        raise ValueError(f"{name!r} is no name for a member: parts of ASCII letters, digits, . _ and -, joined by /")


@dataclass(frozen=True, slots=True)
class Limits:
    """From which numbers on ZIP64 is used. Lower ones are for tests, which cannot write four gigabytes."""

    members: int = MANY
    bytes: int = BIG


@dataclass(frozen=True, slots=True)
class _Member:
    """What the directory says of a member; all bytes around its content follow from it."""

    name: str
    crc: int
    size: int
    offset: int

    @property
    def streamed(self) -> bool:
        return self.name.endswith(STREAMED)

    @property
    def local(self) -> bytes:
        crc, size, flags, zip64 = self.crc, self.size, 0, b""
        if self.streamed:
            # The empty ZIP64 field tells a reader that the sizes behind the content have eight bytes.
            crc, size, flags, zip64 = 0, BIG, _SIZE_FOLLOWS, _zip64(0, 0)
        name = self.name.encode()
        return (
            _LOCAL.pack(b"PK\3\4", _VERSION, flags, _STORED, _TIME, _DATE, crc, size, size, len(name), len(zip64)) + name + zip64
        )

    @property
    def descriptor(self) -> bytes:
        return _DESCRIPTOR.pack(b"PK\7\x08", self.crc, self.size, self.size) if self.streamed else b""

    @property
    def content_at(self) -> int:
        return self.offset + len(self.local)

    @property
    def ends(self) -> int:
        return self.content_at + self.size + len(self.descriptor)

    def central(self, limits: Limits) -> bytes:
        numbers = [self.size, self.size] * self.streamed + [self.offset] * (self.offset >= limits.bytes)
        name, zip64 = self.name.encode(), _zip64(*numbers) if numbers else b""
        size = BIG if self.streamed else self.size
        return _CENTRAL.pack(
            b"PK\1\2", _MADE_BY, _VERSION, _SIZE_FOLLOWS if self.streamed else 0, _STORED, _TIME, _DATE, self.crc, size, size,
            len(name), len(zip64), 0, 0, 0, _ATTRIBUTES, _fitting(self.offset, limits.bytes, BIG),
        ) + name + zip64  # fmt: skip


def _zip64(*numbers: int) -> bytes:
    return Struct(f"<2H{len(numbers)}Q").pack(1, 8 * len(numbers), *numbers)


def _fitting(number: int, limit: int, instead: int) -> int:
    return number if number < limit else instead


def _end(members: int, size: int, offset: int, limits: Limits) -> bytes:
    """What stands behind a directory of so many members and bytes that begins at an offset."""
    zip64 = b""
    if members >= limits.members or max(size, offset) >= limits.bytes:
        rest = _END64.size - 12  # the record does not count its own first two fields
        zip64 = _END64.pack(b"PK\6\6", rest, _MADE_BY, _VERSION, 0, 0, members, members, size, offset)
        zip64 += _LOCATOR.pack(b"PK\6\7", 0, offset + size, 1)
    short = _fitting(members, limits.members, MANY)
    size, offset = _fitting(size, limits.bytes, BIG), _fitting(offset, limits.bytes, BIG)
    return zip64 + _END.pack(b"PK\5\6", 0, 0, short, short, size, offset, 0)


class Archive:
    """Writes a container: each call gives the next bytes of it, to be taken to the end before the next call.

    It keeps the directory in memory and nothing else. A wrong or repeated name is a ValueError.
    """

    def __init__(self, limits: Limits = Limits()) -> None:
        self._limits: Final = limits
        self._members: Final[dict[str, _Member]] = {}
        self._offset = 0

    def member(self, name: str, data: bytes) -> Iterator[bytes]:
        """A member whose content is at hand; the name does not end in `.jsonl`."""
        if name.endswith(STREAMED):
            raise ValueError(f"{name} is to be streamed")
        if len(data) >= BIG:
            raise ValueError(f"{name} is too big to be written whole")
        self._check(name)
        member = _Member(name, zlib.crc32(data), len(data), self._offset)
        yield member.local + data
        self._add(member)

    def stream(self, name: str, chunks: Iterable[bytes]) -> Iterator[bytes]:
        """A member whose content comes in pieces, of any number and length; the name ends in `.jsonl`."""
        if not name.endswith(STREAMED):
            raise ValueError(f"{name} is not to be streamed")
        self._check(name)
        yield _Member(name, 0, 0, self._offset).local
        crc = size = 0
        for chunk in chunks:
            crc, size = zlib.crc32(chunk, crc), size + len(chunk)
            yield chunk
        member = _Member(name, crc, size, self._offset)
        yield member.descriptor
        self._add(member)

    def end(self) -> Iterator[bytes]:
        """The directory and what closes the file."""
        directory = b"".join(member.central(self._limits) for member in self._members.values())
        yield directory + _end(len(self._members), len(directory), self._offset, self._limits)

    def _check(self, name: str) -> None:
        check_name(name)
        if name in self._members:
            raise ValueError(f"there is a member {name} already")

    def _add(self, member: _Member) -> None:
        self._members[member.name] = member
        self._offset = member.ends


class Opened:
    """A container that somebody hands over.

    Opening raises Damaged where the directory is not one that `Archive` writes, and OSError where there is no file to read.
    """

    def __init__(self, path: str | os.PathLike[str], limits: Limits = Limits()) -> None:
        self._file: Final = Path(path).open("rb")  # noqa: SIM115  it stays open until close()
        try:
            self._members: Final = {member.name: member for member in self._directory(limits)}
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        self._file.close()

    def __enter__(self) -> "Opened":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def names(self) -> list[str]:
        """All names in the order of the file."""
        return list(self._members)

    def __contains__(self, name: str) -> bool:
        return name in self._members

    def size(self, name: str) -> int:
        """The bytes of a member's content."""
        return self._member(name).size

    def read(self, name: str, limit: int = 1 << 24) -> bytes:
        """A whole content. Damaged if there is no such member, if it has more bytes than `limit`, or if its checksum is wrong."""
        if self.size(name) > limit:
            raise Damaged(name, f"has {self.size(name)} bytes, more than {limit}")
        return b"".join(self.stream(name))

    def stream(self, name: str) -> Iterator[bytes]:
        """A content in pieces of at most 64 KiB; Damaged after the last one if the checksum is wrong."""
        member, crc = self._member(name), 0
        for at in range(0, member.size, _PIECE_BYTES):
            piece = self._at(member.content_at + at, min(_PIECE_BYTES, member.size - at), name)
            crc = zlib.crc32(piece, crc)
            yield piece
        if crc != member.crc:
            raise Damaged(name, "its checksum is wrong")

    def lines(self, name: str, limit: int = 1 << 20) -> Iterator[bytes]:
        """The lines of a content without their LF. Damaged where one is longer than `limit` bytes, or the last has no LF."""
        begun, length = [], 0  # the pieces of a line whose end has not come yet
        for piece in self.stream(name):
            first, *others = piece.split(b"\n")
            begun.append(first)
            length += len(first)
            if length > limit or any(len(line) > limit for line in others):
                raise Damaged(name, f"has a line of more than {limit} bytes")
            if others:
                yield b"".join(begun)
                *whole, first = others
                yield from whole
                begun, length = [first], len(first)
        if length:
            raise Damaged(name, "its last line is cut off")

    def wrong(self, watch: Callable[[str, bytes], None] | None = None) -> Iterator[Damaged]:
        """Every member around which, or in which, a byte is not what the directory says; one pass over the file.

        `watch` is shown each piece of each content on the way, before its checksum is known.
        """
        for member in self._members.values():
            try:
                if self._at(member.offset, len(member.local), member.name) != member.local:
                    yield Damaged(member.name, "its header is not the one that belongs to it")
                for piece in self.stream(member.name):
                    if watch is not None:
                        watch(member.name, piece)
                if self._at(member.content_at + member.size, len(member.descriptor), member.name) != member.descriptor:
                    yield Damaged(member.name, "what follows its content does not belong to it")
            except Damaged as damage:
                yield damage

    def _member(self, name: str) -> _Member:
        if name not in self._members:
            raise Damaged(name, "is missing")
        return self._members[name]

    def _at(self, offset: int, size: int, what: str = _THE_FILE) -> bytes:
        self._file.seek(offset)
        data = self._file.read(size)
        if len(data) < size:
            raise Damaged(what, "is cut off")
        return data

    def _directory(self, limits: Limits) -> Iterator[_Member]:
        """The members, once it is certain that directory and end are written as `Archive` writes them."""
        offset, size, count = self._found()
        end = _end(count, size, offset, limits)
        length = self._file.seek(0, os.SEEK_END)
        if offset + size + len(end) != length or self._at(offset + size, len(end)) != end:
            raise Damaged(_THE_FILE, "its end is not the one that belongs to it")
        seen: set[str] = set()
        at, next_offset = offset, 0
        for _ in range(count):
            member, record = self._entry(at, offset + size, next_offset)
            if record != member.central(limits):
                raise Damaged(member.name, "is not in the directory as it should be")
            if member.name in seen:
                raise Damaged(member.name, "is there twice")
            seen.add(member.name)
            at, next_offset = at + len(record), member.ends
            yield member
        if at != offset + size:
            raise Damaged(_THE_FILE, "its directory is longer than its members")
        if next_offset != offset:
            raise Damaged(_THE_FILE, "its members do not end where its directory begins")

    def _found(self) -> tuple[int, int, int]:
        """Where the directory begins, its bytes and its members, as the end of the file tells it."""
        length = self._file.seek(0, os.SEEK_END)
        if length < _END.size:
            raise Damaged(_THE_FILE, "is too short to be one")
        count, size, offset = _END.unpack(self._at(length - _END.size, _END.size))[4:7]
        if count == MANY or BIG in (size, offset):
            at = length - _END.size - _LOCATOR.size - _END64.size
            if at < 0:
                raise Damaged(_THE_FILE, "is too short to be one")
            count, size, offset = _END64.unpack(self._at(at, _END64.size))[7:10]
        if offset + size > length:
            raise Damaged(_THE_FILE, "its directory would lie behind its end")
        return offset, size, count

    def _entry(self, at: int, end: int, offset: int) -> tuple[_Member, bytes]:
        """The member of the directory's record at a place, with the record; `offset` is where the member has to begin."""
        if at + _CENTRAL.size > end:
            raise Damaged(_THE_FILE, "its directory is cut off")
        record = self._at(at, _CENTRAL.size)
        crc, _, size, name_length, extra_length = _CENTRAL.unpack(record)[7:12]
        if at + len(record) + name_length + extra_length > end:
            raise Damaged(_THE_FILE, "its directory is cut off")
        rest = self._at(at + len(record), name_length + extra_length)
        name = rest[:name_length].decode("ascii", "backslashreplace")
        try:
            check_name(name)
        except ValueError as error:
            raise Damaged(_THE_FILE, str(error)) from None
        if name.endswith(STREAMED):
            # Too short a field gives some number, and then a record that is not this one.
            size = int.from_bytes(rest[name_length + 4 : name_length + 12], "little")
        elif size == BIG:
            raise Damaged(name, "is too big to be written whole")
        return _Member(name, crc, size, offset), record + rest
