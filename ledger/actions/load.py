"""Entries from a file into one centre's stream: JSON lines, in batches, in the order of the file.

- Each line is `{"kind", "body", "evidence"?}`; a `centre`, where one is given, must be the one that is loaded.
- A line whose kind and normalised body equal a live entry of the centre (the n-th such line the n-th such entry) is skipped as
  already recorded: a file loaded twice, a corrected file, or a broken run started again records only what is new.
- Batches are atomic. The first that is refused ends the recording; all that comes behind it is only tried, so that
  every bad line is told at once, with its number, the place in it, and the reason. So nothing is recorded out of order.
- A dry run tries the whole file as one batch: later lines may rest on earlier ones, wherever a batch would have ended.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import rfc8785
from sqlalchemy import Connection

from ledger.actions.ledger import Ledger
from ledger.actions.record import submit
from ledger.facts.actors import Actor
from ledger.facts.encoding import encode
from ledger.facts.kinds.base import Fact
from ledger.facts.problems import Problem, Refused, refuse
from ledger.facts.world import World
from ledger.proof.strict import named_once
from ledger.store import streams
from ledger.store.database import reading
from ledger.store.worlds import StoredLog
from schemas.entries import BATCH_MAX, BATCH_PARTS_MAX, PARTS, Said, load_entry

RECORDED_BY = "pool-ledger"


@dataclass(frozen=True, slots=True)
class Bad:
    """A line that is not recorded, and why."""

    line: int
    problem: Problem


@dataclass
class Report:
    """What became of a file."""

    recorded: int = 0
    skipped: int = 0
    tried: int = 0  # in order, but not recorded: a dry run, or behind a refused batch
    bad: list[Bad] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Row:
    line: int
    said: Said


def load(
    ledger: Ledger,
    text: Iterable[bytes],
    centre: str,
    *,
    dry_run: bool = False,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Report:
    """Record the lines of a file in the stream of a centre. Raises Refused only where the centre cannot be written to."""
    report = Report()
    with reading(ledger.engine) as connection:
        actor = _actor(World(StoredLog(connection)), centre)
        held = _live(connection, centre)
    rows, unread = _read(text, centre)
    new = _new(rows, held)
    report.skipped = len(rows) - len(new)
    if not dry_run:
        report.recorded = _record(ledger, actor, new, unread, progress)
    rest = new[report.recorded :]
    refused = _tried(ledger, actor, rest)
    report.tried = len(rest) - len({bad.line for bad in refused})
    report.bad = sorted([*unread, *refused], key=lambda bad: bad.line)
    return report


def _record(
    ledger: Ledger, actor: Actor, rows: Sequence[_Row], unread: Sequence[Bad], progress: Callable[[int, int], None]
) -> int:
    """Record batch after batch, up to the first that is refused or holds a line that cannot be read; how many rows that were."""
    done = 0
    for batch in _batches(rows):
        is_last = done + len(batch) == len(rows)
        if unread and (is_last or unread[0].line < batch[-1].line):
            break
        try:
            submit(ledger, actor, [row.said for row in batch], batch=True)
        except Refused:
            break
        done += len(batch)
        progress(done, len(rows))
    return done


def _actor(world: World, centre: str) -> Actor:
    if not world.is_registered(centre):
        raise refuse("unknown-centre", "centre", f"{centre} 未登记为中心", f"no centre {centre} is registered")
    return Actor("authority" if world.is_office(centre) else "recorder", RECORDED_BY, centre)


def _live(connection: Connection, centre: str) -> Counter[bytes]:
    """How often the centre says each thing in an entry that was not reversed."""
    gone = streams.reversed_entries(connection)
    return Counter(_content(entry.fact) for entry in streams.walk(connection, centre) if entry.index not in gone)


def _content(fact: Fact) -> bytes:
    return hashlib.sha256(rfc8785.dumps([fact.kind, encode(fact)])).digest()


def _read(text: Iterable[bytes], centre: str) -> tuple[list[_Row], list[Bad]]:
    """The lines that can be read, and what is wrong with the others."""
    rows: list[_Row] = []
    unread: list[Bad] = []
    for number, line in enumerate(text, 1):
        if not line.strip():
            continue
        try:
            rows.append(_Row(number, _said(line, centre)))
        except Refused as refusal:
            unread += (Bad(number, problem) for problem in refusal.problems)
    return rows, unread


def _said(line: bytes, centre: str) -> Said:
    try:
        value = json.loads(line.decode("utf-8-sig"), object_pairs_hook=named_once)
    except (ValueError, RecursionError) as error:
        raise refuse("malformed", "", "此行不是 JSON", f"the line is not JSON ({error})") from None
    if not isinstance(value, dict):
        raise refuse("malformed", "", "此行不是 JSON 对象", "the line is no JSON object")
    said = load_entry({"centre": centre, **value})
    if said.centre != centre:
        raise refuse(
            "invalid", "centre", f"此行属于 {said.centre},不是 {centre}", f"the line is of {said.centre}, not of {centre}"
        )
    return said


def _new(rows: Sequence[_Row], held: Counter[bytes]) -> list[_Row]:
    """The rows that are not recorded already."""
    new: list[_Row] = []
    for row in rows:
        content = _content(row.said.fact)
        if held[content] > 0:
            held[content] -= 1
        else:
            new.append(row)
    return new


def _batches(rows: Sequence[_Row]) -> Iterator[list[_Row]]:
    batch: list[_Row] = []
    parts = 0
    for row in rows:
        more = sum(len(getattr(row.said.fact, name, None) or ()) for name in PARTS)
        if batch and (len(batch) == BATCH_MAX or parts + more > BATCH_PARTS_MAX):
            yield batch
            batch, parts = [], 0
        batch.append(row)
        parts += more
    if batch:
        yield batch


def _tried(ledger: Ledger, actor: Actor, rows: Sequence[_Row]) -> list[Bad]:
    """What is wrong with rows that are not to be recorded."""
    if not rows:
        return []
    try:
        submit(ledger, actor, [row.said for row in rows], batch=True, dry_run=True)
    except Refused as refusal:
        return [_bad(rows, problem) for problem in refusal.problems]
    return []


def _bad(rows: Sequence[_Row], problem: Problem) -> Bad:
    """A problem of a batch (`entries.17.body.on`) as one of its line."""
    _, number, path = (*problem.path.split(".", 2), "")[:3]
    return Bad(rows[int(number)].line, Problem(problem.code, path, problem.zh, problem.en, problem.entry))
