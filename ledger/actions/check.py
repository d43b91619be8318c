"""Is everything as it was written? The log, the rows that follow from it, and the figures, each worked out again and compared.

- The log is checked by its own hashes, the rows against a replay of the entries, the figures by both roads: every target of
  every programme, for all who take part, at every level, as of today; and accepted figures are counted again as of their day.
- All deviations are told, each with the entry and the table; nothing is repaired (`rebuild` makes the rows anew).
- One state of the database is looked at throughout, while the service goes on.

The replay holds the whole log in memory, as the specification of the figures does.
"""

import hashlib
import json
import zlib
from base64 import b64encode
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from typing import Any

import rfc8785
from sqlalchemy import Connection

from ledger.actions.check_log import LogCheck
from ledger.actions.check_rows import RowCheck
from ledger.actions.deviations import Deviation, number
from ledger.actions.ledger import Ledger, Reading
from ledger.actions.score import scorecard_of
from ledger.facts.days import shanghai_today
from ledger.facts.entries import Entry
from ledger.facts.kinds.rulings import Closing
from ledger.facts.world import World
from ledger.kpi.book import LEVELS, Book
from ledger.kpi.figures import FoldedBook
from ledger.kpi.language import Programme, revive
from ledger.kpi.participants import participant
from ledger.kpi.scorecard import scorecard
from ledger.store import audit, definitions, log
from ledger.store import tables as t
from ledger.store.database import reading
from ledger.store.figures import StoredBook

Progress = Callable[[int, int], None]


def check(ledger: Ledger, progress: Progress = lambda done, total: None) -> Iterator[Deviation]:
    """Everything that is not as it should be, told as it is found; nothing where all is well."""
    with reading(ledger.engine) as connection:
        head = audit.head(connection)
        total = number(head.size) or 0 if head else 0
        world = World()
        of_log, of_rows = LogCheck(connection), RowCheck(connection, world)
        unread: int | None = None
        accepted: list[Entry] = []
        for raw in audit.entries(connection):
            entry = of_log.look(raw)
            yield from of_log.told()
            if unread is None and entry is not None and of_log.whole:
                try:
                    yield from of_rows.take(entry)
                except Exception as error:  # an entry that no rule would have let in can break any fold
                    yield Deviation("entry", f"what follows from it cannot be worked out ({error!r})", raw.index)
                    unread = raw.index
                if isinstance(entry.fact, Closing) and entry.fact.action == "accept":
                    accepted.append(entry)
            elif unread is None:
                unread = raw.index
            progress(min(raw.index + 1, total), total)
        of_log.finish()
        yield from of_log.told()
        yield from _definitions(connection)
        yield from _answers(connection, of_log.size)
        if unread is not None:
            yield Deviation("figures", f"rows and figures were not compared: from entry {unread} on the entries cannot be replayed")
            return
        yield from of_rows.finish()
        yield from _figures(ledger, connection, world, of_rows)
        if of_log.sound:  # an accepted scorecard names the root of its log
            yield from _accepted(ledger, connection, accepted)


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


# --- figures ---------------------------------------------------------------------------------------------------------


def _figures(ledger: Ledger, connection: Connection, world: World, rows: RowCheck) -> Iterator[Deviation]:
    on = shanghai_today(ledger.clock())
    stored, folded = StoredBook(connection, rows.size), FoldedBook(world, rows.size)
    for programme_id, subject in sorted(rows.participations):
        if programme := ledger.catalogue.programmes.get(programme_id):
            for level in LEVELS:
                for what in _differing(stored, folded, programme, subject, on, level):
                    yield Deviation("figures", f"{programme_id} {subject}, {level}: {what}")


def _accepted(ledger: Ledger, connection: Connection, closings: Sequence[Entry]) -> Iterator[Deviation]:
    """Figures that an office bound itself to can be counted again, by the definition that was kept, and are the same."""
    for entry in closings:
        fact = entry.fact
        assert isinstance(fact, Closing)
        definition = definitions.find(connection, fact.programme_digest or "")
        if definition is None or fact.size is None:
            yield Deviation("definition", f"that of {fact.programme}, by which it was accepted, is missing", entry.index)
            continue
        try:
            programme = revive(fact.programme, json.loads(definition))
            now = Reading(connection, ledger)
            card = scorecard_of(now, programme, fact.subject, on=fact.through, size=fact.size, level="recorded")
        except Exception as error:  # as above
            yield Deviation("figures", f"what it accepted cannot be counted again ({error!r})", entry.index)
            continue
        if hashlib.sha256(rfc8785.dumps(card)).hexdigest() != fact.scorecard_digest:
            yield Deviation("figures", "what it accepted is counted otherwise now", entry.index)


def _differing(stored: Book, folded: Book, programme: Programme, subject: str, on: date, level: str) -> Iterator[str]:
    try:
        by_rows = _card(stored, programme, subject, on, level)
    except Exception as error:  # a damaged row can make the database or its driver stumble anywhere
        yield f"the rows cannot be counted ({error!r})"
        return
    by_entries = _card(folded, programme, subject, on, level)
    targets = zip(by_rows.pop("targets", ()), by_entries.pop("targets", ()), strict=True)
    pairs = [("", by_rows, by_entries), *((f"{row['id']}: ", row, other) for row, other in targets)]
    for where, one, other in pairs:
        for name in sorted(one.keys() | other.keys()):
            if one.get(name) != other.get(name):
                yield f"{where}{name} is {one.get(name)} by the rows, {other.get(name)} by the entries"


def _card(book: Book, programme: Programme, subject: str, on: date, level: str) -> dict[str, Any]:
    who = participant(book, programme, subject, on)
    return {} if who is None else scorecard(book, who, on=on, level=level)
