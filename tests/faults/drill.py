"""The audit after a fault, and what is counted: was every word kept that the service gave?

    with serving(place) as server, writing(Crew(place, server.port, seed)) as crew:
        crew.wait_for(20)
        server.kill_worker(...)
        tally.add(audit(place, crew.finish(), server))

What is looked at is the database itself, not what a server says of it. `audit` raises AssertionError with all that is wrong.
"""

import json
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field, fields, replace
from itertools import pairwise
from typing import Any

from sqlalchemy import select

from ledger.actions.check import check
from ledger.actions.hindrances import CannotPublish
from ledger.actions.publish import publish
from ledger.actions.record import receipt_of
from ledger.facts.encoding import encode
from ledger.facts.entries import Entry
from ledger.store import log
from ledger.store import tables as t
from ledger.store.database import reading
from schemas.entries import load_batch
from tests.faults.service import Place, Server, serving
from tests.faults.writers import Acknowledged, Crew, Request, Told, writing

__all__ = ["Counts", "Crew", "Place", "Request", "Server", "Tally", "Told", "audit", "serving", "writing"]


@dataclass(frozen=True)
class Counts:
    """What one round came to, in requests but for the last three, which are in entries."""

    acknowledged: int = 0  # answered 201, each counted once
    unknown: int = 0  # sendings that ended without an answer
    unavailable: int = 0  # sendings answered 503
    replayed: int = 0  # answers that were the kept ones
    entries: int = 0  # acknowledged
    lost: int = 0  # acknowledged, and not there as acknowledged
    doubled: int = 0  # there more often than they were said

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(self)))

    def told(self) -> dict[str, int]:
        return asdict(self)


@dataclass
class Tally:
    """Where a round puts what its audit has counted."""

    drill: str
    round: int
    counts: Counts = field(default_factory=Counts)
    added: bool = False

    def add(self, counts: Counts) -> None:
        self.counts, self.added = self.counts + counts, True


def audit(place: Place, told: Told | Iterable[Told], server: Server | None = None, *, figures: bool = False) -> Counts:
    """Looks at everything that one or more crews were told, and at the whole log; what it counted, if nothing is wrong.

    Every acknowledged entry is there exactly once and as acknowledged, its key is kept with the very bytes of the answer; what was
    sent and never acknowledged is there whole or not at all; nothing else is there. Indexes, seqs and instants leave no doubt
    about the order, and `check` finds nothing (with `figures`: nor in any figure of any programme). No crew met a fault, and the
    server has logged none.
    """
    crews = [told] if isinstance(told, Told) else list(told)
    faults = [fault for crew in crews for fault in crew.faults]
    faults += server.complaints() if server else []
    with place.ledger() as ledger:
        # As the service does at its next look: a checkpoint that was signed and not committed is signed again. It refuses where the
        # log does not continue all that was ever signed of it.
        try:
            publish(ledger)
        except CannotPublish as error:
            faults.append(f"publishing: {error.en}")
        with reading(ledger.engine) as connection:
            size = log.read_head(connection).size
            stored = list(log.walk(connection, size))
            hashes = {row.at: row.leaf_hash for row in connection.execute(select(t.entry.c.index.label("at"), t.entry.c.leaf_hash))}
            kept = {(row.centre, row.key): zlib.decompress(row.answer) for row in connection.execute(select(t.idempotency))}
        catalogue = ledger.catalogue if figures else replace(ledger.catalogue, programmes={})
        faults += [f"check: {deviation}" for deviation in check(replace(ledger, catalogue=catalogue))]
    faults += _out_of_order(stored)
    if len(hashes) != size:
        faults.append(f"the head tells of {size} entries, {len(hashes)} are there")
    by_index = {entry.index: entry for entry in stored}
    counts, there = Counts(), Counter(_content(entry.centre, entry.fact) for entry in stored[place.size :])
    owed: Counter[str] = Counter()
    for crew in crews:
        lost = 0
        for key, one in crew.acknowledged.items():
            wrong = list(_not_as_acknowledged(one, by_index, hashes, kept.get((one.request.centre, key))))
            faults += wrong
            lost += len(wrong)
            owed.update(_contents(one.request))
        for key in crew.sent.keys() - crew.acknowledged.keys():
            request = crew.sent[key]
            contents = _contents(request)
            recorded = (request.centre, key) in kept
            owed.update(contents if recorded else {})
        entries = sum(one.request.items for one in crew.acknowledged.values())
        counts += Counts(len(crew.acknowledged), crew.unknown, crew.unavailable, crew.replayed, entries, lost)
    doubled = there - owed  # also what nobody has sent, and halves of what was not recorded
    missing = owed - there
    faults += [f"there {number} times too often: {content[:200]}" for content, number in doubled.items()]
    faults += [f"missing: {content[:200]}" for content in missing]
    sent = {(request.centre, key) for crew in crews for key, request in crew.sent.items()}
    faults += [f"a key that nobody has sent: {key}" for key in kept.keys() - sent]
    counts += Counts(doubled=doubled.total(), lost=max(missing.total() - counts.lost, 0))
    assert not faults, f"{len(faults)} faults; {counts}\n" + "\n".join(faults[:20])
    return counts


def _out_of_order(stored: list[Entry]) -> Iterator[str]:
    if [entry.index for entry in stored] != list(range(len(stored))):
        yield "the indexes have gaps"
    for centre in {entry.centre for entry in stored}:
        seqs = [entry.seq for entry in stored if entry.centre == centre]
        if seqs != list(range(len(seqs))):
            yield f"the seqs of {centre} have gaps"
    for one, other in pairwise(stored):
        if one.recorded_at >= other.recorded_at:
            yield f"entry {other.index} was recorded at {other.recorded_at}, the one before it at {one.recorded_at}"


def _not_as_acknowledged(
    one: Acknowledged, stored: dict[int, Entry], hashes: dict[int, bytes], kept: bytes | None
) -> Iterator[str]:
    """What of an acknowledged request is not in the log as its answer said; one line for each entry."""
    sent = load_batch(_batch_of(one.request))
    if kept != one.answer or len(one.receipts) != len(sent):
        yield from [f"{one.request.key}: the kept answer is another one"] * one.request.items
        return
    for receipt, said in zip(one.receipts, sent, strict=True):
        index = receipt["index"]
        entry = stored.get(index)
        if entry is None:
            yield f"{one.request.key}: entry {index} is not there"
        elif receipt_of(entry, leaf_hash=hashes[index]) | {"warnings": receipt["warnings"]} != receipt:
            yield f"{one.request.key}: entry {index} is not as it was acknowledged"
        elif (entry.centre, encode(entry.fact)) != (said.centre, encode(said.fact)):
            yield f"{one.request.key}: entry {index} is not what was sent"


def _batch_of(request: Request) -> dict[str, Any]:
    value: dict[str, Any] = json.loads(request.body)
    return value if "entries" in value else {"entries": [value]}


def _contents(request: Request) -> Counter[str]:
    return Counter(_content(item.centre, item.fact) for item in load_batch(_batch_of(request)))


def _content(centre: str, fact: Any) -> str:
    return json.dumps([centre, type(fact).__name__, encode(fact)], ensure_ascii=False, sort_keys=True)
