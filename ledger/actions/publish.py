"""Publishing: sign the log when it has grown, gather cosignatures, and tell which checkpoint everybody is to see.

- A checkpoint is published once its quorum of witnesses is met; without a policy, as it is signed. It stays published, with the
  same bytes, whatever policy comes later.
- A checkpoint that waits for its quorum is finished before the next one is signed.
- Any number of threads and processes may publish at once: the database orders them, and who comes late finds it done.

What may be signed is decided by `sign`; how cosignatures come together is `gather`.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from threading import RLock
from typing import Final
from weakref import WeakKeyDictionary

import structlog
from sqlalchemy import Connection, Engine

from ledger.actions.gather import gather, testimonies
from ledger.actions.hindrances import CannotPublish
from ledger.actions.ledger import Ledger, Reading
from ledger.actions.rounds import Rounds
from ledger.actions.sign import Look, look, mend_fence, sign
from ledger.facts.days import micros
from ledger.facts.problems import Refused, refuse
from ledger.proof.checkpoints import Checkpoint
from ledger.proof.merkle import Damaged
from ledger.proof.notes import Note
from ledger.signing import Fence, is_exposed
from ledger.store import checkpoints
from ledger.store.checkpoints import Signed
from ledger.store.database import reading

ON_REQUEST_SECONDS: Final = 1.0  # from one checkpoint to the next that a request asks for
PATIENCE_SECONDS: Final = 10.0  # how long a request waits for others that publish

_LOG: Final = structlog.get_logger("ledger.publisher")


@dataclass(frozen=True, slots=True)
class Published:
    """A checkpoint for everybody: `note` is the signed note with the cosignatures that it was published with."""

    size: int
    root: bytes
    note: bytes


# --- what is published -----------------------------------------------------------------------------------------------


def published(reading: Reading) -> Published | None:
    """The largest published checkpoint that this reading sees."""
    return _with_lines(reading.connection, checkpoints.newest_published(reading.connection))


def covering(reading: Reading, size: int) -> Published | None:
    """The smallest published checkpoint of at least `size` entries that this reading sees."""
    return _with_lines(reading.connection, checkpoints.published_from(reading.connection, size))


def offered(look: Reading) -> Published | None:
    """What is published, for readers who take it for the newest there is.

    Raises Refused (`unavailable`) while the primary database does not hold what was signed, by the fence: it was restored from a
    backup, however much was recorded since, and readers have seen a later checkpoint. A database that only follows may lag.
    """
    newest, fence = published(look), _fenced(look.ledger)
    if fence is not None and fence.size > (newest.size if newest else 0) and not _holds(look, fence):
        with reading(look.ledger.engine) as connection:
            primary = Reading(connection, look.ledger)
            if not _holds(primary, fence):
                raise _not_held(primary.size, fence.size)
    return newest


def _fenced(ledger: Ledger) -> Checkpoint | None:
    """Whether a fence is to be believed is for `sign` to say; one that is not is no reason to keep back what is published."""
    with suppress(OSError, Damaged):
        note = Fence(ledger.settings.signing_key_file).read()
        told = None if note is None else Checkpoint.parse(Note.parse(note).text)
        if told and told.origin == ledger.settings.origin:
            return told
    return None


def _holds(look: Reading, signed: Checkpoint) -> bool:
    return look.size >= signed.size and look.root(signed.size) == signed.root


def _not_held(here: int, signed: int) -> Refused:
    if here < signed:
        zh, en = f"数据库只有 {here} 条,而已签署 {signed} 条", f"the database holds {here} entries, and {signed} were signed"
    else:
        zh, en = f"数据库前 {signed} 条与已签署的不同", f"the first {signed} entries of the database are not those that were signed"
    return refuse(
        "unavailable",
        "",
        f"{zh}:在恢复完整的数据库之前不提供检查点",
        f"{en}: no checkpoint is given until the complete one is back",
    )


def _with_lines(connection: Connection, signed: Signed | None) -> Published | None:
    if signed is None:
        return None
    lines = checkpoints.lines_of(connection, signed.size)
    # In an order that no policy changes: a published checkpoint has the same bytes for ever.
    note = signed.note + "".join(lines[key] for key in sorted(lines))
    return Published(signed.size, signed.root, note.encode())


# --- publishing ------------------------------------------------------------------------------------------------------


def publish(ledger: Ledger, wanted: int | None = None) -> Published | None:
    """Sign the log if it has grown, gather cosignatures, and answer the newest published checkpoint; None for an empty log.

    Where a size is `wanted`, only until it is covered, and signing nothing within ON_REQUEST_SECONDS of the checkpoint before,
    whoever signed that. Raises CannotPublish, also where a checkpoint is signed and waits for its quorum.
    """
    with _turns(ledger).lock:
        waited_for: int | None = None
        while wanted is None or _covering_now(ledger, wanted) is None:
            seen = look(ledger)
            last = None if wanted is None else seen.last
            if last and last.size != waited_for and (pause := _pause(ledger, last)) > 0:
                waited_for = last.size
                time.sleep(pause)
            elif _published_as(ledger, seen):
                break
        with reading(ledger.engine) as connection:
            return _with_lines(connection, checkpoints.newest_published(connection))


def _published_as(ledger: Ledger, seen: Look) -> bool:
    """Publish what was signed before, and the log as it was seen; False where somebody else has signed meanwhile: look again."""
    if seen.last is not None:
        gather(ledger, seen.last)
    if not seen.has_grown:
        mend_fence(ledger, seen)
        return True
    if not ledger.settings.witnesses.is_met(()):
        # Looked at anew afterwards: what a witness has seen by then was committed before.
        last, seen = seen.last, look(ledger, testimonies(ledger))
        if seen.last != last:
            return False
    signed = sign(ledger, seen)
    if signed is None:
        return False
    gather(ledger, signed)
    return True


def _pause(ledger: Ledger, last: Signed) -> float:
    """Seconds to wait before the next checkpoint; no more than its due, however far the clock that told of the last one is off."""
    since = (micros(ledger.clock()) - last.signed_at) / 1e6
    return min(ON_REQUEST_SECONDS - since, ON_REQUEST_SECONDS)


# --- on request ------------------------------------------------------------------------------------------------------


@dataclass
class _Turns:
    """One thread of a process publishes at a time; why the last request could not be served, and when."""

    lock: RLock = field(default_factory=RLock)
    refusal: Refused | None = None
    refused_at: float = float("-inf")


_TURNS: Final[WeakKeyDictionary[Engine, _Turns]] = WeakKeyDictionary()
_TURNS_LOCK: Final = RLock()


def _turns(ledger: Ledger) -> _Turns:
    with _TURNS_LOCK:
        return _TURNS.setdefault(ledger.engine, _Turns())


def ensure_covering(ledger: Ledger, size: int) -> Published:
    """The smallest published checkpoint of at least `size` committed entries; published now if there is none.

    At most one a second is signed so, by all processes together: others wait for it. While that cannot be done it raises Refused
    (`unavailable`) with the reason.
    """
    if found := _covering_now(ledger, size):
        return found
    turns = _turns(ledger)
    with _held(turns):
        if found := _covering_now(ledger, size):  # by the one that we have waited for
            return found
        if turns.refusal is not None and time.monotonic() < turns.refused_at + ON_REQUEST_SECONDS:
            raise turns.refusal
        try:
            publish(ledger, size)
            turns.refusal = None
        except CannotPublish as error:
            turns.refusal, turns.refused_at = refuse("unavailable", "", error.zh, error.en), time.monotonic()
            raise turns.refusal from None
    if found := _covering_now(ledger, size):
        return found
    raise refuse("unavailable", "", f"尚无覆盖前 {size} 条的已发布检查点", f"no published checkpoint covers {size} entries yet")


@contextmanager
def _held(turns: _Turns) -> Iterator[None]:
    if not turns.lock.acquire(timeout=PATIENCE_SECONDS):
        raise refuse("unavailable", "", "检查点正在发布,请稍后再试", "a checkpoint is being published: try again in a moment")
    try:
        yield
    finally:
        turns.lock.release()


def _covering_now(ledger: Ledger, size: int) -> Published | None:
    with reading(ledger.engine) as connection:
        return _with_lines(connection, checkpoints.published_from(connection, size))


# --- all the time ----------------------------------------------------------------------------------------------------


class Publisher(Rounds):
    """Publishes every `publish_seconds`, and once more when it is stopped: what was acknowledged until then is under the signature.

    A round that fails is told once for each reason, and once more when all is well again; the next round is held all the same.
    How each ends (`published`, `hindered`, `failed`) is told to `counted`.
    """

    once_more = True

    def __init__(self, ledger: Ledger, counted: Callable[[str], None] = lambda outcome: None) -> None:
        super().__init__("publisher", ledger.settings.publish_seconds)
        self._ledger = ledger
        self._counted = counted
        self._told: set[str] = set()

    def round(self) -> None:
        self._publish()
        if is_exposed(path := self._ledger.settings.signing_key_file):
            self._tell("exposed", "others may read the signing key: chmod 600", file=str(path))

    def _publish(self) -> None:
        try:
            publish(self._ledger)
        except CannotPublish as error:
            self._counted("hindered")
            self._tell(error.en, "cannot publish", zh=error.zh, en=error.en)
        except Exception as error:
            self._counted("failed")
            self._tell(type(error).__name__, "publishing failed", exc_info=error)
        else:
            self._counted("published")
            if self._told - {"exposed"}:
                _LOG.info("publishing again")
            self._told &= {"exposed"}

    def _tell(self, reason: str, event: str, **told: object) -> None:
        if reason not in self._told:
            self._told.add(reason)
            _LOG.error(event, **told)
