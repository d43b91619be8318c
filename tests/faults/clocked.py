"""The application as `wsgi` serves it, with a ledger whose clock can be put forward and back while it runs.

The file that LEDGER_FAULT_CLOCK names holds by how many seconds; it is read again for every look at the clock. Only drills serve
this module: the service itself has one clock, and no setting for it.
"""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import wsgi

CLOCK = Path(os.environ["LEDGER_FAULT_CLOCK"])


def clock() -> datetime:
    return datetime.now(UTC) + timedelta(seconds=float(CLOCK.read_text(encoding="ascii")))


# Application and publisher hold this very ledger: it is the clock in it that must change, not the ledger.
object.__setattr__(wsgi.ledger, "clock", clock)
app = wsgi.app
