"""Rules of deals and of the statements that open licences rest on (RULINGS 1, 48 and 49).

What a deal says is judged by itself: its sides, its patents, its money, its days. Of the world it needs only that the number is
free, the patents are registered, and a statement is active. Parties need not be known (RULINGS 53).
"""

from collections.abc import Iterator, Sequence
from fractions import Fraction

from ledger.facts.entries import Entry
from ledger.facts.kinds.deals import NOUGHT_MODES, Deal, Equity, Licence, OpenLicence, OpenLicenceStatement
from ledger.facts.lines.verdicts import Verdicts
from ledger.facts.mentions import mention
from ledger.facts.money import format_yuan, round_half_up
from ledger.facts.problems import Problem
from ledger.facts.rules.context import Saying, invalid, named_twice, places, problem, unregistered

# --- number, patents and sides ---------------------------------------------------------------------------------------


def deal_number_is_free(deal: Deal, saying: Saying) -> Iterator[Problem]:
    """One live deal under a number; a reversed one frees it (RULINGS 46)."""
    if held := saying.world.deal(saying.centre, deal.deal_no):
        yield problem(
            "deal-exists",
            "deal_no",
            f"合同编号 {deal.deal_no} 已由第 {held.index} 号记录登记",
            f"deal {deal.deal_no} is already recorded by entry {held.index}",
            held.index,
        )


def patents_of_the_lines_are_registered(deal: Deal, saying: Saying) -> Iterator[Problem]:
    yield from unregistered(((f"{path}.patent_id", item.patent_id) for path, item in places("lines", deal.lines)), saying.world)


def no_party_twice_on_one_side(deal: Deal, _: Saying) -> Iterator[Problem]:
    for side in ("grantors", "grantees", "principals"):
        yield from named_twice(side, getattr(deal, side) or ())


def parties_of_a_line_are_the_deals(deal: Deal, _: Saying) -> Iterator[Problem]:
    """A line may single out one giver and one taker of those that signed."""
    for path, item in places("lines", deal.lines):
        if item.grantor is not None and item.grantor not in deal.grantors:
            yield invalid(
                f"{path}.grantor", f"{item.grantor} 不是合同的让与(许可)方", f"{item.grantor} is not among the grantors of the deal"
            )
        if item.grantee is not None and item.grantee not in deal.grantees:
            yield invalid(
                f"{path}.grantee",
                f"{item.grantee} 不是合同的受让(被许可)方",
                f"{item.grantee} is not among the grantees of the deal",
            )


def somebody_else_receives(deal: Deal, _: Saying) -> Iterator[Problem]:
    """Nobody deals with themselves: the two sides of a line are not the same parties."""
    told = False
    grantors, grantees = set(deal.grantors), set(deal.grantees)
    for path, item in places("lines", deal.lines):
        givers = {item.grantor} if item.grantor else grantors
        takers = {item.grantee} if item.grantee else grantees
        if givers != takers:
            continue
        if item.grantor or item.grantee:
            yield invalid(f"{path}.grantee", "让与(许可)方与受让(被许可)方相同", "the line goes from its grantor to the same party")
        elif not told and not _is_cross(deal):  # there both sides name both parties, and the lines must part them
            yield invalid("grantees", "让与(许可)方与受让(被许可)方相同", "grantors and grantees are the same parties")
            told = True


def no_patent_twice_in_one_direction(deal: Deal, _: Saying) -> Iterator[Problem]:
    """A patent may go from one party to several, each in a line of its own; a line without parties goes from all to all."""
    seen: set[tuple[str, str | None, str | None]] = set()
    for path, item in places("lines", deal.lines):
        patent_id = item.patent_id
        # "" stands for "some line, whoever the party"; None for "a line that leaves the party out", which meets every other.
        givers = (item.grantor, None) if item.grantor else ("",)
        takers = (item.grantee, None) if item.grantee else ("",)
        if any((patent_id, giver, taker) in seen for giver in givers for taker in takers):
            yield invalid(
                f"{path}.patent_id", f"专利 {patent_id} 在同一方向上重复出现", f"patent {patent_id} is named twice in one direction"
            )
        seen |= {(patent_id, giver, taker) for giver in (item.grantor, "") for taker in (item.grantee, "")}


def cross_licence_parts_its_lines(licence: Licence, _: Saying) -> Iterator[Problem]:
    """Both parties stand on both sides, and every line says who gives, who takes and for how much."""
    if not _is_cross(licence):
        return
    if set(licence.grantors) != set(licence.grantees) or len(set(licence.grantors)) < 2:
        yield invalid("grantees", "交叉许可的各方须同时列入许可方和被许可方", "a cross licence names both parties on both sides")
    if licence.amount is None:
        yield invalid("amount", "交叉许可须填写合同金额", "a cross licence states its amount")
    priced = any(item.amount is not None for item in licence.lines)  # if only some are, the sum's rule says so
    for path, item in places("lines", licence.lines):
        for name in ("grantor", "grantee") if priced else ("grantor", "grantee", "amount"):
            if getattr(item, name) is None:
                yield invalid(f"{path}.{name}", f"交叉许可的每一行须填写 {name}", f"each line of a cross licence states its {name}")


def _is_cross(deal: Deal) -> bool:
    return isinstance(deal, Licence) and deal.licence_type == "cross"


# --- money and days --------------------------------------------------------------------------------------------------


def free_is_nought_and_nought_is_explained(deal: Deal, _: Saying) -> Iterator[Problem]:
    """Free means an amount of nought; an amount of nought is free, or paid later or by result (RULINGS 1)."""
    if deal.payment_mode == "free" and deal.amount != 0:
        yield invalid("amount", "无偿(free)合同的金额须为 0.00", 'a free deal has the amount "0.00"')
    elif deal.amount == 0 and deal.payment_mode not in NOUGHT_MODES:
        yield invalid(
            "payment_mode",
            f"金额为 0.00 时,支付方式须为 {'、'.join(NOUGHT_MODES)} 之一",
            f"with an amount of nought the payment mode is one of {', '.join(NOUGHT_MODES)}, not {deal.payment_mode}",
        )


def line_amounts_make_up_the_sum(deal: Deal, _: Saying) -> Iterator[Problem]:
    """Every line has an amount and they add up, or none has; an unknown sum is made up of nothing (RULINGS 49)."""
    given = [item.amount for item in deal.lines if item.amount is not None]
    if not given:
        return
    if deal.amount is None:
        for path, item in places("lines", deal.lines):
            if item.amount is not None:
                yield invalid(
                    f"{path}.amount", "合同金额未知时,各行不得填写金额", "while the amount of the deal is unknown, no line has one"
                )
    elif len(given) < len(deal.lines):
        for path, item in places("lines", deal.lines):
            if item.amount is None:
                yield invalid(f"{path}.amount", "各行金额须全部填写或全部不填", "either every line has an amount or none")
    elif sum(given) != deal.amount:
        total, amount = format_yuan(sum(given)), format_yuan(deal.amount)
        yield invalid("amount", f"各行金额合计 {total},与合同金额 {amount} 不符", f"the lines add up to {total}, not to {amount}")


def annual_fee_makes_up_the_sum(licence: Licence, _: Saying) -> Iterator[Problem]:
    """Paid by the year: the sum is the fee over the term, rounded half up to the fen. Both may be unknown together."""
    if licence.payment_mode != "annual":
        return
    if licence.annual_fee is None:
        if licence.amount is not None:
            yield invalid("annual_fee", "按年支付的合同须填写年许可费", "a licence paid by the year states its annual fee")
        return
    due = round_half_up(Fraction(licence.annual_fee * licence.term_months, 12))
    if licence.amount != due:
        yield invalid(
            "amount",
            f"按年支付时,金额须等于年许可费 × 月数 ÷ 12 = {format_yuan(due)}",
            f"paid by the year, the amount is annual_fee × term_months / 12 = {format_yuan(due)}",
        )


def registered_no_earlier_than_signed(deal: Deal, _: Saying) -> Iterator[Problem]:
    days = [("registered_on", deal.registered_on)]
    days += [(f"{path}.registered_on", item.registered_on) for path, item in places("lines", deal.lines)]
    for path, day in days:
        if day is not None and day < deal.signed_on:
            yield invalid(
                path,
                f"登记(备案)日 {day} 早于签订日 {deal.signed_on}",
                f"registered on {day}, before the deal was signed on {deal.signed_on}",
            )


def investee_is_the_grantee(equity: Equity, _: Saying) -> Iterator[Problem]:
    if equity.grantees != (equity.investee,):
        yield invalid("investee", "被投资企业须是唯一的受让方", "the investee is the one grantee of the deal")


# --- open licences and their statements ------------------------------------------------------------------------------


def statement_is_active(licence: OpenLicence, saying: Saying) -> Iterator[Problem]:
    """The centre's statement covers the patents on the day of signing: published on it or before, withdrawn after it."""
    history = saying.world.history(mention("statement", saying.centre, licence.statement_ref))
    offers = _statements(history)
    ref, signed_on = licence.statement_ref, licence.signed_on
    if not offers:
        yield problem("statement-inactive", "statement_ref", f"本中心没有开放许可声明 {ref}", f"this centre has no statement {ref}")
        return
    covered = {patent_id for _, fact in offers for patent_id in fact.patents if fact.action == "publish"}
    then = _on_offer([(entry, fact) for entry, fact in offers if fact.on <= signed_on])
    for path, item in places("lines", licence.lines):
        patent_id = item.patent_id
        if patent_id not in covered:
            yield problem(
                "statement-inactive",
                f"{path}.patent_id",
                f"声明 {ref} 不包括专利 {patent_id}",
                f"statement {ref} does not cover {patent_id}",
            )
        elif patent_id not in then:
            yield problem(
                "statement-inactive",
                "signed_on",
                f"声明 {ref} 在 {signed_on} 对专利 {patent_id} 无效",
                f"statement {ref} was not active for {patent_id} on {signed_on}",
            )


def a_statement_is_published_once_until_withdrawn(statement: OpenLicenceStatement, saying: Saying) -> Iterator[Problem]:
    """What is published anew was withdrawn before, wholly and no later."""
    if statement.action != "publish":
        return
    history = _statements(saying.world.history(mention("statement", saying.centre, statement.statement_ref)))
    if offers := _on_offer(history):
        index = min(entry.index for entry in offers.values())
        yield invalid(
            "statement_ref",
            f"声明 {statement.statement_ref} 已由第 {index} 号记录发布,尚未撤回",
            f"statement {statement.statement_ref} stands by entry {index} and has not been withdrawn",
            index,
        )
    elif history and statement.on < (last := max(fact.on for _, fact in history)):
        yield invalid("on", f"该声明到 {last} 才撤回", f"the statement was withdrawn only on {last}")


def what_is_withdrawn_was_published(statement: OpenLicenceStatement, saying: Saying) -> Iterator[Problem]:
    """A withdrawal names patents on offer, and no day before they were."""
    if statement.action != "withdraw":
        return
    offers = _on_offer(_statements(saying.world.history(mention("statement", saying.centre, statement.statement_ref))))
    for path, patent_id in places("patents", statement.patents):
        published = offers.get(patent_id)
        if published is None:
            yield problem(
                "statement-inactive",
                path,
                f"声明 {statement.statement_ref} 目前不包括专利 {patent_id}",
                f"statement {statement.statement_ref} does not offer {patent_id} now",
            )
        elif isinstance(published.fact, OpenLicenceStatement) and statement.on < published.fact.on:
            yield invalid(
                "on", f"撤回日早于发布日 {published.fact.on}", f"withdrawn before it was published on {published.fact.on}"
            )
            return


Statements = Sequence[tuple[Entry, OpenLicenceStatement]]


def _statements(history: Sequence[Entry]) -> Statements:
    verdicts = Verdicts.of(history)
    return [(e, e.fact) for e in history if isinstance(e.fact, OpenLicenceStatement) and verdicts.live(e.index)]


def _on_offer(history: Statements) -> dict[str, Entry]:
    """The patents on offer after a run of statements, each with the entry that published it."""
    offers: dict[str, Entry] = {}
    for entry, fact in history:
        for patent_id in fact.patents:
            if fact.action == "publish":
                offers[patent_id] = entry
            else:
                offers.pop(patent_id, None)
    return offers
