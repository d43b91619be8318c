"""What disclosures hold: each is opened by itself, batch by batch, so that several processes can do it.

- A disclosure hashes, as the text it is, to the digest in its leaf.
- Its value is in normal form: read and written again it is the same. Its instant lies in the second that its leaf names.
- What was read is packed for counting, sorted by portions (`facts.portions`); what belongs to every portion, or speaks of another
  entry, is handed back loose, for only who has seen all entries before it knows where it goes.

Which disclosures there must be, and how they follow one another, is seen to by `disclosures`.
"""

import re
from array import array
from binascii import b2a_base64
from collections.abc import Callable, Iterable, Iterator
from hashlib import sha256
from typing import Any, Final, NamedTuple

from ledger.actions.verify.spill import Record, packed
from ledger.facts.days import from_micros, micros
from ledger.facts.encoding import Undecodable, decode
from ledger.facts.entries import Entry, entry_of, value_of
from ledger.facts.portions import CONTEXT, Portions
from ledger.proof.leaves import opened
from ledger.proof.merkle import Damaged

BATCH: Final = 512  # disclosures that are opened together
BATCH_BYTES: Final = 1 << 20
LOOSE: Final = 0xFFFF  # instead of the number of a portion

_URL_SAFE: Final = bytes.maketrans(b"+/", b"-_")
_SHA256: Final = re.compile(r"[0-9a-f]{64}")


class Sealed(NamedTuple):
    """A disclosure, and the leaf that it is to open."""

    at: int
    stream: str
    seq: int
    digest: bytes
    ts: int
    text: bytes
    line: int


class Contents(NamedTuple):
    """What a batch of disclosures holds. `read`: the places in the batch of those that could be read; beside them go the rest.

    `wrong`: (place, code, values) of every deviation. `records`: packed, by portion.
    """

    read: "array[int]"
    portions: "array[int]"
    instants: "array[int]"
    wrong: list[tuple[int, str, dict[str, Any]]]
    records: dict[int, bytes]
    loose: list[Record]
    named: set[str]


def batches(disclosures: Iterable[Sealed]) -> Iterator[list[Sealed]]:
    """Of so many that a batch is worth sending, and of no more bytes than a process can easily hold."""
    batch: list[Sealed] = []
    size = 0
    for one in disclosures:
        batch.append(one)
        size += len(one.text)
        if len(batch) == BATCH or size >= BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def opening(portions: Portions, is_kept: Callable[[int], bool]) -> Callable[[list[Sealed]], Contents]:
    """How batches are opened; entries of portions that are not kept are looked at all the same, and not handed on."""

    def contents(batch: list[Sealed]) -> Contents:
        found = Contents(array("H"), array("H"), array("q"), [], {}, [], set())
        records: dict[int, list[Record]] = {}
        for place, one in enumerate(batch):
            if b2a_base64(sha256(one.text).digest(), newline=False)[:-1].translate(_URL_SAFE) != one.digest:
                found.wrong.append((place, "digest", {}))
            try:
                try:
                    entry, value = entry_in(one.text.decode("ascii"), index=one.at, stream=one.stream, seq=one.seq)
                except NotNormal as other:
                    found.wrong.append((place, "not-normal", {}))
                    entry, value = other.entry, other.value
                body = value["body"]
                portion = portions.portion_of(entry.kind, body, entry.centre, entry.index)
            except (Damaged, Undecodable) as damage:
                found.wrong.append((place, "unreadable", {"why": damage.why if isinstance(damage, Damaged) else str(damage)}))
                continue
            instant = micros(entry.recorded_at)
            if instant // 1_000_000 != one.ts:
                found.wrong.append((place, "second", {"ts": one.ts, "recorded_at": value["recorded_at"]}))
            record = (entry.index, entry.centre, entry.seq, instant, entry.recorded_by, entry.kind, body)
            if portion is None or portion == CONTEXT:
                portion = LOOSE
                found.loose.append(record)
            elif is_kept(portion):
                records.setdefault(portion, []).append(record)
            found.named.update(portions.named_in(entry.kind, body))
            found.read.append(place)
            found.portions.append(portion)
            found.instants.append(instant)
        found.records.update({portion: packed(many) for portion, many in records.items()})
        return found

    return contents


def entry_from(record: Record) -> Entry:
    """The entry that a record tells again. Evidence is nothing that counts; whether it is an office's, is not known here."""
    index, centre, seq, instant, by, kind, body = record
    return Entry(index, centre, seq, from_micros(instant), by, decode(kind, body))


class NotNormal(ValueError):
    """A disclosure whose value says what `entry` says, in another form."""

    def __init__(self, entry: Entry, value: dict[str, Any]) -> None:
        super().__init__("not in normal form")
        self.entry = entry
        self.value = value


def entry_in(disclosure: str, *, index: int, stream: str, seq: int) -> tuple[Entry, dict[str, Any]]:
    """The entry that a disclosure opens to, and its value. Raises Damaged where there is none, NotNormal for another form."""
    value = opened(disclosure)
    try:
        entry = entry_of(value, index=index, centre=stream, seq=seq, office=False)
        normal = value_of(entry) == value
    except (Undecodable, LookupError, TypeError, ValueError, AttributeError, RecursionError) as error:
        raise Damaged("disclosure", f"holds no entry ({type(error).__name__}: {error})") from error
    if not normal or not _is_plain(entry):
        raise NotNormal(entry, value)
    return entry, value


def _is_plain(entry: Entry) -> bool:
    """What the fact's own fields do not hold to: who recorded it, and the evidence."""
    return isinstance(entry.recorded_by, str) and all(
        isinstance(item.sha256, str)
        and _SHA256.fullmatch(item.sha256) is not None
        and isinstance(item.title, str | None)
        and isinstance(item.media_type, str | None)
        for item in entry.evidence
    )
