"""Activities, loans and outputs: from the history of each to its lines (RULINGS 6, 19 and 28)."""

from collections.abc import Iterator, Sequence

from ledger.facts.entries import Entry
from ledger.facts.kinds.outcomes import Activity, Output, Pledge
from ledger.facts.lines.rows import NEVER, ActivityLine, AttendeeRow, LoanLine, OutputLine, Row, Standing
from ledger.facts.lines.verdicts import Verdicts


def activity_rows(history: Sequence[Entry]) -> Iterator[Row]:
    verdicts = Verdicts.of(history)
    for entry in history:
        fact = entry.fact
        if not isinstance(fact, Activity) or not verdicts.live(entry.index):
            continue
        yield ActivityLine(
            entry=entry.index,
            centre=entry.centre,
            type=fact.activity_type,
            mode=fact.mode,
            service_type=fact.service_type,
            programme=fact.programme,
            held_on=fact.held_on,
            sessions=1 if fact.sessions is None else fact.sessions,
            deliveries=fact.deliveries or 0,
            count=fact.count or 0,
            headcount=fact.headcount or 0,
            firms=fact.firms or 0,
            patents_presented=fact.patents_presented or 0,
            intentions=fact.intentions or 0,
            contracts=fact.contracts or 0,
            contract_amount=fact.contract_amount,
            financing_amount=fact.financing_amount,
            standing=verdicts.standing(entry.index),
        )
        for place, person in enumerate(fact.attendees or (), 1):
            yield AttendeeRow(entry=entry.index, place=place, token=person.token, role=person.role, employer=person.employer)


def loan_state(history: Sequence[Entry]) -> tuple[Entry | None, Entry | None]:
    """(the live loan, its live release) under a reference."""
    verdicts = Verdicts.of(history)
    loan = release = None
    for entry in history:
        if isinstance(entry.fact, Pledge):
            if entry.fact.action == "release":
                release = entry if loan and verdicts.live(entry.index) else release
            elif verdicts.live(entry.index):
                loan, release = entry, None
            else:
                loan = release = None  # a reversed loan takes its release with it
    return loan, release


def loan_rows(history: Sequence[Entry]) -> Iterator[LoanLine]:
    verdicts = Verdicts.of(history)
    loan, release = loan_state(history)
    for entry in (loan, release):
        if entry is None:
            continue
        fact = entry.fact
        assert isinstance(fact, Pledge)
        # A release runs on no day of its own: it is counted by its date, never as a loan that stands.
        ends = NEVER if entry is loan else fact.registered_on
        if entry is loan and release and verdicts.standing(release.index) is not Standing.REJECTED:
            assert isinstance(release.fact, Pledge)
            ends = release.fact.registered_on
        yield LoanLine(
            entry=entry.index,
            centre=entry.centre,
            loan_ref=fact.loan_ref,
            action=fact.action,
            borrower=fact.borrower,
            loan_amount=fact.loan_amount or 0,
            begins=fact.registered_on,
            ends=ends,
            standing=verdicts.standing(entry.index),
        )


def output_rows(history: Sequence[Entry]) -> Iterator[OutputLine]:
    """The reports on one output, each speaking until the next revocation by (day, index)."""
    verdicts = Verdicts.of(history)
    reports = [e for e in history if isinstance(e.fact, Output) and verdicts.live(e.index)]
    revoked = [
        (e.fact.on, e.index)
        for e in reports
        if isinstance(e.fact, Output) and e.fact.status == "revoked" and verdicts.standing(e.index) is not Standing.REJECTED
    ]
    for entry in reports:
        fact = entry.fact
        assert isinstance(fact, Output)
        ends = min((r for r in revoked if r > (fact.on, entry.index)), default=(NEVER, 0))[0]
        yield OutputLine(
            entry=entry.index,
            centre=entry.centre,
            type=fact.output_type,
            ref_no=fact.ref_no,
            status=fact.status,
            issuer_level=fact.issuer_level,
            party_id=fact.party_id,
            value_amount=fact.value_amount,
            patents=fact.patents or (),
            begins=fact.on,
            ends=ends,
            standing=verdicts.standing(entry.index),
        )
