"""What was signed against what lies in the log: checkpoints, cosignatures and publications, and the fence beside the key.

- Every signed root is compared with the root of as many leaves, on the one pass over them: whoever rewrote the log with all its
  hashes cannot have the old roots signed anew, or the old ones taken back from those who hold them.
- The fence, the file of the last checkpoint, lies outside the database: it tells of what was cut off or rewritten behind it, with
  the rows of the checkpoints that would have told.
- A cosignature is verified by the key in its own row; whether that witness counts is for the policy to say, and so is whether a
  checkpoint had enough of them when it was published. But each one was published before the next was signed.
- The fence may carry cosignatures: a damaged one is mended with the published checkpoint.
- Without the log's key, signatures can only be held against each other: that is said as a note, which is no deviation.

Rows are read in step with the leaves, so that any number of checkpoints takes no memory.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection

from ledger.actions.deviations import Deviation, number
from ledger.config import Settings
from ledger.proof.checkpoints import Checkpoint
from ledger.proof.merkle import Damaged, Frontier
from ledger.proof.notes import COSIGNATURE, ED25519, BadKey, Note, Signature, VerifierKey
from ledger.signing import BadKeyFile, Fence, load_key
from ledger.store import audit, checkpoints
from ledger.store.audit import RawCheckpoint
from ledger.store.database import reading

LOST = "the log lost entries after its last checkpoint was signed"
COMMIT_SECONDS = 1  # more than passes between writing the fence and committing the row


@dataclass(frozen=True)
class Signing:
    """What lies outside the database: the log's name, its key where it is known, and the last checkpoint that was signed."""

    origin: str
    key: VerifierKey | None
    fence: bytes | None
    found: tuple[Deviation, ...] = ()
    notes: tuple[str, ...] = ()

    @classmethod
    def of(cls, settings: Settings, key: VerifierKey | None = None) -> "Signing":
        """By the settings; a `key` that is given is believed, else it is that of the key file.

        To be read before the database is looked at: what the fence tells of is then committed.
        """
        fence, found, notes = Fence(settings.signing_key_file), [], []
        if key is None:
            try:
                signer = load_key(settings.signing_key_file)
                key = signer.key if signer else None
            except BadKeyFile as error:
                found.append(Deviation("key", str(error)))
        note = None
        try:
            note = fence.read()
        except OSError as error:
            found.append(Deviation("fence", f"{fence.path} cannot be read: {error.strerror}"))
        if key is not None and (key.type, key.name) != (ED25519, settings.origin):
            found.append(Deviation("key", f"the key is that of {key.name}, and the log is {settings.origin}"))
        if key is None:
            notes.append("the log's key is not here: signatures of checkpoints were not verified, only held against each other")
        if note is None:
            notes.append(f"{fence.path} is not here: that nothing was cut off behind the last checkpoint was not looked at")
        return cls(settings.origin, key, note, tuple(found), tuple(notes))


@dataclass
class CheckpointCheck:
    """`passing` is told the tree after each leaf (and before the first); `finish` compares what is left."""

    connection: Connection
    signing: Signing
    read: int = 0
    cosignatures: int = 0
    last: RawCheckpoint | None = None
    rows: Iterator[RawCheckpoint] = field(init=False)
    next: RawCheckpoint | None = field(init=False)
    signer: tuple[str, bytes] | None = None  # name and key id of the first signature, where the key is not known
    fence: Checkpoint | None = field(init=False, default=None)
    good: int = 0  # the largest size at which the log was found to be what was signed
    found: list[Deviation] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.rows = audit.checkpoints(self.connection)
        self.next = next(self.rows, None)
        self.found += self.signing.found
        if self.signing.fence is not None:
            try:
                self.fence = self._opened(self.signing.fence, alone=False)
            except Damaged as error:
                self.found.append(Deviation("fence", f"cannot be believed: {error}"))

    def told(self) -> list[Deviation]:
        """What was found since the last time."""
        found, self.found = self.found, []
        return found

    def passing(self, tree: Frontier) -> None:
        while self.next and isinstance(self.next.size, int) and self.next.size <= tree.size:
            self._take(tree.root() if self.next.size == tree.size else None)
        if self.fence and self.fence.size == tree.size:
            self.found += self._compared("fence", "has", self.fence, tree.root())

    def finish(self, size: int) -> None:
        """`size` is that of the log."""
        while self.next:
            if not isinstance(self.next.size, int):
                self.found.append(Deviation("checkpoint", f"size is {self.next.size!r}"))
            elif self.next.size > size:
                what = f"one of {self.next.size} entries was signed, and the log has {size}: {LOST}"
                self.found.append(Deviation("checkpoint", what))
            self._take(None)
        if self.fence:
            self.found += self._beside_the_fence(self.fence, size)
        self.found += self._cosignatures()
        self.found += self._publications()
        if self.read or self.fence:
            self.notes += self.signing.notes
        else:
            self.notes.append("no checkpoint was signed yet: who rewrites the log with all that follows from it is not found out")

    # --- checkpoints -----------------------------------------------------------------------------------------------

    def _take(self, root: bytes | None) -> None:
        """The next row, with the root of as many leaves where that is known."""
        row = self.next
        assert row is not None
        of = f"that of size {row.size}"
        if isinstance(row.size, int) and row.size < 0:
            self.found.append(Deviation("checkpoint", f"{of} is of no log"))
        try:
            checkpoint = self._opened(row.note.encode() if isinstance(row.note, str) else b"")
        except (Damaged, UnicodeEncodeError) as error:
            self.found.append(Deviation("checkpoint", f"{of} cannot be believed: {error}"))
        else:
            if (checkpoint.size, checkpoint.root) != (row.size, row.root):
                which = "the same" if checkpoint.root == row.root else "another"
                self.found.append(Deviation("checkpoint", f"{of} has a note of size {checkpoint.size} with {which} root"))
            if root is not None and checkpoint.size == row.size:
                self.found += self._compared("checkpoint", f"{of} has", checkpoint, root)
        earlier = number(self.last.signed_at) if self.last else None
        if not isinstance(row.signed_at, int) or (earlier is not None and row.signed_at < earlier):
            self.found.append(Deviation("checkpoint", f"{of} was signed before the one below it, by signed_at"))
        self.read, self.last, self.next = self.read + 1, row, next(self.rows, None)

    def _compared(self, table: str, of: str, signed: Checkpoint, root: bytes) -> Iterator[Deviation]:
        if signed.root == root:
            self.good = max(self.good, signed.size)
            return
        first, last = self.good, signed.size - 1
        which = f"entry {first} is" if first == last else f"among entries {first} to {last} one is"
        what = f"{of} another root than the log at size {signed.size}: {which} not what was signed"
        yield Deviation(table, what, first if first == last else None)

    def _opened(self, data: bytes, *, alone: bool = True) -> Checkpoint:
        """The checkpoint in a note that the log signed, `alone` or with others. Raises Damaged."""
        note = Note.parse(data)
        checkpoint = Checkpoint.parse(note.text)
        if checkpoint.origin != self.signing.origin:
            raise Damaged("note", f"speaks for {checkpoint.origin}, and the log is {self.signing.origin}")
        if alone and len(note.signatures) != 1:
            raise Damaged("note", f"carries {len(note.signatures)} signatures, and the log signs once")
        key = self.signing.key
        own = [one for one in note.signatures if key and (one.name, one.key_id) == (key.name, key.id)]
        signature = (own or note.signatures)[0]  # the log signs first
        signer = signature.name, signature.key_id
        if key is None:
            self.signer = self.signer or signer
            if signer != self.signer:
                raise Damaged("note", "is signed with another key than the first one")
        elif signer != (key.name, key.id):
            raise Damaged("note", f"is signed with the key {signature.key_id.hex()} of {signature.name}, not with that of the log")
        elif not all(key.verifies(note.text, one.data) for one in own):
            raise Damaged("note", "its signature does not hold")
        return checkpoint

    # --- the fence -------------------------------------------------------------------------------------------------

    def _beside_the_fence(self, fence: Checkpoint, size: int) -> Iterator[Deviation]:
        if fence.size > size:
            yield Deviation("fence", f"{LOST}: {fence.size} were signed, {size} are there")
        last = number(self.last.size) if self.last else None
        if (last is None or last < fence.size) and not self._is_kept_now(fence.size):
            what = f"that of size {fence.size} was signed and is not here: it was deleted, or the service died while signing it"
            yield Deviation("checkpoint", what)

    def _is_kept_now(self, size: int) -> bool:
        # The fence is written first: this one may have been committed after the state that we look at.
        for pause in (0, COMMIT_SECONDS):
            time.sleep(pause)
            with reading(self.connection.engine) as now:
                if checkpoints.at(now, size):
                    return True
        return False

    # --- cosignatures ----------------------------------------------------------------------------------------------

    def _cosignatures(self) -> Iterator[Deviation]:
        for row in audit.cosignatures(self.connection):
            self.cosignatures += 1
            if row.note is None:
                yield Deviation("cosignature", f"there is no checkpoint of size {row.size}")
                continue
            try:
                _hold(row.witness, row.line, row.note)
            except (Damaged, BadKey, AttributeError, UnicodeEncodeError) as error:
                yield Deviation("cosignature", f"that on the checkpoint of size {row.size} cannot be believed: {error}")
            if _is_before(row.received_at, row.signed_at):
                what = f"that on the checkpoint of size {row.size} came before it was signed, by received_at"
                yield Deviation("cosignature", what)

    # --- publications ----------------------------------------------------------------------------------------------

    def _publications(self) -> Iterator[Deviation]:
        for row in audit.publications(self.connection):
            if row.signed_at is None:
                yield Deviation("publication", f"there is no checkpoint of size {row.size}")
            elif _is_before(row.published_at, row.signed_at):
                yield Deviation("publication", f"that of size {row.size} was published before it was signed, by published_at")
        for size in audit.unpublished(self.connection):
            if self.last and size != self.last.size:  # that one may wait for its witnesses
                yield Deviation("publication", f"that of size {size} is not here, and a later checkpoint was signed")


def _is_before(instant: Any, signed_at: Any) -> bool:
    """Or no instant at all. What is wrong with `signed_at` itself is told of its checkpoint."""
    return not isinstance(instant, int) or (isinstance(signed_at, int) and instant < signed_at)


def _hold(witness: Any, line: Any, note: Any) -> None:
    """Raises Damaged or BadKey where the line is no cosignature of the note by the witness."""
    key, signature, text = VerifierKey.parse(witness), Signature.parse(line), Note.parse(note.encode()).text
    if (signature.name, signature.key_id) != (key.name, key.id) or key.type != COSIGNATURE:
        raise Damaged("line", "is that of another key")
    if not key.verifies(text, signature.data):
        raise Damaged("line", "its signature does not hold")
