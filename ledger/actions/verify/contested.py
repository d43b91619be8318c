"""The lines that are not counted because another centre holds their claim (RULINGS 8 and 9).

- Where all streams are disclosed, the list follows from the entries: it is worked out anew and compared.
- In a centre's bundle the reason may lie in another centre's confidential entry. Then the list is the service's statement, which
  can only lower a figure: each item must be a dated or numbered line of a disclosed deal, and name an entry of another stream.
  What it says of one line holds for every line of the same recordal.
"""

from collections.abc import Collection, Iterable, Mapping
from typing import Final, NamedTuple, cast

from ledger.actions.verify.files import MANIFEST
from ledger.actions.verify.kept import Claimant
from ledger.actions.verify.manifest import Contested
from ledger.actions.verify.report import Report
from ledger.facts.lines.deals import contested_in
from ledger.facts.lines.rows import DealLine

CHECK: Final = "contested"

Place = tuple[int, int]  # (entry, line) of a deal line


class Holder(NamedTuple):
    """Who holds a claim by the manifest."""

    entry: int
    centre: str


def recomputed(stated: Iterable[Contested], lists: Iterable[list[Claimant]], report: Report) -> set[Place]:
    """The contested lines as they follow from the lines of all streams, after the list has been compared with them."""
    found: dict[Place, int] = {}
    for claimants in lists:
        # No more of a line is looked at than a claimant has.
        found |= contested_in(cast(Iterable[DealLine], claimants))
    said, is_so = set(stated), {Contested(*place, by) for place, by in found.items()}
    for one in sorted(said - is_so):
        report.deviate(CHECK, "not-so", MANIFEST, entry=one.entry, line=one.line, by=one.by)
    for one in sorted(is_so - said):
        report.deviate(CHECK, "left-out", MANIFEST, entry=one.entry, line=one.line, by=one.by)
    report.tell(CHECK, lines=len(said), recomputed=True)
    return set(found)


def holders(
    stated: Iterable[Contested], lines: Mapping[Place, DealLine], streams: Mapping[int, str], known_at: int, report: Report
) -> dict[str, Holder]:
    """Who holds the claim of each fingerprint by the list. `lines`: those it names; `streams`: those of the entries in `by`."""
    found: dict[str, Holder] = {}
    for one in stated:

        def wrong(code: str, one: Contested = one, **values: object) -> None:
            report.deviate(CHECK, code, MANIFEST, entry=one.entry, line=one.line, **values)

        line, stream = lines.get((one.entry, one.line)), streams.get(one.by)
        if one.by >= known_at or stream is None:
            wrong("by-unknown", by=one.by, known_at=known_at)
        elif line is None:
            wrong("no-line")
        elif line.fingerprint is None:
            wrong("no-fingerprint")
        elif stream == line.centre:
            wrong("by-itself", by=one.by, stream=stream)
        elif found.setdefault(line.fingerprint, Holder(one.by, stream)).entry != one.by:
            wrong("two-holders", by=one.by)
    return found


def believed(
    stated: Collection[Contested], held: Mapping[str, Holder], lists: Iterable[list[Claimant]], report: Report
) -> set[Place]:
    """The contested lines by the manifest's own word: every line of a recordal that it says another centre holds."""
    said = {(one.entry, one.line) for one in stated}
    found: set[Place] = set()
    for claimant in (one for claimants in lists for one in claimants if one.fingerprint in held):
        holder, place = held[claimant.fingerprint], (claimant.entry, claimant.line)
        if claimant.centre != holder.centre:
            found.add(place)
            if place not in said:
                report.deviate(CHECK, "left-out", MANIFEST, entry=claimant.entry, line=claimant.line, by=holder.entry)
    report.tell(CHECK, lines=len(said), recomputed=False)
    report.note("contested", lines=len(said))
    return found
