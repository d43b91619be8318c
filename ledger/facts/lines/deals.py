"""A deal and what followed it: from the history of one deal number to its lines and parts.

- A number is used again only after the deal that bore it was reversed; a reversed deal takes its followers with it.
- Followers attach to the deal that was live when they were recorded (RULINGS 46).
- A registration fills each empty date or number once, for the lines it names; a rejected one is as if not written.
- Amounts are split in fen: line amounts as given, else equally; followers in proportion to them (RULINGS 15).
- A line's fingerprint says which recordal it is, so that two centres cannot count it twice (RULINGS 8).
"""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date

from ledger.facts.entries import Entry
from ledger.facts.kinds.deals import (
    Amendment,
    Deal,
    Equity,
    Licence,
    LineItem,
    OpenLicence,
    Payment,
    Registration,
    Termination,
    Transfer,
)
from ledger.facts.lines.rows import Claim, DealLine, DealPart, Row, Standing
from ledger.facts.lines.verdicts import Verdicts
from ledger.facts.money import split_equally, split_in_proportion

FOLLOWERS = (Registration, Amendment, Termination, Payment)


@dataclass(slots=True)
class LineState:
    """The recordal of one line as the registrations left it; beside each date and number, the entry that gave it."""

    item: LineItem
    amount: int | None
    registered_on: tuple[date, int] | None = None
    registration_no: tuple[str, int] | None = None
    announced_on: tuple[date, int] | None = None


@dataclass(slots=True)
class DealState:
    """The live deal under a number, with the followers that are live too."""

    entry: Entry
    verdicts: Verdicts
    lines: list[LineState]
    registrations: list[Entry] = field(default_factory=list)
    changes: list[Entry] = field(default_factory=list)  # amendments and the termination
    payments: list[Entry] = field(default_factory=list)
    termination: Entry | None = None

    @property
    def deal(self) -> Deal:
        assert isinstance(self.entry.fact, Deal)
        return self.entry.fact

    @property
    def index(self) -> int:
        return self.entry.index

    def contract_sum(self) -> int | None:
        if self.deal.amount is None:
            return None
        return self.deal.amount + sum(change_of(change) for change in self.changes)

    def received(self) -> int:
        return sum(e.fact.amount for e in self.payments if isinstance(e.fact, Payment))


def change_of(entry: Entry) -> int:
    """What an amendment or a termination adds to the contract sum, in fen."""
    assert isinstance(entry.fact, Amendment | Termination)
    return entry.fact.amount_change or 0


def deal_state(history: Sequence[Entry]) -> DealState | None:
    """The live deal of a history, None where there is none (never recorded, or reversed)."""
    verdicts = Verdicts.of(history)
    state: DealState | None = None
    for entry in history:
        fact = entry.fact
        if isinstance(fact, Deal):
            # Rules let a number be used again only once it is free, so the last one not reversed is the live one.
            state = _opened(entry, fact, verdicts) if verdicts.live(entry.index) else None
        elif state and isinstance(fact, FOLLOWERS) and verdicts.live(entry.index):
            _follow(state, entry)
    return state


def _opened(entry: Entry, deal: Deal, verdicts: Verdicts) -> DealState:
    if any(item.amount is not None for item in deal.lines):
        shares: Sequence[int | None] = [item.amount for item in deal.lines]
    elif deal.amount is None:
        shares = [None] * len(deal.lines)
    else:
        shares = split_equally(deal.amount, len(deal.lines))
    lines = []
    for item, share in zip(deal.lines, shares, strict=True):
        state = LineState(item, share)
        registered, number = item.registered_on or deal.registered_on, item.registration_no or deal.registration_no
        announced = item.announced_on or deal.announced_on
        state.registered_on = (registered, entry.index) if registered else None
        state.registration_no = (number, entry.index) if number else None
        state.announced_on = (announced, entry.index) if announced else None
        lines.append(state)
    return DealState(entry, verdicts, lines)


def _follow(state: DealState, entry: Entry) -> None:
    match entry.fact:
        case Registration() as fact:
            state.registrations.append(entry)
            for number in fact.lines or range(1, len(state.lines) + 1):
                if state.verdicts.standing(entry.index, number) is Standing.REJECTED:
                    continue
                line = state.lines[number - 1]
                line.registered_on = line.registered_on or (fact.registered_on, entry.index)
                if fact.registration_no is not None:
                    line.registration_no = line.registration_no or (fact.registration_no, entry.index)
                if fact.announced_on is not None:
                    line.announced_on = line.announced_on or (fact.announced_on, entry.index)
        case Termination():
            state.termination = entry
            state.changes.append(entry)
        case Amendment():
            state.changes.append(entry)
        case Payment():
            state.payments.append(entry)


def deal_rows(history: Sequence[Entry]) -> Iterator[Row]:
    """The lines and parts of the live deal."""
    if state := deal_state(history):
        for number in range(1, len(state.lines) + 1):
            yield _line(state, number)
        yield from _parts(state)


def deal_lines(history: Sequence[Entry]) -> list[DealLine]:
    """The lines of the live deal."""
    return [row for row in deal_rows(history) if isinstance(row, DealLine)]


def _line(state: DealState, number: int) -> DealLine:
    deal, line, verdicts = state.deal, state.lines[number - 1], state.verdicts
    grantors, grantees = sides(deal, line.item)
    standing = verdicts.standing(state.index, number)

    def dated(source: tuple[date, int] | None) -> int:
        if source is None or source[1] == state.index:
            return standing
        return min(standing, verdicts.standing(source[1], number))

    fingerprint, complete_at = _fingerprint(deal, line, grantees)
    return DealLine(
        entry=state.index,
        line=number,
        centre=state.entry.centre,
        kind=deal.kind,
        deal_no=deal.deal_no,
        patent_id=line.item.patent_id,
        grantors=grantors,
        grantees=grantees,
        amount=line.amount,
        related_party=deal.related_party,
        role=deal.role,
        payment_mode=deal.payment_mode,
        matched_via=deal.matched_via,
        cause=deal.cause if isinstance(deal, Transfer) else None,
        licence_type=deal.licence_type if isinstance(deal, Licence) else None,
        term_months=deal.term_months if isinstance(deal, Licence | OpenLicence) else None,
        signed_on=deal.signed_on,
        effective_on=deal.effective_on,
        registered_on=line.registered_on and line.registered_on[0],
        announced_on=line.announced_on and line.announced_on[0],
        registration_no=line.registration_no and line.registration_no[0],
        ended_on=state.termination.fact.on if state.termination and isinstance(state.termination.fact, Termination) else None,
        moves_title=isinstance(deal, Transfer) or (isinstance(deal, Equity) and deal.title_transferred),
        standing=standing,
        registered_standing=dated(line.registered_on),
        announced_standing=dated(line.announced_on),
        fingerprint=fingerprint,
        complete_at=complete_at,
    )


def sides(deal: Deal, item: LineItem) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The givers and takers of one line; principals stand in for the grantors (RULINGS 48)."""
    grantors = deal.principals or ((item.grantor,) if item.grantor else deal.grantors)
    return grantors, (item.grantee,) if item.grantee else deal.grantees


def _fingerprint(deal: Deal, line: LineState, grantees: tuple[str, ...]) -> tuple[str | None, int | None]:
    if line.registration_no:
        return digest_of("number", line.registration_no[0], line.item.patent_id), line.registration_no[1]
    if line.registered_on:
        day, given_by = line.registered_on
        return digest_of("dated", deal.kind, line.item.patent_id, *sorted(set(grantees)), day.isoformat()), given_by
    return None, None


def fingerprints(entry: Entry) -> set[str]:
    """The fingerprints that a deal bears when it is recorded."""
    return {line.fingerprint for line in deal_lines([entry]) if line.fingerprint}


def digest_of(*parts: str) -> str:
    return hashlib.sha256("\t".join(parts).encode()).hexdigest()


def _parts(state: DealState) -> Iterator[DealPart]:
    explicit = any(item.amount is not None for item in state.deal.lines)
    weights = [line.amount or 0 for line in state.lines] if explicit else [1] * len(state.lines)
    for entry in [*state.changes, *state.payments]:
        fact = entry.fact
        if isinstance(fact, Payment):
            total, on = fact.amount, fact.received_on
        else:
            assert isinstance(fact, Amendment | Termination)
            total, on = change_of(entry), fact.on
        if not total:
            continue
        for number, share in enumerate(split_in_proportion(total, weights), 1):
            yield DealPart(
                entry=entry.index,
                line=number,
                deal=state.index,
                centre=entry.centre,
                received=isinstance(fact, Payment),
                on=on,
                amount=share,
                standing=state.verdicts.standing(entry.index),
            )


def claim_on(lines: Sequence[DealLine]) -> Claim | None:
    """Who holds a fingerprint, given all live lines that bear it; None while at most one centre claims it.

    The earliest verified claim, else the earliest one: by the entry that completed the fingerprint. A rejected line
    claims nothing; one that an office marked contested keeps its place, so that nobody else counts either.
    """
    claims = [line for line in lines if line.standing != Standing.REJECTED]
    if len({line.centre for line in claims}) < 2:
        return None
    verified = [line for line in claims if line.standing == Standing.VERIFIED]
    holder = min(verified or claims, key=lambda line: (line.complete_at, line.entry, line.line))
    assert holder.fingerprint is not None
    return Claim(fingerprint=holder.fingerprint, centre=holder.centre, entry=holder.entry, line=holder.line)


def contested_in(lines: Iterable[DealLine]) -> dict[tuple[int, int], int]:
    """Which deal lines are contested, by (entry, line), and the entry whose claim is in their way (RULINGS 8).

    All lines that bear a fingerprint must be told together; those of different fingerprints need not.
    """
    by_fingerprint: dict[str, list[DealLine]] = {}
    for line in lines:
        if line.fingerprint is not None:
            by_fingerprint.setdefault(line.fingerprint, []).append(line)
    contested: dict[tuple[int, int], int] = {}
    for claimants in by_fingerprint.values():
        if claim := claim_on(claimants):
            contested |= {(line.entry, line.line): claim.entry for line in claimants if line.centre != claim.centre}
    return contested
