"""The figures: recomputed from the disclosed entries at every level, and compared with what the bundle states, byte for byte.

- They are counted by the same fold that is the specification of every figure (`kpi`); nothing stated enters them.
- The size, root and instant that a scorecard echoes follow from the leaves. The microseconds of an instant stand in no leaf: where
  that entry is not disclosed, the stated ones are taken if the second is right, and the report says so.
- Every field that differs is told with its target, as stated and as recomputed.
"""

import json
from base64 import b64encode
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from ledger.actions.verify.files import SCORECARDS, Files, canonical, parsed
from ledger.actions.verify.kept import Kept
from ledger.actions.verify.report import Report
from ledger.facts.days import format_instant, micros, parse_instant
from ledger.kpi.book import LEVELS, Book
from ledger.kpi.language import Programme
from ledger.kpi.participants import participant
from ledger.kpi.portioned import settled
from ledger.kpi.scorecard import scorecard

CHECK: Final = "figures"

Path = tuple[str, ...]
_ABSENT: Final = object()


def stated_in(files: Files, report: Report) -> Any:
    """What scorecards.json says, or None where it says nothing that can be read."""
    data = files.content(SCORECARDS)
    if data is None:
        report.deviate(CHECK, "missing", SCORECARDS)
        return None
    try:
        return parsed(data)
    except ValueError as error:
        report.deviate(CHECK, "unreadable", SCORECARDS, why=str(error))
        return None


def known_at(size: int, root: bytes | None, second: int | None, instant: str | None, stated: Any, report: Report) -> dict[str, Any]:
    """What a scorecard echoes of the log: `second` is that of the leaf before `size`, `instant` that of its entry, if disclosed."""
    if instant is None and second is not None:
        said = _instant_in(stated)
        if said is not None and micros(parse_instant(said)) // 1_000_000 == second:
            instant = said
            report.note("microseconds", entry=size - 1)
        else:
            report.deviate(CHECK, "known-at", SCORECARDS, entry=size - 1, stated=said, second=second)
    return {"size": size, "root": None if root is None else b64encode(root).decode(), "recorded_at": instant}


@dataclass(frozen=True)
class Asked:
    """The three scorecards that a bundle has to state; `echo` is what they say of the log."""

    programme: Programme
    subject: str
    on: date
    size: int
    echo: Mapping[str, Any]

    def cards(self, kept: Kept, contested: Collection[tuple[int, int]]) -> dict[str, Any] | None:
        """They, counted from the entries; None where the subject takes no part in the programme."""
        book = kept.book(self.size, contested)
        return settled(book, lambda: self._cards(book), lambda: kept.settle(book))

    def _cards(self, book: Book) -> dict[str, Any] | None:
        who = participant(book, self.programme, self.subject, self.on)
        if who is None:
            return None
        return {level: scorecard(book, who, on=self.on, level=level) | {"known_at": dict(self.echo)} for level in LEVELS}


def compare(files: Files, stated: Any, found: Mapping[str, Any], report: Report) -> None:
    """The file against what was recomputed."""
    if files.content(SCORECARDS) == canonical(found):
        return
    before = report.check(CHECK).found
    for path, said, value in differences(stated, found):
        report.deviate(CHECK, "differs", SCORECARDS, **_named(path), stated=_text(said), found=_text(value))
    if report.check(CHECK).found == before:
        report.deviate(CHECK, "spelling", SCORECARDS)


def differences(stated: Any, found: Any, path: Path = ()) -> Iterator[tuple[Path, Any, Any]]:
    """(path, stated, found) of every value that differs. Rows with an id are compared with the row of that id."""
    if isinstance(stated, dict) and isinstance(found, dict):
        for name in sorted({*stated, *found}):
            yield from differences(stated.get(name, _ABSENT), found.get(name, _ABSENT), (*path, name))
    elif (ours := _by_id(found)) is not None and (theirs := _by_id(stated)) is not None:
        yield from differences(theirs, ours, path)
        if theirs == ours and stated != found:
            yield (*path, "id"), list(theirs), list(ours)  # the same rows in another order
    elif isinstance(stated, list) and isinstance(found, list) and len(stated) == len(found):
        for place, (said, value) in enumerate(zip(stated, found, strict=True)):
            yield from differences(said, value, (*path, str(place)))
    elif type(stated) is not type(found) or stated != found:
        yield path, stated, found


def _by_id(rows: Any) -> dict[str, Any] | None:
    """The rows of a list by their ids; None where it is no such list."""
    if not isinstance(rows, list) or not all(isinstance(row, dict) and isinstance(row.get("id"), str) for row in rows):
        return None
    by_id = {row["id"]: row for row in rows}
    return by_id if len(by_id) == len(rows) else None


def _named(path: Path) -> dict[str, Any]:
    """Level, target and field that a path leads to, as far as it goes."""
    level, *rest = path or (None,)
    target = rest[1] if rest[:1] == ["targets"] and len(rest) > 1 else None
    return {"level": level, "target": target, "field": ".".join(rest[2:] if target else filter(None, rest)) or None}


def _text(value: Any) -> str:
    return "–" if value is _ABSENT else json.dumps(value, ensure_ascii=False)


def _instant_in(stated: Any) -> str | None:
    """The instant that the scorecards state, if it is one in its normal form."""
    try:
        said = stated["recorded"]["known_at"]["recorded_at"]
        return said if isinstance(said, str) and format_instant(parse_instant(said)) == said else None
    except (LookupError, TypeError, ValueError):
        return None
