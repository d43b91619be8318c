"""Rules of pools, and of what enters and leaves them (RULINGS 29).

A pool belongs to the centre that opened it. Who may act on it is asked first: on another centre's pool nothing else is said.
"""

from collections.abc import Iterator
from datetime import date
from typing import Any

from ledger.facts.entries import Entry
from ledger.facts.kinds.pools import Admission, Pool, Withdrawal
from ledger.facts.lines.pools import pool_entries
from ledger.facts.lines.rows import Standing
from ledger.facts.lines.verdicts import Verdicts
from ledger.facts.mentions import mention
from ledger.facts.problems import Problem
from ledger.facts.rules.context import Saying, invalid, places, problem
from ledger.facts.world import World

FIELDS_OF_AN_OPENING = {"name": "名称", "industry": "产业", "operator": "运营管理机构"}


def an_opening_describes_the_pool(pool: Pool, _: Saying) -> Iterator[Problem]:
    if pool.action == "open":
        for name, zh in FIELDS_OF_AN_OPENING.items():
            if getattr(pool, name) is None:
                yield invalid(name, f"设立专利池须填写{zh}", f"opening a pool needs its {name}")


def a_pool_opens_once(pool: Pool, saying: Saying) -> Iterator[Problem]:
    """One pool_id for the whole ledger, also after the pool has closed."""
    opened, _ = _pool(pool.pool_id, saying)
    if pool.action == "open" and opened:
        yield problem(
            "pool-exists",
            "pool_id",
            f"专利池 {pool.pool_id} 已由第 {opened.index} 号记录设立",
            f"pool {pool.pool_id} was opened by entry {opened.index}",
            opened.index,
        )


def a_pool_closes_once(pool: Pool, saying: Saying) -> Iterator[Problem]:
    """Only what was opened closes, once, and not before its opening."""
    if pool.action != "close":
        return
    yield from pool_is_known(pool, saying)
    opened, closed = _pool(pool.pool_id, saying)
    if closed:
        yield problem(
            "already-ended",
            "pool_id",
            f"专利池 {pool.pool_id} 已由第 {closed.index} 号记录关闭",
            f"pool {pool.pool_id} was closed by entry {closed.index}",
            closed.index,
        )
    elif opened and isinstance(opened.fact, Pool) and pool.on < opened.fact.on:
        yield invalid(
            "on", f"关闭日早于设立日 {opened.fact.on}", f"the pool opened on {opened.fact.on}, after this day", opened.index
        )


def a_pool_is_its_openers(fact: Pool | Admission | Withdrawal, saying: Saying) -> Iterator[Problem]:
    """Only the centre that opened a pool closes it, admits and withdraws."""
    if isinstance(fact, Pool) and fact.action == "open":
        return
    opened, _ = _pool(fact.pool_id, saying)
    if opened and opened.centre != saying.centre:
        yield problem(
            "forbidden", "pool_id", f"专利池 {fact.pool_id} 属于其他中心", f"pool {fact.pool_id} belongs to another centre"
        )


def pool_is_known(fact: Pool | Admission | Withdrawal, saying: Saying) -> Iterator[Problem]:
    opened, _ = _pool(fact.pool_id, saying)
    if opened is None:
        yield problem("unknown-pool", "pool_id", f"专利池 {fact.pool_id} 尚未设立", f"there is no pool {fact.pool_id}")


def admitted_while_the_pool_is_open(admission: Admission, saying: Saying) -> Iterator[Problem]:
    pool = saying.world.pool(admission.pool_id)
    if pool and admission.on < pool.begins:
        yield invalid("on", f"专利池 {pool.begins} 才设立", f"the pool opens only on {pool.begins}", pool.entry)
    elif pool and admission.on >= pool.ends:
        yield invalid("on", f"专利池已于 {pool.ends} 关闭", f"the pool is closed from {pool.ends} on", pool.entry)


def admitted_patents_are_outside(admission: Admission, saying: Saying) -> Iterator[Problem]:
    """A patent enters a pool in which it is not; other pools do not matter."""
    for path, patent_id in places("patents", admission.patents):
        if standing := standing_admission(saying.world, admission.pool_id, patent_id, admission.on):
            yield problem(
                "already-admitted",
                path,
                f"专利 {patent_id} 已由第 {standing.index} 号记录入池",
                f"patent {patent_id} is in the pool by entry {standing.index}",
                standing.index,
            )


def withdrawn_patents_are_inside(withdrawal: Withdrawal, saying: Saying) -> Iterator[Problem]:
    """A patent leaves a pool in which it is, on a day on which the pool is open."""
    pool = saying.world.pool(withdrawal.pool_id)
    if pool is None:
        return
    open_then = pool.begins <= withdrawal.on < pool.ends
    for path, patent_id in places("patents", withdrawal.patents):
        known = saying.world.patent(patent_id) is not None  # what is not even registered is another rule's business
        if known and not (open_then and standing_admission(saying.world, withdrawal.pool_id, patent_id, withdrawal.on)):
            yield problem(
                "not-in-pool",
                path,
                f"专利 {patent_id} 在 {withdrawal.on} 不在池内",
                f"patent {patent_id} is not in the pool on {withdrawal.on}",
            )


def resting_withdrawals(admission: Entry, history: list[Entry]) -> Iterator[Entry]:
    """The withdrawals of one patent that would take out what is not in, were the admission not there."""
    moves = _moves(history)
    for place, (_, _, move) in enumerate(moves):
        if not isinstance(move.fact, Withdrawal):
            continue
        before = [earlier for _, _, earlier in moves[:place]]
        without = [earlier for earlier in before if earlier.index != admission.index]
        if _admits(before) and not _admits(without):
            yield move


def _pool(pool_id: str, saying: Saying) -> tuple[Entry | None, Entry | None]:
    return pool_entries(saying.world.history(mention("pool", pool_id)))


def standing_admission(world: World, pool_id: str, patent_id: str, on: date) -> Entry | None:
    """The admission by which a patent is in a pool on a day, whatever the pool's own days are."""
    moves = [move for day, _, move in _moves(world.history(mention("member", pool_id, patent_id))) if day <= on]
    return moves[-1] if _admits(moves) else None


def _admits(moves: list[Entry]) -> bool:
    return bool(moves) and isinstance(moves[-1].fact, Admission)


def _moves(history: list[Entry]) -> list[tuple[date, int, Entry]]:
    """What moves one patent in and out, by day and then by place in the log. A rejected withdrawal moves nothing (RULINGS 6)."""
    verdicts = Verdicts.of(history)

    def moves(entry: Entry) -> bool:
        if isinstance(entry.fact, Withdrawal):
            return verdicts.live(entry.index) and verdicts.standing(entry.index) is not Standing.REJECTED
        return isinstance(entry.fact, Admission) and verdicts.live(entry.index)

    return sorted((_day(entry.fact), entry.index, entry) for entry in history if moves(entry))


def _day(fact: Any) -> date:
    day: date = fact.on
    return day
