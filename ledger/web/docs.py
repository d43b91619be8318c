"""The API as a document (`/openapi.json`), as a page to try it on (`/docs`), and what each problem code means.

The page is ours and runs no script of its own but one file; Swagger UI comes from its wheel and is served from here, so that the
page works behind a policy that lets nothing in from elsewhere.
"""

import json
from pathlib import Path
from typing import Any, Final

import flask_swagger_ui
from flask import Blueprint, Response, current_app, render_template, request, send_from_directory
from werkzeug.exceptions import NotFound

from ledger.facts.problems import STATUS, refuse
from ledger.web.auth import OPEN, guard
from ledger.web.codes import CODES
from ledger.web.context import json_answer, language
from ledger.web.headers import SCRIPTED_POLICY

SWAGGER_UI: Final = Path(flask_swagger_ui.__file__).parent / "dist"
OWN: Final = Path(__file__).parent / "static"
# Only what the page asks for: the rest of the folder are pages and scripts of somebody else.
SERVED: Final = ("swagger-ui.css", "swagger-ui-bundle.js", "favicon-32x32.png")

blueprint = Blueprint("docs", __name__, template_folder="templates")


@blueprint.get("/openapi.json")
@guard(OPEN)
def openapi() -> Response:
    document: bytes = current_app.extensions["pool-ledger-openapi"]
    return _open_answer(Response(document, content_type="application/json"))


@blueprint.get("/docs")
@guard(OPEN)
def docs() -> Response:
    answer = Response(render_template("docs.html", language=language()))
    answer.headers["Content-Security-Policy"] = SCRIPTED_POLICY
    return _open_answer(answer)


@blueprint.get("/docs/ui/<name>")
@guard(OPEN)
def docs_file(name: str) -> Response:
    if name not in SERVED:
        raise NotFound
    return send_from_directory(SWAGGER_UI, name, max_age=86_400)


@blueprint.get("/docs/start.js")
@guard(OPEN)
def start() -> Response:
    return send_from_directory(OWN, "docs.js", max_age=86_400)


@blueprint.get("/problems/<code>")
@guard(OPEN)
def problem_page(code: str) -> Response:
    if code not in CODES:
        raise refuse("not-found", "code", "没有此错误代码", "there is no such code")
    known = CODES[code]
    told: dict[str, Any] = {
        "type": f"/problems/{code}",
        "code": code,
        "status": STATUS[code],
        "title": dict(known.title),
        "meaning": dict(known.meaning),
    }
    if request.accept_mimetypes.best_match(("application/json", "text/html")) == "text/html":
        answer = Response(render_template("problem.html", language=language(), told=told))
    else:
        answer = json_answer(told)
    answer.vary.update(("Accept",))
    return _open_answer(answer)


def _open_answer(answer: Response) -> Response:
    """Open to all and the same for all; tagged by its bytes, for it changes with the release only."""
    answer.headers["Cache-Control"] = "no-cache"
    answer.vary.update(("Accept-Language",))
    answer.add_etag()
    return answer.make_conditional(request)  # type: ignore[return-value]  # of the same class


def keep_document(app: Any, spec: dict[str, Any]) -> None:
    app.extensions["pool-ledger-openapi"] = json.dumps(spec, ensure_ascii=False).encode()
