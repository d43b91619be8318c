"""Is everything as it was written? The log, what was signed of it, the rows that follow, and the figures, worked out again.

- The log is checked by its own hashes, checkpoints by the roots of the leaves, the rows against a replay of the entries, the
  figures by both roads: every target of every programme, for all who take part, at every level, as of today; and accepted
  figures are counted again as of their day. No entry lies in a period that was held or closed when it came.
- All deviations are told, each with the entry and the table; nothing is repaired (`rebuild` makes the rows anew).
- One state of the database is looked at throughout, while the service goes on.

Memory is flat: the log is streamed, rows and figures are worked out share by share (`replay`). Kept of every entry is one byte, and
while figures are counted the master data are. What an altered database can and cannot hide from this is told in docs/tampering.md.
"""

import hashlib
import json
import zlib
from base64 import b64encode
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection

from ledger.actions.check_checkpoints import CheckpointCheck, Signing
from ledger.actions.check_figures import FigureCheck
from ledger.actions.check_log import LogCheck
from ledger.actions.check_periods import PeriodCheck
from ledger.actions.check_rows import RowCheck
from ledger.actions.deviations import Deviation, number
from ledger.actions.ledger import Ledger
from ledger.actions.replay import CannotReplay, Shares
from ledger.facts.days import format_instant, from_micros
from ledger.facts.entries import Entry
from ledger.facts.kinds.rulings import Closing, Participation
from ledger.proof.notes import VerifierKey
from ledger.store import audit, log
from ledger.store import tables as t
from ledger.store.audit import RawCheckpoint
from ledger.store.database import reading

Progress = Callable[[int, int], None]


@dataclass
class Looked:
    """What a check has looked at: the log as it was found, how many rows of each sort, and what could not be looked at."""

    size: int = 0
    root: bytes = b""
    checkpoint: RawCheckpoint | None = None  # the largest
    tiles: int = 0
    disclosures: int = 0
    checkpoints: int = 0
    cosignatures: int = 0
    rows: int = 0
    notes: list[str] = field(default_factory=list)

    def told(self) -> dict[str, Any]:
        """For a monitor."""
        last = self.checkpoint
        return {
            "size": self.size,
            "root": b64encode(self.root).decode(),
            "checkpoint": None if last is None else {
                "size": number(last.size),
                "root": b64encode(last.root).decode() if isinstance(last.root, bytes) else None,
                "signed_at": _instant(last.signed_at),
            },
            "entries": self.size,
            "tiles": self.tiles,
            "disclosures": self.disclosures,
            "checkpoints": self.checkpoints,
            "cosignatures": self.cosignatures,
            "rows": self.rows,
            "notes": self.notes,
        }  # fmt: skip


def _instant(micros: Any) -> str | None:
    try:
        return format_instant(from_micros(micros))
    except (TypeError, ValueError, OverflowError):  # as it lies in the table, by whomever
        return None


def check(
    ledger: Ledger,
    progress: Progress = lambda done, total: None,
    *,
    key: VerifierKey | None = None,
    looked: Looked | None = None,
) -> Iterator[Deviation]:
    """Everything that is not as it should be, told as it is found; nothing where all is well.

    `key` is that of the log where the key file is not at hand; `looked` is filled in as the check goes on. `progress` is told
    entries, each of them counted three times: for the log, for rows, and for figures.
    """
    looked = looked or Looked()
    signing = Signing.of(ledger.settings, key)
    with reading(ledger.engine) as connection:
        total = audit.last_index(connection) + 1
        shares = Shares(total)
        of_log, of_signed = LogCheck(connection), CheckpointCheck(connection, signing)
        of_rows, of_periods = RowCheck(connection, shares), PeriodCheck(connection)
        of_signed.passing(of_log.frontier)
        unread: int | None = None
        participations: set[tuple[str, str]] = set()
        accepted: list[Entry] = []
        for raw in audit.entries(connection):
            entry = of_log.look(raw)
            if of_log.whole and of_log.frontier.size == of_log.size:
                of_signed.passing(of_log.frontier)
            yield from of_log.told()
            yield from of_signed.told()
            if unread is None and entry is not None and of_log.whole:
                shares.take(entry)
                yield from of_periods.look(entry)
                if isinstance(entry.fact, Participation):
                    participations.add((entry.fact.programme, entry.fact.subject))
                elif isinstance(entry.fact, Closing) and entry.fact.action == "accept":
                    accepted.append(entry)
            elif unread is None:
                unread = shares.size
            progress(of_log.size, 3 * total)
        of_log.finish()
        yield from of_log.told()
        of_signed.finish(of_log.size)
        yield from of_signed.told()
        looked.size, looked.root = of_log.size, of_log.frontier.root()
        looked.tiles, looked.disclosures = of_log.tiles, of_log.disclosures
        looked.checkpoint, looked.checkpoints, looked.cosignatures = of_signed.last, of_signed.read, of_signed.cosignatures
        looked.notes += of_signed.notes
        yield from _definitions(connection)
        yield from _answers(connection, of_log.size)
        if unread is None:
            try:
                yield from of_rows.compare(lambda entries: progress(total + entries, 3 * total))
            except CannotReplay as error:
                yield Deviation("entry", str(error), error.index)
                unread = error.index
            looked.rows = of_rows.looked_at.total()
        if unread is not None:
            yield Deviation("figures", f"rows and figures were not compared: from entry {unread} on the entries cannot be replayed")
            return
        figures = FigureCheck(ledger, connection, shares, of_rows.contested)
        figures.progress = lambda part: progress(int((2 + part) * total), 3 * total)
        yield from figures.compare(sorted(participations))
        if of_log.sound:  # an accepted scorecard names the root of its log
            yield from figures.accepted(accepted)
        progress(3 * total, 3 * total)


# --- beside the log --------------------------------------------------------------------------------------------------


def _definitions(connection: Connection) -> Iterator[Deviation]:
    for row in audit.rows(connection, t.definition):
        text = row["definition"]
        if not isinstance(text, str) or hashlib.sha256(text.encode()).hexdigest() != row["digest"]:
            yield Deviation("definition", f"{row['digest']} is not the digest of its definition")


def _answers(connection: Connection, size: int) -> Iterator[Deviation]:
    """Answers kept for idempotency keys name entries and their hashes."""
    for row in audit.rows(connection, t.idempotency):
        first, key = number(row["first"]), f"key {row['key']!r} of {row['centre']}"
        try:
            answer = json.loads(zlib.decompress(row["answer"]))
            told = {one["index"]: one["leaf_hash"] for one in answer.get("entries", [answer])}
            centres = {one["centre"] for one in answer.get("entries", [answer])}
            if not all(type(index) is int for index in told):
                raise TypeError
        except (ValueError, LookupError, TypeError, AttributeError, zlib.error):
            yield Deviation("idempotency", f"{key}: its answer cannot be read", first)
            continue
        if min(told, default=None) != first or centres != {row["centre"]} or max(told) >= size:
            yield Deviation("idempotency", f"{key}: its answer speaks of other entries", first)
            continue
        hashes = log.leaf_hashes(connection, list(told))
        for index, hash_ in told.items():
            if index not in hashes or b64encode(hashes[index]).decode() != hash_:
                yield Deviation("idempotency", f"{key}: its answer tells another leaf hash", index)
