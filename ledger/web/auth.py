"""Who asks, and whether this door is open to them: bearer tokens, page sessions, and a guard at every route.

- `guard` names the area a route belongs to (`facts.actors.READS`, or one of our own below) and refuses a role that has no reach
  in it; how far a role reaches inside an area is for the actions to say.
- What is open says so: `guard(OPEN)`. A route with no guard at all fails a test.
- The log is open, or to be read with a token of any role, as the settings say: `guard(LOG)`.
- Who shows an `Authorization` is who that says, or nobody; the cookie of a page session is looked at where there is none.
- A cookie comes along by itself, whoever has made the browser send the request. So it writes only with the CSRF token of its
  session (header `X-CSRF-Token`, or `csrf` in a form), and never from a page that is not ours, where the browser tells.
- A writer's rights are asked of the body as it came, before anything else about it is judged (RULINGS 43: 403 comes before all).
"""

from collections.abc import Callable, Iterator, Mapping
from functools import wraps
from itertools import islice
from typing import Any, Final, TypeVar

from flask import g, request

from ledger.actions.access import Identity, identify
from ledger.actions.sessions import is_csrf, resume
from ledger.facts.actors import READS, ROLES, WRITES, Actor, may_write
from ledger.facts.problems import Problem, Refused, refuse
from ledger.web import limits
from ledger.web.context import the_ledger
from schemas.errors import PROBLEMS_MAX

F = TypeVar("F", bound=Callable[..., Any])

OPEN: Final = "open"
WRITE: Final = "write"
METRICS: Final = "metrics"
LOG: Final = "log"
SAFE: Final = ("GET", "HEAD", "OPTIONS")
FORMS: Final = ("application/x-www-form-urlencoded", "multipart/form-data")
CSRF_FIELD: Final = "csrf"
CSRF_HEADER: Final = "X-CSRF-Token"

# Which roles pass; what they may see behind the door is narrowed further on.
AREAS: Final[Mapping[str, frozenset[str]]] = {
    **{area: frozenset(role for role, reach in reaches.items() if reach) for area, reaches in READS.items()},
    OPEN: frozenset(ROLES),
    LOG: frozenset(ROLES),
    WRITE: frozenset(role for role, kinds in WRITES.items() if kinds),
    METRICS: frozenset({"auditor"}),
}


def guard(area: str) -> Callable[[F], F]:
    """Lets in whoever has business in an area; the view finds them as `actor()`."""
    allowed = AREAS[area]

    def decorate(view: F) -> F:
        @wraps(view)
        def guarded(*args: Any, **path: Any) -> Any:
            if area == OPEN or (area == LOG and log_is_open()):
                limits.admit(None)
            else:
                who = caller()
                let_in(who)
                limits.admit(who)
                if request.method not in SAFE:
                    check_csrf()
                if g.actor.role not in allowed:
                    raise refuse("forbidden", "", "该角色不能使用此功能", f"this is not open to the role {g.actor.role}")
            return view(*args, **path)

        guarded.guarded_by = area  # type: ignore[attr-defined]
        # For the document too (ledger.web.openapi); harmless where a view is not in it.
        told = {"guarded_by": area, "operation": view.__name__}
        guarded._apidoc = {**getattr(view, "_apidoc", {}), **told}  # type: ignore[attr-defined]
        return guarded  # type: ignore[return-value]

    return decorate


def log_is_open() -> bool:
    return the_ledger().settings.log_access == "open"


def actor() -> Actor:
    """Who was let in."""
    found: Actor = g.actor
    return found


def caller() -> Identity:
    """Who sends the request. Raises Refused (401), or TooManyRequests where too many have tried from there."""
    header = request.headers.get("Authorization")
    if header is None:
        found = by_cookie()
    else:
        scheme, _, token = header.partition(" ")
        found = identify(the_ledger(), token.strip()) if scheme.lower() == "bearer" else None
        if found is None:
            limits.failed()
    if found is not None:
        return found
    limits.admit(None)
    if header is None and cookie_name() in request.cookies:
        # Not counted as an attempt: a page that was left open goes on asking when its session has ended.
        raise refuse("unauthenticated", "", "会话已结束,请重新登录", "the session has ended: sign in again")
    raise refuse("unauthenticated", "", "请出示有效的 Bearer 令牌", "show a valid bearer token")


def let_in(who: Identity) -> None:
    """From here on they are whom the request is answered for."""
    g.actor, g.token = who.actor, who.token


def by_cookie() -> Identity | None:
    """Who signed in on a page of this browser; the secret of their session is then `g.session`."""
    secret = request.cookies.get(cookie_name())
    found = None if secret is None else resume(the_ledger(), secret)
    if found is not None:
        g.session = secret
    return found


def cookie_name() -> str:
    """Over https a name that browsers take from this very host only, and send back over https only."""
    return "__Host-ledger" if request.is_secure else "ledger"


def check_csrf() -> None:
    """Refuse (403) what was not sent by a page of ours, where the caller is known by a cookie."""
    if "session" in g:
        check_same_origin()
        told = request.headers.get(CSRF_HEADER)
        if told is None and request.mimetype in FORMS:
            told = request.form.get(CSRF_FIELD)
        if told is None or not is_csrf(g.session, told):
            raise refuse(
                "forbidden",
                "",
                "以会话写入须附上该会话的 CSRF 令牌(X-CSRF-Token,或表单项 csrf)",
                "to write by a session takes its CSRF token: X-CSRF-Token, or `csrf` in a form",
            )


def check_same_origin() -> None:
    """Refuse (403) what a browser says was sent by a page of another origin, a neighbour's included."""
    if (site := request.headers.get("Sec-Fetch-Site")) is not None:
        ours = site in ("same-origin", "none")  # none: typed in by the user
    else:
        # Older browsers say only this, and so do all of them over plain http from another machine.
        origin = request.headers.get("Origin")
        ours = origin is None or origin.lower() in (f"{scheme}://{request.host.lower()}" for scheme in _schemes())
    if not ours:
        raise refuse("forbidden", "", "请求来自其他网站的页面", "the request was sent by a page of another site")


def _schemes() -> tuple[str, ...]:
    # A proxy may speak https for us without telling; the other way round a page was changed on its way.
    return ("https",) if request.is_secure else ("http", "https")


def check_writer(raw: object) -> None:
    """Refuse a body, of whatever shape, that the caller may not write."""
    if problems := list(islice(_forbidden(raw), PROBLEMS_MAX)):
        raise Refused(problems)


def _forbidden(raw: object) -> Iterator[Problem]:
    if not isinstance(raw, dict):
        return
    # Also of a batch, which is no entry itself: what it says beside its entries it may not say either.
    if problem := _not_for(actor(), raw):
        yield problem
    items = raw.get("entries")
    if isinstance(items, list) and WRITES[actor().role]:  # who writes nothing has been told so
        for place, item in enumerate(items):
            if isinstance(item, dict) and (problem := _not_for(actor(), item)):
                yield problem.under(f"entries.{place}")


def _not_for(who: Actor, item: Mapping[str, object]) -> Problem | None:
    return may_write(who, item.get("kind"), centre=item.get("centre"), body=item.get("body"))
