"""The ledgers of a run, each with a door: two on PostgreSQL, one full of invented years and one almost empty, and one on SQLite.

All three hold the same parties and the same fresh patents, so that one append means the same work everywhere.
"""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bench.servers import database, opened, served
from bench.years import APPENDING, Recorded, record_all, years
from ledger.actions.access import create_token
from ledger.actions.ledger import Ledger
from tests.postgres import postgres

Say = Callable[[str], None]


@dataclass(frozen=True)
class Plan:
    """How much is measured."""

    rows: int
    rounds: int
    seconds: float  # that a server is driven in one round
    looks: int  # rounds of a figure: it takes milliseconds
    pgledger: Path | None = None  # a checkout of pgledger, where somebody has one


DEFAULT: Final = Plan(rows=12_000, rounds=5, seconds=1.5, looks=9)
QUICK: Final = Plan(rows=3_000, rounds=2, seconds=0.5, looks=3)


@dataclass(frozen=True)
class Door:
    """A ledger, and where it is asked over HTTP."""

    ledger: Ledger
    url: str
    port: int
    recorder: str
    auditor: str


@dataclass(frozen=True)
class Scene:
    plan: Plan
    server: str
    full: Door
    new: Door
    sqlite: Door
    bare: int
    held: Recorded  # by the full one
    version: str  # of PostgreSQL
    folder: Path  # on the disk that all databases lie on


@contextmanager
def scene(plan: Plan, say: Say) -> Iterator[Scene]:
    with ExitStack() as stack:
        say("starting PostgreSQL …")
        server = stack.enter_context(postgres(durable=True))
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="ledger-bench-")))
        full = stack.enter_context(database(server, "bench_full"))
        new = stack.enter_context(database(server, "bench_new"))
        sqlite = f"sqlite:///{folder / 'new.db'}"
        keys = [folder / f"{number}.key" for number in range(3)]
        ledgers = [stack.enter_context(opened(url, key)) for url, key in zip((full, new, sqlite), keys, strict=True)]
        say(f"recording {plan.rows} deal lines and what is around them …")
        held = record_all(ledgers[0], years(plan.rows))
        for ledger in ledgers[1:]:
            record_all(ledger, years(0))
        version = settle(ledgers[0])
        settle(ledgers[1])
        say("starting gunicorn …")
        bare = stack.enter_context(served("bench.bare:app", "/"))
        urls = (full, new, sqlite)
        behind = [
            stack.enter_context(served("wsgi:app", "/readyz", {"LEDGER_DATABASE_URL": url, "LEDGER_SIGNING_KEY_FILE": str(key)}))
            for url, key in zip(urls, keys, strict=True)
        ]
        first, second, third = (door(ledger, url, one.wait()) for ledger, url, one in zip(ledgers, urls, behind, strict=True))
        yield Scene(plan, server, first, second, third, bare.wait(), held, version, folder)


def settle(ledger: Ledger) -> str:
    """Bring the planner's statistics up to date, as autovacuum does within a minute or two; answers the server's version."""
    with ledger.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("VACUUM ANALYZE")
        version: str = connection.exec_driver_sql("SHOW server_version").scalar_one()
        return version


def door(ledger: Ledger, url: str, port: int) -> Door:
    recorder = create_token(ledger, role="recorder", centre=APPENDING)
    return Door(ledger, url, port, recorder, create_token(ledger, role="auditor"))
