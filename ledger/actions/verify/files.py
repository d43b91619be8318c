"""The files of a bundle as a verifier reads them: which ones there are, in which order, and that each byte between them is right.

- A bundle has its members in one order and no others; the tiles are `log`'s to look at.
- A content with a wrong checksum is looked at all the same: `container` tells it, and the other checks tell what it means.
- Nothing is kept but names and digests.
"""

import hashlib
import json
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any, Final

import rfc8785

from ledger.actions.verify.report import Report
from ledger.proof.archive import Opened
from ledger.proof.merkle import Damaged
from ledger.proof.strict import named_once, no_integer
from ledger.proof.tiles import parse_tile_path

CHECK: Final = "container"
LOG: Final = "log/"
CHECKPOINT: Final = "log/checkpoint"
DISCLOSURES: Final = "disclosures.jsonl"
POLICY: Final = "policy.txt"
SCORECARDS: Final = "scorecards.json"
MANIFEST: Final = "manifest.json"
SINGLE: Final = (CHECKPOINT, DISCLOSURES, POLICY, SCORECARDS, MANIFEST)
CONTENT_BYTES_MAX: Final = 1 << 24  # of the files beside the log: what is parsed takes many times its length
LINE_BYTES_MAX: Final = 1 << 24  # a body of two megabytes, in base64, with room to spare

_PROGRAMME: Final = re.compile(r"programmes/[a-z][a-z0-9_-]*\.toml")

Progress = Callable[[str, int, int], None]  # the check that is at work, how far it came, and of how much


class Files:
    """The members of an opened container."""

    def __init__(self, opened: Opened) -> None:
        self._opened = opened
        self.names: Final = opened.names
        self.digests: Final[dict[str, str]] = {}  # hex SHA-256, once `check_container` has gone over the file

    def __contains__(self, name: str) -> bool:
        return name in self._opened

    def size(self, name: str) -> int:
        """The bytes of a content, 0 where there is none."""
        return self._opened.size(name) if name in self._opened else 0

    def content(self, name: str, limit: int = CONTENT_BYTES_MAX) -> bytes | None:
        """A whole content; None where there is none, or more of it than anybody could have meant."""
        if name not in self._opened or self._opened.size(name) > limit:
            return None
        pieces: list[bytes] = []
        with suppress(Damaged):
            pieces.extend(self._opened.stream(name))
        return b"".join(pieces)

    def lines(self, name: str) -> Iterator[bytes]:
        """The lines of a content. Raises Damaged, at the end, where something about it is wrong."""
        return self._opened.lines(name, LINE_BYTES_MAX)

    def check_container(self, report: Report, progress: Progress) -> None:
        """One pass over all bytes."""
        sums = {name: hashlib.sha256() for name in self.names if not name.startswith(LOG)}

        done, total = 0, sum(map(self._opened.size, self.names))

        def watch(name: str, piece: bytes) -> None:
            nonlocal done
            if name in sums:
                sums[name].update(piece)
            done += len(piece)
            progress(CHECK, done, total)

        for damage in self._opened.wrong(watch):
            report.deviate(CHECK, "spelling", damage.what, why=damage.why)
        self.digests.update({name: digest.hexdigest() for name, digest in sums.items()})
        self._check_names(report)
        report.tell(CHECK, files=len(self.names), bytes=total)

    def _check_names(self, report: Report) -> None:
        for name in SINGLE:
            if name not in self:
                report.deviate(CHECK, "missing-file", name)
        if not any(map(_PROGRAMME.fullmatch, self.names)):
            report.deviate(CHECK, "missing-file", "programmes/")
        before: tuple[int, int, int] | None = None
        for name in self.names:
            place = place_of(name)
            if place is None:
                report.deviate(CHECK, "extra-file", name)
            elif before is not None and place <= before:
                # Two programmes share a place: there is only one in a bundle.
                report.deviate(CHECK, "order", name)
            else:
                before = place


def place_of(name: str) -> tuple[int, int, int] | None:
    """Where a file stands in a bundle, for sorting; None for a name that no bundle has."""
    if name.startswith(f"{LOG}tile/"):
        if (tile := parse_tile_path(name.removeprefix(LOG))) is None:
            return None
        return (2, 0, tile.n) if tile.level is None else (1, tile.level, tile.n)
    if _PROGRAMME.fullmatch(name):
        return (5, 0, 0)
    return {CHECKPOINT: (0, 0, 0), DISCLOSURES: (3, 0, 0), POLICY: (4, 0, 0), SCORECARDS: (6, 0, 0), MANIFEST: (7, 0, 0)}.get(name)


# --- JSON from outside ---------------------------------------------------------------------------------------------------


def parsed(data: bytes) -> Any:
    """JSON without fractions and without a name twice in an object. Raises ValueError, whatever it is that cannot be read."""
    try:
        return _DECODER.decode(data.decode("utf-8"))
    except RecursionError as error:
        raise ValueError("is nested too deeply") from error


def canonical(value: Any) -> bytes:
    """The one spelling of a value (RFC 8785). Raises ValueError for what has none."""
    try:
        return rfc8785.dumps(value)
    except RecursionError as error:
        raise ValueError("is nested too deeply") from error


_DECODER = json.JSONDecoder(object_pairs_hook=named_once, parse_float=no_integer, parse_constant=no_integer)
