"""What a verification found: named checks, what each looked at, every deviation with file and entry, and what is not proven.

- A check holds, does not hold, or could not be made because something before it failed; only if all hold, all holds.
- Of each check the first deviations are kept, and the first of each sort; the rest is counted. A hostile file must not fill the
  memory, nor a reader's day.
- Codes and values are collected here, sentences are made when the report is told (`telling`), in either language.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from ledger.actions.verify.telling import Language, framed, shown, spoken

KEPT_MAX: Final = 100


@dataclass(frozen=True, slots=True)
class Deviation:
    """One thing that is not as it must be. `line` is that of a deal in the check `contested`, else the line of the file, from 1."""

    check: str
    code: str
    file: str | None
    entry: int | None
    line: int | None
    values: Mapping[str, Any]

    def message(self, language: Language) -> str:
        return spoken(f"{self.check}.{self.code}", self.values, language)


@dataclass
class Check:
    """`told` is what it looked at, in numbers and names; `skipped` says which check before it left nothing to look at."""

    name: str
    told: dict[str, Any] = field(default_factory=dict)
    kept: list[Deviation] = field(default_factory=list)
    found: int = 0
    skipped: str | None = None

    @property
    def ok(self) -> bool | None:
        return None if self.skipped and not self.found else not self.found


class Report:
    """`subject` is "bundle" or "proof"; `facts` says which one it is, in the words of its own manifest."""

    def __init__(self, subject: str, file: str) -> None:
        self.subject: Final = subject
        self.file: Final = file
        self.facts: Final[dict[str, Any]] = {}
        self.checks: Final[dict[str, Check]] = {}
        self.notes: Final[list[tuple[str, dict[str, Any]]]] = []
        self.closing: tuple[str, dict[str, Any]] | None = None

    @property
    def ok(self) -> bool:
        return all(check.ok for check in self.checks.values())

    def check(self, name: str) -> Check:
        """The check of that name; it is part of the report from the first time it is asked for."""
        return self.checks.setdefault(name, Check(name))

    def tell(self, check: str, **told: Any) -> None:
        self.check(check).told.update(told)

    def deviate(
        self, check: str, code: str, file: str | None = None, *, entry: int | None = None, line: int | None = None, **values: Any
    ) -> None:
        of = self.check(check)
        of.found += 1
        if len(of.kept) < KEPT_MAX or all(one.code != code for one in of.kept):
            of.kept.append(Deviation(check, code, file, entry, line, values))

    def count(self, check: str, more: int) -> None:
        """Deviations that are too many to be named one by one."""
        self.check(check).found += more

    def skip(self, check: str, because: str) -> None:
        """The check cannot be made, because what it needs fell in the check `because`."""
        of = self.check(check)
        of.skipped = of.skipped or because

    def note(self, code: str, **values: Any) -> None:
        if (code, values) not in self.notes:
            self.notes.append((code, values))

    # --- told ------------------------------------------------------------------------------------------------------

    def as_json(self, language: Language) -> dict[str, Any]:
        return {
            "ok": self.ok,
            self.subject: {"file": self.file, **self.facts},
            "checks": [
                {"check": check.name, "ok": check.ok, "told": check.told, "deviations": check.found}
                | ({"skipped": check.skipped} if check.ok is None else {})
                for check in self.checks.values()
            ],
            "deviations": [
                {"check": one.check, "file": one.file, "entry": one.entry}
                | ({} if one.line is None else {"line": one.line})
                | {"code": one.code, "message": one.message(language)}
                for check in self.checks.values()
                for one in check.kept
            ],
            "notes": [{"code": code, "message": spoken(f"note.{code}", values, language)} for code, values in self.notes],
        }

    def as_text(self, language: Language) -> Iterator[str]:
        """The report for a person, line by line; the last lines say what it comes to and what it does not prove."""
        yield spoken(f"head.{self.subject}", {"file": self.file}, language)
        for check in self.checks.values():
            yield from _lines_of(check, language)
        yield ""
        yield framed("head.holds" if self.ok else "head.fails", language)
        if self.closing:
            yield spoken(f"closing.{self.closing[0]}", self.closing[1], language)
        for code, values in self.notes:
            yield spoken(f"note.{code}", values, language)


def _lines_of(check: Check, language: Language) -> Iterator[str]:
    mark = framed({True: "mark.ok", False: "mark.wrong", None: "mark.skipped"}[check.ok], language)
    title = framed(f"title.{check.name}", language)
    if check.ok is None:
        yield framed("line.skipped", language, mark=mark, title=title, because=framed(f"title.{check.skipped}", language))
        return
    told = spoken(f"told.{check.name}", check.told, language)
    yield framed("line.check" if told else "line.bare", language, mark=mark, title=title, told=told)
    for one in check.kept:
        place = [shown(one.file) if one.file else framed("place.file", language)]
        if one.entry is not None:
            place.append(framed("place.entry", language, entry=str(one.entry)))
        if one.line is not None:
            place.append(framed("place.line", language, line=str(one.line)))
        where = framed("place.and", language).join(place)
        yield framed("line.deviation", language, place=where, message=one.message(language))
    if check.found > len(check.kept):
        yield framed("line.more", language, more=str(check.found - len(check.kept)))
