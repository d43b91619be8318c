"""Who gets in: tokens are made, listed and revoked on the command line, and looked up for each request.

- A token is 32 random bytes in base64url. It is told once, to whoever makes it; kept is its SHA-256 alone.
- It carries a role, a name (what stands in `recorded_by`), and for some roles a centre and a region. What that allows is
  decided elsewhere (`facts.actors`, the rules).
- It is good from the moment it is made until it is revoked, also for servers that were running before.

The hash needs no salt and no stretching: nobody can try out 256 random bits.
"""

import hashlib
import hmac
import re
import secrets
from collections.abc import Iterator, Sequence
from typing import Any, Final

from marshmallow import ValidationError

from ledger.actions.ledger import Ledger
from ledger.facts.actors import Actor, Role
from ledger.facts.days import micros
from ledger.facts.problems import Problem, Refused, refuse
from ledger.facts.regions import covers
from ledger.facts.rules.context import latest_record
from ledger.facts.world import World
from ledger.store import tokens
from ledger.store.database import reading, writing
from ledger.store.tokens import Token
from ledger.store.worlds import StoredLog
from schemas.base import Strict
from schemas.errors import refused
from schemas.fields import Choice
from schemas.names import Code, Region, Text

TOKEN_BYTES: Final = 32
OF_A_CENTRE: Final = ("recorder", "signatory", "authority")  # roles that speak for a centre or an office

_TOKEN: Final = re.compile(r"[A-Za-z0-9_-]{43}")


class _Wanted(Strict):
    """What a token is asked for with."""

    role = Choice(Role, required=True)
    centre = Code()
    region = Region()
    name = Text()


def create_token(
    ledger: Ledger, *, role: str, centre: str | None = None, region: str | None = None, name: str | None = None
) -> str:
    """A new token, told this once. Raises Refused."""
    told = {"role": role, "centre": centre, "region": region, "name": name}
    try:
        wanted: dict[str, Any] = _Wanted().load({key: value for key, value in told.items() if value is not None})
    except ValidationError as error:
        raise refused(error) from None
    centre, region = wanted.get("centre"), wanted.get("region")
    with reading(ledger.engine) as connection:
        if problems := list(_problems(role, centre, region, World(StoredLog(connection)))):
            raise Refused(problems)
    token = secrets.token_urlsafe(TOKEN_BYTES)
    with writing(ledger.engine) as connection:
        tokens.keep(
            connection,
            hash_=_hash(token),
            role=role,
            name=wanted.get("name") or (f"{role}@{centre}" if centre else role),
            centre=centre,
            region=region,
            created_at=micros(ledger.clock()),
        )
    return token


def is_registered(ledger: Ledger, centre: str) -> bool:
    """Whether the log knows a centre; a token may be made before, and writes nothing until then."""
    with reading(ledger.engine) as connection:
        return World(StoredLog(connection)).is_registered(centre.strip())


def list_tokens(ledger: Ledger) -> Sequence[Token]:
    with reading(ledger.engine) as connection:
        return tokens.every(connection)


def revoke_token(ledger: Ledger, token_id: int) -> None:
    """From now on the token opens nothing. Raises Refused (not-found)."""
    with writing(ledger.engine) as connection:
        if not tokens.revoke(connection, token_id, micros(ledger.clock())):
            raise refuse("not-found", "id", f"没有编号为 {token_id} 的有效令牌", f"there is no valid token {token_id}")


def authenticate(ledger: Ledger, bearer: str) -> Actor | None:
    """Who speaks with this token; None where it is none, or was revoked. One indexed lookup, always of the primary database.

    What has not the form of a token is not even looked up. Rows are found by their hash: how long that takes says nothing
    about any token.
    """
    if not _TOKEN.fullmatch(bearer):
        return None
    wanted = _hash(bearer)
    with reading(ledger.engine) as connection:
        found = tokens.live(connection, wanted)
    if found is None or not hmac.compare_digest(found.hash, wanted):
        return None
    return Actor(found.role, found.name, found.centre, found.region)  # type: ignore[arg-type]  # only roles are kept


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode("ascii")).digest()


def _problems(role: str, centre: str | None, region: str | None, world: World) -> Iterator[Problem]:
    if role not in OF_A_CENTRE:
        if centre is not None:
            yield _invalid("centre", f"角色 {role} 不属于任何机构", f"the role {role} belongs to no centre")
    elif centre is None:
        yield _invalid("centre", f"角色 {role} 须指明机构", f"the role {role} speaks for a centre: name it")
    elif role == "authority":
        yield from _problems_of_an_office(centre, region, world)
    elif world.is_office(centre):
        yield _invalid("role", f"{centre} 是主管部门,只能使用 authority", f"{centre} is an office: only an authority speaks for it")
    if region is not None and role != "authority":
        yield _invalid("region", "只有 authority 才有辖区", "only an authority has a region")


def _problems_of_an_office(centre: str, region: str | None, world: World) -> Iterator[Problem]:
    record = latest_record(world, centre)
    if record is None:
        # An authority reads its whole region, so what it is must be known first; a centre's token opens nothing before.
        yield Problem(
            "unknown-centre",
            "centre",
            f"{centre} 尚未设立,请先运行 pool-ledger centre add",
            f"there is no office {centre} yet: found it by `pool-ledger centre add`",
        )
    elif not world.is_office(centre):
        yield _invalid("centre", f"{centre} 不是主管部门", f"{centre} is no office, and only offices have authority")
    elif region is not None and not covers(record.region, region):
        yield _invalid(
            "region",
            f"{region} 不在 {centre} 的辖区 {record.region} 内",
            f"{region} lies outside {record.region}, the region of {centre}: a token narrows it, and never widens it",
        )


def _invalid(path: str, zh: str, en: str) -> Problem:
    return Problem("invalid", path, zh, en)
