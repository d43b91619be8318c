"""The tree over the leaves: every hash tile compared with what the leaves give, and the roots that the log had on the way.

- Everything is worked out from the leaves; tiles are only compared. So a changed leaf differs from its tile and moves the root,
  a changed tile differs from the leaves and moves nothing.
- A wrong hash is named by its tile and by the entries it stands over.
- Where a bundle of entries is missing or unreadable, its tile's hashes stand in, so that the rest can still be looked at.
- In memory: the open tile of each level, and one hash for each bit of the size.

Which bytes make a leaf is not known here.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Final

from ledger.actions.verify.report import Report
from ledger.proof.merkle import EMPTY_ROOT, HASH_BYTES, TILE_WIDTH, Frontier
from ledger.proof.tiles import tile_hashes, tile_path, tile_root, width_at

CHECK: Final = "tree"


class Tree:
    """Takes the leaf hashes of a log of `size` row by row, a row for each tile of level 0; `read` gives a tile's bytes, or None."""

    def __init__(self, size: int, read: Callable[[str], bytes | None], report: Report, marks: Iterable[int]) -> None:
        self._read = read
        self._report = report
        self._size = size
        self._rows: list[tuple[int, list[bytes]]] = []  # of each level from 1 on: the number of the open tile, and its hashes
        self._full = Frontier()  # over the roots of the full tiles of level 0
        self._waiting = sorted(set(marks))
        self.roots: dict[int, bytes] = {}  # the root at each size that was asked for, once the leaves came so far
        self.whole = True  # no row is missing so far
        self._keep_roots(0, [])

    def add(self, n: int, row: Sequence[bytes] | None) -> None:
        """The hashes of the leaves behind tile `n`; None where they cannot be read."""
        stored = self._stored(0, n)
        if row is None:
            row = None if stored is None else tile_hashes(stored)
            if row is None:
                self.whole = False
                return
        elif stored is not None:
            self._compare(0, n, row, stored)
        if not self.whole:
            return
        self._keep_roots(n, row)
        if len(row) == TILE_WIDTH:
            root = tile_root(row)
            self._full.append(root)
            self._up(1, root)

    def finish(self, root: bytes | None, file: str) -> None:
        """The open tiles, and the root against that of the checkpoint (None: there is none to compare with)."""
        if not self.whole:
            self._report.deviate(CHECK, "no-root", file)
            return
        for level, (n, row) in enumerate(self._rows, 1):
            if row and (stored := self._stored(level, n)) is not None:
                self._compare(level, n, row, stored)
        if root is not None and self.roots.get(self._size) != root:
            self._report.deviate(CHECK, "root-differs", file, size=self._size)

    def _up(self, level: int, hash_: bytes) -> None:
        while True:
            if level > len(self._rows):
                self._rows.append((0, []))
            n, row = self._rows[level - 1]
            row.append(hash_)
            if len(row) < TILE_WIDTH:
                return
            if (stored := self._stored(level, n)) is not None:
                self._compare(level, n, row, stored)
            self._rows[level - 1] = (n + 1, [])
            level, hash_ = level + 1, tile_root(row)

    def _keep_roots(self, n: int, row: Sequence[bytes]) -> None:
        """The roots at the sizes asked for that lie within this row."""
        start = n * TILE_WIDTH
        while self._waiting and self._waiting[0] <= start + len(row):
            size = self._waiting.pop(0)
            open_row = Frontier()
            open_row.extend(row[: size - start])
            self.roots[size] = Frontier(size, self._full.roots + open_row.roots).root() if size else EMPTY_ROOT

    def _stored(self, level: int, n: int) -> bytes | None:
        """The bytes of a tile; None where it is missing (that is told by whoever lists the files) or of a wrong length."""
        width = width_at(level, n, self._size)
        path = tile_path(level, n, width)
        data = self._read(path)
        if data is not None and len(data) != width * HASH_BYTES:
            self._report.deviate(CHECK, "tile-length", f"log/{path}", bytes=len(data), wanted=width * HASH_BYTES)
            return None
        return data

    def _compare(self, level: int, n: int, row: Sequence[bytes], stored: bytes) -> None:
        if b"".join(row) == stored:
            return
        wide = TILE_WIDTH**level
        file = f"log/{tile_path(level, n, len(row))}"
        for place, (computed, told) in enumerate(zip(row, tile_hashes(stored), strict=True)):
            if computed != told:
                first = (n * TILE_WIDTH + place) * wide
                if level == 0:
                    self._report.deviate(CHECK, "leaf-hash-differs", file, entry=first, place=place)
                else:
                    self._report.deviate(CHECK, "tile-differs", file, place=place, first=first, last=first + wide - 1)


def files_wanted(size: int, level: int | None) -> int:
    """How many tiles of a level (None: bundles of entries) a log of this size has."""
    hashes = size >> 8 * (level or 0)
    return -(-hashes // TILE_WIDTH)


