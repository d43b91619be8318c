"""Rules of master data: centres, parties, patents and their legal events (RULINGS 51 and 52)."""

from collections.abc import Iterator
from typing import Any

from ledger.facts.identifiers import is_application_only, patent_right
from ledger.facts.kinds.registry import OFFICE_KINDS, Centre, Party, Patent, PatentStatus
from ledger.facts.lines.registry import COMPARED
from ledger.facts.problems import Problem
from ledger.facts.rules.context import Saying, beyond_reach, invalid, is_division, latest_record, problem, unregistered

RIGHT_ZH = {"invention": "发明", "utility_model": "实用新型", "design": "外观设计"}
FIELD_ZH = {"right": "专利类型", "filed_on": "申请日", "granted_on": "授权日", "term_end": "届满日"}

# --- centres ---------------------------------------------------------------------------------------------------------


def centre_is_within_reach(centre: Centre, saying: Saying) -> Iterator[Problem]:
    """An office registers centres of its region, and takes over none from outside it."""
    yield from beyond_reach("region", centre.region, saying)
    if held := latest_record(saying.world, centre.code):
        yield from beyond_reach("code", held.region, saying)


def code_is_no_division(centre: Centre, _: Saying) -> Iterator[Problem]:
    """Six digits as a subject mean a division; a centre of that code could not be told from it."""
    if is_division(centre.code):
        yield invalid(
            "code", f"{centre.code} 是行政区划代码,不能用作中心代码", f"{centre.code} is a division code and cannot name a centre"
        )


def an_office_stays_an_office(centre: Centre, saying: Saying) -> Iterator[Problem]:
    """What offices and centres say weighs differently, so no code changes from one to the other."""
    if saying.world.is_registered(centre.code) and saying.world.is_office(centre.code) != (centre.centre_kind in OFFICE_KINDS):
        yield invalid(
            "centre_kind",
            f"{centre.code} 的类别不能在主管部门与中心之间变更",
            f"{centre.code} cannot change between an office and a centre",
        )


# --- parties ---------------------------------------------------------------------------------------------------------


def only_enterprises_have_a_size(party: Party, _: Saying) -> Iterator[Problem]:
    if party.size is not None and party.party_kind != "enterprise":
        yield invalid("size", "只有企业才填写规模", f"only an enterprise has a size, not a party of kind {party.party_kind}")


# --- patents ---------------------------------------------------------------------------------------------------------


def right_matches_the_number(patent: Patent, _: Saying) -> Iterator[Problem]:
    """The digit after the year says which right a Chinese number stands for."""
    right = patent_right(patent.patent_id)
    if right is not None and right != patent.right:
        yield invalid(
            "right",
            f"专利号 {patent.patent_id} 对应的类型是{RIGHT_ZH[right]}",
            f"by its number, {patent.patent_id} is of right {right}",
        )


def days_of_the_patent_follow_each_other(patent: Patent, _: Saying) -> Iterator[Problem]:
    """Nothing is granted before it was filed, and no term ends on the day it began."""
    filed_on = patent.filed_on
    if patent.granted_on is not None and patent.granted_on < filed_on:
        yield invalid("granted_on", f"授权日早于申请日 {filed_on}", f"the grant lies before the filing on {filed_on}")
    if patent.term_end is not None and patent.term_end <= filed_on:
        yield invalid("term_end", f"届满日不晚于申请日 {filed_on}", f"the term ends no later than the filing on {filed_on}")


def an_international_application_is_never_granted(fact: Patent | PatentStatus, _: Saying) -> Iterator[Problem]:
    """It leads to patents, each under a number of its own."""
    granting = "granted_on" if isinstance(fact, Patent) else "code"
    granted = fact.granted_on is not None if isinstance(fact, Patent) else fact.code == "GR01"
    if granted and is_application_only(fact.patent_id):
        yield invalid(
            granting,
            f"{fact.patent_id} 是国际申请,不会被授权",
            f"{fact.patent_id} is an international application, which is never granted",
        )


def patent_agrees_with_what_stands(patent: Patent, saying: Saying) -> Iterator[Problem]:
    """Registering again fills gaps; only an office replaces facts. Compared where both give them (RULINGS 51)."""
    held = saying.world.patent(patent.patent_id)
    if held is None or saying.office:
        return
    for name in COMPARED:
        told, stands = getattr(patent, name), getattr(held, name)
        if told is not None and stands is not None and told != stands:
            index = _given_by(held.entries, name, stands, saying)
            yield problem(
                "patent-differs",
                name,
                f"{FIELD_ZH[name]}与第 {index} 号记录不符,已登记为 {stands}",
                f"{name} differs from {stands}, which entry {index} gave",
                index,
            )


def _given_by(entries: tuple[int, ...], name: str, value: Any, saying: Saying) -> int:
    given = ((index, saying.world.entry(index)) for index in entries)
    return next(index for index, entry in given if entry and getattr(entry.fact, name) == value)


def patent_is_registered(status: PatentStatus, saying: Saying) -> Iterator[Problem]:
    yield from unregistered([("patent_id", status.patent_id)], saying.world)
