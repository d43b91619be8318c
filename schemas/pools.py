"""Bodies of patent pools: opened and closed, patents admitted and withdrawn."""

from ledger.facts.kinds import pools
from schemas.base import FactSchema
from schemas.fields import Choice, Day, Many
from schemas.names import PartyId, PatentId, Ref, Text

PATENTS_MAX = 2000


class PoolSchema(FactSchema):
    """To open a pool takes `name`, `industry` and `operator` as well; the rules ask for them (RULINGS 29)."""

    fact = pools.Pool
    pool_id = Ref(required=True)
    action = Choice(pools.PoolAction, required=True)
    on = Day(required=True)
    name = Text()
    industry = Text()
    operator = PartyId()


class AdmissionSchema(FactSchema):
    fact = pools.Admission
    pool_id = Ref(required=True)
    patents = Many(PatentId(), 1, PATENTS_MAX, required=True)
    on = Day(required=True)
    mode = Choice(pools.AdmissionMode)
    agreement_no = Text()


class WithdrawalSchema(FactSchema):
    fact = pools.Withdrawal
    pool_id = Ref(required=True)
    patents = Many(PatentId(), 1, PATENTS_MAX, required=True)
    on = Day(required=True)
    reason = Text()
