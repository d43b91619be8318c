"""Chapter: the laser centre in the east of the province.

In 2024 it records its city's contracts (hubei-2024-city compares them with 2023), from August 2025 those of its own two
years. One licence it shares with the photonics centre, and both record it.
"""

from datetime import date, timedelta
from itertools import cycle
from random import Random

from examples.invented.cast import Hubei, Party
from examples.invented.contracts import FOLLOWS, KNOWN, Contracts, Deal, price
from examples.invented.days import iso, spread, working_day, written_down
from examples.invented.journal import Journal
from examples.invented.numbers import WAN
from examples.invented.patents import Drafting, Patent, Shelf

LINES_OF_2024 = 52  # the base of 2023 is 40
PRICES = (2, 7, 20)


def draw_up(dice: Random, hubei: Hubei) -> tuple[Shelf, Shelf]:
    """What the institutions have, and what the firms themselves own."""
    drafting = Drafting(dice, "laser", 300_000)
    of_academia, of_firms = Shelf(dice), Shelf(dice)
    of_academia.put(*(drafting.patent(hubei.laser_academia[n % 2].party_id) for n in range(60)))
    of_firms.put(*(drafting.patent(party.party_id) for party in hubei.laser_smes[:18]))
    return of_academia, of_firms


def everything(journal: Journal, hubei: Hubei) -> Contracts:
    dice = journal.dice("laser contracts")
    of_academia, of_firms = draw_up(journal.dice("laser patents"), hubei)
    contracts = Contracts(journal.desk("yc-laser"), dice, "YCJG", "420500", 300_000)
    of_the_city = [party for party in hubei.laser_smes if party.region == "420500"]
    license_in_the_city(contracts, hubei, of_academia, of_firms, of_the_city)
    license_to_the_chain(contracts, hubei, of_academia)
    keep_a_pool(journal, hubei, of_academia)
    return contracts


def license_in_the_city(contracts: Contracts, hubei: Hubei, of_academia: Shelf, of_firms: Shelf, takers: list[Party]) -> None:
    """Exactly `LINES_OF_2024` lines registered in the second half of 2024, each with a party of the city."""
    dice = contracts.dice
    by_id = {party.party_id: party for party in (*hubei.laser_academia, *hubei.laser_smes)}
    bundles: list[list[Patent]] = []
    while left := LINES_OF_2024 - sum(map(len, bundles)):
        between_firms = dice.random() < 0.25
        bundles.append(of_firms.lend() if between_firms else of_academia.lend(min(dice.choice((1, 1, 1, 2, 3)), left)))
    for patents, day in zip(bundles, spread(dice, date(2024, 7, 8), date(2024, 11, 4), len(bundles)), strict=True):
        owner = by_id[patents[0].owners[0]]
        taker = dice.choice([party for party in takers if party is not owner])
        license_one(contracts, owner, taker, patents, day)


def license_to_the_chain(contracts: Contracts, hubei: Hubei, of_academia: Shelf) -> None:
    by_id = {party.party_id: party for party in hubei.laser_academia}
    for day, count in zip(spread(contracts.dice, date(2025, 7, 28), date(2026, 10, 26), 26), cycle((1, 1, 2)), strict=False):
        patents = of_academia.lend(count)
        license_one(contracts, by_id[patents[0].owners[0]], contracts.dice.choice(hubei.laser_smes), patents, day)


def license_one(contracts: Contracts, owner: Party, taker: Party, patents: list[Patent], day: date) -> Deal:
    dice = contracts.dice
    amount = price(dice, *PRICES, patents=len(patents))
    recordal = dice.choice((KNOWN, KNOWN, FOLLOWS))
    deal = contracts.sign("licence", [owner], [taker], patents, day, amount=amount, recordal=recordal,
                          licence_type="non_exclusive", term_months=dice.choice((24, 36, 60)))  # fmt: skip
    contracts.receive_by_plan(deal, "lump")
    return deal


def keep_a_pool(journal: Journal, hubei: Hubei, of_academia: Shelf) -> None:
    desk = journal.desk("yc-laser")
    patents = [patent for pile in of_academia.by_owner.values() for patent in pile][:40]
    body = {"pool_id": "YC-POOL-1", "name": "激光装备专利池(示例)", "industry": "laser", "operator": hubei.laser_operator.party_id}
    desk.say(date(2025, 9, 22), "pool", body | {"action": "open", "on": "2025-09-15"})
    joined = {"pool_id": "YC-POOL-1", "patents": [patent.patent_id for patent in patents], "on": "2025-10-20", "mode": "custody"}
    desk.say(date(2025, 10, 27), "admission", joined, patents=patents)


def record_what_the_other_recorded(laser: Contracts, photonics: Contracts, hubei: Hubei, shelf: Shelf) -> None:
    """One licence of two patents, brought about together: same recordal number, two entries; the later one is contested."""
    owners = {party.party_id: party for party in hubei.academia}
    patents = shelf.lend(2)
    signed_on, registered_on = date(2026, 1, 12), working_day(date(2026, 2, 9))
    deal = photonics.sign(
        "licence", [owners[patents[0].owners[0]]], [hubei.both_chains], patents, signed_on, amount=30 * WAN,
        registered_on=registered_on, licence_type="non_exclusive", term_months=36, matched_via="inventory_system",
    )  # fmt: skip
    day = written_down(laser.dice, deal.said.day + timedelta(days=9))
    for patent in patents:  # registered by the other already; saying it again changes nothing
        laser.desk.say(day, "patent", patent.body(), patents=[patent], after=deal.said)
    body = deal.said.body | {"deal_no": laser.next_number(signed_on), "registered_on": iso(registered_on)}
    said = laser.desk.say(day, "licence", body, patents=patents, after=deal.said)
    laser.deals.append(Deal(said, body["deal_no"], deal.amount, signed_on, registered_on))
