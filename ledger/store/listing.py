"""Lists by pages: entries of the log by what they name, pools, and the patents in a pool on a day.

Keyset paging throughout: a page begins after the last place of the one before, so an append between two pages moves nothing.
Who may see what is decided elsewhere; here it arrives as codes of centres.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, and_, exists, func, not_, or_, select, tuple_

from ledger.facts.lines.rows import Standing
from ledger.facts.mentions import Mention, mention
from ledger.store import tables as t
from ledger.store.lines import stands_at


@dataclass(frozen=True, kw_only=True)
class Seen:
    """Whose entries are listed: all, or those of some streams and those of offices that name a centre."""

    everything: bool = False
    streams: Collection[str] = ()
    naming: str | None = None


class Member(NamedTuple):
    """A patent in a pool, by the admission that holds on the day."""

    entry: int
    line: int
    patent_id: str
    begins: date
    mode: str | None
    in_force: bool


def centres(connection: Connection, size: int) -> list[str]:
    """The codes of all registered centres and offices."""
    c = t.centre_row
    return list(connection.execute(select(c.c.code).distinct().where(stands_at(c, size)).order_by(c.c.code)).scalars())


def entries(
    connection: Connection,
    *,
    seen: Seen,
    since: int,
    until: int,
    limit: int,
    centre: str | None = None,
    kind: str | None = None,
    named: Sequence[Collection[Mention]] = (),
) -> list[int]:
    """Indices from `since` up to and without `until`, in order; each of `named` asks that one of its mentions be made."""
    c = t.entry.c
    wanted: list[ColumnElement[bool]] = [c.index >= since, c.index < until]
    if centre is not None:
        wanted.append(c.centre == centre)
    if kind is not None:
        wanted.append(c.kind == kind)
    wanted += [c.index.in_(_naming(mentions, since, until)) for mentions in named]
    if not seen.everything:
        own: ColumnElement[bool] = c.centre.in_(sorted(seen.streams))
        if seen.naming is not None:
            own = or_(own, and_(c.office, c.index.in_(_naming([mention("centre", seen.naming)], since, until))))
        wanted.append(own)
    return list(connection.execute(select(c.index).where(*wanted).order_by(c.index).limit(limit)).scalars())


def _naming(mentions: Collection[Mention], since: int, until: int) -> Any:
    m = t.mention.c
    return select(m.entry).where(tuple_(m.what, m.value).in_([tuple(one) for one in mentions]), m.entry >= since, m.entry < until)


def pools(connection: Connection, size: int, *, streams: Collection[str] | None, after: int, limit: int) -> list[tuple[int, str]]:
    """(entry, id) of the pools that some centres opened (all when None), in the order of opening."""
    p = t.pool_line
    query = select(p.c.entry, p.c.pool_id).where(stands_at(p, size), p.c.entry > after).order_by(p.c.entry).limit(limit)
    if streams is not None:
        query = query.where(p.c.centre.in_(sorted(streams)))
    return [(row.entry, row.pool_id) for row in connection.execute(query)]


def pool_counts(connection: Connection, size: int, pool_ids: Collection[str], on: date) -> dict[str, tuple[int, int]]:
    """(patents, those in force) of pools on a day; an empty pool is left out."""
    m = t.member_line
    force = case_in_force(m.c.patent_id, size, on)
    query = (
        select(m.c.pool_id, func.count(), func.count().filter(force))
        .where(m.c.pool_id.in_(sorted(pool_ids)), _in_pool(m, size, on))
        .group_by(m.c.pool_id)
    )
    return {pool_id: (patents, in_force) for pool_id, patents, in_force in connection.execute(query)}


def members(
    connection: Connection, size: int, pool_id: str, on: date, *, in_force: bool | None, after: tuple[int, int], limit: int
) -> list[Member]:
    """The patents in a pool on a day, in the order of their admissions."""
    m = t.member_line
    force = case_in_force(m.c.patent_id, size, on)
    query = (
        select(m.c.entry, m.c.line, m.c.patent_id, m.c.begins, m.c.mode, force.label("force"))
        .where(m.c.pool_id == pool_id, _in_pool(m, size, on), tuple_(m.c.entry, m.c.line) > tuple_(*after))
        .order_by(m.c.entry, m.c.line)
        .limit(limit)
    )
    if in_force is not None:
        query = query.where(force if in_force else not_(force))
    return [Member(r.entry, r.line, r.patent_id, r.begins, r.mode, bool(r.force)) for r in connection.execute(query)]


def pools_with(connection: Connection, size: int, patent_id: str, on: date) -> list[str]:
    """The pools that a patent is in on a day."""
    m = t.member_line
    query = select(m.c.pool_id).where(m.c.patent_id == patent_id, _in_pool(m, size, on))
    return sorted(connection.execute(query).scalars())


def case_in_force(patent_id: Any, size: int, on: date) -> ColumnElement[bool]:
    f = t.in_force.alias()
    return exists().where(f.c.patent_id == patent_id, stands_at(f, size), f.c.begins <= on, f.c.ends > on)


def _in_pool(member: Any, size: int, on: date) -> ColumnElement[bool]:
    """The membership holds on the day, so does the pool, and no later admission of the patent speaks in its place."""
    pool, later = t.pool_line.alias(), t.member_line.alias()
    open_pool = exists().where(
        pool.c.pool_id == member.c.pool_id, _holds(pool, size, on), pool.c.standing > int(Standing.CONTESTED)
    )
    superseded = exists().where(
        later.c.pool_id == member.c.pool_id,
        later.c.patent_id == member.c.patent_id,
        _holds(later, size, on),
        later.c.standing > int(Standing.CONTESTED),
        or_(later.c.begins > member.c.begins, and_(later.c.begins == member.c.begins, later.c.entry > member.c.entry)),
    )
    return and_(_holds(member, size, on), member.c.standing > int(Standing.CONTESTED), open_pool, not_(superseded))


def _holds(row: Any, size: int, on: date) -> ColumnElement[bool]:
    return and_(stands_at(row, size), row.c.begins <= on, row.c.ends > on)
