"""Sign the log as it stands: one checkpoint for a size, only forward, and never two that do not follow from each other.

- What is signed is worked out from tiles and leaf hashes, and must be what the writers' frontier says.
- Before that the log is held against all that was signed of it: the last checkpoint in the database, the fence beside the key,
  and what the witnesses say they have seen. If it is smaller than one of them or another one, nothing is signed.
- The fence is written before a checkpoint is committed: a process that dies in between leaves a fence that is ahead of the table,
  but not of the entries, and the next one signs there or further on. A fence that is gone is put back.
- A key is made on first need, while nothing was ever signed. Afterwards only that key and that name will do (RULINGS 55).

Who cosigns a checkpoint, and when that is enough to publish it, is for `gather`; entries are taken whatever happens here.
"""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import structlog
from sqlalchemy import Connection
from sqlalchemy.exc import NoResultFound

from ledger.actions import hindrances
from ledger.actions.hindrances import CannotPublish, KeyName
from ledger.actions.ledger import Ledger
from ledger.facts.days import micros
from ledger.proof.checkpoints import Checkpoint, opened
from ledger.proof.merkle import Damaged, consistency, root_at, verify_consistency
from ledger.proof.notes import Note, VerifierKey
from ledger.signing import BadKeyFile, Fence, Signer, load_key, new_key
from ledger.store import checkpoints, log
from ledger.store.checkpoints import Signed
from ledger.store.database import reading, writing

_LOG: Final = structlog.get_logger("ledger.publisher")


@dataclass(frozen=True, slots=True)
class Claim:
    """A checkpoint that was signed with our key, and who holds it."""

    zh: str
    en: str
    checkpoint: Checkpoint


@dataclass(frozen=True, slots=True)
class Testimony:
    """What a witness says that it cosigned last: the note as it came, which proves nothing before it is read."""

    witness: str
    note: bytes


@dataclass(frozen=True, slots=True)
class Look:
    """The log at one moment, found to continue all that was signed of it: what is needed to sign it."""

    size: int
    root: bytes
    last: Signed | None
    fence: bytes | None
    signer: Signer | None  # None: no key was ever made

    @property
    def has_grown(self) -> bool:
        return self.size > (self.last.size if self.last else 0)


def look(ledger: Ledger, testimonies: Iterable[Testimony] = ()) -> Look:
    """Look at the log on the primary database. Raises CannotPublish where nothing may be signed."""
    settings = ledger.settings
    fence = Fence(settings.signing_key_file)
    try:
        # Read before the database is: what was signed by then is committed, so that a fence ahead of us is no race.
        found = fence.read()
        with reading(ledger.engine) as connection:
            last = checkpoints.newest(connection)
            signer = _signer(settings.signing_key_file, settings.origin, last, found)
            claims = _claims(settings.signing_key_file, signer.key, last, found, testimonies) if signer else ()
            size, root = _compared(connection, claims, ledger.tile_roots)
    except BadKeyFile as error:
        raise CannotPublish(error.zh, error.en) from None
    except OSError as error:
        raise hindrances.unwritable(fence.path, error) from None
    return Look(size, root, last, found, signer)


def sign(ledger: Ledger, seen: Look) -> Signed | None:
    """Sign what was seen, if it has grown, and keep it; None where somebody else has signed meanwhile: then look again.

    Where the policy asks for nobody it is published therewith.

    Raises CannotPublish where the key or the fence cannot be written.
    """
    settings = ledger.settings
    fence = Fence(settings.signing_key_file)
    try:
        with writing(ledger.engine) as tx:
            checkpoints.hold(tx)
            if not seen.has_grown or checkpoints.newest(tx) != seen.last or fence.read() != seen.fence:
                return None
            signer = seen.signer or new_key(settings.signing_key_file, settings.origin)
            text = Checkpoint(settings.origin, seen.size, seen.root).text
            note = Note(text, (signer.sign(text),)).to_bytes()
            fence.write(note)
            # A clock that was put back, or runs behind another machine's, makes no checkpoint older than the one before.
            now = max(micros(ledger.clock()), seen.last.signed_at if seen.last else 0)
            signed = Signed(seen.size, seen.root, note.decode(), now)
            checkpoints.add(tx, signed)
            alone = settings.witnesses.is_met(())
            if alone:
                checkpoints.add_publication(tx, signed.size, now)
    except BadKeyFile as error:
        raise CannotPublish(error.zh, error.en) from None
    except OSError as error:
        raise hindrances.unwritable(fence.path, error) from None
    _LOG.info("published" if alone else "signed", size=signed.size)
    return signed


def mend_fence(ledger: Ledger, seen: Look) -> None:
    """Put the last checkpoint beside the key again, where the fence is gone or older: it must not wait for the log to grow."""
    if seen.last is None or _reaches(seen.fence, seen.last):
        return
    fence = Fence(ledger.settings.signing_key_file)
    try:
        with writing(ledger.engine) as tx:
            checkpoints.hold(tx)  # so that nobody signs meanwhile
            last = checkpoints.newest(tx)
            if last is not None and not _reaches(fence.read(), last):
                fence.write(last.note.encode())
                _LOG.warning("the checkpoint beside the key was missing or old; the last one was put there", file=str(fence.path))
    except OSError as error:
        raise hindrances.unwritable(fence.path, error) from None


def _reaches(fence: bytes | None, last: Signed) -> bool:
    return fence is not None and Checkpoint.parse(Note.parse(fence).text).size >= last.size


# --- the key ---------------------------------------------------------------------------------------------------------


def _signer(path: Path, origin: str, last: Signed | None, fence: bytes | None) -> Signer | None:
    """The signer of this log; None where it has no key yet. Raises CannotPublish where it is another's, or gone."""
    signer = load_key(path)
    found = None if signer is None else KeyName(signer.key.name, signer.key.id.hex())
    if last is not None:
        wanted = _key_of(last)
        if wanted.origin != origin:
            raise hindrances.other_origin(origin, wanted.origin)
        if found is None:
            raise hindrances.key_gone(path, wanted)
        if found != wanted:
            raise hindrances.other_key(path, found, wanted)
    elif found is None and fence is not None:
        raise hindrances.fence_without_key(Fence(path).path, path)
    elif found is not None and found.origin != origin:
        raise hindrances.key_of_another_log(path, found, origin)
    return signer


def _key_of(last: Signed) -> KeyName:
    try:
        signature = Note.parse(last.note.encode()).signatures[0]
    except Damaged as error:
        raise hindrances.damaged(str(error)) from None
    return KeyName(signature.name, signature.key_id.hex())


# --- what was signed before ------------------------------------------------------------------------------------------


def _claims(
    path: Path, key: VerifierKey, last: Signed | None, fence: bytes | None, testimonies: Iterable[Testimony]
) -> Iterator[Claim]:
    if last is not None:
        yield Claim("数据库中的上一个检查点", "the last checkpoint in the database", _own(last, key))
    if fence is not None:
        where = Fence(path).path
        try:
            yield Claim(f"{where} ", str(where), opened(fence, key))
        except Damaged as error:
            raise hindrances.foreign_fence(where, error) from None
    for told in testimonies:
        # What our key did not sign is no word of ours, and keeps us from nothing.
        with suppress(Damaged):
            yield Claim(f"见证方 {told.witness} ", f"the witness {told.witness}", opened(told.note, key))


def _own(last: Signed, key: VerifierKey) -> Checkpoint:
    try:
        checkpoint = opened(last.note.encode(), key)
    except Damaged as error:
        raise hindrances.damaged(str(error)) from None
    if (checkpoint.size, checkpoint.root) != (last.size, last.root):
        raise hindrances.damaged(f"checkpoint: the row of size {last.size} does not fit its note")
    return checkpoint


def _compared(connection: Connection, claims: Iterable[Claim], roots: log.TileRoots) -> tuple[int, bytes]:
    """Size and root of the log, which continues every claim. Raises CannotPublish otherwise."""
    try:
        head = log.read_head(connection)
        tiles = log.tiles(connection, head.size, roots)
        root = root_at(tiles, head.size)
        if root != head.root:
            raise Damaged("log", f"tiles and head tell two roots for {head.size} entries")
        for claim in claims:
            signed = claim.checkpoint
            if signed.size > head.size:
                raise hindrances.behind(claim.zh, claim.en, signed.size, head.size)
            proof = consistency(tiles, signed.size, head.size)
            if not verify_consistency(signed.size, head.size, signed.root, root, proof):
                raise hindrances.another_tree(claim.zh, claim.en, signed.size)
    except Damaged as error:
        raise hindrances.damaged(str(error)) from error
    except NoResultFound as error:
        raise hindrances.damaged("a tile is missing") from error
    return head.size, root
