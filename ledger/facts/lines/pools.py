"""Pools and what is in them: spans of days (RULINGS 6 and 29).

- What ends something (a withdrawal, a closing of the pool) acts at every level, unless reversed or rejected.
- An admission holds until the first withdrawal after it by (day, index); its line says nothing of the pool's own days,
  those are joined when a figure is read.
"""

from collections.abc import Iterator, Sequence
from datetime import date

from ledger.facts.entries import Entry
from ledger.facts.kinds.pools import Admission, Pool, Withdrawal
from ledger.facts.lines.rows import NEVER, MemberLine, PoolLine, Standing
from ledger.facts.lines.verdicts import Verdicts


def pool_entries(history: Sequence[Entry]) -> tuple[Entry | None, Entry | None]:
    """(the live opening, the live closing) of a pool."""
    verdicts = Verdicts.of(history)
    opened = closed = None
    for entry in history:
        if isinstance(entry.fact, Pool) and verdicts.live(entry.index):
            if entry.fact.action == "open":
                opened = entry
            else:
                closed = entry
    return opened, closed if opened else None


def pool_rows(history: Sequence[Entry]) -> Iterator[PoolLine]:
    opened, closed = pool_entries(history)
    if opened is None:
        return
    verdicts = Verdicts.of(history)
    assert isinstance(opened.fact, Pool)
    ends = NEVER
    if closed and verdicts.standing(closed.index) is not Standing.REJECTED:
        assert isinstance(closed.fact, Pool)
        ends = closed.fact.on
    yield PoolLine(
        entry=opened.index,
        centre=opened.centre,
        pool_id=opened.fact.pool_id,
        begins=opened.fact.on,
        ends=ends,
        standing=verdicts.standing(opened.index),
    )


def member_rows(history: Sequence[Entry], patent_id: str) -> Iterator[MemberLine]:
    """The lines of one patent in one pool."""
    verdicts = Verdicts.of(history)
    withdrawals = [
        (e.fact.on, e.index)
        for e in history
        if isinstance(e.fact, Withdrawal) and verdicts.live(e.index) and verdicts.standing(e.index) is not Standing.REJECTED
    ]
    for entry in history:
        fact = entry.fact
        if isinstance(fact, Admission) and verdicts.live(entry.index):
            ends = min((w for w in withdrawals if w > (fact.on, entry.index)), default=(NEVER, 0))[0]
            yield MemberLine(
                entry=entry.index,
                line=fact.patents.index(patent_id) + 1,
                centre=entry.centre,
                pool_id=fact.pool_id,
                patent_id=patent_id,
                mode=fact.mode,
                begins=fact.on,
                ends=ends,
                standing=verdicts.standing(entry.index),
            )


def is_member(history: Sequence[Entry], day: date) -> bool:
    """In the pool on a day, by all that is live: the last admission or withdrawal until then is an admission."""
    verdicts = Verdicts.of(history)
    events = [
        (e.fact.on, e.index, isinstance(e.fact, Admission))
        for e in history
        if isinstance(e.fact, Admission | Withdrawal) and verdicts.live(e.index) and e.fact.on <= day
    ]
    return bool(events) and max(events)[2]
