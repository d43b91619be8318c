"""Chapter: loans secured by pledged patents and trademarks. New ones, renewals under a new reference, releases.

What counts is the sum that was drawn; some loans stand beside a larger credit line, which does not count.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import count
from random import Random

from examples.invented.cast import Hubei, Jiangsu, Party
from examples.invented.contracts import contract_scan
from examples.invented.days import LAST_DAY, iso, spread, working_day, written_down
from examples.invented.journal import Body, Desk, Journal, Said
from examples.invented.numbers import WAN, pledge_registration, yuan
from examples.invented.patents import Patent, Shelf

FIRST_LOANS = (300, 150, 420, 200, 100, 350)  # 万元, to firms of the chain, old enough to have come due
LATER_LOANS = (180, 260, 400, 120, 300, 220, 90, 380, 160, 240, 310, 130, 280, 190)
LARGE_LOANS = (3000, 2000)
PARK_FIRST_YEAR = (400, 550, 300, 620, 480, 350, 500, 260, 700, 450, 380, 320, 290, 400)  # 6 000 after 4 500
PARK_SECOND_YEAR = (480, 500, 350, 620, 450, 400, 500, 360, 700, 450, 380, 420, 390, 400, 350, 500, 450, 400)  # 8 100
CITY_2024 = (480, 350, 260, 340)  # 1 430 after 1 000: more than 40 per cent, not twice as much


@dataclass
class Lending:
    desk: Desk
    dice: Random
    prefix: str
    banks: Sequence[Party]

    def __post_init__(self) -> None:
        self._references, self._serial = count(1), count(self.dice.randrange(1, 900) * 1000)

    def lend(self, borrower: Party, patents: Sequence[Patent], sum_wan: int, day: date, renews: Body | None = None) -> Said:
        """One loan. A renewal keeps the rights, the pledge and the bank, and has a reference of its own."""
        rights = [{"right_kind": "patent", "right_id": patent.patent_id} for patent in patents]
        if not patents or self.dice.random() < 0.2:
            rights.append({"right_kind": "trademark", "right_id": f"TM-{self.dice.randint(30_000_000, 60_000_000)}"})
        for right in rights:
            right["registration_no"] = pledge_registration(day, next(self._serial))
        body: Body = {
            "loan_ref": f"{self.prefix}-{day.year}-{next(self._references):03}",
            "action": "renew" if renews else "new",
            "borrower": borrower.party_id,
            "pledgors": [borrower.party_id],
            "pledgee": renews["pledgee"] if renews else self.dice.choice(self.banks).party_id,
            "rights": renews["rights"] if renews else rights,
            "loan_amount": yuan(sum_wan * WAN),
            "registered_on": iso(day),
        }
        if self.dice.random() < 0.2:
            body["credit_line"] = yuan(2 * sum_wan * WAN)
        evidence = (contract_scan(self.prefix, body["loan_ref"]),)
        return self.desk.say(written_down(self.dice, day, 3, 25), "pledge", body, patents=patents, evidence=evidence)

    def release(self, loan: Said, day: date) -> None:
        body = {"loan_ref": loan.body["loan_ref"], "action": "release", "registered_on": iso(day)}
        self.desk.say(written_down(self.dice, day, 2, 15), "pledge", body, after=loan)


def photonics_loans(journal: Journal, hubei: Hubei, of_firms: Shelf) -> None:
    """Loans to small and medium firms of the chain from August 2025, two to large ones; after a year some are renewed."""
    dice = journal.dice("photonics loans")
    lending = Lending(journal.desk("wh-photonics"), dice, "WHZY", hubei.banks)
    firms = {party.party_id: party for party in hubei.chain_smes}
    piles = [pile for pile in of_firms.by_owner.values() if pile]
    days = spread(dice, date(2025, 8, 11), date(2025, 11, 5), len(FIRST_LOANS))
    days += spread(dice, date(2025, 12, 8), date(2026, 10, 30), len(LATER_LOANS))
    for pile, sum_wan, day in zip(piles, FIRST_LOANS + LATER_LOANS, days, strict=False):
        borrower = firms[pile[0].owners[0]]
        loan = lending.lend(borrower, pile, sum_wan, day)
        after_a_year = working_day(day + timedelta(days=365))
        if after_a_year > LAST_DAY:
            continue
        if sum_wan >= 200:
            lending.lend(borrower, pile, sum_wan, after_a_year, renews=loan.body)
        lending.release(loan, after_a_year)
    for firm, sum_wan, day in zip(hubei.large, LARGE_LOANS, (date(2025, 12, 17), date(2026, 5, 27)), strict=False):
        lending.lend(firm, (), sum_wan, day)


def city_loans(journal: Journal, hubei: Hubei) -> None:
    """Four loans of 2024, secured by trademarks alone."""
    dice = journal.dice("city loans")
    lending = Lending(journal.desk("yc-laser"), dice, "YCZY", hubei.banks)
    firms = [party for party in hubei.laser_smes if party.region == "420500"]
    for firm, sum_wan, day in zip(firms, CITY_2024, spread(dice, date(2024, 7, 15), date(2024, 12, 6), 4), strict=False):
        lending.lend(firm, (), sum_wan, day)


def park_loans(journal: Journal, jiangsu: Jiangsu, of_firms: Shelf) -> None:
    dice = journal.dice("park loans")
    lending = Lending(journal.desk("sz-display"), dice, "SZZY", jiangsu.banks)
    firms = {party.party_id: party for party in jiangsu.park_smes}
    for sums, first, last in (
        (PARK_FIRST_YEAR, date(2024, 7, 10), date(2025, 6, 20)),
        (PARK_SECOND_YEAR, date(2025, 7, 9), date(2026, 6, 19)),
    ):
        piles = dice.sample(list(of_firms.by_owner.values()), len(sums))
        for pile, sum_wan, day in zip(piles, sums, spread(dice, first, last, len(sums)), strict=True):
            lending.lend(firms[pile[0].owners[0]], pile, sum_wan, day)
