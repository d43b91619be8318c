"""Chapter: the contracts of the photonics centre, August 2025 to November 2026.

The table says how many there are of each sort; what happens only once has a function of its own. The first part of the
table counts for hubei-2025, the second is what a centre also does and the programme leaves out.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from itertools import cycle
from random import Random
from typing import Any

from examples.invented.cast import Hubei, Party
from examples.invented.contracts import FOLLOWS, KNOWN, PENDING, Contracts, Deal, price
from examples.invented.days import iso, spread
from examples.invented.journal import Journal
from examples.invented.numbers import WAN, yuan
from examples.invented.patents import Patent
from examples.invented.pools import PhotonicsPatents

FIRST_SIGNED, LAST_SIGNED = date(2025, 7, 21), date(2026, 11, 9)
FORGOTTEN = 8  # contracts whose recordal nobody has brought yet
LATE = 12  # contracts recorded four to seven months after their recordal
PRICES = (3, 12, 38)  # 万元 a patent: least, usual, most


@dataclass(frozen=True)
class Sort:
    deals: int
    kind: str
    mode: str = "lump"
    giver: str = "lend"  # which shelf the patents come from, see `choose_patents`
    taker: str = "chain_smes"
    patents: tuple[int, ...] = (1,)  # how many a contract has, in turn
    licence_type: str = "non_exclusive"
    cause: str = "assignment"
    related: bool = False
    dearer: float = 1.0
    line_amounts: bool = False
    through: str = ""  # agent: one is named; principals: an agency signs for the owner
    title_transferred: bool = True


SORTS = (
    Sort(58, "licence", patents=(1, 1, 1, 2)),
    Sort(8, "licence", patents=(3, 2, 4), line_amounts=True),
    Sort(20, "licence", "instalment", patents=(1, 2)),
    Sort(18, "licence", "annual"),
    Sort(10, "licence", "royalty"),
    Sort(10, "licence", "mixed", patents=(1, 1, 2)),
    Sort(3, "licence", "deferred"),
    Sort(3, "licence", "deferred", dearer=0),
    Sort(4, "licence", "free", dearer=0),
    Sort(14, "licence", giver="take", licence_type="exclusive", dearer=1.6),
    Sort(5, "licence", giver="take", licence_type="sole", dearer=1.3),
    Sort(6, "licence", through="agent"),
    Sort(5, "licence", through="principals"),
    Sort(5, "licence", giver="co_owned"),
    Sort(55, "transfer", giver="take", patents=(1, 1, 1, 2)),
    Sort(10, "transfer", "instalment", giver="take", dearer=1.5),
    # what hubei-2025 leaves out
    Sort(16, "licence", taker="large", patents=(1, 2), dearer=2.5),
    Sort(13, "licence", taker="off_chain"),
    Sort(4, "licence", taker="unclassed"),
    Sort(3, "transfer", giver="take", related=True),
    Sort(2, "licence", related=True),
    Sort(20, "licence", giver="firms"),
    Sort(3, "transfer", "free", giver="take", cause="merger_division", dearer=0),
    Sort(6, "equity", giver="take", patents=(2, 1), dearer=8),
    Sort(2, "equity", giver="lend", dearer=8, title_transferred=False),
    Sort(2, "licence", taker="individuals"),
)


def sign_the_contracts(journal: Journal, hubei: Hubei, patents: PhotonicsPatents) -> Contracts:
    dice = journal.dice("photonics contracts")
    contracts = Contracts(journal.desk("wh-photonics"), dice, "WHGD", "420100", 100_000)
    wanted = [(sort, count) for sort in SORTS for _, count in zip(range(sort.deals), cycle(sort.patents), strict=False)]
    dice.shuffle(wanted)
    days = spread(dice, FIRST_SIGNED, LAST_SIGNED, len(wanted))
    forgotten = set(dice.sample(range(60, 260), FORGOTTEN))
    late = set(dice.sample(range(5, 200), LATE))
    for place, ((sort, count), day) in enumerate(zip(wanted, days, strict=True)):
        recordal = PENDING if place in forgotten else KNOWN if place in late else dice.choice((KNOWN, KNOWN, FOLLOWS))
        months_late = dice.randint(4, 7) if place in late else 0
        sign_one(contracts, hubei, patents, sort, count, day, recordal, months_late)
    return contracts


def sign_one(
    contracts: Contracts,
    hubei: Hubei,
    shelves: PhotonicsPatents,
    sort: Sort,
    count: int,
    day: date,
    recordal: str,
    months_late: int,
) -> None:
    dice = contracts.dice
    patents = choose_patents(shelves, sort, count)
    owners = [parties_by_id(hubei)[owner] for owner in patents[0].owners]
    taker = choose_taker(dice, hubei, sort, owners)
    prices = [round(sort.dearer * price(dice, *PRICES) / WAN * 2) * WAN // 2 for _ in patents]
    amount = 0 if sort.mode == "royalty" else sum(prices)
    terms: dict[str, Any] = {}
    annual_fee = 0
    if sort.kind == "licence":
        months = dice.choice((24, 36, 36, 48, 60))
        terms |= {"licence_type": sort.licence_type, "term_months": months}
        if sort.mode == "annual":
            annual_fee = max(amount * 12 // months // WAN, 1) * WAN
            amount = annual_fee * months // 12
            terms["annual_fee"] = yuan(annual_fee)
    elif sort.kind == "transfer":
        terms["cause"] = sort.cause
    else:
        terms |= {"investee": taker.party_id, "title_transferred": sort.title_transferred}
        terms["appraised_amount"] = yuan(amount + 20 * WAN)
    if sort.mode in ("royalty", "mixed"):
        terms["royalty_text"] = f"许可产品净销售额的 {dice.choice(('1.5', '2', '3', '4'))}%,每半年结算一次"
    if sort.through == "agent":
        terms["agent"] = dice.choice(hubei.agencies).party_id
    if sort.through == "principals":
        terms["principals"] = [owner.party_id for owner in owners]
        owners = [dice.choice(hubei.agencies)]
    lines = None
    if sort.line_amounts:
        lines = [{"patent_id": p.patent_id, "amount": yuan(part)} for p, part in zip(patents, prices, strict=True)]
    deal = contracts.sign(
        sort.kind, owners, [taker], patents, day, amount=amount, mode=sort.mode, recordal=recordal,
        lines=lines, related=sort.related, months_late=months_late, **terms,
    )  # fmt: skip
    if sort.kind != "equity":
        contracts.receive_by_plan(deal, sort.mode, annual_fee)


def choose_patents(shelves: PhotonicsPatents, sort: Sort, count: int) -> list[Patent]:
    if sort.giver == "take":
        return shelves.to_take.take(count)
    return {"lend": shelves.to_lend, "co_owned": shelves.co_owned, "firms": shelves.of_firms}[sort.giver].lend(count)


def choose_taker(dice: Random, hubei: Hubei, sort: Sort, owners: list[Party]) -> Party:
    candidates: list[Party] = getattr(hubei, sort.taker)
    return dice.choice([party for party in candidates if party not in owners])


def parties_by_id(hubei: Hubei) -> dict[str, Party]:
    return {party.party_id: party for party in (*hubei.academia, *hubei.chain_smes)}


# --- what happens once -----------------------------------------------------------------------------------------------------


def take_up_an_open_licence(contracts: Contracts, hubei: Hubei, shelves: PhotonicsPatents) -> None:
    """One statement over two patents, three takers, a withdrawal; the third taker's recordal comes after it and still counts."""
    offered = shelves.to_lend.take(2)
    owner = parties_by_id(hubei)[offered[0].owners[0]]
    statement = {"statement_ref": "KFXK-2025-01", "patents": [patent.patent_id for patent in offered]}
    fee = {"fee_text": "普通许可三年,每件每家一次性 5 万元", "fee_amount": "50000.00"}
    desk = contracts.desk
    said = desk.say(date(2025, 9, 8), "open_licence_statement", {**statement, "action": "publish", "on": "2025-09-05", **fee},
                    patents=offered)  # fmt: skip
    takers = zip(hubei.chain_smes[:3], (date(2025, 10, 14), date(2026, 1, 22), date(2026, 6, 9)), strict=True)
    for patent, (taker, day) in zip(cycle(offered), takers, strict=False):
        terms: dict[str, Any] = {"statement_ref": "KFXK-2025-01", "term_months": 36}
        deal = contracts.sign("open_licence", [owner], [taker], [patent], day, amount=5 * WAN, **terms)
        contracts.receive(deal, day + timedelta(days=9), 5 * WAN, "upfront")
    desk.say(date(2026, 6, 17), "open_licence_statement", {**statement, "action": "withdraw", "on": "2026-06-15"}, after=said)


def licence(
    contracts: Contracts, hubei: Hubei, patents: list[Patent], taker: Party, day: date, amount: int | None, **more: Any
) -> Deal:
    owner = parties_by_id(hubei)[patents[0].owners[0]]
    terms: dict[str, Any] = {"licence_type": "non_exclusive", "term_months": 36, **more}
    return contracts.sign("licence", [owner], [taker], patents, day, amount=amount, **terms)


def license_each_other(contracts: Contracts, hubei: Hubei, shelves: PhotonicsPatents) -> None:
    """Two firms, each the other's licensor: every line names its own two sides and its own amount."""
    pile = [owned for owned in shelves.of_firms.by_owner.values() if owned]
    ours, theirs = pile[0][0], pile[1][0]
    one, other = (parties_by_id(hubei)[patent.owners[0]] for patent in (ours, theirs))
    lines = [
        {"patent_id": ours.patent_id, "grantor": one.party_id, "grantee": other.party_id, "amount": "120000.00"},
        {"patent_id": theirs.patent_id, "grantor": other.party_id, "grantee": one.party_id, "amount": "80000.00"},
    ]
    terms: dict[str, Any] = {"licence_type": "cross", "term_months": 60}
    contracts.sign("licence", [one, other], [one, other], [ours, theirs], date(2026, 3, 24), amount=20 * WAN, lines=lines, **terms)


def license_to_the_operator(contracts: Contracts, hubei: Hubei, shelves: PhotonicsPatents) -> None:
    """A small firm of the chain like any other, but the centre is not its own beneficiary."""
    licence(contracts, hubei, shelves.to_lend.lend(), hubei.operator, date(2026, 2, 25), 15 * WAN)


def serve_firms_whose_class_changes(contracts: Contracts, hubei: Hubei, shelves: PhotonicsPatents) -> None:
    """Contracts before and after; the class of the registration day decides. And three of a firm that is not on record yet."""
    for firm in (hubei.growing, hubei.outgrowing):
        for day in (date(2025, 11, 12), date(2026, 5, 13)):
            licence(contracts, hubei, shelves.to_lend.lend(), firm, day, 18 * WAN)
    for day in (date(2025, 10, 20), date(2025, 12, 9), date(2026, 2, 5)):
        licence(contracts, hubei, shelves.to_lend.lend(), hubei.late, day, 9 * WAN)


def write_a_nought_too_many(contracts: Contracts, hubei: Hubei, shelves: PhotonicsPatents) -> None:
    """600 万元 instead of 60: seen three weeks later, reversed, and recorded again under the same number."""
    deal = licence(contracts, hubei, shelves.to_lend.lend(), hubei.chain_smes[7], date(2026, 2, 2), 600 * WAN)
    seen = deal.said.day + timedelta(days=21)
    reversal = {"entry": deal.said, "reason": "data_error", "note": "金额多写一个零"}
    taken_back = contracts.desk.say(seen, "reversal", reversal, after=deal.said)
    contracts.deals.remove(deal)
    again = contracts.desk.say(seen, "licence", deal.said.body | {"amount": yuan(60 * WAN)}, after=taken_back)
    contracts.deals.append(Deal(again, deal.deal_no, 60 * WAN, deal.signed_on, deal.registered_on))


def register_line_by_line(contracts: Contracts, hubei: Hubei, shelves: PhotonicsPatents) -> None:
    """One contract, two patents, two recordals on two days."""
    deal = licence(contracts, hubei, shelves.to_lend.lend(2), hubei.chain_smes[11], date(2025, 12, 15), 26 * WAN, recordal=PENDING)
    for line, (on, said_on, number) in enumerate(
        ((date(2026, 1, 14), date(2026, 1, 21), "X2026980099101"), (date(2026, 2, 26), date(2026, 3, 4), "X2026980099102")), start=1
    ):
        body = {"deal_no": deal.deal_no, "registered_on": iso(on), "registration_no": number, "lines": [line]}
        contracts.desk.say(said_on, "registration", body, after=deal.said)


def leave_the_amount_open(contracts: Contracts, hubei: Hubei, shelves: PhotonicsPatents) -> None:
    """Two contracts whose sum the parties have not told: unknown, which is not nought."""
    for taker, day in ((hubei.chain_smes[21], date(2025, 11, 4)), (hubei.chain_smes[22], date(2026, 7, 8))):
        licence(contracts, hubei, shelves.to_lend.lend(), taker, day, None)


def license_what_is_later_invalidated(contracts: Contracts, hubei: Hubei, shelves: PhotonicsPatents) -> None:
    """The patent leaves the stock; the contract that was performed stays counted."""
    licence(contracts, hubei, [shelves.invalidated], hubei.chain_smes[41], date(2025, 12, 2), 14 * WAN)


def end_one_early(contracts: Contracts, hubei: Hubei, shelves: PhotonicsPatents) -> None:
    """Paid in full, ended after ten months, a part given back."""
    deal = licence(contracts, hubei, shelves.to_lend.lend(), hubei.chain_smes[31], date(2025, 9, 16), 36 * WAN)
    contracts.receive(deal, date(2025, 10, 10), 36 * WAN, "upfront")
    body = {"deal_no": deal.deal_no, "on": "2026-08-12", "reason": "mutual", "amount_change": "-120000.00"}
    contracts.desk.say(date(2026, 8, 20), "termination", body, after=deal.said)
    contracts.receive(deal, date(2026, 9, 3), -12 * WAN, "refund")


def amend_some(contracts: Contracts) -> None:
    """Up on agreement or on a condition met, down on a breach: always on contracts that run and whose sum is known."""
    early = [deal for deal in contracts.deals if deal.registered_on and deal.signed_on < date(2026, 4, 1)]
    steady = [deal for deal in early if deal.said.kind == "licence" and deal.said.body["payment_mode"] == "lump"]
    able = [deal for deal in steady if (deal.amount or 0) >= 12 * WAN]
    ups = ((10, "agreed"), (6, "condition_met"), (15, "agreed"), (8, "condition_met"))
    downs = ((-4, "breach"), (-5, "agreed"), (-3, "other"))
    changes = (*ups, *downs)
    for number, (deal, (change, reason)) in enumerate(zip(able[3::5], changes, strict=False)):
        on = date(2026, 5, 8) + timedelta(days=23 * number)
        body = {"deal_no": deal.deal_no, "on": iso(on), "amount_change": yuan(change * WAN), "reason": reason}
        contracts.desk.say(on + timedelta(days=6), "amendment", body, after=deal.said)


def everything(journal: Journal, hubei: Hubei, patents: PhotonicsPatents) -> Contracts:
    contracts = sign_the_contracts(journal, hubei, patents)
    amend_some(contracts)
    for once in (
        take_up_an_open_licence,
        license_each_other,
        license_to_the_operator,
        serve_firms_whose_class_changes,
        write_a_nought_too_many,
        register_line_by_line,
        leave_the_amount_open,
        license_what_is_later_invalidated,
        end_one_early,
    ):
        once(contracts, hubei, patents)
    return contracts
