"""Where gunicorn finds the service. What is wrong with settings, programmes or schema is said plainly, and ends the start."""

import sys

from ledger.actions.ledger import NotMigrated
from ledger.app import create_app
from ledger.config import BadSettings
from ledger.kpi.language import BadProgrammes

BOOT_FAILED = 3  # gunicorn's own code for a worker that cannot start: with any other it would try for ever

try:
    app = create_app()
except (BadSettings, BadProgrammes, NotMigrated) as error:
    print(error, file=sys.stderr, flush=True)
    sys.exit(BOOT_FAILED)
