"""gunicorn's own words in the form of all other lines: start and stop, workers that come, go and are killed.

- Its access log stays silent, whatever its command line says: it holds queries. Requests are told by `ledger.web.logs`.
- Where a worker of gunicorn's own serves instead of ours, it quotes what it could not read, perhaps a token with it: that is cut.
"""

import logging
from typing import Any, Final

from gunicorn.glogging import Logger

from ledger.journal import Formatter

# How a sentence begins, and with what the quotation in it.
_QUOTING: Final = {"Invalid request from ip=": ": ", "Error handling request": " /"}


class ServerLog(Logger):  # type: ignore[misc]  # published without types
    """The `logger_class` of gunicorn.conf.py."""

    def setup(self, cfg: Any) -> None:
        super().setup(cfg)
        for handler in self.error_log.handlers:
            handler.setFormatter(Formatter())
            handler.addFilter(without_quotations)

    def access(self, *_: Any) -> None:
        """Nothing."""


def without_quotations(record: logging.LogRecord) -> bool:
    told = record.getMessage()
    for beginning, quotation in _QUOTING.items():
        if told.startswith(beginning):
            record.msg, record.args = told.partition(quotation)[0], ()
    return True
