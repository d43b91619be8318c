"""Rules of what follows a deal: recordals, changes, ends, money received (RULINGS 5, 46, 47 and 50).

A follower speaks of the deal that is live under its number. Where there is none, that alone is said. Running totals are kept in
the order of recording, whatever days the entries carry.
"""

from collections.abc import Iterator

from ledger.facts.kinds.deals import Amendment, Follower, Payment, Registration, Termination
from ledger.facts.lines.deals import DealState
from ledger.facts.money import format_yuan
from ledger.facts.problems import Problem
from ledger.facts.rules.context import Saying, invalid, named_twice, places, problem

_LINES_SHOWN = 10


def _deal(fact: Follower, saying: Saying) -> DealState | None:
    return saying.world.deal(saying.centre, fact.deal_no)


def deal_is_known(fact: Follower, saying: Saying) -> Iterator[Problem]:
    if _deal(fact, saying) is None:
        yield problem(
            "unknown-deal", "deal_no", f"本中心没有有效合同 {fact.deal_no}", f"this centre has no live deal {fact.deal_no}"
        )


# --- recordals -------------------------------------------------------------------------------------------------------


def lines_of_the_recordal_are_the_deals(registration: Registration, saying: Saying) -> Iterator[Problem]:
    """Lines count from 1, and each is named once."""
    yield from named_twice("lines", registration.lines or ())
    if state := _deal(registration, saying):
        yield from lines_in_range(registration.lines, len(state.lines))


def lines_in_range(lines: tuple[int, ...] | None, count: int) -> Iterator[Problem]:
    for path, number in places("lines", lines or ()):
        if not 1 <= number <= count:
            yield invalid(path, f"没有第 {number} 行,合同共 {count} 行", f"there is no line {number}; the deal has {count}")


def recorded_no_earlier_than_signed(registration: Registration, saying: Saying) -> Iterator[Problem]:
    state = _deal(registration, saying)
    if state and registration.registered_on < state.deal.signed_on:
        signed_on = state.deal.signed_on
        yield invalid(
            "registered_on", f"登记(备案)日早于签订日 {signed_on}", f"registered before the deal was signed on {signed_on}"
        )


def a_recordal_is_written_once(registration: Registration, saying: Saying) -> Iterator[Problem]:
    """Date, number and announcement of a line are each set once; the same again is fine where lines are named (RULINGS 47)."""
    state = _deal(registration, saying)
    if state is None:
        return
    named = registration.lines or range(1, len(state.lines) + 1)
    lines = {number: state.lines[number - 1] for number in named if 1 <= number <= len(state.lines)}
    if registration.lines is None:
        closed = {number: line.registered_on[1] for number, line in lines.items() if line.registered_on}
        if closed:
            yield _already(
                "registered_on",
                closed,
                "已登记;如只登记其余各行,请在 lines 中列明",
                "are registered already; name the lines that are left",
            )
    for name in ("registered_on", "registration_no", "announced_on"):
        told = getattr(registration, name)
        if told is None or (name == "registered_on" and registration.lines is None):
            continue
        held = {number: getattr(line, name) for number, line in lines.items()}
        other = {number: value for number, value in held.items() if value and value[0] != told}
        if other:
            stands = next(iter(other.values()))[0]
            by = {number: index for number, (_, index) in other.items()}
            yield _already(name, by, f"已登记为 {stands},不能改为 {told}", f"have {stands} and cannot be given {told}")


def _already(path: str, by: dict[int, int], zh: str, en: str) -> Problem:
    """One problem for all lines in the way, so that a long deal does not answer with a thousand."""
    numbers = ", ".join(map(str, list(by)[:_LINES_SHOWN])) + (" …" if len(by) > _LINES_SHOWN else "")
    index = next(iter(by.values()))
    return problem(
        "already-registered", path, f"第 {numbers} 行{zh}(第 {index} 号记录)", f"lines {numbers} {en} (entry {index})", index
    )


# --- changes and ends ------------------------------------------------------------------------------------------------


def deal_has_not_ended(fact: Amendment | Termination, saying: Saying) -> Iterator[Problem]:
    """After a termination come no amendment and no second termination."""
    state = _deal(fact, saying)
    if state and state.termination:
        index = state.termination.index
        yield problem(
            "already-ended",
            "deal_no",
            f"合同 {fact.deal_no} 已由第 {index} 号记录终止",
            f"deal {fact.deal_no} was ended by entry {index}",
            index,
        )


def a_known_sum_is_changed(fact: Amendment | Termination, saying: Saying) -> Iterator[Problem]:
    """An unknown amount plus a change would still be unknown."""
    state = _deal(fact, saying)
    if state and state.deal.amount is None and fact.amount_change is not None:
        yield problem(
            "amount-unknown",
            "amount_change",
            f"合同 {fact.deal_no} 的金额未知,不能变更",
            f"the amount of deal {fact.deal_no} is unknown",
        )


def the_sum_stays_above_nought(fact: Amendment | Termination, saying: Saying) -> Iterator[Problem]:
    state = _deal(fact, saying)
    held = state.contract_sum() if state else None
    if held is not None and held + (fact.amount_change or 0) < 0:
        yield problem(
            "below-zero",
            "amount_change",
            f"合同金额现为 {format_yuan(held)},变更后将低于零",
            f"the contract sum is {format_yuan(held)} and would fall below nought",
        )


# --- money received --------------------------------------------------------------------------------------------------


def a_refund_takes_back(payment: Payment, _: Saying) -> Iterator[Problem]:
    """Only a refund is negative, and a refund is."""
    if (payment.payment_type == "refund") != (payment.amount < 0):
        yield problem("invalid", "amount", "退款为负数,其他到账不为负", "a refund is negative, and nothing else is")


def no_more_is_paid_back_than_was_received(payment: Payment, saying: Saying) -> Iterator[Problem]:
    state = _deal(payment, saying)
    if state and (held := state.received()) + payment.amount < 0:
        yield problem(
            "below-zero",
            "amount",
            f"累计到账 {format_yuan(held)},扣减后将低于零",
            f"{format_yuan(held)} was received in all, which would fall below nought",
        )
