"""When each token was used last: noted in memory by every request, written down now and then by a thread of its own.

- No request waits for it and none fails by it. What was noted since the last round is lost with a process that is killed.
- Each worker writes its own; a row keeps the latest of all.
"""

from threading import Event, Lock, Thread
from typing import TYPE_CHECKING, Final

import structlog

from ledger.store import tokens
from ledger.store.database import writing

if TYPE_CHECKING:
    from ledger.actions.ledger import Ledger

ROUND_SECONDS: Final = 60.0
STOP_SECONDS: Final = 5.0

_LOG: Final = structlog.get_logger("ledger.uses")


class Uses:
    """The tokens that were used and are not yet written down: no more than there are tokens."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._noted: dict[int, int] = {}

    def note(self, token_id: int, at: int) -> None:
        """A token was used at an instant, in microseconds since 1970."""
        with self._lock:
            self._noted[token_id] = max(at, self._noted.get(token_id, at))

    def take(self) -> dict[int, int]:
        """What was noted, which is then forgotten."""
        with self._lock:
            taken, self._noted = self._noted, {}
        return taken


def write_down(ledger: "Ledger") -> None:
    """Write down what was noted; where that fails it stays noted, and the error is raised."""
    if not (taken := ledger.uses.take()):
        return
    try:
        with writing(ledger.engine) as connection:
            tokens.used(connection, taken)
    except BaseException:
        for token_id, at in taken.items():
            ledger.uses.note(token_id, at)
        raise


class Keeper:
    """Writes down what is used, and keeps the issuer's keys fresh, until it is stopped; once more when it is."""

    def __init__(self, ledger: "Ledger") -> None:
        self._ledger = ledger
        self._stopping = Event()
        self._failed = False
        self._thread = Thread(target=self._run, name="keeper", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Ends it after a last round; a database that does not answer is not waited for."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(STOP_SECONDS)

    def _run(self) -> None:
        while not self._stopping.is_set():
            self.round()
            self._stopping.wait(ROUND_SECONDS)
        self.round()

    def round(self) -> None:
        """Never raises; what fails is told once, until it works again."""
        try:
            if self._ledger.issuer is not None and not self._stopping.is_set():
                self._ledger.issuer.keep_fresh()
            write_down(self._ledger)
            self._failed = False
        except Exception as error:
            if not self._failed:
                _LOG.warning("when tokens were used could not be written down", reason=type(error).__name__)
            self._failed = True
