"""Which rules hold for which kind, which hold for all, and the two questions that are asked of them.

`problems_with` says everything that is wrong at once; what is refused to the speaker comes before all and hides the rest.
`warnings_for` says what is odd about an entry that will be taken. Both look at the world as it is before the entry.
"""

from collections.abc import Iterator, Mapping
from typing import Final

from ledger.facts.actors import may_write
from ledger.facts.kinds import deals as d
from ledger.facts.kinds import outcomes as o
from ledger.facts.kinds import pools as p
from ledger.facts.kinds import registry as r
from ledger.facts.kinds import rulings as s
from ledger.facts.kinds.base import Fact
from ledger.facts.problems import Problem
from ledger.facts.rules import cautions, context, deals, followers, outcomes, periods, pools, registry, reversals, rulings
from ledger.facts.rules.context import Rule, Saying

_DEAL: Final[tuple[Rule, ...]] = (
    deals.deal_number_is_free,
    deals.patents_of_the_lines_are_registered,
    deals.no_party_twice_on_one_side,
    deals.parties_of_a_line_are_the_deals,
    deals.somebody_else_receives,
    deals.no_patent_twice_in_one_direction,
    deals.free_is_nought_and_nought_is_explained,
    deals.line_amounts_make_up_the_sum,
    deals.registered_no_earlier_than_signed,
)
_CHANGE: Final[tuple[Rule, ...]] = (
    followers.deal_is_known,
    followers.deal_has_not_ended,
    followers.a_known_sum_is_changed,
    followers.the_sum_stays_above_nought,
)

RULES: Final[Mapping[type[Fact], tuple[Rule, ...]]] = {
    r.Centre: (registry.centre_is_within_reach, registry.code_is_no_division, registry.an_office_stays_an_office),
    r.Party: (registry.only_enterprises_have_a_size,),
    r.Patent: (
        registry.right_matches_the_number,
        registry.days_of_the_patent_follow_each_other,
        registry.an_international_application_is_never_granted,
        registry.patent_agrees_with_what_stands,
    ),
    r.PatentStatus: (registry.patent_is_registered, registry.an_international_application_is_never_granted),
    p.Pool: (pools.a_pool_is_its_openers, pools.an_opening_describes_the_pool, pools.a_pool_opens_once, pools.a_pool_closes_once),
    p.Admission: (
        pools.a_pool_is_its_openers,
        pools.pool_is_known,
        context.patents_are_registered,
        context.no_patent_twice,
        pools.admitted_while_the_pool_is_open,
        pools.admitted_patents_are_outside,
    ),
    p.Withdrawal: (
        pools.a_pool_is_its_openers,
        pools.pool_is_known,
        context.patents_are_registered,
        context.no_patent_twice,
        pools.withdrawn_patents_are_inside,
    ),
    d.Transfer: _DEAL,
    d.Licence: (*_DEAL, deals.cross_licence_parts_its_lines, deals.annual_fee_makes_up_the_sum),
    d.OpenLicence: (*_DEAL, deals.statement_is_active),
    d.Equity: (*_DEAL, deals.investee_is_the_grantee),
    d.OpenLicenceStatement: (
        context.patents_are_registered,
        context.no_patent_twice,
        deals.a_statement_is_published_once_until_withdrawn,
        deals.what_is_withdrawn_was_published,
    ),
    d.Registration: (
        followers.deal_is_known,
        followers.lines_of_the_recordal_are_the_deals,
        followers.recorded_no_earlier_than_signed,
        followers.a_recordal_is_written_once,
    ),
    d.Amendment: _CHANGE,
    d.Termination: _CHANGE,
    d.Payment: (followers.deal_is_known, followers.a_refund_takes_back, followers.no_more_is_paid_back_than_was_received),
    o.Pledge: (
        outcomes.a_loan_is_described,
        outcomes.loan_reference_is_free,
        outcomes.a_standing_loan_is_released,
        outcomes.pledged_patents_are_registered,
    ),
    o.Activity: (outcomes.a_push_says_how_many_it_reached,),
    o.Output: (context.patents_are_registered,),
    s.Participation: (
        context.subject_is_within_reach,
        context.programme_is_known,
        context.subject_is_known,
        rulings.subject_is_of_the_programmes_kind,
        rulings.a_start_says_when,
        rulings.promises_are_no_lower_than_the_floor,
    ),
    s.Baseline: (
        context.subject_is_within_reach,
        context.subject_is_known,
        rulings.baseline_speaks_of_a_metric_in_its_unit,
        rulings.baseline_covers_some_days,
    ),
    s.Attestation: (
        rulings.nobody_rules_on_others_affairs,
        rulings.entry_spoken_of_exists,
        rulings.entry_can_be_ruled_on,
        rulings.lines_ruled_on_exist,
    ),
    s.Reversal: (
        reversals.one_reverses_ones_own,
        reversals.a_narrow_token_takes_back_what_it_may_decide,
        reversals.reversed_entry_exists,
        reversals.an_entry_is_reversed_once,
        reversals.reversals_and_closings_stand,
        reversals.the_replacement_exists,
        reversals.nothing_in_use_is_taken_away,
        reversals.totals_stay_above_nought,
    ),
    s.Closing: (
        context.subject_is_within_reach,
        rulings.a_centre_submits_for_itself,
        rulings.a_programme_that_is_gone_is_only_opened_again,
        context.subject_is_known,
        rulings.subject_takes_part,
        rulings.steps_follow_each_other,
        rulings.going_back_is_explained,
        rulings.only_an_acceptance_binds,
    ),
}

# Whatever the kind: no kind can be forgotten.
ALWAYS: Final[tuple[Rule, ...]] = (periods.the_period_is_open,)

_DEAL_CAUTIONS: Final[tuple[Rule, ...]] = (cautions.nobody_else_claims_the_recordal, cautions.numbers_look_as_printed)

CAUTIONS: Final[Mapping[type[Fact], tuple[Rule, ...]]] = {
    r.Party: (cautions.party_is_ones_own,),
    p.Admission: (cautions.a_pool_has_several_holders,),
    d.Transfer: (*_DEAL_CAUTIONS, cautions.grantor_holds_the_patent),
    d.Licence: (*_DEAL_CAUTIONS, cautions.no_second_exclusive_licence_runs),
    d.OpenLicence: _DEAL_CAUTIONS,
    d.Equity: _DEAL_CAUTIONS,
    d.Registration: _DEAL_CAUTIONS,
    o.Pledge: (cautions.nobody_else_claims_the_loan, cautions.pledge_numbers_look_as_printed),
}


def problems_with(fact: Fact, saying: Saying) -> list[Problem]:
    """Why this may not be said here and now; empty where it may."""
    found = list(_stream_problems(fact, saying))
    for rule in RULES[type(fact)]:
        found += rule(fact, saying)
    # Where somebody has no business, the rest is not theirs to know, and not worth finding out.
    if denied := [problem for problem in found if problem.code == "forbidden"]:
        return denied
    return [*found, *(problem for rule in ALWAYS for problem in rule(fact, saying))]


def warnings_for(fact: Fact, saying: Saying) -> list[Problem]:
    """What is worth a word about an entry without problems, before it is taken."""
    return [warning for rule in CAUTIONS.get(type(fact), ()) for warning in rule(fact, saying)]


def _stream_problems(fact: Fact, saying: Saying) -> Iterator[Problem]:
    """The table of access, asked again of what the fact really says; and the stream is a registered one of the right sort."""
    decided = {name: getattr(fact, name) for name in ("verdict", "action", "subject") if hasattr(fact, name)}
    if denied := may_write(saying.by, fact.kind, centre=saying.centre, body=decided):
        yield denied
    if saying.founding:
        yield from _founding_problems(fact, saying)
    elif not saying.world.is_registered(saying.centre):
        yield Problem("unknown-centre", "centre", f"{saying.centre} 未登记为中心", f"no centre {saying.centre} is registered")
    elif saying.office != (saying.by.role == "authority"):
        # What stands in an office's stream weighs as the office's word: no other role writes there, and an authority nowhere else.
        yield Problem(
            "forbidden",
            "centre",
            f"{saying.centre} 的类别与身份不符",
            f"{saying.centre} is {'an' if saying.office else 'no'} office",
        )


def _founding_problems(fact: Fact, saying: Saying) -> Iterator[Problem]:
    """The command line writes one thing only: an office, into the office's own stream."""
    if not (isinstance(fact, r.Centre) and fact.code == saying.centre and fact.centre_kind in r.OFFICE_KINDS):
        yield Problem("forbidden", "kind", "命令行只能设立主管部门", "only an office is founded on the command line")
