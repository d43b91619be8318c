"""How things stand: a patent, a party, a pool or a deal on a day, with the entries that made it so.

- Patents and parties are shown to every writer, for all centres work with them; but in their history another centre's entry is
  told without its body and evidence.
- Pools and deals belong to the centre that recorded them, and are seen by whoever may read its entries.
- Standing is by all that was recorded and not rejected; a patent in a rejected pool is in none.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from ledger.actions.entries import day_of_sight, place, seen_by
from ledger.actions.ledger import Ask, Reading
from ledger.actions.record import receipts
from ledger.actions.visibility import Sight
from ledger.facts.actors import READS, Actor
from ledger.facts.encoding import encode
from ledger.facts.entries import Entry
from ledger.facts.kinds.deals import Deal
from ledger.facts.kinds.pools import Pool
from ledger.facts.kinds.registry import Party
from ledger.facts.lines.deals import DealState, claim_on, deal_lines, deal_state
from ledger.facts.lines.pools import pool_entries
from ledger.facts.lines.rows import DealLine, Standing
from ledger.facts.lines.verdicts import Verdicts
from ledger.facts.mentions import mention
from ledger.facts.money import format_yuan
from ledger.facts.problems import Refused, refuse
from ledger.facts.rules.cautions import known_holders
from ledger.facts.world import World
from ledger.store import listing
from ledger.store.worlds import StoredLog

PARTY_RECORD = ("name", "party_kind", "valid_from", "size", "size_basis", "region", "industry", "chains", "tags")


def patent(reading: Reading, actor: Actor, patent_id: str, *, on: date | None) -> Ask:
    day = on or reading.today

    def answer() -> Mapping[str, Any]:
        world = _world(reading)
        state = world.patent(patent_id)
        if state is None:
            raise _missing("patent_id", f"没有专利 {patent_id}", f"there is no patent {patent_id}")
        return {
            "patent_id": patent_id,
            "on": day.isoformat(),
            "right": state.right,
            "title": state.title,
            "filed_on": state.filed_on.isoformat(),
            "granted_on": _day(state.granted),
            "term_end": state.expires.isoformat(),
            "in_force": world.in_force(patent_id, day),
            "holders": sorted(known_holders(world, patent_id, day)),
            "pools": listing.pools_with(reading.connection, reading.size, patent_id, day),
            "history": _history(reading, actor, world.history(mention("patent", patent_id))),
        }

    return Ask(reading.size, ("patent", patent_id, day.isoformat()), answer)


def party(reading: Reading, actor: Actor, party_id: str, *, on: date | None) -> Ask:
    day = on or reading.today

    def answer() -> Mapping[str, Any]:
        world = _world(reading)
        history = world.history(mention("party", party_id))
        if not history:
            raise _missing("party_id", f"没有主体 {party_id}", f"there is no party {party_id}")
        line = world.party(party_id, day)
        entry = world.entry(line.entry) if line else None
        told = encode(entry.fact) if entry and isinstance(entry.fact, Party) else {}
        record = {name: told.get(name) for name in PARTY_RECORD}
        return {"party_id": party_id, "on": day.isoformat(), **record, "history": _history(reading, actor, history)}

    return Ask(reading.size, ("party", party_id, day.isoformat()), answer)


# --- pools -----------------------------------------------------------------------------------------------------------


def pools(reading: Reading, actor: Actor, *, limit: int, cursor: str | None) -> Ask:
    """The pools that the caller may see, in the order in which they were opened, as they are today."""
    after, day = place(cursor), reading.today

    def answer() -> Mapping[str, Any]:
        seen = seen_by(reading, actor)
        found = listing.pools(
            reading.connection,
            reading.size,
            streams=None if seen.everything else seen.streams,
            after=-1 if after is None else after,
            limit=limit + 1,
        )
        page = found[:limit]
        world = _world(reading)
        world.prefetch(mention("pool", pool_id) for _, pool_id in page)
        counts = listing.pool_counts(reading.connection, reading.size, [pool_id for _, pool_id in page], day)
        items = [_pool(world, pool_id, day, counts) for _, pool_id in page]
        return {"items": items, "next": str(page[-1][0]) if len(found) > limit else None}

    return Ask(reading.size, ("pools", day.isoformat(), str(limit), cursor or ""), answer)


def pool(reading: Reading, actor: Actor, pool_id: str, *, on: date | None) -> Ask:
    day = on or reading.today

    def answer() -> Mapping[str, Any]:
        world = _world(reading)
        _see_pool(reading, actor, world, pool_id)
        return _pool(world, pool_id, day, listing.pool_counts(reading.connection, reading.size, [pool_id], day))

    return Ask(reading.size, ("pool", pool_id, day.isoformat(), *day_of_sight(reading, actor)), answer)


def pool_patents(
    reading: Reading, actor: Actor, pool_id: str, *, on: date | None, in_force: bool | None, limit: int, cursor: str | None
) -> Ask:
    """The patents in a pool on a day, in the order of their admissions."""
    day, after = on or reading.today, _member_place(cursor)

    def answer() -> Mapping[str, Any]:
        world = _world(reading)
        _see_pool(reading, actor, world, pool_id)
        found = listing.members(
            reading.connection, reading.size, pool_id, day, in_force=in_force, after=after, limit=limit + 1
        )
        page = found[:limit]
        world.prefetch(mention("patent", member.patent_id) for member in page)
        more = f"{page[-1].entry}.{page[-1].line}" if len(found) > limit else None
        return {"items": [_member(world, member) for member in page], "next": more}

    request = (pool_id, day.isoformat(), str(in_force), str(limit), cursor or "", *day_of_sight(reading, actor))
    return Ask(reading.size, ("pool-patents", *request), answer)


def _see_pool(reading: Reading, actor: Actor, world: World, pool_id: str) -> None:
    opened = world.pool(pool_id)
    if opened is None:
        raise _missing("pool_id", f"没有专利池 {pool_id}", f"there is no pool {pool_id}")
    Sight(reading, actor).see(opened.centre)


def _pool(world: World, pool_id: str, day: date, counts: Mapping[str, tuple[int, int]]) -> dict[str, Any]:
    opened, closed = pool_entries(world.history(mention("pool", pool_id)))
    assert opened is not None
    assert isinstance(opened.fact, Pool)
    line = world.pool(pool_id)
    assert line is not None
    patents, in_force = counts.get(pool_id, (0, 0))
    return {
        "pool_id": pool_id,
        "centre": opened.centre,
        "name": opened.fact.name,
        "industry": opened.fact.industry,
        "operator": opened.fact.operator,
        "opened_on": line.begins.isoformat(),
        # A rejected closing closes nothing.
        "closed_on": line.ends.isoformat() if closed and line.ends < date.max else None,
        "on": day.isoformat(),
        "patents": patents,
        "in_force": in_force,
    }


def _member(world: World, member: listing.Member) -> dict[str, Any]:
    state = world.patent(member.patent_id)
    assert state is not None  # a registration that is in use cannot be reversed
    return {
        "patent_id": member.patent_id,
        "title": state.title,
        "admitted_on": member.begins.isoformat(),
        "mode": member.mode,
        "in_force": member.in_force,
        "granted_on": _day(state.granted),
        "term_end": state.expires.isoformat(),
    }


def _member_place(cursor: str | None) -> tuple[int, int]:
    if cursor is None:
        return -1, -1
    entry, _, line = cursor.partition(".")
    found = place(entry), place(line)
    assert found[0] is not None
    assert found[1] is not None
    return found[0], found[1]


# --- deals -----------------------------------------------------------------------------------------------------------


def deal(reading: Reading, actor: Actor, centre: str, deal_no: str) -> Ask:
    """The live deal under a number; where it was reversed and the number not used again, the last one that had it."""

    def answer() -> Mapping[str, Any]:
        Sight(reading, actor).see(centre)
        world = _world(reading)
        history = world.history(mention("deal", centre, deal_no))
        state = _last_state(history)
        if state is None:
            raise _missing("deal_no", f"{centre} 没有合同 {deal_no}", f"{centre} has no deal {deal_no}")
        rows = deal_lines(_until_reversed(history))
        return {
            "index": state.index,
            "centre": centre,
            "deal_no": deal_no,
            "kind": state.deal.kind,
            "body": encode(state.deal),
            "lines": [_deal_line(world, row) for row in rows],
            "history": receipts(reading.connection, history),
        }

    return Ask(reading.size, ("deal", centre, deal_no, *day_of_sight(reading, actor)), answer)


def _last_state(history: Sequence[Entry]) -> DealState | None:
    return deal_state(_until_reversed(history))


def _until_reversed(history: Sequence[Entry]) -> Sequence[Entry]:
    """The history as it was before the last deal of the number was reversed; all of it where that one is live."""
    last = next((e.index for e in reversed(history) if isinstance(e.fact, Deal)), None)
    reversal = Verdicts.of(history).reversed_by.get(last) if last is not None else None
    return history if reversal is None else [e for e in history if e.index < reversal]


def _deal_line(world: World, row: DealLine) -> dict[str, Any]:
    return {
        "line": row.line,
        "patent_id": row.patent_id,
        "amount": None if row.amount is None else format_yuan(row.amount),
        "registered_on": _day(row.registered_on),
        "registration_no": row.registration_no,
        "announced_on": _day(row.announced_on),
        "standing": _standing(world, row).name.lower(),
    }


def _standing(world: World, row: DealLine) -> Standing:
    """Contested also where another centre holds the claim (RULINGS 8)."""
    standing = Standing(row.standing)
    if row.fingerprint is None or standing is Standing.REJECTED:
        return standing
    claim = claim_on(world.claimants(row.fingerprint))
    return Standing.CONTESTED if claim is not None and claim.centre != row.centre else standing


# --- what all of them share ------------------------------------------------------------------------------------------


def _world(reading: Reading) -> World:
    return World(StoredLog(reading.connection, reading.size))


def _history(reading: Reading, actor: Actor, entries: Sequence[Entry]) -> list[dict[str, Any]]:
    """Receipts of master data; bodies that are not the caller's to read are left out."""
    told = receipts(reading.connection, entries)
    if READS["entries"][actor.role] != "own":
        return told
    sight = Sight(reading, actor)
    hidden: dict[str, Any] = {"body": None, "evidence": []}
    return [one if sight.sees_entry(one["index"], one["centre"]) else one | hidden for one in told]


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _missing(path: str, zh: str, en: str) -> Refused:
    return refuse("not-found", path, zh, en)
