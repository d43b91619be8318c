"""Reading entries back: by pages in the order of the log, or one by its index, as far as the caller may see.

Another centre's entry is refused when it is asked for, and left out of lists (DESIGN section 7).
"""

from collections.abc import Mapping
from typing import Any

from ledger.actions.ledger import Ask, Reading
from ledger.actions.record import receipts
from ledger.actions.visibility import Sight
from ledger.facts.actors import READS, Actor
from ledger.facts.entries import Entry
from ledger.facts.mentions import Mention, mention
from ledger.facts.problems import refuse
from ledger.store import listing, log
from ledger.store.worlds import StoredLog


def page(
    reading: Reading,
    actor: Actor,
    *,
    centre: str | None,
    kind: str | None,
    patent: str | None,
    party: str | None,
    deal_no: str | None,
    since: int | None,
    until: int | None,
    limit: int,
    cursor: str | None,
) -> Ask:
    """Entries in index order; `since` and `until` are indices, the cursor is the index that the next page begins with."""
    first = max(since or 0, place(cursor) or 0)
    end = reading.size if until is None else min(until, reading.size)
    request = (centre, kind, patent, party, deal_no, first, end, limit)

    def answer() -> Mapping[str, Any]:
        named: list[list[Mention]] = []
        if patent is not None:
            named.append([mention("patent", patent)])
        if party is not None:
            named.append([mention("party", party)])
        if deal_no is not None:
            # Verdicts on a deal stand in an office's stream, so the number is looked for under every centre.
            named.append([mention("deal", code, deal_no) for code in listing.centres(reading.connection, reading.size)])
        indices = listing.entries(
            reading.connection,
            seen=seen_by(reading, actor),
            since=first,
            until=end,
            limit=limit + 1,
            centre=centre,
            kind=kind,
            named=named,
        )
        found = log.entries_in(reading.connection, indices[:limit])
        items = receipts(reading.connection, [found[index] for index in indices[:limit]])
        return {"items": items, "next": str(indices[limit]) if len(indices) > limit else None}

    return Ask(reading.size, ("entries", *map(str, request), *day_of_sight(reading, actor)), answer)


def one(reading: Reading, actor: Actor, index: int) -> Ask:
    """An entry as its recorder sees it."""

    def answer() -> Mapping[str, Any]:
        return receipts(reading.connection, [seen(reading, actor, index)])[0]

    return Ask(reading.size, ("entry", str(index), *day_of_sight(reading, actor)), answer)


def seen(reading: Reading, actor: Actor, index: int) -> Entry:
    """The entry, where it is the caller's to read. Raises Refused."""
    entry = StoredLog(reading.connection, reading.size).entry(index)
    if entry is None:
        raise refuse("not-found", "index", f"没有第 {index} 号记录", f"there is no entry {index}")
    if not Sight(reading, actor).sees_entry(index, entry.centre):
        raise refuse("forbidden", "index", f"第 {index} 号记录不在可查阅范围内", f"entry {index} is not yours to read")
    return entry


def seen_by(reading: Reading, actor: Actor) -> listing.Seen:
    """The reach of a caller as codes of centres."""
    match READS["entries"][actor.role]:
        case "all":
            return listing.Seen(everything=True)
        case "own":
            assert actor.centre is not None
            return listing.Seen(streams=(actor.centre,), naming=actor.centre)
        case "region":
            sight = Sight(reading, actor)
            return listing.Seen(streams=[code for code in listing.centres(reading.connection, reading.size) if sight.sees(code)])
        case None:
            return listing.Seen()


def day_of_sight(reading: Reading, actor: Actor) -> tuple[str, ...]:
    """What a region covers is settled for today, so an answer that depends on it is of today."""
    return (reading.today.isoformat(),) if READS["entries"][actor.role] == "region" else ()


def place(cursor: str | None) -> int | None:
    """The index in a cursor. Raises Refused."""
    if cursor is None:
        return None
    if not (cursor.isascii() and cursor.isdigit() and len(cursor) <= 18):
        raise refuse("invalid", "cursor", "不是上一页给出的 next", "this is no `next` of a page")
    return int(cursor)
