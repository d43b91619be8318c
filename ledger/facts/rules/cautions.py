"""What is taken all the same, and worth a word to whoever recorded it: the warnings of RULINGS 44.

Judged before the entry is taken, against the world as it stands. Of another centre's entry only the index is told.
"""

from collections.abc import Iterator
from datetime import date
from itertools import islice

from ledger.facts.days import add_months
from ledger.facts.identifiers import usual_recordal_number, usual_tech_contract_number
from ledger.facts.kinds.base import Fact
from ledger.facts.kinds.deals import Deal, Licence, OpenLicence, Registration, Transfer
from ledger.facts.kinds.outcomes import Pledge
from ledger.facts.kinds.pools import Admission
from ledger.facts.kinds.registry import Party
from ledger.facts.lines.deals import deal_lines, sides
from ledger.facts.lines.rows import DealLine, Standing
from ledger.facts.mentions import mention
from ledger.facts.problems import Problem
from ledger.facts.rules.context import NOT_YET, Saying, as_if_taken, places, problem
from ledger.facts.rules.pools import standing_admission
from ledger.facts.world import World

# A pool of one holder was warned about often enough once it is as large as this, and looking at all of it takes time.
POOL_LOOKED_THROUGH_MAX = 200


def nobody_else_claims_the_recordal(fact: Deal | Registration, saying: Saying) -> Iterator[Problem]:
    """Another centre holds a line with the fingerprint that this entry completes (RULINGS 8)."""
    completed = [line for line in _lines_after(fact, saying) if line.fingerprint and line.complete_at == NOT_YET]
    saying.world.prefetch_deal_lines([], [line.fingerprint for line in completed if line.fingerprint])
    for line in completed:
        claims = [
            claim
            for claim in saying.world.claimants(line.fingerprint or "")
            if claim.centre != saying.centre and claim.standing != Standing.REJECTED
        ]
        if claims:
            first = min(claims, key=lambda claim: (claim.complete_at, claim.entry)).entry
            yield problem(
                "contested",
                _place_of(line.line, fact),
                f"第 {line.line} 行的登记(备案)已由其他中心的第 {first} 号记录申报,本行存疑",
                f"entry {first} of another centre claims the recordal of line {line.line}: contested until an office rules",
                first,
            )


def _lines_after(fact: Deal | Registration, saying: Saying) -> list[DealLine]:
    """The lines of the deal as they would be after this entry."""
    history = saying.world.history(mention("deal", saying.centre, fact.deal_no))
    return deal_lines([*history, as_if_taken(fact, saying.centre)])


def _place_of(number: int, fact: Deal | Registration) -> str:
    if isinstance(fact, Deal):
        return f"lines.{number - 1}.patent_id"
    return f"lines.{fact.lines.index(number)}" if fact.lines else "deal_no"


def grantor_holds_the_patent(transfer: Transfer, saying: Saying) -> Iterator[Problem]:
    """Whoever gives a patent away is known to hold it on the day of signing, if any holder is known."""
    saying.world.prefetch_deal_lines([item.patent_id for item in transfer.lines], [])
    for path, item in places("lines", transfer.lines):
        holders = known_holders(saying.world, item.patent_id, transfer.signed_on)
        strangers = [party for party in sides(transfer, item)[0] if party not in holders]
        if holders and strangers:
            yield problem(
                "not-holder",
                f"{path}.patent_id",
                f"{'、'.join(strangers)} 不是专利 {item.patent_id} 已知的权利人",
                f"{', '.join(strangers)} is not known to hold patent {item.patent_id}",
            )


def known_holders(world: World, patent_id: str, on: date) -> frozenset[str]:
    """The owners that the patent's entries name, moved by the transfers of title registered until a day; empty if unknown."""
    patent = world.patent(patent_id)
    holders = frozenset(patent.owners or ()) if patent else frozenset()
    moves = [
        (line.registered_on, line.entry, line.line, line)
        for line in world.deal_lines_on(patent_id)
        if line.moves_title and line.registered_on and line.registered_on <= on and line.standing != Standing.REJECTED
    ]
    for *_, line in sorted(moves):
        holders = (holders - frozenset(line.grantors)) | frozenset(line.grantees)
    return holders


def no_second_exclusive_licence_runs(licence: Licence, saying: Saying) -> Iterator[Problem]:
    """While one exclusive licence runs on a patent there is no room for another, whoever recorded it."""
    if licence.licence_type != "exclusive":
        return
    begins = licence.effective_on or licence.signed_on
    ends = add_months(begins, licence.term_months)
    saying.world.prefetch_deal_lines([item.patent_id for item in licence.lines], [])
    for line in _lines_after(licence, saying):
        for other in sorted(filter(_exclusive, saying.world.deal_lines_on(line.patent_id)), key=lambda other: other.entry):
            since, until = _span(other)
            same = other.fingerprint is not None and other.fingerprint == line.fingerprint  # one contract, claimed twice
            if since < ends and begins < until and not same:
                yield problem(
                    "second-exclusive",
                    f"lines.{line.line - 1}.patent_id",
                    f"专利 {line.patent_id} 上已有第 {other.entry} 号记录的独占许可",
                    f"patent {line.patent_id} is under the exclusive licence of entry {other.entry}",
                    other.entry,
                )
                break


def _exclusive(line: DealLine) -> bool:
    return line.licence_type == "exclusive" and line.standing != Standing.REJECTED


def _span(line: DealLine) -> tuple[date, date]:
    """The days on which a licence runs: its term, cut short by a termination."""
    begins = line.effective_on or line.signed_on
    term_ends = add_months(begins, line.term_months or 0)
    return begins, min(term_ends, line.ended_on or term_ends)


def numbers_look_as_printed(fact: Deal | Registration, saying: Saying) -> Iterator[Problem]:
    """Recordal numbers of licences and registration numbers of technology contracts have a usual form; others exist."""
    if isinstance(fact, Deal):
        if fact.tech_contract_no is not None and not usual_tech_contract_number(fact.tech_contract_no):
            yield _unusual("tech_contract_no", fact.tech_contract_no, "16 位数字", "16 digits")
        deal = fact
    else:
        state = saying.world.deal(saying.centre, fact.deal_no)
        if state is None:
            return
        deal = state.deal
    # A transfer is entered in the register and gets no number of this form.
    if isinstance(deal, Licence | OpenLicence):
        items = places("lines", fact.lines) if isinstance(fact, Deal) else ()
        told = [
            ("registration_no", fact.registration_no),
            *((f"{path}.registration_no", item.registration_no) for path, item in items),
        ]
        yield from _unusual_recordals(told)


def pledge_numbers_look_as_printed(pledge: Pledge, _: Saying) -> Iterator[Problem]:
    rights = places("rights", pledge.rights or ())
    yield from _unusual_recordals((f"{path}.registration_no", r.registration_no) for path, r in rights if r.right_kind == "patent")


def _unusual_recordals(told: Iterator[tuple[str, str | None]] | list[tuple[str, str | None]]) -> Iterator[Problem]:
    for path, number in told:
        if number is not None and not usual_recordal_number(number):
            yield _unusual(path, number, "13 位数字,前面可有 X 或 Y", "13 digits, with or without X or Y in front")


def _unusual(path: str, number: str, zh: str, en: str) -> Problem:
    return problem(
        "unusual-number", path, f"编号 {number} 的格式少见(通常为{zh}),请核对", f"the number {number} looks unusual; most have {en}"
    )


def nobody_else_claims_the_loan(pledge: Pledge, saying: Saying) -> Iterator[Problem]:
    """Another centre recorded a loan of the same lender under the same reference (RULINGS 34)."""
    if pledge.action == "release" or pledge.pledgee is None:
        return
    for index in saying.world.naming(mention("claimed-loan", pledge.pledgee, pledge.loan_ref)):
        other = saying.world.entry(index)
        if other and other.centre != saying.centre and saying.world.live(other):
            yield problem(
                "loan-claimed",
                "loan_ref",
                f"同一质权人的同号贷款已由其他中心的第 {index} 号记录登记",
                f"entry {index} of another centre records a loan of the same lender under this reference",
                index,
            )
            return


def party_is_ones_own(party: Party, saying: Saying) -> Iterator[Problem]:
    """A centre that changes a party first written by another (RULINGS 52). Saying the same again changes nothing."""
    history = saying.world.history(mention("party", party.party_id))
    first = next((e for e in history if isinstance(e.fact, Party) and saying.world.live(e)), None)
    if saying.office or first is None or first.centre == saying.centre:
        return
    held = saying.world.party(party.party_id, party.valid_from)
    standing = saying.world.entry(held.entry) if held else None
    if standing is None or _said(standing.fact) != _said(party):
        yield problem(
            "party-of-another",
            "party_id",
            f"{party.party_id} 最初由第 {first.index} 号记录登记,登记单位是 {first.centre}",
            f"{party.party_id} was first recorded by {first.centre}, in entry {first.index}",
            first.index,
        )


def _said(fact: Fact) -> dict[str, object]:
    """What a record says of a party, apart from the day it begins on."""
    return {name: value for name, value in vars(fact).items() if name != "valid_from"}


def a_pool_has_several_holders(admission: Admission, saying: Saying) -> Iterator[Problem]:
    """All patents of the pool belong to one and the same holder. Where a holder is unknown, nothing is said."""
    patents = _patents_of(admission, saying.world)
    if patents is None:
        return
    saying.world.prefetch(mention("patent", patent_id) for patent_id in patents)
    saying.world.prefetch_deal_lines(patents, [])
    everybody: set[str] = set()
    for patent_id in patents:
        holders = known_holders(saying.world, patent_id, admission.on)
        everybody |= holders
        if not holders or len(everybody) > 1:
            return
    yield problem(
        "single-owner",
        "patents",
        f"专利池 {admission.pool_id} 中的专利同属 {'、'.join(everybody)}",
        f"all patents of pool {admission.pool_id} belong to {', '.join(everybody)}",
    )


def _patents_of(admission: Admission, world: World) -> list[str] | None:
    """The patents that are in the pool on the day, and those coming in; None where they are too many."""
    patents = dict.fromkeys(admission.patents)
    naming = world.naming(mention("pool", admission.pool_id))
    for index in naming[: POOL_LOOKED_THROUGH_MAX + 1]:
        entry = world.entry(index)
        if entry and isinstance(entry.fact, Admission):
            inside = (p for p in entry.fact.patents if standing_admission(world, admission.pool_id, p, admission.on))
            patents |= dict.fromkeys(islice(inside, POOL_LOOKED_THROUGH_MAX + 1))
        if len(patents) > POOL_LOOKED_THROUGH_MAX:
            return None
    return None if len(naming) > POOL_LOOKED_THROUGH_MAX else list(patents)
