"""Master data over time: centres, parties, patents in force (RULINGS 30, 32, 51 and 52)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from ledger.facts.days import patent_term_end
from ledger.facts.entries import Entry
from ledger.facts.kinds.registry import ENDING_CODES, Centre, Party, Patent, PatentStatus
from ledger.facts.lines.rows import FIRST_DAY, NEVER, CentreRow, InForce, PartyLine
from ledger.facts.lines.verdicts import Verdicts

COMPARED = ("right", "filed_on", "granted_on", "term_end")  # what makes two registrations of a patent differ
FILLED = (*COMPARED, "title", "publication_no", "ipc", "owners")


def party_rows(history: Sequence[Entry]) -> Iterator[PartyLine]:
    """One row a record in force: the latest valid_from holds; on one day an office outranks a centre, then the later entry."""
    verdicts = Verdicts.of(history)
    records: dict[date, Entry] = {}
    for entry in history:
        if isinstance(entry.fact, Party) and verdicts.live(entry.index):
            held = records.get(entry.fact.valid_from)
            if held is None or (entry.office, entry.index) > (held.office, held.index):
                records[entry.fact.valid_from] = entry
    days = sorted(records)
    for begins, ends in zip(days, [*days[1:], NEVER][: len(days)], strict=True):
        entry = records[begins]
        fact = entry.fact
        assert isinstance(fact, Party)
        yield PartyLine(
            entry=entry.index,
            centre=entry.centre,
            party_id=fact.party_id,
            name=fact.name,
            kind=fact.party_kind,
            size=fact.size,
            region=fact.region,
            industry=fact.industry,
            chains=fact.chains or (),
            tags=fact.tags or (),
            begins=begins,
            ends=ends,
        )


def centre_rows(history: Sequence[Entry]) -> Iterator[CentreRow]:
    verdicts = Verdicts.of(history)
    records = {e.fact.valid_from: e for e in history if isinstance(e.fact, Centre) and verdicts.live(e.index)}
    days = sorted(records)
    for begins, ends in zip(days, [*days[1:], NEVER][: len(days)], strict=True):
        entry = records[begins]
        fact = entry.fact
        assert isinstance(fact, Centre)
        yield CentreRow(
            entry=entry.index,
            code=fact.code,
            name=fact.name,
            centre_kind=fact.centre_kind,
            region=fact.region,
            operator=fact.operator,
            begins=FIRST_DAY if begins == days[0] else begins,
            ends=ends,
        )


@dataclass(frozen=True, slots=True)
class PatentState:
    """A patent's facts as the entries left them; granted_on is that of the facts, GR01 speaks in `events`."""

    right: str
    title: str
    filed_on: date
    granted_on: date | None
    publication_no: str | None
    term_end: date | None
    ipc: tuple[str, ...] | None
    owners: tuple[str, ...] | None
    events: tuple[tuple[date, int, str], ...]  # (effective_on, index, code), in order
    entries: tuple[int, ...]

    @property
    def granted(self) -> date | None:
        days = [day for day, _, code in self.events if code == "GR01"] + ([self.granted_on] if self.granted_on else [])
        return min(days, default=None)

    @property
    def expires(self) -> date:
        return self.term_end or patent_term_end(self.right, self.filed_on)


def patent_state(history: Sequence[Entry]) -> PatentState | None:
    """An office's entry replaces the facts; any other fills what stood empty (RULINGS 51)."""
    verdicts = Verdicts.of(history)
    facts: dict[str, object] = {}
    entries: list[int] = []
    events = []
    for entry in history:
        if not verdicts.live(entry.index):
            continue
        if isinstance(entry.fact, Patent):
            told = {name: getattr(entry.fact, name) for name in FILLED}
            given = {name: value for name, value in told.items() if value is not None}
            facts = facts | given if entry.office else given | facts
            entries.append(entry.index)
        elif isinstance(entry.fact, PatentStatus):
            events.append((entry.fact.effective_on, entry.index, entry.fact.code))
    if not entries:
        return None
    whole = dict.fromkeys(FILLED) | facts
    return PatentState(**whole, events=tuple(sorted(events)), entries=tuple(entries))  # type: ignore[arg-type]


def in_force_rows(history: Sequence[Entry], patent_id: str) -> Iterator[InForce]:
    """The spans of days from the grant to the end of the term, less those after an ending event and before a restoration."""
    state = patent_state(history)
    if state is None or (granted := state.granted) is None:
        return
    begins: date | None = granted
    ended_by_now = False
    # Events before the grant count for the state on the day of the grant.
    for day, _, code in state.events:
        if code in ENDING_CODES:
            if not ended_by_now and begins is not None and day > begins:
                yield from _span(patent_id, begins, min(day, state.expires))
            ended_by_now, begins = True, None
        elif code == "RR01":
            if ended_by_now:
                begins = max(day, granted)
            ended_by_now = False
    if begins is not None:
        yield from _span(patent_id, begins, state.expires)


def _span(patent_id: str, begins: date, ends: date) -> Iterator[InForce]:
    if begins < ends:
        yield InForce(patent_id=patent_id, begins=begins, ends=ends)
