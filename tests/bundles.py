"""Bundles made in memory, without the service: a second road to the format, and the bench on which good ones are spoiled.

A `Draft` holds everything that goes into a bundle in its plain form: entries, leaves, disclosures, the checkpoint, the manifest.
Change what you like, then `files()` gives the members and `packed()` the zip file. What follows from something else (tiles from
leaves, digests in the manifest from files, signatures) is made at that moment, so that a change goes as far as a forger with the
log's key could take it; to go less far, change the files afterwards, or seal them without a signer.

    draft = draft_of(scene(), "two-years", "c1")
    draft.disclosures.pop()
    path.write_bytes(draft.packed())

Roots and tiles come from the definitions of RFC 6962 (`tests.proof.trees`), the figures from a fold over *all* entries, also those
that a centre's bundle does not disclose.
"""

import base64
import hashlib
import json
from collections.abc import Callable, Iterable, Sequence
from copy import deepcopy
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import rfc8785

from ledger.facts.days import format_instant
from ledger.facts.entries import Entry, value_of
from ledger.facts.mentions import mention
from ledger.facts.world import World
from ledger.kpi.book import LEVELS
from ledger.kpi.figures import FoldedBook
from ledger.kpi.language import Catalogue, Programme, load
from ledger.kpi.participants import participant
from ledger.kpi.scorecard import scorecard
from ledger.kpi.writing import toml_of
from ledger.proof import leaves
from ledger.proof.archive import Archive
from ledger.proof.checkpoints import Checkpoint
from ledger.proof.merkle import leaf_hash
from ledger.proof.notes import Note
from ledger.proof.policies import Policy
from ledger.proof.tiles import bundles_at, entry_bundle, resources_at
from tests.facts.book import (
    Book,
    activity,
    admits,
    amendment,
    baseline,
    licence,
    opens,
    output,
    participation,
    party,
    patent,
    payment,
    pledge,
    registration,
    transfer,
)
from tests.kpi.counting import counted_book
from tests.proof.signers import LOG, ORIGIN, Signer
from tests.proof.trees import mth, reader_over

FIRST_INSTANT = datetime(2025, 9, 1, tzinfo=UTC)
PAUSE = timedelta(milliseconds=400)  # so that some entries share a second
ON = date(2026, 6, 30)
DEFINITIONS = Path(__file__).parent / "vectors" / "programmes"
MASTER = ("party", "patent", "centre")

Files = dict[str, bytes]


# --- what is in the ledger -------------------------------------------------------------------------------------------------


def scene(padding: int = 0, after: int = 0) -> list[Entry]:
    """Two offices, two centres and a park that say something of every family; c2 claims a deal of c1, and c1 one of c2.

    `padding` adds patents that nobody uses to c2's stream, in the middle; `after` as many at the end.
    """
    book = counted_book()
    book.takes("hb-ipo", participation("c1", state="started", start_on="2025-08-01", months=24, industry="photonics"))
    book.takes("hb-ipo", participation("420000", "province", state="started", start_on="2025-08-01", months=24))
    book.takes("c1", baseline("c1", value="1"))
    book.takes("hb-ipo", party("U2", party_kind="university", region="420500"))
    book.takes("c1", opens("Q1", operator="O1"))
    book.takes("c1", admits("P1 P2 P3"))
    first = book.takes("c1", licence("L-1", "U1 > S1", "P1 P2", amount=300_00, registered_on="2025-09-10", registration_no="R-1"))
    book.takes("c2", licence("K-1", "U1 > S1", "P1", amount=300_00, registered_on="2025-09-10", registration_no="R-1"))
    book.takes("c2", transfer("K-2", "R1 > S2", "P4 P5", amount=700_00, registered_on="2025-10-01", registration_no="R-2"))
    book.takes("c1", transfer("L-2", "R1 > S2", "P4", amount=350_00, registered_on="2025-10-01", registration_no="R-2"))
    pending = book.takes("c1", licence("L-3", "U2 > L1", "P6", amount=None))
    for number in range(padding):
        book.takes("c2", patent(f"X{number}"))
    book.takes("c1", registration("L-3", "2025-11-01"))
    book.takes("c1", amendment("L-1", 100_00, "2025-12-01"))
    book.takes("c1", payment("L-1", 50_00))
    book.takes("c1", activity(sessions=2))
    book.takes("c1", pledge("B-1"))
    book.takes("c1", output())
    book.takes("c2", activity("roadshow"))
    book.verified(first)
    book.verified(pending, "rejected", reason="no_evidence")
    rejected_too_soon = book.verified(first, "rejected", reason="duplicate")
    book.reversed("hb-ipo", rejected_too_soon)
    mistaken = book.takes("c1", licence("L-4", "U1 > S2", "P3", amount=900_00, registered_on="2025-12-02"))
    book.reversed("c1", mistaken)
    for number in range(after):
        book.takes("c2", patent(f"Y{number}"))
    return entries_of(book)


def entries_of(book: Book) -> list[Entry]:
    """What a book took, numbered by streams, each entry at an instant of its own."""
    entries: list[Entry] = []
    while (entry := book.world.entry(len(entries))) is not None:
        entries.append(entry)
    return timed(entries)


def timed(entries: Iterable[Entry]) -> list[Entry]:
    seqs: dict[str, int] = {}
    found = []
    for index, entry in enumerate(entries):
        seqs[entry.centre] = seq = seqs.get(entry.centre, -1) + 1
        at = FIRST_INSTANT + PAUSE * index + timedelta(microseconds=index)
        found.append(replace(entry, index=index, seq=seq, recorded_at=at))
    return found


def definitions() -> Catalogue:
    return load(DEFINITIONS)


# --- the pieces of a bundle ------------------------------------------------------------------------------------------------


def salt_of(index: int) -> bytes:
    return hashlib.sha256(b"a salt for tests: %d" % index).digest()


def chained(entries: Sequence[Entry], disclosed: Sequence[str]) -> list[bytes]:
    """The leaves of a log, each bound into its stream."""
    ends: dict[str, tuple[int, bytes]] = {}
    found = []
    for entry, text in zip(entries, disclosed, strict=True):
        seq, prev = ends.get(entry.centre, (-1, None))
        leaf = leaves.leaf(entry.centre, seq + 1, prev, leaves.digest(text), int(entry.recorded_at.timestamp()))
        ends[entry.centre] = seq + 1, leaf_hash(leaf)
        found.append(leaf)
    return found


def log_files(stored: Sequence[bytes]) -> Files:
    """Tiles and bundles of entries over some leaves, by definition."""
    hashes = [leaf_hash(leaf) for leaf in stored]
    read = reader_over(hashes)
    files = {f"log/{t.path}": b"".join(read(t.level or 0, t.n)[: t.width]) for t in resources_at(len(stored))}
    for tile in bundles_at(len(stored)):
        files[f"log/{tile.path}"] = entry_bundle(stored[tile.n * 256 : tile.n * 256 + tile.width])
    return files


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def base64_of(data: bytes) -> str:
    return base64.b64encode(data).decode()


@dataclass
class Draft:
    """A bundle before it is packed. `log` are the leaves; `disclosures` the pairs of index and disclosure, as they are written."""

    entries: list[Entry]
    programme: Programme
    manifest: dict[str, Any]
    log: list[bytes]
    disclosures: list[tuple[int, str]]
    scorecards: dict[str, Any]
    policy: Policy
    signers: tuple[Signer, ...] = (LOG,)
    origin: str = ORIGIN
    root: bytes | None = None  # instead of the true one
    size: int | None = None  # of the checkpoint, instead of the true one

    @property
    def checkpoint(self) -> Checkpoint:
        root = mth([leaf_hash(leaf) for leaf in self.log]) if self.root is None else self.root
        return Checkpoint(self.origin, len(self.log) if self.size is None else self.size, root)

    @property
    def note(self) -> bytes:
        text = self.checkpoint.text
        return Note(text, tuple(signer.sign(text) for signer in self.signers)).to_bytes()

    def files(self) -> Files:
        """The members in their order; checkpoint and digests in the manifest are those of what it holds now."""
        head = self.checkpoint
        files = {"log/checkpoint": self.note, **log_files(self.log)}
        files["disclosures.jsonl"] = b"".join(b'{"disclosure":"%s","index":%d}\n' % (t.encode(), i) for i, t in self.disclosures)
        files["policy.txt"] = self.policy.text.encode()
        files[f"programmes/{self.programme.id}.toml"] = toml_of(self.programme).encode()
        files["scorecards.json"] = rfc8785.dumps(self.scorecards)
        told = deepcopy(self.manifest)
        told.setdefault("origin", head.origin)
        told.setdefault("checkpoint", {"size": head.size, "root": base64_of(head.root)})
        files["manifest.json"] = rfc8785.dumps(told)
        return sealed(files)

    def packed(self) -> bytes:
        return packed(self.files())

    def rewrite(self, index: int, change: Callable[[dict[str, Any]], None]) -> str:
        """What discloses an entry whose value was changed; the salt stays."""
        old = dict(self.disclosures)[index] if index in dict(self.disclosures) else disclosure_of(self.entries[index])
        value = deepcopy(leaves.opened(old))
        change(value)
        return leaves.disclosure(value, salt_of(index))


def sealed(files: Files, signer: Signer | None = LOG) -> Files:
    """The same files with the digests in the manifest brought up to date, and its signature, if one has the key."""
    manifest = json.loads(files["manifest.json"])
    manifest["files"] = {n: sha256(d) for n, d in files.items() if not n.startswith("log/") and n != "manifest.json"}
    signature = manifest.pop("signature", None)
    manifest.pop("digest", None)
    manifest["digest"] = sha256(rfc8785.dumps(manifest))
    told = f"pool-ledger-bundle/v1\n{manifest['digest']}\n"
    manifest["signature"] = base64_of(signer.key.id + signer.private.sign(told.encode())) if signer else signature
    return {**files, "manifest.json": rfc8785.dumps(manifest)}


def packed(files: Files) -> bytes:
    archive = Archive()
    steps = [archive.stream(n, [d]) if n.endswith(".jsonl") else archive.member(n, d) for n, d in files.items()]
    return b"".join(piece for step in (*steps, archive.end()) for piece in step)


def disclosure_of(entry: Entry) -> str:
    return leaves.disclosure(value_of(entry), salt_of(entry.index))


# --- a bundle of a log -----------------------------------------------------------------------------------------------------


@dataclass
class Telling:
    """What a world says of its entries when they are taken one by one."""

    world: World = field(default_factory=World)
    subjects: list[set[Any]] = field(default_factory=list)
    names: list[set[Any]] = field(default_factory=list)

    def take(self, entry: Entry) -> None:
        taken = self.world.take(entry)
        self.subjects.append(set(taken.subjects))
        self.names.append(set(taken.names))


def foreign_to(told: Telling, entries: Sequence[Entry], programme: Programme, centre: str) -> list[int]:
    """Entries of other streams that a centre's figures need: what its entries are about and name, and what offices say of it."""
    own = [entry.index for entry in entries if entry.centre == centre]
    wanted = {one for i in own for one in told.subjects[i]} | {one for i in own for one in told.names[i] if one.what in MASTER}
    wanted |= {mention("centre", centre), mention("participation", programme.id, centre), mention("closing", programme.id, centre)}
    wanted |= {mention("baseline", target.metric.id, centre) for target in programme.targets if target.metric}
    found: set[int] = set()
    while True:
        now = {entry.index for entry in entries if entry.centre != centre and told.subjects[entry.index] & wanted}
        if now == found:
            return sorted(found)
        found = now
        wanted |= {mention("centre", entries[index].centre) for index in found}


def draft_of(
    entries: Sequence[Entry], programme_id: str, subject: str, *, on: date = ON, known_at: int | None = None,
    catalogue: Catalogue | None = None, policy: Policy | None = None, signers: tuple[Signer, ...] = (LOG,),
) -> Draft:  # fmt: skip
    programme = (catalogue or definitions()).programmes[programme_id]
    size = len(entries) if known_at is None else known_at
    texts = [disclosure_of(entry) for entry in entries]
    stored = chained(entries, texts)
    told = Telling()
    for entry in entries[:size]:
        told.take(entry)
    book = FoldedBook(told.world, size)
    one_stream = programme.subject == "centre"
    foreign = foreign_to(told, entries[:size], programme, subject) if one_stream else []
    shown = [entry.index for entry in entries[:size] if not one_stream or entry.centre == subject or entry.index in foreign]
    counts = {stream: sum(e.centre == stream for e in entries[:size]) for stream in sorted({e.centre for e in entries[:size]})}
    contested = [
        {"entry": line.entry, "line": line.line, "by": book.rows.claims[line.fingerprint].entry}
        for line in sorted(book.rows.lines.get("deal", ()), key=lambda line: (line.entry, line.line))
        if book.rows.is_contested(line) and (not one_stream or line.centre == subject)
    ]
    who = participant(book, programme, subject, on)
    assert who, "nobody takes part"
    root = mth([leaf_hash(leaf) for leaf in stored[:size]])
    echo = {"size": size, "root": base64_of(root), "recorded_at": format_instant(entries[size - 1].recorded_at)}
    manifest = {
        "format": "pool-ledger-bundle", "v": 1, "programme": programme.id, "programme_digest": programme.digest, "subject": subject,
        "on": on.isoformat(), "known_at": size, "foreign": foreign, "contested": contested,
        "streams": [
            {"stream": stream, "entries": count} for stream, count in counts.items() if not one_stream or stream == subject
        ],
    }  # fmt: skip
    return Draft(
        entries=list(entries),
        programme=programme,
        manifest=manifest,
        log=stored,
        disclosures=[(index, texts[index]) for index in shown],
        scorecards={level: scorecard(book, who, on=on, level=level) | {"known_at": echo} for level in LEVELS},
        policy=policy or Policy((LOG.key,)),
        signers=signers,
    )
