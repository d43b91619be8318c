"""Signing in and out on the wire: the token that somebody shows once, and who they are from then on."""

import re
from collections.abc import Mapping
from typing import Any, ClassVar, Final

from ledger.facts.actors import ROLES
from schemas.base import Strict
from schemas.errors import Words
from schemas.fields import Choice, Instant, Line
from schemas.names import Code, Pattern, Region

BEARER_MAX: Final = 8190  # as much as a line of a header may be long


class Bearer(Pattern):
    """A token of ours, or a JWT of the issuer: nothing here looks into it."""

    described: ClassVar[Mapping[str, Any]] = {"description": "A token of the service, or a JWT of its issuer", "writeOnly": True}
    form = re.compile(rf"[!-~]{{1,{BEARER_MAX}}}")
    otherwise = Words("须为令牌:不含空格", "This must be a token, without spaces")


class SignInSchema(Strict):
    token = Bearer(required=True)


class SessionSchema(Strict):
    """Who the caller is. `csrf` goes along with what is written by the session; who shows a bearer token has and needs none."""

    role = Choice(ROLES, required=True)
    name = Line(required=True)
    centre = Code(required=True, allow_none=True)
    region = Region(required=True, allow_none=True)
    expires_at = Instant(required=True, allow_none=True)
    csrf = Line(required=True, allow_none=True)
