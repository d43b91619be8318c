"""How a line about the service's work is written: one JSON object, with level and instant, for the service and for commands alike.

- The service writes to its standard error, where its server's own words (`ledger.web.serverlog`) go in the same form.
- Commands speak to people; what they change (tokens, bars, schema, restores) they append to the file of LEDGER_COMMAND_LOG, if set.
- An error is told with its type and the way it took through the code, but without the values of variables and its own words, which
  may quote what it choked on: a token, a body. The words of the operating system are kept: a full disk is a full disk.

What is said is up to whoever says it: never a token, a body, a query, or a word of a driver that could quote one.
"""

import builtins
import logging
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import structlog
from structlog.tracebacks import ExceptionDictTransformer
from structlog.typing import EventDict, ExcInfo, WrappedLogger

_WAY: Final = ExceptionDictTransformer(show_locals=False)
_OF_THE_SYSTEM: Final = {name for name, one in vars(builtins).items() if isinstance(one, type) and issubclass(one, OSError)}
_TOLD: Final = ("exc_type", "is_cause", "frames")
_RENDER: Final = structlog.processors.JSONRenderer(ensure_ascii=False)
_STAMP: Final = structlog.processors.TimeStamper(fmt="iso", utc=True)


def configure_service() -> None:
    """Lines go to standard error."""
    _configure(lambda: _Lines(sys.stderr))


def configure_commands(file: Path | None) -> None:
    """What is changed goes to the end of a file, if there is one; what went wrong goes to standard error otherwise."""
    _configure(lambda: _Complaints(sys.stderr) if file is None else _Appending(file))


def _configure(logger: Callable[[], Any]) -> None:
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            _process,
            _STAMP,
            structlog.processors.ExceptionRenderer(_exception),
            _RENDER,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        # Looked up for each line: where errors go may change under us (a test, a server that reopens its logs).
        logger_factory=lambda *_: logger(),
        cache_logger_on_first_use=False,
    )


def _exception(exc_info: ExcInfo) -> list[dict[str, Any]]:
    """The exception and those it came from, the last first: type, whether it is the cause, frames; words of the system's alone."""
    return [
        {name: stack[name] for name in (*_TOLD, *(["exc_value"] if stack["exc_type"] in _OF_THE_SYSTEM else []))}
        for stack in _WAY(exc_info)
    ]


def _process(_: WrappedLogger, __: str, told: EventDict) -> EventDict:
    told["pid"] = os.getpid()
    return told


class _Lines(structlog.WriteLogger):
    """Lines that are written where that can be done: a full disk or a broken pipe must not fail the request they are about."""

    def msg(self, message: str) -> None:
        with suppress(OSError):
            super().msg(message)

    debug = info = warning = error = critical = exception = msg


class _Complaints(_Lines):
    """What went wrong; what went well is said by the command itself."""

    def info(self, _: str) -> None:
        """Nothing."""


class _Appending:
    """A logger of one file, opened for each line: commands are short and few, and whoever rotates it needs to tell nobody."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def msg(self, line: str) -> None:
        try:
            with self._path.open("a", encoding="utf-8") as file:
                file.write(f"{line}\n")
        except OSError as error:  # what was done is done, and told here instead
            _Lines(sys.stderr).msg(f"{self._path}: {error.strerror}; this would have been added to it:\n{line}")

    info = warning = error = critical = exception = msg


class Formatter(logging.Formatter):
    """Records of the standard library in the same form."""

    def format(self, record: logging.LogRecord) -> str:
        told: EventDict = {"event": record.getMessage(), "logger": record.name}
        if record.exc_info and record.exc_info[0] is not None:
            told["exception"] = _exception(record.exc_info)
        told["level"], told["pid"] = record.levelname.lower(), record.process
        return str(_RENDER(None, "", _STAMP(None, "", told)))
