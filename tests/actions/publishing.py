"""What the tests of publishing share: a ledger with a key of its own, copies of its database, and the truth about checkpoints."""

import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from itertools import count, pairwise
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, make_url, select

from ledger.actions.ledger import Ledger
from ledger.proof.checkpoints import Checkpoint, opened
from ledger.proof.merkle import Frontier, consistency, verify_consistency
from ledger.proof.notes import VerifierKey
from ledger.signing import Signer, load_key, new_key
from ledger.store import log
from ledger.store import tables as t
from ledger.store.database import connect, reading
from tests.actions.scene import found, ledger_on, patent, say
from tests.conftest import database

ORIGIN = "ledger.example/log"
FOUND = 10  # entries of a ledger that was founded

NUMBERS = count(1)


def key_file(folder: Path) -> Path:
    return folder / "keys" / "signing.key"


def ledger_in(folder: Path, engine: Engine, **settings: Any) -> Ledger:
    """The ledger with its key below the folder."""
    made = ledger_on(engine)
    told: dict[str, Any] = {"origin": ORIGIN, "signing_key_file": key_file(folder), "witness_timeout_seconds": 5.0}
    return with_settings(made, **told | settings)


def with_settings(ledger: Ledger, **settings: Any) -> Ledger:
    return replace(ledger, settings=replace(ledger.settings, **settings), tile_roots={})


def founded(folder: Path, engine: Engine, **settings: Any) -> Ledger:
    ledger = ledger_in(folder, engine, **settings)
    found(ledger)
    return ledger


def grow(ledger: Ledger, first: int, entries: int = 1) -> None:
    """Some patents more, numbered from `first`."""
    say(ledger, "recorder", "c1", *(patent(number) for number in range(first, first + entries)))


def signer_of(ledger: Ledger) -> Signer:
    """The key of the ledger's file, made if it is not there."""
    path = ledger.settings.signing_key_file
    return load_key(path) or new_key(path, ledger.settings.origin)


def key_of(ledger: Ledger) -> VerifierKey:
    return signer_of(ledger).key


def sizes(ledger: Ledger) -> list[int]:
    """Of all checkpoints that were signed."""
    with reading(ledger.engine) as connection:
        return list(connection.execute(select(t.checkpoint.c.size).order_by(t.checkpoint.c.size)).scalars())


def signed_rightly(ledger: Ledger) -> list[Checkpoint]:
    """All checkpoints of the table, after each was held against the leaves and each against the next, by the ledger's own key."""
    key = key_of(ledger)
    with reading(ledger.engine) as connection:
        rows = connection.execute(select(t.checkpoint).order_by(t.checkpoint.c.size)).all()
        leaves = connection.execute(select(t.entry.c.leaf_hash).order_by(t.entry.c.index)).scalars().all()
        tiles = log.tiles(connection, len(leaves))
        told = [opened(row.note.encode(), key) for row in rows]
        for row, one in zip(rows, told, strict=True):
            tree = Frontier()
            tree.extend(leaves[: one.size])
            assert (one.size, one.root) == (row.size, row.root) == (tree.size, tree.root())
        for one, next_ in pairwise(told):
            proof = consistency(tiles, one.size, next_.size)
            assert one.size < next_.size
            assert verify_consistency(one.size, next_.size, one.root, next_.root, proof)
    return told


@contextmanager
def copied(ledger: Ledger, folder: Path, server: Callable[[], str]) -> Iterator[Ledger]:
    """The ledger as it is now, on a copy of its database with which it has only the key file in common.

    `server` answers the address of the PostgreSQL server where the ledger is on one.
    """
    url = ledger.engine.url
    number = next(NUMBERS)
    ledger.engine.dispose()
    if ledger.engine.dialect.name == "sqlite":
        path = shutil.copyfile(url.database or "", folder / f"copy-{number}.db")
        with _on(ledger, f"sqlite:///{path}") as copy:
            yield copy
        return
    admin = create_engine(server(), isolation_level="AUTOCOMMIT")
    with database(admin, f"{url.database}_copy_{number}", f"TEMPLATE {url.database}") as its_url, _on(ledger, its_url) as copy:
        yield copy
    admin.dispose()


@contextmanager
def _on(ledger: Ledger, url: str) -> Iterator[Ledger]:
    engine = connect(make_url(url))
    yield replace(ledger, engine=engine, read_engine=engine, tile_roots={})
    engine.dispose()


def every(ledger: Ledger, table: Any) -> Sequence[Any]:
    with reading(ledger.engine) as connection:
        return connection.execute(select(table)).all()
