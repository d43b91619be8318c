"""The open ledger: an engine, the programmes, a clock; and one look at it (`Reading`) from which all reads answer.

A reading sees one state of the database throughout. What it answers is an `Ask`: the request resolved, the log size it
depends on, and the work still to be done, so that an unchanged answer costs no more than the head row.
"""

from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Engine

from ledger.actions.uses import Uses
from ledger.config import Settings
from ledger.facts.days import format_instant, from_micros, micros, parse_instant, shanghai_today
from ledger.facts.problems import refuse
from ledger.facts.rules.context import ProgrammeTerms
from ledger.kpi.language import Catalogue, Programme, load_all
from ledger.store import log
from ledger.store.database import connect, reading
from ledger.store.figures import StoredBook
from ledger.store.schema import is_known, newest_revision, revision_of

if TYPE_CHECKING:
    from ledger.actions.issuer import Issuer


class NotMigrated(Exception):
    """The database has not the schema that this release works with."""


def utc_now() -> datetime:
    return datetime.now(UTC)


class Policies:
    """What the programmes say, in the words of the rules (`facts.rules.context.Policies`)."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._terms = {id_: _terms(programme) for id_, programme in catalogue.programmes.items()}

    def programme(self, programme_id: str) -> ProgrammeTerms | None:
        return self._terms.get(programme_id)

    def metric_unit(self, metric_id: str) -> str | None:
        metric = self._catalogue.metrics.get(metric_id)
        return metric.unit if metric else None


def _terms(programme: Programme) -> ProgrammeTerms:
    return ProgrammeTerms(
        subject=programme.subject,  # type: ignore[arg-type]  # the loader admits the four kinds only
        floors={target.id: target.value for target in programme.targets if target.value is not None},
        decidable=frozenset(target.id for target in programme.targets if target.evidence),
        units={target.id: target.unit for target in programme.targets if target.value is not None and target.unit},
    )


@dataclass(frozen=True)
class Ledger:
    """Everything an action needs."""

    engine: Engine
    read_engine: Engine
    catalogue: Catalogue
    settings: Settings
    clock: Callable[[], datetime] = utc_now
    tile_roots: log.TileRoots = field(default_factory=dict, repr=False, compare=False)  # of committed tiles only
    uses: Uses = field(default_factory=Uses, repr=False, compare=False)

    @classmethod
    def open(cls, settings: Settings) -> "Ledger":
        """Raises BadProgrammes for a faulty programme file, NotMigrated where the schema is not the newest."""
        opened = cls.unseen(settings)
        opened.check_schema()
        return opened

    @classmethod
    def unseen(cls, settings: Settings) -> "Ledger":
        """As `open`, but the database is not looked at: it may be away just now. Raises BadProgrammes."""
        catalogue = load_all(settings.programmes)
        engine = connect(settings.database_url)
        apart = settings.read_database_url
        return cls(engine, connect(apart) if apart else engine, catalogue, settings)

    def check_schema(self) -> None:
        """Raises NotMigrated."""
        found, wanted = revision_of(self.engine), newest_revision()
        if found == wanted:
            return
        if found is not None and not is_known(found):
            raise NotMigrated(f"the database is at revision {found}, of a release after this one: start that one, or a newer one")
        raise NotMigrated(f"the database is at revision {found or 'none'}, {wanted} is needed: run `pool-ledger migrate`")

    @cached_property
    def policies(self) -> Policies:
        return Policies(self.catalogue)

    @cached_property
    def issuer(self) -> "Issuer | None":
        """Who else says who somebody is; None where tokens of our own are the only way in."""
        told = self.settings
        if told.oidc_issuer is None or told.oidc_audience is None:
            return None
        from ledger.actions.issuer import Issuer  # most ledgers have none, and need not load all that it takes

        return Issuer(told.oidc_issuer, told.oidc_audience, told.oidc_algorithms)

    def close(self) -> None:
        """Give back all connections. On SQLite whoever closes the last one merges what stands in the write-ahead log."""
        self.engine.dispose()
        self.read_engine.dispose()

    @contextmanager
    def read(self) -> Iterator["Reading"]:
        """One consistent look."""
        with reading(self.read_engine) as connection:
            yield Reading(connection, self)


class Reading:
    """A snapshot of the ledger."""

    def __init__(self, connection: Connection, ledger: Ledger) -> None:
        self.connection = connection
        self.ledger = ledger
        self.head = log.read_head(connection)
        self.size = self.head.size

    @property
    def today(self) -> date:
        return shanghai_today(self.ledger.clock())

    def size_of(self, known_at: str | None) -> int:
        """The log size that `known_at` means: a size, or an instant of this snapshot; without it the whole log."""
        if known_at is None:
            return self.size
        if known_at.isascii() and known_at.isdigit() and len(known_at) <= 18:
            if (size := int(known_at)) <= self.size:
                return size
            raise refuse(
                "unknown-size", "known_at", f"账本目前只有 {self.size} 条记录", f"the log holds {self.size} entries so far"
            )  # fmt: skip
        try:
            instant = parse_instant(known_at)
        except ValueError:
            raise refuse(
                "invalid", "known_at", "应为账本序号或 RFC 3339 时刻", "a log size or an RFC 3339 instant is wanted"
            ) from None
        if instant > self.ledger.clock():
            raise refuse("unknown-size", "known_at", "该时刻尚未到来", "that instant is still to come")
        return log.size_at(self.connection, micros(instant))

    def known_at(self, size: int) -> dict[str, Any]:
        """The size, root and instant that an answer echoes."""
        at = log.recorded_at(self.connection, size)
        return {
            "size": size,
            "root": b64encode(self.root(size)).decode(),
            "recorded_at": None if at is None else format_instant(from_micros(at)),
        }

    def root(self, size: int) -> bytes:
        """Of the tree of so many entries."""
        return self.head.root if size == self.size else log.root(self.connection, size, self.ledger.tile_roots)

    def book(self, size: int) -> StoredBook:
        return StoredBook(self.connection, size)


@dataclass(frozen=True)
class Ask:
    """A resolved request: `key` tells it apart from every other, `size` is what it depends on, `answer` does the work."""

    size: int
    key: tuple[str, ...]
    answer: Callable[[], Mapping[str, Any]]
