"""The application: the only place where all floors meet.

`create_app` reads the settings, opens the ledger and puts the doors in. It refuses to start on faulty programmes or on a database
that was not migrated. What the doors share (errors, headers, logs) is registered here once, for the pages as for the API.
"""

from typing import Final

from flask import Flask, Response
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolExhausted

from ledger.actions.ledger import Ledger
from ledger.config import Settings
from ledger.web import docs, log
from ledger.web.api import deals, definitions, entries, exports, health, parties, patents, pools, scorecards, totals
from ledger.web.context import keep_ledger
from ledger.web.errors import register_errors
from ledger.web.logs import configure_logs, register_logs
from ledger.web.messages import BATCH_BYTES_MAX, drain
from ledger.web.openapi import make_api
from ledger.web.paths import register_paths

# The database is away, busy beyond patience, or has dropped the connection: the same request may well do a moment later.
UNAVAILABLE: Final = (OperationalError, InterfaceError, PoolExhausted)

API: Final = (entries, patents, parties, pools, deals, definitions, totals, scorecards, exports, log, health)

SECURITY_HEADERS: Final = {
    "Content-Security-Policy": "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}


def create_app(settings: Settings | None = None) -> Flask:
    """Raises BadSettings, BadProgrammes or NotMigrated."""
    ledger = Ledger.open(settings or Settings.from_environment())
    app = Flask("ledger", static_folder=None)
    keep_ledger(app, ledger)
    configure_logs()
    open_doors(app)
    return app


def open_doors(app: Flask) -> None:
    """All that answers requests; none of it looks at the ledger before the first one comes."""
    app.config["MAX_CONTENT_LENGTH"] = BATCH_BYTES_MAX  # no door takes more; where less is taken, that door says so
    register_logs(app)
    register_errors(app, unavailable=UNAVAILABLE)
    register_paths(app)
    app.after_request(drain)
    app.after_request(_secured)
    api = make_api(app)
    for module in API:
        api.register_blueprint(module.blueprint)
    app.register_blueprint(docs.blueprint)
    docs.keep_document(app, api.spec.to_dict())


def _secured(response: Response) -> Response:
    for name, value in SECURITY_HEADERS.items():
        response.headers.setdefault(name, value)
    return response
