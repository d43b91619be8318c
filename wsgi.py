"""Where gunicorn finds the service. What is wrong with settings, programmes or schema is said plainly, and ends the start.

Each process that serves also publishes the log, and writes down which tokens were used. Threads do not outlive a fork, so the two
are not started here, where a server that loads first and forks afterwards would lose them: gunicorn.conf.py starts them in each
worker, else the first request does.
"""

import atexit
import os
import sys
from threading import Lock

from ledger.actions.keeper import Keeper
from ledger.actions.ledger import NotMigrated
from ledger.actions.publish import Publisher
from ledger.app import create_app
from ledger.config import BadSettings
from ledger.kpi.language import BadProgrammes
from ledger.web.context import the_ledger
from ledger.web.prometheus import count_round

BOOT_FAILED = 3  # gunicorn's own code for a worker that cannot start: with any other it would try for ever

try:
    app = create_app()
except (BadSettings, BadProgrammes, NotMigrated) as error:
    print(error, file=sys.stderr, flush=True)
    sys.exit(BOOT_FAILED)

with app.app_context():
    ledger = the_ledger()
ledger.close()  # what comes out of a fork must not find a connection that another process uses too

publishers: dict[int, Publisher] = {}  # by the process that they run in
starting = Lock()


def publish() -> None:
    """Have this process publish and keep account of tokens, from the first call on."""
    if os.getpid() not in publishers:
        with starting:
            if os.getpid() not in publishers:
                atexit.register(ledger.close)  # what is registered first is done last
                publishers[os.getpid()] = Publisher(ledger, count_round)
                for rounds in (publishers[os.getpid()], Keeper(ledger)):
                    rounds.start()
                    atexit.register(rounds.stop)


app.before_request(publish)
