"""Signing in and out: a token is shown once, and a cookie stands for it until the session ends.

- `/session` is a page for people and an answer for programs, as `Accept` says; the page sends plain forms and runs no script.
- Whoever signs in gets a new secret, and the session that the same browser had before is over: nobody can be given one to use.
- A page of another site may neither sign anybody in nor out. Signing out takes the session's CSRF token besides.
- The cookie goes when the browser is closed; the session behind it ends by the rules of `ledger.actions.sessions`.

A sign-in is counted by `limits`, whether it is refused or not. No answer, page or log repeats a token.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any, Final, TypeVar

from flask import Response, g, redirect, request, url_for
from marshmallow import ValidationError
from werkzeug.exceptions import HTTPException

from ledger.actions.access import Identity
from ledger.actions.sessions import Opened, csrf, end_session, open_session
from ledger.facts.actors import ROLE_ZH
from ledger.facts.days import SHANGHAI, format_instant, from_micros
from ledger.facts.problems import Refused, refuse
from ledger.web import limits
from ledger.web.auth import CSRF_FIELD, FORMS, OPEN, by_cookie, caller, check_csrf, check_same_origin, cookie_name, guard, let_in
from ledger.web.context import json_answer, language, the_ledger
from ledger.web.errors import of_http, of_refusal
from ledger.web.messages import read_json
from ledger.web.openapi import Blueprint
from ledger.web.pages import page, wants_page
from schemas.errors import refused
from schemas.sessions import BEARER_MAX, SessionSchema, SignInSchema

F = TypeVar("F", bound=Callable[..., Any])

SIGN_IN_BYTES_MAX: Final = 2 * BEARER_MAX

blueprint = Blueprint("sessions", __name__, url_prefix="/session", description="Signing in and out on a page")


def for_people(view: F) -> F:
    """A refusal is told on the page too, where a page was asked for."""

    @wraps(view)
    def told(*args: Any, **path: Any) -> Any:
        try:
            return view(*args, **path)
        except (Refused, HTTPException) as refusal:
            if not wants_page():
                raise
            problem = of_refusal(refusal) if isinstance(refusal, Refused) else of_http(refusal)
            wait = problem.headers.get("Retry-After") if problem.status_code == 429 else None
            spent = isinstance(refusal, limits.TooManySignIns)
            answer = _page(by_cookie(), problem.status_code, problem=problem.json, wait=wait, spent=spent)
            for name in ("Retry-After", "WWW-Authenticate"):
                if name in problem.headers:
                    answer.headers[name] = problem.headers[name]
            return answer

    return told  # type: ignore[return-value]


@blueprint.get("")
@guard(OPEN)
@blueprint.tells(SessionSchema, or_=(401,))
def show_session() -> Response:
    """Who the caller is; for people a page to sign in and out"""
    if wants_page():
        return _page(by_cookie())
    who = caller()
    let_in(who)
    return _answer(who)


@blueprint.post("")
@guard(OPEN)
@blueprint.takes(SignInSchema)
@blueprint.tells(SessionSchema, status=201, or_=(400, 401, 403, 413, 415, 422))
@for_people
def sign_in() -> Response:
    """Open a session: the answer sets a cookie that stands for the token"""
    check_same_origin()
    opened = _opened()
    if before := request.cookies.get(cookie_name()):
        end_session(the_ledger(), before)
    g.actor, g.session = opened.identity.actor, opened.secret
    answer = redirect(url_for(".show_session"), 303) if wants_page() else _answer(opened.identity, 201)
    answer.set_cookie(cookie_name(), opened.secret, path="/", secure=request.is_secure, httponly=True, samesite="Strict")
    return answer  # type: ignore[return-value]  # werkzeug's own response where it leads on


@blueprint.post("/end")
@guard(OPEN)
@blueprint.tells(None, status=204, or_=(403,))
@for_people
def sign_out() -> Response:
    """End the session of the cookie; fine where it has ended already"""
    check_same_origin()
    if (who := by_cookie()) is not None:
        let_in(who)
        check_csrf()
        end_session(the_ledger(), g.session)
    answer = redirect(url_for(".show_session"), 303) if wants_page() else Response(status=204)
    if cookie_name() in request.cookies:
        answer.delete_cookie(cookie_name(), path="/", secure=request.is_secure, httponly=True, samesite="Strict")
    answer.headers["Clear-Site-Data"] = '"cache"'  # answers that the browser has kept are not for whoever comes next
    return answer  # type: ignore[return-value]


def _opened() -> Opened:
    opened = open_session(the_ledger(), _token(), limits.signs_in)
    if opened is None:
        limits.failed()
        raise refuse("unauthenticated", "token", "令牌无效、已过期或已撤销", "the token is not valid, has expired or was revoked")
    return opened


def _token() -> str:
    """The token in the body, which is a form of our page or JSON. Raises Refused, or the framework's 413."""
    if request.mimetype == FORMS[0]:
        request.max_content_length = request.max_form_memory_size = SIGN_IN_BYTES_MAX
        raw: Any = {"token": request.form.get("token", "").strip()}
    else:
        raw = read_json(SIGN_IN_BYTES_MAX)
    try:
        token: str = SignInSchema().load(raw)["token"]
    except ValidationError as error:
        raise refused(error) from None
    return token


def _answer(who: Identity, status: int = 200) -> Response:
    told = {
        "role": who.actor.role,
        "name": who.actor.name,
        "centre": who.actor.centre,
        "region": who.actor.region,
        "expires_at": None if who.expires_at is None else format_instant(from_micros(who.expires_at)),
        "csrf": csrf(g.session) if "session" in g else None,
    }
    answer = json_answer(told, status)
    answer.vary.update(("Accept", "Authorization", "Cookie"))
    return answer


def _page(who: Identity | None, status: int = 200, **told: Any) -> Response:
    if who is not None and who.expires_at is not None:
        role = ROLE_ZH[who.actor.role] if language() == "zh" else who.actor.role
        until = from_micros(who.expires_at).astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")
        told |= {"who": who.actor, "role": role, "until": until, "csrf_field": CSRF_FIELD, "csrf": csrf(g.session)}
    return page("session.html", status, bearer_max=BEARER_MAX, **told)
