"""Founding an office: the one entry that nobody but the command line may make, first of the office's own stream.

Everything after it comes over the API: the office registers its centres, and changes its own record, with its token.
"""

import json

from marshmallow import ValidationError

from ledger.actions.ledger import Ledger
from ledger.actions.record import submit
from ledger.facts.actors import Actor
from ledger.facts.days import shanghai_today
from ledger.facts.kinds.registry import OFFICE_KINDS, Centre
from ledger.facts.mentions import mention
from ledger.facts.problems import refuse
from ledger.store.database import reading
from ledger.store.worlds import StoredLog
from schemas.entries import Said
from schemas.errors import refused
from schemas.registry import CentreSchema

RECORDED_BY = "pool-ledger"


def found(ledger: Ledger, *, code: str, name: str, centre_kind: str, region: str) -> int:
    """Append the first entry of an office; answers its index. Raises Refused."""
    if centre_kind not in OFFICE_KINDS:
        raise refuse(
            "invalid",
            "centre_kind",
            f"此处只能设立主管部门({', '.join(OFFICE_KINDS)}),中心由主管部门登记",
            f"only an office ({', '.join(OFFICE_KINDS)}) is founded here; offices register the centres",
        )
    body = {
        "code": code,
        "name": name,
        "centre_kind": centre_kind,
        "region": region,
        "valid_from": shanghai_today(ledger.clock()).isoformat(),
    }
    try:
        fact: Centre = CentreSchema().load(body)
    except ValidationError as error:
        raise refused(error) from None
    said = Said("centre", fact.code, fact)
    with reading(ledger.engine) as connection:
        known = mention("centre", said.centre)
        if history := StoredLog(connection).histories([known])[known]:
            raise refuse(
                "invalid",
                "code",
                f"{said.centre} 已登记(记录 {history[0].index})",
                f"{said.centre} is registered already, by entry {history[0].index}",
                history[0].index,
            )
    answer = submit(ledger, Actor("authority", RECORDED_BY, said.centre), [said], founding=True)
    index: int = json.loads(answer.body)["index"]
    return index
