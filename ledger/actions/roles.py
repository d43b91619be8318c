"""What somebody may be given: a role, with the centre, region and name that go with it; asked of the world as it is.

The same rules hold for a token that is made here and for what an issuer says of a subject. What a role allows is decided elsewhere
(`facts.actors`, the rules).
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from marshmallow import ValidationError

from ledger.facts.actors import Actor, Role
from ledger.facts.problems import Problem, Refused
from ledger.facts.regions import covers
from ledger.facts.rules.context import latest_record
from ledger.facts.world import World
from schemas.base import Strict
from schemas.errors import refused
from schemas.fields import Choice
from schemas.names import Code, Region, Text

OF_A_CENTRE: Final = ("recorder", "signatory", "authority")  # roles that speak for a centre or an office


class _Wanted(Strict):
    role = Choice(Role, required=True)
    centre = Code()
    region = Region()
    name = Text()


_WANTED: Final = _Wanted()


def read_actor(told: Mapping[str, object]) -> Actor:
    """The actor in words from outside: `role`, and where they are told `centre`, `region`, `name` (default ROLE@CENTRE).

    Raises Refused where they are malformed; whether they go together is for `check_actor`.
    """
    try:
        wanted: dict[str, Any] = _WANTED.load({key: value for key, value in told.items() if value is not None})
    except ValidationError as error:
        raise refused(error) from None
    role, centre = wanted["role"], wanted.get("centre")
    return Actor(role, wanted.get("name") or (f"{role}@{centre}" if centre else role), centre, wanted.get("region"))


def check_actor(actor: Actor, world: World) -> None:
    """Raises Refused where role, centre and region do not go together."""
    if problems := list(_problems(actor, world)):
        raise Refused(problems)


def _problems(actor: Actor, world: World) -> Iterator[Problem]:
    role, centre, region = actor.role, actor.centre, actor.region
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
