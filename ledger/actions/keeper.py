"""What each worker keeps in order beside publishing: which tokens were used is written down, and the issuer's keys are asked for.

- What was noted since the last round is lost with a process that is killed.
- Each worker writes its own; a row keeps the latest of all.
"""

from typing import Final

import structlog

from ledger.actions.ledger import Ledger
from ledger.actions.rounds import Rounds
from ledger.store import tokens
from ledger.store.database import writing

ROUND_SECONDS: Final = 60.0

_LOG: Final = structlog.get_logger("ledger.uses")


def write_down(ledger: Ledger) -> None:
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


class Keeper(Rounds):
    """A round every ROUND_SECONDS; what fails is told once, until it works again."""

    once_more = True

    def __init__(self, ledger: Ledger) -> None:
        super().__init__("keeper", ROUND_SECONDS)
        self._ledger = ledger
        self._failed = False

    def round(self) -> None:
        try:
            if self._ledger.issuer is not None and not self.is_stopping:
                self._ledger.issuer.keep_fresh()
            write_down(self._ledger)
            self._failed = False
        except Exception as error:
            if not self._failed:
                _LOG.warning("when tokens were used could not be written down", reason=type(error).__name__)
            self._failed = True
