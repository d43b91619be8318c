"""An entry as it stands in the log, and the value that is committed to in its leaf (LOG.md C)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ledger.facts.days import format_instant, parse_instant
from ledger.facts.encoding import decode, encode
from ledger.facts.kinds.base import Fact


@dataclass(frozen=True, slots=True)
class Evidence:
    """A file that stays with the centre; the ledger holds its digest."""

    sha256: str
    title: str | None = None
    media_type: str | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """What somebody said, once it has its place: `index` in the log, `seq` in the stream of `centre`.

    `office` tells whether the stream belonged to an office when the entry was written; it follows from the centre
    entries before this one and is kept beside the entry so that no fold has to look back.
    """

    index: int
    centre: str
    seq: int
    recorded_at: datetime
    recorded_by: str
    fact: Fact
    evidence: tuple[Evidence, ...] = ()
    office: bool = False

    @property
    def kind(self) -> str:
        return self.fact.kind


def value_of(entry: Entry) -> dict[str, Any]:
    """VALUE of LOG.md C: everything that gives the entry its meaning, normalised."""
    return {
        "body": encode(entry.fact),
        "evidence": evidence_list(entry.evidence),
        "kind": entry.kind,
        "recorded_at": format_instant(entry.recorded_at),
        "recorded_by": entry.recorded_by,
    }


def entry_of(value: Mapping[str, Any], *, index: int, centre: str, seq: int, office: bool) -> Entry:
    """The entry behind a disclosed VALUE and its place. Raises Undecodable or KeyError on damage."""
    return Entry(
        index=index,
        centre=centre,
        seq=seq,
        recorded_at=parse_instant(value["recorded_at"]),
        recorded_by=value["recorded_by"],
        fact=decode(value["kind"], value["body"]),
        evidence=tuple(Evidence(**item) for item in value["evidence"]),
        office=office,
    )


def evidence_list(evidence: tuple[Evidence, ...]) -> list[dict[str, str]]:
    wire = []
    for item in evidence:
        told = {"sha256": item.sha256, "title": item.title, "media_type": item.media_type}
        wire.append({key: text for key, text in told.items() if text is not None})
    return wire
