"""Every refusal in one shape: problem details (RFC 9457) with a code, its one status, and everything that is wrong.

- Whatever is raised on the way of a request ends here: a `Refused` of the core, an HTTP error of the framework, a database that
  does not answer, and what nobody foresaw. The last is logged under the name of the request and told as `internal-error` only.
- Headers that belong to an error stay with it: `Allow`, `WWW-Authenticate`, `Retry-After`.
- No text of a driver, a library or the framework is ever passed on.

What a code means stands in `codes`; which errors mean that the database is away, only `ledger.app` knows.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import quote

import structlog
from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException

from ledger.facts.problems import STATUS, Problem, Refused
from ledger.web.codes import CODES, Code
from ledger.web.context import json_answer, language, request_id
from ledger.web.logs import note_refused

MEDIA_TYPE: Final = "application/problem+json"
RETRY_AFTER_SECONDS: Final = 2

_BY_STATUS: Final[Mapping[int, str]] = {
    400: "malformed", 401: "unauthenticated", 403: "forbidden", 404: "not-found", 405: "method-not-allowed", 406: "not-acceptable",
    413: "too-large", 415: "unsupported-media-type", 429: "too-many-requests", 503: "unavailable",
}  # fmt: skip
_KEPT_HEADERS: Final = ("Allow", "WWW-Authenticate", "Retry-After")
_LOG: Final = structlog.get_logger("ledger.errors")


def register_errors(app: Flask, *, unavailable: Sequence[type[Exception]]) -> None:
    """Every error of the application is answered here; `unavailable` are those of a database that is away or busy."""
    app.register_error_handler(Refused, of_refusal)
    app.register_error_handler(HTTPException, of_http)
    for away in unavailable:
        app.register_error_handler(away, of_database)
    app.register_error_handler(Exception, of_accident)


def of_refusal(refused: Refused) -> Response:
    if refused.status == 503:
        # Why the machine cannot do it may name its files: that is for whoever runs the service, and helps nobody else.
        _LOG.warning("unavailable", request_id=request_id(), reason=[one.en for one in refused.problems])
        answer = problem(refused.code)
        answer.headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
        return answer
    answer = problem(refused.code, refused.problems)
    if refused.status == 401:
        # RFC 6750: a request without any credentials is told the scheme and nothing else.
        told = ', error="invalid_token"' if "Authorization" in request.headers else ""
        answer.headers["WWW-Authenticate"] = f'Bearer realm="pool-ledger"{told}'
    return answer


def of_http(error: HTTPException) -> Response:
    if error.code is None or error.code < 400:
        return error.get_response()  # type: ignore[return-value]  # a redirect; werkzeug's own response will do
    code = _BY_STATUS.get(error.code) or ("malformed" if error.code < 500 else "internal-error")
    answer = problem(code)
    for name, value in error.get_headers():
        if name in _KEPT_HEADERS:
            answer.headers[name] = value
    return answer


def of_database(error: Exception) -> Response:
    # The driver's own words are for whoever runs the service; statement and values would be more than they need.
    reason = str(getattr(error, "orig", None) or type(error).__name__)[:500]
    _LOG.warning("database unavailable", request_id=request_id(), reason=reason)
    answer = problem("unavailable")
    answer.headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
    return answer


def of_accident(error: Exception) -> Response:
    _LOG.error("unexpected error", request_id=request_id(), endpoint=request.endpoint, exc_info=error)
    return problem("internal-error")


def problem(code: str, problems: Sequence[Problem] = ()) -> Response:
    """The answer to a request that is not carried out, in the caller's language."""
    chosen = language()
    note_refused(code)
    known: Code = CODES[code]
    errors = [_error(one, chosen) for one in problems]
    told: dict[str, Any] = {
        "type": f"/problems/{code}",
        "title": known.title[chosen],
        "status": STATUS[code],
        "detail": _detail(known, errors, chosen),
        "code": code,
        "errors": errors,
        "instance": quote(request.path[:1000], safe="/%"),
        "request_id": request_id(),
    }
    in_the_way = {one.entry for one in problems if one.entry is not None}
    if len(in_the_way) == 1:
        told["entry"] = in_the_way.pop()
    answer = json_answer(told, STATUS[code], MEDIA_TYPE)
    answer.headers["Content-Language"] = chosen
    answer.headers["Cache-Control"] = "no-store"
    answer.vary.update(("Authorization", "Accept-Language"))
    return answer


def _error(one: Problem, chosen: str) -> dict[str, Any]:
    told: dict[str, Any] = {"path": one.path, "code": one.code, "message": one.zh if chosen == "zh" else one.en}
    return told if one.entry is None else told | {"entry": one.entry}


def _detail(known: Code, errors: Sequence[Mapping[str, Any]], chosen: str) -> str:
    if len(errors) == 1:
        return str(errors[0]["message"])
    if errors:
        return f"共有 {len(errors)} 处问题" if chosen == "zh" else f"There are {len(errors)} problems"
    return known.meaning[chosen]
