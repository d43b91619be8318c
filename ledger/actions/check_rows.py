"""The rows that follow from the log against a replay of its entries: mentions, every version of every row, sets and labels.

The replay is the fold of the core in memory (`facts.world`), not the road by which rows were written; a version is told by its
key and the log size since which it stands, so rows that stood once are compared like those that stand now.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Table

from ledger.actions.deviations import Deviation, number
from ledger.facts.entries import Entry
from ledger.facts.kinds.rulings import Participation
from ledger.facts.lines.rows import DealLine, Row
from ledger.facts.world import Change, World
from ledger.store import audit
from ledger.store import tables as t
from ledger.store.lines import set_key, values_of

CHUNK = 500  # entries whose mentions are compared at once

Key = tuple[Any, ...]


@dataclass(slots=True)
class Version:
    row: Row
    since: int
    until: int = t.OPEN

    def values(self) -> dict[str, Any]:
        told = values_of(self.row) | {"since": self.since, "until": self.until}
        return {name: audit.plain(value) for name, value in told.items()}


@dataclass
class RowCheck:
    """Takes all entries in order; `finish` compares the tables with what followed."""

    connection: Connection
    world: World
    versions: dict[type[Row], dict[Key, Version]] = field(default_factory=lambda: {kind: {} for kind in t.ROW_TABLES})
    standing: dict[tuple[type[Row], Key], Version] = field(default_factory=dict)
    sets: dict[Key, int] = field(default_factory=dict)  # (set, place, party) → the first entry that needs it
    labels: set[Key] = field(default_factory=set)
    participations: set[tuple[str, str]] = field(default_factory=set)  # (programme, subject)
    mentioned: dict[int, set[tuple[str, str, int]]] = field(default_factory=dict)
    size: int = 0

    def take(self, entry: Entry) -> Iterator[Deviation]:
        taken = self.world.take(entry)
        self.mentioned[entry.index] = {
            (m.what, m.value, int(is_subject))
            for about, is_subject in ((taken.subjects, True), (taken.names, False))
            for m in about
        }
        self.size = entry.index + 1
        for change in taken.changes:
            self._follow(change)
        if isinstance(entry.fact, Participation):
            self.participations.add((entry.fact.programme, entry.fact.subject))
        if len(self.mentioned) == CHUNK:
            yield from self._compare_mentions()

    def _follow(self, change: Change) -> None:
        row, kind = change.row, type(change.row)
        key = tuple(audit.plain(getattr(row, name)) for name in kind.KEY)
        if not change.opened:
            self.standing.pop((kind, key)).until = change.at + 1
            return
        version = Version(row, since=change.at + 1)
        self.standing[kind, key] = self.versions[kind][*key, version.since] = version
        if isinstance(row, DealLine):
            for side in (row.grantors, row.grantees):
                for place, party in enumerate(side, 1):
                    self.sets.setdefault((set_key(side), place, party), row.entry)
        for name, what in t.LABELS.items():
            self.labels.update((row.entry, what, value) for value in getattr(row, name, ()))  # type: ignore[attr-defined]

    def _compare_mentions(self) -> Iterator[Deviation]:
        """The mentions of the entries taken since the last time."""
        if not self.mentioned:
            return
        for entry, what, value, is_subject in audit.mentions(self.connection, min(self.mentioned), max(self.mentioned) + 1):
            expected = self.mentioned.get(entry, set())
            if (what, value, is_subject) in expected:
                expected.remove((what, value, is_subject))
            else:
                yield Deviation("mention", f"{_mention(what, value, is_subject)} does not follow from it", number(entry))
        for index, missing in self.mentioned.items():
            for one in sorted(missing):
                yield Deviation("mention", f"{_mention(*one)} is missing", index)
        self.mentioned = {}

    def finish(self) -> Iterator[Deviation]:
        yield from self._compare_mentions()
        for first, end in ((-(2**62), 0), (self.size, None)):
            for entry, what, value, is_subject in audit.mentions(self.connection, first, end):
                yield Deviation("mention", f"{_mention(what, value, is_subject)} is of no entry", number(entry))
        for kind, table in t.ROW_TABLES.items():
            yield from self._compare(kind, table)
        yield from self._compare_told(t.party_set, dict(self.sets))
        yield from self._compare_told(t.label, {key: key[0] for key in self.labels})

    def _compare(self, kind: type[Row], table: Table) -> Iterator[Deviation]:
        expected = dict(self.versions[kind])
        for stored in audit.rows(self.connection, table):
            version = expected.pop((*(stored[name] for name in kind.KEY), stored["since"]), None)
            if version is None:
                yield Deviation(table.name, f"{_place(kind, stored)} follows from no entry", _entry_of(stored))
                continue
            right = version.values()
            if wrong := [name for name in stored if not _same(stored[name], right[name])]:
                differing = ", ".join(f"{name} is {_told(stored[name])}, not {_told(right[name])}" for name in wrong)
                yield Deviation(table.name, f"{_place(kind, right)}: {differing}", _entry_of(right))
        for version in expected.values():
            right = version.values()
            yield Deviation(table.name, f"{_place(kind, right)} is missing", _entry_of(right))

    def _compare_told(self, table: Table, expected: dict[Key, int]) -> Iterator[Deviation]:
        """Tables whose rows are their own key; `expected` has each with the entry from which it follows."""
        for stored in audit.rows(self.connection, table):
            key = tuple(stored.values())
            if expected.pop(key, None) is None:
                yield Deviation(table.name, f"{_told(key)} follows from no entry", number(stored.get("entry")))
        for key, entry in expected.items():
            yield Deviation(table.name, f"{_told(key)} is missing", entry)


def _same(stored: Any, right: Any) -> bool:
    # SQLite keeps text in a column of numbers if it is given text, and 1 == True == 1.0 in Python.
    return type(stored) is type(right) and bool(stored == right)


def _entry_of(values: dict[str, Any]) -> int | None:
    """The entry of a row, or the one that opened it where it names none."""
    since = number(values["since"])
    return number(values["entry"]) if "entry" in values else None if since is None else since - 1


def _place(kind: type[Row], values: dict[str, Any]) -> str:
    named = [f"{name} {values[name]}" for name in kind.KEY if name != "entry"]
    return ", ".join([*named, f"since {values['since']}"])


def _mention(what: str, value: str, is_subject: int) -> str:
    return f"{'subject' if is_subject else 'name'} {what} {_told(value)}"


def _told(value: Any) -> str:
    return repr(value) if isinstance(value, str) else str(value)
