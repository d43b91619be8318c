"""The application: the only place where all floors meet.

`create_app` reads the settings, opens the ledger and puts the doors in. It refuses to start on faulty programmes or on a database
that was not migrated; one that is away is waited for, so that a worker begun meanwhile does not end the service. What the doors
share (errors, headers, logs) is registered here once, for the pages as for the API.
"""

import os
from threading import Event
from typing import Final

import structlog
from flask import Flask, request
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolExhausted
from werkzeug.middleware.proxy_fix import ProxyFix

from ledger.actions.ledger import Ledger, NotMigrated
from ledger.config import Settings, unknown_variables
from ledger.facts.problems import refuse
from ledger.journal import configure_service
from ledger.store.database import LostRights, watch_connections
from ledger.web import docs, log, pages, sessions
from ledger.web.api import deals, definitions, entries, exports, health, parties, patents, pools, scorecards, totals
from ledger.web.context import keep_ledger
from ledger.web.errors import register_errors
from ledger.web.headers import register_headers
from ledger.web.limits import register_limits
from ledger.web.logs import register_logs
from ledger.web.messages import BATCH_BYTES_MAX
from ledger.web.openapi import make_api
from ledger.web.paths import register_paths
from ledger.web.prometheus import count_connections

# The database is away, busy beyond patience, has dropped the connection or taken our rights: the same request may well do later.
UNAVAILABLE: Final = (OperationalError, InterfaceError, PoolExhausted, LostRights)

_LOG: Final = structlog.get_logger("ledger.app")

API: Final = (entries, patents, parties, pools, deals, definitions, totals, scorecards, exports, log, sessions, health)


def create_app(settings: Settings | None = None) -> Flask:
    """Raises BadSettings, BadProgrammes or NotMigrated."""
    ledger = Ledger.unseen(settings or Settings.from_environment())
    app = Flask("ledger", static_folder=None)
    keep_ledger(app, ledger)
    configure_service()
    for name, meant in unknown_variables(os.environ):
        _LOG.warning("unknown setting", name=name, meant=meant)
    for engine in {ledger.engine, ledger.read_engine}:
        watch_connections(engine, count_connections)
    open_doors(app, ledger.settings.rate_limit)
    trust_proxies(app, ledger.settings.proxies)
    try:
        ledger.check_schema()
    except UNAVAILABLE as error:
        _LOG.error("database unavailable at the start", reason=str(getattr(error, "orig", None) or type(error).__name__)[:500])
        look_later(app, ledger)
    return app


def look_later(app: Flask, ledger: Ledger) -> None:
    """Carry out nothing that needs the database before its schema was seen, which could not be done at the start."""
    seen = Event()

    def look() -> None:
        # That the process lives, and the pages that explain it, need no database; /readyz looks itself.
        blueprint, _, name = (request.endpoint or "docs.").partition(".")
        if seen.is_set() or blueprint in ("docs", "pages") or name in ("healthz", "readyz"):
            return
        try:
            ledger.check_schema()
        except NotMigrated as error:
            raise refuse("unavailable", "", "数据库尚未迁移", str(error)) from None
        seen.set()

    app.before_request(look)


def trust_proxies(app: Flask, number: int) -> None:
    """Believe so many proxies in front about whose address a request came from, and the nearest one about https."""
    if number:
        # Not about the host: each passes that on as it came, or a page could not be told from one of another site.
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=number, x_proto=1)  # type: ignore[method-assign]


def open_doors(app: Flask, rate_limit: int | None = None) -> None:
    """All that answers requests; none of it looks at the ledger before the first one comes."""
    app.config["MAX_CONTENT_LENGTH"] = BATCH_BYTES_MAX  # no door takes more; where less is taken, that door says so
    register_logs(app)
    register_errors(app, unavailable=UNAVAILABLE)
    register_paths(app)
    register_headers(app)
    register_limits(app, rate_limit)
    api = make_api(app)
    for module in API:
        api.register_blueprint(module.blueprint)
    app.register_blueprint(docs.blueprint)
    app.register_blueprint(pages.blueprint)
    docs.keep_document(app, api.spec.to_dict())
