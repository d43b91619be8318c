"""What every door of a request needs to know: the open ledger, the caller's language, and the name of the request.

Chinese unless English is asked for: the ledger is kept in Chinese, and English is its courtesy.
"""

import re
from typing import Any, Final
from uuid import uuid4

from flask import Flask, Response, current_app, g, request

from ledger.actions.ledger import Ledger
from ledger.actions.record import Language, to_json

_EXTENSION: Final = "pool-ledger"
# What a caller gives as the name of a request goes into answers and logs: only what is harmless in both.
_SANE_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._~:-]{0,127}")
# What has the form of a token of ours, or of a JWT, wherever somebody may have put one by mistake.
_SECRET: Final = re.compile(r"(?<![\w-])(?:[\w-]{43}|ey[\w-]+\.[\w-]+\.[\w-]*)(?![\w-])", re.ASCII)


def keep_ledger(app: Flask, ledger: Ledger) -> None:
    app.extensions[_EXTENSION] = ledger


def the_ledger() -> Ledger:
    ledger: Ledger = current_app.extensions[_EXTENSION]
    return ledger


def language() -> Language:
    # In the order of the caller's liking; `best_match` would rank zh;q=0.1 above en-GB.
    spoken = (tag.partition("-")[0].lower() for tag, quality in request.accept_languages if quality > 0)
    return "en" if next((tag for tag in spoken if tag in ("zh", "en")), "zh") == "en" else "zh"


def request_id() -> str:
    """The caller's X-Request-ID where it is fit to be repeated, else one of our own."""
    if "request_id" not in g:
        told = request.headers.get("X-Request-ID", "")
        g.request_id = told if _SANE_ID.fullmatch(told) and not _SECRET.search(told) else uuid4().hex
    named: str = g.request_id
    return named


def without_secrets(text: str) -> str:
    return _SECRET.sub("(secret)", text)


def json_answer(value: Any, status: int = 200, media_type: str = "application/json") -> Response:
    return Response(to_json(value), status, content_type=media_type)
