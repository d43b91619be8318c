"""Records sorted into numbered files as they come, and read back file by file.

- What is written comes in chunks of records (`packed`), so that whoever makes them can be another process of ours.
- What is read is Python's own `marshal`, which nobody but this run has written.
- No file stays open: there may be more of them than a process may hold. Without a folder all stays in memory.
"""

import marshal
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

Record = tuple[Any, ...]  # of Python's plain values
PENDING_BYTES: Final = 8_192  # of one file, that wait to be written together


def packed(records: list[Record]) -> bytes:
    data = marshal.dumps(records)
    return len(data).to_bytes(4, "big") + data


class Spill:
    def __init__(self, folder: Path | None) -> None:
        if folder is not None:
            folder.mkdir()
        self._folder = folder
        self._pending: dict[int, bytearray] = {}

    def add(self, number: int, chunk: bytes) -> None:
        pending = self._pending.setdefault(number, bytearray())
        pending += chunk
        if self._folder is not None and len(pending) >= PENDING_BYTES:
            with (self._folder / str(number)).open("ab") as file:
                file.write(pending)
            pending.clear()

    def read(self, number: int) -> Iterator[Record]:
        """The records under a number, chunk by chunk as they were added."""
        if self._folder is not None and (path := self._folder / str(number)).exists():
            with path.open("rb") as file:
                while length := file.read(4):
                    yield from marshal.loads(file.read(int.from_bytes(length, "big")))
        waiting, at = self._pending.get(number, b""), 0
        while at < len(waiting):
            begins, at = at + 4, at + 4 + int.from_bytes(waiting[at : at + 4], "big")
            yield from marshal.loads(waiting[begins:at])
