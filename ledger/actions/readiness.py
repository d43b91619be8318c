"""Whether the service can do its work now: its database answers, has the schema of this release, and takes entries.

- It is asked of the database each time, by a thread that nobody has to wait for: whatever hangs, the answer comes in time.
- One look at a time in a process: whoever asks meanwhile is given its result, so that many who ask make no load, and a database
  that hangs holds one thread and not all.
- What is wrong is told in fixed words: no address, no file, no word of a driver. Those are in the log, once for each change.

That the log cannot be published is no matter of readiness: entries are taken all the same.
"""

import time
from collections.abc import Iterator
from concurrent.futures import Future
from concurrent.futures import TimeoutError as NotYet
from dataclasses import dataclass, field
from threading import Lock, Thread
from typing import Final
from weakref import WeakKeyDictionary

import structlog
from sqlalchemy import URL, Engine

from ledger.actions.ledger import Ledger
from ledger.facts.problems import Problem
from ledger.store.readiness import Found, Hindrance, glance
from ledger.store.schema import newest_revision

ANSWER_SECONDS: Final = 3.0  # a little more than a server that answers at all takes

_HINDRANCES: Final[dict[Hindrance, tuple[str, str]]] = {
    "standby": ("数据库是备用副本,不能写入", "the database is a standby: it takes no entries"),
    "read-only": ("数据库为只读", "the database is read-only: it takes no entries"),
    "no-rights": (
        "服务的数据库角色没有写入权限,请运行 pool-ledger migrate --grant",
        "the service's database role may not write: run `pool-ledger migrate --grant`",
    ),
}
_LOG: Final = structlog.get_logger("ledger.readiness")


@dataclass(frozen=True, slots=True)
class Readiness:
    """The size of the log as readers see it, or everything that keeps the service from working."""

    size: int
    problems: tuple[Problem, ...] = ()
    reasons: tuple[str, ...] = ()  # the words of drivers, for the log alone


def readiness(ledger: Ledger) -> Readiness:
    """Within ANSWER_SECONDS, whatever the database does. Never raises."""
    with _LOCK:
        watch = _WATCHES.setdefault(ledger.engine, _Watch())
    return watch.ask(ledger)


@dataclass
class _Watch:
    """The look that is under way in this process, and what was found last."""

    lock: Lock = field(default_factory=Lock)
    running: "Future[Readiness] | None" = None
    since: float = 0.0
    told: tuple[str, ...] = ()

    def ask(self, ledger: Ledger) -> Readiness:
        with self.lock:
            if self.running is None or self.running.done():
                self.running, self.since = Future(), time.monotonic()
                Thread(target=_run, args=(self.running, ledger), name="readiness", daemon=True).start()
            running, left = self.running, self.since + ANSWER_SECONDS - time.monotonic()
        try:
            found = running.result(max(left, 0.0))
        except NotYet:
            found = Readiness(0, (_problem("database", "数据库未在时限内应答", "the database does not answer in time"),))
        self._tell_change(found)
        return found

    def _tell_change(self, found: Readiness) -> None:
        with self.lock:
            told = tuple(f"{one.path}: {one.en}" for one in found.problems)
            changed, self.told = told != self.told, told
        if changed and told:
            _LOG.warning("not ready", problems=list(told), reasons=list(found.reasons))
        elif changed:
            _LOG.info("ready again")


_WATCHES: Final[WeakKeyDictionary[Engine, _Watch]] = WeakKeyDictionary()
_LOCK: Final = Lock()


def _run(answer: "Future[Readiness]", ledger: Ledger) -> None:
    seen = _look("database", ledger.engine.url, writes=True)
    if ledger.read_engine is not ledger.engine:
        read = _look("read_database", ledger.read_engine.url, writes=False)
        seen = Readiness(read.size, seen.problems + read.problems, seen.reasons + read.reasons)
    answer.set_result(seen)


def _look(path: str, url: URL, *, writes: bool) -> Readiness:
    try:
        found = glance(url, writes=writes)
        return Readiness(found.size, tuple(_problems(path, found)))
    except Exception as error:  # of whichever driver, and whatever it says
        reason = (str(getattr(error, "orig", None) or error).strip() or type(error).__name__).partition("\n")[0]
        return Readiness(0, (_problem(path, "无法连接数据库", "the database cannot be reached"),), (f"{path}: {reason[:300]}",))


def _problems(path: str, found: Found) -> Iterator[Problem]:
    if found.revision is None:
        yield _problem(path, "数据库中没有账本", "there is no ledger in the database")
    elif found.revision != (wanted := newest_revision()):
        yield _problem(
            path,
            f"数据库结构版本为 {found.revision},本程序需要 {wanted}",
            f"the schema is at revision {found.revision}, and this release works with {wanted}",
        )
    if found.hindrance is not None:
        yield _problem(path, *_HINDRANCES[found.hindrance])


def _problem(path: str, zh: str, en: str) -> Problem:
    return Problem("unavailable", path, zh, en)
