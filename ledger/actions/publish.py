"""Publishing: sign the log when it has grown, gather cosignatures, and tell which checkpoint everybody is to see.

- Published is a checkpoint whose quorum of witnesses is met; without a policy, every one that was signed.
- A checkpoint that waits for its quorum is finished before the next one is signed.
- Any number of threads and processes may publish at once: the database orders them, and who comes late finds it done.

What may be signed is decided by `sign`; how cosignatures come together is `gather`.
"""

import time
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from threading import Event, RLock, Thread
from typing import Final
from weakref import WeakKeyDictionary

import structlog
from sqlalchemy import Connection, Engine

from ledger.actions.gather import gather, is_met, testimonies
from ledger.actions.hindrances import CannotPublish
from ledger.actions.ledger import Ledger, Reading
from ledger.actions.sign import look, sign
from ledger.facts.problems import Refused, refuse
from ledger.proof.policies import Policy
from ledger.signing import is_exposed
from ledger.store import checkpoints
from ledger.store.checkpoints import Lines, Signed
from ledger.store.database import reading

ON_REQUEST_SECONDS: Final = 1.0  # between two checkpoints that requests ask for
PATIENCE_SECONDS: Final = 10.0  # how long a request waits for others that publish
STOP_SECONDS: Final = 5.0

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
    return _largest(reading.connection, reading.ledger.settings.witnesses)


def covering(reading: Reading, size: int) -> Published | None:
    """The smallest published checkpoint of at least `size` entries that this reading sees."""
    return _smallest(reading.connection, reading.ledger.settings.witnesses, size)


def _largest(connection: Connection, policy: Policy) -> Published | None:
    if _asks_for_nobody(policy):
        return _with_lines(connection, policy, checkpoints.newest(connection))
    with closing(checkpoints.cosigned_downward(connection, _keys(policy))) as cosigned:
        return _first_met(connection, policy, cosigned)


def _smallest(connection: Connection, policy: Policy, size: int) -> Published | None:
    if _asks_for_nobody(policy):
        return _with_lines(connection, policy, checkpoints.from_size(connection, size))
    with closing(checkpoints.cosigned_from(connection, size, _keys(policy))) as cosigned:
        return _first_met(connection, policy, cosigned)


def _first_met(connection: Connection, policy: Policy, cosigned: Iterable[tuple[int, Lines]]) -> Published | None:
    met = next((size for size, lines in cosigned if is_met(policy, lines)), None)
    return None if met is None else _with_lines(connection, policy, checkpoints.at(connection, met))


def _with_lines(connection: Connection, policy: Policy, signed: Signed | None) -> Published | None:
    if signed is None:
        return None
    lines = checkpoints.lines_of(connection, signed.size) if policy.witnesses else {}
    note = signed.note + "".join(lines.get(key, "") for key in _keys(policy))
    return Published(signed.size, signed.root, note.encode())


def _asks_for_nobody(policy: Policy) -> bool:
    return policy.is_met(())


def _keys(policy: Policy) -> list[str]:
    return [str(one.key) for one in policy.witnesses]


# --- publishing ------------------------------------------------------------------------------------------------------


def publish(ledger: Ledger) -> Published | None:
    """Sign the log if it has grown, gather cosignatures, and answer the newest published checkpoint; None for an empty log.

    Raises CannotPublish, also where a checkpoint is signed and waits for its quorum.
    """
    policy = ledger.settings.witnesses
    with _turns(ledger).lock:
        signed = None
        while signed is None:
            seen = look(ledger)
            if seen.last is not None:
                gather(ledger, seen.last)
            if not seen.has_grown:
                break
            if not _asks_for_nobody(policy):
                # Looked at anew afterwards: what a witness has seen by then was committed before.
                seen = look(ledger, testimonies(ledger))
            signed = sign(ledger, seen)
        if signed is not None:
            gather(ledger, signed)
        with reading(ledger.engine) as connection:
            return _largest(connection, policy)


# --- on request ------------------------------------------------------------------------------------------------------


@dataclass
class _Turns:
    """One thread of a process publishes at a time; when the last one that was asked for by a request was done, and how it ended."""

    lock: RLock = field(default_factory=RLock)
    ended_at: float = float("-inf")
    refusal: Refused | None = None


_TURNS: Final[WeakKeyDictionary[Engine, _Turns]] = WeakKeyDictionary()
_TURNS_LOCK: Final = RLock()


def _turns(ledger: Ledger) -> _Turns:
    with _TURNS_LOCK:
        return _TURNS.setdefault(ledger.engine, _Turns())


def ensure_covering(ledger: Ledger, size: int) -> Published:
    """The smallest published checkpoint of at least `size` committed entries; published now if there is none.

    At most one a second is published so: others wait for it. While that cannot be done it raises Refused (`unavailable`) with the
    reason.
    """
    if found := _covering_now(ledger, size):
        return found
    turns = _turns(ledger)
    with _held(turns):
        if found := _covering_now(ledger, size):  # by the one that we have waited for
            return found
        if (pause := turns.ended_at + ON_REQUEST_SECONDS - time.monotonic()) > 0:
            if turns.refusal is not None:
                raise turns.refusal
            time.sleep(pause)
        try:
            turns.refusal = None
            publish(ledger)
        except CannotPublish as error:
            turns.refusal = refuse("unavailable", "", error.zh, error.en)
            raise turns.refusal from None
        finally:
            turns.ended_at = time.monotonic()
    if found := _covering_now(ledger, size):
        return found
    raise refuse("unavailable", "", f"尚无覆盖前 {size} 条的已发布检查点", f"no published checkpoint covers {size} entries yet")


@contextmanager
def _held(turns: _Turns) -> Iterator[None]:
    if not turns.lock.acquire(timeout=PATIENCE_SECONDS):
        raise refuse("unavailable", "", "检查点正在发布，请稍后再试", "a checkpoint is being published: try again in a moment")
    try:
        yield
    finally:
        turns.lock.release()


def _covering_now(ledger: Ledger, size: int) -> Published | None:
    with reading(ledger.engine) as connection:
        return _smallest(connection, ledger.settings.witnesses, size)


# --- all the time ----------------------------------------------------------------------------------------------------


class Publisher:
    """Publishes every `publish_seconds` in a thread of its own, until it is stopped or its process ends.

    A round that fails is told once for each reason, and once more when all is well again; the next round is held all the same.
    """

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._stopping = Event()
        self._told: set[str] = set()
        self._thread = Thread(target=self._run, name="publisher", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Ends it at once, or after the round that is running; one that hangs is left to the end of the process."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(STOP_SECONDS)

    def _run(self) -> None:
        path = self._ledger.settings.signing_key_file
        while not self._stopping.is_set():
            self.round()
            if is_exposed(path):
                self._tell("exposed", "others may read the signing key: chmod 600", file=str(path))
            self._stopping.wait(self._ledger.settings.publish_seconds)

    def round(self) -> None:
        """Publish once. Never raises."""
        try:
            publish(self._ledger)
        except CannotPublish as error:
            self._tell(error.en, "cannot publish", zh=error.zh, en=error.en)
        except Exception as error:
            self._tell(type(error).__name__, "publishing failed", exc_info=error)
        else:
            if self._told - {"exposed"}:
                _LOG.info("publishing again")
            self._told &= {"exposed"}

    def _tell(self, reason: str, event: str, **told: object) -> None:
        if reason not in self._told:
            self._told.add(reason)
            _LOG.error(event, **told)
