"""The rows that follow from the log against a replay of its entries: mentions, every version of every row, sets and labels.

The replay is the fold of the core in memory (`actions.replay`), not the road by which rows were written; a version is told by its
key and the log size since which it stands, so rows that stood once are compared like those that stand now.

Share by share, each against its own rows, so that memory stays flat. Three things lie between shares:

- rows of no entry are in no share: where a table has more rows than were looked at, it is searched for them;
- of claims only those are followed whose fingerprint several centres bear, or that a stored claim names;
- a list of parties belongs to many deals: lists that no deal line bears are looked up first, and struck off when one needs them.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from sqlalchemy import Connection, Table

from ledger.actions.deviations import Deviation, number
from ledger.actions.replay import CHUNK, Key, Replay, Shares, Version, key_of
from ledger.facts.lines.deals import claim_on, contested_in
from ledger.facts.lines.rows import Claim, DealLine, InForce, Row
from ledger.facts.world import Change
from ledger.store import audit
from ledger.store import tables as t

BY_ENTRY: Mapping[type[Row], Table] = {kind: table for kind, table in t.ROW_TABLES.items() if "entry" in kind.KEY}
ALONE = (*BY_ENTRY.values(), t.in_force, t.label, t.mention)  # each row belongs to one share


@dataclass
class RowCheck:
    """Compares the rows of a log whose entries `shares` has taken; in the end `contested` has its contested deal lines."""

    connection: Connection
    shares: Shares
    looked_at: Counter[str] = field(default_factory=Counter)  # rows by table
    claimants: dict[str, list[Change]] = field(default_factory=dict)  # by fingerprint, where several claim it
    contested: set[tuple[int, int]] = field(default_factory=set)  # deal lines that stand: (entry, line)
    sets_of_nothing: set[str] = field(default_factory=set)
    sets_told: set[str] = field(default_factory=set)  # what was said of lists: one can be missed in many shares

    def compare(self, progress: Callable[[int], None] = lambda entries: None) -> Iterator[Deviation]:
        """`progress` is told of how many entries the rows were compared. Raises CannotReplay."""
        self.claimants = {fingerprint: [] for fingerprint in audit.fingerprints_of_several(self.connection)}
        self.sets_of_nothing = set(audit.sets_of_nothing(self.connection))
        done = 0
        for share in range(self.shares.count):
            replay = Replay()
            for entry in self.shares.entries(self.connection, share):
                replay.take(entry)
            yield from self._compare_share(replay)
            for change in replay.deal_lines:
                assert isinstance(change.row, DealLine)
                if change.row.fingerprint in self.claimants:
                    self.claimants[change.row.fingerprint].append(change)
            done += len(replay.indices)
            progress(done)
        for table in ALONE:
            yield from self._of_no_entry(table)
        yield from self._compare_claims()
        yield from self._compare_told(t.party_set, self._rows(t.party_set, "set", sorted(self.sets_of_nothing)), {})
        self.looked_at[t.party_set.name] = audit.count(self.connection, t.party_set)  # and not once for each share

    # --- one share -----------------------------------------------------------------------------------------------

    def _compare_share(self, replay: Replay) -> Iterator[Deviation]:
        indices = replay.indices
        yield from self._compare_mentions(replay)
        for kind, table in BY_ENTRY.items():
            yield from self._compare(kind, self._rows(table, "entry", indices), replay.versions[kind])
        in_force = self._rows(t.in_force, "patent_id", sorted(replay.patents))
        yield from self._compare(InForce, in_force, replay.versions[InForce])
        labels = {key: key[0] for key in sorted(replay.labels)}
        yield from self._compare_told(t.label, self._rows(t.label, "entry", indices), labels)
        names = {key[0] for key in replay.sets}
        self.sets_of_nothing -= names
        for one in self._compare_told(t.party_set, self._rows(t.party_set, "set", sorted(names)), replay.sets):
            if one.what not in self.sets_told:
                self.sets_told.add(one.what)
                yield one

    def _rows(self, table: Table, column: str, values: list[Any]) -> Iterator[dict[str, Any]]:
        for start in range(0, len(values), CHUNK):
            for row in audit.rows_of(self.connection, table, column, values[start : start + CHUNK]):
                self.looked_at[table.name] += 1
                yield row

    def _compare_mentions(self, replay: Replay) -> Iterator[Deviation]:
        expected = replay.mentions
        for row in self._rows(t.mention, "entry", replay.indices):
            one = row["what"], row["value"], row["is_subject"]
            if one in expected[row["entry"]]:
                expected[row["entry"]].remove(one)
            else:
                yield Deviation("mention", f"{_mention(*one)} does not follow from it", row["entry"])
        for index, missing in expected.items():
            for one in sorted(missing):
                yield Deviation("mention", f"{_mention(*one)} is missing", index)

    def _compare(self, kind: type[Row], rows: Iterable[dict[str, Any]], versions: Mapping[Key, Version]) -> Iterator[Deviation]:
        table, expected = t.ROW_TABLES[kind].name, dict(versions)
        for stored in rows:
            version = expected.pop((*(stored[name] for name in kind.KEY), stored["since"]), None)
            if version is None:
                yield Deviation(table, f"{_place(kind, stored)} follows from no entry", _entry_of(stored))
                continue
            right = version.values()
            if wrong := [name for name in stored if not _same(stored[name], right[name])]:
                differing = ", ".join(f"{name} is {_told(stored[name])}, not {_told(right[name])}" for name in wrong)
                yield Deviation(table, f"{_place(kind, right)}: {differing}", _entry_of(right))
        for version in expected.values():
            right = version.values()
            yield Deviation(table, f"{_place(kind, right)} is missing", _entry_of(right))

    def _compare_told(self, table: Table, rows: Iterable[dict[str, Any]], right: Mapping[Key, int]) -> Iterator[Deviation]:
        """Tables whose rows are their own key; `right` has each with the entry from which it follows."""
        expected = dict(right)
        for stored in rows:
            key = tuple(stored.values())
            if expected.pop(key, None) is None:
                yield Deviation(table.name, f"{_told(key)} follows from no entry", number(stored.get("entry")))
        for key, entry in expected.items():
            yield Deviation(table.name, f"{_told(key)} is missing", entry)

    # --- between shares ------------------------------------------------------------------------------------------

    def _of_no_entry(self, table: Table) -> Iterator[Deviation]:
        """Rows that were not looked at, because they are of no entry of the log."""
        unseen = audit.count(self.connection, table) - self.looked_at[table.name]
        if not unseen:
            return
        for stored in self._strays(table):
            unseen -= 1
            entry = number(stored.get("entry"))
            if table is t.mention:
                what = f"{_mention(stored['what'], stored['value'], stored['is_subject'])} is of no entry"
            elif table is t.label:
                what = f"{_told(tuple(stored.values()))} follows from no entry"
            else:
                kind = next(kind for kind, of_kind in t.ROW_TABLES.items() if of_kind is table)
                what, entry = f"{_place(kind, stored)} follows from no entry", _entry_of(stored)
            yield Deviation(table.name, what, entry)
        if unseen:  # their mentions were invented with them, and are told there
            yield Deviation(table.name, f"{unseen} more rows follow from no entry")

    def _strays(self, table: Table) -> Iterator[dict[str, Any]]:
        if table is t.in_force:
            yield from audit.in_force_of_nothing(self.connection)
            return
        for stored in audit.rows(self.connection, table):
            index = number(stored["entry"])
            if index is None or not 0 <= index < self.shares.size:
                yield stored

    def _compare_claims(self) -> Iterator[Deviation]:
        versions: dict[Key, Version] = {}
        for changes in self.claimants.values():
            held: dict[tuple[int, int], DealLine] = {}
            versions |= _claims(changes, held)
            self.contested.update(contested_in(held.values()))
        stored = list(audit.rows(self.connection, t.claim))
        self.looked_at[t.claim.name] += len(stored)
        yield from self._compare(Claim, stored, versions)


def _claims(changes: list[Change], held: dict[tuple[int, int], DealLine]) -> dict[Key, Version]:
    """Who held one fingerprint, and since when, given all deal lines that ever bore it (with their beginnings and ends).

    In the end `held` has the lines that stand.
    """
    versions: dict[Key, Version] = {}
    standing: Version | None = None
    # Within one entry the order is that of the fold: a line ceases to stand before another begins in its place.
    for at, together in groupby(sorted(changes, key=lambda change: change.at), lambda change: change.at):
        for change in together:
            assert isinstance(change.row, DealLine)
            if change.opened:
                held[change.row.entry, change.row.line] = change.row
            else:
                held.pop((change.row.entry, change.row.line), None)
        claim = claim_on(list(held.values()))
        if claim == (standing.row if standing else None):
            continue
        if standing:
            standing.until = at + 1
        standing = Version(claim, since=at + 1) if claim else None
        if standing:
            versions[*key_of(standing.row), standing.since] = standing
    return versions


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
