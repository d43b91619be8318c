"""Recording: the one place where the transaction of an append begins and ends.

- `append` takes a list of submissions into one transaction and answers each with an `Answer` or with the `Refused` that
  it met; a single entry is a list of one, a batch is one submission of many items, all or none.
- Under the head lock each submission is judged in the world as the ones before it left it, and is taken or undone whole.
- Leaves, entries, rows, tiles and idempotency keys are written together; nothing is answered before COMMIT.
- If the database itself refuses a group, it is rolled back and taken one by one, so that one cannot spoil another's.

A dry run goes the same way up to COMMIT, which it replaces by a rollback.
"""

import hashlib
import json
import zlib
from base64 import b64encode
from collections import Counter
from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import rfc8785
from sqlalchemy import Connection
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError

from ledger.actions.closing import filled
from ledger.actions.ledger import Ledger
from ledger.facts.actors import Actor
from ledger.facts.days import format_instant, from_micros, micros
from ledger.facts.encoding import encode
from ledger.facts.entries import Entry, evidence_list
from ledger.facts.kinds.deals import Deal
from ledger.facts.kinds.rulings import Attestation, Closing, Reversal
from ledger.facts.lines.deals import fingerprints
from ledger.facts.lines.rows import Standing
from ledger.facts.lines.verdicts import Verdicts
from ledger.facts.mentions import Mention, mention, names, subjects
from ledger.facts.problems import Problem, Refused, refuse
from ledger.facts.rules.context import Saying, as_if_taken
from ledger.facts.rules.table import problems_with, warnings_for
from ledger.facts.world import Taken, World
from ledger.store import idempotency, lines, log
from ledger.store.database import refresh_statistics, writing
from ledger.store.worlds import StoredLog
from schemas.entries import Said

Language = Literal["zh", "en"]
# Complaints that an item before may have caused by being left out.
ECHOES = ("unknown-centre", "unknown-party", "unknown-patent", "unknown-deal", "unknown-pool", "unknown-entry",
          "not-in-pool", "statement-inactive")  # fmt: skip
SMALL = 512  # entries; below, any plan is a good plan
PREFETCHED = ("patent", "pool", "statement")  # what rules look up of the things that a fact names


@dataclass(frozen=True)
class Submission:
    """One request: who says what. `founding` is the command line's right to record the first office."""

    by: Actor
    items: Sequence[Said]
    batch: bool = False
    key: str | None = None
    language: Language = "zh"
    founding: bool = False


@dataclass(frozen=True)
class Answer:
    """What the client gets, to the byte."""

    status: int
    body: bytes
    location: str | None = None
    replayed: bool = False
    first: int | None = None  # the index of the first entry; None of a rehearsal
    kinds: Mapping[str, int] = field(default_factory=dict)  # how many of which kind this very request has put into the log


class _RolledBack(Exception):
    """Ends the transaction of a dry run."""


def submit(
    ledger: Ledger,
    actor: Actor,
    items: Sequence[Said],
    *,
    batch: bool = False,
    key: str | None = None,
    dry_run: bool = False,
    language: Language = "zh",
    founding: bool = False,
) -> Answer:
    """Record one request, durably, or raise Refused with everything that is wrong."""
    submission = Submission(actor, items, batch, key, language, founding)
    outcome = rehearse(ledger, submission) if dry_run else append(ledger, [submission])[0]
    if isinstance(outcome, Exception):
        raise outcome
    return outcome


def append(ledger: Ledger, submissions: Sequence[Submission]) -> list[Answer | Refused | DBAPIError]:
    """Record a group in one transaction; one outcome for each, in their order."""
    try:
        with writing(ledger.engine) as connection:
            group = _Group(ledger, connection, submissions)
            before = group.head.size
            outcomes = group.outcomes()
    except DBAPIError as error:
        # Only what was refused is tried again: where a connection broke off, nobody here knows whether it was kept.
        if len(submissions) == 1 or not isinstance(error, IntegrityError | DataError):
            return [error] * len(submissions)
        return [append(ledger, [one])[0] for one in submissions]
    if group.head.size >= SMALL and group.head.size.bit_length() > before.bit_length():
        refresh_statistics(ledger.engine)  # each time the log has doubled
    return [*outcomes]


def rehearse(ledger: Ledger, submission: Submission) -> Answer | Refused:
    """What `append` would answer, with nothing kept: no salt is drawn for good, so there is no leaf hash to tell."""
    outcome: Answer | Refused
    try:
        with writing(ledger.engine) as connection:
            outcome = _Group(ledger, connection, [submission], rehearsal=True).outcomes()[0]
            raise _RolledBack
    except _RolledBack:
        return outcome


def judged_too(ledger: Ledger, actor: Actor, refused: Refused, sound: Sequence[tuple[int, Said]]) -> Refused:
    """A batch refused for the shape of some items, with what the rules say of the others: every bad item is told at once.

    `sound` are the well-formed items and their places. What one of them misses may be what a badly formed item before it
    would have brought, so such complaints are left out.
    """
    outcome = rehearse(ledger, Submission(actor, [said for _, said in sound], batch=True)) if sound else None
    if not isinstance(outcome, Refused):
        return refused
    badly_formed = min(set(range(sound[-1][0] + 1)) - {place for place, _ in sound}, default=sound[-1][0] + 1)
    more = []
    for problem in outcome.problems:
        _, number, path = problem.path.split(".", 2)
        place = sound[int(number)][0]
        if place < badly_formed or problem.code not in ECHOES:
            more.append(replace(problem, path=f"entries.{place}.{path}"))
    return Refused([*refused.problems, *more])


@dataclass
class _Accepted:
    """A submission that was taken: its entries, and the warnings of each."""

    submission: Submission
    entries: list[Entry]
    warnings: list[list[Problem]]


class _Group:
    """Submissions on their way into the log, under the head lock."""

    def __init__(
        self, ledger: Ledger, connection: Connection, submissions: Sequence[Submission], *, rehearsal: bool = False
    ) -> None:
        self.ledger = ledger
        self.connection = connection
        self.submissions = submissions
        self.rehearsal = rehearsal
        self.head = log.lock_head(connection)
        self.ends = log.stream_ends(connection, sorted({item.centre for one in submissions for item in one.items}))
        self.next_seq = {centre: end.seq + 1 for centre, end in self.ends.items()}
        self.last_micros = self.head.recorded_at
        self.world = World(StoredLog(connection))
        self.pending: list[Taken] = []
        self.leaf_hashes: dict[int, bytes] = {}
        self._prefetch()

    def outcomes(self) -> list[Answer | Refused]:
        taken: list[_Accepted | Answer | Refused] = []
        for submission in self.submissions:
            try:
                taken.append(self._replayed(submission) or self._take(submission))
            except Refused as refusal:
                taken.append(refusal)
            if submission.key is not None:
                self.flush()  # so that the next one with this key finds it
                self._remember(taken[-1])
        self.flush()
        return [self._answer(one) if isinstance(one, _Accepted) else one for one in taken]

    def flush(self) -> None:
        """Write what was taken since the last time."""
        if self.pending:
            entries = [one.entry for one in self.pending]
            hashes = log.append(self.connection, self.head, entries, self.ends)
            self.leaf_hashes |= {entry.index: hash_ for entry, hash_ in zip(entries, hashes, strict=True)}
            lines.apply(self.connection, self.pending)
            self.pending = []

    # --- one submission --------------------------------------------------------------------------------------------

    def _take(self, submission: Submission) -> _Accepted:
        accepts = any(isinstance(item.fact, Closing) and item.fact.action == "accept" for item in submission.items)
        if accepts:
            self.flush()  # an acceptance binds figures, which are counted in the database
        waiting = len(self.pending)
        first = self.head.size + waiting  # an entry of this very request is nowhere until it is taken whole
        mark, sequences, clock = self.world.mark(), dict(self.next_seq), self.last_micros
        # Only an acceptance writes before the whole request is taken; then what was written must be taken back too.
        written = (self.connection.begin_nested(), deepcopy(self.head), deepcopy(self.ends)) if accepts else None
        accepted = _Accepted(submission, [], [])
        problems: list[Problem] = []
        for number, item in enumerate(submission.items):
            try:
                entry, warnings = self._take_one(submission, item)
            except Refused as refusal:
                told = [replace(p, entry=None) if p.entry is not None and p.entry >= first else p for p in refusal.problems]
                problems += [p.under(f"entries.{number}") if submission.batch else p for p in told]
                continue
            accepted.entries.append(entry)
            accepted.warnings.append(warnings)
        if problems:
            self.world.undo(mark)
            self.next_seq, self.last_micros = sequences, clock
            del self.pending[waiting:]
            if written:
                savepoint, self.head, self.ends = written
                savepoint.rollback()
            raise Refused(problems)
        return accepted

    def _take_one(self, submission: Submission, item: Said) -> tuple[Entry, list[Problem]]:
        saying = Saying(item.centre, submission.by, self.world, self.ledger.policies, submission.founding)
        if problems := problems_with(item.fact, saying):
            raise Refused(problems)
        warnings = warnings_for(item.fact, saying)
        index = self.head.size + len(self.pending)
        fact = item.fact
        if isinstance(fact, Closing) and fact.action == "accept":
            self.flush()
            fact = filled(self.ledger, self.connection, fact, size=index)
        # Instants tell entries apart and follow their order, whatever the clock does.
        self.last_micros = max(micros(self.ledger.clock()), self.last_micros + 1)
        entry = Entry(
            index=index,
            centre=item.centre,
            seq=self.next_seq[item.centre],
            recorded_at=from_micros(self.last_micros),
            recorded_by=submission.by.name,
            fact=fact,
            evidence=item.evidence,
            office=saying.office,
        )
        self.pending.append(self.world.take(entry))
        self.next_seq[item.centre] += 1
        return entry, warnings

    def _prefetch(self) -> None:
        """Fetch at once what the rules will ask about; the world would find it one by one."""
        about: set[Mention] = set()
        patents: set[str] = set()
        prints: set[str] = set()
        spoken_of: list[int] = []
        for item in (item for one in self.submissions for item in one.items):
            about.update((mention("centre", item.centre), mention("periods", item.centre)))
            if isinstance(item.fact, Attestation | Reversal):
                spoken_of.append(item.fact.entry)
                continue
            about.update(subjects(item.fact, item.centre, -1, self.world.subjects_of))
            about.update(n for n in names(item.fact, item.centre, lambda _: None) if n.what in PREFETCHED)
            if isinstance(item.fact, Deal):
                patents.update(line.patent_id for line in item.fact.lines)
                prints |= fingerprints(as_if_taken(item.fact, item.centre))
        for index in spoken_of:
            about.update(self.world.subjects_of(index))
        self.world.prefetch(sorted(about))
        self.world.prefetch_deal_lines(sorted(patents), sorted(prints))

    # --- idempotency -----------------------------------------------------------------------------------------------

    def _replayed(self, submission: Submission) -> Answer | None:
        """The first answer to this key, where it was used before; 422 where it was used for something else."""
        if submission.key is None or not submission.items:
            return None
        if submission.by.centre != submission.items[0].centre:
            return None  # refused further on; what a key stands for is told to its own centre only
        kept = idempotency.find(self.connection, submission.items[0].centre, submission.key)
        if kept is None:
            return None
        if kept.digest != _digest(submission):
            raise refuse(
                "idempotency-mismatch",
                "Idempotency-Key",
                f"幂等键已用于记录 {kept.first} 的其他内容",
                f"this key was used for other content, at entry {kept.first}",
                kept.first,
            )
        body = zlib.decompress(kept.answer)
        return Answer(200 if self.rehearsal else 201, body, None if submission.batch else _location(kept.first), True, kept.first)

    def _remember(self, outcome: "_Accepted | Answer | Refused") -> None:
        if isinstance(outcome, _Accepted) and outcome.submission.key is not None:
            body = self._answer(outcome).body
            first = outcome.entries[0]
            digest = _digest(outcome.submission)
            idempotency.keep(
                self.connection, first.centre, outcome.submission.key, digest, first.index, zlib.compress(body, 1)
            )

    # --- answers ---------------------------------------------------------------------------------------------------

    def _answer(self, accepted: _Accepted) -> Answer:
        told = [
            receipt_of(
                entry,
                leaf_hash=None if self.rehearsal else self.leaf_hashes[entry.index],
                warnings=warnings,
                language=accepted.submission.language,
            )
            for entry, warnings in zip(accepted.entries, accepted.warnings, strict=True)
        ]
        status = 200 if self.rehearsal else 201
        index = accepted.entries[0].index
        kinds = Counter(entry.kind for entry in accepted.entries)
        kept: dict[str, Any] = {} if self.rehearsal else {"first": index, "kinds": kinds}
        if accepted.submission.batch:
            return Answer(status, to_json({"first": index, "count": len(told), "entries": told}), **kept)
        return Answer(status, to_json(told[0]), None if self.rehearsal else _location(index), **kept)


def _location(index: int) -> str:
    return f"/v1/entries/{index}"


def _digest(submission: Submission) -> str:
    """What makes two requests the same: their normalised content, not its spelling."""
    said: Any = [[item.kind, item.centre, encode(item.fact), evidence_list(item.evidence)] for item in submission.items]
    return hashlib.sha256(rfc8785.dumps([submission.batch, said])).hexdigest()


def to_json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def receipt_of(
    entry: Entry,
    *,
    leaf_hash: bytes | None,
    reversed_by: int | None = None,
    verdict: str = "recorded",
    warnings: Sequence[Problem] = (),
    language: Language = "zh",
) -> dict[str, Any]:
    """An entry as its recorder sees it (DESIGN section 3)."""
    return {
        "index": entry.index,
        "centre": entry.centre,
        "seq": entry.seq,
        "kind": entry.kind,
        "recorded_at": format_instant(entry.recorded_at),
        "recorded_by": entry.recorded_by,
        "body": encode(entry.fact),
        "evidence": evidence_list(entry.evidence),
        "leaf_hash": None if leaf_hash is None else b64encode(leaf_hash).decode(),
        "proof": None if leaf_hash is None else f"{_location(entry.index)}/proof",
        "reversed_by": reversed_by,
        "verdict": verdict,
        "warnings": [{"code": w.code, "path": w.path, "message": w.zh if language == "zh" else w.en} for w in warnings],
    }


def receipts(connection: Connection, entries: Sequence[Entry], language: Language = "zh") -> list[dict[str, Any]]:
    """Stored entries as receipts, with the reversals and verdicts of now; warnings were told when they were recorded."""
    source = StoredLog(connection)
    world = World(source)
    first_subject: Mapping[int, Mention] = source.first_subjects([entry.index for entry in entries])
    world.prefetch(first_subject.values())
    hashes = log.leaf_hashes(connection, [entry.index for entry in entries])
    told = []
    for entry in entries:
        verdicts = Verdicts.of(world.history(first_subject[entry.index]))
        told.append(
            receipt_of(
                entry,
                leaf_hash=hashes[entry.index],
                reversed_by=verdicts.reversed_by.get(entry.index),
                verdict=Standing(verdicts.standing(entry.index)).name.lower(),
                language=language,
            )
        )
    return told
