"""Rules of what offices and signatories decide: participation, baselines, verdicts, closings (RULINGS 24, 31, 38, 45, 52 and 54).

Which entries a period holds back that was submitted or accepted is judged in `periods`.
"""

from collections.abc import Iterator
from fractions import Fraction

from ledger.facts.entries import Entry
from ledger.facts.kinds.deals import Deal, Follower, Registration
from ledger.facts.kinds.rulings import Attestation, Baseline, Closing, Participation
from ledger.facts.lines.verdicts import Verdicts
from ledger.facts.mentions import mention
from ledger.facts.money import MONEY_UNITS, BadMoney, parse_decimal, parse_in_unit
from ledger.facts.problems import Problem
from ledger.facts.rules.context import (
    Saying,
    beyond_reach,
    invalid,
    latest_record,
    named_twice,
    places,
    problem,
    programme_is_known,
    subject_named,
)
from ledger.facts.rules.followers import lines_in_range
from ledger.facts.world import World

# Kinds whose entries are believed or reversed, and never ruled on (RULINGS 31).
NOT_ATTESTABLE = (
    "centre", "party", "patent", "patent_status", "participation", "open_licence_statement", "closing", "attestation", "reversal",
)  # fmt: skip
BACK = ("return", "reopen")  # what opens a period again
SUBJECT_ZH = {"centre": "中心", "park": "园区", "region": "市州", "province": "省"}

# --- participation ---------------------------------------------------------------------------------------------------

RATIO = "1"  # the unit of one figure divided by another


def subject_is_of_the_programmes_kind(participation: Participation, saying: Saying) -> Iterator[Problem]:
    """A programme of centres takes centres and parks as recorders; the others take their own kind (RULINGS 45)."""
    terms = saying.policies.programme(participation.programme)
    subject = subject_named(saying.world, participation.subject)
    if terms is None or subject is None or subject.kind not in SUBJECT_ZH:
        return  # said by other rules
    fits = ("centre", "park") if terms.subject == "centre" else (terms.subject,)
    if subject.kind not in fits:
        yield invalid(
            "subject",
            f"该项目的对象是{SUBJECT_ZH[terms.subject]},{participation.subject} 是{SUBJECT_ZH[subject.kind]}",
            f"the programme is for a {terms.subject}, and {participation.subject} is a {subject.kind}",
        )


def a_start_says_when(participation: Participation, _: Saying) -> Iterator[Problem]:
    """The period belongs to `started` and to no other state, where it would be overlooked."""
    if participation.state == "started":
        if participation.start_on is None:
            yield invalid("start_on", "状态为 started 时须填写起始日", "a start states its start_on")
        return
    for name in ("start_on", "months"):
        if getattr(participation, name) is not None:
            yield invalid(
                name, f"只有状态为 started 时才填写 {name}", f"{name} belongs to the state started, not to {participation.state}"
            )


def promises_are_no_lower_than_the_floor(participation: Participation, saying: Saying) -> Iterator[Problem]:
    """A participant may promise more than the programme asks, for targets that have a value (RULINGS 38)."""
    terms = saying.policies.programme(participation.programme)
    if terms is None:
        return
    for target, text in (participation.overrides or {}).items():
        path = f"overrides.{target}"
        floor, unit = terms.floors.get(target), terms.units.get(target)
        promised = _decimal(text)
        if floor is None or unit is None:
            yield invalid(path, f"{target} 不是该项目中有目标值的指标", f"{target} is no target of the programme with a value")
        elif promised is None:
            yield invalid(path, f"{text} 不是十进制数", f"{text} is no plain decimal number")
        elif not _fits(text, unit):
            yield invalid(path, f"须以{unit}计,金额精确到分,件数为整数", f"in {unit}: money to the fen at most, a count is whole")
        elif promised < Fraction(floor):
            yield invalid(path, f"{text} 低于项目规定的 {floor}", f"{text} is below the programme's {floor}")


def _fits(text: str, unit: str) -> bool:
    """Whether a decimal text can be a figure in a unit: whole fen, a whole count, any ratio."""
    if unit in MONEY_UNITS:
        fen = _decimal(text, unit)
        return fen is not None and fen.denominator == 1
    return unit == RATIO or "." not in text


# --- baselines -------------------------------------------------------------------------------------------------------


def baseline_speaks_of_a_metric_in_its_unit(baseline: Baseline, saying: Saying) -> Iterator[Problem]:
    """Money is a decimal of whole fen in the metric's unit; whatever else is counted has no point."""
    unit = saying.policies.metric_unit(baseline.metric)
    if unit is None:
        yield invalid("metric", f"没有名为 {baseline.metric} 的指标", f"there is no metric {baseline.metric}")
    elif unit in MONEY_UNITS:
        fen = _decimal(baseline.value, unit)
        if fen is None or fen.denominator != 1:
            yield invalid(
                "value", f"须为以{unit}计的十进制数,精确到分", f"a decimal number in {unit} is wanted, to the fen at most"
            )
    elif _decimal(baseline.value) is None or "." in baseline.value:
        yield invalid("value", f"须为以{unit}计的整数", f"a whole number is wanted, in {unit}")


def baseline_covers_some_days(baseline: Baseline, _: Saying) -> Iterator[Problem]:
    if baseline.to <= baseline.from_:
        yield invalid("to", f"截止日(不含)须晚于起始日 {baseline.from_}", f"the exclusive end must lie after {baseline.from_}")


def _decimal(text: str, unit: str | None = None) -> Fraction | None:
    try:
        return parse_in_unit(text, unit) if unit else parse_decimal(text)
    except BadMoney:
        return None


# --- verdicts --------------------------------------------------------------------------------------------------------


def entry_spoken_of_exists(attestation: Attestation, saying: Saying) -> Iterator[Problem]:
    if saying.world.entry(attestation.entry) is None:
        yield problem("unknown-entry", "entry", f"没有第 {attestation.entry} 号记录", f"there is no entry {attestation.entry}")


def nobody_rules_on_others_affairs(attestation: Attestation, saying: Saying) -> Iterator[Problem]:
    """A signatory speaks of the own centre's entries; an office of those of its region, and never of its own."""
    target = saying.world.entry(attestation.entry)
    if target is None:
        return
    if not saying.office:
        if target.centre != saying.centre:
            yield problem("forbidden", "entry", "只能确认本中心的记录", "a signatory attests entries of the own centre only")
    elif target.centre == saying.centre:
        yield problem("forbidden", "entry", "不能核验本部门自己的记录", "an office does not rule on what it recorded itself")
    else:
        record = latest_record(saying.world, target.centre)
        yield from beyond_reach("entry", record.region if record else "", saying)


def entry_can_be_ruled_on(attestation: Attestation, saying: Saying) -> Iterator[Problem]:
    target = saying.world.entry(attestation.entry)
    if target is None:
        return
    if target.kind in NOT_ATTESTABLE:
        yield problem("not-attestable", "entry", f"{target.kind} 类记录不作核验", f"an entry of kind {target.kind} is not ruled on")
    elif (reversal := taken_back_by(target, saying.world)) is not None:
        yield already_reversed(target.index, reversal)


def lines_ruled_on_exist(attestation: Attestation, saying: Saying) -> Iterator[Problem]:
    """Lines are those of a deal, also where the verdict is on its recordal."""
    target = saying.world.entry(attestation.entry)
    if target is None or attestation.lines is None:
        return
    yield from named_twice("lines", attestation.lines)
    if isinstance(target.fact, Deal):
        yield from lines_in_range(attestation.lines, len(target.fact.lines))
    elif isinstance(target.fact, Registration):
        yield from _lines_of_a_recordal(attestation.lines, target, target.fact, saying.world)
    elif target.kind not in NOT_ATTESTABLE:
        yield invalid("lines", f"{target.kind} 类记录没有行", f"an entry of kind {target.kind} has no lines")


def _lines_of_a_recordal(lines: tuple[int, ...], target: Entry, fact: Registration, world: World) -> Iterator[Problem]:
    deal = deal_followed(target, world)
    if fact.lines is None and deal and isinstance(deal.fact, Deal):
        yield from lines_in_range(lines, len(deal.fact.lines))
        return
    for path, number in places("lines", lines):
        if number not in (fact.lines or ()):
            yield invalid(
                path, f"第 {target.index} 号记录未涉及第 {number} 行", f"entry {target.index} does not speak of line {number}"
            )


def deal_followed(entry: Entry, world: World) -> Entry | None:
    """The deal that was live under the number when a follower was recorded; None for what follows no deal."""
    if not isinstance(entry.fact, Follower):
        return None
    history = world.history(mention("deal", entry.centre, entry.fact.deal_no))
    return next((e for e in reversed(history) if e.index < entry.index and isinstance(e.fact, Deal)), None)


def taken_back_by(entry: Entry, world: World) -> int | None:
    """The reversal of an entry, or of the deal that took it along (RULINGS 46)."""
    deal = deal_followed(entry, world)
    reversal = world.reversed_by(entry.index)
    return world.reversed_by(deal.index) if reversal is None and deal else reversal


def already_reversed(target: int, reversal: int) -> Problem:
    return problem(
        "already-reversed",
        "entry",
        f"第 {target} 号记录已由第 {reversal} 号记录冲销",
        f"entry {target} was already reversed by entry {reversal}",
        reversal,
    )


# --- closings --------------------------------------------------------------------------------------------------------


def a_centre_submits_for_itself(closing: Closing, saying: Saying) -> Iterator[Problem]:
    if closing.action == "submit" and closing.subject != saying.centre:
        yield problem("forbidden", "subject", "只能为本中心提交", "a centre submits its own period only")


def a_programme_that_is_gone_is_only_opened_again(closing: Closing, saying: Saying) -> Iterator[Problem]:
    """Files move on; what was closed under one that is gone holds all the same, and must not hold for ever."""
    if not (closing.action in BACK and _last_step(closing, saying)):
        yield from programme_is_known(closing, saying)


def subject_takes_part(closing: Closing, saying: Saying) -> Iterator[Problem]:
    """Without a participation there are no figures to close. What was closed before it was taken back can still be opened."""
    if saying.policies.programme(closing.programme) is None or subject_named(saying.world, closing.subject) is None:
        return
    if closing.action in BACK and _last_step(closing, saying):
        return
    history = saying.world.history(mention("participation", closing.programme, closing.subject))
    verdicts = Verdicts.of(history)
    if not any(isinstance(e.fact, Participation) and verdicts.live(e.index) for e in history):
        yield invalid(
            "subject",
            f"{closing.subject} 未参加项目 {closing.programme}",
            f"{closing.subject} takes no part in programme {closing.programme}",
        )


def steps_follow_each_other(closing: Closing, saying: Saying) -> Iterator[Problem]:
    """Submit, then accept or return; an accepted period is reopened. A park, region or province is accepted without a submit."""
    terms = saying.policies.programme(closing.programme)
    last = _last_step(closing, saying)
    if terms is None and not (closing.action in BACK and last):
        return  # said by another rule
    stands = last.fact.action if last and isinstance(last.fact, Closing) else None
    action, of_centre = closing.action, terms is not None and terms.subject == "centre"
    if last and stands == "accept" and action != "reopen":
        yield problem(
            "period-closed",
            "action",
            f"截至 {closing.through} 的期间已由第 {last.index} 号记录验收,须先重新开放",
            f"the period through {closing.through} was accepted by entry {last.index}; it has to be reopened first",
            last.index,
        )
    elif action == "reopen" and stands != "accept":
        yield invalid(
            "action", f"截至 {closing.through} 的期间尚未验收", f"the period through {closing.through} has not been accepted"
        )
    elif action == "submit" and not of_centre:
        yield invalid("action", "该项目的对象无需提交", "periods of this programme are accepted without a submit")
    elif last and action == "submit" and stands == "submit":
        yield problem(
            "period-held",
            "action",
            f"截至 {closing.through} 的期间已由第 {last.index} 号记录提交",
            f"the period through {closing.through} was already submitted by entry {last.index}",
            last.index,
        )
    elif (action == "return" or (action == "accept" and of_centre)) and stands != "submit":
        yield invalid(
            "action", f"截至 {closing.through} 的期间尚未提交", f"the period through {closing.through} has not been submitted"
        )


def _last_step(closing: Closing, saying: Saying) -> Entry | None:
    """The latest closing of the very period; each `through` is a period of its own."""
    history = saying.world.history(mention("closing", closing.programme, closing.subject))
    steps = [e for e in history if isinstance(e.fact, Closing) and e.fact.through == closing.through]
    return steps[-1] if steps else None


def going_back_is_explained(closing: Closing, _: Saying) -> Iterator[Problem]:
    if closing.action in BACK and not closing.note:
        yield invalid("note", "退回或重新开放须说明理由", f"{closing.action} needs a note")


def only_an_acceptance_binds(closing: Closing, saying: Saying) -> Iterator[Problem]:
    """Decisions and digests come with an accept, and only what no figure decides is decided (RULINGS 3)."""
    if closing.action != "accept":
        for name in ("decisions", "scorecard_digest", "size", "programme_digest"):
            if getattr(closing, name) is not None:
                yield invalid(name, f"只有验收(accept)才填写 {name}", f"{name} comes with an accept only")
    elif terms := saying.policies.programme(closing.programme):
        for target in closing.decisions or {}:
            if target not in terms.decidable:
                yield invalid(f"decisions.{target}", f"{target} 不是由人认定的指标", f"{target} is no target that a person decides")
