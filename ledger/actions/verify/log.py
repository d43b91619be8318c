"""The log as it lies in a bundle: which files it must have, every leaf in its one form, every stream without gap or repeat.

- The files are those of the checkpoint's size: every hash tile, every bundle of entries, and nothing beyond.
- A leaf has one spelling. Within a stream numbers run 0, 1, 2 …, and each leaf names the hash of the one before; the seconds of
  recording never go back, over the whole log.
- After a break the stream goes on from what is there, so that one deviation is told once; behind a bundle that cannot be read,
  each stream begins anew.

One pass, one loop for each leaf; in memory are the ends of the streams and the open tiles (`tree`). What a leaf commits to is
compared by `disclosures`, to which each leaf is handed on.
"""

from binascii import b2a_base64
from collections.abc import Iterator
from hashlib import sha256
from itertools import islice
from typing import Final, NamedTuple

from ledger.actions.verify.files import Files
from ledger.actions.verify.report import KEPT_MAX, Report
from ledger.actions.verify.tree import CHECK as TREE
from ledger.actions.verify.tree import Tree, files_wanted
from ledger.proof.leaves import LEAF, MAX_SAFE_INTEGER, parse_leaf
from ledger.proof.merkle import TILE_WIDTH, Damaged
from ledger.proof.tiles import ENTRIES, MAX_ENTRY_BYTES, MAX_LEVEL, parse_entry_bundle, parse_tile_path, tile_path, width_at

CHECK: Final = "streams"
FOLDER: Final = "log/"
LEAVES: Final = (f"{FOLDER}tile/{ENTRIES}/", f"{FOLDER}tile/0/")
BUNDLE_BYTES_MAX: Final = TILE_WIDTH * (2 + MAX_ENTRY_BYTES)
UNKNOWN: Final = -1  # the number that comes next in a stream of which some leaves could not be read

_URL_SAFE: Final = bytes.maketrans(b"+/", b"-_")


class Place(NamedTuple):
    """A leaf that was read: where it stands, and the digest it commits to. `stream` is None where the leaf has no form."""

    at: int
    stream: str | None
    seq: int
    digest: bytes
    ts: int


class Stream:
    """The end of a stream, and how many leaves it has below a size."""

    __slots__ = ("below", "name", "next", "prev")

    def __init__(self, name: str, seq: int, prev: bytes) -> None:
        self.name: Final = name
        self.next = seq
        self.prev = prev  # base64url of the last leaf's hash, as the next leaf has to say it
        self.below = 0


class Log:
    """Walks over the leaves of a log of `size`; `known_at` is the size below which the leaves of each stream are counted."""

    def __init__(self, files: Files, size: int, tree: Tree, report: Report, *, known_at: int) -> None:
        self._files = files
        self._size = size
        self._tree = tree
        self._report = report
        self._known_at = known_at
        self._ends: dict[bytes, Stream] = {}
        self._broken = False  # a bundle before this could not be read, so that a stream need not begin with 0
        self._ts = 0
        self.leaves = 0
        self.last: Place | None = None  # the leaf at known_at - 1

    def below(self) -> dict[str, int]:
        """How many leaves of each stream stand below known_at."""
        return {end.name: end.below for end in self._ends.values()}

    def places(self) -> Iterator[Place]:
        """Every leaf in order, checked as it goes by."""
        wanted = files_wanted(self._size, None)
        following = 0
        for n in _rows_held(self._files, wanted):
            if n != following:
                self._break()
                self._tree.whole = False
            following = n + 1
            width = width_at(0, n, self._size)
            entries = self._entries(n, width)
            if entries is None:
                self._tree.add(n, None)
                self._break()
                continue
            hashes: list[bytes] = []
            yield from self._of(n * TILE_WIDTH, entries, hashes)
            self._tree.add(n, hashes)
        if following != wanted:
            self._tree.whole = False
        self._report.tell(CHECK, leaves=self.leaves, streams=len(self._ends))

    def _entries(self, n: int, width: int) -> list[bytes] | None:
        path = FOLDER + tile_path(None, n, width)
        data = self._files.content(path, BUNDLE_BYTES_MAX)
        if data is None:
            return None
        try:
            return parse_entry_bundle(data, width)
        except Damaged as damage:
            first = n * TILE_WIDTH
            self._report.deviate(TREE, "bundle-unreadable", path, first=first, last=first + width - 1, why=damage.why)
            return None

    def _of(self, index: int, entries: list[bytes], hashes: list[bytes]) -> Iterator[Place]:
        """The leaves of one bundle; their hashes are added to `hashes`."""
        ends, known_at, form = self._ends, self._known_at, LEAF.fullmatch
        for data in entries:
            hash_ = sha256(b"\x00" + data).digest()
            hashes.append(hash_)
            if (match := form(data)) is None:
                self._report.deviate(CHECK, "form", self._file(index), entry=index, why=_why(data))
                place = Place(index, None, 0, b"", 0)
            else:
                digest, prev, number, code, second = match.groups()
                seq, ts = int(number), int(second)
                end = ends.get(code)
                if end is None:
                    # Behind a hole nobody knows how far the stream had come.
                    begins = (seq, prev) if self._broken else (0, b"")
                    end = ends[code] = Stream(code.decode(), *begins)
                if seq != end.next or prev != end.prev:
                    self._misplaced(index, end, seq, prev)
                end.next, end.prev = seq + 1, b2a_base64(hash_, newline=False)[:-1].translate(_URL_SAFE)
                if index < known_at:
                    end.below += 1
                if ts != self._ts:
                    self._later(index, ts)
                place = Place(index, end.name, seq, digest, ts)
            self.leaves += 1
            if index + 1 == known_at:
                self.last = place
            yield place
            index += 1

    def _misplaced(self, index: int, end: Stream, seq: int, prev: bytes) -> None:
        if end.next == UNKNOWN:
            return
        file = self._file(index)
        if seq != end.next:
            code = "gap" if seq > end.next else "repeat"
            self._report.deviate(CHECK, code, file, entry=index, stream=end.name, seq=seq, wanted=end.next)
        if prev != end.prev:
            self._report.deviate(CHECK, "prev", file, entry=index, stream=end.name, seq=seq)

    def _later(self, index: int, ts: int) -> None:
        if ts > MAX_SAFE_INTEGER:
            self._report.deviate(CHECK, "form", self._file(index), entry=index, why="a number is beyond what JSON readers share")
        elif ts < self._ts:
            self._report.deviate(CHECK, "time", self._file(index), entry=index, ts=ts, before=self._ts)
        else:
            self._ts = ts

    def _break(self) -> None:
        self._broken = True
        for end in self._ends.values():
            end.next = UNKNOWN

    def _file(self, index: int) -> str:
        n = index // TILE_WIDTH
        return FOLDER + tile_path(None, n, width_at(0, n, self._size))


def _why(data: bytes) -> str:
    try:
        parse_leaf(data)
    except Damaged as damage:
        return damage.why
    return ""


def _rows_held(files: Files, wanted: int) -> list[int]:
    """The numbers of the rows of leaves that the file has something of: a checkpoint may claim any number of them."""
    held: set[int] = set()
    for name in files.names:
        tile = parse_tile_path(name.removeprefix(FOLDER)) if name.startswith(LEAVES) else None
        if tile is not None and tile.n < wanted:
            held.add(tile.n)
    return sorted(held)


def check_files(files: Files, size: int, report: Report) -> None:
    """Every tile and bundle of this size, and nothing beyond."""
    wanted: dict[int | None, int] = {level: files_wanted(size, level) for level in range(MAX_LEVEL + 1)}
    wanted[None] = files_wanted(size, None)
    found: dict[int | None, set[int]] = {}
    for name in files.names:
        if not name.startswith(FOLDER) or name == f"{FOLDER}checkpoint":
            continue
        tile = parse_tile_path(name.removeprefix(FOLDER))
        if tile is None or tile.width != width_at(tile.level or 0, tile.n, size):
            report.deviate(TREE, "extra-file", name, size=size)
        else:
            found.setdefault(tile.level, set()).add(tile.n)
    for level, count in wanted.items():
        there = found.get(level, set())
        # As many as are to be named, and no more: the size may be any number.
        missing = islice((n for n in range(count) if n not in there), KEPT_MAX)
        named = 0
        for n in missing:
            named += 1
            report.deviate(TREE, "missing-file", FOLDER + tile_path(level, n, width_at(level or 0, n, size)), size=size)
        report.count(TREE, count - len(there) - named)
    bundles = len(found.pop(None, ()))
    report.tell(TREE, size=size, tiles=sum(map(len, found.values())), bundles=bundles)
