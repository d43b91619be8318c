"""Chapter: the display centre in Jiangsu and its park, two project years from 1 July 2024.

The centre must convert 100 patents or pass 1000 万元 in each year: the first year does it by number, the second by money.
The park must grow: its patents do in both years, the firms that receive them and the loans do not in the second.
"""

from collections.abc import Iterator
from datetime import date
from itertools import cycle
from typing import Any

from examples.invented.cast import Jiangsu, Party
from examples.invented.contracts import FOLLOWS, KNOWN, PENDING, Contracts, price
from examples.invented.days import spread
from examples.invented.journal import Journal
from examples.invented.numbers import yuan
from examples.invented.patents import Drafting, Patent, Shelf

FIRST_YEAR = (date(2024, 7, 8), date(2025, 5, 9))  # first and last signing: the recordal still falls into the project year
SECOND_YEAR = (date(2025, 7, 7), date(2026, 5, 8))
CHEAP, DEAR = (2, 6, 14), (5, 12, 30)


def everything(journal: Journal, jiangsu: Jiangsu) -> Shelf:
    """The contracts of both years; answers the patents of the park's own firms, which may be pledged."""
    dice = journal.dice("display contracts")
    contracts = Contracts(journal.desk("sz-display"), dice, "SZXS", "320500", 500_000)
    drafting = Drafting(journal.dice("display patents"), "display", 500_000)
    owners = [party.party_id for party in jiangsu.academia]

    def fresh(count: int) -> list[Patent]:
        return sorted((drafting.patent(owners[n % len(owners)]) for n in range(count)), key=lambda patent: patent.owners)

    park_first, city_first, park_second = fresh(60), fresh(52), fresh(30)
    firms = jiangsu.park_smes
    convert(contracts, jiangsu, park_first, firms[:25] + jiangsu.park_large, FIRST_YEAR, CHEAP)
    convert(contracts, jiangsu, city_first, jiangsu.city_smes[:18], FIRST_YEAR, CHEAP)
    convert(contracts, jiangsu, park_first[:45] + park_second, firms[10:38] + jiangsu.park_large[:1], SECOND_YEAR, DEAR)
    convert(contracts, jiangsu, city_first[:12], jiangsu.city_smes[18:23], SECOND_YEAR, DEAR)
    of_firms = Shelf(dice)
    of_firms.put(*(drafting.patent(party.party_id) for party in firms))
    leave_out_some(contracts, jiangsu, of_firms, city_first)
    return of_firms


def convert(
    contracts: Contracts,
    jiangsu: Jiangsu,
    patents: list[Patent],
    takers: list[Party],
    year: tuple[date, date],
    prices: tuple[int, int, int],
) -> None:
    """Licenses each of the patents once and serves each of the takers at least once."""
    dice = contracts.dice
    owners = {party.party_id: party for party in jiangsu.academia}
    bundles = list(in_bundles(patents))
    assert len(bundles) >= len(takers), (len(bundles), len(takers))
    dice.shuffle(bundles)
    for bundle, taker, day in zip(bundles, cycle(takers), spread(dice, *year, len(bundles)), strict=False):
        amount = price(dice, *prices, patents=len(bundle))
        months = dice.choice((24, 36, 60))
        mode = dice.choices(("lump", "instalment", "deferred"), (6, 3, 1))[0]
        deal = contracts.sign(
            "licence", [owners[bundle[0].owners[0]]], [taker], bundle, day, amount=amount, mode=mode,
            recordal=dice.choice((KNOWN, KNOWN, FOLLOWS)), licence_type="non_exclusive", term_months=months,
        )  # fmt: skip
        contracts.receive_by_plan(deal, mode)


def in_bundles(patents: list[Patent]) -> Iterator[list[Patent]]:
    """Contracts of one, two or three patents, never of two owners."""
    sizes, bundle = cycle((1, 2, 2, 1, 3)), [patents[0]]
    size = next(sizes)
    for patent in patents[1:]:
        if len(bundle) == size or patent.owners != bundle[0].owners:
            yield bundle
            bundle, size = [], next(sizes)
        bundle.append(patent)
    yield bundle


def leave_out_some(contracts: Contracts, jiangsu: Jiangsu, of_firms: Shelf, patents: list[Patent]) -> None:
    """What the clause does not count: firms among themselves, related parties, contracts without a recordal."""
    dice = contracts.dice
    firms = {party.party_id: party for party in jiangsu.park_smes}
    owners = {party.party_id: party for party in jiangsu.academia}
    terms: dict[str, Any] = {"licence_type": "non_exclusive", "term_months": 36}
    for day in spread(dice, *SECOND_YEAR, 5):
        [patent] = of_firms.lend()
        owner, taker = firms[patent.owners[0]], dice.choice(jiangsu.city_smes)
        contracts.sign("licence", [owner], [taker], [patent], day, amount=price(dice, *CHEAP), **terms)
    for related, recordal in ((True, KNOWN), (True, KNOWN), (False, PENDING), (False, PENDING), (False, PENDING)):
        [patent] = dice.sample(patents, 1)
        taker, day = dice.choice(jiangsu.city_smes), date(2026, 4, 13)
        contracts.sign("licence", [owners[patent.owners[0]]], [taker], [patent], day, amount=price(dice, *CHEAP),
                       recordal=recordal, related=related, **terms)  # fmt: skip


def report_the_park(journal: Journal, jiangsu: Jiangsu) -> None:
    """What the park's own office records: its sessions, its securitised product, the recognition it found."""
    desk, dice = journal.desk("sz-park"), journal.dice("park")
    kinds = cycle((("matchmaking", "显示产业链专利对接会", 1), ("roadshow", "园区专利路演", 2), ("auction", "园区专利拍卖", 2)))
    for number, (day, (activity_type, title, sessions)) in enumerate(
        zip(spread(dice, date(2024, 9, 2), date(2026, 6, 8), 7), kinds, strict=False), start=1
    ):
        body = {
            "activity_type": activity_type, "title": f"{title}(第 {number} 期)", "held_on": day.isoformat(), "mode": "hybrid",
            "sessions": sessions, "firms": dice.randint(15, 60), "headcount": dice.randint(40, 160),
            "patents_presented": dice.randint(10, 45), "intentions": dice.randint(2, 14),
            "hosts": [jiangsu.park_operator.name],
        }  # fmt: skip
        desk.say(min(day, date(2026, 6, 12)), "activity", body)
    backed = {"ref_no": "ABS-2025-01", "output_type": "abs_product", "title": "园区知识产权资产支持专项计划(示例)"}
    desk.say(date(2025, 6, 20), "output", {**backed, "on": "2025-06-12", "status": "filed"})
    desk.say(date(2025, 12, 3), "output", {**backed, "on": "2025-11-20", "status": "issued", "value_amount": yuan(12_000_000_000)})
    praise = {"ref_no": "REC-2026-01", "output_type": "recognition", "title": "省级典型经验推广(示例)", "issuer_level": "province"}
    desk.say(date(2026, 4, 2), "output", {**praise, "on": "2026-03-18", "status": "published"})
