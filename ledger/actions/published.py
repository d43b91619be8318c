"""What was accepted, as it was published then, beside what the ledger knows of it now, with the entries that made the difference.

- Each acceptance of a participant, in log order, also those that were reopened since, which are told as such.
- A published scorecard is counted again, at its size and by the definition kept under its digest, so it stays readable when the
  programme's files have moved on or are gone. `holds` says whether its bytes are still those that the acceptance bound.
- The same scorecard as known now is by the same definition: what differs is what the ledger learned, not what was asked.

A subject's figures are seen by those who see its scorecards; entries and notes by those who read its entries.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import rfc8785

from ledger.actions import explain
from ledger.actions.entries import place
from ledger.actions.ledger import Ask, Reading
from ledger.actions.score import is_guarded, participant_of, programme_of, scorecard_of, see_subject
from ledger.actions.visibility import Sight
from ledger.facts.actors import Actor
from ledger.facts.entries import Entry
from ledger.facts.kinds.rulings import Closing
from ledger.facts.mentions import mention
from ledger.facts.problems import Refused
from ledger.kpi.language import BadProgrammes, Programme, revive
from ledger.store import definitions
from ledger.store.figures import StoredBook

LEVEL = "recorded"  # the level that an acceptance binds (RULINGS 54)

Card = dict[str, Any]


def published(
    reading: Reading,
    actor: Actor,
    programme_id: str,
    subject: str,
    *,
    through: date | None,
    known_at: str | None,
    limit: int,
    cursor: str | None,
) -> Ask:
    """The acceptances of a participant; of one day `through` only where that is given."""
    see_subject(actor, subject)
    size = reading.size_of(known_at)
    first = place(cursor) or 0

    def answer() -> Mapping[str, Any]:
        book = reading.book(size)
        closings = book.history(mention("closing", programme_id, subject))
        if not closings:
            participant_of(book, programme_of(reading, programme_id), subject, reading.today)  # whoever was accepted takes part
        found = [
            entry for entry in closings
            if isinstance(entry.fact, Closing) and entry.fact.action == "accept"
            and through in (None, entry.fact.through) and entry.index >= first
        ]  # fmt: skip
        teller = _Teller(reading, actor, book, closings)
        items = [teller.told(entry) for entry in found[:limit]]
        return {"items": items, "next": str(found[limit].index) if len(found) > limit else None}

    held = reading.ledger.catalogue.programmes.get(programme_id)
    # What may be seen of it hangs on the day too: centres and offices have their regions from one on.
    at = (held.digest if held else "", reading.today.isoformat())
    request = (programme_id, subject, through.isoformat() if through else "", str(size), str(limit), cursor or "", *at)
    return Ask(size, ("published", *request), answer)


class _Teller:
    """Tells acceptances to one caller. The book of now is asked for all of them."""

    def __init__(self, reading: Reading, actor: Actor, now: StoredBook, closings: Sequence[Entry]) -> None:
        self.reading = reading
        self.guarded = is_guarded(actor)
        self.sight = Sight(reading, actor)
        self.now = now
        self.closings = closings

    def told(self, entry: Entry) -> dict[str, Any]:
        fact = entry.fact
        assert isinstance(fact, Closing)
        reopening = self._reopening(entry, fact)
        sees = self.sight.sees_entry(entry.index, entry.centre)
        figures = self._figures(entry.index, fact)
        # Whoever has all of a scorecard but some amounts could try amounts out until the digest fits.
        told = not (self.guarded and _hides(figures["published"]))
        return {
            "entry": entry.index,
            "through": fact.through.isoformat(),
            "size": fact.size,
            "scorecard_digest": fact.scorecard_digest if told else None,
            "programme_digest": fact.programme_digest,
            "decisions": dict(fact.decisions or {}),
            "note": fact.note if sees else None,
            "state": "accepted" if reopening is None else "reopened",
            "reopened_by": reopening,
            **figures,
        }

    def _reopening(self, entry: Entry, accepted: Closing) -> int | None:
        """The closing that took the acceptance back; one that came after a later acceptance took back that one."""
        for later in self.closings:
            fact = later.fact
            if later.index > entry.index and isinstance(fact, Closing) and fact.through == accepted.through:
                return later.index if fact.action == "reopen" else None
        return None

    def _figures(self, index: int, fact: Closing) -> dict[str, Any]:
        programme = self._programme(fact)
        changes: dict[str, Any] = {"from": index, "to": self.now.size, "targets": []}
        if programme is None or fact.size != index:  # the size is that of the log before it: anything else binds nothing
            return {"holds": False, "published": None, "now": None, "changes": changes}
        then = self.reading.book(index)
        old, new = self._card(then, programme, fact), self._card(self.now, programme, fact)
        told_old, told_new = old, new
        if self.guarded:
            told_old, told_new = (self._card(book, programme, fact, guarded=True) for book in (then, self.now))
        if old and new:
            who = participant_of(self.now, programme, fact.subject, fact.through)
            seen = (index, self.now.size, fact.through, LEVEL)
            moved = explain.moved(self.reading, self.sight, who, (old, new), seen)
            changes["targets"] = _shown(moved, told_old, told_new) if self.guarded else moved
        holds = old is not None and hashlib.sha256(rfc8785.dumps(old)).hexdigest() == fact.scorecard_digest
        return {"holds": holds, "published": told_old, "now": told_new, "changes": changes}

    def _card(self, book: StoredBook, programme: Programme, fact: Closing, *, guarded: bool = False) -> Card | None:
        """The scorecard at the size of a book; None where the subject takes no part any more."""
        what: dict[str, Any] = {"on": fact.through, "size": book.size, "level": LEVEL, "guarded": guarded, "book": book}
        try:
            return scorecard_of(self.reading, programme, fact.subject, **what)
        except Refused:
            return None

    def _programme(self, fact: Closing) -> Programme | None:
        """The definition that the acceptance bound; None where it was not kept, or is damaged."""
        held = self.reading.ledger.catalogue.programmes.get(fact.programme)
        if held and held.digest == fact.programme_digest:
            return held
        kept = definitions.find(self.reading.connection, fact.programme_digest or "")
        try:
            resolved = json.loads(kept or "null")
            return revive(fact.programme, resolved) if isinstance(resolved, dict) else None
        except (BadProgrammes, ValueError):
            return None


def _shown(moved: Sequence[dict[str, Any]], before: Card | None, after: Card | None) -> list[dict[str, Any]]:
    """What moved, without the figures that are hidden in the scorecards beside it."""
    told = []
    for one in moved:
        hidden = {name: _is_hidden(card, one) for name, card in (("before", before), ("after", after))}
        blank = {name: None for name, is_hidden in hidden.items() if is_hidden}
        told.append(one | blank | ({"suppressed": True} if blank else {}))
    return told


def _hides(card: Card | None) -> bool:
    """Whether something is hidden in a scorecard, or all of it."""
    return card is None or any(shown.get("suppressed", False) for row in card["targets"] for shown in (row, *row["parts"]))


def _is_hidden(card: Card | None, moved: Mapping[str, Any]) -> bool:
    rows = [row for row in card["targets"] if row["id"] == moved["id"]] if card else []
    parts = [part for row in rows for part in row["parts"] if part["window"] == moved.get("window")]
    return any(shown.get("suppressed", False) for shown in (*rows, *parts))
