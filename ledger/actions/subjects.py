"""Whom the issuer's word speaks for: claims become an actor, by the rules that hold for tokens; and subjects can be barred.

- `sub` is the name that stands in `recorded_by`. It must be text of the kind that a name is, as it came: no two subjects may become
  one by trimming or composing.
- A claim is found by its name, else by a path of names with dots between. The words of the role claim that are no roles of ours are
  somebody else's business; exactly one must be left.
- Whoever is known and has no place here is told so (`forbidden`): to sign in again would not help. Whoever is barred is answered as
  if the token were none: for them, nothing of it is good.

Whether the claims are the issuer's is decided before, in `issuer`.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import structlog
from marshmallow import ValidationError

from ledger.actions.ledger import Ledger
from ledger.actions.roles import check_actor, read_actor
from ledger.facts.actors import ROLES, Actor
from ledger.facts.days import micros
from ledger.facts.problems import Problem, Refused, refuse
from ledger.facts.world import World
from ledger.store import tokens
from ledger.store.database import reading, writing
from ledger.store.tokens import Bar
from ledger.store.worlds import StoredLog
from schemas.errors import refused
from schemas.names import Text

_LOG: Final = structlog.get_logger("ledger.access")


def speaker(ledger: Ledger, claims: Mapping[str, Any]) -> Actor | None:
    """Whom verified claims speak of, as the world is now; None where the subject is barred. Raises Refused (forbidden)."""
    told = ledger.settings
    try:
        subject = _subject(claims["sub"])
        if subject != claims["sub"]:
            raise refuse("invalid", "name", "首尾有空白,或未规范化为 NFC", "it is not trimmed and composed (NFC)")
        with reading(ledger.engine) as connection:
            if tokens.is_barred(connection, subject):
                return None
            actor = read_actor(
                {
                    "role": _role(_found(claims, told.oidc_role_claim)),
                    "centre": _one(_found(claims, told.oidc_centre_claim)),
                    "region": _one(_found(claims, told.oidc_region_claim)),
                    "name": subject,
                }
            )
            check_actor(actor, World(StoredLog(connection)))
    except Refused as refusal:
        claim = {"role": told.oidc_role_claim, "centre": told.oidc_centre_claim, "region": told.oidc_region_claim, "name": "sub"}
        raise Refused([Problem("forbidden", claim[one.path], one.zh, one.en) for one in refusal.problems]) from None
    return actor


def _subject(text: object) -> str:
    """The subject, as a name is written. Raises Refused."""
    try:
        return Text().take(text)
    except ValidationError as error:
        raise refused(ValidationError({"name": error.messages})) from None


def _found(claims: Mapping[str, Any], path: str) -> object:
    if path in claims:  # a name may itself be an address, full of dots
        return claims[path]
    here: object = claims
    for name in path.split("."):
        here = here.get(name) if isinstance(here, Mapping) else None
    return here


def _role(value: object) -> str:
    told = value if isinstance(value, list) else [value]
    roles = [role for role in ROLES if role in told]
    if not roles:
        raise refuse("invalid", "role", "签发方未给予本系统的任何角色", "the issuer gives no role that is known here")
    if len(roles) > 1:
        raise refuse(
            "invalid", "role", f"签发方给予了多个角色:{'、'.join(roles)}", f"the issuer gives {' and '.join(roles)}, not one role"
        )
    return roles[0]


def _one(value: object) -> object:
    """Some issuers write every attribute of a person as a list."""
    if isinstance(value, list):
        return value[0] if len(value) == 1 else (value or None)
    return value


# --- barring ---------------------------------------------------------------------------------------------------------


def bar(ledger: Ledger, subject: str) -> None:
    """From now on tokens of this subject open nothing, whatever the issuer says. Raises Refused."""
    subject = _subject(subject)
    with writing(ledger.engine) as connection:
        if not tokens.bar(connection, subject, micros(ledger.clock())):
            raise refuse("invalid", "sub", f"{subject} 已被禁止", f"{subject} is barred already")
    _LOG.info("subject barred", subject=subject)


def unbar(ledger: Ledger, subject: str) -> None:
    """Tokens of this subject are good again. Raises Refused (not-found)."""
    subject = _subject(subject)
    with writing(ledger.engine) as connection:
        if not tokens.lift(connection, subject, micros(ledger.clock())):
            raise refuse("not-found", "sub", f"{subject} 未被禁止", f"{subject} is not barred")
    _LOG.info("subject let in again", subject=subject)


def list_bars(ledger: Ledger) -> Sequence[Bar]:
    """All bars that were ever set."""
    with reading(ledger.engine) as connection:
        return tokens.bars(connection)
