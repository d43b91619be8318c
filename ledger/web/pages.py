"""What pages for people share: who wants one, how it is made, and the files that it is dressed in.

A page holds no script and no style of its own: all of that is in files that are served from here, so the policy that `headers`
sends along lets nothing else in. It is made for one reader, and no cache keeps it.
"""

from pathlib import Path
from typing import Any, Final

from flask import Blueprint, Response, render_template, request, send_from_directory
from werkzeug.exceptions import NotFound

from ledger import __version__
from ledger.web.auth import OPEN, guard
from ledger.web.context import language

STATIC: Final = Path(__file__).parent / "static"
SERVED: Final = ("pages.css", "icon.svg")
FRESH_SECONDS: Final = 86_400  # addresses carry the release, so another release is asked for at once

blueprint = Blueprint("pages", __name__, template_folder="templates")


@blueprint.get("/static/<name>")
@guard(OPEN)
def static_file(name: str) -> Response:
    if name not in SERVED:
        raise NotFound
    return send_from_directory(STATIC, name, max_age=FRESH_SECONDS)


@blueprint.app_context_processor
def _shared() -> dict[str, Any]:
    return {"language": language(), "release": __version__}


def wants_page() -> bool:
    """Whether a person asks: JSON for whoever says nothing, or takes anything."""
    return request.accept_mimetypes.best_match(("application/json", "text/html")) == "text/html"


def page(template: str, status: int = 200, **told: Any) -> Response:
    answer = Response(render_template(template, **told), status)
    answer.headers["Content-Language"] = language()
    answer.vary.update(("Accept", "Accept-Language", "Cookie"))
    return answer
