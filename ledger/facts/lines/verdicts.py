"""What was taken back, and how far each entry of a history is believed (RULINGS 6 and 7)."""

from collections.abc import Sequence
from dataclasses import dataclass

from ledger.facts.entries import Entry
from ledger.facts.kinds.rulings import Attestation, Reversal
from ledger.facts.lines.rows import Standing

VERDICTS = {
    "rejected": Standing.REJECTED,
    "contested": Standing.CONTESTED,
    "attested": Standing.ATTESTED,
    "verified": Standing.VERIFIED,
}


@dataclass(frozen=True, slots=True)
class Verdicts:
    """The live part of a history: which entries are reversed, and the attestations that still speak."""

    reversed_by: dict[int, int]
    spoken: dict[int, list[Entry]]

    @classmethod
    def of(cls, history: Sequence[Entry]) -> "Verdicts":
        reversed_by = {e.fact.entry: e.index for e in history if isinstance(e.fact, Reversal)}
        spoken: dict[int, list[Entry]] = {}
        for entry in history:
            if isinstance(entry.fact, Attestation) and entry.index not in reversed_by:
                spoken.setdefault(entry.fact.entry, []).append(entry)
        return cls(reversed_by, spoken)

    def live(self, index: int) -> bool:
        return index not in self.reversed_by

    def standing(self, index: int, line: int | None = None) -> Standing:
        """How an entry (or one line of it) stands: the office's latest word, else the signatory's, else recorded."""
        said = Standing.RECORDED
        by_office = False
        for entry in self.spoken.get(index, ()):
            fact = entry.fact
            assert isinstance(fact, Attestation)
            if fact.lines is not None and line not in fact.lines:
                continue
            if entry.office or not by_office:
                said, by_office = VERDICTS[fact.verdict], by_office or entry.office
        return said
