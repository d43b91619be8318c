"""Rules of taking an entry back (RULINGS 46, 50, 52 and 54).

An entry is reversed once, by those who may. What others rest on stays: master data that is in use, an admission that a withdrawal
took out, and the amounts without which a running total would have been below nought.
"""

from collections.abc import Iterable, Iterator
from itertools import islice

from ledger.facts.entries import Entry
from ledger.facts.kinds.deals import Amendment, OpenLicenceStatement, Payment, Termination
from ledger.facts.kinds.pools import Admission, Pool
from ledger.facts.kinds.registry import Centre, Party, Patent, PatentStatus
from ledger.facts.kinds.rulings import Attestation, Baseline, Closing, Participation, Reversal
from ledger.facts.lines.deals import change_of
from ledger.facts.mentions import mention
from ledger.facts.problems import Problem
from ledger.facts.regions import covers
from ledger.facts.rules.context import Saying, invalid, latest_record, problem, subject_named
from ledger.facts.rules.pools import resting_withdrawals
from ledger.facts.rules.rulings import already_reversed, taken_back_by
from ledger.facts.world import World

# What an office may take back of what a centre recorded.
OFFICE_REVERSES = ("party", "patent", "patent_status", "open_licence_statement")
_USES_SHOWN = 10


def reversed_entry_exists(reversal: Reversal, saying: Saying) -> Iterator[Problem]:
    if saying.world.entry(reversal.entry) is None:
        yield problem("unknown-entry", "entry", f"没有第 {reversal.entry} 号记录", f"there is no entry {reversal.entry}")


def one_reverses_ones_own(reversal: Reversal, saying: Saying) -> Iterator[Problem]:
    """A centre its own entries; an office its own, and of the centres' what is master data for all."""
    target = saying.world.entry(reversal.entry)
    if target is None or target.centre == saying.centre:
        return
    if not saying.office:
        yield problem("forbidden", "entry", "只能冲销本中心的记录", "a centre reverses its own entries only")
    elif target.office or target.kind not in OFFICE_REVERSES:
        yield problem(
            "forbidden",
            "entry",
            f"不能冲销其他单位的 {target.kind} 类记录",
            f"an office does not reverse an entry of kind {target.kind} that others recorded",
        )


def a_narrow_token_takes_back_what_it_may_decide(reversal: Reversal, saying: Saying) -> Iterator[Problem]:
    """An office reverses its own decisions; with a token for a part of its region, those on that part (RULINGS 52)."""
    target = saying.world.entry(reversal.entry)
    if target is None or target.centre != saying.centre or saying.by.region is None:
        return
    region = _decided_on(target, saying.world)
    if region is not None and not covers(saying.by.region, region):
        yield problem("forbidden", "entry", f"{region} 不在该令牌的辖区内", f"{region} lies outside the region of this token")


def _decided_on(entry: Entry, world: World) -> str | None:
    """The region that an office's decision binds; None of master data, which is for the whole ledger."""
    match entry.fact:
        case Centre(region=region):
            return region
        case Participation(subject=subject) | Baseline(subject=subject):
            named = subject_named(world, subject)
            return named.region if named else None
        case Attestation(entry=index):
            spoken_of = world.entry(index)
            record = latest_record(world, spoken_of.centre) if spoken_of else None
            return record.region if record else None
        case _:
            return None


def an_entry_is_reversed_once(reversal: Reversal, saying: Saying) -> Iterator[Problem]:
    target = saying.world.entry(reversal.entry)
    if target and (earlier := taken_back_by(target, saying.world)) is not None:
        yield already_reversed(reversal.entry, earlier)


def reversals_and_closings_stand(reversal: Reversal, saying: Saying) -> Iterator[Problem]:
    """What was taken back is recorded anew; a closing is reopened."""
    target = saying.world.entry(reversal.entry)
    if target and isinstance(target.fact, Reversal):
        yield invalid("entry", "冲销记录不能再冲销,请重新登记原内容", "a reversal is not reversed; record again what it took back")
    elif target and isinstance(target.fact, Closing):
        yield invalid("entry", "期间不能冲销,只能重新开放", "a closing is not reversed; the period is reopened")


def the_replacement_exists(reversal: Reversal, saying: Saying) -> Iterator[Problem]:
    """The replacement was recorded before; one that is recorded later needs no link, for it stands in the same history."""
    if reversal.replaced_by is None:
        return
    if reversal.replaced_by == reversal.entry:
        yield invalid("replaced_by", "记录不能由自身替代", "an entry does not replace itself")
    elif saying.world.entry(reversal.replaced_by) is None:
        yield problem(
            "unknown-entry", "replaced_by", f"没有第 {reversal.replaced_by} 号记录", f"there is no entry {reversal.replaced_by}"
        )


def nothing_in_use_is_taken_away(reversal: Reversal, saying: Saying) -> Iterator[Problem]:
    """Live entries that name master data are uses of it; a withdrawal uses the admission that it ends (RULINGS 50)."""
    target = saying.world.entry(reversal.entry)
    if target is None or not saying.world.live(target):
        return
    found = (index for index in sorted(set(_uses(target, saying.world))) if _alive(index, saying.world) and index != target.index)
    # A university is named by thousands of entries: no more of them are looked at than are shown.
    if uses := list(islice(found, _USES_SHOWN + 1)):
        shown = ", ".join(map(str, uses[:_USES_SHOWN])) + (" …" if len(uses) > _USES_SHOWN else "")
        yield problem("in-use", "entry", f"仍被以下记录引用:{shown}", f"still in use by the entries {shown}", uses[0])


def _alive(index: int, world: World) -> bool:
    return world.reversed_by(index) is None


def _uses(target: Entry, world: World) -> Iterable[int]:
    """Entries that rest on another, whether or not they are live."""
    match target.fact:
        case Party(party_id=party_id):
            return world.naming(mention("party", party_id))
        case Centre(code=code):
            return [*world.naming(mention("centre", code)), *world.stream(code)]
        case Patent(patent_id=patent_id):
            events = [e.index for e in world.history(mention("patent", patent_id)) if isinstance(e.fact, PatentStatus)]
            return [*events, *world.naming(mention("patent", patent_id))]
        case Pool(pool_id=pool_id, action="open"):
            closings = [
                e.index for e in world.history(mention("pool", pool_id)) if isinstance(e.fact, Pool) and e.fact.action == "close"
            ]
            return [*closings, *world.naming(mention("pool", pool_id))]
        case OpenLicenceStatement(statement_ref=ref, action=action):
            subject = mention("statement", target.centre, ref)
            later = [e for e in world.history(subject) if e.index > target.index and isinstance(e.fact, OpenLicenceStatement)]
            # Licences rest on what was published before them; a withdrawal is used only by publishing anew.
            licences = [index for index in world.naming(subject) if index > target.index] if action == "publish" else []
            return [*(e.index for e in later), *licences]
        case Admission(pool_id=pool_id, patents=patents):
            members = (world.history(mention("member", pool_id, patent_id)) for patent_id in patents)
            return [move.index for history in members for move in resting_withdrawals(target, history)]
        case _:
            return ()


def totals_stay_above_nought(reversal: Reversal, saying: Saying) -> Iterator[Problem]:
    """Running totals are kept in the order of recording: without the entry, none of them may have been below nought."""
    target = saying.world.entry(reversal.entry)
    if target is None or not isinstance(target.fact, Amendment | Termination | Payment):
        return
    state = saying.world.deal(target.centre, target.fact.deal_no)
    if state is None:
        return
    if isinstance(target.fact, Payment):
        total = 0
        steps = [(e, e.fact.amount) for e in state.payments if isinstance(e.fact, Payment)]
    else:
        total = state.deal.amount or 0
        steps = [(e, change_of(e)) for e in state.changes]
    for entry, amount in steps:
        total += amount if entry.index != target.index else 0
        if total < 0:
            yield problem(
                "below-zero",
                "entry",
                f"冲销后,到第 {entry.index} 号记录时累计金额将低于零",
                f"without it, the running total would be below nought at entry {entry.index}",
                entry.index,
            )
            return
