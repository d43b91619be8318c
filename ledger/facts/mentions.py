"""What an entry is about: the subjects whose history it belongs to, and the things it merely names.

A subject (a deal, a loan, a patent's place in a pool …) is the unit of counting: its history is every entry about it,
verdicts and reversals included, and its rows follow from that history alone. A name is a reference: the patents and
parties of a deal, the pool of an admission. Names answer "which entries speak of this?" and "is this still in use?".
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from ledger.facts.kinds import deals, outcomes, pools, registry, rulings
from ledger.facts.kinds.base import Fact

SEPARATOR = "\t"  # text on the wire holds no control character, so parts joined by a tab stay apart


class Mention(NamedTuple):
    what: str
    value: str


def mention(what: str, *parts: str) -> Mention:
    return Mention(what, SEPARATOR.join(parts))


def subjects(fact: Fact, centre: str, index: int, of_entry: Callable[[int], tuple[Mention, ...]]) -> tuple[Mention, ...]:
    """The subjects to whose history an entry belongs; a verdict and a reversal share those of the entry they speak of."""
    if isinstance(fact, rulings.Attestation | rulings.Reversal):
        return of_entry(fact.entry)
    if isinstance(fact, outcomes.Activity):
        return (mention("activity", str(index)),)
    return SUBJECTS[type(fact)](fact, centre)


def _members(fact: Any, _: str) -> tuple[Mention, ...]:
    return tuple(dict.fromkeys(mention("member", fact.pool_id, patent_id) for patent_id in fact.patents))


def _deal(fact: Any, centre: str) -> tuple[Mention, ...]:
    return (mention("deal", centre, fact.deal_no),)


def _patent(fact: Any, _: str) -> tuple[Mention, ...]:
    return (mention("patent", fact.patent_id),)


def _in_programme(what: str) -> Callable[[Any, str], tuple[Mention, ...]]:
    return lambda fact, _: (mention(what, fact.programme, fact.subject),)


SUBJECTS: Mapping[type[Fact], Callable[[Any, str], tuple[Mention, ...]]] = {
    registry.Centre: lambda fact, _: (mention("centre", fact.code),),
    registry.Party: lambda fact, _: (mention("party", fact.party_id),),
    registry.Patent: _patent,
    registry.PatentStatus: _patent,
    pools.Pool: lambda fact, _: (mention("pool", fact.pool_id),),
    pools.Admission: _members,
    pools.Withdrawal: _members,
    deals.Transfer: _deal,
    deals.Licence: _deal,
    deals.OpenLicence: _deal,
    deals.Equity: _deal,
    deals.Registration: _deal,
    deals.Amendment: _deal,
    deals.Termination: _deal,
    deals.Payment: _deal,
    deals.OpenLicenceStatement: lambda fact, centre: (mention("statement", centre, fact.statement_ref),),
    outcomes.Pledge: lambda fact, centre: (mention("loan", centre, fact.loan_ref),),
    outcomes.Output: lambda fact, centre: (mention("output", centre, fact.output_type, fact.ref_no),),
    rulings.Participation: _in_programme("participation"),
    # Whether a period is held is asked of a centre, whatever programme it was closed for.
    rulings.Closing: lambda fact, _: (mention("closing", fact.programme, fact.subject), mention("periods", fact.subject)),
    rulings.Baseline: lambda fact, _: (mention("baseline", fact.metric, fact.subject),),
}


def names(fact: Fact, centre: str, centre_of: Callable[[int], str | None]) -> Iterator[Mention]:
    """What an entry refers to beyond its own subjects; repeats are possible, the caller keeps them once."""
    match fact:
        case deals.Deal():
            parties = {*fact.grantors, *fact.grantees, *(fact.principals or ()), fact.agent}
            parties |= {party for line in fact.lines for party in (line.grantor, line.grantee)}
            if isinstance(fact, deals.Equity):
                parties.add(fact.investee)
            if isinstance(fact, deals.OpenLicence):
                yield mention("statement", centre, fact.statement_ref)
            yield from (mention("party", party) for party in sorted(filter(None, parties)))
            yield from (mention("patent", line.patent_id) for line in fact.lines)
        case pools.Admission() | pools.Withdrawal():
            yield mention("pool", fact.pool_id)
            yield from (mention("patent", patent_id) for patent_id in fact.patents)
        case pools.Pool(operator=str(operator)) | registry.Centre(operator=str(operator)):
            yield mention("party", operator)
        case registry.Patent(owners=tuple(owners)):
            yield from (mention("party", owner) for owner in owners)
        case deals.OpenLicenceStatement():
            yield from (mention("patent", patent_id) for patent_id in fact.patents)
        case outcomes.Pledge():
            parties = {fact.borrower, *(fact.pledgors or ()), fact.pledgee}
            yield from (mention("party", party) for party in sorted(filter(None, parties)))
            yield from (mention("patent", right.right_id) for right in fact.rights or () if right.right_kind == "patent")
            if fact.pledgee:
                yield mention("claimed-loan", fact.pledgee, fact.loan_ref)
        case outcomes.Activity():
            employers = {attendee.employer for attendee in fact.attendees or ()}
            yield from (mention("party", employer) for employer in sorted(filter(None, employers)))
        case outcomes.Output():
            if fact.party_id:
                yield mention("party", fact.party_id)
            yield from (mention("patent", patent_id) for patent_id in fact.patents or ())
        case rulings.Participation() | rulings.Closing() | rulings.Baseline():
            yield mention("centre", fact.subject)
        case rulings.Attestation() | rulings.Reversal():
            if spoken_of := centre_of(fact.entry):
                yield mention("centre", spoken_of)
        case _:
            pass
