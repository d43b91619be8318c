"""Who asks, and whether this door is open to them: bearer tokens, and a guard at every route.

- `guard` names the area a route belongs to (`facts.actors.READS`, or one of our own below) and refuses a role that has no reach
  in it; how far a role reaches inside an area is for the actions to say.
- What is open says so: `guard(OPEN)`. A route with no guard at all fails a test.
- The log is open, or to be read with a token of any role, as the settings say: `guard(LOG)`.
- A writer's rights are asked of the body as it came, before anything else about it is judged (RULINGS 43: 403 comes before all).
"""

from collections.abc import Callable, Iterator, Mapping
from functools import wraps
from typing import Any, Final, TypeVar

from flask import g, request

from ledger.actions.access import authenticate
from ledger.facts.actors import READS, ROLES, WRITES, Actor, may_write
from ledger.facts.problems import Problem, Refused, refuse
from ledger.web.context import the_ledger

F = TypeVar("F", bound=Callable[..., Any])

OPEN: Final = "open"
WRITE: Final = "write"
METRICS: Final = "metrics"
LOG: Final = "log"
FORBIDDEN_MAX: Final = 100  # of a batch that is not the caller's to write: more say nothing more

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
            if area != OPEN and not (area == LOG and log_is_open()):
                g.actor = caller()
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


def caller() -> Actor:
    """Whose token the request shows. Raises Refused (401)."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    found = authenticate(the_ledger(), token.strip()) if scheme.lower() == "bearer" else None
    if found is None:
        raise refuse("unauthenticated", "", "请出示有效的 Bearer 令牌", "show a valid bearer token")
    return found


def check_writer(raw: object) -> None:
    """Refuse a body, of whatever shape, that the caller may not write."""
    if problems := list(_forbidden(raw)):
        raise Refused(problems)


def _forbidden(raw: object) -> Iterator[Problem]:
    if not isinstance(raw, dict):
        return
    items = raw.get("entries")
    if isinstance(items, list):
        found = 0
        for place, item in enumerate(items):
            if isinstance(item, dict) and (problem := _not_for(actor(), item)):
                yield problem.under(f"entries.{place}")
                found += 1
                if found == FORBIDDEN_MAX:
                    return
    elif problem := _not_for(actor(), raw):
        yield problem


def _not_for(who: Actor, item: Mapping[str, object]) -> Problem | None:
    return may_write(who, item.get("kind"), centre=item.get("centre"), body=item.get("body"))
